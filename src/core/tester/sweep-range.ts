/**
 * Tester: counts the lines of a stretch of a file, some megabytes at a time.
 *
 * How many at a time is found out as it goes: setting a deadline costs something (guard.ts), more on a busy machine, but
 * what is under one deadline must be done long before it, and nothing else happens meanwhile.
 */
import { setImmediate } from 'node:timers/promises';
import { lineStartAt, piecesBetween, type ReadFile } from '../source/file-range.js';
import { addCounts, noCounts, type SourceCounts } from '../source/line.js';
import type { Counting } from './counting.js';

/** How much is read under one deadline; learnt from stretch to stretch. */
export class Stride {
  bytes = FIRST_STRIDE;

  /** It took so long. */
  learn(elapsedMs: number): void {
    if (elapsedMs < SHORT_MS) this.bytes = Math.min(MAX_STRIDE, this.bytes * 2);
    else if (elapsedMs > LONG_MS) this.bytes = Math.max(MIN_STRIDE, this.bytes / 2);
  }
}

const MIN_STRIDE = 512 * 1024;
const FIRST_STRIDE = 1024 * 1024;
const MAX_STRIDE = 16 * 1024 * 1024;
const SHORT_MS = 50;
const LONG_MS = 300;

/** The lines that begin in the range, behind those counted before; both ends are moved to the start of a line. */
export async function sweepRange(
  counting: Counting,
  file: ReadFile,
  range: { readonly from: number; readonly to: number },
  work: { readonly counts: SourceCounts; readonly stride: Stride; readonly onBatch?: (at: number) => void },
): Promise<void> {
  const { counts, stride, onBatch } = work;
  const end = lineStartAt(file, range.to);
  for (let from = lineStartAt(file, range.from); from < end; ) {
    const to = Math.min(end, lineStartAt(file, from + stride.bytes));
    const startMs = performance.now();
    let found = noCounts();
    await counting.sweep(() => {
      found = noCounts();
      return piecesBetween(file, { from, to }, found);
    }, counts);
    addCounts(counts, found);
    stride.learn(performance.now() - startMs);
    onBatch?.(to);
    from = to;
    // Signals, and the other side, want to be heard.
    await setImmediate();
  }
}
