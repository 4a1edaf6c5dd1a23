/**
 * Source stage: log files that grow → their lines as they are written. Any number of files, one reader.
 *
 * Folders are watched (folder-watch.ts); besides, every file is looked at from time to time, more often where nobody tells
 * of changes. Whoever reads pulls: files with something new take turns, a batch each, and nothing is read ahead. The first
 * word of a file is followed at once, the next ones are gathered for a moment. Which files there are is found anew when
 * names change and every few seconds.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LogPosition } from '../records.js';
import type { Encoding } from './encodings.js';
import { CHUNK_BYTES } from './file.js';
import { type FolderChange, FolderWatch, type WatchFolder } from './folder-watch.js';
import type { FollowedBatch, FollowNotice, LogFollower } from './follow.js';
import { FollowedFile } from './followed-file.js';
import type { Piece, SourceLine } from './line.js';
import { Folders, isRotatedName } from './rotated.js';

export interface FoundFile {
  readonly path: string;
  readonly mode: 'head' | 'tail';
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** By pattern. */
  readonly problems: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
  /** Folders in which new files would appear. */
  readonly folders: readonly string[];
}

/** Which logs are there now? `known` are the positions of those that have been read. */
export type FindFiles = (added: readonly FoundFile[], known: readonly LogPosition[]) => Promise<FoundFiles>;

export interface FollowFilesOptions {
  readonly encoding: Encoding;
  readonly positions: readonly LogPosition[];
  readonly find: FindFiles;
  /** False: nobody is asked for notification. */
  readonly notify?: boolean | undefined;
  readonly watch?: WatchFolder | undefined;
  /** How often files are looked at of whose changes nobody tells; default 500. */
  readonly pollMs?: number | undefined;
  /** How often the others are looked at, in case a word was lost; default 2000. */
  readonly netMs?: number | undefined;
}

/** Words about a file that come sooner after it was read are gathered. */
const GATHER_MS = 10;
const POLL_MS = 500;
const NET_MS = 2000;
/** Files that fail2ban would have given up. */
const GIVEN_UP_MS = 30_000;
const FIND_MS = 3000;
/** Names that change come in swarms. */
const FIND_SOON_MS = 30;
/** Handles that are kept open. */
const MAX_HELD = 200;
const BUFFER_BYTES = Math.min(CHUNK_BYTES, 128 * 1024);
/** For a log that brings more than that at a time: each batch has its costs. */
const LARGE_BUFFER_BYTES = 512 * 1024;
const MAX_NOTICES = 100;

interface Entry {
  readonly file: FollowedFile;
  isLook: boolean;
  isReady: boolean;
  /** Something came while it was visited. */
  isAgain: boolean;
  timer: NodeJS.Timeout | undefined;
  visit: AsyncGenerator<readonly Piece[], void> | undefined;
  visitedMs: number;
  lookedMs: number;
  /** When somebody last told of a change. */
  toldMs: number;
  /** Changes that nobody told of. */
  untold: number;
  saidLive: boolean;
  /** Behind the last line that was handed out. */
  given: LogPosition | undefined;
  /** Which of its files the names are of. */
  generation: number;
  names: readonly string[];
  isRemoved: boolean;
}

export async function followFiles(options: FollowFilesOptions): Promise<FileFollower> {
  const follower = new FileFollower(options);
  await follower.open();
  return follower;
}

export class FileFollower implements LogFollower {
  readonly #options: FollowFilesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ready: Entry[] = [];
  /** Entries by the names whose changes concern them. */
  #byName = new Map<string, Entry[]>();
  /** The same for names of files that were rotated, filled as they are told. */
  readonly #byRotatedName = new Map<string, readonly Entry[]>();
  readonly #watch: FolderWatch;
  readonly #listeners: ((notice: FollowNotice) => void)[] = [];
  readonly #unsaid: FollowNotice[] = [];
  readonly #said = new Set<string>();
  #problems: ReadonlyMap<string, string> = new Map();
  readonly #added: FoundFile[] = [];
  readonly #removed = new Set<string>();
  /** Of logs that are no longer followed. */
  readonly #positions = new Map<string, LogPosition>();
  /** Names under which files go on that are read as part of another log, and their inodes. */
  readonly #aliases = new Map<string, number>();
  #findFolders: readonly string[] = [];
  #others: Set<string> = new Set();
  #context: SourceLine[] = [];
  isDense = false;
  #buffer: Buffer | undefined;
  /** Only while a log is behind. */
  #largeBuffer: Buffer | undefined;
  #wake: (() => void) | undefined;
  #onStop: (() => void) | undefined;
  #isStopped = false;
  #isCaughtUp = false;
  #tick: NodeJS.Timeout | undefined;
  #finding: Promise<void> = Promise.resolve();
  #findTimer: NodeJS.Timeout | undefined;
  #foundMs = Number.NEGATIVE_INFINITY;
  #settling: Promise<void> = Promise.resolve();

  constructor(options: FollowFilesOptions) {
    this.#options = options;
    for (const position of options.positions) this.#positions.set(position.path, position);
    this.#watch = new FolderWatch({
      watch: options.watch,
      onChange: (change) => this.#hear(change),
      onLost: () => this.#keepTime(),
      onExhausted: (message) => this.#say({ path: '', kind: 'notice', message }),
    });
  }

  /** Finds the files and looks at them; called once. */
  async open(): Promise<void> {
    await this.#find(true);
    this.#keepTime();
  }

  get paths(): readonly string[] {
    const followed = [...this.#entries.values()].filter(({ file }) => !file.isGivenUp && !file.isAbsent);
    return followed.map(({ file }) => file.path);
  }

  async *batches(): AsyncIterable<FollowedBatch> {
    try {
      while (!this.#isStopped) {
        if (!this.#isCaughtUp) yield* this.#catchUp();
        const entry = this.#ready.shift();
        if (!entry) {
          if (!this.#isStopped) await this.#sleep();
          continue;
        }
        if (entry.isRemoved) continue;
        const pieces = await this.#orStop(this.#step(entry));
        if (this.#isStopped) return;
        if (entry.isRemoved) continue;
        if (pieces) {
          this.#ready.push(entry);
          yield this.#batch(entry, pieces);
        } else if (entry.file.isLive && !entry.saidLive && this.#isCaughtUp) {
          entry.saidLive = true;
          yield this.#batch(entry, []);
        }
      }
    } finally {
      await this.stop();
    }
  }

  async context(): Promise<readonly SourceLine[]> {
    const lines = this.#context;
    this.#context = [];
    return lines;
  }

  /** A path or a pattern. */
  async add(path: string, mode: 'head' | 'tail'): Promise<void> {
    this.#removed.delete(path);
    if (!this.#added.some((one) => one.path === path)) this.#added.push({ path, mode });
    await this.#find(true);
  }

  remove(path: string): void {
    const index = this.#added.findIndex((one) => one.path === path);
    if (index >= 0) this.#added.splice(index, 1);
    this.#removed.add(path);
    const entry = this.#entries.get(path);
    if (entry) this.#drop(entry);
    this.#findSoon();
  }

  onNotice(listener: (notice: FollowNotice) => void): void {
    this.#listeners.push(listener);
    for (const notice of this.#unsaid.splice(0)) listener(notice);
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#tick);
    clearTimeout(this.#findTimer);
    this.#watch.close();
    const entries = [...this.#entries.values()];
    for (const { timer } of entries) clearTimeout(timer);
    this.#wake?.();
    this.#onStop?.();
    await Promise.all(entries.map((entry) => closeEntry(entry)));
  }

  #batch(entry: Entry, pieces: readonly Piece[]): FollowedBatch {
    const { file } = entry;
    entry.given = file.position;
    const live = file.isLive && this.#isCaughtUp;
    return { path: file.path, pieces, position: file.position, live };
  }

  /** Has all that was there at the start been read? */
  *#catchUp(): Generator<FollowedBatch> {
    const entries = [...this.#entries.values()];
    if (entries.some(({ visitedMs }) => visitedMs === 0)) return;
    this.#isCaughtUp = true;
    for (const entry of entries) {
      if (!entry.file.isLive || entry.saidLive) continue;
      entry.saidLive = true;
      yield this.#batch(entry, []);
    }
  }

  /** One batch of an entry; undefined when it has no more for now. */
  async #step(entry: Entry): Promise<readonly Piece[] | undefined> {
    if (!entry.visit) {
      if (entry.isLook) entry.lookedMs = performance.now();
      entry.visit = entry.file.visit(entry.isLook);
      entry.isLook = false;
      entry.isAgain = false;
    }
    const { done, value } = await entry.visit.next();
    if (!done) {
      if (performance.now() - entry.toldMs > NET_MS / 2 && entry.file.isLive) entry.untold++;
      return value;
    }
    entry.visit = undefined;
    this.#largeBuffer = undefined;
    entry.isReady = false;
    entry.visitedMs = performance.now();
    if (entry.file.isRestless) this.#rouse(entry, true);
    else if (entry.isAgain) this.#rouse(entry, entry.isLook);
    if (entry.generation !== entry.file.generation) void this.#settle();
    return undefined;
  }

  /** Something may be new in it. */
  #rouse(entry: Entry, isLook: boolean): void {
    if (this.#isStopped || entry.isRemoved) return;
    entry.isLook ||= isLook;
    if (entry.isReady) {
      entry.isAgain = true;
      return;
    }
    const waitMs = entry.visitedMs + GATHER_MS - performance.now();
    if (waitMs <= 0) this.#enqueue(entry);
    else entry.timer ??= setTimeout(() => this.#enqueue(entry), waitMs);
  }

  #enqueue(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = undefined;
    if (entry.isReady || entry.isRemoved || this.#isStopped) return;
    entry.isReady = true;
    this.#ready.push(entry);
    this.#wake?.();
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Does not wait for a file system that does not answer when nobody wants to know any more. */
  #orStop<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#onStop = () => resolve(undefined);
      work.then(resolve, reject);
    });
  }

  #hear({ folder, name, isName }: FolderChange): void {
    const nowMs = performance.now();
    if (name === undefined) {
      for (const entry of this.#entries.values())
        if (entry.names.some((one) => dirname(one) === folder)) this.#rouse(entry, true);
      this.#findSoon();
      return;
    }
    const path = join(folder, name);
    const entries = this.#byName.get(path);
    for (const entry of entries ?? []) {
      entry.toldMs = nowMs;
      entry.untold = 0;
      this.#rouse(entry, isName || !entry.file.isHeld);
    }
    if (entries === undefined) for (const entry of this.#beforeOf(path)) this.#rouse(entry, true);
    if (isName && (!entries || this.#findFolders.includes(folder))) this.#findSoon();
  }

  /** The logs that this may have been before: there may be late lines in it. */
  #beforeOf(path: string): readonly Entry[] {
    let entries = this.#byRotatedName.get(path);
    if (!entries) {
      const all = [...this.#entries.values()];
      entries = all.filter(({ names }) => names.some((name) => isRotatedName(path, name)));
      if (this.#byRotatedName.size > MAX_NAMES) this.#byRotatedName.clear();
      this.#byRotatedName.set(path, entries);
    }
    return entries;
  }

  /** Looks at files that are due for a look, and for new ones. */
  #keepTime(): void {
    clearTimeout(this.#tick);
    const { pollMs = POLL_MS, netMs = NET_MS } = this.#options;
    const nowMs = performance.now();
    let isAllTold = true;
    for (const entry of this.#entries.values()) {
      const isTold = this.#isTold(entry);
      isAllTold &&= isTold;
      const everyMs = entry.file.isGivenUp ? GIVEN_UP_MS : isTold ? netMs : pollMs;
      if (nowMs - entry.lookedMs >= everyMs * 0.9) this.#rouse(entry, true);
    }
    if (nowMs - this.#foundMs >= FIND_MS) this.#findSoon();
    if (!this.#isStopped)
      this.#tick = setTimeout(() => this.#keepTime(), isAllTold ? Math.min(netMs, FIND_MS) : pollMs);
  }

  /** Does somebody tell of its changes? Not where changes were seen of which nobody had told. */
  #isTold(entry: Entry): boolean {
    if (entry.untold > MAX_UNTOLD || entry.names.length === 0) return false;
    return entry.names.every((name) => this.#watch.has(dirname(name)));
  }

  #findSoon(): void {
    if (!this.#isStopped) this.#findTimer ??= setTimeout(() => void this.#find(false), FIND_SOON_MS);
  }

  /** One after the other. */
  #find(isAsked: boolean): Promise<void> {
    clearTimeout(this.#findTimer);
    this.#findTimer = undefined;
    this.#foundMs = performance.now();
    this.#finding = this.#finding
      .then(() => this.#findNow(isAsked))
      .catch((error: Error) => this.#say({ path: '', kind: 'notice', message: error.message }));
    return this.#finding;
  }

  async #findNow(isAsked: boolean): Promise<void> {
    if (this.#isStopped) return;
    const known = new Map(this.#positions);
    for (const { file } of this.#entries.values()) {
      if (file.position && !file.isGivenUp) known.set(file.path, file.position);
    }
    const found = await this.#options.find(this.#added, [...known.values()]);
    if (this.#isStopped) return;
    this.#findFolders = found.folders;
    this.#tellProblems(found);
    const wanted = found.files.filter(({ path }) => !this.#removed.has(path));
    this.#others.clear();
    for (const { path } of wanted) this.#others.add(path);
    for (const entry of [...this.#entries.values()]) {
      if (!this.#others.has(entry.file.path)) this.#drop(entry);
    }
    const folders = new Folders();
    for (const { path, mode } of wanted) {
      if (this.#entries.has(path) || this.#isStopped) continue;
      if (!isAsked && (await this.#isAlias(path))) continue;
      await this.#take(path, isAsked ? mode : 'head', folders);
    }
    await this.#settle();
  }

  #tellProblems({ problems, notices }: FoundFiles): void {
    for (const path of this.#problems.keys())
      if (!problems.has(path)) this.#say({ path, kind: 'problem', message: undefined });
    for (const [path, message] of problems)
      if (this.#problems.get(path) !== message) this.#say({ path, kind: 'problem', message });
    this.#problems = problems;
    for (const message of notices) {
      if (this.#said.has(message)) continue;
      if (this.#said.size < MAX_NOTICES) this.#said.add(message);
      this.#say({ path: '', kind: 'notice', message });
    }
  }

  /** A file of another log under a new name: read as part of that. */
  async #isAlias(path: string): Promise<boolean> {
    const stats = await stat(path).catch(() => undefined);
    if (!stats) return false;
    if (this.#aliases.get(path) === stats.ino) return true;
    this.#aliases.delete(path);
    const file = { device: stats.dev, inode: stats.ino };
    const isHeld = [...this.#entries.values()].some((entry) => entry.file.holds(file));
    if (isHeld) this.#aliases.set(path, stats.ino);
    return isHeld;
  }

  async #take(path: string, mode: 'head' | 'tail', folders: Folders): Promise<void> {
    const position = this.#positions.get(path);
    this.#positions.delete(path);
    const file = new FollowedFile(path, {
      encoding: this.#options.encoding,
      mode,
      position,
      others: this.#others,
      buffer: (isBehind) =>
        isBehind && !this.isDense
          ? (this.#largeBuffer ??= Buffer.allocUnsafeSlow(LARGE_BUFFER_BYTES))
          : (this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)),
      say: (kind, message) => this.#say({ path, kind, message }),
    });
    const entry: Entry = {
      file,
      isLook: true,
      isReady: false,
      isAgain: false,
      timer: undefined,
      visit: undefined,
      visitedMs: 0,
      lookedMs: performance.now(),
      toldMs: performance.now(),
      untold: 0,
      saidLive: false,
      given: position,
      generation: -1,
      names: [],
      isRemoved: false,
    };
    // Nobody visits it before it has been looked at.
    const context = await file.open(folders);
    if (!this.#isCaughtUp) this.#context.push(...context);
    this.#entries.set(path, entry);
    if (this.#removed.has(path)) return this.#drop(entry);
    this.#enqueue(entry);
  }

  #drop(entry: Entry): void {
    const { path } = entry.file;
    this.#entries.delete(path);
    // What has been read and not handed out is read again.
    if (entry.given) this.#positions.set(path, entry.given);
    entry.isRemoved = true;
    clearTimeout(entry.timer);
    void closeEntry(entry);
    this.#say({ path, kind: 'removed', message: `Removed logfile: '${path}'` });
    this.#say({ path, kind: 'problem', message: undefined });
  }

  /** Watches all folders in which something may happen, one call after the other. */
  #settle(): Promise<void> {
    this.#settling = this.#settling.then(() => this.#settleNow());
    return this.#settling;
  }

  async #settleNow(): Promise<void> {
    if (this.#options.notify === false || this.#isStopped) return;
    const byName = new Map<string, Entry[]>();
    const folders = new Set(this.#findFolders);
    let held = 0;
    for (const entry of this.#entries.values()) {
      const { path, isHeld, generation } = entry.file;
      entry.generation = generation;
      const target = await realpath(path).catch(() => path);
      const home = await existing(dirname(path));
      const names = [...new Set([join(home, basename(path)), target])];
      entry.names = home === dirname(path) ? names : [];
      for (const name of names) {
        folders.add(dirname(name));
        const others = byName.get(name);
        if (others) others.push(entry);
        else byName.set(name, [entry]);
      }
      if (isHeld && ++held > MAX_HELD && !entry.isReady) await entry.file.release();
    }
    if (this.#isStopped) return;
    this.#byName = byName;
    this.#byRotatedName.clear();
    await this.#watch.set(folders);
  }

  #say(notice: FollowNotice): void {
    if (this.#listeners.length === 0) {
      if (this.#unsaid.length < MAX_NOTICES * 10) this.#unsaid.push(notice);
      return;
    }
    for (const listener of this.#listeners) listener(notice);
  }
}

const MAX_UNTOLD = 2;
const MAX_NAMES = 1000;
const CLOSE_MS = 100;

/** A visit that is under way ends when its last read does; nobody waits long for it. */
async function closeEntry({ visit, file }: Entry): Promise<void> {
  const closing = Promise.all([file.close(), visit?.return()]).catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([closing, patience]);
  clearTimeout(timer);
}

/** The folder, or the nearest one above it that is there. */
async function existing(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (at === dirname(at) || (await stat(at).catch(() => undefined))) return at;
  }
}
