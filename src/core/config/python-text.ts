/**
 * The handful of Python string habits that configuration text depends on, where JavaScript's differ.
 */

/** Python's str.isspace as the inside of a character class: no U+FEFF, but U+001C–U+001F and U+0085. */
export const BLANKS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${BLANKS}]+`);
const TRAILING = new RegExp(`[${BLANKS}]+$`);
const RUN = new RegExp(`[${BLANKS}]+`);
const ONE = new RegExp(`^[${BLANKS}]$`);

/** str.strip() */
export function strip(text: string): string {
  return text.replace(LEADING, '').replace(TRAILING, '');
}

/** str.rstrip() */
export function stripEnd(text: string): string {
  return text.replace(TRAILING, '');
}

/** str.split() without arguments. */
export function splitBlanks(text: string): string[] {
  const inner = strip(text);
  return inner === '' ? [] : inner.split(RUN);
}

/** str.isspace() of one character. */
export function isBlank(char: string): boolean {
  return ONE.test(char);
}

/** Width of the blank start of a line; the whole length when there is nothing else. */
export function indentOf(line: string): number {
  return LEADING.exec(line)?.[0].length ?? 0;
}
