/**
 * Makes a folder with those above it.
 *
 * Level by level: `mkdir` with `recursive` never ends where a file system says of a folder it does not want to make that
 * it is not there, as /proc does (Node 20).
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** @param mode of the folders that are new. @throws what the file system says */
export function makeFolder(path: string, mode: number): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  // What is there and no folder is refused by the file system, in its words.
  if (missing.length === 0 && !statSync(path).isDirectory()) mkdirSync(path, { mode });
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Somebody else was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
