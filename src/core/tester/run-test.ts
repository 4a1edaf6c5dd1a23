/**
 * Tester: a filter over a source of lines → TestResult, in bounded memory and bounded time for each line.
 *
 * `runTest` counts and keeps what the report needs; `runOutput` hands out failures (or, inverted, the lines that are
 * none) and keeps nothing. Both go on behind lines that cannot be processed, and end with what they have when the
 * source breaks off (`incomplete`).
 */
import type { Clock } from '../clock.js';
import { SourceError } from '../errors.js';
import type { LineFilter } from '../filter/line-filter.js';
import type { LineOutcome } from '../filter/outcome.js';
import type { Missed } from '../filter/skim.js';
import type { Resolver } from '../net/dns.js';
import type { LineBatch, LineSource, PieceBatch, SourceLine } from '../source/line.js';
import type { Stamp } from '../time/detector.js';
import type { CollectOptions, LineDigest } from './collector.js';
import { Counting } from './counting.js';
import { entriesReader, type TestLog } from './entries-reader.js';
import { type Entry, type NamedFailure, namedFailure } from './failures.js';
import type { TestResult } from './result.js';
import { runSegments } from './run-segments.js';
import type { OtherSide } from './segment.js';
import { Troubles } from './troubles.js';

export type { TestLog } from './entries-reader.js';

export interface RunOptions {
  readonly filter: LineFilter;
  readonly source: LineSource;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log?: TestLog | undefined;
  readonly onProgress?: ((readBytes: number, lines: number) => void) | undefined;
}

export interface TestOptions extends RunOptions {
  readonly collect: CollectOptions;
  readonly usesDates: boolean;
  /** Does a part of the work on long files, with the same result. Stopped in the end. */
  readonly otherSide?: OtherSide | undefined;
  /** For it: see Grid; otherwise by the size of the file. */
  readonly segmentBytes?: number | undefined;
}

export interface OutputOptions extends RunOptions {
  /** Hand out lines that did not match instead. */
  readonly invert: boolean;
  readonly onFailure: (failure: NamedFailure) => void | Promise<void>;
}

/** Runs and counts. */
export async function runTest(options: TestOptions): Promise<TestResult> {
  const { filter, source, usesDates } = options;
  const startMs = performance.now();
  const counting = new Counting(options);
  const incomplete = await countLines(options, counting);
  const { prefix, failregex, ignoreregex, collector, troubles } = counting;
  return {
    prefregex: prefix,
    failregex,
    ignoreregex,
    dates: usesDates ? datesOf(filter, collector.tested) : undefined,
    tested: collector.tested,
    ...collector.lists(),
    exceeded: troubles.exceeded(),
    troubles: troubles.errors(),
    source: source.counts,
    notices: source.notices ?? [],
    incomplete,
    elapsedSec: (performance.now() - startMs) / 1000,
  };
}

/** The default templates are only there once a line has been looked at. */
function datesOf({ detector, plan }: LineFilter, tested: number): TestResult['dates'] {
  return tested === 0 && plan.datepattern === undefined ? [] : detector.templates;
}

/** By the quickest way there is. @returns what broke the source off */
async function countLines(options: TestOptions, counting: Counting): Promise<SourceError | undefined> {
  const { source, otherSide } = options;
  const { collector } = counting;
  const traced = options.log !== undefined;
  const file = traced ? undefined : await source.openFile?.();
  if (file) {
    const helper = isShareable(options) ? otherSide : undefined;
    if (!helper) otherSide?.stop();
    return untilItBreaks(source, () => runSegments({ ...options, otherSide: helper, file, counting }));
  }
  otherSide?.stop();
  const pieces = traced ? undefined : source.pieces?.();
  if (pieces) return untilItBreaks(source, () => sweepAll(options, pieces, counting));
  return walk<LineDigest>(options, {
    digest: (outcome) => (traced ? outcome : collector.digest(outcome)),
    missed: traced ? undefined : collector.missed,
    take: (line, digest) =>
      typeof digest === 'number' ? collector.addPacked(line, digest) : counting.takeOutcome(line, digest),
  });
}

/** Can another side do a part: where only counts are asked for, of a filter that looks at lines one by one? */
function isShareable({ filter, collect }: TestOptions): boolean {
  const { details, debuggex, matched, ignored, missed } = collect;
  return (
    !details && !debuggex && ![matched, ignored, missed].includes('all') && filter.describe() !== undefined
  );
}

/** What a run that hands failures out leaves to be said. */
export type OutputResult = Pick<TestResult, 'exceeded' | 'troubles' | 'incomplete'>;

/** Runs and hands out. */
export async function runOutput(options: OutputOptions): Promise<OutputResult> {
  const { invert, onFailure } = options;
  const troubles = new Troubles();
  let lastStamp: Stamp | undefined;
  const entriesFor = entriesReader(options);
  const takeAll = invert || options.log !== undefined;
  const matters = ({ hits, exceeded, error }: LineOutcome): boolean =>
    hits.length > 0 || exceeded.length > 0 || error !== undefined;
  const incomplete = await walk<LineOutcome | undefined>(options, {
    digest: (outcome) => (takeAll || matters(outcome) ? outcome : undefined),
    missed: takeAll ? undefined : () => undefined,
    take(line, outcome) {
      if (!outcome) return;
      troubles.note(line, outcome);
      lastStamp = outcome.stamp ?? lastStamp;
      const ignored =
        outcome.ignoredBy !== undefined || outcome.hits.some(({ verdict }) => verdict === 'ignored');
      const handOut = (entries: readonly Entry[]) => {
        const failures = ignored ? [] : entries.flatMap((entry) => namedFailure(entry) ?? []);
        if (!invert) return inOrder(failures, onFailure);
        return failures.length > 0 ? undefined : onFailure(pseudoFailure(line, lastStamp));
      };
      const entries = entriesFor(outcome);
      return entries instanceof Promise ? entries.then(handOut) : handOut(entries);
    },
  });
  return { exceeded: troubles.exceeded(), troubles: troubles.errors(), incomplete };
}

/** Calls for each, waiting only where there is something to wait for. */
function inOrder<T>(items: readonly T[], call: (item: T) => void | Promise<void>): void | Promise<void> {
  for (let i = 0; i < items.length; i++) {
    const pending = call(items[i] as T);
    if (pending) return pending.then(() => inOrder(items.slice(i + 1), call));
  }
}

function pseudoFailure(line: SourceLine, stamp: Stamp | undefined): NamedFailure {
  const text = line.stamp ? line.stamp.text + line.text : line.text;
  return {
    id: '',
    family: undefined,
    failure: { identity: { kind: 'raw', id: '' }, data: new Map([['fid', '']]), matches: [text], stamp },
  };
}

/** What a run does with its lines. */
interface LineWork<D> {
  /** What of an outcome it wants (see Receiver.digest). */
  digest(outcome: LineOutcome): D;
  /** See OutcomeReceiver. */
  readonly missed: ((missed: Missed) => D) | undefined;
  take(line: SourceLine, digest: D): void | Promise<void>;
}

/** Every line through the filter, in order, most of them without a record. */
async function sweepAll(
  { source, onProgress }: RunOptions,
  batches: AsyncIterable<PieceBatch>,
  counting: Counting,
): Promise<void> {
  for await (const { pieces, readBytes } of batches) {
    await counting.sweep(() => pieces, source.counts);
    onProgress?.(readBytes, source.counts.lines);
  }
}

/** Every line through the filter, in order. @returns what broke the source off */
async function walk<D>(options: RunOptions, work: LineWork<D>): Promise<SourceError | undefined> {
  const { source, onProgress, filter } = options;
  return untilItBreaks(source, async () => {
    let lines = 0;
    for await (const batch of source.batches()) {
      await walkBatch(batch, filter, work);
      lines += batch.lines.length;
      onProgress?.(batch.readBytes, lines);
    }
  });
}

/** What breaks a source off is an error only where there was no line before. */
async function untilItBreaks(
  { counts }: LineSource,
  read: () => Promise<void>,
): Promise<SourceError | undefined> {
  try {
    await read();
  } catch (error) {
    if (error instanceof SourceError && counts.lines > 0) return error;
    throw error;
  }
  return undefined;
}

async function walkBatch<D>({ lines }: LineBatch, filter: LineFilter, work: LineWork<D>): Promise<void> {
  const digests: D[] = [];
  const receiver = {
    digest: work.digest,
    missed: work.missed,
    take: (digest: D) => void digests.push(digest),
  };
  filter.processBatch(lines, 0, lines.length, receiver);
  for (let index = 0; index < digests.length; index++) {
    const pending = work.take(lines[index] as SourceLine, digests[index] as D);
    if (pending) await pending;
  }
  // Emptied, not dropped: see Guard.run.
  digests.length = 0;
}
