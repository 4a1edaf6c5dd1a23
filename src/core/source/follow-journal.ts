/**
 * Source stage: the systemd journal as it grows → its entries as lines.
 *
 * First what there is, to its end, then `journalctl --follow` behind the last entry. When that dies (journald restarted it,
 * somebody killed it, it is not installed any more) the same begins again behind the cursor, after a pause that grows;
 * nothing is handed out twice. Where the cursor is gone, see journal-log.ts.
 */
import { stat } from 'node:fs/promises';
import { F2bError } from '../errors.js';
import type { LogPosition } from '../records.js';
import type { FollowedBatch, FollowNotice, LogFollower } from './follow.js';
import type { JournalOptions, StartProcess } from './journal.js';
import { JOURNAL_PATH, type JournalLogSource, openJournalLog } from './journal-log.js';
import type { LineBatch, SourceLine } from './line.js';

export interface FollowJournalOptions {
  /** Asked anew at each start: patterns of file names may have come to mean others. */
  readonly journal: () => JournalOptions;
  readonly position: LogPosition | undefined;
  /** Nothing older is read. */
  readonly sinceSec: number;
  readonly start?: StartProcess | undefined;
  /** Said first. */
  readonly notices?: readonly string[] | undefined;
  /** Pause after the first death; default 500. Doubled each time up to a minute. */
  readonly pauseMs?: number | undefined;
}

export { JOURNAL_PATH };

const PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;
/** It has lived long enough to count as healthy. */
const HEALTHY_MS = 10_000;
/** Files that were named one by one do not change under journalctl by themselves. */
const FILES_MS = 3000;
const MAX_NOTICES = 100;

/** @throws {F2bError} a match that is none */
export async function followJournal(options: FollowJournalOptions): Promise<JournalFollower> {
  const follower = new JournalFollower(options);
  await follower.open();
  return follower;
}

export class JournalFollower implements LogFollower {
  readonly paths = [JOURNAL_PATH];
  readonly #options: FollowJournalOptions;
  readonly #listeners: ((notice: FollowNotice) => void)[] = [];
  readonly #unsaid: FollowNotice[] = [];
  readonly #said = new Set<string>();
  #position: LogPosition | undefined;
  #source: JournalLogSource | undefined;
  #problem: string | undefined;
  #pauseMs: number;
  #isStopped = false;
  #onStop: (() => void) | undefined;

  constructor(options: FollowJournalOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#pauseMs = options.pauseMs ?? PAUSE_MS;
    for (const notice of options.notices ?? []) this.#tell(notice);
  }

  /** Checks the matches; called once. */
  async open(): Promise<void> {
    try {
      this.#source = await this.#begin(false);
    } catch (error) {
      if (error instanceof F2bError && error.code === 'journal-match') throw error;
      this.#die(error);
    }
  }

  async *batches(): AsyncIterable<FollowedBatch> {
    try {
      while (!this.#isStopped) {
        const error = yield* this.#readOn();
        if (this.#isStopped) return;
        if (error === undefined) continue;
        this.#die(error);
        await this.#pause();
      }
    } finally {
      await this.stop();
    }
  }

  /** To the end, then on and on. @returns what ended it; undefined: it is to begin anew at once */
  async *#readOn(): AsyncGenerator<FollowedBatch, unknown> {
    try {
      const { files } = this.#options.journal();
      const before = await fingerprint(files);
      yield* this.#read(this.#source ?? (await this.#begin(false)), false);
      if (this.#isStopped) return undefined;
      yield { path: JOURNAL_PATH, pieces: [], position: this.#position, live: true };
      const source = await this.#begin(true);
      let isRenewed = false;
      const renew = setInterval(async () => {
        if (!files || (await fingerprint(this.#options.journal().files)) === before) return;
        isRenewed = true;
        source.end();
      }, FILES_MS);
      try {
        yield* this.#read(source, true);
      } catch (error) {
        if (!isRenewed) return error;
      } finally {
        clearInterval(renew);
      }
      return isRenewed ? undefined : new Error('journalctl has ended');
    } catch (error) {
      return error;
    }
  }

  async context(): Promise<readonly SourceLine[]> {
    return (await this.#source?.context()) ?? [];
  }

  async add(path: string): Promise<void> {
    this.#say('notice', `${path} is not followed: the jail reads the systemd journal`);
  }

  remove(): void {}

  onNotice(listener: (notice: FollowNotice) => void): void {
    this.#listeners.push(listener);
    for (const notice of this.#unsaid.splice(0)) listener(notice);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#source?.end();
    this.#onStop?.();
  }

  #begin(follow: boolean): Promise<JournalLogSource> {
    const { journal, sinceSec, start } = this.#options;
    // What journald has put aside meanwhile is read too.
    return openJournalLog({ ...journal(), rotated: true, follow }, this.#position, { sinceSec, start });
  }

  async *#read(source: JournalLogSource, live: boolean): AsyncGenerator<FollowedBatch, void> {
    this.#source = source;
    const healthy = live ? setTimeout(() => this.#recover(), HEALTHY_MS) : undefined;
    const batches = source.batches()[Symbol.asyncIterator]();
    try {
      while (!this.#isStopped) {
        const next = await this.#orStop(batches.next());
        for (const notice of source.notices) this.#tell(notice);
        if (!next || next.done) return;
        this.#position = source.position();
        if (live) this.#recover();
        yield { path: JOURNAL_PATH, pieces: next.value.lines, position: this.#position, live };
      }
    } finally {
      clearTimeout(healthy);
      this.#source = undefined;
      source.end();
      void batches.return?.().catch(() => {});
    }
  }

  #orStop(next: Promise<IteratorResult<LineBatch>>): Promise<IteratorResult<LineBatch> | undefined> {
    return new Promise((resolve, reject) => {
      this.#onStop = () => resolve(undefined);
      next.then(resolve, reject);
    });
  }

  #pause(): Promise<void> {
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, ms * 2);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onStop = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #die(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#problem === message) return;
    this.#problem = message;
    const hint = error instanceof F2bError && error.hint ? `. ${error.hint}` : '';
    this.#say('problem', `${message}; it is started again${hint}`);
  }

  #recover(): void {
    this.#pauseMs = this.#options.pauseMs ?? PAUSE_MS;
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#say('problem', undefined);
  }

  #tell(notice: string): void {
    if (this.#said.has(notice) || this.#said.size >= MAX_NOTICES) return;
    this.#said.add(notice);
    this.#say('notice', notice);
  }

  #say(kind: FollowNotice['kind'], message: string | undefined): void {
    const notice = { path: JOURNAL_PATH, kind, message };
    if (this.#listeners.length === 0) this.#unsaid.push(notice);
    for (const listener of this.#listeners) listener(notice);
  }
}

/** Changes when one of the files becomes another. */
async function fingerprint(files: readonly string[] | undefined): Promise<string> {
  const found = await Promise.all((files ?? []).map((file) => stat(file).catch(() => undefined)));
  return found.map((stats, i) => `${files?.[i]}:${stats?.ino}`).join();
}
