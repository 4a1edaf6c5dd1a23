/**
 * Source stage: one log that is followed: the file at a path, held open while it grows, and what it was before.
 *
 * A `visit` reads what there is now and ends. As long as the held file only grows, that is one read. When the path leads to
 * another file, the held one is read to its end first, whatever it is called by now; then log-file.ts finds everything else
 * between the position and the end of the new file. The old one stays open for lines that a writer who has not noticed
 * still adds to it. The position is exact behind every batch.
 */
import { F2bError } from '../errors.js';
import type { LogPosition, RotatedPosition } from '../records.js';
import { lookAt } from './chain.js';
import type { Encoding } from './encodings.js';
import { unreadable } from './file.js';
import { HeldFile } from './held-file.js';
import { firstLineHash, isSameFile, withFile } from './identity.js';
import type { SourceLine } from './line.js';
import { LogFile } from './log-file.js';

export interface FollowedFileOptions {
  readonly encoding: Encoding;
  /** Where to begin without a position. */
  readonly mode: 'head' | 'tail';
  readonly position: LogPosition | undefined;
  /** Paths that are logs of their own. */
  readonly others: ReadonlySet<string>;
  /** To read into; nobody else uses it while a visit runs. */
  readonly buffer: () => Buffer;
  readonly say: (kind: FileEvent, message: string | undefined) => void;
}

export type FileEvent = 'problem' | 'notice' | 'added' | 'removed' | 'rotated';

/** How often the file may change while it is visited before it is left to the next visit. */
const MAX_ROUNDS = 4;
/** As fail2ban: after more errors in a row than these it is no longer counted as followed. */
const MAX_ERRORS = 50;
/** Errors that come faster than these are one: fail2ban tries every two seconds. */
const ERROR_EVERY_MS = 1900;
/** Between two files of a rotation there may be none for a moment. */
const ABSENCE_MS = 5000;
/** A file without a name is let go when nobody has written to it for so long. */
const QUIET_MS = 10_000;

interface LateFile {
  readonly held: HeldFile;
  changedMs: number;
  saidHalf: boolean;
}

export class FollowedFile {
  readonly path: string;
  /** Has been read to its end at least once. */
  isLive = false;
  /** Tries in a row that found nothing to read. */
  errors = 0;
  /** Could not be finished: it changes too fast. */
  isRestless = false;
  /** Grows with each other file that it comes to be. */
  generation = 0;
  #position: LogPosition | undefined;
  #log: LogFile | undefined;
  #held: HeldFile | undefined;
  #heldChangedMs = 0;
  #late: LateFile | undefined;
  #problem: string | undefined;
  #lastErrorMs = 0;
  #missingSinceMs: number | undefined;
  #isSought = false;
  #isAdded = false;
  #isClosed = false;
  #mode: 'head' | 'tail';

  constructor(
    path: string,
    private readonly options: FollowedFileOptions,
  ) {
    this.path = path;
    this.#position = options.position;
    this.#mode = options.mode;
  }

  get position(): LogPosition | undefined {
    return this.#position;
  }

  /** Has fail2ban's patience with it ended? It is still looked for, less often. */
  get isGivenUp(): boolean {
    return this.errors > MAX_ERRORS;
  }

  /** What stands in its way now. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Nothing is known of it and nothing is there. */
  get isAbsent(): boolean {
    return this.#position === undefined && !this.#log?.hasPieces;
  }

  /** Other names whose changes concern it. */
  get lateName(): string | undefined {
    return this.#late ? this.#position?.rotated?.path : undefined;
  }

  /** Is this the file behind one of its handles? */
  holds(file: { device: number; inode: number }): boolean {
    return [this.#held, this.#late?.held].some((held) => held !== undefined && isSameFile(held.file, file));
  }

  /** Looks at it for the first time. @returns the lines before the first that will be read */
  async open(): Promise<readonly SourceLine[]> {
    const { encoding, others } = this.options;
    const mode = this.#mode;
    const log = new LogFile(this.path, this.#position, { encoding, mode, others });
    try {
      await log.plan();
      this.#log = log;
      if (log.hasPieces) await this.#sayAdded();
      if (log.change === 'missing' && !log.hasPieces) return [];
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

  /** Reads what there is. `isLook`: perhaps the path leads to another file by now. Lines are valid until the next batch. */
  async *visit(isLook: boolean): AsyncGenerator<readonly SourceLine[], void> {
    this.isRestless = false;
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if (yield* this.#readHeld(isLook || round > 0)) return;
        yield* this.#resume();
      }
      this.isRestless = true;
    } catch (error) {
      this.#failed(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [this.#held, this.#late?.held];
    this.#held = undefined;
    this.#late = undefined;
    await Promise.all(open.map((held) => held?.close().catch(() => {})));
  }

  /** Lets the file go until it changes. */
  async release(): Promise<void> {
    const held = this.#held;
    if (!held || held.halfBytes > 0 || this.#late) return;
    this.#held = undefined;
    await held.close();
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** @returns false when there is more than the held file has to give */
  async *#readHeld(isLook: boolean): AsyncGenerator<readonly SourceLine[], boolean> {
    const held = this.#held;
    if (held && !isLook && !this.#late) return yield* this.#grow(held);
    const stats = await lookAt(this.path);
    yield* this.#readLate();
    if (!held) {
      if (!stats && this.#isSought) return this.#missing();
      return this.#isReleasedAs(stats);
    }
    const isWhole = yield* this.#grow(held);
    if (stats && isSameFile(stats, held.file)) {
      if (isWhole) this.#wentWell();
      return isWhole;
    }
    if (!stats) {
      if (Date.now() - this.#heldChangedMs > QUIET_MS && (await held.isUnlinked())) await this.release();
      return this.#missing();
    }
    if (this.#late && isSameFile(stats, this.#late.held.file)) this.#swap(held, this.#late);
    return false;
  }

  /** A file that was let go and has not changed since. */
  #isReleasedAs(stats: Awaited<ReturnType<typeof lookAt>>): boolean {
    const position = this.#position;
    if (!this.isLive || !stats || !position || !isSameFile(stats, position)) return false;
    const isSame = stats.sizeBytes === position.offsetBytes && stats.modifiedMs < this.#heldChangedMs;
    if (isSame) this.#wentWell();
    return isSame;
  }

  /** @returns false when what was read before is no longer there */
  async *#grow(held: HeldFile): AsyncGenerator<readonly SourceLine[], boolean> {
    for (;;) {
      const growth = await held.read(this.options.buffer());
      if (!growth) return false;
      if (growth.lines.length > 0) {
        this.#heldChangedMs = Date.now();
        if (this.#position) this.#position = { ...this.#position, ...held.known };
        yield* handOut(growth.lines);
      }
      if (growth.atEnd) break;
    }
    this.isLive = true;
    return true;
  }

  /** Lines of a writer that has not noticed the rotation yet. */
  async *#readLate(): AsyncGenerator<readonly SourceLine[], void> {
    const late = this.#late;
    if (!late) return;
    const { held } = late;
    for (;;) {
      const growth = await held.read(this.options.buffer());
      if (!growth) return this.#dropLate();
      if (growth.lines.length > 0) {
        late.changedMs = Date.now();
        this.#markLate(held);
        yield* handOut(growth.lines);
      }
      if (growth.atEnd) break;
    }
    if (Date.now() - late.changedMs < QUIET_MS) return;
    this.#sayHalf(late);
    if (await held.isUnlinked()) await this.#dropLate();
  }

  #markLate(held: HeldFile): void {
    const rotated = this.#position?.rotated;
    if (!this.#position || !rotated || !isSameFile(rotated, held.file)) return;
    const { headHash: _, ...known } = held.known;
    this.#position = { ...this.#position, rotated: { ...rotated, ...known } };
  }

  async #dropLate(): Promise<void> {
    const late = this.#late;
    this.#late = undefined;
    if (!late) return;
    this.#sayHalf(late);
    await late.held.close();
  }

  #sayHalf(late: LateFile): void {
    const { halfBytes } = late.held;
    if (halfBytes === 0 || late.saidHalf) return;
    late.saidHalf = true;
    this.options.say(
      'notice',
      `${this.path} was rotated in the middle of a line: ${halfBytes} bytes of it wait for an end that may never come`,
    );
  }

  /** The file before has got its old name back. */
  #swap(held: HeldFile, late: LateFile): void {
    const { headHash: _, ...known } = held.known;
    const { device, inode, modifiedMs } = held.file;
    const rotated: RotatedPosition = { path: this.path, device, inode, modifiedMs, ...known };
    const { device: newDevice, inode: newInode } = late.held.file;
    const position = { ...this.#position, path: this.path, device: newDevice, inode: newInode };
    this.#position = { ...position, ...late.held.known, rotated };
    this.#held = late.held;
    this.#late = { held, changedMs: Date.now(), saidHalf: false };
  }

  /** Whatever lies between the position and the end of the file that is at the path now. */
  async *#resume(): AsyncGenerator<readonly SourceLine[], void> {
    const { encoding, others } = this.options;
    const mode = this.#mode;
    const old = this.#held;
    this.#held = undefined;
    const log = this.#log ?? new LogFile(this.path, this.#position, { encoding, mode, others });
    this.#log = undefined;
    this.#isSought = true;
    if (log.hasPieces && !this.#isAdded) await this.#sayAdded();
    try {
      for await (const { lines } of log.batches()) {
        this.#position = log.position();
        yield lines;
      }
    } finally {
      this.#position = log.position();
      await this.#keepLate(old, log);
    }
    this.#tell(log, old);
    const position = this.#position;
    if (!position) return;
    const held = await HeldFile.open(this.path, position, encoding).catch(missingAsUndefined);
    if (held && isSameFile(held.file, position)) {
      this.#held = held;
      this.#heldChangedMs = Date.now();
      this.generation++;
      this.#wentWell();
    } else await held?.close();
  }

  /** The file that was held so far may still get lines: it is read on behind what log-file.ts has read of it. */
  async #keepLate(old: HeldFile | undefined, log: LogFile): Promise<void> {
    const rotated = this.#position?.rotated;
    const isMark = (held: HeldFile): boolean => rotated !== null && isSameFile(held.file, rotated ?? {});
    const seat = async (held: HeldFile): Promise<void> => {
      if (rotated && isMark(held) && rotated.offsetBytes > held.offsetBytes) await held.seat(rotated);
    };
    const isLog = old !== undefined && this.#position !== undefined && isSameFile(old.file, this.#position);
    if (!old || isLog) {
      await old?.close();
      if (this.#late) await (isMark(this.#late.held) ? seat(this.#late.held) : this.#dropLate());
      return;
    }
    await this.#dropLate();
    if (isMark(old) || log.change === 'rewritten') {
      await seat(old);
      this.#late = { held: old, changedMs: Date.now(), saidHalf: false };
    } else await old.close();
  }

  #tell(log: LogFile, old: HeldFile | undefined): void {
    const { say } = this.options;
    const isOther = log.change === 'rotated' || log.change === 'rewritten';
    if (isOther) say('rotated', `Log rotation detected for ${this.path}`);
    // Read to its end through its handle: nothing of it is lost.
    if (log.change === 'rewritten' && old && this.#late?.held === old) return;
    for (const notice of log.notices) say('notice', notice);
  }

  /** What comes to an empty place is new from its first line on. */
  #missing(): true {
    this.#mode = 'head';
    this.#missingSinceMs ??= this.#position ? Date.now() : 0;
    if (Date.now() - this.#missingSinceMs > ABSENCE_MS)
      this.#failed(unreadable(this.path, { code: 'ENOENT' }));
    return true;
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    const known = error instanceof F2bError ? error : unreadable(this.path, error);
    const { message } = known;
    if (this.#problem !== message) {
      this.#problem = message;
      this.options.say('problem', known.hint ? `${message}. ${known.hint}` : message);
    }
    if (Date.now() - this.#lastErrorMs < ERROR_EVERY_MS) return;
    this.#lastErrorMs = Date.now();
    this.errors++;
    if (this.errors === MAX_ERRORS + 1) {
      this.options.say('notice', `Too many errors. Remove file '${this.path}' from monitoring process`);
      this.options.say('removed', undefined);
    }
  }

  #wentWell(): void {
    if (this.errors > MAX_ERRORS) this.options.say('added', undefined);
    this.errors = 0;
    this.#missingSinceMs = undefined;
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.options.say('problem', undefined);
  }
}

function missingAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Nobody needs them afterwards: see log-file.ts. */
function* handOut(lines: SourceLine[]): Generator<readonly SourceLine[]> {
  yield lines;
  lines.fill(undefined as never);
  lines.length = 0;
}
