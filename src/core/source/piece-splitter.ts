/**
 * Source stage: chunks of bytes → pieces of text that end at ends of lines.
 *
 * What follows the last newline is held back (and counted, never handed out). Text stays a one-byte string of many lines
 * until a line has a byte above 0x7f: only such lines are really decoded, and stand apart.
 * A line longer than `maxLineBytes` is cut there; a visible mark takes the place of its end, so that a pattern that
 * asks for the end of the line cannot take the cut for it.
 */
import { isAscii } from 'node:buffer';
import type { NarrowEncoding } from './encodings.js';
import type { ApartLine, SourceCounts } from './line.js';
import type { SplitOptions } from './line-splitter.js';

/** Lines of this many bytes are read whole: well below what V8's regular expressions can stand (20 MB and more). */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Larger strings are allocated by V8 outside of its young generation, which costs four times as much. */
const BLOCK_BYTES = 96 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** What a block becomes in which there is something to decode, to leave out or to cut. */
type Mixed = string | ApartLine;

/** `P` is what blocks of whole ASCII lines are made. */
export class PieceSplitter<P = string> {
  readonly #decode: NarrowEncoding['decode'];
  readonly #counts: SourceCounts;
  readonly #maxLineBytes: number;
  readonly #skipHoles: boolean;
  /** The start of a line whose newline has not come yet, at most `maxLineBytes` of it. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #cutBytes = 0;

  private constructor(
    encoding: NarrowEncoding,
    counts: SourceCounts,
    options: SplitOptions,
    private readonly made: (block: Buffer) => P,
  ) {
    this.#decode = encoding.decode;
    this.#counts = counts;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#skipHoles = options.skipHoles ?? false;
  }

  static ofTexts(encoding: NarrowEncoding, counts: SourceCounts, options: SplitOptions): PieceSplitter {
    return new PieceSplitter(encoding, counts, options, (block) => block.toString('latin1'));
  }

  /** Hands out parts of the chunks themselves, good until the next `push`. */
  static ofBytes(
    encoding: NarrowEncoding,
    counts: SourceCounts,
    options: SplitOptions,
  ): PieceSplitter<Buffer> {
    return new PieceSplitter(encoding, counts, options, (block) => block);
  }

  /** The pieces completed by these bytes. Texts are good for ever: the buffer may be used again afterwards. */
  push(chunk: Buffer): (P | Mixed)[] {
    const pieces: (P | Mixed)[] = [];
    let start = 0;
    if (this.#heldBytes > 0) {
      const newline = chunk.indexOf(LF);
      this.#hold(newline < 0 ? chunk : chunk.subarray(0, newline));
      if (newline < 0) return pieces;
      this.#addHeld(pieces);
      start = newline + 1;
    }
    const last = chunk.lastIndexOf(LF);
    if (last >= start) {
      this.#addComplete(pieces, chunk.subarray(start, last + 1));
      start = last + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return pieces;
  }

  /** No more bytes will come: what is left without a newline is counted. */
  end(): void {
    this.#counts.unterminatedBytes = this.#heldBytes + this.#cutBytes;
  }

  #hold(whole: Buffer): void {
    const hole = this.#skipHoles && this.#heldBytes === 0 ? holeBytes(whole) : 0;
    const bytes = hole > 0 ? whole.subarray(hole) : whole;
    const room = this.#maxLineBytes - this.#heldBytes;
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, room);
    this.#cutBytes += bytes.length - kept.length;
    this.#heldBytes += kept.length;
    // A copy: the chunk is the reader's and is filled anew.
    if (kept.length > 0) this.#held.push(Buffer.from(kept));
  }

  #addHeld(pieces: (P | Mixed)[]): void {
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    const cutBytes = this.#cutBytes;
    this.#held = [];
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#addApart(pieces, bytes, cutBytes);
  }

  /** `bytes` holds one or more whole lines. */
  #addComplete(pieces: (P | Mixed)[], bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.length - start <= BLOCK_BYTES ? -1 : bytes.lastIndexOf(LF, start + BLOCK_BYTES);
      // A line longer than a block makes one of its own.
      const end = newline < start ? bytes.indexOf(LF, start + BLOCK_BYTES) : newline;
      const next = end < start ? bytes.length : end + 1;
      const block = bytes.subarray(start, next);
      const isPlain = isAscii(block) && block.length <= this.#maxLineBytes && !this.#hasHole(block);
      if (isPlain) pieces.push(this.made(block));
      else this.#addMixed(pieces, block);
      start = next;
    }
  }

  #hasHole(block: Buffer): boolean {
    return this.#skipHoles && block.includes(0);
  }

  /** Lines in which there is something to decode, to leave out or to cut stand apart from the others. */
  #addMixed(pieces: (P | Mixed)[], bytes: Buffer): void {
    const block = bytes.toString('latin1');
    let plainFrom = 0;
    let from = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', from)) {
      const lineFrom = from;
      let start = from;
      from = end + 1;
      if (this.#skipHoles) while (block.charCodeAt(start) === 0) start++;
      const cutBytes = Math.max(0, end - start - this.#maxLineBytes);
      const line = bytes.subarray(start, end - cutBytes);
      if (cutBytes === 0 && start === lineFrom && isAscii(line)) continue;
      if (plainFrom < lineFrom) pieces.push(block.slice(plainFrom, lineFrom));
      plainFrom = from;
      this.#addApart(pieces, line, cutBytes);
    }
    if (plainFrom < block.length) pieces.push(block.slice(plainFrom));
  }

  #addApart(pieces: (P | Mixed)[], bytes: Buffer, cutBytes: number): void {
    const ascii = isAscii(bytes);
    const decoded = ascii ? { text: bytes.toString('latin1'), clean: true } : this.#decode(bytes);
    if (!decoded.clean) this.#counts.undecodable++;
    if (cutBytes > 0) {
      this.#counts.cutLines++;
      this.#counts.cutBytes += cutBytes;
    }
    const text = cutBytes > 0 ? decoded.text + cutMark(cutBytes) : stripLineEnd(decoded.text);
    pieces.push({ text, ascii });
  }
}

/** NUL bytes at the start. */
function holeBytes(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0) at++;
  return at;
}

/** Stands where a line has been cut. */
export function cutMark(cutBytes: number): string {
  return ` [... ${cutBytes} bytes cut ...]`;
}

export function stripLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === CR || text.charCodeAt(end - 1) === LF)) end--;
  return end === text.length ? text : text.slice(0, end);
}
