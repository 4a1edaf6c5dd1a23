/**
 * The log of a server: records go to the target in force, from the level in force on.
 *
 * Targets can be changed and reopened (`flushlogs`, logrotate) while it runs. A target that cannot be written is said
 * once on the fallback and never stops the server.
 */
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import type { Clock } from '../clock.js';
import { F2bError } from '../errors.js';
import { LEVELS, type Level, type Log, type LogRecord } from '../events.js';
import { type ProcessGroup, startGroup } from '../process.js';
import { type Format, makeFormat } from './log-format.js';
import { type LogTarget, parseLogTarget } from './log-target.js';

export interface ServerLogOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** Where the standard streams lead. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

interface Sink {
  write(record: LogRecord, line: string): void;
  close(): void;
}

export class ServerLog {
  readonly #options: ServerLogOptions;
  #target: LogTarget;
  #format: Format;
  #sink: Sink;
  #level: number = LEVELS.INFO;
  #levelName = 'INFO';
  #failed = false;
  #started = false;
  #syslogSocket = 'auto';

  constructor(options: ServerLogOptions) {
    this.#options = options;
    this.#target = parseLogTarget('STDERR');
    this.#format = makeFormat(this.#target.format);
    this.#sink = this.#open(this.#target);
  }

  /** The target in force could not be written to when it was last tried. */
  get isFailing(): boolean {
    return this.#failed;
  }

  /** Name of the target in force, without its options. */
  get target(): string {
    return this.#target.name;
  }

  get level(): string {
    return this.#levelName;
  }

  readonly log: Log = (record) => {
    if (LEVELS[record.level] < this.#level) return;
    const { clock, pid, stderr } = this.#options;
    const line = this.#format(record, { nowSec: clock.nowSec(), pid });
    try {
      this.#sink.write(record, line);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) stderr(`cannot write to ${this.#target.name}: ${(error as Error).message}\n`);
      this.#failed = true;
      stderr(line);
    }
  };

  /** @throws {F2bError} there is no such level */
  setLevel(text: string): void {
    const word = text.trim().toUpperCase();
    const level = /^\d+$/.test(word) ? Number(word) : LEVELS[word as Level];
    if (level === undefined) throw new F2bError('loglevel', `Invalid log level '${text.toUpperCase()}'`);
    this.#level = level;
    this.#levelName = word;
  }

  /**
   * The same target with other options is the same target: nothing changes.
   *
   * @throws {F2bError} it cannot be opened: the old one stays
   */
  setTarget(text: string, version: string): void {
    const target = parseLogTarget(text);
    if (target.name === this.#target.name && this.#started) return;
    let sink: Sink;
    try {
      sink = this.#open(target);
    } catch (error) {
      this.log({
        level: 'ERROR',
        logger: 'server',
        message: `Unable to log to ${target.name}: ${(error as Error).message}`,
      });
      throw new F2bError('logtarget', 'Failed to change log target', { cause: error });
    }
    this.#sink.close();
    this.#target = target;
    this.#format = makeFormat(target.format);
    this.#sink = sink;
    if (this.#started) {
      const message = `Changed logging target to ${target.name} for Fail2ban v${version}`;
      this.log({ level: 'INFO', logger: 'server', message: `Start Fail2ban v${version}` });
      this.log({ level: 'INFO', logger: 'server', message });
    }
    this.#started = true;
  }

  /** `auto`, or the socket that the system's log listens on. */
  get syslogSocket(): string {
    return this.#syslogSocket;
  }

  set syslogSocket(text: string) {
    this.#syslogSocket = text;
    if (this.#target.kind !== 'syslog') return;
    this.#sink.close();
    this.#sink = this.#open(this.#target);
  }

  /** After a rotation. @returns what fail2ban answers */
  flush(): 'rolled over' | 'flushed' {
    if (this.#target.kind !== 'file') return 'flushed';
    const fresh = this.#open(this.#target);
    this.#sink.close();
    this.#sink = fresh;
    this.log({ level: 'INFO', logger: 'server', message: `rollover performed on ${this.#target.name}` });
    return 'rolled over';
  }

  close(): void {
    this.#sink.close();
  }

  #open(target: LogTarget): Sink {
    const { stdout, stderr } = this.#options;
    switch (target.kind) {
      case 'stdout':
        return { write: (_, line) => stdout(line), close: () => {} };
      case 'stderr':
        return { write: (_, line) => stderr(line), close: () => {} };
      case 'file':
        return new FileSink(target.name, (lost, error) => {
          if (error) stderr(`cannot write to ${target.name}: ${error.message}\n`);
          stderr(lost);
        });
      case 'syslog':
        return new ProgramSink(toSyslog(facilityNumber(target.facility), this.#syslogSocket));
      case 'journal':
        return new ProgramSink(TO_JOURNAL);
    }
  }
}

/** Appends whole lines, those of one moment in one write. A file that was moved away is made anew. */
class FileSink implements Sink {
  #fd: number;
  #nextLookMs = 0;
  #pending = '';
  #failed = false;

  constructor(
    private readonly path: string,
    /** Takes what could not be written, and why (the first time). */
    private readonly onFailure: (lost: string, error: Error | undefined) => void,
  ) {
    this.#fd = openSync(path, 'a', 0o640);
  }

  write(_: LogRecord, line: string): void {
    if (this.#pending === '') setImmediate(() => this.#flush());
    this.#pending += line;
    if (this.#pending.length > MAX_PENDING_CHARS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    const text = this.#pending;
    if (text === '') return;
    this.#pending = '';
    try {
      this.#follow();
      writeSync(this.#fd, text);
      this.#failed = false;
    } catch (error) {
      this.onFailure(text, this.#failed ? undefined : (error as Error));
      this.#failed = true;
    }
  }

  /** logrotate without a postrotate script renames the file under us. */
  #follow(): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + LOOK_MS;
    const own = fstatSync(this.#fd);
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (there && there.ino === own.ino && there.dev === own.dev) return;
    const fd = openSync(this.path, 'a', 0o640);
    closeSync(this.#fd);
    this.#fd = fd;
  }
}

const LOOK_MS = 1000;
const MAX_PENDING_CHARS = 64 * 1024;

/** A program of the system that takes lines on its standard input. */
interface LineProgram {
  readonly file: string;
  /** For lines of this part of f2b. */
  args(logger: string): readonly string[];
  priority(level: Level): number;
}

function toSyslog(facility: number, socket: string): LineProgram {
  const where = socket === 'auto' ? [] : ['--socket', socket];
  return {
    file: 'logger',
    args: (name) => [
      ...where,
      ...['--socket-errors=off', '--prio-prefix', `--id=${process.pid}`, '-t', `fail2ban.${name}`],
    ],
    priority: (level) => facility * 8 + severityOf(level),
  };
}

const TO_JOURNAL: LineProgram = {
  file: 'systemd-cat',
  args: (name) => ['-t', `fail2ban.${name}`, '--level-prefix=true'],
  priority: severityOf,
};

/** One program for each part of f2b, because the part is what a line is filed under. */
class ProgramSink implements Sink {
  readonly #running = new Map<string, Promise<ProcessGroup>>();

  constructor(private readonly program: LineProgram) {}

  write({ level, logger }: LogRecord, line: string): void {
    // Name and process are the program's to add.
    const text = line.replace(/^.*?\[\d+\]: /s, '');
    const priority = this.program.priority(level);
    void this.#runningFor(logger).then((group) => group.write(`<${priority}>${text}`));
  }

  close(): void {
    for (const group of this.#running.values()) void group.then((open) => open.endInput());
    this.#running.clear();
  }

  #runningFor(name: string): Promise<ProcessGroup> {
    const known = this.#running.get(name);
    if (known) return known;
    const started = startGroup(this.program.file, this.program.args(name), { input: true });
    // What died is started again with the next line.
    void started.then(({ ended }) => ended.then(() => this.#running.delete(name)));
    this.#running.set(name, started);
    return started;
  }
}

/** Of syslog(3). */
function severityOf(level: Level): number {
  if (level === 'CRITICAL') return 2;
  if (level === 'ERROR') return 3;
  if (level === 'WARNING') return 4;
  if (level === 'NOTICE') return 5;
  return level === 'INFO' || level === 'MSG' ? 6 : 7;
}

const FACILITY_NAMES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );

function facilityNumber(name: string): number {
  return Math.max(0, FACILITY_NAMES.indexOf(name));
}
