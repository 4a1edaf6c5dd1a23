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

export interface WallClock extends CalendarDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Seconds since 1970 of a wall clock reading in the local zone. */
export function localEpochSec(at: WallClock): number {
  const date = new Date(2000, 0, 1, at.hour, at.minute, at.second);
  // Not the constructor: it takes the years 0 to 99 for 1900 to 1999.
  date.setFullYear(at.year, at.month - 1, at.day);
  date.setHours(at.hour, at.minute, at.second);
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

/** Seconds since 1970 of a wall clock reading `zoneMinutes` east of UTC. */
export function zonedEpochSec(at: WallClock, zoneMinutes: number): number {
  return dayNumber(at) * 86_400 + at.hour * 3600 + at.minute * 60 + at.second - zoneMinutes * 60;
}

/** The local calendar day of a moment. */
export function localDay(epochSec: number): CalendarDay {
  const date = new Date(epochSec * 1000);
  return { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() };
}

/** Days since 1970-01-01. The day may lie outside its month and is carried over. */
export function dayNumber(day: CalendarDay): number {
  const date = new Date(0);
  date.setUTCFullYear(day.year, day.month - 1, day.day);
  return Math.floor(date.getTime() / 86_400_000);
}

export function dayFromNumber(days: number): CalendarDay {
  const date = new Date(days * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Does such a moment exist on the calendar? (Years 1 to 9999, no Feb 30, no 24:00, no :60.) */
export function isWallClock(at: WallClock): boolean {
  if (!(at.year >= 1 && at.year <= 9999 && at.month >= 1 && at.month <= 12 && at.day >= 1)) return false;
  if (at.day > 28 && at.day > daysInMonth(at.year, at.month)) return false;
  return inRange(at.hour, 23) && inRange(at.minute, 59) && inRange(at.second, 59);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function inRange(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}
