/**
 * Source stage: a path and the position up to which its log was read → what is to be read now, in order.
 *
 * The log is a chain of files, oldest first: those it was before its rotations, then the file at its path. Reading goes on
 * where the known content ends, in whichever file of the chain holds it by now (renamed, copied before a truncation,
 * packed), then through everything newer. Where that content is gone, the file that came before it tells what is newer.
 * Nothing is opened for longer than a look; the reader looks again. Source: bans.md §6; docs/compat.md, "Log files".
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SourceError } from '../errors.js';
import type { LogPosition, RotatedPosition } from '../records.js';
import { Chain, lookAt, type Piece, type ResumeOptions } from './chain.js';
import { holds, isOldCopy, isReadPacked, knownEnd, knownOf, UNREAD } from './content.js';
import { unreadable } from './file.js';
import { continues, type FileStat, fileStat, isSameFile, withFile } from './identity.js';
import { findMark, lateInEmpty, type Mark, marked, markNewest, refreshMark } from './mark.js';
import { Folders, homesOf, type RotatedFile } from './rotated.js';

/**
 * `first`: no position is known; `grown`: the file at the path goes on (or has nothing new); `rotated`: the known content
 * lies in another file by now; `rewritten`: it is nowhere; `missing`: there is no file, and nothing of it is left to read.
 */
export type Change = 'first' | 'grown' | 'rotated' | 'rewritten' | 'missing';

export interface ReadPlan {
  readonly change: Change;
  readonly pieces: readonly Piece[];
  /** The files as they were seen. */
  readonly chain: Chain;
  /** What came before the first piece of the log. */
  readonly rotated: RotatedPosition | null;
  /** For the user: what happened to the file since it was read. */
  readonly notices: readonly string[];
}

/** @throws {SourceError} the file is there and cannot be read */
export async function planReading(
  path: string,
  stored: LogPosition | undefined,
  options: ResumeOptions,
): Promise<ReadPlan> {
  for (let tries = 1; ; tries++) {
    try {
      const plan = await planOnce(
        path,
        stored,
        tries === 1 ? options : { ...options, folders: new Folders() },
      );
      // Renamed while it was looked at: names were taken for other files than they are.
      if (tries === MAX_TRIES || (await plan.chain.isCurrent())) return plan;
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

function goesOn(path: string, file: FileStat, stored: LogPosition): Promise<boolean> {
  return withFile(path, (handle) => continues(handle, file.sizeBytes, stored));
}

async function beginning(chain: Chain): Promise<ReadPlan> {
  const { file, path, options } = chain;
  const rotated = await markNewest(chain, await chain.rotated());
  if (!file) return { change: 'missing', pieces: [], chain, rotated, notices: [] };
  // A look also where nothing is to be seen: a file that cannot be read is reported at once.
  const known = await withFile(path, (handle) =>
    options.mode === 'tail' ? knownEnd(handle, file.sizeBytes, options.encoding) : Promise.resolve(UNREAD),
  );
  return {
    change: 'first',
    pieces: [{ path, packed: false, file, known, role: 'log' }],
    chain,
    rotated,
    notices: [],
  };
}

async function grown(chain: Chain, file: FileStat, stored: LogPosition): Promise<ReadPlan> {
  const { path } = chain;
  const { rotated, late } = await refreshMark(chain, stored);
  const log: Piece = { path, packed: false, file, known: knownOf(stored), role: 'log' };
  return { change: 'grown', pieces: [...late, log], chain, rotated, notices: [] };
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

  const isOld = async (one: RotatedFile | undefined): Promise<boolean> =>
    known < 0 && one !== undefined && one.path !== path && (await isOldCopy(one, stored, chain.options.head));
  let from = known >= 0 ? known : await firstUnread({ chain, stored, files, markAt });
  while (await isOld(files[from])) from++;
  const unread: Piece[] = [];
  for (const [i, one] of files.entries()) {
    if (i < from || (i > from && (await isOld(one)))) continue;
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
  return { change, pieces, chain, rotated, notices: notices(chain, stored, { isFound, pieces }) };
}

function changeOf(stored: LogPosition, file: FileStat | undefined): Change {
  if (!file) return 'missing';
  if (stored.offsetBytes > 0) return 'rewritten';
  return isSameFile(file, stored) ? 'grown' : 'rotated';
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
