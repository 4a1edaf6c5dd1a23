/**
 * Replay: the files that a user names → logs, each with its files in the order in which they were written.
 *
 * `auth.log`, `auth.log.1` and `auth.log.2.gz` are one log, in whatever order they are named, and also where one of them
 * is missing; a file that is named twice, or is there packed and unpacked, is read once. Everything is looked at before
 * anything is read: a path that cannot be read is one error.
 */
import { open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import type { Encoding } from '../source/encodings.js';
import { openFile, openStream, unreadable } from '../source/file.js';
import { readRange, withFile } from '../source/identity.js';
import type { LineSource } from '../source/line.js';
import { Folders, isRotatedName, rotatedFiles } from '../source/rotated.js';

export interface LogFile {
  readonly path: string;
  /** When its last line was written, as far as anybody knows: its lines are hardly younger. */
  readonly newestSec: number;
  /** Undefined for a stream. */
  readonly sizeBytes: number | undefined;
  open(encoding: Encoding): Promise<LineSource>;
  /** Its last bytes, one character each; undefined where they cannot be had without reading all of it. */
  tail(): Promise<string | undefined>;
}

export interface FindLogOptions {
  /** Take also what each log was rotated to. */
  readonly rotated: boolean;
  readonly nowSec: number;
  /** What `-` stands for. */
  readonly stdin?: Readable | undefined;
}

/** Each log as its files, oldest first. @throws {SourceError} a path that cannot be read */
export async function findLogFiles(
  paths: readonly string[],
  options: FindLogOptions,
): Promise<readonly (readonly LogFile[])[]> {
  const given = new Map<string, LogFile>();
  const seen = new Set<string>();
  for (const path of paths) {
    const { file, key } = await lookAt(path, options);
    if (!seen.has(key)) given.set(path === '-' ? path : resolve(path), file);
    seen.add(key);
  }
  const folders = new Folders();
  const logs: (readonly LogFile[])[] = [];
  for (const [base, members] of groupByBase(given)) {
    const names = [...(await rotatedFiles(base, folders)).map(({ path }) => path), base];
    const files: LogFile[] = [];
    for (const name of names) {
      const isWanted = options.rotated && name !== base;
      const file = given.get(name) ?? (isWanted ? (await lookAt(name, options)).file : undefined);
      if (file) files.push(file);
    }
    const listed = new Set(names.map(unpackedName));
    const others = members
      .filter((path) => !listed.has(unpackedName(path)))
      .flatMap((path) => given.get(path) ?? []);
    logs.push(...(isInOrder(files) ? [files] : files.map((file) => [file])), ...others.map((file) => [file]));
  }
  return logs.filter((files) => files.length > 0);
}

function groupByBase(given: ReadonlyMap<string, LogFile>): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of given.keys()) {
    const base = baseOf(path, given);
    groups.set(base, [...(groups.get(base) ?? []), path]);
  }
  return groups;
}

/** The log that a file belongs to, whether or not it is there. */
function baseOf(path: string, given: ReadonlyMap<string, LogFile>): string {
  for (const other of given.keys()) if (isRotatedName(path, other)) return other;
  const plain = basename(unpackedName(path));
  const bases = [
    plain.replace(/[._-](?:old|prev|[\d._:TZ-]+)$/, ''),
    plain.replace(/[._-]\d[\d._:TZ-]*(?=\.\D[^.]*$)/, ''),
  ];
  const candidates = bases.map((base) => join(dirname(path), base));
  return candidates.find((base) => isRotatedName(path, base)) ?? path;
}

function unpackedName(path: string): string {
  return path.replace(/\.(?:gz|xz|bz2|zst|lz4|Z)$/, '');
}

/** Copies may have lost the times of their originals, and numbers may number something else: then time decides line by line. */
function isInOrder(files: readonly LogFile[]): boolean {
  return files.every(({ newestSec }, i) => newestSec <= (files[i + 1]?.newestSec ?? newestSec) + SLACK_SEC);
}

const SLACK_SEC = 2;

async function lookAt(
  path: string,
  { nowSec, stdin }: FindLogOptions,
): Promise<{ readonly file: LogFile; readonly key: string }> {
  if (path === '-' && stdin) {
    const name = 'standard input';
    const opener = async (encoding: Encoding) => openStream(name, stdin, encoding, SPLIT);
    const file = {
      path: name,
      newestSec: nowSec,
      sizeBytes: undefined,
      open: opener,
      tail: async () => undefined,
    };
    return { file, key: path };
  }
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
    // A pipe must not be opened twice.
    const packedSec = stats.isFile() ? await packedTime(path) : undefined;
    const writtenSec = stats.isFile() ? stats.mtimeMs / 1000 : nowSec;
    const file: LogFile = {
      path,
      newestSec: Math.min(writtenSec, packedSec ?? writtenSec),
      sizeBytes: stats.isFile() ? stats.size : undefined,
      open: (encoding) => openFile(path, encoding, SPLIT),
      tail: async () => (stats.isFile() && packedSec === undefined ? tailOf(path) : undefined),
    };
    return { file, key: `${stats.dev}:${stats.ino}` };
  } catch (cause) {
    throw cause instanceof SourceError ? cause : unreadable(path, cause);
  }
}

const SPLIT = { skipHoles: true } as const;

/** When what gzip packed was last written, which copies of the packed file keep; undefined: it is not packed. */
async function packedTime(path: string): Promise<number | undefined> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    if (bytesRead < 8 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) return undefined;
    return buffer.readUInt32LE(4) || Number.POSITIVE_INFINITY;
  } finally {
    await handle.close();
  }
}

const TAIL_BYTES = 64 * 1024;

async function tailOf(path: string): Promise<string | undefined> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    return (await readRange(handle, Math.max(0, size - TAIL_BYTES), size)).toString('latin1');
  }).catch(() => undefined);
}
