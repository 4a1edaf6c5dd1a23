/**
 * `logpath` patterns → files, as Python's `glob` finds them: `*`, `?`, `[…]`; no braces, no recursion, dot files only by
 * a leading dot, and in the order the folder lists them.
 */
import { lstatSync, opendirSync } from 'node:fs';

const MAGIC = /[*?[]/;

/** Paths that exist (a dangling link does), relative ones to the working folder. */
export function glob(pattern: string): string[] {
  if (!MAGIC.test(pattern)) return lexists(pattern) ? [pattern] : [];
  const slash = pattern.lastIndexOf('/');
  const dir = slash === -1 ? '' : pattern.slice(0, slash);
  const base = pattern.slice(slash + 1);
  const dirs = MAGIC.test(dir) ? glob(dir) : [dir];
  const root = slash === 0;
  return dirs.flatMap((found) => {
    const prefix = root ? '/' : slash === -1 ? '' : `${found}/`;
    if (!MAGIC.test(base)) return lexists(prefix + base) ? [prefix + base] : [];
    const matcher = compile(base);
    return list(prefix === '' ? '.' : prefix)
      .filter((name) => (base.startsWith('.') || !name.startsWith('.')) && matcher.test(name))
      .map((name) => prefix + name);
  });
}

/** Would `glob(pattern)` list a file of this path, if it were there? */
export function globMatches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const names = path.split('/');
  return (
    wanted.length === names.length &&
    wanted.every((part, i) => {
      const name = names[i] as string;
      if (!MAGIC.test(part)) return part === name;
      return (part.startsWith('.') || !name.startsWith('.')) && compile(part).test(name);
    })
  );
}

/** Do these characters stand for others in it? */
export function isGlob(pattern: string): boolean {
  return MAGIC.test(pattern);
}

function list(dir: string): string[] {
  try {
    // opendir keeps the folder's own order, which readdir would sort.
    const handle = opendirSync(dir);
    const names: string[] = [];
    for (let entry = handle.readSync(); entry; entry = handle.readSync()) names.push(entry.name);
    handle.closeSync();
    return names;
  } catch {
    return [];
  }
}

function lexists(path: string): boolean {
  try {
    lstatSync(path);
    return path !== '';
  } catch {
    return false;
  }
}

function compile(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (char === '[') {
      const from = pattern[at + 1] === '!' ? at + 2 : at + 1;
      const close = pattern.indexOf(']', from + (pattern[from] === ']' ? 1 : 0));
      if (close === -1) source += '\\[';
      else {
        const set = pattern.slice(from, close).replace(/[\\\]^[]/g, '\\$&');
        source += `[${from === at + 2 ? '^' : ''}${set}]`;
        at = close;
      }
    } else source += char.replace(/[\\^$.|+(){}\]/]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return /(?!)/;
  }
}
