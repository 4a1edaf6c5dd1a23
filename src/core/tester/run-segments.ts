/**
 * Tester: a long file in segments, shared with another side (segment.ts); counts everything in order.
 *
 * What the other side has found in a segment is counted when it began in the very state that the lines before have
 * left, else the segment is run again. So the result is that of one run through the whole file, line by line.
 */
import { SourceError } from '../errors.js';
import { isAlike, type LineFilter } from '../filter/line-filter.js';
import { unreadable } from '../source/file.js';
import { addCounts, type LineSource, type OpenFile } from '../source/line.js';
import type { CollectOptions } from './collector.js';
import type { Counting } from './counting.js';
import { Claims, Grid, type OtherSide, type SegmentFound, type SegmentSetup } from './segment.js';
import { Stride, sweepRange } from './sweep-range.js';

export interface SegmentOptions {
  readonly filter: LineFilter;
  readonly source: LineSource;
  readonly file: OpenFile;
  readonly counting: Counting;
  readonly collect: CollectOptions;
  readonly otherSide: OtherSide | undefined;
  readonly onProgress?: ((readBytes: number, lines: number) => void) | undefined;
  /** Otherwise by the size of the file. */
  readonly segmentBytes?: number | undefined;
}

/** @throws {SourceError} the file cannot be read (any more) */
export async function runSegments(options: SegmentOptions): Promise<void> {
  const { filter, file, collect, otherSide, segmentBytes } = options;
  const { fd, sizeBytes, encoding } = file;
  const grid = segmentBytes === undefined ? Grid.of(sizeBytes) : new Grid(sizeBytes, segmentBytes);
  const claims = Claims.over(grid);
  const setup: SegmentSetup = {
    plan: filter.plan,
    collect,
    encoding: encoding.name,
    fd,
    sizeBytes,
    segmentBytes: grid.segmentBytes,
    claims: claims.shared,
  };
  try {
    await inOrder(options, { grid, claims, help: otherSide && new Help(otherSide, setup) });
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(file.path, cause) : cause;
  } finally {
    await otherSide?.stop();
    await file.close();
  }
}

interface Share {
  readonly grid: Grid;
  readonly claims: Claims;
  readonly help: Help | undefined;
}

async function inOrder(options: SegmentOptions, { grid, claims, help }: Share): Promise<void> {
  const { file, counting, source, otherSide, onProgress } = options;
  const { counts } = source;
  const onBatch = (at: number) => {
    help?.consider(at);
    onProgress?.(at, counts.lines);
  };
  const stride = new Stride();
  for (let index = 0; index < grid.count; index++) {
    // Once the front meets the back, all segments left are the other side's.
    const isOwn = claims.takeFirst() === index;
    const found = isOwn ? undefined : (await otherSide?.note(index))?.found;
    if (found && adopt(found, options)) onBatch(grid.startOf(index + 1));
    else await sweepRange(counting, file, grid.segment(index), { counts, stride, onBatch });
  }
}

/** Begins the other side once it turns out to be worth its start. */
class Help {
  #begun = false;
  #batches = 0;
  #at = 0;
  #sinceMs = performance.now();

  constructor(
    private readonly otherSide: OtherSide,
    private readonly setup: SegmentSetup,
  ) {
    if (otherSide.startMs === 0) this.#begin();
  }

  /** Everything before `at` is done. */
  consider(at: number): void {
    if (this.#begun) return;
    const nowMs = performance.now();
    const leftMs = ((nowMs - this.#sinceMs) / (at - this.#at)) * (this.setup.sizeBytes - at);
    // The first batches take longer, as code is compiled.
    if (++this.#batches >= TRIED_BATCHES && leftMs > WORTHWHILE * this.otherSide.startMs) this.#begin();
    this.#at = at;
    this.#sinceMs = nowMs;
  }

  #begin(): void {
    this.#begun = true;
    this.otherSide.begin(this.setup);
  }
}

const TRIED_BATCHES = 3;
/** Starting takes the time of the side that is at work, too, where the two share a core. */
const WORTHWHILE = 3;

/** Counts what the other side has found; false when it began in another state. */
function adopt({ before, after, counts, source: found }: SegmentFound, options: SegmentOptions): boolean {
  const { filter, counting, source } = options;
  const { collector } = counting;
  const now = filter.describe();
  if (!now || !isAlike(now, before.filter) || collector.lastPrefix !== before.lastPrefix) return false;
  filter.adopt(before.filter, after.filter);
  collector.adopt(counts, source.counts.lines + source.counts.skipped);
  addCounts(source.counts, found);
  return true;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof SourceError) && 'syscall' in error;
}
