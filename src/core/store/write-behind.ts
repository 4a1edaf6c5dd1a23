/**
 * Store stage: what was committed reaches the disk behind the writer's back, so that no ban waits for a slow disk.
 *
 * Commits → a flush of the write-ahead log within a second, off the main thread; `durable` is for who wants to know.
 * Why this is enough: docs/adr/0008.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { fileError } from './store-error.js';

/** From a commit to its flush, where nobody asks for it sooner. */
const BEHIND_MS = 1000;

export interface WriteBehindOptions {
  /** Flushes a file. For tests; default: fdatasync. */
  readonly sync?: ((fd: number, done: (error: Error | null) => void) => void) | undefined;
}

export class WriteBehind {
  readonly #path: string;
  readonly #sync: NonNullable<WriteBehindOptions['sync']>;
  #fd: number | undefined;
  #commits = 0;
  /** How many of them are known to be on the disk. */
  #flushed = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #open = true;

  /** @param path of the write-ahead log; it is there from the first commit on, and the same file until the store is closed */
  constructor(path: string, { sync = fdatasync }: WriteBehindOptions = {}) {
    this.#path = path;
    this.#sync = sync;
  }

  committed(): void {
    this.#commits++;
    this.#schedule();
  }

  /** Resolves when all that was committed before the call is on the disk. @throws {StoreError} the disk refuses */
  async durable(): Promise<void> {
    const wanted = this.#commits;
    while (this.#flushed < wanted) {
      this.#running ??= this.#flush().finally(() => {
        this.#running = undefined;
        if (this.#open) this.#schedule();
        else this.#release();
      });
      await this.#running;
    }
  }

  /** @param checkpointed all of it is in the database file already, and that on the disk */
  close(checkpointed: boolean): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    try {
      if (!checkpointed && this.#flushed < this.#commits) fdatasyncSync(this.#file());
    } catch (error) {
      throw fileError(error, this.#path);
    } finally {
      this.#flushed = this.#commits;
      // A flush under way needs it still.
      if (!this.#running) this.#release();
    }
  }

  #schedule(): void {
    if (this.#timer || this.#running || this.#flushed === this.#commits) return;
    this.#timer = setTimeout(() => {
      // Whoever asks is told; else the next one tries again.
      this.durable().catch(() => {});
    }, BEHIND_MS).unref();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const commits = this.#commits;
    try {
      const fd = this.#file();
      await new Promise<void>((resolve, reject) => {
        this.#sync(fd, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      throw fileError(error, this.#path);
    }
    this.#flushed = Math.max(this.#flushed, commits);
  }

  #file(): number {
    this.#fd ??= openSync(this.#path, 'r+');
    return this.#fd;
  }

  #release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
