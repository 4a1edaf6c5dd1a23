/**
 * Source stage: the path of a log → the files it was before, oldest first.
 *
 * Rotated files lie in the log's own folder and are told by their names: `auth.log.1`, `auth.log-20261121.gz`,
 * `auth.1.log`, `auth.log.old`. Numbers and dates give their order; where they do not, the time of the last change does.
 * A file that is there packed and unpacked counts once, a link not at all: the folder may be that of a user whom nobody
 * trusts. Folders are listed once for all logs of a run, and again when they change.
 */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type FileStat, fileStat } from './identity.js';

export interface RotatedFile extends FileStat {
  readonly path: string;
  /** Its name says that a packer has been at it. */
  readonly packed: boolean;
}

/** Listings of folders, kept while the folders do not change. */
export class Folders {
  readonly #listings = new Map<string, Promise<Listing>>();
  readonly #inodes = new Map<string, Promise<ReadonlyMap<number, string>>>();

  async names(folder: string): Promise<readonly string[]> {
    const known = await this.#listings.get(folder);
    if (known && (await isCurrent(known, folder))) return known.names;
    this.#inodes.delete(folder);
    const listing = list(folder);
    this.#listings.set(folder, listing);
    return (await listing).names;
  }

  /** The file of this folder with that inode. */
  async byInode(folder: string, inode: number): Promise<string | undefined> {
    const names = await this.names(folder);
    let found = this.#inodes.get(folder);
    if (!found) this.#inodes.set(folder, (found = inodesOf(folder, names)));
    return (await found).get(inode);
  }
}

interface Listing {
  readonly names: readonly string[];
  readonly modifiedMs: number;
  readonly listedMs: number;
}

/** A folder that is gone or may not be listed has no names. */
async function list(folder: string): Promise<Listing> {
  const listedMs = Date.now();
  const modifiedMs = await changeOf(folder);
  return { names: await readdir(folder).catch(() => []), modifiedMs, listedMs };
}

/** A change in the very moment of the listing may not show in the folder's time. */
const UNCERTAIN_MS = 100;

async function isCurrent({ modifiedMs, listedMs }: Listing, folder: string): Promise<boolean> {
  return listedMs - modifiedMs > UNCERTAIN_MS && (await changeOf(folder)) === modifiedMs;
}

async function changeOf(folder: string): Promise<number> {
  return (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0;
}

async function inodesOf(folder: string, names: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const name of names.slice(0, MAX_NAMES)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile()) found.set(stats.ino, path);
  }
  return found;
}

/** A folder with more names is no folder of logs. */
const MAX_NAMES = 10_000;

/** The folders a log may be rotated in: its own, and that of the file it is a link to. */
export async function homesOf(path: string): Promise<readonly string[]> {
  const target = await realpath(path).catch(() => path);
  return target === path ? [path] : [path, target];
}

/** Does the name say that the file is what `path` was before? Both absolute. */
export function isRotatedName(file: string, path: string): boolean {
  if (file === path || dirname(file) !== dirname(path)) return false;
  return orderOf(basename(path), basename(file).replace(PACKED, '')) !== undefined;
}

/** Oldest first; `others` are logs of their own, whatever their names look like. */
export async function rotatedFiles(
  path: string,
  folders: Folders,
  others: ReadonlySet<string> = new Set(),
): Promise<readonly RotatedFile[]> {
  const found = new Map<string, RotatedFile & { order: Order }>();
  for (const home of await homesOf(path)) {
    const base = basename(home);
    const folder = dirname(home);
    for (const name of await folders.names(folder)) {
      const plain = name.replace(PACKED, '');
      const order = name === base ? undefined : orderOf(base, plain);
      const file = join(folder, name);
      if (!order || others.has(file)) continue;
      const key = join(folder, plain);
      const packed = plain !== name;
      // While a packer is at work, both are there, and the packed one is only half.
      if (packed && found.has(key)) continue;
      const stats = await lstat(file).catch(() => undefined);
      if (stats?.isFile()) found.set(key, { ...fileStat(stats), path: file, packed, order });
    }
  }
  const files = [...found.values()];
  return files.sort(comparison(files)).map(({ order: _, ...file }) => file);
}

/** By its name. */
export function isPacked(path: string): boolean {
  return PACKED.test(path);
}

const PACKED = /\.(?:gz|xz|bz2|zst|lz4|Z)$/;

/** What a name says about the age of a file. */
interface Order {
  readonly number?: number | undefined;
  /** Digits of a date. */
  readonly date?: string | undefined;
}

/** Undefined when the name is not that of a rotated `base`. */
function orderOf(base: string, name: string): Order | undefined {
  if (name.startsWith(base)) return readOrder(name.slice(base.length));
  const extension = extname(base);
  if (extension === '' || /\d/.test(extension) || !name.endsWith(extension)) return undefined;
  const stem = base.slice(0, -extension.length);
  return name.startsWith(stem) ? readOrder(name.slice(stem.length, -extension.length)) : undefined;
}

/** `.1`, `.old`, `-20261121`, `.2026-11-21`, `_20261121-1405`; one digit behind a hyphen is another log's name. */
function readOrder(suffix: string): Order | undefined {
  if (/^\.(?:old|prev)$/.test(suffix)) return {};
  const number = /^\.(\d{1,5})$/.exec(suffix)?.[1];
  if (number !== undefined) return { number: Number(number) };
  if (!/^[._-]\d[\d._:TZ-]*$/.test(suffix)) return undefined;
  const date = suffix.replace(/\D+/g, '');
  return date.length >= 6 ? { date } : undefined;
}

/** One rule for all files of a log: rules that change from pair to pair make no order. */
function comparison(files: readonly { order: Order }[]) {
  type File = RotatedFile & { order: Order };
  const length = files[0]?.order.date?.length;
  if (files.every(({ order }) => order.number !== undefined))
    return (a: File, b: File) => (b.order.number ?? 0) - (a.order.number ?? 0);
  if (length !== undefined && files.every(({ order }) => order.date?.length === length))
    return (a: File, b: File) => ((a.order.date ?? '') < (b.order.date ?? '') ? -1 : 1);
  return (a: File, b: File) => a.modifiedMs - b.modifiedMs || (b.order.number ?? 0) - (a.order.number ?? 0);
}
