/**
 * View: a replay for programs. The shape is schemas/replay.json.
 */

import type { CourseReport, ReplayReport } from '../core/scan/replay.js';
import { type Suspicion, suspicionOf } from '../core/scan/replay-addresses.js';
import type { ReplayBan } from '../core/scan/replay-course.js';
import type { SettingChange } from '../core/scan/replay-settings.js';
import { type MatchJson, matchAsJson } from './ban-json.js';

/** Times are Unix seconds. */
export interface ReplayJson {
  jails: JailReplayJson[];
}

export interface JailReplayJson {
  jail: string;
  logs: { path: string; lines: number }[];
  lines: number;
  /** Of the first dated line; null: there is none. */
  from: number | null;
  /** Of the last dated line. */
  to: number | null;
  /** Failures that count. */
  failures: number;
  ignored: { id: string; failures: number }[];
  /** The jail as it is. */
  a: ReplayCourseJson;
  /** The same with what --set says; null: nothing is compared. */
  b: ReplayCourseJson | null;
  /** Ids by what becomes of them; null: nothing is compared. */
  comparison: { onlyA: string[]; onlyB: string[]; otherwise: string[]; alike: number } | null;
  /** Everybody who failed, in order of the first failure. */
  addresses: ReplayAddressJson[];
  problems: { of: string; message: string; hint?: string }[];
  notices: string[];
}

export interface ReplayCourseJson {
  settings: {
    maxretry: number;
    /** Seconds. */
    findtime: number;
    /** Seconds; -1: for ever. */
    bantime: number;
    maxmatches: number;
    /** bantime.increment */
    increment: boolean;
    ignoreip: string[];
  };
  /** What --set says. */
  changes: { name: string; value: string }[];
  /** Addresses banned. */
  addresses: number;
  /** Seconds of all bans together; permanent ones until the last line of the log. */
  banned: number;
  /** Bans without an end. */
  permanent: number;
  /** Addresses banned that also logged in. */
  alsoLoggedIn: number;
  /** Logins while their address would have been banned. */
  loginsLost: number;
  bans: ReplayBanJson[];
}

export interface ReplayBanJson {
  id: string;
  family: 'inet4' | 'inet6' | null;
  since: number;
  /** null: for ever. */
  until: number | null;
  /** Which ban of this id it is. */
  nth: number;
  failures: number;
  /** How often failures made it longer while it stood. */
  prolonged: number;
  /** The line that was one too many. */
  log: { path: string; line: number };
  matches: MatchJson[];
}

export interface ReplayAddressJson {
  id: string;
  family: 'inet4' | 'inet6' | null;
  failures: number;
  first: number;
  last: number;
  bans: { a: number; b: number | null };
  logins: {
    count: number;
    first: number;
    last: number;
    /** Before its first failure. */
    before: number;
    /** Failures before its first login. */
    failuresBefore: number;
    /** While it would have been banned. */
    lost: { a: number; b: number | null };
  } | null;
  /** `false-alarm`: likely a customer. `doubtful`: that, or a guessed password. */
  suspicion: Suspicion | null;
}

export function replayAsJson(reports: readonly ReplayReport[]): ReplayJson {
  return { jails: reports.map(jailAsJson) };
}

function jailAsJson(report: ReplayReport): JailReplayJson {
  const { a, b, comparison } = report;
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
  return {
    jail: report.jail,
    logs: report.files.map(({ path, lines }) => ({ path, lines })),
    lines: report.lines,
    from: report.fromSec ?? null,
    to: report.toSec ?? null,
    failures: report.failures,
    ignored: [...report.ignored].map(([id, failures]) => ({ id, failures })),
    a: courseAsJson(a),
    b: b ? courseAsJson(b) : null,
    comparison: comparison
      ? {
          onlyA: ids(comparison.onlyA),
          onlyB: ids(comparison.onlyB),
          otherwise: ids(comparison.otherwise),
          alike: comparison.alike,
        }
      : null,
    addresses: addressesAsJson(report),
    problems: report.problems.map(({ of, message, hint }) => ({
      of,
      message,
      ...(hint === undefined ? {} : { hint }),
    })),
    notices: [...report.notices],
  };
}

function courseAsJson({ course, changes, ...sums }: CourseReport): ReplayCourseJson {
  const { maxRetry, findTimeSec, banTimeSec, maxMatches, growth } = course.settings;
  return {
    settings: {
      maxretry: maxRetry,
      findtime: findTimeSec,
      bantime: banTimeSec,
      maxmatches: maxMatches,
      increment: growth.increment,
      ignoreip: course.plan.ignoreIp.map(({ value }) => value),
    },
    changes: changes.map(({ name, value }: SettingChange) => ({ name, value })),
    addresses: sums.addresses,
    banned: sums.bannedSec,
    permanent: sums.permanent,
    alsoLoggedIn: sums.alsoLoggedIn,
    loginsLost: sums.loginsLost,
    bans: course.bans.map(banAsJson),
  };
}

function banAsJson(ban: ReplayBan): ReplayBanJson {
  const { id, family, timeSec, untilSec, nth, failures, prolonged, place, matches } = ban;
  return {
    id,
    family: family ?? null,
    since: timeSec,
    until: Number.isFinite(untilSec) ? untilSec : null,
    nth,
    failures,
    prolonged,
    log: { path: place.path, line: place.line },
    matches: matches.map(matchAsJson),
  };
}

function addressesAsJson({ addresses, a, b }: ReplayReport): ReplayAddressJson[] {
  const bansA = bansById(a);
  const bansB = b && bansById(b);
  return Array.from(addresses.list(), ({ id, family, failures, firstSec, lastSec, logins }) => ({
    id,
    family: family ?? null,
    failures,
    first: firstSec,
    last: lastSec,
    bans: { a: bansA.get(id) ?? 0, b: bansB ? (bansB.get(id) ?? 0) : null },
    logins: logins
      ? {
          count: logins.count,
          first: logins.firstSec,
          last: logins.lastSec,
          before: logins.before,
          failuresBefore: logins.failuresBefore,
          lost: { a: a.course.lockedOut.get(id) ?? 0, b: b ? (b.course.lockedOut.get(id) ?? 0) : null },
        }
      : null,
    suspicion: suspicionOf(logins) ?? null,
  }));
}

function bansById({ course }: CourseReport): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of course.bans) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
