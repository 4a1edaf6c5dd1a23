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

/** Python's `int(text)`: blanks around, a sign, single underscores between digits. Undefined when it would refuse. */
export function parseInteger(text: string): number | bigint | undefined {
  const digits = strip(text);
  if (!/^[+-]?\d+(?:_\d+)*$/.test(digits)) return undefined;
  const value = BigInt(digits.replaceAll('_', '').replace(/^\+/, ''));
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

const LIST_SEPARATOR = /[ ,\n]+/;

/** Words separated by any run of spaces, commas and newlines (`ignoreip`); a tab alone separates nothing. */
export function splitList(text: string): string[] {
  return text
    .split(LIST_SEPARATOR)
    .map(strip)
    .filter((word) => word !== '');
}
