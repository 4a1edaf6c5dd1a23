/**
 * Links by the names of fail2ban's programs: all of them or none, and never in the place of something else.
 */
import { lstatSync, readlinkSync, realpathSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { F2bError } from '../core/errors.js';
import { PROGRAMS } from './programs.js';

export interface MadeLink {
  readonly path: string;
  readonly done: 'made' | 'there already' | 'removed' | 'not there';
}

/** @throws {F2bError} something else is there, or the folder cannot be written to */
export function makeLinks(dir: string, root: string): readonly MadeLink[] {
  const target = join(realpathSync(root), 'bin/run.js');
  const places = inspect(dir, target);
  return places.map(({ path, isOurs }) => {
    if (isOurs) return { path, done: 'there already' };
    attempt(path, () => symlinkSync(target, path));
    return { path, done: 'made' };
  });
}

/** @throws {F2bError} something else is there, or the folder cannot be written to */
export function removeLinks(dir: string, root: string): readonly MadeLink[] {
  const target = join(realpathSync(root), 'bin/run.js');
  return inspect(dir, target).map(({ path, isOurs }) => {
    if (!isOurs) return { path, done: 'not there' };
    attempt(path, () => unlinkSync(path));
    return { path, done: 'removed' };
  });
}

interface Place {
  readonly path: string;
  readonly isOurs: boolean;
}

/** Looks at all places before anything is done. */
function inspect(dir: string, target: string): readonly Place[] {
  const folder = resolve(dir);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new F2bError('no-folder', `${folder} is no folder`);
  }
  const places = PROGRAMS.map((program) => {
    const path = join(folder, program);
    return { path, isOurs: isLinkTo(path, target) };
  });
  const strange = places.filter(({ path, isOurs }) => !isOurs && lstatSync(path, { throwIfNoEntry: false }));
  if (strange.length === 0) return places;
  const list = strange.map(({ path }) => path).join(', ');
  throw new F2bError('in-use', `${strange.length === 1 ? 'this is' : 'these are'} no link to f2b: ${list}`, {
    hint: 'Nothing was changed. Choose a folder that comes earlier in $PATH (/usr/local/bin), or move it out of the way.',
  });
}

function isLinkTo(path: string, target: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
  try {
    return realpathSync(path) === realpathSync(target);
  } catch {
    // It leads nowhere: ours if it names the place where we would be.
    return readlinkSync(path) === target;
  }
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new F2bError('link', `${path}: ${code ?? message}`, { cause: error });
  }
}
