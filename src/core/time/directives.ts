/**
 * strptime directives: `%ExY` → a regular expression with named groups, and the word it is shown by.
 *
 * Stage: date patterns, before any line is read. Input is a pattern as written (`%d/%b/%Y`), output Python regex text
 * and the display name. Group names are what fields.ts reads (Y, m, d, H …); `%Ex…` are fail2ban's stricter forms.
 * Holds always: a directive's own text opens no unnamed group.
 * Source: `fail2ban-regex --VD` prints these texts, and users see them there; regex.md §4, filter.md §2.3.
 */
import { DateError } from '../errors.js';

export interface Directive {
  /** Python syntax. */
  readonly regex: string;
  /** What `Date template hits` shows instead of it. */
  readonly name: string;
}

/** Templates with one of these match without regard to case: their words are listed in lower case. */
const WORDS = new Set(['a', 'A', 'b', 'B', 'p', 'c']);

const DAYS = 'mon|tue|wed|thu|fri|sat|sun';
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const DAY_NAMES = 'wednesday|thursday|saturday|tuesday|monday|friday|sunday';
const MONTH_NAMES = 'september|february|november|december|january|october|august|march|april|june|july|may';
const OFFSET = '[+-][01]\\d(?::?\\d{2})?';
/** A zone of which all that it matches can be read. */
const PLAIN_ZONE = `(?P<z>Z|UTC|GMT|${OFFSET})`;

/** May a zone that is not known stand in a date of this regex? */
export function hasZoneNames(regex: string): boolean {
  return /\(\?P<[zZ]>/.test(regex.replaceAll(PLAIN_ZONE, ''));
}
const CAPITALS = '[A-Z](?:[A-Z]{2,4})?';

const MONTH_C = '(?P<m>1[0-2]|0[1-9]|[1-9])';
const DAY_C = '(?P<d>3[0-1]|[1-2]\\d|0[1-9]|[1-9]| [1-9])';
const TIME_C = '(?P<H>2[0-3]|[0-1]\\d|\\d):(?P<M>[0-5]\\d|\\d):(?P<S>6[0-1]|[0-5]\\d|\\d)';

/** [directive, regex, name]; a name is left out where the directive itself is shown. */
const TABLE: readonly (readonly [string, string, string?])[] = [
  ['a', `(?P<a>${DAYS})`, 'DAY'],
  ['A', `(?P<A>${DAY_NAMES})`, 'DAYNAME'],
  ['b', `(?P<b>${MONTHS})`, 'MON'],
  ['B', `(?P<B>${MONTH_NAMES})`, 'MONTH'],
  ['c', `(?P<a>${DAYS})\\s+(?P<b>${MONTHS})\\s+${DAY_C}\\s+${TIME_C}\\s+(?P<Y>\\d\\d\\d\\d)`],
  ['d', '(?P<d>[1-2]\\d|[0 ]?[1-9]|3[0-1])', 'Day'],
  ['f', '(?P<f>[0-9]{1,6})', 'Microseconds'],
  ['G', '(?P<G>\\d\\d\\d\\d)'],
  ['H', '(?P<H>[0-1]?\\d|2[0-3])', '24hour'],
  ['I', '(?P<I>1[0-2]|0[1-9]|[1-9])', '12hour'],
  ['j', '(?P<j>36[0-6]|3[0-5]\\d|[1-2]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9])', 'Yearday'],
  ['k', ' ?(?P<H>[0-2]?\\d)'],
  ['l', ' ?(?P<I>1?\\d)'],
  ['m', '(?P<m>0?[1-9]|1[0-2])', 'Month'],
  ['M', '(?P<M>[0-5]?\\d)', 'Minute'],
  ['p', '(?P<p>am|pm)', 'AMPM'],
  ['S', '(?P<S>[0-5]?\\d|6[0-1])', 'Second'],
  ['u', '(?P<u>[1-7])'],
  ['U', '(?P<U>5[0-3]|[0-4]\\d|\\d)', 'Yearweek'],
  ['V', '(?P<V>5[0-3]|0[1-9]|[1-4]\\d|\\d)'],
  ['w', '(?P<w>[0-6])', 'Weekday'],
  ['W', '(?P<W>5[0-3]|[0-4]\\d|\\d)', 'Yearweek'],
  ['x', `${MONTH_C}/${DAY_C}/(?P<y>\\d\\d)`],
  ['X', TIME_C],
  ['y', '(?P<y>\\d\\d)', 'Year2'],
  ['Y', '(?P<Y>\\d{4})', 'Year'],
  ['z', PLAIN_ZONE, 'Zone offset'],
  ['Z', '(?P<Z>Z|[A-Z]{3,5})', 'Zone name'],
  ['%', '%', '%'],
  ['Exd', '(?P<d>[1-2]\\d|0[1-9]|3[0-1])', 'ExDay'],
  ['ExH', '(?P<H>[0-1]\\d|2[0-3])', 'Ex24hour'],
  ['Exk', ' ?(?P<H>[0-1]?\\d|2[0-3])'],
  ['Exl', ' ?(?P<I>1[0-2]|\\d)'],
  ['Exm', '(?P<m>0[1-9]|1[0-2])', 'ExMonth'],
  ['ExM', '(?P<M>[0-5]\\d)', 'ExMinute'],
  ['ExS', '(?P<S>[0-5]\\d|6[0-1])', 'ExSecond'],
  ['Exy', '(?P<y>\\d{2})', 'ExYear2'],
  ['Exz', `(?P<z>(?:${CAPITALS})?${OFFSET}|${CAPITALS})`, 'ExZone offset'],
  ['ExZ', `(?P<Z>${CAPITALS})`, 'ExZone name'],
];

/** All directives as they are in a given year: the window of `%ExY` ends with the decade three years ahead. */
export function directivesFor(year: number): ReadonlyMap<string, Directive> {
  const map = new Map<string, Directive>();
  for (const [key, regex, name] of TABLE) map.set(key, { regex, name: name ?? `%${key}` });
  map.set('ExY', { regex: `(?P<Y>${decades(year + 3)}\\d)`, name: 'ExYear' });
  return map;
}

/** `20[012]` for years up to 2029: the decades from 2000 on, as briefly as they can be written. */
function decades(lastYear: number): string {
  const last = Math.max(200, Math.floor(lastYear / 10));
  const all = Array.from({ length: last - 199 }, (_, i) => String(200 + i));
  if (all.length === 1) return '200';
  if (last < 210) return `20[${all.map((decade) => decade.slice(2)).join('')}]`;
  return `2(?:${all.map((decade) => decade.slice(1)).join('|')})`;
}

export interface Expanded {
  /** Regex text with every directive replaced; `(?iu)` in front when letters may be of either case. */
  readonly regex: string;
  /** The pattern with words for directives. */
  readonly name: string;
}

/**
 * Replaces the directives of a pattern.
 * @throws {DateError} for `%q`, or a `%` at the end: Python's `%` formatting refuses these, in these words.
 */
export function expandDirectives(pattern: string, directives: ReadonlyMap<string, Directive>): Expanded {
  let regex = '';
  let name = '';
  let words = false;
  let count = 0;
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf('%', at);
    const literal = pattern.slice(at, percent < 0 ? pattern.length : percent);
    regex += literal;
    name += literal;
    if (percent < 0) break;
    const key = keyAt(pattern, percent + 1, directives);
    if (key === undefined) throw refusal(pattern, percent + 1, count);
    const directive = directives.get(key) as Directive;
    regex += directive.regex;
    name += directive.name;
    words ||= WORDS.has(key);
    count += 1;
    at = percent + 1 + key.length;
  }
  return { regex: words ? `(?iu)${regex}` : regex, name };
}

function keyAt(pattern: string, at: number, directives: ReadonlyMap<string, Directive>): string | undefined {
  for (const key of [pattern.slice(at, at + 3), pattern.slice(at, at + 1)]) {
    if (directives.has(key)) return key;
  }
  return undefined;
}

/** Every directive before the place became three characters longer (`%(Y)s`) in the text Python complains about. */
function refusal(pattern: string, at: number, earlier: number): DateError {
  const char = pattern.slice(at, at + 1);
  const code = char.codePointAt(0)?.toString(16);
  const reason =
    char === ''
      ? 'incomplete format'
      : 'eEfFgG'.includes(char)
        ? 'must be real number, not dict'
        : `unsupported format character '${char}' (0x${code}) at index ${at + 3 * earlier}`;
  return new DateError(
    'date-pattern',
    `Failed to set datepattern '${pattern}' (may be an invalid format or unescaped percent char): ${reason}`,
    { hint: 'Write %% for a percent sign of the log itself.' },
  );
}
