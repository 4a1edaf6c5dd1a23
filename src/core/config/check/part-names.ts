/**
 * Which filters and actions a folder has, by name.
 */
import { readdirSync } from 'node:fs';
import type { ConfigFolder } from '../find-config.js';

/** Base names of the files in filter.d (filters.d) or action.d, sorted. */
export function partNames(folder: ConfigFolder, kind: 'filter' | 'action'): string[] {
  const dirs = kind === 'filter' ? folder.filterDirs() : folder.actionDirs();
  const names = dirs.flatMap((dir) => readNames(dir));
  return [...new Set(names)].sort();
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir).flatMap((name) => /^(.+)\.(?:conf|local)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
