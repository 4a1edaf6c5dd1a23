/**
 * What fields come to: a value → an address, a text that dates are looked for in, or one line of text.
 *
 * A decoded text may hold what no log line does: line ends, other control characters, halves of characters. All of it is
 * written out again, so that whatever follows can take it for a piece of a line.
 */
import { type IpAddress, parseAddress } from '../net/address.js';
import { textOf } from './path.js';

/**
 * An address, also with a port (`192.0.2.7:443`, `[2001:db8::7]:443`) or the zone of an interface. Undefined for anything
 * else: names, networks, lists of addresses.
 */
export function addressIn(value: unknown): IpAddress | undefined {
  if (typeof value !== 'string' || value.length > MAX_ADDRESS || value.includes('/')) return undefined;
  const bare =
    /^\[([^\]]*)\](?::\d{1,5})?$/.exec(value)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(value)?.[1];
  return parseAddress((bare ?? value).replace(/^([^%]*:[^%]*)%[\w.-]+$/, '$1'));
}

/** The longest IPv6 address with a zone, brackets and a port. */
const MAX_ADDRESS = 80;

/**
 * Without a datepattern a number counts seconds, or milli-, micro- or nanoseconds where it is that large. Fractions are
 * cut to six digits, which is all that dates have.
 */
export function timeTextOf(value: unknown, hasPattern: boolean): string | undefined {
  const text = textOf(value);
  if (text === undefined || text.length > MAX_TIME) return undefined;
  if (hasPattern || !/^\d+(?:\.\d+)?$/.test(text)) return text.replace(/(\d:\d\d[.,]\d{6})\d+/, '$1');
  const number = Number(text);
  const unit = number >= 1e17 ? 1e9 : number >= 1e14 ? 1e6 : number >= 1e11 ? 1e3 : 1;
  return (number / unit).toFixed(6);
}

const MAX_TIME = 200;

/** The text on one line, without a line end behind it. Undefined for what has no text. */
export function lineOf(value: unknown): string | undefined {
  const text = textOf(value)?.replace(/\r?\n$/, '');
  if (text === undefined || !UNPRINTED.test(text)) return text;
  return text.replace(UNPRINTED_ALL, (sign) =>
    JSON.stringify(sign)
      .slice(1, -1)
      .replace(/^[\x7f-\x9f\u2028\u2029]$/, escaped),
  );
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Controls, line ends of Unicode, halves of characters. */
const UNPRINTED = /[\x00-\x1f\x7f-\x9f\u2028\u2029\p{Surrogate}]/u;
const UNPRINTED_ALL = new RegExp(UNPRINTED.source, 'gu');
