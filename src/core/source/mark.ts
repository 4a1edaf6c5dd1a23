/**
 * Source stage: the file that came before a log, which is kept with its position as a mark.
 *
 * It serves two ends: lines that reach it late (a writer that has not noticed the rotation yet) are still read, and where
 * the log's own content is gone, everything newer than the mark is what has not been read.
 */
import { stat } from 'node:fs/promises';
import type { LogPosition, RotatedPosition } from '../records.js';
import type { Chain, Piece } from './chain.js';
import { firstLineOf, holds, knownEnd, knownOf, UNREAD } from './content.js';
import { fileStat, isSameFile, type KnownContent, readRange, withFile } from './identity.js';
import { isPacked, type RotatedFile } from './rotated.js';
import { packedSize } from './unpack.js';

export interface Mark {
  readonly rotated: RotatedPosition | null;
  /** More lines of it, where there are any. */
  readonly late: readonly Piece[];
}

/** The log itself went on; the file before it may have got late lines, a new name, or have been removed. */
export async function refreshMark(chain: Chain, stored: LogPosition): Promise<Mark> {
  const mark = stored.rotated;
  if (mark === null) return { rotated: null, late: [] };
  if (mark) {
    const stats = await stat(mark.path).catch(() => undefined);
    if (stats && isSameFile(fileStat(stats), mark)) {
      const file = { ...fileStat(stats), path: mark.path, packed: isPacked(mark.path) };
      const isEmpty = mark.offsetBytes === 0;
      const isCopy = isEmpty && (await isCopyOfLog({ path: chain.path, known: stored }, file));
      if (!isCopy) return marked(mark, file);
    }
  }
  const files = await chain.rotated();
  const found = mark ? await findMark(mark, files) : -1;
  if (mark && found >= 0) return marked(mark, files[found] as RotatedFile);
  return { rotated: await markNewest(chain, files), late: [] };
}

/** How much of a copy is compared. */
const COPY_BYTES = 4096;

/**
 * Is what now has the inode of an empty file that is gone a copy of the log (which has perhaps just been emptied), not that
 * file with late lines in it?
 */
export async function isCopyOfLog(
  log: { path: string; known: KnownContent },
  file: RotatedFile,
): Promise<boolean> {
  if (file.sizeBytes === 0) return false;
  if (log.known.offsetBytes > 0 && (await holds(file, log.known))) return true;
  const start = (of: string) =>
    withFile(of, (handle) => readRange(handle, 0, COPY_BYTES)).catch(() => undefined);
  const [copy, now] = [await start(file.path), await start(log.path)];
  return copy !== undefined && now?.subarray(0, copy.length).equals(copy) === true;
}

/** The mark in the file that it is by now. */
export async function marked(mark: RotatedPosition, file: RotatedFile): Promise<Mark> {
  const rotated: RotatedPosition = {
    ...mark,
    path: file.path,
    device: file.device,
    inode: file.inode,
    modifiedMs: file.modifiedMs,
  };
  // Nothing is added to a packed file.
  if (mark.offsetBytes < 0 || (file.packed && isSameFile(file, mark))) return { rotated, late: [] };
  const size = file.packed ? await packedSize(file.path, file.sizeBytes) : file.sizeBytes;
  if (size === mark.offsetBytes || (!file.packed && file.sizeBytes < mark.offsetBytes))
    return { rotated, late: [] };
  return {
    rotated,
    late: [{ path: file.path, packed: file.packed, file, known: knownOf(mark), role: 'late' }],
  };
}

/** Index of the file that is what `mark` tells of; -1: none is. */
export async function findMark(mark: RotatedPosition, files: readonly RotatedFile[]): Promise<number> {
  const same = files.findIndex((file) => isSameFile(file, mark));
  const candidate = files[same];
  // Inodes are given out anew: without content the time of the last change has to agree.
  const agrees = candidate?.modifiedMs === mark.modifiedMs;
  if (candidate && (mark.offsetBytes > 0 ? await holds(candidate, mark) : agrees)) return same;
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i] as RotatedFile;
    if (mark.offsetBytes > 0 ? await holds(file, mark) : await isPackedMark(mark, file)) return i;
  }
  return -1;
}

/** A packed file of which all is known to have been read has only its first line to be known by. */
async function isPackedMark(mark: RotatedPosition, file: RotatedFile): Promise<boolean> {
  if (mark.offsetBytes === 0 || !file.packed || mark.firstLineHash === '') return false;
  return (await firstLineOf(file)) === mark.firstLineHash;
}

/** All that is there has been read, or is none of our business. */
export async function markNewest(
  chain: Chain,
  files: readonly RotatedFile[],
): Promise<RotatedPosition | null> {
  const newest = files.at(-1);
  if (!newest) return null;
  const { path, device, inode, modifiedMs } = newest;
  let known: KnownContent = { ...UNREAD, offsetBytes: -1 };
  if (newest.packed) known = { ...known, firstLineHash: await firstLineOf(newest) };
  else {
    known = await withFile(path, (handle) =>
      knownEnd(handle, newest.sizeBytes, chain.options.encoding),
    ).catch(() => known);
  }
  return { path, device, inode, modifiedMs, ...known };
}

/** The mark was an empty file, which has no content to be known by: if it is changed since, it has got late lines. */
export function lateInEmpty(
  mark: RotatedPosition | undefined,
  older: readonly RotatedFile[],
): readonly Piece[] {
  if (mark?.offsetBytes !== 0) return [];
  return older
    .filter(({ modifiedMs }) => modifiedMs > mark.modifiedMs)
    .map((file) => ({ path: file.path, packed: file.packed, file, known: UNREAD, role: 'late' }));
}
