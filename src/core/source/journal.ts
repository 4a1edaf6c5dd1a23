/**
 * Source stage: the systemd journal → lines, through `journalctl -o json`.
 *
 * An entry becomes the text `host ident[pid]: message` and brings its own time, so no date is looked for in it.
 * Newlines in a message become the two characters `\n`: one entry is one line, whatever its writer put in it.
 * Source: fail2ban's systemd backend (jail.conf(5): journalpath, journalfiles, journalflags, journalmatch).
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../errors.js';
import { ProcessError, type StreamedProcess, streamProcess } from '../process.js';
import { UTF8_ENCODING } from './encodings.js';
import { type LineBatch, type LineSource, noCounts, type SourceLine } from './line.js';
import { lineSplitter } from './line-splitter.js';
import { MAX_LINE_BYTES } from './piece-splitter.js';

export interface JournalOptions {
  /** Folder that holds the journal files. */
  readonly path?: string | undefined;
  /** Journal files (globs). */
  readonly files?: readonly string[] | undefined;
  /** sd_journal_open(3) flags; 4 (system journals only) when not given. */
  readonly flags?: number | undefined;
  readonly namespace?: string | undefined;
  /** Also files that journald has closed and put aside. */
  readonly rotated?: boolean | undefined;
  /** Does not end, but waits for more entries; goes on in the files that journald begins meanwhile. */
  readonly follow?: boolean | undefined;
  /** Groups that are OR-ed; each a list of FIELD=value and `+`. */
  readonly matches?: readonly (readonly string[])[] | undefined;
  /** Only entries behind the one with this cursor; where the journal no longer has it, behind the place it had. */
  readonly afterCursor?: string | undefined;
  /** Only entries of this time or later; Unix seconds. Not with `afterCursor`. */
  readonly sinceSec?: number | undefined;
}

/** The last entries up to the one with this cursor, in order. @throws {SourceError} */
export async function entriesBefore(
  options: JournalOptions,
  { cursor, entries }: { cursor: string; entries: number },
  start: StartProcess = streamProcess,
): Promise<SourceLine[]> {
  const args = await journalctlArguments(options, [`--cursor=${cursor}`, '--reverse', `--lines=${entries}`]);
  const lines: SourceLine[] = [];
  for await (const batch of new JournalctlSource(start('journalctl', args), undefined).batches())
    lines.push(...batch.lines);
  return lines.reverse();
}

/** The place of an entry in the journal. */
export interface JournalPlace {
  readonly cursor: string;
  readonly epochSec: number;
}

export interface JournalSource extends LineSource {
  readonly notices: readonly string[];
  /** Of the last entry that was handed out. */
  readonly last: JournalPlace | undefined;
  /** Ends `batches`, also while nothing comes. */
  end(): void;
}

/** Fields of one entry, as journalctl writes them. */
export type JournalEntry = Readonly<Record<string, unknown>>;

export type StartProcess = (file: string, args: readonly string[]) => StreamedProcess;

const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** @throws {SourceError} a match that is none, no journalctl, files that do not exist. */
export async function openJournal(
  options: JournalOptions = {},
  start: StartProcess = streamProcess,
): Promise<JournalSource> {
  const args = await journalctlArguments(options);
  return new JournalctlSource(start('journalctl', args), options.afterCursor);
}

class JournalctlSource implements JournalSource {
  readonly counts = noCounts();
  readonly sizeBytes = undefined;
  readonly notices: string[] = [];
  last: JournalPlace | undefined;

  constructor(
    private readonly process: StreamedProcess,
    private afterCursor: string | undefined,
  ) {}

  end(): void {
    this.process.end?.();
  }

  async *batches(): AsyncIterable<LineBatch> {
    const splitter = lineSplitter(UTF8_ENCODING, noCounts(), { maxLineBytes: MAX_JSON_BYTES });
    let readBytes = 0;
    try {
      for await (const chunk of this.process.output()) {
        readBytes += chunk.length;
        const lines: SourceLine[] = [];
        let entry: JournalEntry | undefined;
        for (const { text } of splitter.push(chunk)) {
          entry = JSON.parse(text) as JournalEntry;
          if (this.#wasRead(entry)) continue;
          this.counts.lines++;
          lines.push(this.#line(entry));
        }
        if (entry) this.last = { cursor: field(entry, '__CURSOR'), epochSec: placeSec(entry) };
        if (lines.length > 0) yield { lines, readBytes };
      }
    } catch (error) {
      throw error instanceof ProcessError ? journalFailure(error) : error;
    }
    const said = this.process.stderrTail().trim();
    if (said !== '') this.notices.push(`journalctl: ${said}`);
  }

  /** journalctl's own `--after-cursor` passes over the first entry it finds, also when that is not the one it was told. */
  #wasRead(entry: JournalEntry): boolean {
    const { afterCursor } = this;
    if (afterCursor === undefined) return false;
    this.afterCursor = undefined;
    if (isSameEntry(field(entry, '__CURSOR'), afterCursor)) return true;
    this.notices.push(
      'the journal no longer has the entry that was read last: reading goes on with what is newer',
    );
    return false;
  }

  #line(entry: JournalEntry): SourceLine {
    let text = entryText(entry);
    if (text.length > MAX_LINE_BYTES) {
      const cut = text.length - MAX_LINE_BYTES;
      this.counts.cutLines++;
      this.counts.cutBytes += cut;
      text = `${text.slice(0, MAX_LINE_BYTES)} [... ${cut} characters cut ...]`;
    }
    return {
      text,
      ascii: !/[^\x00-\x7f]/.test(text),
      number: this.counts.lines,
      stamp: entryStamp(entry),
    };
  }
}

/** Boot, time and content tell an entry; the journal's own number of it changes with the file it is in. */
function isSameEntry(cursor: string, other: string): boolean {
  const told = (text: string) => text.split(';').filter((part) => /^[bmtx]=/.test(part));
  const [one, two] = [told(cursor), told(other)];
  return one.length > 0 && one.join(';') === two.join(';');
}

/** When the journal took in the entry with this cursor, Unix seconds; undefined when the cursor does not tell. */
export function cursorSec(cursor: string): number | undefined {
  const micros = /(?:^|;)t=([0-9a-f]+)(?:;|$)/.exec(cursor)?.[1];
  return micros === undefined ? undefined : Number.parseInt(micros, 16) / 1e6;
}

function journalFailure(error: ProcessError): SourceError {
  const missing = error.failure.startError === 'ENOENT';
  return new SourceError('journal-unreadable', `cannot read the systemd journal: ${error.message}`, {
    cause: error,
    hint: missing
      ? 'Install systemd, or name a log file instead.'
      : 'Try the same journalctl command by hand; reading the system journal takes root or group systemd-journal.',
  });
}

/** The text that filters see for an entry. */
export function entryText(entry: JournalEntry): string {
  const words: string[] = [];
  const host = field(entry, '_HOSTNAME');
  if (host) words.push(host);
  const ident = field(entry, 'SYSLOG_IDENTIFIER') || field(entry, '_COMM');
  if (ident) {
    const pid = field(entry, 'SYSLOG_PID') || field(entry, '_PID');
    words.push(pid ? `${ident}[${pid}]:` : `${ident}:`);
    if (ident === 'kernel' && !pid) {
      const micros =
        field(entry, '_SOURCE_MONOTONIC_TIMESTAMP') || field(entry, '__MONOTONIC_TIMESTAMP') || '0';
      words.push(`[${(Number(micros) / 1e6).toFixed(6).padStart(12)}]`);
    }
  }
  words.push(field(entry, 'MESSAGE').replaceAll('\n', '\\n'));
  return words.join(' ');
}

/** The time of an entry; its text is what fail2ban prints before the line. */
export function entryStamp(entry: JournalEntry): { text: string; epochSec: number } {
  const micros = Number(
    field(entry, '_SOURCE_REALTIME_TIMESTAMP') || field(entry, '__REALTIME_TIMESTAMP') || '0',
  );
  return { text: `${localIsoTime(micros)} `, epochSec: micros / 1e6 };
}

/** When the journal took the entry in, which is what it is ordered by. */
function placeSec(entry: JournalEntry): number {
  return Number(field(entry, '__REALTIME_TIMESTAMP') || '0') / 1e6;
}

/** A field as text. Bytes that are no text come as an array of numbers, a field written twice as an array of texts. */
function field(entry: JournalEntry, name: string): string {
  const value = entry[name];
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value).toString('utf8');
  return typeof value[0] === 'string' ? value[0] : '';
}

/** `2026-11-21T12:34:15.434912+01:00`, in local time; no fraction when it is zero. */
function localIsoTime(micros: number): string {
  const time = new Date(Math.floor(micros / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const fraction = micros % 1_000_000;
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${date}T${clock}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}${zone}`;
}

const LOCAL_ONLY = 1;
const RUNTIME_ONLY = 2;
const SYSTEM = 4;
const CURRENT_USER = 8;

async function journalctlArguments(options: JournalOptions, more: readonly string[] = []): Promise<string[]> {
  const flags = options.flags ?? SYSTEM;
  const args = ['--output=json', '--all', '--no-pager', '--quiet', `--output-fields=${FIELDS.join(',')}`];
  if (options.afterCursor !== undefined) args.push(`--cursor=${options.afterCursor}`);
  else if (options.sinceSec !== undefined) args.push(`--since=@${Math.max(0, options.sinceSec).toFixed(6)}`);
  if (options.follow) args.push('--follow', '--no-tail');
  if (options.namespace !== undefined) args.push(`--namespace=${options.namespace}`);
  if (options.files?.length === 0) {
    throw new SourceError('journal-missing', 'there is no such journal file', {
      hint: 'Check journalfiles.',
    });
  }
  if (options.files) args.push(...options.files.map((file) => `--file=${file}`));
  else {
    const folder = options.path ?? (flags & RUNTIME_ONLY ? '/run/log/journal' : undefined);
    const isWhole = options.rotated || options.follow;
    const files = isWhole ? [] : await currentFiles(folder, flags, options.namespace);
    if (files.length > 0) args.push(...files.map((file) => `--file=${file}`));
    else {
      if (folder !== undefined) args.push(`--directory=${folder}`);
      const isSystem = (flags & (SYSTEM | CURRENT_USER)) === SYSTEM;
      if (isSystem && !(folder !== undefined && (await hasOtherFiles(folder)))) args.push('--system');
      if ((flags & (SYSTEM | CURRENT_USER)) === CURRENT_USER) args.push('--user');
      if (!(flags & LOCAL_ONLY)) args.push('--merge');
    }
  }
  args.push(...more, '--', ...matchArguments(options.matches ?? []));
  return args;
}

const FIELDS = [
  'MESSAGE',
  'SYSLOG_IDENTIFIER',
  'SYSLOG_PID',
  '_COMM',
  '_PID',
  '_HOSTNAME',
  '_SOURCE_REALTIME_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
];

/** The files journald writes to now: a name with `@` is one it has put aside. */
async function currentFiles(
  folder: string | undefined,
  flags: number,
  namespace: string | undefined,
): Promise<string[]> {
  const folders = folder === undefined ? await machineFolders(namespace) : [folder];
  const found = await Promise.all(
    folders.map(async (path) => (await readdir(path).catch(() => [])).map((name) => join(path, name))),
  );
  const wanted = (file: string): boolean => {
    const name = file.slice(file.lastIndexOf('/') + 1);
    if (!name.endsWith('.journal') || name.includes('@')) return false;
    const system = name.startsWith('system');
    const user = name.startsWith('user-');
    if ((flags & (SYSTEM | CURRENT_USER)) === SYSTEM) return !user;
    if ((flags & (SYSTEM | CURRENT_USER)) === CURRENT_USER) return !system;
    return true;
  };
  return found.flat().filter(wanted).sort();
}

/** Of other hosts, which journalctl would pass over if it were told to read system journals only. */
async function hasOtherFiles(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.endsWith('.journal') && !/^(?:system|user-[^@]*)[@.]/.test(name));
}

async function machineFolders(namespace: string | undefined): Promise<string[]> {
  const roots = ['/var/log/journal', '/run/log/journal'];
  const found = await Promise.all(
    roots.map(async (root) => (await readdir(root).catch(() => [])).map((name) => join(root, name))),
  );
  return found
    .flat()
    .filter((path) => (namespace === undefined ? !/\.[^/]*$/.test(path) : path.endsWith(`.${namespace}`)));
}

/** Only FIELD=value and `+` pass: anything else journalctl would take for a path or an option. */
function matchArguments(groups: readonly (readonly string[])[]): string[] {
  for (const element of groups.flat()) {
    if (element === '+' || /^[A-Z0-9_]+=/.test(element)) continue;
    throw new SourceError('journal-match', `invalid journal match '${element}'`, {
      hint: "A match is FIELD=value, several are separated by blanks, '+' means or: _SYSTEMD_UNIT=ssh.service + _COMM=sshd",
    });
  }
  return groups.flatMap((group, index) => (index === 0 ? [...group] : ['+', ...group]));
}
