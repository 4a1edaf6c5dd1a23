/**
 * View: moments and durations for people: `2026-11-21 08:54:23`, `in 9 min`, `3 d ago`.
 */
import { localText } from '../core/time/local-text.js';

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['y', 31_557_600],
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** The largest unit that says enough: `45 s`, `9 min`, `26 h`, `3 d`. */
export function spanText(seconds: number): string {
  const size = Math.abs(Math.round(seconds));
  for (const [name, unit] of UNITS)
    if (size >= unit * 2 || unit === 1) return `${Math.floor(size / unit)} ${name}`;
  return `${size} s`;
}

/** `in 9 min`, `3 d ago`, `now`. */
export function distanceText(atSec: number, nowSec: number): string {
  const seconds = atSec - nowSec;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${spanText(seconds)}` : `${spanText(seconds)} ago`;
}

/** `2026-11-21 08:54:23` with `(in 9 min)`; the end of a permanent ban is `for ever`. */
export function momentText(atSec: number, nowSec: number): string {
  if (!Number.isFinite(atSec)) return 'for ever';
  return `${localText(atSec)} (${distanceText(atSec, nowSec)})`;
}
