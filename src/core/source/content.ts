/**
 * Source stage: is this file, packed or not, the content that was read before?
 *
 * What cannot be read is not: a file that matters is reported when it is read.
 */
import type { FileHandle } from 'node:fs/promises';
import type { LogPosition } from '../records.js';
import type { Encoding } from './encodings.js';
import {
  continues,
  firstLineHash,
  HEAD_BYTES,
  isSameFile,
  type KnownContent,
  readRange,
  sha1,
  TAIL_BYTES,
  withFile,
} from './identity.js';
import { lastLineEnd } from './line-ends.js';
import type { RotatedFile } from './rotated.js';
import { packedContinues, packedFirstLine, packedSize, unpackedBytes } from './unpack.js';

/** Of which nothing has been read. */
export const UNREAD: KnownContent = { offsetBytes: 0, firstLineHash: '', tailHash: '' };

export function knownOf({ offsetBytes, firstLineHash: first, tailHash }: KnownContent): KnownContent {
  return { offsetBytes, firstLineHash: first, tailHash };
}

/** All complete lines that the file has now. */
export async function knownEnd(handle: FileHandle, size: number, encoding: Encoding): Promise<KnownContent> {
  const offsetBytes = await lastLineEnd(handle, size, encoding);
  if (offsetBytes === 0) return UNREAD;
  const tail = await readRange(handle, Math.max(0, offsetBytes - TAIL_BYTES), offsetBytes);
  return { offsetBytes, firstLineHash: await firstLineHash(handle), tailHash: sha1(tail) };
}

/** Does the file hold what is known, and perhaps more? What cannot be read does not. */
export async function holds(file: RotatedFile, known: KnownContent): Promise<boolean> {
  if (known.firstLineHash === '' && known.tailHash === '') return false;
  try {
    if (file.packed) return await packedContinues(file.path, known);
    return await withFile(file.path, (handle) => continues(handle, file.sizeBytes, known));
  } catch {
    return false;
  }
}

export async function firstLineOf(file: RotatedFile): Promise<string> {
  try {
    return file.packed ? await packedFirstLine(file.path) : await withFile(file.path, firstLineHash);
  } catch {
    return '';
  }
}

/** A packed file that was read to its end: a log that has not been written since costs no unpacking in each run. */
export async function isReadPacked(file: RotatedFile, stored: LogPosition): Promise<boolean> {
  if (!file.packed || !isSameFile(file, stored)) return false;
  if ((await packedSize(file.path, file.sizeBytes)) !== stored.offsetBytes) return false;
  return (await firstLineOf(file)) === stored.firstLineHash;
}

/**
 * Less of what was read before: a copy that was made, or packed, while the log still grew and was read. It is nothing new.
 * `head`: the first bytes of what was read; without them the position's hash of the first KiB tells.
 */
export async function isOldCopy(file: RotatedFile, stored: LogPosition, head?: Buffer): Promise<boolean> {
  if (!head && !stored.headHash) return false;
  const start = await startOf(file, stored.offsetBytes).catch(() => undefined);
  if (!start || start.length === 0) return false;
  if (head) return start.equals(head.subarray(0, start.length));
  return start.length === HEAD_BYTES && sha1(start) === stored.headHash;
}

/** The first KiB, or as much as there is; undefined where the content is as long as that or longer. */
async function startOf(file: RotatedFile, limit: number): Promise<Buffer | undefined> {
  if (!file.packed) {
    if (file.sizeBytes >= limit) return undefined;
    return withFile(file.path, (handle) => readRange(handle, 0, Math.min(HEAD_BYTES, file.sizeBytes)));
  }
  return withFile(file.path, async (handle) => {
    let start = Buffer.alloc(0);
    let size = 0;
    for await (const chunk of unpackedBytes(file.path, handle)) {
      size += chunk.length;
      if (size >= limit) return undefined;
      if (start.length < HEAD_BYTES) start = Buffer.concat([start, chunk]).subarray(0, HEAD_BYTES);
    }
    return start;
  });
}
