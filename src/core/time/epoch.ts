/**
 * Dates that are numbers: seconds since 1970 with their fractions, and TAI64N labels.
 *
 * Regex texts for both (what `--verbose-date` prints) and the texts they match → Stamp. Source: filter.md §2.2 no. 8 and
 * 17, §2.4.
 */
import { LINE_BEGIN, WORD_END } from './boundaries.js';
import type { Stamp } from './detector.js';

/** The digits: seconds of 10 or 11 digits; `long` ones also in milli- and microseconds. */
export function epochDigits(long: boolean): string {
  return long ? '\\d{10,11}(?:\\d{3}(?:\\.\\d{1,6}|\\d{3})?)?' : '\\d{10,11}\\b(?:\\.\\d{3,6})?';
}

/** At line start, in brackets there, or (not when anchored) as audit records have it. */
export function epochRegex(anchored: boolean, long: boolean): string {
  const digits = epochDigits(long);
  const square = '(?P<square>(?<=^\\[))';
  if (anchored) return `${LINE_BEGIN}(${square}?${digits})(?(square)(?=\\]))${WORD_END}`;
  const selinux = '(?P<selinux>(?<=\\baudit\\())';
  return `((?:^|${square}|${selinux})${digits})(?:(?(selinux)(?=:\\d+\\)))|(?(square)(?=\\])))${WORD_END}`;
}

export function tai64nRegex(anchored: boolean): string {
  return `${anchored ? LINE_BEGIN : ''}(@[0-9a-f]{24})${WORD_END}`;
}

/** A long number counts milliseconds (13 digits before the point) or microseconds (16). */
export function readEpoch(text: string): Stamp | undefined {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) return undefined;
  const whole = text.indexOf('.') < 0 ? text.length : text.indexOf('.');
  const unit = whole >= 16 ? 1e6 : whole >= 13 ? 1e3 : 1;
  return { epochSec: value / unit, kind: 'float' };
}

/** Seconds are in the hexadecimal digits 2 to 16; leap seconds are not taken off. */
export function readTai64n(text: string): Stamp {
  return { epochSec: Number.parseInt(text.slice(2, 17), 16), kind: 'int' };
}
