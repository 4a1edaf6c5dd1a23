/**
 * Runs a test over a file twice: line by line, and in small segments with another side that has taken some of them.
 */
import { systemClock } from '../../src/core/clock.js';
import type { LineFilter } from '../../src/core/filter/line-filter.js';
import { createResolver } from '../../src/core/net/dns.js';
import { findEncoding } from '../../src/core/source/encodings.js';
import { openFile } from '../../src/core/source/file.js';
import type { LineSource } from '../../src/core/source/line.js';
import type { CollectOptions } from '../../src/core/tester/collector.js';
import { lookAhead } from '../../src/core/tester/look-ahead.js';
import type { TestResult } from '../../src/core/tester/result.js';
import { runTest } from '../../src/core/tester/run-test.js';
import {
  Claims,
  type OtherSide,
  type SegmentNote,
  type SegmentSetup,
} from '../../src/core/tester/segment.js';

export const resolver = createResolver({
  lookups: {
    lookup: async (name) => (name.includes('two') ? ['192.0.2.1', '192.0.2.2'] : []),
    reverse: async () => [],
  },
});

export const COUNTS: CollectOptions = {
  details: false,
  debuggex: false,
  matched: 'limited',
  ignored: 'limited',
  missed: 'limited',
  limit: 20,
  maxlines: 1,
  checkAll: true,
};

/** The other side in this thread: it has taken a share of the segments before this side has begun. */
class OtherSideHere implements OtherSide {
  readonly #notes = new Map<number, SegmentNote>();
  readonly startMs = 0;
  #coming: AsyncIterator<SegmentNote> | undefined;

  constructor(private readonly share: number) {}

  begin(setup: SegmentSetup): void {
    new Claims(setup.claims).takeLast(this.share);
    const own = new Claims(new SharedArrayBuffer(4));
    const count = Math.max(1, Math.ceil(setup.sizeBytes / setup.segmentBytes));
    new Int32Array(own.shared)[0] = count;
    // What is sent to another thread has to be plain.
    const { claims: _, ...plain } = setup;
    this.#coming = lookAhead({ ...structuredClone(plain), claims: own.shared }, resolver)[
      Symbol.asyncIterator
    ]();
  }

  async note(index: number): Promise<SegmentNote | undefined> {
    while (!this.#notes.has(index)) {
      const next = await this.#coming!.next();
      if (next.done) return undefined;
      this.#notes.set(next.value.index, structuredClone(next.value));
    }
    return this.#notes.get(index);
  }

  async stop(): Promise<void> {}
}

export interface Segments {
  readonly bytes: number;
  /** What the other side takes. */
  readonly share: number;
  /** In place of one in this thread. */
  readonly by?: OtherSide;
}

/** What there is to report, as plain values. */
export async function testFile(
  path: string,
  filter: LineFilter,
  options: {
    readonly collect?: Partial<CollectOptions>;
    readonly segments?: Segments;
    readonly encoding?: string;
  },
): Promise<PlainResult> {
  const { segments, encoding = 'utf-8' } = options;
  const whole = await openFile(path, await findEncoding(encoding), { skipComments: true });
  // Line by line, as sources that have nothing else are read.
  const source: LineSource = segments
    ? whole
    : { counts: whole.counts, sizeBytes: whole.sizeBytes, batches: () => whole.batches() };
  const result = await runTest({
    filter,
    source,
    resolver,
    clock: systemClock,
    collect: { ...COUNTS, ...options.collect },
    usesDates: true,
    otherSide: segments && (segments.by ?? new OtherSideHere(segments.share)),
    segmentBytes: segments?.bytes,
  });
  return plainOf(result);
}

export interface PlainResult extends Omit<TestResult, 'elapsedSec' | 'dates'> {
  readonly dates: unknown;
}

function plainOf({ elapsedSec: _, dates, ...result }: TestResult): PlainResult {
  const hits = dates?.map(({ template, hits: count, currentWeight }) => [
    template.name,
    count,
    currentWeight,
  ]);
  return { ...result, dates: hits };
}
