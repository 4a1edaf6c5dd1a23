/**
 * View: `f2b status`, `f2b stats` and `f2b banned` for programs.
 */
import { banIdOf, type JailOutline, type Outline } from '../core/control/index.js';
import type { Json } from '../core/records.js';
import { type BanJson, banAsJson } from './ban-json.js';

export interface JailCountsJson {
  readonly name: string;
  /** `polling` (files) or `systemd` (the journal). */
  readonly backend: string;
  /** Ids that have failed, but not often enough. */
  readonly failing: number;
  readonly failedTotal: number;
  readonly banned: number;
  readonly bannedTotal: number;
  /** Ids that were forgotten before their time, because more than `maxfailing` were failing, since the server started. */
  readonly evicted: number;
  /** Bans that are not in force, although they should be; null: a server of fail2ban's does not tell. */
  readonly notApplied: number | null;
  /** Bans that are over, but not taken back yet; null as before. */
  readonly leaving: number | null;
}

export interface JailStatusJson extends JailCountsJson {
  readonly idle: boolean;
  readonly logPaths: readonly string[];
  readonly journalMatches: readonly string[];
  readonly actions: readonly string[];
  /** Settings changed by hand, by name, as they are kept; f2b reload drops them. */
  readonly changed: Readonly<Record<string, Json>>;
  /** What is wrong with it: a log that cannot be read, an action that cannot start … */
  readonly problems: readonly ProblemJson[];
  /** In order of banning; left out in the overview and with the flavor `short`. */
  readonly bans?: readonly BanJson[];
}

export interface ProblemJson {
  /** A log, an action, the filter … */
  readonly of: string;
  readonly message: string;
}

export interface SkippedJailJson {
  readonly name: string;
  readonly reason: string;
}

export interface StatusJson {
  readonly jails: readonly JailStatusJson[];
  /** In the configuration, but not enabled. */
  readonly disabled: readonly string[];
  /** Left out because of a mistake. */
  readonly skipped: readonly SkippedJailJson[];
}

export interface StatsJson {
  readonly jails: readonly JailCountsJson[];
}

export interface BannedJson {
  /** All bans, jail by jail, in order of banning. */
  readonly bans: readonly BanJson[];
  /** For each id that was asked for: the jails in which it is banned. */
  readonly asked?: readonly { readonly id: string; readonly jails: readonly string[] }[];
}

export interface StatusRequest {
  /** With the list of bans. */
  readonly bans: boolean;
}

export function statusAsJson(outline: Outline, { bans }: StatusRequest): StatusJson {
  return {
    jails: outline.jails.map((jail) => jailAsJson(jail, bans)),
    disabled: outline.disabled,
    skipped: outline.skipped.map(({ name, message }) => ({ name, reason: message })),
  };
}

function jailAsJson(jail: JailOutline, withBans: boolean): JailStatusJson {
  const { idle, logPaths, journalMatches, actions, changed, problems, bans } = jail;
  return {
    ...countsAsJson(jail),
    ...{ idle, logPaths, journalMatches, actions, changed, problems },
    ...(withBans ? { bans: bans.map(banAsJson) } : {}),
  };
}

function countsAsJson({ name, backend, counts, notApplied, leaving }: JailOutline): JailCountsJson {
  return {
    name,
    backend,
    ...counts,
    evicted: counts.evicted ?? 0,
    notApplied: notApplied ?? null,
    leaving: leaving ?? null,
  };
}

export function statsAsJson({ jails }: Outline): StatsJson {
  return { jails: jails.map(countsAsJson) };
}

/** @param ids none: everybody */
export function bannedAsJson({ jails }: Outline, ids: readonly string[]): BannedJson {
  const bans = jails.flatMap((jail) => jail.bans).filter(({ standing }) => standing !== 'leaving');
  if (ids.length === 0) return { bans: bans.map(banAsJson) };
  const wanted = ids.map((word) => banIdOf(word).id);
  return {
    bans: bans.filter(({ ban }) => wanted.includes(ban.id)).map(banAsJson),
    asked: ids.map((id, i) => ({
      id,
      jails: bans.filter(({ ban }) => ban.id === wanted[i]).map(({ ban }) => ban.jail),
    })),
  };
}
