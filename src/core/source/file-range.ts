/**
 * Source stage: a stretch of an open file → the lines that begin in it, as pieces.
 *
 * Several readers may be at work on one file, each with a stretch of its own: every line belongs to one stretch, that of
 * its first byte. Positions are given with each read, so that readers (of other threads, too) share a descriptor, and a
 * stretch can be read again. Reading does not wait for other work: it is done under the deadline of matching.
 */
import { readSync } from 'node:fs';
import type { OpenFile, RawPiece, SourceCounts } from './line.js';
import { PieceSplitter } from './piece-splitter.js';

/** A file of which `sizeBytes` are to be read. */
export type ReadFile = Pick<OpenFile, 'fd' | 'sizeBytes' | 'encoding'>;

const CHUNK_BYTES = 256 * 1024;
const LOOK_BYTES = 4096;
/** Stretches are read one after the other: what one has read into, the next one can. */
let spare: Buffer | undefined;
const LF = 0x0a;

/** Where the first line begins that begins at `at` or later; the size where none does. */
export function lineStartAt({ fd, sizeBytes }: ReadFile, at: number): number {
  if (at <= 0) return 0;
  const buffer = Buffer.allocUnsafe(LOOK_BYTES);
  for (let from = at - 1; from < sizeBytes; ) {
    const bytesRead = readSync(fd, buffer, 0, Math.min(LOOK_BYTES, sizeBytes - from), from);
    if (bytesRead === 0) break;
    const newline = buffer.subarray(0, bytesRead).indexOf(LF);
    if (newline >= 0) return from + newline + 1;
    from += bytesRead;
  }
  return sizeBytes;
}

/** The pieces between two starts of lines. `counts` gets what the splitter has to tell. */
export function* piecesBetween(
  { fd, encoding }: ReadFile,
  range: { readonly from: number; readonly to: number },
  counts: SourceCounts,
): Generator<RawPiece, void, void> {
  const splitter = PieceSplitter.ofBytes(encoding, counts, {});
  const buffer = spare ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  spare = undefined;
  try {
    for (let at = range.from; at < range.to; ) {
      const bytesRead = readSync(fd, buffer, 0, Math.min(buffer.length, range.to - at), at);
      // There was more before: somebody has cut the file off.
      if (bytesRead === 0) break;
      at += bytesRead;
      yield* splitter.push(buffer.subarray(0, bytesRead));
    }
    splitter.end();
  } finally {
    spare = buffer;
  }
}
