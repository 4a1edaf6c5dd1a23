/**
 * Named groups of a date match → the moment they mean.
 *
 * Input: group name and text in order of definition (a later one overrules an earlier one of the same meaning), the
 * present and the zone for lines that name none. Output: a Stamp, or undefined when there is no such date, together
 * with the span of "now" for which this answer holds: a date without a year means another year as time goes by.
 * Fractions of a second are not used. Source: filter.md §2.6.
 */
import { DateError } from '../errors.js';
import type { Stamp } from './detector.js';
import {
  type CalendarDay,
  dayFromNumber,
  dayNumber,
  isCalendarDay,
  localDay,
  localEpochSec,
  zonedEpochSec,
} from './local-time.js';
import { parseZone } from './zones.js';

/** What a date text means while `fromSec` ≤ now < `untilSec`. */
export interface Reading {
  readonly stamp: Stamp | undefined;
  readonly fromSec: number;
  readonly untilSec: number;
}

export interface ReadingContext {
  readonly nowSec: number;
  /** Minutes east of UTC of `logtimezone`; undefined for the local zone. */
  readonly zoneMinutes: number | undefined;
}

export const ALWAYS = { fromSec: -Infinity, untilSec: Infinity } as const;

const DAY_SEC = 86_400;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAMES = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** What was written, before anything is filled in. */
interface Fields {
  year?: number;
  month?: number;
  day?: number;
  hour: number;
  minute: number;
  second: number;
  yearDay?: number;
  week?: { readonly number: number; readonly firstDay: 'sunday' | 'monday' };
  /** 0 is Monday. */
  weekday?: number;
  zoneMinutes?: number;
}

export type NamedGroups = ReadonlyMap<string, string | undefined>;

/**
 * Is `readFields` sure not to throw? `always`: the groups that take part in every match, `names`: all there are,
 * `hasZoneNames`: zones may have names that are not known.
 */
export function isSafelyRead(
  names: Iterable<string>,
  always: ReadonlySet<string>,
  hasZoneNames: boolean,
): boolean {
  if (hasZoneNames) return false;
  const all = new Set(names);
  const hasMonth = ['m', 'b', 'B'].some((name) => always.has(name));
  if (hasMonth && always.has('d')) return true;
  return !['m', 'b', 'B', 'd'].some((name) => all.has(name));
}

/**
 * @throws {DateError} when only one of month and day is known, or the zone's abbreviation is not.
 */
export function readFields(groups: NamedGroups, context: ReadingContext): Reading {
  const fields = collect(groups);
  if (!fields) return { stamp: undefined, ...ALWAYS };
  const zone = fields.zoneMinutes ?? context.zoneMinutes;
  const today = zone === undefined ? localDay(context.nowSec) : zonedDay(context.nowSec, zone);
  const year = fields.year ?? today.year;
  const day = dayOf(fields, year) ?? { year, month: today.month, day: today.day };
  const second = secondOfDay(fields);
  const present = stampAt(day, second, zone);
  if (isToday(fields)) {
    const span = { fromSec: epochSec(today, 0, zone), untilSec: epochSec(shiftDay(today, 1), 0, zone) };
    return resolve(present, () => stampAt(shiftDay(day, -1), second, zone), 0, context.nowSec, span);
  }
  if (fields.year === undefined) {
    const span = {
      fromSec: epochSec({ year: today.year, month: 1, day: 1 }, 0, zone),
      untilSec: epochSec({ year: today.year + 1, month: 1, day: 1 }, 0, zone),
    };
    const yearBefore = { year: day.year - 1, month: day.month, day: day.day };
    return resolve(present, () => stampAt(yearBefore, second, zone), DAY_SEC, context.nowSec, span);
  }
  return { stamp: present, ...ALWAYS };
}

/** NaN when no clock shows such a time (24:00, :60). */
function secondOfDay({ hour, minute, second }: Fields): number {
  const valid = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  return valid ? hour * 3600 + minute * 60 + second : Number.NaN;
}

/** Undefined when the calendar has no such moment. */
function stampAt(day: CalendarDay, second: number, zone: number | undefined): Stamp | undefined {
  if (Number.isNaN(second) || !isCalendarDay(day)) return undefined;
  return { epochSec: epochSec(day, second, zone), kind: zone === undefined ? 'float' : 'int' };
}

function epochSec(day: CalendarDay, second: number, zone: number | undefined): number {
  return zone === undefined ? localEpochSec(day, second) : zonedEpochSec(day, second, zone);
}

/**
 * `present` unless it lies more than `slackSec` ahead, else `earlier`; and until when that stays so within `span`.
 */
function resolve(
  present: Stamp | undefined,
  earlier: () => Stamp | undefined,
  slackSec: number,
  nowSec: number,
  span: { readonly fromSec: number; readonly untilSec: number },
): Reading {
  if (!present) return { stamp: undefined, ...span };
  const turn = present.epochSec - slackSec;
  return nowSec < turn
    ? { stamp: earlier(), fromSec: span.fromSec, untilSec: Math.min(turn, span.untilSec) }
    : { stamp: present, fromSec: Math.max(turn, span.fromSec), untilSec: span.untilSec };
}

/** The texts as numbers; undefined when one of them is not what its name says. */
function collect(groups: NamedGroups): Fields | undefined {
  const fields: Fields = { hour: 0, minute: 0, second: 0 };
  const afternoon = groups.get('p')?.toLowerCase() === 'pm';
  for (const [name, text] of groups) {
    if (text !== undefined && !assign(fields, name, text, afternoon)) return undefined;
  }
  return fields;
}

function assign(fields: Fields, name: string, text: string, afternoon: boolean): boolean {
  switch (name) {
    case 'Y':
      return isNumber((fields.year = toInt(text)));
    case 'y':
      return isNumber((fields.year = century(toInt(text))));
    case 'm':
      return isNumber((fields.month = toInt(text)));
    case 'b':
      return (fields.month = MONTHS.indexOf(text.toLowerCase()) + 1) > 0;
    case 'B':
      return (fields.month = MONTH_NAMES.indexOf(text.toLowerCase()) + 1) > 0;
    case 'd':
      return isNumber((fields.day = toInt(text)));
    case 'H':
      return isNumber((fields.hour = toInt(text)));
    case 'I':
      return isNumber((fields.hour = halfDay(toInt(text), afternoon)));
    case 'M':
      return isNumber((fields.minute = toInt(text)));
    case 'S':
      return isNumber((fields.second = toInt(text)));
    case 'j':
      return isNumber((fields.yearDay = toInt(text)));
    case 'U':
    case 'W': {
      const number = toInt(text);
      fields.week = { number, firstDay: name === 'U' ? 'sunday' : 'monday' };
      return isNumber(number);
    }
    case 'a':
      return (fields.weekday = DAYS.indexOf(text.toLowerCase())) >= 0;
    case 'A':
      return (fields.weekday = DAY_NAMES.indexOf(text.toLowerCase())) >= 0;
    case 'w':
      return isNumber((fields.weekday = (toInt(text) + 6) % 7));
    case 'z':
    case 'Z': {
      const minutes = parseZone(text);
      if (minutes !== undefined) fields.zoneMinutes = minutes;
      return minutes !== undefined;
    }
    default:
      return true;
  }
}

const isNumber = (value: number): boolean => !Number.isNaN(value);

/** Two digits mean this century; what is above 2000 already is left alone. */
function century(year: number): number {
  return year <= 2000 ? year + 2000 : year;
}

function halfDay(hour: number, afternoon: boolean): number {
  return (hour === 12 ? 0 : hour) + (afternoon ? 12 : 0);
}

/** Python's `int`: blanks around, a sign, any decimal digits of Unicode, single underscores between; NaN otherwise. */
function toInt(text: string): number {
  let value = 0;
  for (let at = text.charCodeAt(0) === BLANK ? 1 : 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return toIntAsPython(text);
    value = value * 10 + digit;
  }
  return text === '' || text === ' ' ? Number.NaN : value;
}

const BLANK = 0x20;
const ZERO = 0x30;

function toIntAsPython(text: string): number {
  const trimmed = text.trim();
  if (!/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(trimmed)) return Number.NaN;
  return Number(trimmed.replaceAll('_', '').replace(/\p{Nd}/gu, (digit) => String(digitValue(digit))));
}

/** Decimal digits come in runs of ten that begin with zero. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) as number;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}

/** Neither month nor day is known in any way: the line tells a time only (or a year). */
function isToday(fields: Fields): boolean {
  return fields.month === undefined && fields.day === undefined && !hasOtherDay(fields);
}

function hasOtherDay(fields: Fields): boolean {
  return fields.yearDay !== undefined || (fields.week !== undefined && fields.weekday !== undefined);
}

/** The day of the year given; undefined when that is today. */
function dayOf(fields: Fields, year: number): CalendarDay | undefined {
  const { month, day, yearDay, week, weekday } = fields;
  if (month !== undefined && day !== undefined) return { year, month, day };
  if (yearDay !== undefined) return dayFromNumber(dayNumber({ year, month: 1, day: yearDay }));
  if (week !== undefined && weekday !== undefined) return dayOfWeek(year, week, weekday);
  if (month === undefined && day === undefined) return undefined;
  throw new DateError('date-incomplete', `Date without a ${month === undefined ? 'month' : 'day'}`, {
    hint: 'A date pattern needs both month and day, or none of them.',
  });
}

/** `%U` and `%W` weeks: number 1 begins with the year's first such day; number 0 is the part before it, if any. */
function dayOfWeek(year: number, week: NonNullable<Fields['week']>, weekday: number): CalendarDay {
  const newYear = dayNumber({ year, month: 1, day: 1 });
  // 1970-01-01 was a Thursday.
  const shift = week.firstDay === 'sunday' ? 1 : 0;
  const newYearWeekday = (((newYear + 3 + shift) % 7) + 7) % 7;
  const dayInWeek = (weekday + shift) % 7;
  const beforeFirst = (7 - newYearWeekday) % 7;
  const offset =
    week.number === 0 ? dayInWeek - newYearWeekday : beforeFirst + 7 * (week.number - 1) + dayInWeek;
  return dayFromNumber(newYear + offset);
}

function zonedDay(epochSec: number, zoneMinutes: number): CalendarDay {
  return dayFromNumber(Math.floor((epochSec + zoneMinutes * 60) / DAY_SEC));
}

function shiftDay(day: CalendarDay, by: number): CalendarDay {
  return dayFromNumber(dayNumber(day) + by);
}
