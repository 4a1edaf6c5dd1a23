/**
 * Tester: everything that counts the lines of one filter: the counts of its expressions, the collector that fills them,
 * and what went wrong. A report is made from it, and so are the notes about a segment of a log (segment.ts).
 */
import type { Clock } from '../clock.js';
import type { LineFilter } from '../filter/line-filter.js';
import type { LineOutcome } from '../filter/outcome.js';
import type { RawPiece, SourceCounts, SourceLine } from '../source/line.js';
import { type CollectOptions, Collector } from './collector.js';
import { type EntriesFor, entriesReader, type ReaderOptions } from './entries-reader.js';
import type { PrefregexCount, RegexCount } from './result.js';
import { Tally } from './tally.js';
import { Troubles } from './troubles.js';

export interface CountingOptions extends ReaderOptions {
  readonly collect: CollectOptions;
  readonly clock: Clock;
}

export class Counting {
  readonly prefix: PrefregexCount | undefined;
  readonly failregex: readonly RegexCount[];
  readonly ignoreregex: readonly RegexCount[];
  readonly collector: Collector;
  readonly troubles = new Troubles();
  readonly #filter: LineFilter;
  readonly #entriesFor: EntriesFor;

  constructor(options: CountingOptions) {
    const { plan, compiled } = options.filter;
    const prefregex = compiled.prefregex?.pattern;
    this.prefix = prefregex && { regex: prefregex.source, origin: prefregex.origin, hits: 0, samples: [] };
    this.failregex = plan.failregex.map(newCount);
    this.ignoreregex = plan.ignoreregex.map(newCount);
    const counts = { prefregex: this.prefix, failregex: this.failregex, ignoreregex: this.ignoreregex };
    this.collector = new Collector(counts, options.collect, options.clock);
    this.#filter = options.filter;
    // A report tells which lines matched, not of which lines a failure is made.
    options.filter.keepsLines = false;
    this.#entriesFor = entriesReader(options);
  }

  /**
   * Counts all lines of some pieces of the source that has these counts, behind those counted before. `read` is called
   * again when matching was interrupted.
   */
  async sweep(read: () => Iterable<RawPiece>, counts: SourceCounts): Promise<void> {
    const tally = new Tally(this.collector, counts, this.takeOutcome);
    this.#filter.sweep(read, counts.lines + counts.skipped + 1, tally);
    await tally.commit();
  }

  /** Counts a line by its outcome; where a name has to be looked up, it takes a while. */
  readonly takeOutcome = (line: SourceLine, outcome: LineOutcome): void | Promise<void> => {
    this.troubles.note(line, outcome);
    const entries = this.#entriesFor(outcome);
    if (entries instanceof Promise) return entries.then((rows) => this.collector.add(line, outcome, rows));
    this.collector.add(line, outcome, entries);
  };
}

function newCount(regex: RegexCount['regex']): RegexCount {
  return { regex, hits: 0, details: [] };
}
