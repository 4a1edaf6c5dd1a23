/**
 * Tester: what a sweep finds in some pieces of a log, until it is sure to be counted.
 *
 * Digests of lines, equal ones that follow each other as one → the collector, at `commit`. Lines themselves are only
 * held where they are to be kept, so that most die at once.
 */
import type { LineOutcome } from '../filter/outcome.js';
import type { Missed } from '../filter/skim.js';
import type { NumberedLine, SweepReceiver } from '../filter/sweep.js';
import type { SourceCounts } from '../source/line.js';
import type { Collector, LineDigest } from './collector.js';
import { kindOf, type LineKind } from './line-digest.js';

/** Takes the outcome of a line; may have to look a name up first. */
export type TakeOutcome = (line: NumberedLine, outcome: LineOutcome) => void | Promise<void>;

export class Tally implements SweepReceiver<LineDigest> {
  readonly missed: ((missed: Missed) => LineDigest) | undefined;
  /** Per entry: what of the line (or lines) is to be counted, how many they are, and the line where it is needed. */
  readonly #digests: LineDigest[] = [];
  readonly #times: number[] = [];
  readonly #lines: (NumberedLine | undefined)[] = [];
  #passedOver = 0;
  #tested = 0;
  /** Lines held of each kind. */
  readonly #held: Record<LineKind, number> = { missed: 0, ignored: 0, matched: 0 };

  constructor(
    private readonly collector: Collector,
    private readonly counts: SourceCounts,
    private readonly takeOutcome: TakeOutcome,
  ) {
    this.missed = collector.missed;
  }

  get countsMissed(): boolean {
    const digest = this.missed?.('no-failregex');
    return typeof digest === 'number' && !this.#keeps(digest);
  }

  digest(outcome: LineOutcome): LineDigest {
    return this.collector.digest(outcome);
  }

  take(digest: LineDigest, line: NumberedLine): void {
    if (typeof digest !== 'number') this.#push(digest, 1, line);
    else if (this.#keeps(digest)) {
      this.#held[kindOf(digest)]++;
      this.#push(digest, 1, line);
    } else {
      this.takeMissed(digest, 1);
      return;
    }
    this.#tested++;
  }

  #keeps(digest: number): boolean {
    return this.#held[kindOf(digest)] < this.collector.roomFor(digest);
  }

  takeMissed(digest: LineDigest, lines: number): void {
    this.#tested += lines;
    const last = this.#digests.length - 1;
    if (last >= 0 && this.#digests[last] === digest && this.#lines[last] === undefined)
      this.#times[last]! += lines;
    else this.#push(digest, lines, undefined);
  }

  pass(): void {
    this.#passedOver++;
  }

  forget(): void {
    // Emptied, not dropped: see Guard.run.
    this.#digests.length = this.#times.length = this.#lines.length = 0;
    this.#passedOver = this.#tested = 0;
    this.#held.missed = this.#held.ignored = this.#held.matched = 0;
  }

  /** Counts everything, in order. */
  async commit(): Promise<void> {
    for (let i = 0; i < this.#digests.length; i++) {
      const digest = this.#digests[i]!;
      const line = this.#lines[i];
      if (typeof digest !== 'number') {
        const pending = this.takeOutcome(line!, digest);
        if (pending) await pending;
      } else if (line) this.collector.addPacked(line, digest);
      else this.collector.addAlike(digest, this.#times[i]!);
    }
    this.counts.lines += this.#tested;
    this.counts.skipped += this.#passedOver;
    this.forget();
  }

  #push(digest: LineDigest, times: number, line: NumberedLine | undefined): void {
    this.#digests.push(digest);
    this.#times.push(times);
    this.#lines.push(line);
  }
}
