/**
 * Source stage: chunks of bytes → complete lines, decoded.
 *
 * Lines end at the byte `\n` only; carriage returns before it are no part of the line. A line is complete once its
 * newline has been read. How bytes become text, and what becomes of lines that are too long, is told in
 * piece-splitter.ts; wide encodings are decoded first.
 */
import type { NarrowEncoding, WideEncoding } from './encodings.js';
import type { ApartLine, Piece, SourceCounts, SourceLine } from './line.js';
import { cutMark, MAX_LINE_BYTES, PieceSplitter, stripLineEnd } from './piece-splitter.js';

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

const CR = 0x0d;
const HASH = 0x23;

class NarrowSplitter implements LineSplitter {
  readonly #pieces: PieceSplitter;
  readonly #cutter: LineCutter;

  constructor(encoding: NarrowEncoding, counts: SourceCounts, options: SplitOptions) {
    this.#pieces = PieceSplitter.ofTexts(encoding, counts, options);
    this.#cutter = new LineCutter(counts, options);
  }

  push(chunk: Buffer): SourceLine[] {
    return this.#cutter.cut(this.#pieces.push(chunk));
  }

  end(): SourceLine[] {
    this.#pieces.end();
    return [];
  }
}

/** Makes lines of pieces; numbers and counts them. */
export class LineCutter {
  #number = 0;

  constructor(
    private readonly counts: SourceCounts,
    private readonly options: Pick<SplitOptions, 'skipComments'> = {},
  ) {}

  cut(pieces: readonly Piece[]): SourceLine[] {
    const lines: SourceLine[] = [];
    for (const piece of pieces) {
      if (typeof piece === 'string') this.#addBlock(lines, piece);
      else this.#add(lines, piece, undefined, 0);
    }
    return lines;
  }

  #addBlock(lines: SourceLine[], block: string): void {
    let start = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', start)) {
      const stop = lineStop(block, start, end);
      const within = stop === end ? block : undefined;
      this.#add(lines, { text: block.slice(start, stop), ascii: true }, within, start);
      start = end + 1;
    }
  }

  #add(lines: SourceLine[], { text, ascii, stamp }: ApartLine, block: string | undefined, at: number): void {
    this.#number++;
    if (this.options.skipComments && isPassedOver(text, 0, text.length)) {
      this.counts.skipped++;
      return;
    }
    this.counts.lines++;
    lines.push({ text, ascii, block, at, number: this.#number, stamp });
  }
}

/** Chunks of bytes → pieces of complete lines. */
export interface PiecesSplitter {
  /** The buffer may be used again afterwards. */
  push(chunk: Buffer): Piece[];
}

/** Where lines are decoded before they are split, each of them stands apart. */
export function piecesSplitter(
  encoding: NarrowEncoding | WideEncoding,
  counts: SourceCounts,
  options: SplitOptions = {},
): PiecesSplitter {
  return encoding.wide
    ? new WideSplitter(encoding, counts, options)
    : PieceSplitter.ofTexts(encoding, counts, options);
}

/** Where a line ends that has its newline at `end`: carriage returns before that are no part of it. */
export function lineStop(block: string, start: number, end: number): number {
  let stop = end;
  while (stop > start && block.charCodeAt(stop - 1) === CR) stop--;
  return stop;
}

/** Is the line an empty one or a comment, which fail2ban-regex passes over? */
export function isPassedOver(block: string, start: number, stop: number): boolean {
  return start === stop || block.charCodeAt(start) === HASH;
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
