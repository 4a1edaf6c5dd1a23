/**
 * Replay: one log, with what it was before its rotations → its failures and logins, in the order of the lines.
 *
 * The filter runs once, by the log's own time: years that lines do not tell follow from when their file was last
 * written. Only failures and logins leave it; memory stays flat. A file that is damaged is a problem of its own.
 */
import type { FilterPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import type { Log } from '../events.js';
import { FailureFinder, type Gain, type LineTroubles } from '../jail/found.js';
import type { Resolver } from '../net/dns.js';
import type { Encoding } from '../source/encodings.js';
import type { LineSource, SourceLine } from '../source/line.js';
import { LogDates } from './replay-dates.js';
import type { ReplayEvent } from './replay-event.js';
import type { LogFile } from './replay-files.js';
import type { ScanProblem } from './scan-jail.js';
import { SuccessFinder } from './successes.js';

export interface ReplayLogOptions {
  readonly jail: string;
  readonly resolver: Resolver;
  readonly log: Log;
  readonly encoding: Encoding;
  /** How much has been read since it was last said. */
  readonly onRead: (read: { readonly bytes: number; readonly lines: number }) => void;
}

const DAY_SEC = 86_400;
const LEAP_SEC = 180 * DAY_SEC;

export class ReplayLog {
  /** Lines of each file. */
  readonly read: { readonly path: string; readonly lines: number }[] = [];
  readonly problems: ScanProblem[] = [];
  readonly notices: string[] = [];
  /** Time of the first dated line. */
  firstSec: number | undefined;
  readonly #finder: FailureFinder;
  readonly #dates: LogDates;
  readonly #successes = new SuccessFinder();
  #gains: Gain[] = [];
  /** Of the last failure with a time that can be. */
  #nowSec: number | undefined;

  /** @throws {PatternError | DateError} what is wrong with the filter */
  constructor(
    plan: FilterPlan,
    private readonly files: readonly LogFile[],
    private readonly options: ReplayLogOptions,
  ) {
    const { jail, resolver, log } = options;
    this.#dates = new LogDates(plan, files);
    this.#finder = new FailureFinder(plan, {
      ...{ jail, resolver, log, clock: this.#dates.clock, mode: 'catch-up', logTime: true },
      findTimeSec: undefined,
      onGain: (gain) => this.#gains.push(gain),
    });
  }

  /** Of the last dated line so far. */
  get lastSec(): number | undefined {
    return this.#finder.filter.lastStamp?.epochSec;
  }

  get troubles(): LineTroubles {
    return this.#finder.troubles;
  }

  async *events(): AsyncIterable<readonly ReplayEvent[]> {
    for (const file of this.files) {
      await this.#dates.begin(file);
      let source: LineSource | undefined;
      try {
        source = await file.open(this.options.encoding);
        yield* this.#eventsOf(source, file.path);
      } catch (error) {
        if (!(error instanceof F2bError)) throw error;
        this.problems.push({ of: file.path, message: error.message, hint: error.hint });
      }
      const { lines = 0, unterminatedBytes = 0 } = source?.counts ?? {};
      this.read.push({ path: file.path, lines });
      if (unterminatedBytes > 0) {
        this.notices.push(`the last line of ${file.path} has no newline and is not looked at`);
      }
    }
  }

  async *#eventsOf(source: LineSource, path: string): AsyncIterable<readonly ReplayEvent[]> {
    let bytes = 0;
    for await (const { lines, readBytes } of source.batches()) {
      this.firstSec ??= this.#dates.firstOf(lines);
      yield await this.#eventsIn(lines, path);
      this.options.onRead({ bytes: readBytes - bytes, lines: lines.length });
      bytes = readBytes;
    }
  }

  async #eventsIn(lines: readonly SourceLine[], path: string): Promise<readonly ReplayEvent[]> {
    this.#gains = [];
    const before = this.lastSec;
    this.#finder.filter.log = path;
    const failures = await this.#finder.find(lines);
    this.#noteLeap(before, path);
    const logins = this.#loginsIn(lines);
    if (failures.length + logins.length === 0) return [];
    const events = failures.map((written): Placed => {
      const { line = 0 } = written;
      const failure = { ...written, timeSec: this.#timely(written.timeSec) };
      const place = { path, line: lines[line]?.number ?? 0 };
      return { line, event: { kind: 'failure', timeSec: failure.timeSec, failure, place } };
    });
    return [...events, ...logins].sort((a, b) => a.line - b.line).map(({ event }) => event);
  }

  /** What is said to happen later happens now. */
  #timely(timeSec: number): number {
    if (!this.#dates.isTooLate(timeSec)) this.#nowSec = timeSec;
    return this.#nowSec ?? timeSec;
  }

  /** Only the year that a line leaves out can be that wrong. */
  #noteLeap(beforeSec: number | undefined, path: string): void {
    const { lastSec } = this;
    if (beforeSec === undefined || lastSec === undefined || beforeSec - lastSec < LEAP_SEC) return;
    this.notices.push(
      `dates in ${path} go back by ${Math.round((beforeSec - lastSec) / DAY_SEC)} days: where they tell no year, lines before that are taken for a year younger than they are`,
    );
  }

  /** Each line once, whoever knows it. */
  #loginsIn(lines: readonly SourceLine[]): readonly Placed[] {
    const logins = new Map<number, Placed>();
    for (const { line, id, stamp } of this.#gains) {
      if (stamp) logins.set(line, { line, event: { kind: 'login', timeSec: stamp.epochSec, id } });
    }
    for (const { line, id } of this.#successes.find(lines)) {
      const timeSec = logins.has(line) ? undefined : this.#dates.timeOf(lines[line]!);
      if (timeSec !== undefined) logins.set(line, { line, event: { kind: 'login', timeSec, id } });
    }
    return [...logins.values()];
  }
}

interface Placed {
  readonly line: number;
  readonly event: ReplayEvent;
}
