/**
 * View: bans for programs. What every `--json` result that speaks of bans has in common.
 */
import type { Standing, StandingBan } from '../core/control/index.js';
import { endOf, type LeaveReason, type MatchedLine } from '../core/records.js';

export interface BanJson {
  readonly jail: string;
  /** Address, network, or a raw id. */
  readonly id: string;
  /** null: a raw id. */
  readonly family: 'inet4' | 'inet6' | null;
  /** Unix seconds: last failure, or the command that banned it. */
  readonly since: number;
  /** Unix seconds; null: for ever. */
  readonly until: number | null;
  /** Seconds; -1: for ever. */
  readonly banTime: number;
  /** Times it was banned in this jail, this time included. */
  readonly count: number;
  readonly failures: number;
  readonly origin: 'log' | 'manual' | 'import';
  /** It was put back after a restart. */
  readonly restored: boolean;
  /**
   * `applied`: all actions have done it. `pending`: not yet tried. `failed`: an action could not do it, or nobody knows
   * whether it did. `leaving`: it is over, but not taken back yet. `unknown`: a server of fail2ban's, which does not tell;
   * then nothing is known of `count`, `failures`, `origin` and `restored` either.
   */
  readonly standing: Standing;
  /** Why it is failed or leaving. */
  readonly troubles: readonly { readonly action: string; readonly reason: string; readonly tries: number }[];
  /** Why it is leaving. */
  readonly leaving?: LeaveReason;
}

export interface MatchJson {
  readonly line: string;
  /** The expression that matched it, as `file:line`. */
  readonly regex?: string;
}

export function banAsJson({ ban, standing, troubles }: StandingBan): BanJson {
  const end = endOf(ban);
  return {
    jail: ban.jail,
    id: ban.id,
    family: ban.family ?? null,
    since: ban.timeSec,
    until: Number.isFinite(end) ? end : null,
    banTime: ban.banTimeSec,
    count: ban.banCount,
    failures: ban.failures,
    origin: ban.origin,
    restored: ban.restored,
    standing,
    troubles,
    ...(ban.leaving === undefined ? {} : { leaving: ban.leaving }),
  };
}

export function matchAsJson({ text, regex }: MatchedLine): MatchJson {
  return { line: text, ...(regex === undefined ? {} : { regex }) };
}
