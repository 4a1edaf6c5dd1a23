/**
 * Where the configuration is: which folder, and which files of it make up the server, the jails, a filter, an action.
 *
 * The environment is not read here; the command passes in what $F2B_CONFIG says. f2b's own folder layout is read next
 * to fail2ban's: `f2b.conf` besides `fail2ban.conf`, `filters.d` besides `filter.d`, and what a folder of f2b's own
 * does not have comes from the package.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { ConfigError } from '../errors.js';
import { isFolder, isHidden, isOpen } from './files.js';
import { filesOf } from './read-tree.js';

export interface FindOptions {
  /** What the user asked for (`-c`). Taken as it is. */
  readonly dir?: string | undefined;
  /** $F2B_CONFIG. */
  readonly envDir?: string | undefined;
  /** Root of the f2b package: last resort, and where its filters and actions are. */
  readonly packageDir?: string | undefined;
  /** Tried in between; default `/etc/f2b`, `/etc/fail2ban`. */
  readonly systemDirs?: readonly string[] | undefined;
}

/** The folder to use when several could be meant: -c, $F2B_CONFIG, the system's, the package. */
export function findConfig(options: FindOptions): ConfigFolder {
  const asked = options.dir ?? (options.envDir || undefined);
  if (asked !== undefined) return new ConfigFolder(asked, options.packageDir);
  const system = (options.systemDirs ?? ['/etc/f2b', '/etc/fail2ban']).find(existsSync);
  return new ConfigFolder(system ?? options.packageDir ?? '/etc/fail2ban', options.packageDir);
}

export const FILTER_DIRS = ['filter.d', 'filters.d'] as const;
export const ACTION_DIRS = ['action.d'] as const;

export class ConfigFolder {
  /** True for a folder in f2b's own layout: there, the package fills gaps and missing base files are no error. */
  readonly ours: boolean;

  constructor(
    readonly dir: string,
    readonly packageDir?: string | undefined,
  ) {
    const isPackage = packageDir !== undefined && samePlace(dir, packageDir);
    const hasFail2ban = existsSync(join(dir, 'fail2ban.conf')) || existsSync(join(dir, 'filter.d'));
    this.ours =
      isPackage || existsSync(join(dir, 'f2b.conf')) || (!hasFail2ban && existsSync(join(dir, 'filters.d')));
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

  /** Files of `fail2ban` (or `f2b`), in reading order. */
  baseFiles(): string[] {
    const own = filesOf(join(this.dir, 'fail2ban'));
    return own.length > 0 ? own : filesOf(join(this.dir, 'f2b'));
  }

  jailFiles(): string[] {
    return filesOf(join(this.dir, 'jail'));
  }

  filterFiles(name: string): string[] {
    return this.partFiles(FILTER_DIRS, name);
  }

  actionFiles(name: string): string[] {
    return this.partFiles(ACTION_DIRS, name);
  }

  /** Folders that hold filters, nearest first. */
  filterDirs(): string[] {
    return this.roots().flatMap((root) => FILTER_DIRS.map((dir) => join(root, dir)).filter(existsSync));
  }

  actionDirs(): string[] {
    return this.roots().flatMap((root) => ACTION_DIRS.map((dir) => join(root, dir)).filter(existsSync));
  }

  private partFiles(dirs: readonly string[], name: string): string[] {
    for (const root of this.roots()) {
      for (const dir of dirs) {
        const files = filesOf(isAbsolute(name) ? name : join(root, dir, name));
        if (files.length > 0) return files;
      }
    }
    return [];
  }

  private roots(): string[] {
    return this.ours && this.packageDir !== undefined && !samePlace(this.dir, this.packageDir)
      ? [this.dir, this.packageDir]
      : [this.dir];
  }
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
