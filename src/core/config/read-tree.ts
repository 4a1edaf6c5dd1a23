/**
 * Which files make up a configuration and in which order → one ConfigTree.
 *
 * A base name X stands for X.conf, X.d/*.conf, X.local, X.d/*.local; each file brings its `[INCLUDES]`: `before` files,
 * itself, `after` files, and behind every included file its `.local`. A missing include is no error, a loop is cut.
 * Source: jail.conf(5) "CONFIGURATION FILES FORMAT", config.md §1.2 and §1.3.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { ConfigError } from '../errors.js';
import { isFile, isReadable, listFolder } from './files.js';
import { type IniFile, parseIni } from './ini-file.js';
import { getOption } from './interpolate.js';
import type { ProblemLog } from './problems.js';
import { strip } from './python-text.js';
import { ConfigTree, INCLUDES } from './tree.js';

/** What exists of the files of a base path (`/etc/fail2ban/jail`), in reading order; hidden ones do not count. */
export function filesOf(base: string): string[] {
  const local = `${base}.local`;
  const conf = `${base}.conf`;
  const dropIns = listFolder(`${base}.d`).filter((name) => !name.startsWith('.'));
  const pick = (suffix: string) =>
    dropIns.filter((name) => name.endsWith(suffix)).map((name) => join(`${base}.d`, name));
  return [conf, ...pick('.conf'), local, ...pick('.local')].filter(existsSync);
}

/** How strictly errors are taken: `throw` at the first one as fail2ban does, or go on and collect them all. */
export interface ReadOptions {
  readonly problems: ProblemLog;
  readonly tolerant?: boolean | undefined;
  /** What to read for an included path; by default the file and the `.local` beside it. */
  readonly included?: ((path: string) => readonly string[]) | undefined;
}

/**
 * Reads the files with their includes. A file that is not UTF-8 is reported and skipped.
 *
 * @throws {ConfigError} a file breaks the grammar (not when tolerant)
 */
export function readTree(files: readonly string[], options: ReadOptions): ConfigTree {
  const tree = new ConfigTree();
  const cache = new Map<string, IniFile | undefined>();
  const parsed = (file: string): IniFile | undefined => {
    if (!cache.has(file)) cache.set(file, readIni(file, options));
    return cache.get(file);
  };
  const order = files.flatMap((file) => withIncludes(file, [], { parsed, options }));
  for (const file of order) {
    const ini = parsed(file);
    if (ini) tree.merge(ini);
  }
  return tree;
}

interface Reading {
  readonly parsed: (file: string) => IniFile | undefined;
  readonly options: ReadOptions;
}

function withIncludes(file: string, ancestors: readonly string[], reading: Reading): string[] {
  const ini = reading.parsed(file);
  if (!ini?.sections.has(INCLUDES)) return [file];
  const seen = [...ancestors, file];
  const list = (option: string) =>
    includesOf(ini, option, reading.options)
      .map((name) => (isAbsolute(name) ? name : join(dirname(file), name)))
      .flatMap(reading.options.included ?? withLocal)
      .filter((path) => !seen.includes(path) && isFile(path))
      .flatMap((path) => withIncludes(path, seen, reading));
  return [...list('before'), file, ...list('after')];
}

function includesOf(ini: IniFile, option: string, options: ReadOptions): string[] {
  const alone = new ConfigTree();
  alone.merge(ini);
  try {
    const value = getOption(alone, [INCLUDES, option])?.text ?? '';
    return value
      .split('\n')
      .map(strip)
      .filter((name) => name !== '');
  } catch (error) {
    if (!options.tolerant) throw error;
    options.problems.addError('error', error);
    return [];
  }
}

/** A file and its `.local`. */
export function withLocal(path: string): string[] {
  const local = `${path.slice(0, path.length - extname(path).length)}.local`;
  return local === path ? [path] : [path, local];
}

function readIni(file: string, { problems, tolerant }: ReadOptions): IniFile | undefined {
  const text = readText(file, problems);
  if (text === undefined) return undefined;
  const ini = parseIni(text, file);
  const [first] = ini.errors;
  if (first && !tolerant) throw first;
  for (const error of ini.errors) problems.addError('error', error);
  return ini;
}

function readText(file: string, problems: ProblemLog): string | undefined {
  let bytes: Buffer;
  try {
    // A pipe that nobody writes to would be waited for without end.
    if (!isReadable(file)) throw new Error('it is not a file');
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EACCES' ? 'permission denied' : message;
    problems.add('error', 'unreadable-file', `Could not read config files: ${file} (${reason})`, {
      origin: { file, line: 1 },
    });
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = lineOfBadByte(bytes);
    problems.add('error', 'not-utf8', `Error decoding config file '${file}': line ${line} is not UTF-8`, {
      origin: { file, line },
      hint: 'Convert the file to UTF-8, with iconv perhaps.',
    });
    return undefined;
  }
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    let end = bytes.indexOf(0x0a, start);
    if (end === -1) end = bytes.length;
    const part = bytes.subarray(start, end);
    if (!Buffer.from(part.toString('utf8')).equals(part)) return line;
    start = end + 1;
  }
  return 1;
}

/** fail2ban's refusal when a base name has no file at all. */
export function noFiles(name: string, dir: string): ConfigError {
  return new ConfigError('no-config', `Found no accessible config files for '${name}' under ${dir}`);
}
