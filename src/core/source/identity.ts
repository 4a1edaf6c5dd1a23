/**
 * Source stage: by what a file is known again, whatever its name is by now.
 *
 * Content comes first: the SHA-1 of the first line with its newline (as fail2ban keeps it) and that of the bytes just
 * before the place up to which it was read. Device and inode only help where there is no content yet, since both are given
 * out anew. Nothing here keeps state or reads more than it must.
 */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** How many bytes before the position are remembered by their hash. */
export const TAIL_BYTES = 256;

/** A first line that is longer is known by its beginning (fail2ban hashes it all). */
export const FIRST_LINE_BYTES = 1024 * 1024;

const LF = 0x0a;

export interface FileStat {
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What is remembered of a content that was read up to `offsetBytes`. Hashes are empty where there was nothing to hash. */
export interface KnownContent {
  readonly offsetBytes: number;
  readonly firstLineHash: string;
  readonly tailHash: string;
}

export function fileStat(stat: Stats): FileStat {
  return {
    device: stat.dev,
    inode: stat.ino,
    sizeBytes: stat.size,
    modifiedMs: stat.mtimeMs,
  };
}

export function isSameFile(
  one: { device?: number | undefined; inode?: number | undefined },
  other: { device?: number | undefined; inode?: number | undefined },
): boolean {
  return one.inode !== undefined && one.inode === other.inode && one.device === other.device;
}

/** Hex; empty for no bytes at all. */
export function sha1(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : createHash('sha1').update(bytes).digest('hex');
}

/** The bytes of `[from, to)`, fewer where the file ends before. */
export async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, to - from));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Hashes the first line of a stream that it is fed from its very start; `known` from earlier needs no feeding. */
export class FirstLine {
  #hash = createHash('sha1');
  #bytes = 0;
  #done = '';

  constructor(known = '') {
    this.#done = known;
  }

  /** Empty until the line is complete. */
  get hash(): string {
    return this.#done;
  }

  push(chunk: Uint8Array): void {
    if (this.#done !== '') return;
    const newline = chunk.indexOf(LF);
    const room = FIRST_LINE_BYTES - this.#bytes;
    const end = Math.min(newline < 0 ? chunk.length : newline + 1, room);
    this.#hash.update(chunk.subarray(0, end));
    this.#bytes += end;
    if ((newline >= 0 && newline < room) || this.#bytes === FIRST_LINE_BYTES)
      this.#done = this.#hash.digest('hex');
  }
}

export async function firstLineHash(handle: FileHandle): Promise<string> {
  const line = new FirstLine();
  for (let at = 0, size = 4096; line.hash === ''; at += size, size = 64 * 1024) {
    const bytes = await readRange(handle, at, at + size);
    line.push(bytes);
    if (bytes.length < size) break;
  }
  return line.hash;
}

/** Bytes at the start of a file that are remembered by their hash. */
export const HEAD_BYTES = 1024;

/** Empty for a file that is shorter. */
export async function headHash(handle: FileHandle): Promise<string> {
  const head = await readRange(handle, 0, HEAD_BYTES);
  return head.length === HEAD_BYTES ? sha1(head) : '';
}

/** The last bytes of a stream: of all of it, and of it up to a mark. */
export class Tail {
  #all: Buffer;
  #marked: Buffer;

  /** `before`: what stands before the first byte that will be pushed. */
  constructor(before: Uint8Array = Buffer.alloc(0)) {
    this.#all = Buffer.from(before.subarray(-TAIL_BYTES));
    this.#marked = this.#all;
  }

  /** `mark`: so many bytes of the chunk belong to what is marked; 0 leaves the mark where it is. */
  push(chunk: Uint8Array, mark: number): void {
    if (mark > 0) this.#marked = lastOf(this.#all, chunk.subarray(0, mark));
    this.#all = lastOf(this.#all, chunk);
  }

  /** Hash of the bytes before the mark. */
  get hash(): string {
    return sha1(this.#marked);
  }
}

/** Always a copy: chunks are filled anew. */
function lastOf(before: Uint8Array, chunk: Uint8Array): Buffer {
  if (chunk.length >= TAIL_BYTES) return Buffer.from(chunk.subarray(-TAIL_BYTES));
  return Buffer.concat([before, chunk]).subarray(-TAIL_BYTES);
}

/** Does the file go on where the known content ended? Not asked of content of which nothing has been read yet. */
export async function continues(handle: FileHandle, size: number, known: KnownContent): Promise<boolean> {
  if (known.offsetBytes <= 0 || size < known.offsetBytes) return false;
  if (known.tailHash !== '') {
    const tail = await readRange(handle, Math.max(0, known.offsetBytes - TAIL_BYTES), known.offsetBytes);
    if (sha1(tail) !== known.tailHash) return false;
  }
  return known.firstLineHash === '' || (await firstLineHash(handle)) === known.firstLineHash;
}

/** For reading; a pipe that somebody has put in the place of a file does not hold us up. */
export function openCalmly(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}

/** Opens, asks, closes. @throws whatever opening throws */
export async function withFile<T>(path: string, ask: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openCalmly(path);
  try {
    return await ask(handle);
  } finally {
    await handle.close();
  }
}
