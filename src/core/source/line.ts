/**
 * Source stage: the shape in which every source hands out what it has read.
 */
import type { NarrowEncoding } from './encodings.js';

/** A line and its place; what the filter calls a LogLine. `text` has no line end. */
export interface SourceLine {
  readonly text: string;
  /** True when every code point is below 0x80. */
  readonly ascii: boolean;
  /** A longer text in which the line begins at `at` and is followed by a `\n`; where there is one. */
  readonly block?: string | undefined;
  readonly at?: number | undefined;
  /** Counts the lines of the input from 1, skipped ones too. */
  readonly number: number;
  /** Journal entries bring their time; `text` is what stands for it in front of the line. */
  readonly stamp?: { readonly text: string; readonly epochSec: number } | undefined;
}

/** Some lines, in order. `readBytes` is how much of the input has been read so far (of the file, not unpacked). */
export interface LineBatch {
  readonly lines: readonly SourceLine[];
  readonly readBytes: number;
}

/**
 * A piece of a log that is not yet cut into lines: a text of whole ASCII lines, each with its newline (carriage returns
 * before it are still there), or one line that stands apart because it had to be decoded or was cut.
 */
export type Piece = string | ApartLine;

/** As it is read: whole ASCII lines may still be bytes, which are good until more is asked for. */
export type RawPiece = Piece | Buffer;

export interface ApartLine {
  readonly text: string;
  readonly ascii: boolean;
  /** See SourceLine. */
  readonly stamp?: SourceLine['stamp'];
}

/** The line that is `part` of the way through the pieces (1: the last). Undefined where there is none. */
export function lineAt(pieces: readonly Piece[], part: number): ApartLine | undefined {
  const lengthOf = (piece: Piece) => (typeof piece === 'string' ? piece.length : piece.text.length + 1);
  const total = pieces.reduce((chars, piece) => chars + lengthOf(piece), 0);
  let at = Math.ceil(total * part) - 1;
  for (const piece of pieces) {
    const length = lengthOf(piece);
    if (at >= length) {
      at -= length;
      continue;
    }
    if (typeof piece !== 'string') return piece;
    const start = at > 0 ? piece.lastIndexOf('\n', at - 1) + 1 : 0;
    const end = piece.indexOf('\n', at);
    return { text: piece.slice(start, end < 0 ? undefined : end).replace(/\r+$/, ''), ascii: true };
  }
  return undefined;
}

/** Some pieces, in order. */
export interface PieceBatch {
  readonly pieces: readonly Piece[];
  readonly readBytes: number;
}

/** An open file, of which `sizeBytes` are to be read. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly sizeBytes: number;
  readonly encoding: NarrowEncoding;
  close(): Promise<void>;
}

/** What reading has found out so far. */
export interface SourceCounts {
  /** Lines handed out. */
  lines: number;
  /** Lines passed over because they were empty or comments. */
  skipped: number;
  /** Lines that were longer than the limit, and the bytes that were cut off them. */
  cutLines: number;
  cutBytes: number;
  /** Lines with bytes that are not valid in the encoding (shown as U+FFFD). */
  undecodable: number;
  /** Bytes of a last line without a newline, which is not a line yet; 0 when there is none. */
  unterminatedBytes: number;
}

export function noCounts(): SourceCounts {
  return { lines: 0, skipped: 0, cutLines: 0, cutBytes: 0, undecodable: 0, unterminatedBytes: 0 };
}

export function addCounts(counts: SourceCounts, more: SourceCounts): void {
  for (const name of Object.keys(more) as (keyof SourceCounts)[]) counts[name] += more[name];
}

/**
 * Something that yields lines until it ends. `counts` and `sizeBytes` are live.
 * Lines are only valid until the next batch is asked for where memory matters: their texts are slices of one large
 * string, so whoever keeps a line for long copies it.
 */
export interface LineSource {
  readonly counts: SourceCounts;
  /** What the reader of a journal had to say beside the entries, for the user to see. */
  readonly notices?: readonly string[];
  /** Size of the input where it is known beforehand. */
  readonly sizeBytes: number | undefined;
  /** @throws {SourceError} cannot be read; lines read before that have been handed out. */
  batches(): AsyncIterable<LineBatch>;
  /**
   * In place of `batches`, where the source can do it: for readers that pass over most lines. It is they who number
   * the lines, pass over empty ones and comments, and add both kinds to `counts`.
   */
  pieces?(): AsyncIterable<PieceBatch> | undefined;
  /** In place of both: the file itself, where it is one of plain text that may be read at any place. */
  openFile?(): Promise<OpenFile | undefined>;
}
