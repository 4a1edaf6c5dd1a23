/**
 * Jail stage: durations as fail2ban words them in its log: `1y 3w 4d`, `2d 7h 15m`, `9m 59s`. Pure.
 *
 * Seconds → text of at most three groups, the coarser the longer it is. Below an hour a float shows all its digits.
 * Source: fail2ban 1.0.2, run on 240 values (test/differential/ban-time.test.ts).
 */
import { reprFloat } from '../python-repr.js';
import { roundHalfEven } from './window.js';

/** A number of seconds; `kind` says how Python holds and prints it. */
export interface Duration {
  readonly seconds: number;
  readonly kind: 'int' | 'float';
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const YEAR = 365 * DAY;
/** From so long on, to which step it is rounded, and what it is told in. An hour begins where 10 s round up to one. */
const STYLES: readonly (readonly [fromSec: number, stepSec: number, units: string])[] = [
  [YEAR, DAY, 'ywd'],
  [WEEK, HOUR, 'wdh'],
  [DAY, MINUTE, 'dhm'],
  [HOUR - 5, 10, 'hm'],
];
const UNIT_SEC: Readonly<Record<string, number>> = { y: YEAR, w: WEEK, d: DAY, h: HOUR, m: MINUTE };

export function durationText({ seconds, kind }: Duration): string {
  const style = STYLES.find(([fromSec]) => seconds >= fromSec);
  if (style === undefined) return shortText(seconds, kind);
  const [, stepSec, units] = style;
  let rest = roundHalfEven(seconds / stepSec) * stepSec;
  const groups: string[] = [];
  for (const unit of units) {
    const count = Math.floor(rest / UNIT_SEC[unit]!);
    rest -= count * UNIT_SEC[unit]!;
    if (count > 0) groups.push(`${count}${unit}`);
  }
  return groups.join(' ');
}

function shortText(seconds: number, kind: Duration['kind']): string {
  const show = (value: number) => (kind === 'float' ? reprFloat(value) : String(value));
  const minutes = Math.floor(seconds / MINUTE);
  const rest = seconds % MINUTE;
  const groups: string[] = [];
  if (minutes > 0) groups.push(`${show(minutes)}m`);
  if (rest > 0) groups.push(`${show(rest)}s`);
  return groups.length === 0 ? '0' : groups.join(' ');
}
