/**
 * View: what the text and the tables of a replay have in common: wordings of numbers, spans, settings and logins.
 */

import type { ReplayReport } from '../core/scan/replay.js';
import { type AddressRecord, suspicionOf } from '../core/scan/replay-addresses.js';
import type { ReplayBan } from '../core/scan/replay-course.js';
import { localText } from '../core/time/local-text.js';
import { escapeControls } from './escape.js';
import { spanText } from './moment.js';

/** `1 ban`, `1,234 bans`. */
export function count(number: number, word: string, plural = `${word}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? word : plural}`;
}

/** `until 2026-11-21 09:04:23`, `for ever`. */
export function untilText({ untilSec }: Pick<ReplayBan, 'untilSec'>): string {
  return Number.isFinite(untilSec) ? `until ${localText(untilSec)}` : 'for ever';
}

/** `2.6 hours`. */
export function hoursText(seconds: number): string {
  const hours = (seconds / 3600).toFixed(1);
  return `${Number(hours).toLocaleString('en', { minimumFractionDigits: 1 })} ${hours === '1.0' ? 'hour' : 'hours'}`;
}

/** `maxretry 5, findtime 10 min, bantime 10 min`. */
export function settingsText({ a }: ReplayReport): string {
  const { maxRetry, findTimeSec, banTimeSec, growth } = a.course.settings;
  const banTime = banTimeSec < 0 ? 'for ever' : spanText(banTimeSec);
  return [
    `maxretry ${maxRetry}`,
    `findtime ${spanText(findTimeSec)}`,
    `bantime ${banTime}${growth.increment ? ', growing' : ''}`,
  ].join(', ');
}

/** `maxretry=3 bantime=1h`. */
export function changesText({ b }: ReplayReport): string {
  return escapeControls((b?.changes ?? []).map(({ name, value }) => `${name}=${value}`).join(' '));
}

/** Logins of an address that failed, and what that says of its bans; undefined where there were none. */
export function loginsText(
  { logins }: AddressRecord,
  { lost, isBanned }: { lost: number; isBanned: boolean },
): string | undefined {
  if (!logins) return undefined;
  const { firstSec, lastSec, before, failuresBefore } = logins;
  const when =
    logins.count === 1 ? `on ${localText(firstSec)}` : `from ${localText(firstSec)} to ${localText(lastSec)}`;
  const parts = [
    before > 0
      ? `${before} before it failed`
      : `for the first time after ${count(failuresBefore, 'failure')}`,
    lost > 0 ? `${lost} while it would have been banned` : '',
  ].filter((part) => part !== '');
  return `logged in ${count(logins.count, 'time')} ${when} (${parts.join(', ')})${isBanned ? `: ${verdictText(logins)}` : ''}`;
}

function verdictText(logins: AddressRecord['logins']): string {
  return suspicionOf(logins) === 'doubtful' ? 'a false alarm, or a guessed password' : 'likely a false alarm';
}

/** `2026-10-01 00:00:03 to 2026-11-21 08:54:23`. */
export function periodText({ fromSec, toSec }: ReplayReport): string {
  if (fromSec === undefined || toSec === undefined) return 'no line has a date';
  return `${localText(fromSec)} to ${localText(toSec)}`;
}

/** Why nothing was found, where nothing was. */
export function emptyText({ jail, lines, failures, fromSec, ignored }: ReplayReport): string | undefined {
  if (failures > 0) return undefined;
  if (ignored.size > 0) return 'All who fail are ignored.';
  if (lines === 0) return 'There is not one complete line in the log.';
  const dates = fromSec === undefined ? ' No line begins with a date that the filter knows, either.' : '';
  return `The filter finds no failure in ${count(lines, 'line')}.${dates} Is it the log of ${escapeControls(jail)}? f2b regex tells more.`;
}
