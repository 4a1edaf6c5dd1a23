/**
 * Where the configuration is: which folder, and which files of it make up the server, the jails, a filter, an action.
 *
 * The environment is not read here; the command passes in what $F2B_CONFIG says. f2b's own folder layout is read next
 * to fail2ban's: `f2b.conf` besides `fail2ban.conf`, `filters.d` besides `filter.d`. Under a folder of f2b's own lies
 * what ships with the package: its jails come before the folder's, its filters, actions and includes stand in for what
 * the folder does not have. A folder of fail2ban's is read alone, as it is.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { ConfigError } from '../errors.js';
import { isFolder, isHidden, isOpen, listFolder } from './files.js';
import { filesOf, withLocal } from './read-tree.js';

export interface FindOptions {
  /** What the user asked for (`-c`). Taken as it is. */
  readonly dir?: string | undefined;
  /** $F2B_CONFIG. */
  readonly envDir?: string | undefined;
  /** Root of the f2b package: last resort, and where its filters and actions are. */
  readonly packageDir?: string | undefined;
  /** Tried in between, unless they are empty; default `/etc/f2b`, `/etc/fail2ban`. */
  readonly systemDirs?: readonly string[] | undefined;
}

/** The folder to use when several could be meant: -c, $F2B_CONFIG, the system's, the package. */
export function findConfig(options: FindOptions): ConfigFolder {
  const asked = options.dir ?? (options.envDir || undefined);
  if (asked !== undefined) return new ConfigFolder(asked, options.packageDir);
  const system = (options.systemDirs ?? ['/etc/f2b', '/etc/fail2ban']).find(holdsSomething);
  return new ConfigFolder(system ?? options.packageDir ?? '/etc/fail2ban', options.packageDir);
}

function holdsSomething(dir: string): boolean {
  return existsSync(dir) && (isHidden(dir) || listFolder(dir).length > 0);
}

export const FILTER_DIRS = ['filter.d', 'filters.d'] as const;
export const ACTION_DIRS = ['action.d'] as const;
/** Where files of jails and what they include may be. Path sets are in the last one. */
const JAIL_DIRS = ['', 'jail.d', 'jail.d/paths'] as const;

export class ConfigFolder {
  /** True for a folder in f2b's own layout: there, the package fills gaps and missing base files are no error. */
  readonly ours: boolean;
  /** Folders to look in, nearest first: this one, and under one of f2b's own the package. */
  private readonly roots: readonly string[];

  constructor(
    readonly dir: string,
    readonly packageDir?: string | undefined,
  ) {
    const isPackage = packageDir !== undefined && samePlace(dir, packageDir);
    this.ours = isPackage || isOurs(dir);
    this.roots = this.ours && packageDir !== undefined && !isPackage ? [dir, packageDir] : [dir];
  }

  /** @throws {ConfigError} there is no such folder, or this user may not look into it */
  assertExists(): void {
    if (!existsSync(this.dir)) {
      const hint = 'Name the folder with -c, or with the variable F2B_CONFIG.';
      const message = `Base configuration directory ${this.dir} does not exist `;
      throw new ConfigError('no-folder', message, {}, { hint });
    }
    if (!isFolder(this.dir)) {
      const hint = `Name the folder that the file is in: ${dirname(this.dir)}`;
      throw new ConfigError('no-folder', `${this.dir} is a file, not a configuration folder`, {}, { hint });
    }
    if (isOpen(this.dir)) return;
    const hint = 'Run it as a user who may read it, root perhaps.';
    throw new ConfigError('no-folder', `${this.dir} may not be read by this user`, {}, { hint });
  }

  /** Folders of base and jails that are there, but closed to this user. */
  hiddenFolders(): string[] {
    return ['fail2ban.d', 'f2b.d', 'jail.d'].map((name) => join(this.dir, name)).filter(isHidden);
  }

  /** Files of `fail2ban`, then those of `f2b`, which have the last word; in reading order. */
  baseFiles(): string[] {
    return [...filesOf(join(this.dir, 'fail2ban')), ...filesOf(join(this.dir, 'f2b'))];
  }

  /** Files of jails in reading order: those that ship first, unless the folder brings a jail.conf in their place. */
  jailFiles(): string[] {
    return layered(this.roots.map((root) => join(root, 'jail')));
  }

  filterFiles(name: string): string[] {
    return this.partFiles(FILTER_DIRS, name);
  }

  actionFiles(name: string): string[] {
    return this.partFiles(ACTION_DIRS, name);
  }

  /** Folders that hold filters, nearest first. */
  filterDirs(): string[] {
    return this.roots.flatMap((root) => FILTER_DIRS.map((dir) => join(root, dir)).filter(existsSync));
  }

  actionDirs(): string[] {
    return this.roots.flatMap((root) => ACTION_DIRS.map((dir) => join(root, dir)).filter(existsSync));
  }

  /** Folders that may hold path sets (`paths-*.conf`), nearest first. */
  pathSetDirs(): string[] {
    return this.roots.flatMap((root) => JAIL_DIRS.map((dir) => join(root, dir)).filter(existsSync));
  }

  /**
   * What to read where a file includes another one: that file, or what ships in its place; then the `.local` beside each
   * of the two. An include of its own comes first, so that it is read for the files that ship as well.
   */
  readonly included = (path: string): string[] => {
    const places = this.places(path);
    const file = places.find(existsSync) ?? path;
    const locals = places.flatMap(withLocal).filter((other) => !places.includes(other));
    return [file, ...locals.reverse()];
  };

  private partFiles(dirs: readonly string[], name: string): string[] {
    if (isAbsolute(name)) return filesOf(name);
    return layered(this.roots.flatMap((root) => dirs.map((dir) => join(root, dir, name))));
  }

  /** The same file of the same kind of folder, in each of the roots. */
  private places(path: string): string[] {
    if (this.roots.length === 1) return [path];
    const dir = dirname(path);
    for (const dirs of [FILTER_DIRS, ACTION_DIRS, JAIL_DIRS]) {
      const folders = this.roots.map((root) => dirs.map((name) => join(root, name)));
      const home = folders.find((root) => root.includes(dir));
      if (!home) continue;
      return folders
        .flatMap((root) => (root === home ? [dir, ...root.filter((other) => other !== dir)] : root))
        .map((folder) => join(folder, basename(path)));
    }
    return [path];
  }
}

/**
 * Is the folder f2b's own? Where fail2ban would read it, it is not. What fail2ban refuses for want of its two main files
 * was written on top of what ships.
 */
function isOurs(dir: string): boolean {
  const has = (name: string) => existsSync(join(dir, name));
  if (filesOf(join(dir, 'f2b')).length > 0) return true;
  if (filesOf(join(dir, 'fail2ban')).length > 0) return false;
  if (has('filters.d') && !has('filter.d')) return true;
  return !has('jail.conf') && filesOf(join(dir, 'jail')).length > 0;
}

/** Files of several base paths, nearest first → in reading order. What is under a `.conf` of the same name is not read. */
function layered(bases: readonly string[]): string[] {
  const files: string[] = [];
  for (const base of bases) {
    files.unshift(...filesOf(base));
    if (existsSync(`${base}.conf`)) break;
  }
  return files;
}

/** Does a file lie in a folder of filters, or in the configuration folder itself? Then its `.local` belongs to it. */
export function inFilterFolder(file: string, folder: ConfigFolder): boolean {
  const dir = dirname(resolve(file));
  return (FILTER_DIRS as readonly string[]).includes(basename(dir)) || samePlace(dir, folder.dir);
}

function samePlace(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return resolve(a) === resolve(b);
  }
}
