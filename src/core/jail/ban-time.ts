/**
 * Jail stage: how long somebody is banned: bantime.increment and its family. Pure; chance is injected.
 *
 * Settings and what is remembered of an id → its ban time and count, and fail2ban's words about it. A formula that is
 * wrong is refused when it is compiled; one that fails on its values leaves the ban time as it is, and says so.
 * Source: spec bans.md §2 and §3; fail2ban 1.0.2, run (test/differential/ban-time.test.ts).
 */
import { ConfigError } from '../errors.js';
import type { LogRecord } from '../events.js';
import type { Reputation } from '../records.js';
import { type Duration, durationText } from './duration-text.js';
import { compileExpression, type Expression, ExpressionError } from './expression.js';
import { binary, compare, type PyNumber, toFloat } from './python-number.js';
import type { GrowthSettings, JailSettings } from './settings.js';

export interface GrowthRule {
  /**
   * The ban time of an id that was banned `count` times before.
   *
   * @throws {ExpressionError} the formula has no answer for these values
   */
  grow(baseSec: number, count: number): Duration;
}

type Formula = (time: PyNumber, count: bigint, factor: PyNumber) => PyNumber;

const NAMES = ['ban.Time', 'ban.Count', 'banFactor'] as const;
/** Beyond that many bans the default formula grows no more. */
const MAX_DOUBLINGS = 20n;

const doubling: Formula = (time, count, factor) => {
  const shift = count < MAX_DOUBLINGS ? count : MAX_DOUBLINGS;
  return binary('*', binary('*', time, 1n << shift), factor);
};

/**
 * @param random [0, 1), for rndtime
 * @throws {ConfigError} a formula, factor or list of multipliers that means nothing; formulas as ExpressionError
 */
export function compileGrowth(growth: GrowthSettings, random: () => number): GrowthRule {
  const factor = growth.factor ? factorOf(growth.factor) : 1n;
  const multipliers = growth.multipliers ? parseMultipliers(growth.multipliers) : undefined;
  const formula = growth.formula ? fromExpression(compileExpression(growth.formula, NAMES)) : doubling;
  return {
    grow(baseSec, count) {
      const time = numberOf(baseSec);
      const times = BigInt(Math.max(0, Math.trunc(count)));
      let grown: PyNumber;
      if (multipliers) {
        const last = BigInt(multipliers.length - 1);
        const multiplier = multipliers[Number(times < last ? times : last)]!;
        grown = binary('*', binary('*', time, factor), multiplier);
      } else {
        grown = larger(time, formula(time, times, factor));
      }
      if (growth.maxTimeSec !== undefined) grown = smaller(grown, numberOf(growth.maxTimeSec));
      if (growth.rndTimeSec) grown = toFloat(grown) + random() * growth.rndTimeSec;
      const seconds = toFloat(grown);
      if (Number.isNaN(seconds) || seconds === Number.POSITIVE_INFINITY) {
        throw new ExpressionError('expression-value', 'the ban time is no number', growth.formula ?? '', 0);
      }
      return { seconds, kind: typeof grown === 'bigint' ? 'int' : 'float' };
    },
  };
}

function fromExpression(expression: Expression): Formula {
  return (time, count, factor) => expression({ 'ban.Time': time, 'ban.Count': count, banFactor: factor });
}

function factorOf(text: string): PyNumber {
  return compileExpression(text)({});
}

/** Whole numbers with blanks between them. */
function parseMultipliers(text: string): readonly bigint[] {
  const words = text.trim().split(/\s+/);
  for (const word of words) {
    if (/^[+-]?\d{1,15}$/.test(word)) continue;
    throw new ConfigError(
      'multipliers-syntax',
      `"${word}" is not a whole number, at ${text.indexOf(word)} of "${text}"`,
      { option: 'bantime.multipliers' },
      { hint: 'Write whole numbers with blanks between them, such as 1 2 4 8 16.' },
    );
  }
  return words.map((word) => BigInt(word));
}

function numberOf(value: number): PyNumber {
  return Number.isInteger(value) ? BigInt(value) : value;
}

/** Python's max(a, b): the first one when they are equal. */
function larger(a: PyNumber, b: PyNumber): PyNumber {
  return compare(b, a) === 1 ? b : a;
}

function smaller(a: PyNumber, b: PyNumber): PyNumber {
  return compare(b, a) === -1 ? b : a;
}

/** How long and for the how manieth time. */
export interface Term {
  /** Whole seconds, -1 for ever. */
  readonly banTimeSec: number;
  readonly banCount: number;
  /** What it was reckoned from, where the id has a history. */
  readonly grown?: Growth | undefined;
}

export interface Growth {
  readonly reputation: Reputation;
  readonly from: Duration;
  readonly to: Duration;
}

export interface TermRequest {
  /** The jail's bantime. */
  readonly baseSec: number;
  /** Undefined where bantime.increment is off. */
  readonly rule: GrowthRule | undefined;
  /** Of this jail, or merged over all where `overalljails` is on; undefined for an id that nobody knows. */
  readonly reputation: Reputation | undefined;
}

/**
 * The term of a new ban that follows the jail's bantime. A permanent bantime does not grow.
 *
 * @throws {ExpressionError} see GrowthRule; the caller bans for `baseSec` then
 */
export function termOf({ baseSec, rule, reputation }: TermRequest): Term {
  if (rule === undefined || reputation === undefined || baseSec < 0) {
    return { banTimeSec: baseSec, banCount: 1 };
  }
  const from: Duration = { seconds: baseSec, kind: 'int' };
  const to = reputation.banCount > 0 ? rule.grow(baseSec, reputation.banCount) : from;
  return {
    banTimeSec: to.seconds < 0 ? -1 : Math.trunc(to.seconds),
    banCount: reputation.banCount + 1,
    grown: { reputation, from, to },
  };
}

/**
 * What each failure of an id that was banned before weighs in all, as a float where Python has one.
 *
 * @param count how often it was banned in this jail
 */
export function knownBadWeight(
  count: number,
  maxRetry: number,
): { readonly weight: number; readonly kind: Duration['kind'] } {
  const heavy = 2 ** Math.min(count, 20) / 2 + 1;
  const weight = Math.min(heavy, maxRetry);
  return { weight, kind: heavy <= maxRetry ? 'float' : 'int' };
}

/**
 * The ban time that a ban goes on with when its jail starts again, from what was remembered of it.
 *
 * Without increments it is never longer than the jail's own; with them never longer than maxtime. Old databases say
 * -2 where nobody knows. Source: bans.md §3; fail2ban 1.0.2, run.
 */
export function restoredBanTime(storedSec: number, { banTimeSec, growth }: JailSettings): number {
  if (storedSec < -1) return banTimeSec;
  if (growth.increment) {
    const { maxTimeSec } = growth;
    return maxTimeSec !== undefined && (storedSec < 0 || storedSec > maxTimeSec) ? maxTimeSec : storedSec;
  }
  if (banTimeSec < 0) return storedSec;
  return storedSec < 0 || storedSec > banTimeSec ? banTimeSec : storedSec;
}

// ── fail2ban's words; `when` turns Unix seconds into its local `2026-11-21 08:56:26` ──

type When = (sec: number) => string;

/** `[j] IP 1.2.3.4 is bad: 1 # last … - incr 6s to 12s` */
export function isBadRecord(jail: string, growth: Growth, when: When): LogRecord {
  const { reputation, from, to } = growth;
  const incr = `${lastingText(from)} to ${lastingText(to)}`;
  return {
    level: 'INFO',
    logger: 'observer',
    message:
      `[${jail}] IP ${reputation.id} is bad: ${reputation.banCount} # last ${when(reputation.timeSec)}` +
      ` - incr ${incr}`,
  };
}

/** `[j] Increase Ban 1.2.3.4 (2 # 12s -> 2026-11-21 08:57:03)`; undefined when it did not grow. */
export function increaseBanRecord(
  jail: string,
  ban: { readonly id: string; readonly timeSec: number } & Pick<Term, 'banCount' | 'grown'>,
  when: When,
): LogRecord | undefined {
  const { id, timeSec, banCount, grown } = ban;
  if (grown === undefined || grown.from.seconds === grown.to.seconds) return undefined;
  const { to } = grown;
  const end = to.seconds < 0 ? 'infinite' : when(timeSec + to.seconds);
  return {
    level: 'NOTICE',
    logger: 'observer',
    message: `[${jail}] Increase Ban ${id} (${banCount} # ${lastingText(to)} -> ${end})`,
  };
}

/** `[j] Found 1.2.3.4, bad - …, 1 # -> 2.0`, and `, Ban` when one such failure is enough. */
export function foundBadRecord(
  jail: string,
  found: {
    readonly id: string;
    readonly timeSec: number;
    readonly banCount: number;
    readonly maxRetry: number;
  },
  when: When,
): LogRecord {
  const { id, timeSec, banCount, maxRetry } = found;
  const { weight, kind } = knownBadWeight(banCount, maxRetry);
  const shown = kind === 'float' && Number.isInteger(weight) ? `${weight}.0` : String(weight);
  const enough = weight >= maxRetry ? ', Ban' : '';
  return {
    level: 'INFO',
    logger: 'observer',
    message: `[${jail}] Found ${id}, bad - ${when(timeSec)}, ${banCount} # -> ${shown}${enough}`,
  };
}

function lastingText(duration: Duration): string {
  return duration.seconds < 0 ? 'permanent' : durationText(duration);
}
