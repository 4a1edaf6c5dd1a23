/**
 * Source stage: where lines end in the bytes of an encoding.
 *
 * A newline is one byte in nearly all encodings, a whole code unit of two or four in UTF-16 and UTF-32. Positions are
 * places right behind such a newline, so that reading can begin there with a fresh decoder.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Encoding, NarrowEncoding, WideEncoding } from './encodings.js';
import { readRange } from './identity.js';

/** An encoding as it is used in one file: in UTF-16 the file's first bytes tell the order of bytes. */
export interface FileEncoding {
  readonly newline: Uint8Array;
  /** For a decoder that begins at that place: only at the start of a file a byte order mark is none of the text. */
  from(offsetBytes: number): NarrowEncoding | WideEncoding;
}

/** Bytes at the start of a file that `fileEncoding` has to see. */
export const HEAD_BYTES = 4;

export function fileEncoding(encoding: Encoding, head: Uint8Array): FileEncoding {
  if (!encoding.wide) return { newline: LINE_FEED, from: () => encoding };
  const form = encoding.inFile(head);
  return {
    newline: form.newline,
    from: (offsetBytes) => ({ ...encoding, stream: () => form.stream(offsetBytes === 0) }),
  };
}

const LINE_FEED = Uint8Array.of(0x0a);

/** Finds the last newline of each chunk of a stream, also one that lies across two chunks. */
export class LineEnds {
  readonly #newline: Uint8Array;
  /** Begins at a code unit. */
  #at: number;
  #carry: Buffer = Buffer.alloc(0);

  constructor(newline: Uint8Array, fromBytes: number) {
    this.#newline = newline;
    this.#at = fromBytes;
  }

  /** How many bytes of the chunk belong to complete lines; 0 when no line ends in it. */
  push(chunk: Buffer): number {
    const unit = this.#newline.length;
    if (unit === 1) return chunk.lastIndexOf(0x0a) + 1;
    const start = this.#at;
    const carry = this.#carry;
    this.#at += chunk.length;
    const rest = this.#at % unit;
    this.#carry = rest === 0 ? Buffer.alloc(0) : Buffer.concat([carry, chunk]).subarray(-rest);
    for (let at = chunk.lastIndexOf(this.#newline); at >= 0; at = chunk.lastIndexOf(this.#newline, at - 1)) {
      if ((start + at) % unit === 0) return at + unit;
      if (at === 0) break;
    }
    const missing = unit - carry.length;
    const across =
      carry.length > 0 && Buffer.concat([carry, chunk.subarray(0, missing)]).equals(this.#newline);
    return across ? missing : 0;
  }
}

const BACKWARDS_BYTES = 64 * 1024;

/** Where the last complete line of the first `size` bytes ends; 0 when there is none. */
export async function lastLineEnd(handle: FileHandle, size: number, encoding: Encoding): Promise<number> {
  const { newline } = fileEncoding(encoding, await readRange(handle, 0, HEAD_BYTES));
  const unit = newline.length;
  for (let to = size - (size % unit); to > 0; to -= BACKWARDS_BYTES) {
    const from = Math.max(0, to - BACKWARDS_BYTES);
    const end = new LineEnds(newline, from).push(await readRange(handle, from, to));
    if (end > 0) return from + end;
  }
  return 0;
}
