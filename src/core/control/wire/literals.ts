/**
 * Wire: values that pickles write as text: all of protocol 0, and what Python 2 calls a string.
 */
import { PyFloat, type Value } from '../values.js';
import { PickleError } from './pickled.js';

/** Text of Python 2. */
export function asciiOf(bytes: Buffer): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new PickleError("'ascii' codec can't decode the text");
  return bytes.toString('latin1');
}

export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Protocol 0: digits, perhaps with Python 2's `L`; `00` and `01` are the booleans. */
export function integerOf(line: string): Value {
  if (line === '00' || line === '01') return line === '01';
  const digits = line.replace(/L$/, '');
  if (!/^-?\d{1,160}$/.test(digits))
    throw new PickleError(`invalid literal for int() with base 10: '${shown(line)}'`);
  return plainInteger(BigInt(digits));
}

export function floatOf(line: string): PyFloat {
  const special: Readonly<Record<string, number>> = {
    inf: Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
    nan: Number.NaN,
  };
  const value = special[line] ?? (/^[-+\d.eE]+$/.test(line) ? Number(line) : undefined);
  if (value === undefined || (Number.isNaN(value) && line !== 'nan')) {
    throw new PickleError(`could not convert string to float: '${shown(line)}'`);
  }
  return new PyFloat(value);
}

export function indexOf(line: string): number {
  if (!/^\d{1,9}$/.test(line))
    throw new PickleError(`invalid literal for int() with base 10: '${shown(line)}'`);
  return Number(line);
}

/** Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. */
export function rawUnicode(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g, (_, short?: string, long?: string) => {
      const code = Number.parseInt(short ?? long ?? '', 16);
      if (code > 0x10ffff) throw new PickleError('\\Uxxxxxxxx out of range');
      return String.fromCodePoint(code);
    });
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** A string literal of Python 2. */
export function unquote(literal: string): string {
  const quote = literal[0];
  if (literal.length < 2 || (quote !== "'" && quote !== '"') || literal.at(-1) !== quote) {
    throw new PickleError('the STRING opcode argument must be quoted');
  }
  return literal
    .slice(1, -1)
    .replace(/\\(?:x([\da-fA-F]{2})|(.))/g, (whole, hex?: string, char?: string) =>
      hex === undefined ? (ESCAPES[char as string] ?? whole) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** For a message. */
export function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
