/**
 * Where a value stands in a decoded line: `request.headers.User-Agent.0` → the names and places on the way to it.
 *
 * A dot goes one step down; a name that holds dots or other signs is quoted: `"source.ip"`. A number picks an element of
 * an array. Only own properties count, so `__proto__` and `constructor` are names like any other.
 */
import { PatternError } from '../errors.js';

export type FieldPath = readonly string[];

/** What JSON.parse makes of a line's object. */
export type JsonObject = Readonly<Record<string, unknown>>;

const BARE = /[^\s."',=!~<>()]+/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;

/** A path that begins at `at`, and where it ends. @throws {PatternError} there is none */
export function readPath(text: string, at: number): { path: FieldPath; end: number } {
  const path: string[] = [];
  for (let from = at; ; ) {
    const name = readName(text, from);
    path.push(name.value);
    if (text[name.end] !== '.') return { path, end: name.end };
    from = name.end + 1;
  }
}

/** A quoted text, or one without signs of its own, that begins at `at`. */
function readName(text: string, at: number): { value: string; end: number } {
  QUOTED.lastIndex = BARE.lastIndex = at;
  const quoted = QUOTED.exec(text)?.[0];
  if (quoted !== undefined)
    return { value: unquote(quoted, { pattern: text, index: at }), end: at + quoted.length };
  const bare = BARE.exec(text)?.[0];
  if (bare !== undefined) return { value: bare, end: at + bare.length };
  throw new PatternError('invalid', 'the name of a field is missing', { pattern: text, index: at });
}

/** @throws {PatternError} it is not written as JSON writes texts */
export function unquote(quoted: string, at: { pattern: string; index: number }): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new PatternError('invalid', `${quoted} is no text as JSON writes it`, at);
  }
}

/** Paths with commas between them: the first that a line has is meant. @throws {PatternError} */
export function parsePaths(text: string): FieldPath[] {
  const paths: FieldPath[] = [];
  const blank = /\s*/y;
  for (let at = 0; ; ) {
    blank.lastIndex = at;
    blank.test(text);
    const { path, end } = readPath(text, blank.lastIndex);
    paths.push(path);
    blank.lastIndex = end;
    blank.test(text);
    if (blank.lastIndex === text.length) return paths;
    if (text[blank.lastIndex] !== ',')
      throw new PatternError('invalid', 'a comma or a dot is expected', {
        pattern: text,
        index: blank.lastIndex,
      });
    at = blank.lastIndex + 1;
  }
}

/** What stands there; undefined when nothing does. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (let i = 0; i < path.length; i++) {
    const name = path[i]!;
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(name)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** The first of some paths that leads to something other than null. */
export function firstAt(root: JsonObject, paths: readonly FieldPath[]): unknown {
  for (const path of paths) {
    const value = valueAt(root, path);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** A text, a number, true or false as text; objects and arrays have none, nor have numbers beyond all bounds. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'boolean' ? String(value) : undefined;
}
