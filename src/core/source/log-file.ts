/**
 * Source stage: a log file and the position up to which it was read → the lines since then, and the new position.
 *
 * Walks through the pieces that resume.ts finds. The position is exact whenever a batch has been handed out: right behind
 * the last line of that batch, whatever the encoding, in packed files in unpacked bytes. A last line without a newline
 * waits for the next run. A file that changed between plan and reading is planned anew. Memory stays flat.
 */
import { type FileHandle, stat } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import { mayBeLog } from '../null-device.js';
import type { LogPosition, RotatedPosition } from '../records.js';
import type { Chain, Piece } from './chain.js';
import { contextLines } from './context.js';
import type { Encoding } from './encodings.js';
import { CHUNK_BYTES, unreadable } from './file.js';
import {
  FirstLine,
  fileStat,
  firstLineHash,
  headHash,
  isSameFile,
  type KnownContent,
  openCalmly,
  readRange,
  sha1,
  TAIL_BYTES,
  Tail,
} from './identity.js';
import { type LineBatch, type LineSource, noCounts, type PieceBatch, type SourceLine } from './line.js';
import { fileEncoding, HEAD_BYTES, LineEnds } from './line-ends.js';
import { LineCutter, piecesSplitter } from './line-splitter.js';
import { type Change, planReading, type ReadPlan } from './resume.js';
import { Folders } from './rotated.js';
import { unpackedBytes } from './unpack.js';

/** A source that knows how far it has been read. */
export interface LogSource extends LineSource {
  /** Path as configured, or `systemd-journal`. */
  readonly path: string;
  readonly notices: readonly string[];
  /** Up to and including the last line that was handed out. Undefined: nothing is known yet, keep nothing. */
  position(): LogPosition | undefined;
  /** The last lines before the ones that will be read: to get filters going that remember lines. */
  context(): Promise<readonly SourceLine[]>;
}

export interface LogFileOptions {
  readonly encoding: Encoding;
  /** Where to begin without a position; `head` unless told otherwise. */
  readonly mode?: 'head' | 'tail' | undefined;
  /** Shared by the logs of a run. */
  readonly folders?: Folders | undefined;
  /** Paths that are logs of their own, whatever their names look like. */
  readonly others?: ReadonlySet<string> | undefined;
  /** The first KiB of what was read, where somebody remembers it. */
  readonly head?: Buffer | undefined;
}

/** @throws {SourceError} it is there and cannot be read. A log that is missing is a source without lines. */
export async function openLogFile(
  path: string,
  stored: LogPosition | undefined,
  options: LogFileOptions,
): Promise<LogFile> {
  const log = new LogFile(path, stored, options);
  await log.plan();
  return log;
}

/** The file is not what it was when it was looked at. */
class Stale extends Error {}

const MAX_PLANS = 4;

export class LogFile implements LogSource {
  readonly counts = noCounts();
  readonly notices: string[] = [];
  sizeBytes = 0;
  /** What has become of the file since it was read. */
  change: Change = 'first';
  #plan: ReadPlan | undefined;
  #position: LogPosition | undefined;
  #readBytes = 0;
  /** Up to where the last file was read, half lines included. */
  #endBytes = 0;

  constructor(
    readonly path: string,
    stored: LogPosition | undefined,
    private readonly options: LogFileOptions,
  ) {
    this.#position = stored;
  }

  /** Is there a file, here or where it was rotated to, that has to be looked at? */
  get hasPieces(): boolean {
    return (this.#plan?.pieces.length ?? 0) > 0;
  }

  position(): LogPosition | undefined {
    return this.#position;
  }

  async context(): Promise<readonly SourceLine[]> {
    if (!this.#plan) await this.plan();
    return contextLines(this.#plan as ReadPlan, this.options.encoding);
  }

  /** Looks what there is to read. @throws {SourceError} */
  async plan(isAgain = false): Promise<void> {
    const { encoding, mode = 'head', others } = this.options;
    const folders = (isAgain ? undefined : this.options.folders) ?? new Folders();
    const head = isAgain ? undefined : this.options.head;
    const plan = await planReading(this.path, this.#position, { encoding, mode, folders, others, head });
    this.#plan = plan;
    if (!isAgain) this.change = plan.change;
    this.notices.push(...plan.notices);
    this.sizeBytes =
      this.#readBytes +
      plan.pieces.reduce(
        (sum, { packed, file, known }) =>
          sum + (packed ? file.sizeBytes : Math.max(0, file.sizeBytes - known.offsetBytes)),
        0,
      );
  }

  async *batches(): AsyncIterable<LineBatch> {
    // Where lines are decoded before they are split, that counts them already.
    const cutter = new LineCutter(this.options.encoding.wide ? noCounts() : this.counts);
    for await (const { pieces, readBytes } of this.pieceBatches()) {
      const lines = cutter.cut(pieces);
      yield { lines, readBytes };
      // Nobody needs them any more: a dead array in the old generation would keep them alive until a full collection.
      lines.fill(undefined as never);
      lines.length = 0;
    }
  }

  /** In place of `batches`, for readers that pass over most lines; does not count them. */
  async *pieceBatches(): AsyncIterable<PieceBatch> {
    for (let plans = 1; ; plans++) {
      if (!this.#plan) await this.plan(plans > 1);
      const plan = this.#plan as ReadPlan;
      this.#plan = undefined;
      try {
        yield* this.#read(plan);
        return;
      } catch (error) {
        // Rotated this very moment: what has been read so far is in the position.
        if (!(error instanceof Stale)) throw error;
        this.notices.splice(-plan.notices.length, plan.notices.length);
        if (plans === MAX_PLANS) {
          this.notices.push(`${this.path} changes faster than it can be read; the next run goes on`);
          return;
        }
      }
    }
  }

  /** Pieces in order; each that has been read is the mark of the next. */
  async *#read({ pieces, rotated: mark, chain }: ReadPlan): AsyncIterable<PieceBatch> {
    let rotated = mark;
    let last: { piece: Piece; reached: KnownContent } | undefined;
    let before: ReadPiece | undefined;
    for (const piece of pieces) {
      const isLog = piece.role === 'log';
      if (isLog && last) rotated = asRotated(last.piece, last.reached);
      let reached: KnownContent = { offsetBytes: -1, firstLineHash: '', tailHash: '' };
      const move = (to: KnownContent, head: string): void => {
        reached = to;
        if (isLog) this.#position = this.#positionIn(piece, to, { head, rotated });
        else {
          rotated = asRotated(piece, to);
          if (this.#position) this.#position = { ...this.#position, rotated };
        }
      };
      try {
        yield* this.#readPiece(piece, move, { chain, before });
      } catch (error) {
        if (!(error instanceof SourceError) || piece.path === this.path) throw error;
        // What cannot be read now will not be readable later: said once, and the newer files go on.
        this.notices.push(`${error.message}; lines of it may be lost`);
        reached = { ...reached, offsetBytes: -1 };
        if (!isLog) move(reached, '');
      }
      if (isLog) last = { piece, reached };
      before = { piece, endBytes: this.#endBytes };
    }
  }

  #positionIn(
    { file: { device, inode } }: Piece,
    known: KnownContent,
    { head, rotated }: { head: string; rotated: RotatedPosition | null },
  ): LogPosition {
    const lastSec = this.#position?.lastSec;
    const more = lastSec === undefined ? {} : { lastSec };
    return { path: this.path, device, inode, ...known, headHash: head, ...more, rotated };
  }

  async *#readPiece(piece: Piece, move: Move, { chain, before: older }: Around): AsyncIterable<PieceBatch> {
    const { path, packed, known } = piece;
    const handle = await openCalmly(path).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOENT' ? new Stale() : unreadable(path, cause);
    });
    try {
      const stats = await handle.stat();
      const file = fileStat(stats);
      if (!mayBeLog(stats) || !isSameFile(file, piece.file)) throw new Stale();
      // Emptied since it was looked at: its lines are in a copy by now.
      if (!packed && file.sizeBytes < piece.file.sizeBytes) throw new Stale();
      const from = known.offsetBytes;
      const before = packed ? Buffer.alloc(0) : await readRange(handle, Math.max(0, from - TAIL_BYTES), from);
      if (!packed && (file.sizeBytes < from || (known.tailHash !== '' && sha1(before) !== known.tailHash)))
        throw new Stale();
      const tail = new Tail(before);
      const isNamed = known.firstLineHash !== '' || from === 0 || packed;
      const first = new FirstLine(isNamed ? known.firstLineHash : await firstLineHash(handle));
      const encoding = fileEncoding(this.options.encoding, await this.#headOf(handle, piece));
      const ends = new LineEnds(encoding.newline, from);
      const splitter = piecesSplitter(encoding.from(from), this.counts, { skipHoles: true });
      const chunks = packed
        ? behind(
            from,
            tail,
            unpackedBytes(path, handle, (bytes) => (this.#readBytes += bytes)),
          )
        : this.#plainBytes(handle, from, file.sizeBytes);
      const head = packed ? '' : await headHash(handle);
      let at = from;
      let offsetBytes = from;
      move({ offsetBytes, firstLineHash: first.hash, tailHash: known.tailHash || tail.hash }, head);
      for await (const chunk of chunks) {
        // Of a file of which nothing is known this may be what came after a truncation: then there is a copy by now of what
        // the plan has seen.
        if (at === 0 && path === this.path && !(await chain.isCurrent())) throw new Stale();
        // Its writer may have come from the file before just now: what it has left there is older.
        if (at === from && older && (await hasGrown(older))) throw new Stale();
        const mark = ends.push(chunk);
        tail.push(chunk, mark);
        first.push(chunk);
        if (mark > 0) offsetBytes = at + mark;
        at += chunk.length;
        const pieces = splitter.push(chunk);
        if (mark > 0) move({ offsetBytes, firstLineHash: first.hash, tailHash: tail.hash }, head);
        if (pieces.length > 0) yield { pieces, readBytes: this.#readBytes };
        pieces.length = 0;
      }
      this.counts.unterminatedBytes = at - offsetBytes;
      this.#endBytes = at;
    } catch (cause) {
      throw cause instanceof SourceError || cause instanceof Stale ? cause : unreadable(path, cause);
    } finally {
      await handle.close();
    }
  }

  /** Up to the end that the file had when it was opened: a writer that never rests does not hold the reader. */
  async *#plainBytes(handle: FileHandle, from: number, to: number): AsyncIterable<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(to - from, 1)));
    for (let at = from; at < to; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) return;
      at += bytesRead;
      this.#readBytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Only wide encodings ask for the start of the file. */
  async #headOf(handle: FileHandle, { path, packed }: Piece): Promise<Buffer> {
    if (!this.options.encoding.wide) return Buffer.alloc(0);
    if (!packed) return readRange(handle, 0, HEAD_BYTES);
    for await (const chunk of unpackedBytes(path, handle)) return Buffer.from(chunk.subarray(0, HEAD_BYTES));
    return Buffer.alloc(0);
  }
}

/** A file of the chain that has been read to its end. */
interface ReadPiece {
  readonly piece: Piece;
  readonly endBytes: number;
}

interface Around {
  readonly chain: Chain;
  readonly before: ReadPiece | undefined;
}

async function hasGrown({ piece, endBytes }: ReadPiece): Promise<boolean> {
  if (piece.packed) return false;
  const stats = await stat(piece.path).catch(() => undefined);
  return stats !== undefined && isSameFile(fileStat(stats), piece.file) && stats.size > endBytes;
}

type Move = (to: KnownContent, headHash: string) => void;

function asRotated({ path, file }: Piece, known: KnownContent): RotatedPosition {
  const { device, inode, modifiedMs } = file;
  return { path, device, inode, modifiedMs, ...known };
}

/** What stands behind the first `from` bytes of a stream; `tail` sees all. */
async function* behind(from: number, tail: Tail, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    const skipped = Math.min(chunk.length, Math.max(0, from - at));
    at += chunk.length;
    if (skipped > 0) tail.push(chunk.subarray(0, skipped), skipped);
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}
