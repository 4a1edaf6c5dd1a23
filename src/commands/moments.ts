/**
 * Moments and spans of time as a user writes them → seconds: `2h` (ago), `2026-11-20`, `2026-11-20 10:00`, `@1795251298`.
 */
import { parseTime } from '../core/config/index.js';
import { UsageError } from '../core/errors.js';

/** @throws {UsageError} none of these */
export function parseMoment(text: string, nowSec: number): number {
  const epoch = /^@(\d+(?:\.\d+)?)$/.exec(text.trim());
  if (epoch) return Number(epoch[1]);
  const date = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text.trim());
  if (date) {
    const [year, month, day, hour = 0, minute = 0, second = 0] = date
      .slice(1)
      .map((part) => Number(part ?? 0));
    const moment = new Date(year as number, (month as number) - 1, day, hour, minute, second);
    if (moment.getMonth() === (month as number) - 1 && moment.getDate() === day)
      return moment.getTime() / 1000;
  }
  try {
    const ago = parseTime(text).seconds;
    if (ago >= 0) return nowSec - ago;
  } catch {
    // Said below.
  }
  throw new UsageError('moment', `${text} is no moment`, {
    hint: 'Write how long ago (90m, 2d), a date (2026-11-20), a date with time (2026-11-20 10:00), or @ and Unix seconds.',
  });
}

/** A span of time (`30`, `5m`) → seconds. @throws {UsageError} it is none */
export function parseSpan(option: string, text: string): number {
  try {
    const { seconds } = parseTime(text);
    if (seconds >= 0) return seconds;
  } catch {
    // Said below.
  }
  throw new UsageError('span', `${option} ${text} is no span of time`, {
    hint: 'Write seconds, or 30s, 5m, 2h.',
  });
}
