/**
 * Source stage: a file that is kept open while it grows → the lines that have been added to it.
 *
 * Each look is one read: it begins with the last bytes that are known, so that a file that was emptied, or emptied and
 * written anew to any size, shows itself at once; then come the new bytes. What was read is told by content, whatever the
 * file is called by now, even when its name is gone. A line without a newline waits.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Encoding } from './encodings.js';
import {
  HEAD_BYTES as FILE_HEAD_BYTES,
  type FileStat,
  FirstLine,
  fileStat,
  firstLineHash,
  type KnownContent,
  openCalmly,
  readRange,
  sha1,
  TAIL_BYTES,
  Tail,
} from './identity.js';
import { noCounts, type Piece } from './line.js';
import { fileEncoding, HEAD_BYTES, LineEnds } from './line-ends.js';
import { type PiecesSplitter, piecesSplitter } from './line-splitter.js';

/** A half line is known by its last bytes where it is longer. */
const MAX_HALF_BYTES = 4096;

export interface Growth {
  /** Of complete lines. */
  readonly pieces: Piece[];
  /** Nothing more is there for now. */
  readonly atEnd: boolean;
}

/** What a place in a file is known by, with the hash of the file's head. */
export interface HeldContent extends KnownContent {
  readonly headHash: string;
}

export class HeldFile {
  readonly counts = noCounts();
  /** Bytes that have gone through the splitter. */
  #at = 0;
  /** End of the last complete line. */
  #offsetBytes = 0;
  #tail = new Tail();
  /** What stands before the place up to which it was read: some of what is complete, and the half line behind it. */
  #before: Buffer = Buffer.alloc(0);
  #first = new FirstLine();
  /** The first bytes of what was read. */
  #head: Buffer = Buffer.alloc(0);
  #splitter!: PiecesSplitter;
  #ends!: LineEnds;
  #isSeated = false;

  private constructor(
    private readonly handle: FileHandle,
    readonly file: FileStat,
    private readonly encoding: Encoding,
  ) {}

  /** Keeps the file at `path`, whatever becomes of its name; `seat` it before it is read. @throws whatever opening throws */
  static async open(path: string, encoding: Encoding): Promise<HeldFile> {
    const handle = await openCalmly(path);
    try {
      return new HeldFile(handle, fileStat(await handle.stat()), encoding);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Goes on behind what is known. @returns whether that is in the file */
  async seat(known: KnownContent): Promise<boolean> {
    const { handle } = this;
    const at = known.offsetBytes;
    // Read once, compared and kept: the file may be emptied at any moment.
    const before = await readRange(handle, Math.max(0, at - TAIL_BYTES), at);
    if (before.length < Math.min(at, TAIL_BYTES)) return false;
    if (known.tailHash !== '' && sha1(before) !== known.tailHash) return false;
    const first = at > 0 ? await firstLineHash(handle) : '';
    if (at > 0 && known.firstLineHash !== '' && first !== known.firstLineHash) return false;
    const head = await readRange(handle, 0, Math.min(at, FILE_HEAD_BYTES));
    if (head.length < Math.min(at, FILE_HEAD_BYTES)) return false;
    this.#isSeated = true;
    this.#head = head;
    this.#at = at;
    this.#offsetBytes = at;
    this.#tail = new Tail(before);
    this.#before = before;
    this.#first = new FirstLine(first);
    this.#settle(this.encoding.wide ? await readRange(handle, 0, HEAD_BYTES) : Buffer.alloc(0));
    return true;
  }

  /** In UTF-16 the first bytes of the file tell the order of bytes. */
  #settle(head: Uint8Array): void {
    const form = fileEncoding(this.encoding, head);
    this.#splitter = piecesSplitter(form.from(this.#at), this.counts, { skipHoles: true });
    this.#ends = new LineEnds(form.newline, this.#at);
  }

  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** Does it go on behind that place already? */
  isSeatedAt(offsetBytes: number): boolean {
    return this.#isSeated && this.#offsetBytes === offsetBytes;
  }

  /** Of a line whose end has not come yet. */
  get halfBytes(): number {
    return this.#at - this.#offsetBytes;
  }

  /** Up to the end of the last complete line. */
  get known(): HeldContent {
    return {
      offsetBytes: this.#offsetBytes,
      firstLineHash: this.#first.hash,
      tailHash: this.#tail.hash,
      headHash: this.#offsetBytes >= FILE_HEAD_BYTES ? sha1(this.#head) : '',
    };
  }

  async stat(): Promise<FileStat> {
    return fileStat(await this.handle.stat());
  }

  /** The first KiB of what was read, or as much as there is. */
  get head(): Buffer {
    return this.#head;
  }

  /** Has it no name any more? */
  async isUnlinked(): Promise<boolean> {
    return (await this.handle.stat()).nlink === 0;
  }

  /**
   * What has been added, as much as goes into `buffer`, which may be used again afterwards.
   * @returns undefined when what was read before is no longer there
   */
  async read(buffer: Buffer): Promise<Growth | undefined> {
    const before = this.#before;
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.#at - before.length);
    if (bytesRead < before.length || before.compare(buffer, 0, before.length) !== 0) {
      this.#isSeated = false;
      return undefined;
    }
    const atEnd = bytesRead < buffer.length;
    if (bytesRead === before.length) return { pieces: [], atEnd };
    const chunk = buffer.subarray(before.length, bytesRead);
    if (this.#at === 0 && this.encoding.wide) {
      if (chunk.length < HEAD_BYTES) return { pieces: [], atEnd: true };
      this.#settle(chunk);
    }
    if (this.#head.length < FILE_HEAD_BYTES)
      this.#head = Buffer.concat([this.#head, chunk]).subarray(0, FILE_HEAD_BYTES);
    const mark = this.#ends.push(chunk);
    this.#tail.push(chunk, mark);
    this.#first.push(chunk);
    if (mark > 0) this.#offsetBytes = this.#at + mark;
    this.#at += chunk.length;
    const kept = TAIL_BYTES + Math.min(this.halfBytes, MAX_HALF_BYTES);
    this.#before = Buffer.from(buffer.subarray(Math.max(0, bytesRead - kept), bytesRead));
    return { pieces: this.#splitter.push(chunk), atEnd };
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
