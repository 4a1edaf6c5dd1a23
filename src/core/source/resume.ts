/**
 * Source stage: a path and the position up to which its log was read → what is to be read now, in order.
 *
 * The log is a chain of files, oldest first: those it was before its rotations, then the file at its path. Reading goes on
 * where the known content ends, in whichever file of the chain holds it by now (renamed, copied before a truncation,
 * packed), then through everything newer. Where that content is gone, the file that came before it tells what is newer.
 * Nothing is opened for longer than a look; the reader looks again. Source: bans.md §6; docs/compat.md, "Log files".
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SourceError } from '../errors.js';
import type { LogPosition, RotatedPosition } from '../records.js';
import type { Encoding } from './encodings.js';
import { unreadable } from './file.js';
import {
  continues,
  type FileStat,
  fileStat,
  firstLineHash,
  headHash,
  isSameFile,
  type KnownContent,
  readRange,
  sha1,
  TAIL_BYTES,
  withFile,
} from './identity.js';
import { lastLineEnd } from './line-ends.js';
import { type Folders, homesOf, isPacked, type RotatedFile, rotatedFiles } from './rotated.js';
import { packedContinues, packedFirstLine, packedSize } from './unpack.js';

/** Part of a file that is to be read: from the end of `known` to the end that the file has when it is read. */
export interface Piece {
  readonly path: string;
  readonly packed: boolean;
  readonly file: FileStat;
  readonly known: KnownContent;
  /** `late`: lines that reached the file before the last rotation after it; `log`: the log itself. */
  readonly role: 'late' | 'log';
}

/**
 * `first`: no position is known; `grown`: the file at the path goes on (or has nothing new); `rotated`: the known content
 * lies in another file by now; `rewritten`: it is nowhere; `missing`: there is no file, and nothing of it is left to read.
 */
export type Change = 'first' | 'grown' | 'rotated' | 'rewritten' | 'missing';

export interface ReadPlan {
  readonly change: Change;
  readonly pieces: readonly Piece[];
  /** What came before the first piece of the log. */
  readonly rotated: RotatedPosition | null;
  /** For the user: what happened to the file since it was read. */
  readonly notices: readonly string[];
}

export interface ResumeOptions {
  /** Where to begin in a log without a position. */
  readonly mode: 'head' | 'tail';
  readonly encoding: Encoding;
  readonly folders: Folders;
  /** Paths that are logs of their own. */
  readonly others?: ReadonlySet<string> | undefined;
}

const UNREAD: KnownContent = { offsetBytes: 0, firstLineHash: '', tailHash: '' };

/** @throws {SourceError} the file is there and cannot be read */
export async function planReading(
  path: string,
  stored: LogPosition | undefined,
  options: ResumeOptions,
): Promise<ReadPlan> {
  for (let tries = 1; ; tries++) {
    try {
      return await planOnce(path, stored, options);
    } catch (cause) {
      if (cause instanceof SourceError) throw cause;
      // Rotated between two looks: what is there now is another matter.
      const isGone = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isGone || tries === MAX_TRIES) throw unreadable(path, cause);
    }
  }
}

const MAX_TRIES = 5;

async function planOnce(
  path: string,
  stored: LogPosition | undefined,
  options: ResumeOptions,
): Promise<ReadPlan> {
  const file = await lookAt(path);
  const chain = new Chain(path, file, options);
  if (!stored) return beginning(chain);
  if (file && (await goesOn(path, file, stored))) return grown(chain, file, stored);
  return resumed(chain, stored);
}

/** Undefined when there is no such file. */
async function lookAt(path: string): Promise<FileStat | undefined> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, cause);
  }
  if (stats.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
  if (!stats.isFile()) {
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

function goesOn(path: string, file: FileStat, stored: LogPosition): Promise<boolean> {
  return withFile(path, (handle) => continues(handle, file.sizeBytes, stored));
}

/** The files of a log, oldest first. */
class Chain {
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

  /** Rotated files, then the file at the path. */
  async all(): Promise<readonly RotatedFile[]> {
    const { file, path } = this;
    return file ? [...(await this.rotated()), { ...file, path, packed: false }] : this.rotated();
  }
}

async function beginning(chain: Chain): Promise<ReadPlan> {
  const { file, path, options } = chain;
  const rotated = await markNewest(chain, await chain.rotated());
  if (!file) return { change: 'missing', pieces: [], rotated, notices: [] };
  // A look also where nothing is to be seen: a file that cannot be read is reported at once.
  const known = await withFile(path, (handle) =>
    options.mode === 'tail' ? knownEnd(handle, file.sizeBytes, options.encoding) : Promise.resolve(UNREAD),
  );
  return {
    change: 'first',
    pieces: [{ path, packed: false, file, known, role: 'log' }],
    rotated,
    notices: [],
  };
}

async function knownEnd(
  handle: Parameters<typeof lastLineEnd>[0],
  size: number,
  encoding: Encoding,
): Promise<KnownContent> {
  const offsetBytes = await lastLineEnd(handle, size, encoding);
  if (offsetBytes === 0) return UNREAD;
  const tail = await readRange(handle, Math.max(0, offsetBytes - TAIL_BYTES), offsetBytes);
  return { offsetBytes, firstLineHash: await firstLineHash(handle), tailHash: sha1(tail) };
}

async function grown(chain: Chain, file: FileStat, stored: LogPosition): Promise<ReadPlan> {
  const { path } = chain;
  const { rotated, late } = await refreshMark(chain, stored.rotated);
  const log: Piece = { path, packed: false, file, known: knownOf(stored), role: 'log' };
  return { change: 'grown', pieces: [...late, log], rotated, notices: [] };
}

function knownOf({ offsetBytes, firstLineHash: first, tailHash }: KnownContent): KnownContent {
  return { offsetBytes, firstLineHash: first, tailHash };
}

interface Mark {
  readonly rotated: RotatedPosition | null;
  /** More lines of it, where there are any. */
  readonly late: readonly Piece[];
}

/** The log itself went on; the file before it may have got late lines, a new name, or have been removed. */
async function refreshMark(chain: Chain, mark: LogPosition['rotated']): Promise<Mark> {
  if (mark === null) return { rotated: null, late: [] };
  if (mark) {
    const stats = await stat(mark.path).catch(() => undefined);
    if (stats && isSameFile(fileStat(stats), mark)) {
      return marked(mark, { ...fileStat(stats), path: mark.path, packed: isPacked(mark.path) });
    }
  }
  const files = await chain.rotated();
  const found = mark ? await findMark(mark, files) : -1;
  if (mark && found >= 0) return marked(mark, files[found] as RotatedFile);
  return { rotated: await markNewest(chain, files), late: [] };
}

/** The mark in the file that it is by now. */
async function marked(mark: RotatedPosition, file: RotatedFile): Promise<Mark> {
  const rotated: RotatedPosition = {
    ...mark,
    path: file.path,
    device: file.device,
    inode: file.inode,
    modifiedMs: file.modifiedMs,
  };
  // Nothing is added to a packed file.
  if (mark.offsetBytes < 0 || (file.packed && isSameFile(file, mark))) return { rotated, late: [] };
  const size = file.packed ? await packedSize(file.path, file.sizeBytes) : file.sizeBytes;
  if (size === mark.offsetBytes || (!file.packed && file.sizeBytes < mark.offsetBytes))
    return { rotated, late: [] };
  return {
    rotated,
    late: [{ path: file.path, packed: file.packed, file, known: knownOf(mark), role: 'late' }],
  };
}

/** Index of the file that is what `mark` tells of; -1: none is. */
async function findMark(mark: RotatedPosition, files: readonly RotatedFile[]): Promise<number> {
  const same = files.findIndex((file) => isSameFile(file, mark));
  const candidate = files[same];
  // Inodes are given out anew: without content the time of the last change has to agree.
  const agrees = candidate?.modifiedMs === mark.modifiedMs;
  if (candidate && (mark.offsetBytes > 0 ? await holds(candidate, mark) : agrees)) return same;
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i] as RotatedFile;
    if (mark.offsetBytes > 0 ? await holds(file, mark) : await isPackedMark(mark, file)) return i;
  }
  return -1;
}

/** A packed file of which all is known to have been read has only its first line to be known by. */
async function isPackedMark(mark: RotatedPosition, file: RotatedFile): Promise<boolean> {
  if (mark.offsetBytes === 0 || !file.packed || mark.firstLineHash === '') return false;
  return (await firstLineOf(file)) === mark.firstLineHash;
}

/** Does the file hold what is known, and perhaps more? What cannot be read does not. */
async function holds(file: RotatedFile, known: KnownContent): Promise<boolean> {
  if (known.firstLineHash === '' && known.tailHash === '') return false;
  try {
    if (file.packed) return await packedContinues(file.path, known);
    return await withFile(file.path, (handle) => continues(handle, file.sizeBytes, known));
  } catch {
    return false;
  }
}

async function firstLineOf(file: RotatedFile): Promise<string> {
  try {
    return file.packed ? await packedFirstLine(file.path) : await withFile(file.path, firstLineHash);
  } catch {
    return '';
  }
}

/** All that is there has been read, or is none of our business. */
async function markNewest(chain: Chain, files: readonly RotatedFile[]): Promise<RotatedPosition | null> {
  const newest = files.at(-1);
  if (!newest) return null;
  const { path, device, inode, modifiedMs } = newest;
  let known: KnownContent = { ...UNREAD, offsetBytes: -1 };
  if (newest.packed) known = { ...known, firstLineHash: await firstLineOf(newest) };
  else {
    known = await withFile(path, (handle) =>
      knownEnd(handle, newest.sizeBytes, chain.options.encoding),
    ).catch(() => known);
  }
  return { path, device, inode, modifiedMs, ...known };
}

/** The file at the path does not go on where reading ended: looks for what does. */
async function resumed(chain: Chain, stored: LogPosition): Promise<ReadPlan> {
  const { path, file } = chain;
  const files = await chain.all();
  const known = await findKnown(stored, files);
  const elsewhere = known < 0 ? await findByInode(chain, stored) : undefined;
  const mark = stored.rotated ?? undefined;
  const older = known < 0 ? files : files.slice(0, known);
  const markAt = mark ? await findMark(mark, withoutLog(older, path)) : -1;
  const late: Mark =
    mark && markAt >= 0
      ? await marked(mark, files[markAt] as RotatedFile)
      : { rotated: null, late: known >= 0 ? lateInEmpty(mark, older) : [] };

  const from = known >= 0 ? known : await firstUnread({ chain, stored, files, markAt });
  const unread: Piece[] = [];
  for (const [i, one] of files.entries()) {
    if (i < from || (known < 0 && one.path !== path && (await isOldCopy(one, stored)))) continue;
    if (i === known && i + 1 === files.length && (await isReadPacked(one, stored))) continue;
    const begin = i === known ? knownOf(stored) : UNREAD;
    unread.push({ path: one.path, packed: one.packed, file: one, known: begin, role: 'log' });
  }
  const pieces: Piece[] = [
    ...late.late,
    ...(elsewhere ? [{ ...elsewhere, known: knownOf(stored), role: 'log' } as const] : []),
    ...unread,
  ];
  const rotated =
    markAt >= 0 && markAt === from - 1 ? late.rotated : await markNewest(chain, files.slice(0, from));
  const isFound = known >= 0 || elsewhere !== undefined;
  const change = isFound ? 'rotated' : changeOf(stored, file);
  return { change, pieces, rotated, notices: notices(chain, stored, { isFound, pieces }) };
}

function changeOf(stored: LogPosition, file: FileStat | undefined): Change {
  if (!file) return 'missing';
  if (stored.offsetBytes > 0) return 'rewritten';
  return isSameFile(file, stored) ? 'grown' : 'rotated';
}

/** The mark was an empty file, which has no content to be known by: if it is changed since, it has got late lines. */
function lateInEmpty(mark: RotatedPosition | undefined, older: readonly RotatedFile[]): readonly Piece[] {
  if (mark?.offsetBytes !== 0) return [];
  return older
    .filter(({ modifiedMs }) => modifiedMs > mark.modifiedMs)
    .map((file) => ({ path: file.path, packed: file.packed, file, known: UNREAD, role: 'late' }));
}

function withoutLog(files: readonly RotatedFile[], path: string): readonly RotatedFile[] {
  return files.filter((file) => file.path !== path);
}

/**
 * Index of the newest file that goes on where reading ended; -1: none does. A file of which nothing had been read is not
 * looked for: it is among those that are newer than the one before it.
 */
async function findKnown(stored: LogPosition, files: readonly RotatedFile[]): Promise<number> {
  for (let i = files.length - 1; i >= 0 && stored.offsetBytes > 0; i--) {
    const file = files[i] as RotatedFile;
    if ((await isReadPacked(file, stored)) || (await holds(file, stored))) return i;
  }
  return -1;
}

/** A packed file that was read to its end: a log that has not been written since costs no unpacking in each run. */
async function isReadPacked(file: RotatedFile, stored: LogPosition): Promise<boolean> {
  if (!file.packed || !isSameFile(file, stored)) return false;
  if ((await packedSize(file.path, file.sizeBytes)) !== stored.offsetBytes) return false;
  return (await firstLineOf(file)) === stored.firstLineHash;
}

/** The file under any other name in its folder. */
async function findByInode(
  { path, options }: Chain,
  stored: LogPosition,
): Promise<Pick<Piece, 'path' | 'packed' | 'file'> | undefined> {
  if (stored.inode === undefined || stored.offsetBytes === 0) return undefined;
  for (const home of await homesOf(path)) {
    const found = await options.folders.byInode(dirname(home), stored.inode);
    const stats = found === undefined ? undefined : await stat(found).catch(() => undefined);
    if (found === undefined || found === path || !stats) continue;
    const file = { ...fileStat(stats), path: found, packed: false };
    if (isSameFile(file, stored) && (await holds(file, stored))) return { path: found, packed: false, file };
  }
  return undefined;
}

interface Lost {
  readonly chain: Chain;
  readonly stored: LogPosition;
  readonly files: readonly RotatedFile[];
  readonly markAt: number;
}

/** Index of the first file that has not been read, where the content that was read last is in none of them. */
async function firstUnread({ chain, stored, files, markAt }: Lost): Promise<number> {
  const log = files.length - (chain.file ? 1 : 0);
  if (markAt >= 0) return markAt + 1;
  if (stored.rotated === null) return 0;
  const mark = stored.rotated;
  if (!mark) return log;
  // The mark is gone too: what was changed after it is newer.
  let first = log;
  while (first > 0 && (files[first - 1] as RotatedFile).modifiedMs > mark.modifiedMs) first--;
  return first;
}

/** Less of what was read before: a copy that was made while the log still grew, and was read. It is nothing new. */
async function isOldCopy(
  file: RotatedFile,
  { offsetBytes, headHash: head = '' }: LogPosition,
): Promise<boolean> {
  if (file.packed || head === '' || file.sizeBytes >= offsetBytes) return false;
  return (await withFile(file.path, headHash).catch(() => '')) === head;
}

function notices(
  { path, file }: Chain,
  stored: LogPosition,
  { isFound, pieces }: { isFound: boolean; pieces: readonly Piece[] },
): string[] {
  if (isFound || stored.offsetBytes === 0) return [];
  if (!file) return pieces.length > 0 ? [] : [`${path} is gone`];
  const how = isSameFile(file, stored) ? 'was truncated' : 'was replaced';
  return [`${path} ${how} and no copy of it is left: it is read from its start`];
}
