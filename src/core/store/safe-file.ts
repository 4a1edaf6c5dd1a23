/**
 * Store stage: state files that nobody else can have planted (security.md, P5).
 *
 * Refused are links, what is no plain file, files of somebody else (root's and one's own are fine), and folders in which
 * anybody may swap files. Folders we create are 0700, files 0600. A file that is there is looked at but never opened:
 * closing it would free every lock that SQLite holds on it in this process.
 */
import { closeSync, constants, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../make-folder.js';
import { fileError, StoreError } from './store-error.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;

/** Creates what is missing of the folder of a file. @throws {StoreError} */
export function makeSafeFolder(path: string): void {
  try {
    makeFolder(dirname(path), FOLDER_MODE);
  } catch (error) {
    throw fileError(error, path);
  }
  assertSafeFolder(path);
}

/** @throws {StoreError} somebody else could put a file of their own in its place */
export function assertSafeFolder(path: string): void {
  const folder = dirname(path);
  const stats = look(() => statSync(folder), path);
  if (!stats) return;
  if (!isOurs(stats)) throw unsafe(path, `its folder ${folder} belongs to somebody else (uid ${stats.uid})`);
  if ((stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0) {
    throw unsafe(path, `anybody may replace files in its folder ${folder}`);
  }
}

/** @returns whether it is there. @throws {StoreError} it is nothing we want to write to or believe */
export function assertSafeFile(path: string): boolean {
  const stats = look(() => lstatSync(path), path);
  if (!stats) return false;
  if (stats.isSymbolicLink()) throw unsafe(path, 'it is a symbolic link');
  if (!stats.isFile()) throw unsafe(path, 'it is not a plain file');
  if (!isOurs(stats)) throw unsafe(path, `it belongs to somebody else (uid ${stats.uid})`);
  return true;
}

/** An empty file where there is none. @throws {StoreError} */
export function makeSafeFile(path: string): void {
  if (assertSafeFile(path)) return;
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, FILE_MODE));
  } catch (error) {
    // Another f2b was faster: then it is judged like any other.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') assertSafeFile(path);
    else throw fileError(error, path);
  }
}

function isOurs({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function look(stat: () => Stats, path: string): Stats | undefined {
  try {
    return stat();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(error, path);
  }
}

function unsafe(path: string, reason: string): StoreError {
  return new StoreError('store-unsafe', `${path} is not used as a store: ${reason}`, {
    hint: 'Find out who put it there; then remove it, or name another file with dbfile.',
  });
}
