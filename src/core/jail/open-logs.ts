/**
 * Jail stage: the logs of a jail and how far each was read → sources that go on from there.
 *
 * Globs are evaluated anew at each call. A file that cannot be read is one problem of its own, the others go on; two names
 * of one file are one log; what a log was before its rotations is read as part of it. Which jails read the journal:
 * config.md §6 and §7 (load-config has settled what `auto` without files comes to).
 */
import { realpath, stat } from 'node:fs/promises';
import { parseBrackets } from '../config/brackets.js';
import { glob, globMatches, isGlob } from '../config/glob.js';
import type { JailPlan, LogPathPlan } from '../config/plans.js';
import { traced } from '../config/traced.js';
import { parseBool } from '../config/values.js';
import { F2bError, SourceError } from '../errors.js';
import type { LogPosition } from '../records.js';
import { findEncoding } from '../source/encodings.js';
import { unreadable } from '../source/file.js';
import type { JournalOptions, StartProcess } from '../source/journal.js';
import { type LogSource, openLogFile } from '../source/log-file.js';
import { Folders, isRotatedName } from '../source/rotated.js';

export interface OpenLogsOptions {
  /** As the store keeps them; those of paths that are no longer configured are passed over. */
  readonly positions: readonly LogPosition[];
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  readonly nowSec: number;
  /** A journal is read from no longer ago than this. */
  readonly findTimeSec: number;
  /** Starts journalctl. */
  readonly start?: StartProcess | undefined;
}

export interface LogProblem {
  /** Path or glob as configured. */
  readonly path: string;
  readonly error: F2bError;
}

export interface OpenedLogs {
  /** The backend really used. */
  readonly backend: 'polling' | 'systemd';
  readonly sources: readonly LogSource[];
  readonly problems: readonly LogProblem[];
  /** For the user, beside the notices of each source. */
  readonly notices: readonly string[];
  /** Logs that were read once and of which nothing is left; their positions are kept until somebody drops them. */
  readonly vanished: readonly LogPosition[];
}

const BACKENDS = ['pyinotify', 'polling', 'systemd'];

/** Does the jail read the journal? @throws {SourceError} there is no such backend */
export function readsJournal({ backend }: JailPlan): boolean {
  const name = backend.value.trim().toLowerCase().replace(/\[.*$/s, '');
  if (name !== 'auto' && !BACKENDS.includes(name)) {
    const known = BACKENDS.map((one) => `'${one}'`).join(', ');
    throw new SourceError('backend-unknown', `Unknown backend ${name}. Must be among [${known}] or 'auto'`);
  }
  return name === 'systemd';
}

/** @throws {SourceError} nothing at all can be read: an unknown backend or encoding */
export async function openLogs(plan: JailPlan, options: OpenLogsOptions): Promise<OpenedLogs> {
  if (readsJournal(plan)) return openJournals(plan, options);
  const name = plan.filter.logencoding?.value ?? 'auto';
  const encoding = await findEncoding(name.toLowerCase() === 'auto' ? options.localeEncoding : name);
  const patterns = plan.logPaths.map(({ value }) => value);
  const found = await findLogs(patterns, options.positions);
  const problems = [...found.problems];
  const vanished: LogPosition[] = [];
  const sources: LogSource[] = [];
  const folders = new Folders();
  const others = new Set(found.logs.map(({ path }) => path));
  for (const { path, mode } of found.logs) {
    const stored = options.positions.find((position) => position.path === path);
    try {
      const source = await openLogFile(path, stored, { encoding, mode, folders, others });
      if (source.change !== 'missing' || source.hasPieces) sources.push(source);
      else {
        if (stored) vanished.push(stored);
        problems.push({ path, error: unreadable(path, { code: 'ENOENT' }) });
      }
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      problems.push({ path, error });
    }
  }
  return { backend: 'polling', sources, problems, notices: found.notices, vanished };
}

export interface FoundLog {
  readonly path: string;
  readonly mode: 'head' | 'tail';
}

export interface FoundLogs {
  readonly logs: readonly FoundLog[];
  readonly problems: readonly LogProblem[];
  readonly notices: readonly string[];
}

/** A line of `logpath`, or what somebody has added to them. */
export type LogPattern = Pick<LogPathPlan, 'pattern' | 'mode'>;

/** Each log once, in the order of the configuration. */
export async function findLogs(
  patterns: readonly LogPattern[],
  positions: readonly LogPosition[],
): Promise<FoundLogs> {
  const problems: LogProblem[] = [];
  const notices: string[] = [];
  const byPath = new Map<string, FoundLog & { globbed: boolean }>();
  for (const value of patterns) {
    const mode = value.mode.toLowerCase();
    if (mode !== 'head' && mode !== 'tail') {
      const error = new SourceError('log-mode', `File option must be 'head' or 'tail', not '${value.mode}'`, {
        hint: 'A path with a blank in it needs the word head or tail behind it.',
      });
      problems.push({ path: value.pattern, error });
      continue;
    }
    const globbed = isGlob(value.pattern);
    // A log that is gone may have left lines in the files it was rotated to.
    const gone = positions.filter(({ path }) => globMatches(value.pattern, path)).map(({ path }) => path);
    const paths = new Set([...glob(value.pattern), ...gone]);
    if (paths.size === 0) {
      const error = new SourceError('log-missing', `no file found for ${value.pattern}`, {
        hint: 'The jail sees nothing there. Check logpath, or use backend = systemd where services log to the journal.',
      });
      problems.push({ path: value.pattern, error });
    }
    for (const path of paths) if (!byPath.has(path)) byPath.set(path, { path, mode, globbed });
  }
  const all = [...byPath.values()];
  const own = all.filter(({ path, globbed }) => {
    const log = globbed ? all.find((other) => isRotatedName(path, other.path)) : undefined;
    if (log) notices.push(`${path} is what ${log.path} was before: it is read as part of that`);
    return !log;
  });
  return { logs: await withoutTwins(own, positions), problems, notices };
}

/** Of several names of one file one is kept, always the same: the one that was read before, else the file's own. */
async function withoutTwins(
  logs: readonly FoundLog[],
  positions: readonly LogPosition[],
): Promise<readonly FoundLog[]> {
  const known = new Set(positions.map(({ path }) => path));
  const kept = new Map<string, FoundLog>();
  for (const log of logs) {
    const stats = await stat(log.path).catch(() => undefined);
    const key = stats ? `${stats.dev}:${stats.ino}` : log.path;
    const twin = kept.get(key);
    if (!twin) kept.set(key, log);
    else if (known.has(twin.path)) continue;
    else if (known.has(log.path) || (await isOwnName(log.path))) kept.set(key, log);
  }
  const chosen = new Set(kept.values());
  return logs.filter((log) => chosen.has(log));
}

async function isOwnName(path: string): Promise<boolean> {
  return (await realpath(path).catch(() => undefined)) === path;
}

async function openJournals(plan: JailPlan, options: OpenLogsOptions): Promise<OpenedLogs> {
  const { JOURNAL_PATH, openJournalLog } = await import('../source/journal-log.js');
  const stored = options.positions.find(({ path }) => path === JOURNAL_PATH);
  const problems: LogProblem[] = [];
  const notices: string[] = [];
  const sources: LogSource[] = [];
  const matches = plan.filter.journalmatch.map(({ value }) => value);
  if (matches.length === 0) {
    notices.push(`Jail ${plan.name} has no journalmatch: every entry of the journal is matched`);
  }
  try {
    const { nowSec, findTimeSec, start } = options;
    const journal = { ...journalOptions(plan.backend.value), matches };
    sources.push(await openJournalLog(journal, stored, { sinceSec: nowSec - findTimeSec, start }));
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    problems.push({ path: JOURNAL_PATH, error });
  }
  return { backend: 'systemd', sources, problems, notices, vanished: [] };
}

/** `systemd[journalpath=…, journalfiles=…, journalflags=…, namespace=…, rotated=…]`. @throws {F2bError} */
export function journalOptions(backend: string): JournalOptions {
  const { options } = parseBrackets(traced(backend));
  const value = (name: string) => options.get(name)?.text;
  const flags = value('journalflags');
  if (flags !== undefined && !/^\d+$/.test(flags)) {
    throw new SourceError('journal-option', `journalflags is a number, not '${flags}'`);
  }
  return {
    path: value('journalpath'),
    files: value('journalfiles')
      ?.split(/[\s,]+/)
      .filter((file) => file !== '')
      .flatMap((file) => (isGlob(file) ? glob(file) : [file])),
    flags: flags === undefined ? undefined : Number(flags),
    namespace: value('namespace'),
    rotated: parseBool(value('rotated') ?? ''),
  };
}
