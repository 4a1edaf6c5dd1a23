/**
 * Replay: what time it is in a log, beside what the filter makes of its lines.
 *
 * Which year dates without one are in follows from the last line of their file, and from when that was last written: a
 * log of last year is read as last year's, also as a copy made today. No line is younger than its file.
 */
import { ManualClock } from '../clock.js';
import type { FilterPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import { type DatedText, dateTexts } from '../filter/date-text.js';
import { DateDetector } from '../time/detector.js';
import type { LogFile } from './replay-files.js';

/** So many lines are looked at for when a file begins or ends. */
const LOOKED_LINES = 200;
const DAY_SEC = 86_400;

export class LogDates {
  /** For whoever reads lines of the file: tells the year, and nothing else. */
  readonly clock: ManualClock;
  readonly #lines: DateDetector;
  readonly #textOf: (line: DatedText) => DatedText;
  #latestSec = Number.POSITIVE_INFINITY;

  /** @throws {DateError} the filter's datepattern or logtimezone cannot be used */
  constructor(
    private readonly plan: Pick<FilterPlan, 'datepattern' | 'logtimezone' | 'fields'>,
    files: readonly LogFile[],
  ) {
    this.#textOf = dateTexts(plan);
    // Which years there are depends on the present, too.
    this.clock = new ManualClock(Math.max(0, ...files.map(({ newestSec }) => newestSec)));
    this.#lines = this.#detector();
  }

  /** Lines of this file come next. */
  async begin({ newestSec, tail }: LogFile): Promise<void> {
    this.clock.set(newestSec);
    const end = await tail();
    if (end === undefined) {
      this.#latestSec = Number.POSITIVE_INFINITY;
      return;
    }
    const lines = end.split('\n').slice(-LOOKED_LINES).reverse();
    const lastSec = this.firstOf(lines.map((text) => ({ text, ascii: !/[^\x00-\x7f]/.test(text) })));
    if (lastSec !== undefined && lastSec < newestSec) this.clock.set(lastSec);
    this.#latestSec = Math.max(lastSec ?? newestSec, newestSec) + DAY_SEC;
  }

  /** A time that cannot be: nobody wrote the line in the future. */
  isTooLate(timeSec: number): boolean {
    return timeSec > this.#latestSec;
  }

  /** What the line says by itself; to be asked in order. */
  timeOf(line: DatedText): number | undefined {
    return timeOf(this.#textOf(line), this.#lines);
  }

  /** Of the first line with a date, where it is near. */
  firstOf(lines: readonly DatedText[]): number | undefined {
    const detector = this.#detector();
    for (const line of lines.slice(0, LOOKED_LINES)) {
      const timeSec = timeOf(this.#textOf(line), detector);
      if (timeSec !== undefined) return timeSec;
    }
    return undefined;
  }

  #detector(): DateDetector {
    const { datepattern, logtimezone } = this.plan;
    return new DateDetector({
      datepattern: datepattern?.value,
      logtimezone: logtimezone?.value,
      clock: this.clock,
    });
  }
}

function timeOf({ text, ascii }: DatedText, detector: DateDetector): number | undefined {
  try {
    const hit = detector.detect(text, ascii);
    return hit && detector.stamp(hit)?.epochSec;
  } catch (error) {
    if (error instanceof F2bError) return undefined;
    throw error;
  }
}
