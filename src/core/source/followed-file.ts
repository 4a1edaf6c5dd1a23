/**
 * Source stage: one log that is followed: the file at a path, held open while it grows, and what it was before.
 *
 * A `visit` reads what there is now and ends. As long as the held file only grows, that is one read. When the path leads to
 * another file, the held one is read to its end first, whatever it is called by now; then log-file.ts finds everything else
 * between the position and the end of the new file. The old one stays open for lines that a writer who has not noticed
 * still adds to it. The position is exact behind every batch.
 */
import type { LogPosition, RotatedPosition } from '../records.js';
import { lookAt } from './chain.js';
import type { Encoding } from './encodings.js';
import { HeldFile } from './held-file.js';
import { type FileStat, firstLineHash, isSameFile, type KnownContent, withFile } from './identity.js';
import { LateFiles, QUIET_MS } from './late-files.js';
import type { Piece, SourceLine } from './line.js';
import { LogFile } from './log-file.js';
import { isCopyOfLog } from './mark.js';
import { Patience, type Say } from './patience.js';
import { type Folders, isPacked } from './rotated.js';

export interface FollowedFileOptions {
  readonly encoding: Encoding;
  /** Where to begin without a position. */
  readonly mode: 'head' | 'tail';
  readonly position: LogPosition | undefined;
  /** Paths that are logs of their own. */
  readonly others: ReadonlySet<string>;
  /** To read into, larger when there is much to read; nobody else uses it while a visit runs. */
  readonly buffer: (isBehind?: boolean) => Buffer;
  readonly say: Say;
}

/** How often the file may change while it is visited before it is left to the next visit. */
const MAX_ROUNDS = 4;
interface Looking {
  readonly isLook: boolean;
  readonly isSought: boolean;
}

export class FollowedFile {
  readonly path: string;
  /** Has been read to its end at least once. */
  isLive = false;
  /** Could not be finished: it changes too fast. */
  isRestless = false;
  /** Grows with each other file that it comes to be. */
  generation = 0;
  #position: LogPosition | undefined;
  #log: LogFile | undefined;
  #held: HeldFile | undefined;
  #heldChangedMs = Number.NEGATIVE_INFINITY;
  #emptySeen: { readonly modifiedMs: number; readonly sizeBytes: number } | undefined;
  #released: FileStat | undefined;
  readonly #late: LateFiles;
  readonly #patience: Patience;
  #isAdded = false;
  #isClosed = false;
  #isVisited = false;
  #mode: 'head' | 'tail';

  constructor(
    path: string,
    private readonly options: FollowedFileOptions,
  ) {
    this.path = path;
    this.#position = options.position;
    this.#mode = options.mode;
    this.#late = new LateFiles(path, options.say);
    this.#patience = new Patience(path, options.say);
  }

  get position(): LogPosition | undefined {
    return this.#position;
  }

  /** fail2ban would have dropped it. It is still looked for, less often. */
  get isGivenUp(): boolean {
    return this.#patience.isOver;
  }

  /** Nothing is known of it and nothing is there. */
  get isAbsent(): boolean {
    return this.#position === undefined && !this.#isAdded;
  }

  /** Is this the file behind one of its handles? */
  holds(file: { device: number; inode: number }): boolean {
    return (this.#held && isSameFile(this.#held.file, file)) || this.#late.find(file) !== undefined;
  }

  /** Looks at it for the first time. @returns the lines before the first that will be read */
  async open(folders: Folders): Promise<readonly SourceLine[]> {
    const { encoding, others } = this.options;
    const mode = this.#mode;
    const log = new LogFile(this.path, this.#position, { encoding, mode, others, folders });
    try {
      await log.plan();
      // That there was nothing is no plan: there may be something when it is read, which is new from its first line on.
      if (!log.hasPieces) {
        if (log.change === 'missing') this.#mode = 'head';
        return [];
      }
      this.#log = log;
      await this.#sayAdded();
      return await log.context();
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }

  async #sayAdded(): Promise<void> {
    this.#isAdded = true;
    const { path } = this;
    const hash = await withFile(path, firstLineHash).catch(() => '');
    const pos = this.#position?.offsetBytes ?? 0;
    this.options.say('added', `Added logfile: '${path}' (pos = ${pos}, hash = ${hash})`);
  }

  /** Reads what there is. `isLook`: perhaps the path leads to another file by now. Pieces are valid until the next batch. */
  async *visit(isLook: boolean): AsyncGenerator<readonly Piece[], void> {
    this.isRestless = false;
    this.#isVisited = true;
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if (yield* this.#readHeld({ isLook: isLook || round > 0, isSought: round > 0 })) return;
        yield* this.#resume();
      }
      this.isRestless = true;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isVisited = false;
      if (this.#isClosed) await this.close();
    }
  }

  /** Lets all files go; a visit that is under way does so at its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#isVisited) return;
    const held = this.#held;
    this.#held = undefined;
    await Promise.all([held?.close().catch(() => {}), this.#late.close()]);
  }

  /** Lets the file go until it changes. */
  async release(): Promise<void> {
    const held = this.#held;
    if (!held || held.halfBytes > 0 || held.offsetBytes === 0 || this.#late.handles.length > 0) return;
    const stats = await held.stat();
    // What is behind the position now is read when it is held again.
    if (stats.sizeBytes !== held.offsetBytes || this.#held !== held) return;
    this.#released = stats;
    this.#held = undefined;
    await held.close();
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Reads what is in the held files. `isSought`: log-file.ts has looked for more already.
   * @returns false when that has to be done
   */
  async *#readHeld({ isLook, isSought }: Looking): AsyncGenerator<readonly Piece[], boolean> {
    const held = this.#held;
    if (held && !isLook && held.offsetBytes > 0) return yield* this.#grow(held);
    const stats = await lookAt(this.path);
    yield* this.#readLate();
    // Of a file of which nothing has been read yet nobody can tell whether it has been emptied meanwhile.
    const isWhole = held && held.offsetBytes > 0 ? yield* this.#grow(held) : held !== undefined;
    if (!stats) {
      // Files may have come and been rotated since.
      if (!isSought) return false;
      if (held && performance.now() - this.#heldChangedMs > QUIET_MS && (await held.isUnlinked())) {
        this.#held = undefined;
        await held.close();
      }
      // What comes to an empty place is new from its first line on.
      this.#mode = 'head';
      this.#patience.missing(this.#position !== undefined);
      return true;
    }
    if (!held) return this.#isAsReleased(stats);
    if (isSameFile(stats, held.file)) {
      if (isWhole) this.#patience.wentWell();
      return isWhole && !this.#isRefilled(held, stats);
    }
    const back = this.#late.find(stats);
    if (back) this.#swap(held, back);
    return false;
  }

  /** Has something happened to a file of which nothing has been read? Lines may have come and gone between two looks. */
  #isRefilled(held: HeldFile, { modifiedMs, sizeBytes }: FileStat): boolean {
    if (held.offsetBytes > 0) return false;
    const before = this.#emptySeen;
    this.#emptySeen = { modifiedMs, sizeBytes };
    this.isLive = true;
    return before?.modifiedMs !== modifiedMs || before.sizeBytes !== sizeBytes;
  }

  /** A file that was let go and has not changed since. */
  #isAsReleased(stats: FileStat | undefined): boolean {
    const before = this.#released;
    if (!stats || !before || !isSameFile(stats, before)) return false;
    const isSame = stats.sizeBytes === before.sizeBytes && stats.modifiedMs === before.modifiedMs;
    if (isSame) this.#patience.wentWell();
    return isSame;
  }

  /** @returns false when what was read before is no longer there */
  async *#grow(held: HeldFile): AsyncGenerator<readonly Piece[], boolean> {
    for (let isBehind = false; ; isBehind = true) {
      const growth = await held.read(this.options.buffer(isBehind));
      if (!growth) return false;
      if (growth.pieces.length > 0) {
        this.#heldChangedMs = performance.now();
        // Its writer came from there: what it has left there is older.
        if (this.#late.areWarm) yield* this.#readLate();
        if (this.#position) this.#position = { ...this.#position, ...held.known };
        yield* handOut(growth.pieces);
      }
      if (growth.atEnd) break;
    }
    this.isLive = true;
    return true;
  }

  /** Lines of a writer that has not noticed the rotation yet. */
  async *#readLate(): AsyncGenerator<readonly Piece[], void> {
    for await (const pieces of this.#late.read(this.options.buffer, (held) => this.#markLate(held)))
      yield* handOut(pieces);
  }

  #markLate(held: HeldFile): void {
    const rotated = this.#position?.rotated;
    if (!this.#position || !rotated || !isSameFile(rotated, held.file)) return;
    const { headHash: _, ...known } = held.known;
    this.#position = { ...this.#position, rotated: { ...rotated, ...known } };
  }

  /** The file before has got its old name back. */
  #swap(held: HeldFile, back: HeldFile): void {
    const { headHash: _, ...known } = held.known;
    const { device, inode, modifiedMs } = held.file;
    const rotated: RotatedPosition = { path: this.path, device, inode, modifiedMs, ...known };
    const place = { path: this.path, device: back.file.device, inode: back.file.inode };
    this.#position = { ...this.#position, ...place, ...back.known, rotated };
    this.#late.release(back);
    for (const one of this.#late.keep(held, undefined)) void one.close();
    this.#held = back;
  }

  /** Whatever lies between the position and the end of the file that is at the path now. */
  async *#resume(): AsyncGenerator<readonly Piece[], void> {
    const { encoding, others } = this.options;
    const mode = this.#mode;
    const before = this.#position;
    const head = this.#held?.head;
    const log = this.#log ?? new LogFile(this.path, before, { encoding, mode, others, head });
    this.#log = undefined;
    this.#released = undefined;
    if (log.hasPieces && !this.#isAdded) await this.#sayAdded();
    // Kept before it is read: what is added while its name goes away is read too.
    let fresh = await this.#hold();
    let seen: number | undefined;
    try {
      for await (const { pieces } of log.pieceBatches()) {
        this.#position = log.position();
        const inode = this.#position?.inode;
        if (inode !== seen && fresh?.file.inode !== inode) {
          await fresh?.close();
          fresh = await this.#hold();
        }
        seen = inode;
        yield pieces;
      }
    } finally {
      this.#position = log.position();
      await this.#keep(fresh, log.change === 'rewritten' || log.change === 'missing');
    }
    this.#tell(log, before);
    if (this.#held && this.#held === fresh) this.#patience.wentWell();
  }

  #hold(): Promise<HeldFile | undefined> {
    return HeldFile.open(this.path, this.options.encoding).catch(() => undefined);
  }

  /** Of the files that are open, keeps the one that was read last and those before it that may still get lines. */
  async #keep(fresh: HeldFile | undefined, isElsewhere: boolean): Promise<void> {
    const old = this.#held;
    const open = [old, fresh, ...this.#late.handles].filter((one) => one !== undefined);
    const position = this.#position;
    const rotated = position?.rotated;
    const held = position && (await seated(open, position));
    let mark: HeldFile | undefined;
    if (rotated && rotated.offsetBytes >= 0) {
      // Of an empty file only its handle tells that it is the one: inodes are given out anew.
      const known = rotated.offsetBytes === 0 ? open.filter((one) => one !== fresh) : open;
      mark = (await seated(known, rotated)) ?? (await this.#openLate(rotated));
    }
    if (mark === held) mark = undefined;
    // Of a file that was taken elsewhere, or packed while it was still written, only its handle knows more.
    const isOther = old !== undefined && old !== held && old !== mark && old.offsetBytes > 0;
    const isPackedNow = rotated && isPacked(rotated.path) && rotated.offsetBytes > 0;
    const isNeeded = isOther && (isElsewhere || (isPackedNow === true && (await old.seat(rotated))));
    this.#late.keep(mark, isNeeded ? old : undefined);
    const kept = new Set([held, ...this.#late.handles]);
    if (held && this.#late.handles.includes(held)) this.#late.release(held);
    if (held !== old) {
      this.#held = held;
      this.#heldChangedMs = performance.now();
      this.generation++;
    }
    for (const one of open) if (!kept.has(one)) await one.close();
  }

  /** The file before this one, if a writer may still have it open. */
  async #openLate(rotated: RotatedPosition): Promise<HeldFile | undefined> {
    if (isPacked(rotated.path)) return undefined;
    const held = await HeldFile.open(rotated.path, this.options.encoding).catch(() => undefined);
    const isIt = held && isSameFile(held.file, rotated) && !(await this.#isCopy(rotated, held));
    if (isIt && (await held.seat(rotated))) return held;
    await held?.close();
    return undefined;
  }

  async #isCopy({ path, offsetBytes }: RotatedPosition, held: HeldFile): Promise<boolean> {
    const known = this.#position;
    if (offsetBytes > 0 || !known) return false;
    return isCopyOfLog({ path: this.path, known }, { ...(await held.stat()), path, packed: false });
  }

  #tell(log: LogFile, before: LogPosition | undefined): void {
    const { say } = this.options;
    const position = this.#position;
    if (!position || !before || (log.change !== 'rotated' && log.change !== 'rewritten')) return;
    const isSame = isSameFile(position, before) && position.tailHash === before.tailHash;
    if (!isSame) say('rotated', `Log rotation detected for ${this.path}`);
    // Read to its end through its handle: nothing of it is lost.
    if (log.change === 'rewritten' && this.#late.handles.some(({ file }) => isSameFile(file, before))) return;
    for (const notice of log.notices) say('notice', notice);
  }

  #failed(error: unknown): void {
    if (!this.#isClosed) this.#patience.failed(error);
  }
}

/** The one of the files that is this one, ready to be read behind that place. */
async function seated(
  open: readonly HeldFile[],
  place: KnownContent & { device?: number | undefined; inode?: number | undefined },
): Promise<HeldFile | undefined> {
  for (const held of open) {
    if (!isSameFile(held.file, place)) continue;
    if (held.isSeatedAt(place.offsetBytes) || (await held.seat(place))) return held;
  }
  return undefined;
}

/** Nobody needs them afterwards: see log-file.ts. */
function* handOut(pieces: Piece[]): Generator<readonly Piece[]> {
  yield pieces;
  pieces.fill(undefined as never);
  pieces.length = 0;
}
