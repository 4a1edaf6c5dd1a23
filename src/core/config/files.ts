/**
 * Questions to the file system whose answer is plainly no where the path leads nowhere, through a file, or out of reach.
 */
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';

export function isFile(path: string): boolean {
  return tryStat(path)?.isFile() ?? false;
}

export function isFolder(path: string): boolean {
  return tryStat(path)?.isDirectory() ?? false;
}

/** Can it be read to an end? Folders, pipes and devices cannot, but for /dev/null, by which files are masked. */
export function isReadable(path: string): boolean {
  return isFile(path) || realpathSync(path) === '/dev/null';
}

/** May this user get at the files of the folder, if he knows their names? */
export function isOpen(dir: string): boolean {
  return allows(dir, constants.X_OK);
}

/** Is there a folder here whose names this user may not read? */
export function isHidden(dir: string): boolean {
  return isFolder(dir) && !allows(dir, constants.R_OK | constants.X_OK);
}

/** Names in a folder, sorted; none where there is no folder to read. */
export function listFolder(dir: string): string[] {
  try {
    // Python sorts by code point; for names of files the order of code units will do.
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

function tryStat(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
