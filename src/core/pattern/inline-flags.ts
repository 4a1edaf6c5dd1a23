/**
 * Inline flags of a Python pattern: from the first letter of `(?im…` on, to what they switch on and off, with Python's
 * refusals. What they then mean for the nodes is folded in by parse.ts.
 */
import { codePointLength, type Reader } from './reader.js';

/** The flags in force at a place of the pattern. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

export type FlagName = keyof Flags | 'unicode' | 'locale' | 'template';

const FLAG_LETTERS: Readonly<Record<string, FlagName>> = {
  i: 'ignoreCase',
  L: 'locale',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
  a: 'ascii',
  t: 'template',
  u: 'unicode',
};
const TYPE_FLAGS: readonly FlagName[] = ['ascii', 'unicode', 'locale'];

export interface InlineFlags {
  /** `(?i)`: for the whole pattern; otherwise `(?i:…)`. */
  readonly global: boolean;
  readonly on: ReadonlySet<FlagName>;
  readonly off: ReadonlySet<FlagName>;
}

export function startsFlags(char: string): boolean {
  return char === '-' || char in FLAG_LETTERS;
}

/**
 * Reads flags up to and including their `)` or `:`; `first` is a flag letter or `-`.
 * @throws {PatternError}
 */
export function readFlags(reader: Reader, first: string): InlineFlags {
  const on = new Set<FlagName>();
  const off = new Set<FlagName>();
  let char = first;
  if (char !== '-') {
    for (;;) {
      if (char === 'L') throw reader.error("bad inline flags: cannot use 'L' flag with a str pattern");
      on.add(FLAG_LETTERS[char]!);
      if (TYPE_FLAGS.includes(FLAG_LETTERS[char]!) && TYPE_FLAGS.filter((flag) => on.has(flag)).length > 1) {
        throw reader.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
      }
      char = takeFlag(reader, 'missing -, : or )', ')-:');
      if (')-:'.includes(char)) break;
    }
  }
  if (char === ')') return { global: true, on, off };
  if (on.has('template')) throw reader.error('bad inline flags: cannot turn on global flag', 1);
  if (char === '-') {
    char = takeFlag(reader, 'missing flag', '');
    for (;;) {
      const flag = FLAG_LETTERS[char]!;
      if (TYPE_FLAGS.includes(flag)) {
        throw reader.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
      }
      off.add(flag);
      char = takeFlag(reader, 'missing :', ':');
      if (char === ':') break;
    }
  }
  if (off.has('template')) throw reader.error('bad inline flags: cannot turn off global flag', 1);
  for (const flag of on) {
    if (off.has(flag)) throw reader.error('bad inline flags: flag turned on and off', 1);
  }
  return { global: false, on, off };
}

/** The next flag letter, or one of `ends`. */
function takeFlag(reader: Reader, missing: string, ends: string): string {
  const char = reader.take();
  if (char === undefined) throw reader.error(missing);
  if (ends.includes(char) || char in FLAG_LETTERS) return char;
  const message = /^\p{Alphabetic}$/u.test(char) ? 'unknown flag' : missing;
  throw reader.error(message, codePointLength(char));
}

/** The flags within a group that switches some. */
export function flagsWithin(outer: Flags, { on, off }: InlineFlags): Flags {
  const now = (flag: keyof Flags): boolean => (outer[flag] || on.has(flag)) && !off.has(flag);
  return {
    ignoreCase: now('ignoreCase'),
    multiline: now('multiline'),
    dotAll: now('dotAll'),
    verbose: now('verbose'),
    ascii: now('ascii') && !on.has('unicode'),
  };
}

/** The flags of the whole pattern after one more `(?…)`. */
export function flagsWith(flags: Flags, on: ReadonlySet<FlagName>): Flags {
  // `(?a)` and `(?u)` together are refused in the end; until then neither takes the other back.
  const ascii = flags.ascii || on.has('ascii');
  return { ...flagsWithin(flags, { global: true, on, off: new Set() }), ascii };
}
