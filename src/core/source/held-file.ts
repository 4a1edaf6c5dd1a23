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
  continues,
  type FileStat,
  FirstLine,
  fileStat,
  firstLineHash,
  headHash,
  type KnownContent,
  openCalmly,
  readRange,
  TAIL_BYTES,
  Tail,
} from './identity.js';
import { noCounts, type SourceLine } from './line.js';
import { fileEncoding, HEAD_BYTES, LineEnds } from './line-ends.js';
import { type LineSplitter, lineSplitter } from './line-splitter.js';

/** Bytes from which on the head of a file is remembered. */
const HEADED_BYTES = 1024;

export interface Growth {
  readonly lines: SourceLine[];
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
  #first = new FirstLine();
  #head = '';
  #splitter!: LineSplitter;
  #ends!: LineEnds;

  private constructor(
    private readonly handle: FileHandle,
    readonly file: FileStat,
    private readonly encoding: Encoding,
  ) {}

  /** The file at `path`, if it is the one that is known up to there. @throws whatever opening throws */
  static async open(path: string, known: KnownContent, encoding: Encoding): Promise<HeldFile | undefined> {
    const handle = await openCalmly(path);
    try {
      const stats = await handle.stat();
      const file = fileStat(stats);
      const isKnown = known.offsetBytes === 0 || (await continues(handle, file.sizeBytes, known));
      if (stats.isFile() && isKnown && known.offsetBytes >= 0) {
        const held = new HeldFile(handle, file, encoding);
        await held.seat(known);
        return held;
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }

  /** Goes on from there. */
  async seat(known: KnownContent): Promise<void> {
    const { handle } = this;
    const at = known.offsetBytes;
    this.#at = at;
    this.#offsetBytes = at;
    this.#tail = new Tail(await readRange(handle, Math.max(0, at - TAIL_BYTES), at));
    const first = known.firstLineHash === '' && at > 0 ? await firstLineHash(handle) : known.firstLineHash;
    this.#first = new FirstLine(first);
    this.#head = at >= HEADED_BYTES ? await headHash(handle) : '';
    const head = this.encoding.wide ? await readRange(handle, 0, HEAD_BYTES) : Buffer.alloc(0);
    this.#settle(head);
  }

  /** In UTF-16 the first bytes of the file tell the order of bytes. */
  #settle(head: Uint8Array): void {
    const form = fileEncoding(this.encoding, head);
    this.#splitter = lineSplitter(form.from(this.#at), this.counts, { skipHoles: true });
    this.#ends = new LineEnds(form.newline, this.#at);
  }

  get offsetBytes(): number {
    return this.#offsetBytes;
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
      headHash: this.#head,
    };
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
    const before = this.#tail.bytes;
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.#at - before.length);
    if (bytesRead < before.length || before.compare(buffer, 0, before.length) !== 0) return undefined;
    const atEnd = bytesRead < buffer.length;
    if (bytesRead === before.length) return { lines: [], atEnd };
    const chunk = buffer.subarray(before.length, bytesRead);
    if (this.#at === 0 && this.encoding.wide) {
      if (chunk.length < HEAD_BYTES) return { lines: [], atEnd: true };
      this.#settle(chunk);
    }
    const mark = this.#ends.push(chunk);
    this.#tail.push(chunk, mark);
    this.#first.push(chunk);
    if (mark > 0) this.#offsetBytes = this.#at + mark;
    this.#at += chunk.length;
    if (mark > 0 && this.#head === '' && this.#offsetBytes >= HEADED_BYTES)
      this.#head = await headHash(this.handle);
    return { lines: this.#splitter.push(chunk), atEnd };
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
