/**
 * Tester: the other side of a test in segments (segment.ts): takes segments from the back → a note about each.
 *
 * How sessions and dates stand where a segment begins is guessed by running what is in front of it, after the head of
 * the log, which tells what its dates look like. Segments whose lines have to choose between dates, or that make any
 * trouble, are left to the side that knows the real state.
 */
import { systemClock } from '../clock.js';
import { LineFilter } from '../filter/line-filter.js';
import type { Resolver } from '../net/dns.js';
import { findEncoding } from '../source/encodings.js';
import type { ReadFile } from '../source/file-range.js';
import { noCounts } from '../source/line.js';
import { Counting } from './counting.js';
import {
  Claims,
  Grid,
  type SegmentFound,
  type SegmentNote,
  type SegmentSetup,
  type SegmentState,
} from './segment.js';
import { Stride, sweepRange } from './sweep-range.js';

/** Of what is left; the other side works on, so that this is less than half. */
const SHARE = 3 / 8;
const HEAD_BYTES = 128 * 1024;
const MIN_LEAD_BYTES = 512 * 1024;
const MAX_LEAD_BYTES = 4 * 1024 * 1024;
/** Neither is more than so much of a segment. */
const HEAD_SHARE = 1 / 8;
const LEAD_SHARE = 1 / 2;
/** So many segments for nothing, and more than those of use, are enough. */
const MAX_FAILED = 4;

/** Notes about segments, as they are done. Ends when there are none left, or when there is no use in going on. */
export async function* lookAhead(setup: SegmentSetup, resolver: Resolver): AsyncIterable<SegmentNote> {
  const encoding = await findEncoding(setup.encoding);
  if (encoding.wide) return;
  const side = new Side(setup, { fd: setup.fd, sizeBytes: setup.sizeBytes, encoding }, resolver);
  const grid = new Grid(setup.sizeBytes, setup.segmentBytes);
  const claims = new Claims(setup.claims);
  await side.readHead();
  let balance = 0;
  for (let taken = claims.takeLast(SHARE); taken; taken = claims.takeLast(SHARE)) {
    const bytes = (taken.to - taken.from) * grid.segmentBytes;
    await side.leadTo(grid.startOf(taken.from), Math.ceil(bytes / 8));
    for (let index = taken.from; index < taken.to; index++) {
      const found = await side.run(grid.segment(index));
      yield { index, found };
      balance = Math.min(MAX_FAILED, balance + (found ? 1 : -1));
      if (balance <= -MAX_FAILED) return;
    }
  }
}

class Side {
  readonly #filter: LineFilter;
  readonly #fresh: unknown;
  readonly #stride = new Stride();
  readonly #headBytes: number;
  readonly #minLeadBytes: number;
  #afterHead: unknown;
  #lastPrefix: boolean | undefined;

  constructor(
    private readonly setup: SegmentSetup,
    private readonly file: ReadFile,
    private readonly resolver: Resolver,
  ) {
    this.#filter = new LineFilter(setup.plan, { clock: systemClock, checkAll: setup.collect.checkAll });
    this.#fresh = this.#filter.snapshot();
    this.#headBytes = Math.min(HEAD_BYTES, Math.ceil(setup.segmentBytes * HEAD_SHARE));
    this.#minLeadBytes = Math.min(MIN_LEAD_BYTES, Math.ceil(setup.segmentBytes * LEAD_SHARE));
  }

  async readHead(): Promise<void> {
    await this.#count({ from: 0, to: this.#headBytes });
    this.#afterHead = this.#filter.snapshot();
  }

  /** Comes to the state in which lines from `to` on begin, as well as can be guessed. */
  async leadTo(to: number, wantedBytes: number): Promise<void> {
    const bytes = Math.min(MAX_LEAD_BYTES, Math.max(this.#minLeadBytes, wantedBytes));
    const isNearHead = to - bytes <= this.#headBytes;
    this.#filter.restore(isNearHead ? this.#fresh : this.#afterHead);
    this.#lastPrefix = undefined;
    await this.#count({ from: isNearHead ? 0 : to - bytes, to });
  }

  /** The lines that begin in this range, which follow those run last. */
  async run(range: { readonly from: number; readonly to: number }): Promise<SegmentFound | undefined> {
    const before = this.#state();
    const { choices } = this.#filter.detector;
    const { counting, counts } = await this.#count(range);
    const after = this.#state();
    const isPlain = this.#filter.detector.choices === choices && counting.troubles.size === 0;
    if (!before || !after || !isPlain) return undefined;
    return { before, after, counts: counting.collector.describe(), source: counts };
  }

  async #count(range: { readonly from: number; readonly to: number }) {
    const counts = noCounts();
    const counting = new Counting({
      filter: this.#filter,
      resolver: this.resolver,
      clock: systemClock,
      collect: this.setup.collect,
    });
    counting.collector.beginWith(this.#lastPrefix);
    await sweepRange(counting, this.file, range, { counts, stride: this.#stride });
    this.#lastPrefix = counting.collector.lastPrefix;
    return { counting, counts };
  }

  #state(): SegmentState | undefined {
    const filter = this.#filter.describe();
    return filter && { filter, lastPrefix: this.#lastPrefix };
  }
}
