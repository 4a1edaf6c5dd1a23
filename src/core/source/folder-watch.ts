/**
 * Source stage: folders → word of what changes in them, at once, through inotify (fs.watch).
 *
 * A folder that cannot be watched (it is not there, may not be read, no watches are left, a file system that does not tell)
 * is simply not watched: whoever asks looks for himself. It is tried again from time to time, and when a folder was
 * replaced by another of its name. Words may be lost (inotify's queue is bounded): nobody may rely on them alone.
 */
import { type FSWatcher, watch as fsWatch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** fs.watch, as far as it is used. */
export type WatchFolder = (
  folder: string,
  listener: (event: string, name: string | null) => void,
) => Pick<FSWatcher, 'close' | 'on'>;

export interface FolderChange {
  readonly folder: string;
  /** Undefined: anything in it. */
  readonly name: string | undefined;
  /** A name has come, gone or become another file. */
  readonly isName: boolean;
}

export interface FolderWatchOptions {
  readonly onChange: (change: FolderChange) => void;
  /** A folder is watched no more. */
  readonly onLost: () => void;
  /** Said once: watching is not possible for want of something the user can raise. */
  readonly onExhausted: (message: string) => void;
  readonly watch?: WatchFolder | undefined;
}

interface Watched {
  readonly watcher: ReturnType<WatchFolder>;
  inode: number | undefined;
}

/** A folder that could not be watched is tried again after so long. */
const AGAIN_MS = 60_000;

export class FolderWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #failedMs = new Map<string, number>();
  readonly #options: FolderWatchOptions;
  #saidExhausted = false;
  #isClosed = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
  }

  has(folder: string): boolean {
    return this.#watched.has(folder);
  }

  /** From now on these folders and no others. Also sees whether one of them is another folder by now. */
  async set(folders: ReadonlySet<string>): Promise<void> {
    for (const folder of this.#watched.keys()) if (!folders.has(folder)) this.#drop(folder);
    for (const folder of folders) {
      if (this.#isClosed) return;
      const inode = await inodeOf(folder);
      const known = this.#watched.get(folder);
      if (known && known.inode === inode) continue;
      this.#drop(folder);
      if (inode === undefined || this.#isClosed) continue;
      if (performance.now() - (this.#failedMs.get(folder) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) continue;
      this.#watch(folder, inode);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const folder of [...this.#watched.keys()]) this.#drop(folder);
  }

  #watch(folder: string, inode: number): void {
    const { onChange, watch = fsWatch } = this.#options;
    try {
      const watcher = watch(folder, (event, name) => {
        const isName = event === 'rename';
        // It tells its own end by its own name.
        if (isName && name === basename(folder)) this.#unsettle(folder);
        onChange({ folder, name: name ?? undefined, isName });
      });
      watcher.on('error', (error: Error) => {
        this.#failed(folder, error);
        this.#options.onLost();
      });
      this.#watched.set(folder, { watcher, inode });
      this.#failedMs.delete(folder);
      // What has happened before it was watched.
      onChange({ folder, name: undefined, isName: true });
    } catch (error) {
      this.#failed(folder, error);
    }
  }

  /** Looked at anew at the next `set`. */
  #unsettle(folder: string): void {
    const known = this.#watched.get(folder);
    if (known) known.inode = undefined;
  }

  #failed(folder: string, error: unknown): void {
    this.#drop(folder);
    this.#failedMs.set(folder, performance.now());
    const { code } = error as NodeJS.ErrnoException;
    const limit = LIMITS[code ?? ''];
    if (limit === undefined || this.#saidExhausted) return;
    this.#saidExhausted = true;
    this.#options.onExhausted(
      `no more folders can be watched (${code}), so logs are looked at twice a second: raise ${limit}`,
    );
  }

  #drop(folder: string): void {
    const known = this.#watched.get(folder);
    this.#watched.delete(folder);
    known?.watcher.close();
  }
}

const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches (sysctl)',
  EMFILE: 'fs.inotify.max_user_instances (sysctl) or the number of open files (ulimit -n)',
};

async function inodeOf(folder: string): Promise<number | undefined> {
  const stats = await stat(folder).catch(() => undefined);
  return stats?.isDirectory() ? stats.ino : undefined;
}
