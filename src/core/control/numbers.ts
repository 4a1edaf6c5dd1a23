/** Control stage: words → numbers, refused as Python refuses them. */
import { parseInteger } from '../config/values.js';
import { reprString } from '../python-repr.js';
import { valueError } from './command-error.js';

/** Python's `int(word)`. @throws {CommandError} */
export function integerOf(word: string): number {
  const number = parseInteger(word);
  if (number === undefined) throw valueError(`invalid literal for int() with base 10: ${reprString(word)}`);
  if (typeof number === 'bigint') throw valueError(`${number} is too large a number`);
  return number;
}

/** Python's `float(word)`, of finite numbers. @throws {CommandError} */
export function floatOf(word: string): number {
  const number = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(word) ? Number(word) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw valueError(`could not convert string to float: ${reprString(word)}`);
}
