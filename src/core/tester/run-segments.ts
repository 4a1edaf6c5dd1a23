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
import { Claims, Grid, type OtherSide, type SegmentFound } from './segment.js';
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
  try {
    otherSide?.begin({
      plan: filter.plan,
      collect,
      encoding: encoding.name,
      fd,
      sizeBytes,
      segmentBytes: grid.segmentBytes,
      claims: claims.shared,
    });
    await inOrder(options, grid, claims);
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(file.path, cause) : cause;
  } finally {
    await otherSide?.stop();
    await file.close();
  }
}

async function inOrder(options: SegmentOptions, grid: Grid, claims: Claims): Promise<void> {
  const { file, counting, source, otherSide, onProgress } = options;
  const { counts } = source;
  const onBatch = (at: number) => onProgress?.(at, counts.lines);
  const stride = new Stride();
  for (let index = 0; index < grid.count; index++) {
    // Once the front meets the back, all segments left are the other side's.
    const isOwn = claims.takeFirst() === index;
    const found = isOwn ? undefined : (await otherSide?.note(index))?.found;
    if (found && adopt(found, options)) onBatch(grid.startOf(index + 1));
    else await sweepRange(counting, file, grid.segment(index), { counts, stride, onBatch });
  }
}

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
