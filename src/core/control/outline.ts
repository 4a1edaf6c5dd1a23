/**
 * Control stage: how the jails are, in one record of plain data: what status, stats and banned show and hand to programs.
 *
 * Desk → Outline. A server of ours sends it over the wire as JSON (`f2b-outline`), so that a command says the same
 * whether it asks a server or does without. A server of fail2ban's has no such command: foreign.ts makes as much of it as
 * fail2ban tells.
 */
import type { JailFace } from '../jail/face.js';
import type { Json } from '../records.js';
import type { Desk, SkippedJail } from './desk.js';
import type { Problem } from './server-face.js';
import { type StandingBan, standingBans, unsettledBans } from './standing.js';

/** Which bans are wanted: `unsettled` are those that are not in force, or not taken back. */
export type OutlinedBans = 'all' | 'unsettled' | 'none';

export interface JailOutline {
  readonly name: string;
  /** `polling` (files) or `systemd` (the journal). */
  readonly backend: string;
  readonly idle: boolean;
  readonly counts: JailFace['counts'];
  readonly logPaths: readonly string[];
  /** Alternatives of a journal match, one each. */
  readonly journalMatches: readonly string[];
  /** Names. */
  readonly actions: readonly string[];
  /** Changed by hand, by name. */
  readonly changed: Readonly<Record<string, Json>>;
  /** Bans that are not in force although they should be; undefined: that is not told. */
  readonly notApplied: number | undefined;
  /** Bans that are over, but not taken back yet. */
  readonly leaving: number | undefined;
  /** In order of banning, without their log lines. */
  readonly bans: readonly StandingBan[];
  /** What is wrong with it: a log, an action … */
  readonly problems: readonly Problem[];
}

export interface Outline {
  readonly jails: readonly JailOutline[];
  /** In the configuration, but not enabled. */
  readonly disabled: readonly string[];
  /** In the configuration, but wrong. */
  readonly skipped: readonly SkippedJail[];
  /** About the server as a whole. */
  readonly problems: readonly Problem[];
  /** Unix time. */
  readonly nowSec: number;
  /** It comes from a server of fail2ban's. */
  readonly isForeign: boolean;
}

/** @param jail undefined: all. @throws {CommandError} there is no such jail */
export function outlineOf(desk: Desk, bans: OutlinedBans, jail?: string): Outline {
  const faces = jail === undefined ? [...desk.jails.values()] : [desk.jail(jail)];
  const health = desk.server?.health?.();
  const problemsOf = (name: string) => health?.jails.find((each) => each.name === name)?.problems ?? [];
  return {
    jails: faces.map((face) => outlineJail(desk, face, { bans, problems: problemsOf(face.name) })),
    disabled: desk.disabled,
    skipped: desk.skipped,
    problems: health?.problems ?? [],
    nowSec: desk.clock.nowSec(),
    isForeign: false,
  };
}

function outlineJail(
  desk: Desk,
  jail: JailFace,
  { bans, problems }: { bans: OutlinedBans; problems: readonly Problem[] },
): JailOutline {
  const unsettled = unsettledBans(desk, jail);
  const count = (isMeant: (each: StandingBan) => boolean) => unsettled.filter(isMeant).length;
  const chosen = { none: () => [], unsettled: () => unsettled, all: () => standingBans(desk, jail) };
  return {
    name: jail.name,
    backend: jail.backend,
    idle: jail.idle,
    counts: { ...jail.counts },
    logPaths: [...jail.logPaths],
    journalMatches: jail.journalMatches.map((words) => words.join(' ')),
    actions: [...jail.actions.names],
    changed: desk.store.overrides(jail.name),
    notApplied: count(({ standing }) => standing !== 'leaving'),
    leaving: count(({ standing }) => standing === 'leaving'),
    bans: chosen[bans]().map((each) => ({ ...each, ban: { ...each.ban, matches: [], data: {}, marks: {} } })),
    problems,
  };
}
