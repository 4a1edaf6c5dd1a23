/**
 * Replay: one log, with what it was before its rotations → its failures and logins, in the order of the lines.
 *
 * The filter runs once, by the log's own time: years that lines do not tell follow from when their file was last
 * written. Only failures and logins leave it; memory stays flat. A file that is damaged is a problem of its own.
 */
import { type Clock, ManualClock } from '../clock.js';
import type { FilterPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import type { Log } from '../events.js';
import { FailureFinder, type Gain, type LineTroubles } from '../jail/found.js';
import type { Resolver } from '../net/dns.js';
import type { Encoding } from '../source/encodings.js';
import type { LineSource, SourceLine } from '../source/line.js';
import { DateDetector } from '../time/detector.js';
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

/** So many lines are looked at for when the log begins. */
const HEAD_LINES = 200;

export class ReplayLog {
  /** Lines of each file. */
  readonly read: { readonly path: string; readonly lines: number }[] = [];
  readonly problems: ScanProblem[] = [];
  readonly notices: string[] = [];
  /** Time of the first dated line. */
  firstSec: number | undefined;
  readonly #clock: ManualClock;
  readonly #finder: FailureFinder;
  readonly #dates: DateDetector;
  readonly #successes = new SuccessFinder();
  #gains: Gain[] = [];

  /** @throws {PatternError | DateError} what is wrong with the filter */
  constructor(
    private readonly plan: FilterPlan,
    private readonly files: readonly LogFile[],
    private readonly options: ReplayLogOptions,
  ) {
    const { jail, resolver, log } = options;
    this.#clock = new ManualClock(files[0]?.newestSec ?? 0);
    this.#finder = new FailureFinder(plan, {
      ...{ jail, resolver, log, clock: this.#clock, mode: 'catch-up', logTime: true },
      findTimeSec: undefined,
      onGain: (gain) => this.#gains.push(gain),
    });
    this.#dates = this.#newDates(this.#clock);
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
      this.#clock.set(file.newestSec);
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
      this.firstSec ??= this.#firstTime(lines);
      yield await this.#eventsIn(lines, path);
      this.options.onRead({ bytes: readBytes - bytes, lines: lines.length });
      bytes = readBytes;
    }
  }

  async #eventsIn(lines: readonly SourceLine[], path: string): Promise<readonly ReplayEvent[]> {
    this.#gains = [];
    const failures = await this.#finder.find(lines);
    const logins = this.#loginsIn(lines);
    if (failures.length + logins.length === 0) return [];
    const events = failures.map((failure): Placed => {
      const line = failure.line ?? 0;
      const place = { path, line: lines[line]?.number ?? 0 };
      return { line, event: { kind: 'failure', timeSec: failure.timeSec, failure, place } };
    });
    return [...events, ...logins].sort((a, b) => a.line - b.line).map(({ event }) => event);
  }

  /** Each line once, whoever knows it. */
  #loginsIn(lines: readonly SourceLine[]): readonly Placed[] {
    const logins = new Map<number, Placed>();
    for (const { line, id, stamp } of this.#gains) {
      if (stamp) logins.set(line, { line, event: { kind: 'login', timeSec: stamp.epochSec, id } });
    }
    for (const { line, id } of this.#successes.find(lines)) {
      const timeSec = logins.has(line) ? undefined : this.#timeOf(lines[line]!, this.#dates);
      if (timeSec !== undefined) logins.set(line, { line, event: { kind: 'login', timeSec, id } });
    }
    return [...logins.values()];
  }

  #firstTime(lines: readonly SourceLine[]): number | undefined {
    const dates = this.#newDates(this.#clock);
    for (const line of lines.slice(0, HEAD_LINES)) {
      const timeSec = this.#timeOf(line, dates);
      if (timeSec !== undefined) return timeSec;
    }
    return undefined;
  }

  /** What the line says by itself. */
  #timeOf({ text, ascii }: SourceLine, dates: DateDetector): number | undefined {
    try {
      const hit = dates.detect(text, ascii);
      return hit && dates.stamp(hit)?.epochSec;
    } catch (error) {
      if (error instanceof F2bError) return undefined;
      throw error;
    }
  }

  #newDates(clock: Clock): DateDetector {
    const { datepattern, logtimezone } = this.plan;
    return new DateDetector({ datepattern: datepattern?.value, logtimezone: logtimezone?.value, clock });
  }
}

interface Placed {
  readonly line: number;
  readonly event: ReplayEvent;
}
