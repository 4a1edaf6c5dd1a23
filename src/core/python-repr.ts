/**
 * Values in Python's literal notation, as `repr` prints them: command streams, group dictionaries, error texts.
 *
 * Input: JavaScript values; `PyFloat` and `PyTuple` say what JavaScript cannot. Numbers without fraction print as
 * int, bigint as int, others as float. Output is one line.
 */

/** A number that Python holds as float, so that 600 prints as `600.0`. */
export class PyFloat {
  constructor(readonly value: number) {}
  toString(): string {
    return reprFloat(this.value);
  }
}

/** Prints in parentheses instead of brackets. */
export class PyTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/**
 * Python's `repr(value)`. `null` and `undefined` are None; Map and plain objects are dicts; Sets are sets.
 *
 * @example repr(["it's", 3, true, null]) === `["it's", 3, True, None]`
 */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  switch (typeof value) {
    case 'string':
      return reprString(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isInteger(value) ? BigInt(value).toString() : reprFloat(value);
    default:
      return reprObject(value);
  }
}

/** Python's `str(value)`: a string as it is, everything else as `repr`. */
export function str(value: unknown): string {
  return typeof value === 'string' ? value : repr(value);
}

function reprObject(value: unknown): string {
  if (value instanceof PyFloat) return reprFloat(value.value);
  if (value instanceof PyTuple) {
    const items = value.items.map(repr);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Set) return value.size === 0 ? 'set()' : `{${[...value].map(repr).join(', ')}}`;
  const entries = isMap(value) ? [...value] : Object.entries(value as object);
  return `{${entries.map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`;
}

/** A Map, or what behaves as one. */
function isMap(value: unknown): value is Iterable<[unknown, unknown]> {
  return value instanceof Map || (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] !== undefined;
}

/** Shortest digits that round-trip, always with `.` or exponent; exponent form from 1e16 and below 1e-4. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    const sign = exponent.startsWith('-') ? '-' : '+';
    return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** Quotes as Python does: single, unless the text holds `'` and no `"`; whatever is not printable is escaped. */
export function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  if (PLAIN.test(text)) return quote + text + quote;
  let out = quote;
  for (const char of text) out += escapeChar(char, quote);
  return out + quote;
}

const PLAIN = /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/;
/** What Python's str.isprintable refuses: controls, format characters, surrogates, private use, unassigned, separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeChar(char: string, quote: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  if (char === quote) return `\\${char}`;
  if (char === ' ' || !UNPRINTABLE.test(char)) return char;
  const code = char.codePointAt(0) as number;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  if (code <= 0xffff) return `\\u${hex(code, 4)}`;
  return `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}
