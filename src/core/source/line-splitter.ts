/**
 * Source stage: chunks of bytes → complete lines, decoded.
 *
 * Lines end at the byte `\n` only; carriage returns before it are no part of the line. A line is complete once its
 * newline has been read: what follows the last newline is held back (and counted, never handed out). Text stays a
 * one-byte string of the whole chunk until a line has a byte above 0x7f: only such lines are really decoded.
 * A line longer than `maxLineBytes` is cut there; a visible mark takes the place of its end, so that a pattern that
 * asks for the end of the line cannot take the cut for it.
 */
import { isAscii } from 'node:buffer';
import type { NarrowEncoding, WideEncoding } from './encodings.js';
import type { SourceCounts, SourceLine } from './line.js';

/** Lines of this many bytes are read whole: well below what V8's regular expressions can stand (20 MB and more). */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export interface SplitOptions {
  readonly maxLineBytes?: number | undefined;
  /** Pass over empty lines and lines that start with `#`, as fail2ban-regex does. */
  readonly skipComments?: boolean | undefined;
  /** Pass over NUL bytes in front of a line: the hole that a power cut, or a writer after a truncation, leaves there. */
  readonly skipHoles?: boolean | undefined;
}

export interface LineSplitter {
  /** The lines completed by these bytes. The buffer may be used again afterwards. */
  push(chunk: Buffer): SourceLine[];
  /** No more bytes will come: the lines a decoder has held back; what is left without a newline is counted. */
  end(): SourceLine[];
}

export function lineSplitter(
  encoding: NarrowEncoding | WideEncoding,
  counts: SourceCounts,
  options: SplitOptions = {},
): LineSplitter {
  return encoding.wide
    ? new WideSplitter(encoding, counts, options)
    : new NarrowSplitter(encoding, counts, options);
}

/** Larger strings are allocated by V8 outside of its young generation, which costs four times as much. */
const BLOCK_BYTES = 96 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;

class NarrowSplitter implements LineSplitter {
  readonly #decode: NarrowEncoding['decode'];
  readonly #counts: SourceCounts;
  readonly #maxLineBytes: number;
  readonly #skipComments: boolean;
  readonly #skipHoles: boolean;
  /** The start of a line whose newline has not come yet, at most `maxLineBytes` of it. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #cutBytes = 0;
  #number = 0;

  constructor(encoding: NarrowEncoding, counts: SourceCounts, options: SplitOptions) {
    this.#decode = encoding.decode;
    this.#counts = counts;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#skipComments = options.skipComments ?? false;
    this.#skipHoles = options.skipHoles ?? false;
  }

  push(chunk: Buffer): SourceLine[] {
    const lines: SourceLine[] = [];
    let start = 0;
    if (this.#heldBytes > 0) {
      const newline = chunk.indexOf(LF);
      this.#hold(newline < 0 ? chunk : chunk.subarray(0, newline));
      if (newline < 0) return lines;
      this.#addHeld(lines);
      start = newline + 1;
    }
    const last = chunk.lastIndexOf(LF);
    if (last >= start) {
      this.#addComplete(lines, chunk.subarray(start, last + 1));
      start = last + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  end(): SourceLine[] {
    this.#counts.unterminatedBytes = this.#heldBytes + this.#cutBytes;
    return [];
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

  #addHeld(lines: SourceLine[]): void {
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    const cutBytes = this.#cutBytes;
    this.#held = [];
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#add(lines, isAscii(bytes) ? bytes.toString('latin1') : undefined, bytes, cutBytes);
  }

  /** `bytes` holds one or more whole lines. */
  #addComplete(lines: SourceLine[], bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.length - start <= BLOCK_BYTES ? -1 : bytes.lastIndexOf(LF, start + BLOCK_BYTES);
      // A line longer than a block makes one of its own.
      const end = newline < start ? bytes.indexOf(LF, start + BLOCK_BYTES) : newline;
      const next = end < start ? bytes.length : end + 1;
      this.#addBlock(lines, bytes.subarray(start, next));
      start = next;
    }
  }

  #addBlock(lines: SourceLine[], bytes: Buffer): void {
    const ascii = isAscii(bytes);
    const block = bytes.toString('latin1');
    let start = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', start)) {
      if (this.#skipHoles) while (block.charCodeAt(start) === 0) start++;
      const piece = block.slice(start, end);
      if (piece.length > this.#maxLineBytes) {
        const kept = bytes.subarray(start, start + this.#maxLineBytes);
        this.#add(lines, undefined, kept, piece.length - kept.length);
      } else if (ascii || !NON_ASCII.test(piece)) {
        this.#add(lines, piece, undefined, 0, block, start);
      } else {
        this.#add(lines, undefined, bytes.subarray(start, end), 0);
      }
      start = end + 1;
    }
  }

  /** One line, given as `plain` ASCII text or as `bytes` to decode. */
  #add(
    lines: SourceLine[],
    plain: string | undefined,
    bytes: Buffer | undefined,
    cutBytes: number,
    block?: string,
    at = 0,
  ): void {
    this.#number++;
    let text = plain;
    if (text === undefined) {
      const decoded = this.#decode(bytes as Buffer);
      if (!decoded.clean) this.#counts.undecodable++;
      text = decoded.text;
    }
    if (cutBytes > 0) {
      this.#counts.cutLines++;
      this.#counts.cutBytes += cutBytes;
      text += cutMark(cutBytes);
    } else {
      text = stripLineEnd(text);
    }
    const within = text === plain ? block : undefined;
    if (this.#skipComments && (text.length === 0 || text.charCodeAt(0) === HASH)) {
      this.#counts.skipped++;
      return;
    }
    this.#counts.lines++;
    lines.push({
      text,
      ascii: plain !== undefined,
      block: within,
      at,
      number: this.#number,
      stamp: undefined,
    });
  }
}

/** NUL bytes at the start. */
function holeBytes(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0) at++;
  return at;
}

const NON_ASCII = /[\x80-\xff]/;

/** Stands where a line has been cut. */
function cutMark(cutBytes: number): string {
  return ` [... ${cutBytes} bytes cut ...]`;
}

function stripLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === CR || text.charCodeAt(end - 1) === LF)) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** Encodings in which a newline is more than one byte: the stream is decoded first and split afterwards. */
class WideSplitter implements LineSplitter {
  readonly #stream: ReturnType<WideEncoding['stream']>;
  readonly #counts: SourceCounts;
  readonly #maxLineChars: number;
  readonly #skipComments: boolean;
  readonly #skipHoles: boolean;
  #held = '';
  #cut = 0;
  #number = 0;

  constructor(encoding: WideEncoding, counts: SourceCounts, options: SplitOptions) {
    this.#stream = encoding.stream();
    this.#counts = counts;
    this.#maxLineChars = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#skipComments = options.skipComments ?? false;
    this.#skipHoles = options.skipHoles ?? false;
  }

  push(chunk: Buffer): SourceLine[] {
    return this.#split(this.#stream.write(chunk));
  }

  end(): SourceLine[] {
    const lines = this.#split(this.#stream.end() ?? '');
    this.#counts.unterminatedBytes = Buffer.byteLength(this.#held) + this.#cut;
    return lines;
  }

  #split(decoded: string): SourceLine[] {
    const lines: SourceLine[] = [];
    const pieces = decoded.split('\n');
    for (const [index, piece] of pieces.entries()) {
      this.#hold(piece);
      if (index < pieces.length - 1) this.#addHeld(lines);
    }
    return lines;
  }

  #hold(whole: string): void {
    const piece = this.#skipHoles && this.#held === '' ? whole.replace(/^\0+/, '') : whole;
    const room = this.#maxLineChars - this.#held.length;
    this.#held += piece.slice(0, room);
    this.#cut += Math.max(0, piece.length - room);
  }

  #addHeld(lines: SourceLine[]): void {
    this.#number++;
    let text = this.#cut > 0 ? this.#held + cutMark(this.#cut) : stripLineEnd(this.#held);
    if (this.#cut > 0) {
      this.#counts.cutLines++;
      this.#counts.cutBytes += this.#cut;
    }
    this.#held = '';
    this.#cut = 0;
    if (this.#skipComments && (text === '' || text.startsWith('#'))) {
      this.#counts.skipped++;
      return;
    }
    // Half a surrogate pair is an error to Python's decoders and passes iconv-lite's.
    text = text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
    if (text.includes('\ufffd')) this.#counts.undecodable++;
    this.#counts.lines++;
    lines.push({
      text,
      ascii: !/[^\x00-\x7f]/.test(text),
      number: this.#number,
    });
  }
}
