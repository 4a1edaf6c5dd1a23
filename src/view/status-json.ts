/**
 * View: `f2b status`, `f2b stats` and `f2b banned` for programs.
 */
import { banIdOf, type Desk, standingBans } from '../core/control/index.js';
import type { JailFace } from '../core/jail/face.js';
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
  /** Bans that are not in force, although they should be. */
  readonly notApplied: number;
  /** Bans that are over, but not taken back yet. */
  readonly leaving: number;
}

export interface JailStatusJson extends JailCountsJson {
  readonly idle: boolean;
  readonly logPaths: readonly string[];
  readonly journalMatches: readonly string[];
  readonly actions: readonly string[];
  /** Settings changed by hand, by name, as they are kept; f2b reload drops them. */
  readonly changed: Readonly<Record<string, Json>>;
  /** In order of banning; left out in the overview and with the flavor `short`. */
  readonly bans?: readonly BanJson[];
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
  /** Undefined: all. */
  readonly jail: string | undefined;
  /** With the list of bans. */
  readonly bans: boolean;
}

export function statusAsJson(desk: Desk, { jail, bans }: StatusRequest): StatusJson {
  const jails = jail === undefined ? [...desk.jails.values()] : [desk.jail(jail)];
  return {
    jails: jails.map((face) => jailAsJson(desk, face, bans)),
    disabled: desk.disabled,
    skipped: desk.skipped.map(({ name, message }) => ({ name, reason: message })),
  };
}

function jailAsJson(desk: Desk, jail: JailFace, withBans: boolean): JailStatusJson {
  return {
    ...countsAsJson(desk, jail),
    idle: jail.idle,
    logPaths: jail.logPaths,
    journalMatches: jail.journalMatches.map((words) => words.join(' ')),
    actions: jail.actions.names,
    changed: desk.store.overrides(jail.name),
    ...(withBans ? { bans: standingBans(desk, jail).map(banAsJson) } : {}),
  };
}

function countsAsJson(desk: Desk, jail: JailFace): JailCountsJson {
  const all = standingBans(desk, jail);
  const count = (...wanted: string[]) => all.filter(({ standing }) => wanted.includes(standing)).length;
  return {
    name: jail.name,
    backend: jail.backend,
    ...jail.counts,
    notApplied: count('pending', 'failed'),
    leaving: count('leaving'),
  };
}

export function statsAsJson(desk: Desk): StatsJson {
  return { jails: [...desk.jails.values()].map((jail) => countsAsJson(desk, jail)) };
}

/** @param ids none: everybody */
export function bannedAsJson(desk: Desk, ids: readonly string[]): BannedJson {
  const jails = [...desk.jails.values()];
  const bans = jails
    .flatMap((jail) => standingBans(desk, jail))
    .filter(({ standing }) => standing !== 'leaving');
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
