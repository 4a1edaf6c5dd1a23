/**
 * Raw text → typed value, as fail2ban converts it. Nothing here warns: the caller knows which option it was.
 */
import { strip } from './python-text.js';

/** `1`, `on`, `true`, `yes` in any case are true, everything else is false. */
export function parseBool(text: string): boolean {
  return TRUE.has(text.toLowerCase());
}

/** Does the text say yes or no at all? Anything else silently is `no` for fail2ban. */
export function saysYesOrNo(text: string): boolean {
  return TRUE.has(text.toLowerCase()) || FALSE.has(text.toLowerCase());
}

const TRUE = new Set(['1', 'on', 'true', 'yes']);
const FALSE = new Set(['0', 'off', 'false', 'no']);

/** Python's `int(text)`: blanks around, a sign, digits of any script, single underscores between digits. Undefined when it would refuse. */
export function parseInteger(text: string): number | bigint | undefined {
  const digits = strip(text);
  if (!/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(digits)) return undefined;
  const value = BigInt(digits.replace(/^\+|_/g, '').replace(/(?!\d)\p{Nd}/gu, plainDigit));
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Python counts with the digits of all scripts. Unicode has them in rows of ten, from zero on. */
function plainDigit(digit: string): string {
  const code = digit.codePointAt(0) as number;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

const LIST_SEPARATOR = /[ ,\n]+/;

/** Words separated by any run of spaces, commas and newlines (`ignoreip`); a tab alone separates nothing. */
export function splitList(text: string): string[] {
  return text
    .split(LIST_SEPARATOR)
    .map(strip)
    .filter((word) => word !== '');
}
