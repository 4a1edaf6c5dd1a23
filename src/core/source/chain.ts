/**
 * Source stage: a log as the chain of files that it is made of, oldest first: what it was before its rotations, then the
 * file at its path; and what is to be read of them.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import { mayBeLog } from '../null-device.js';
import type { Encoding } from './encodings.js';
import { unreadable } from './file.js';
import { type FileStat, fileStat, isSameFile, type KnownContent } from './identity.js';
import { Folders, type RotatedFile, rotatedFiles } from './rotated.js';

/** Part of a file that is to be read: from the end of `known` to the end that the file has when it is read. */
export interface Piece {
  readonly path: string;
  readonly packed: boolean;
  readonly file: FileStat;
  readonly known: KnownContent;
  /** `late`: lines that reached the file before the last rotation after it; `log`: the log itself. */
  readonly role: 'late' | 'log';
}

export interface ResumeOptions {
  /** Where to begin in a log without a position. */
  readonly mode: 'head' | 'tail';
  readonly encoding: Encoding;
  readonly folders: Folders;
  /** Paths that are logs of their own. */
  readonly others?: ReadonlySet<string> | undefined;
  /** The first KiB of what was read, where somebody remembers it. */
  readonly head?: Buffer | undefined;
}

/** Undefined when there is no such file. */
export async function lookAt(path: string): Promise<FileStat | undefined> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, cause);
  }
  if (stats.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
  if (!mayBeLog(stats)) {
    throw new SourceError(
      'source-no-file',
      `cannot read ${path}: it is a pipe, socket or device, not a file`,
      {
        hint: 'Let the program write to a file, or to the journal.',
      },
    );
  }
  return fileStat(stats);
}

/** The files of a log, oldest first. */
export class Chain {
  #rotated: Promise<readonly RotatedFile[]> | undefined;

  constructor(
    readonly path: string,
    readonly file: FileStat | undefined,
    readonly options: ResumeOptions,
  ) {}

  rotated(): Promise<readonly RotatedFile[]> {
    this.#rotated ??= this.#list();
    return this.#rotated;
  }

  /** Where the path is a link, the file it leads to may look like a rotated one. */
  async #list(): Promise<readonly RotatedFile[]> {
    const { file, path, options } = this;
    const found = await rotatedFiles(path, options.folders, options.others);
    return file ? found.filter((one) => !isSameFile(one, file)) : found;
  }

  /** Are the rotated files still the ones that were seen? Nobody has asked for them yet: yes. */
  async isCurrent(): Promise<boolean> {
    if (!this.#rotated) return true;
    const before = await this.#rotated;
    const { file, path, options } = this;
    const now = await new Chain(path, file, { ...options, folders: new Folders() }).rotated();
    const isSame = (one: RotatedFile, other: RotatedFile | undefined) =>
      other !== undefined && one.path === other.path && isSameFile(one, other);
    return now.length === before.length && now.every((one, i) => isSame(one, before[i]));
  }

  /** Rotated files, then the file at the path. */
  async all(): Promise<readonly RotatedFile[]> {
    const { file, path } = this;
    return file ? [...(await this.rotated()), { ...file, path, packed: false }] : this.rotated();
  }
}
