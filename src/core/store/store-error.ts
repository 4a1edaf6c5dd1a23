/**
 * Store stage: what can go wrong with the store, each thing said once and with what to do about it.
 *
 * An error of the driver → StoreError. What is no fault of the surroundings (a wrong statement) stays what it is: a bug.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { F2bError, type F2bErrorOptions } from '../errors.js';

export type StoreErrorCode =
  /** Somebody else writes to it. */
  | 'store-locked'
  /** Made by a later f2b. */
  | 'store-newer'
  /** Its pages contradict each other; the next run that writes rebuilds it. */
  | 'store-damaged'
  | 'store-full'
  | 'store-readonly'
  | 'store-denied'
  /** A link, somebody else's file, or a folder in which anybody may swap files. */
  | 'store-unsafe'
  /** A file of something else. */
  | 'store-foreign'
  | 'store-missing'
  | 'store-failed';

export class StoreError extends F2bError {
  constructor(
    override readonly code: StoreErrorCode,
    message: string,
    options: F2bErrorOptions = {},
  ) {
    super(code, message, options);
  }
}

interface DriverError extends Error {
  readonly code?: unknown;
}

/** SQLite's name of an error, without its finer points: `SQLITE_IOERR_WRITE` → `IOERR`. */
function kindOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as DriverError;
  if (typeof code === 'string') {
    const kind = /^SQLITE_([A-Z]+)/.exec(code)?.[1];
    if (kind !== undefined) return kind;
  }
  // The driver's constructor gives the number alone, at the end of its text.
  const number = /ConnectionFailed\(.*: (\d+)"\)$/s.exec(message)?.[1];
  return number === undefined ? undefined : KINDS[Number(number) & 0xff];
}

/** Source: SQLite's primary result codes. */
const KINDS: Readonly<Record<number, string>> = {
  3: 'PERM',
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  23: 'AUTH',
  26: 'NOTADB',
};

/** Is it SQLite that says so? `kind` as in `BUSY`, `CORRUPT`. */
export function isKind(error: unknown, ...kinds: readonly string[]): boolean {
  const kind = kindOf(error);
  return kind !== undefined && kinds.includes(kind);
}

/** What the driver threw, as a StoreError where it is about the file; anything else comes back as it is. */
export function storeError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  const cause = error;
  const detail = error instanceof Error ? error.message : String(error);
  switch (kindOf(error)) {
    case 'FULL':
      return new StoreError('store-full', `No space is left for the store ${path}`, {
        cause,
        hint: 'Nothing was written, and nothing that was there is lost. Make room on its file system.',
      });
    case 'READONLY':
      return new StoreError('store-readonly', `The store ${path} cannot be written to`, {
        cause,
        hint: 'Its file system is mounted read-only, or this user may not write to the file and its folder.',
      });
    case 'PERM':
    case 'AUTH':
    case 'CANTOPEN':
      return new StoreError('store-denied', `The store ${path} cannot be opened (${detail})`, {
        cause,
        hint: 'The user who runs f2b has to be able to write to the file and its folder: root, usually.',
      });
    case 'BUSY':
    case 'LOCKED':
      return new StoreError('store-locked', `The store ${path} is in use by another program`, {
        cause,
        hint: `Something holds it for longer than it should. See who: fuser ${path}`,
      });
    case 'CORRUPT':
    case 'NOTADB':
      return damaged(path, cause);
    case 'IOERR':
      // The index of the write-ahead log reports a full disk this way.
      if (isFull(path)) return storeError(Object.assign(new Error(detail), { code: 'SQLITE_FULL' }), path);
      return new StoreError('store-failed', `Reading or writing the store ${path} failed: ${detail}`, {
        cause,
        hint: "Look at the kernel's messages (dmesg): the disk may be failing.",
      });
    default:
      return error;
  }
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < FULL_BYTES;
  } catch {
    return false;
  }
}

/** Less is not enough for the smallest transaction. */
const FULL_BYTES = 64 * 1024;

/** What the file system refused, in the same words. */
export function fileError(error: unknown, path: string): unknown {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  const kind = typeof code === 'string' ? FILE_KINDS[code] : undefined;
  if (kind === undefined) return error;
  return storeError(Object.assign(new Error(message), { code: `SQLITE_${kind}` }), path);
}

const FILE_KINDS: Readonly<Record<string, string>> = {
  ENOSPC: 'FULL',
  EDQUOT: 'FULL',
  EROFS: 'READONLY',
  EACCES: 'PERM',
  EPERM: 'PERM',
  ENOTDIR: 'CANTOPEN',
  EEXIST: 'CANTOPEN',
  EISDIR: 'CANTOPEN',
  ENOENT: 'CANTOPEN',
  ENAMETOOLONG: 'CANTOPEN',
  EIO: 'IOERR',
};

export function damaged(path: string, cause?: unknown): StoreError {
  return new StoreError('store-damaged', `The store ${path} is damaged`, {
    cause,
    hint: 'The next f2b that writes to it keeps a copy of it and rebuilds it from what can be read.',
  });
}
