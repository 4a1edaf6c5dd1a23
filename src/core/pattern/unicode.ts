/**
 * What `\w`, `\d`, `\s` and `(?i)` mean to Python 3.11 (Unicode 14), whatever Unicode version this Node carries.
 *
 * The tables in unicode-data.ts were asked from Python itself; here they become bodies of character classes for
 * generate.ts, and predicates over code points for exact.ts and literals.ts. Tables are unpacked on first use.
 */
import type { CaseFold } from './nodes.js';
import { DIGIT_BODY, EXTRA_EQUAL, LOWER_RUNS, SPACE_BODY, WORD_BODY } from './unicode-data.js';

/** Bodies for the inside of `[...]` in a RegExp with the `u` flag: Python's meaning for str patterns. */
export const WORD = WORD_BODY;
export const DIGIT = DIGIT_BODY;
export const SPACE = SPACE_BODY;

/** The same under `(?a)`; also exact for any text that is ASCII only, save that `\s` then has U+001C–U+001F too. */
export const WORD_ASCII = '0-9A-Z_a-z';
export const DIGIT_ASCII = '0-9';
export const SPACE_ASCII = '\\x09-\\x0d\\x20';

/** The ASCII members of the Unicode `\s`, for programs that run on ASCII text only. */
export const SPACE_IN_ASCII = '\\x09-\\x0d\\x1c-\\x20';

export type Category = 'word' | 'digit' | 'space';

/** Ascending `from, to, from, to …`, both ends included. */
export type Ranges = readonly number[];

/**
 * Ranges of a category, or of its complement (which reaches from 0 to 0x10FFFF and so holds surrogates too).
 * The result is shared: do not change it.
 */
export function categoryRanges(category: Category, ascii: boolean, negated: boolean): Ranges {
  const key = `${category} ${ascii} ${negated}`;
  let found = rangeCache.get(key);
  if (!found) {
    const body = (ascii ? ASCII_BODIES : UNICODE_BODIES)[category];
    found = negated ? complement(parseBody(body)) : parseBody(body);
    rangeCache.set(key, found);
  }
  return found;
}

/** Class body for a category; `negated` gives `\W`, `\D`, `\S` as a body that can stand beside other members. */
export function categoryBody(category: Category, ascii: boolean, negated: boolean): string {
  if (!negated) return (ascii ? ASCII_BODIES : UNICODE_BODIES)[category];
  const key = `${category} ${ascii}`;
  let found = bodyCache.get(key);
  if (found === undefined) {
    found = rangesToBody(categoryRanges(category, ascii, true));
    bodyCache.set(key, found);
  }
  return found;
}

/** Writes ranges as a class body for a RegExp with the `u` flag. */
export function rangesToBody(ranges: Ranges): string {
  let out = '';
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    const to = ranges[i + 1] as number;
    out += escapeCode(from);
    if (to > from) out += (to > from + 1 ? '-' : '') + escapeCode(to);
  }
  return out;
}

/** Is `code` within the ranges? */
export function inRanges(ranges: Ranges, code: number): boolean {
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (code > (ranges[middle * 2 + 1] as number)) low = middle + 1;
    else high = middle;
  }
  return low * 2 < ranges.length && code >= (ranges[low * 2] as number);
}

/** Everything from 0 to 0x10FFFF that is not within the ranges. */
export function complement(ranges: Ranges): Ranges {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    if (from > next) out.push(next, from - 1);
    next = (ranges[i + 1] as number) + 1;
  }
  if (next <= 0x10ffff) out.push(next, 0x10ffff);
  return out;
}

/** Python's `\w`. */
export function isWord(code: number, ascii = false): boolean {
  if (code < 0x80) return ASCII_KIND[code] === WORD_KIND || ASCII_KIND[code] === DIGIT_KIND;
  return !ascii && inRanges(categoryRanges('word', false, false), code);
}

/** Python's `\d`. */
export function isDigit(code: number, ascii = false): boolean {
  if (code < 0x80) return ASCII_KIND[code] === DIGIT_KIND;
  return !ascii && inRanges(categoryRanges('digit', false, false), code);
}

/** Python's `\s`; U+001C–U+001F only without `(?a)`. */
export function isSpace(code: number, ascii = false): boolean {
  if (code < 0x80)
    return ASCII_KIND[code] === SPACE_KIND || (!ascii && ASCII_KIND[code] === SPACE_IN_UNICODE_KIND);
  return !ascii && inRanges(categoryRanges('space', false, false), code);
}

/**
 * Every code point that IGNORECASE takes for equal to `code`, itself included, ascending. The relation is an
 * equivalence: `k`, `K` and U+212A are equal to each other, and so are `i`, `I`, U+0130 and U+0131.
 */
export function caseVariants(code: number, fold: Exclude<CaseFold, false>): readonly number[] {
  if (fold === 'ascii') {
    const other = asciiLower(code) !== code ? code + 32 : asciiUpper(code) !== code ? code - 32 : code;
    return other === code ? [code] : [Math.min(code, other), Math.max(code, other)];
  }
  return caseTables().variants.get(code) ?? [code];
}

/** The code points that have a partner under IGNORECASE, ascending; for folding whole ranges. */
export function casedCodes(): readonly number[] {
  return caseTables().cased;
}

/**
 * Simple lower case: what back-references compare under IGNORECASE (they know none of the extra pairs of
 * caseVariants: Python's `(?i)(s)\1` does not match `s` + U+017F though `(?i)s` matches U+017F).
 */
export function toLower(code: number, fold: Exclude<CaseFold, false>): number {
  if (code < 0x80 || fold === 'ascii') return asciiLower(code);
  return caseTables().lower.get(code) ?? code;
}

const UNICODE_BODIES: Record<Category, string> = { word: WORD, digit: DIGIT, space: SPACE };
const ASCII_BODIES: Record<Category, string> = { word: WORD_ASCII, digit: DIGIT_ASCII, space: SPACE_ASCII };

const rangeCache = new Map<string, Ranges>();
const bodyCache = new Map<string, string>();

const WORD_KIND = 1;
const DIGIT_KIND = 2;
const SPACE_KIND = 3;
const SPACE_IN_UNICODE_KIND = 4;
const ASCII_KIND = asciiKinds();

function asciiKinds(): Uint8Array {
  const kinds = new Uint8Array(0x80);
  const put = (from: number, to: number, kind: number): void => void kinds.fill(kind, from, to + 1);
  put(0x41, 0x5a, WORD_KIND);
  put(0x61, 0x7a, WORD_KIND);
  put(0x5f, 0x5f, WORD_KIND);
  put(0x30, 0x39, DIGIT_KIND);
  put(0x09, 0x0d, SPACE_KIND);
  put(0x20, 0x20, SPACE_KIND);
  put(0x1c, 0x1f, SPACE_IN_UNICODE_KIND);
  return kinds;
}

function asciiLower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 32 : code;
}

function asciiUpper(code: number): number {
  return code >= 0x61 && code <= 0x7a ? code - 32 : code;
}

interface CaseTables {
  readonly lower: ReadonlyMap<number, number>;
  readonly variants: ReadonlyMap<number, readonly number[]>;
  readonly cased: readonly number[];
}

let cachedTables: CaseTables | undefined;

function caseTables(): CaseTables {
  cachedTables ??= unpackCaseTables();
  return cachedTables;
}

function unpackCaseTables(): CaseTables {
  const lower = new Map<number, number>();
  const byLower = new Map<number, number[]>();
  for (const run of LOWER_RUNS.split(' ')) {
    const [first = '', last = '', step = '', delta = ''] = run.split(',');
    for (let code = Number.parseInt(first, 16); code <= Number.parseInt(last, 16); code += Number(step)) {
      const low = code + Number(delta);
      lower.set(code, low);
      const group = byLower.get(low);
      if (group) group.push(code);
      else byLower.set(low, [low, code]);
    }
  }
  const variants = new Map<number, readonly number[]>();
  const enter = (group: number[]): void => {
    const sorted = group.sort((a, b) => a - b);
    for (const code of sorted) variants.set(code, sorted);
  };
  for (const group of byLower.values()) enter(group);
  for (const words of EXTRA_EQUAL.split(' '))
    enter(words.split(',').map((word) => Number.parseInt(word, 16)));
  return { lower, variants, cased: [...variants.keys()].sort((a, b) => a - b) };
}

/** Reads a body made of single characters, escapes and ranges. */
function parseBody(body: string): Ranges {
  const one = '\\\\x..|\\\\u\\{\\w+\\}|\\\\u....|[^\\\\]';
  const out: number[] = [];
  for (const match of body.matchAll(new RegExp(`(${one})(?:-(${one}))?`, 'g'))) {
    const from = codeOf(match[1] as string);
    out.push(from, match[2] === undefined ? from : codeOf(match[2]));
  }
  return merged(out);
}

function codeOf(text: string): number {
  return text[0] === '\\' ? Number.parseInt(text.replace(/[^0-9a-f]/g, ''), 16) : text.charCodeAt(0);
}

function merged(ranges: readonly number[]): Ranges {
  const out: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    const to = ranges[i + 1] as number;
    if (out.length > 0 && out.at(-1) === from - 1) out[out.length - 1] = to;
    else out.push(from, to);
  }
  return out;
}

function escapeCode(code: number): string {
  if ((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a))
    return String.fromCharCode(code);
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}
