/**
 * The calendar of this process: wall clock fields → Unix time, and back.
 *
 * Uses the process's time zone through Date only. An hour that happens twice in autumn means standard time (the later
 * one); one that is skipped in spring moves forward: what C's mktime does from a fresh start. (mktime itself lets
 * the line before decide about the doubled hour; that is not kept, the same text always means the same time.)
 */

export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Seconds since 1970 at so many seconds after midnight by the local wall clock. */
export function localEpochSec(day: CalendarDay, secondOfDay: number): number {
  const number = dayNumber(day);
  let midnight = midnights.get(number);
  if (midnight === undefined) {
    if (midnights.size >= MIDNIGHTS) midnights.clear();
    midnight = plainMidnight(day);
    midnights.set(number, midnight);
  }
  return Number.isNaN(midnight) ? findEpochSec(day, secondOfDay) : midnight + secondOfDay;
}

/** Day number → seconds since 1970 at its local midnight; NaN for a day on which clocks are changed. */
const midnights = new Map<number, number>();
const MIDNIGHTS = 1000;

function plainMidnight(day: CalendarDay): number {
  const midnight = findEpochSec(day, 0);
  const hours = [0, 4, 8, 12, 16, 20, 24];
  const offsets = hours.map((hour) => new Date((midnight + hour * 3600) * 1000).getTimezoneOffset());
  return offsets.every((offset) => offset === offsets[0]) ? midnight : Number.NaN;
}

/** By Date: it knows the zone, but takes the first of two equal hours. */
function findEpochSec(day: CalendarDay, secondOfDay: number): number {
  const date = new Date(2000, 0, 1);
  // Not by the constructor: it takes the years 0 to 99 for 1900 to 1999.
  date.setFullYear(day.year, day.month - 1, day.day);
  date.setHours(0, 0, secondOfDay);
  const early = date.getTime();
  const before = date.getTimezoneOffset();
  const after = new Date(early + LOOK_AHEAD_MS).getTimezoneOffset();
  if (after > before) {
    const late = early + (after - before) * 60_000;
    if (new Date(late).getTimezoneOffset() === after) return late / 1000;
  }
  return early / 1000;
}

/** Longer than any hour that happens twice. */
const LOOK_AHEAD_MS = 3 * 3_600_000;

/** The same by a clock `zoneMinutes` east of UTC. */
export function zonedEpochSec(day: CalendarDay, secondOfDay: number, zoneMinutes: number): number {
  return dayNumber(day) * 86_400 + secondOfDay - zoneMinutes * 60;
}

/** The local calendar day of a moment. */
export function localDay(epochSec: number): CalendarDay {
  const date = new Date(epochSec * 1000);
  return { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() };
}

/** Days since 1970-01-01 (proleptic Gregorian). The day may lie outside its month and is carried over. */
export function dayNumber({ year, month, day }: CalendarDay): number {
  // Years that begin with March have their leap day last.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_OF_ERA + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

const DAYS_OF_ERA = 146_097;
/** From 0000-03-01. */
const DAYS_TO_1970 = 719_468;

export function dayFromNumber(days: number): CalendarDay {
  const date = new Date(days * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Is there such a day? Years are 1 to 9999; no Feb 30. */
export function isCalendarDay({ year, month, day }: CalendarDay): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  return day <= 28 || day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
