/**
 * Backslash escapes of a Python pattern that stand for one character or a category, in and outside of a set, with
 * Python's refusals. References and places (`\1`, `\b`, `\A` …) are parse.ts's.
 */
import { PatternError } from '../errors.js';
import type { SetItem } from './nodes.js';
import type { Reader } from './reader.js';

export const DIGITS = '0123456789';
const OCTAL_DIGITS = '01234567';
const HEX_DIGITS = '0123456789abcdefABCDEF';

/** What an escape stands for both in and outside of a set. `\b` is a backspace only in a set. */
const CONTROL_ESCAPES: Readonly<Record<string, number>> = {
  '\\a': 7,
  '\\f': 12,
  '\\n': 10,
  '\\r': 13,
  '\\t': 9,
  '\\v': 11,
  '\\\\': 92,
};

/** Any escape within a set. @throws {PatternError} */
export function readSetEscape(reader: Reader, token: string, ascii: boolean): SetItem {
  const category = categoryOf(token, ascii);
  if (category) return category;
  if (token === '\\b') return { kind: 'char', code: 8 };
  const letter = token.charAt(1);
  if (OCTAL_DIGITS.includes(letter)) {
    return { kind: 'char', code: octalValue(reader, token + reader.takeWhile(2, OCTAL_DIGITS)) };
  }
  if (DIGITS.includes(letter)) throw reader.error(`bad escape ${token}`, token.length);
  return { kind: 'char', code: readCharacterEscape(reader, token) };
}

/** An escape that stands for one character, digits aside. @throws {PatternError} */
export function readCharacterEscape(reader: Reader, token: string): number {
  const control = CONTROL_ESCAPES[token];
  if (control !== undefined) return control;
  const coded = codedEscape(reader, token);
  if (coded !== undefined) return coded;
  if (/^\\[A-Za-z]$/.test(token)) throw reader.error(`bad escape ${token}`, token.length);
  return token.codePointAt(1)!;
}

/** `\1` to `\99`: a group; `\0…` and three octal digits: a character. @throws {PatternError} */
export function readNumberEscape(reader: Reader, token: string): { code: number } | { group: string } {
  if (token === '\\0') return { code: Number.parseInt(`0${reader.takeWhile(2, OCTAL_DIGITS)}`, 8) };
  let whole = token + reader.takeWhile(1, DIGITS);
  const octal = whole.length === 3 && [...whole.slice(1)].every((digit) => OCTAL_DIGITS.includes(digit));
  if (octal && reader.next !== undefined && OCTAL_DIGITS.includes(reader.next)) {
    whole += reader.take();
    return { code: octalValue(reader, whole) };
  }
  return { group: whole };
}

/** `\d \D \s \S \w \W` */
export function categoryOf(token: string, ascii: boolean): SetItem | undefined {
  if (token.length !== 2) return undefined;
  const letter = token.charAt(1);
  const category = CATEGORIES[letter.toLowerCase()];
  return category && { kind: 'category', category, negated: letter !== letter.toLowerCase(), ascii };
}

const CATEGORIES: Readonly<Record<string, 'digit' | 'space' | 'word'>> = {
  d: 'digit',
  s: 'space',
  w: 'word',
};

/** `\x41 \u0041 \U00000041 \N{…}`; undefined for other letters. */
function codedEscape(reader: Reader, token: string): number | undefined {
  const letter = token.charAt(1);
  const length = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  if (length > 0) {
    const digits = reader.takeWhile(length, HEX_DIGITS);
    const whole = token + digits;
    if (digits.length !== length) throw reader.error(`incomplete escape ${whole}`, whole.length);
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff) throw reader.error(`bad escape ${whole}`, whole.length);
    return code;
  }
  if (letter !== 'N') return undefined;
  const index = reader.tell() - token.length;
  if (!reader.match('{')) throw reader.error('missing {');
  reader.takeUntil('}', 'character name');
  const message = `character names (\\N{…}) are not supported at position ${index}`;
  throw new PatternError('unsupported', message, { pattern: reader.source, index });
}

function octalValue(reader: Reader, whole: string): number {
  const code = Number.parseInt(whole.slice(1), 8);
  if (code > 0o377) {
    throw reader.error(`octal escape value ${whole} outside of range 0-0o377`, whole.length);
  }
  return code;
}
