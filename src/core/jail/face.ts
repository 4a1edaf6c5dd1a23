/**
 * Jail stage: what the control desk sees of a jail. The jail of a daemon and the one that `f2b set` opens for a moment
 * are the same object (jail.ts); nobody but the jail changes its window and its ban book.
 */
import type { JailActions } from '../action/actions.js';
import type { JailPlan } from '../config/plans.js';
import type { IgnoreRules } from '../filter/ignore.js';
import type { BanId, Failing, HeldBan } from '../records.js';
import type { JailSettings } from './settings.js';

export interface JailCounts {
  readonly failing: number;
  readonly failedTotal: number;
  readonly banned: number;
  readonly bannedTotal: number;
  /** Ids that were forgotten before their time because more than `maxfailing` were failing; since this jail was opened. */
  readonly evicted?: number;
}

export interface ManualBan {
  readonly banTimeSec?: number | undefined;
}

export interface JailFace {
  readonly name: string;
  readonly plan: JailPlan;
  /** The backend really used: `polling` (files) or `systemd`. */
  readonly backend: string;
  /** In force; may be changed, holds from then on. */
  readonly settings: JailSettings;
  readonly ignore: IgnoreRules;
  readonly actions: JailActions;
  /** A jail that is idle reads nothing and bans nobody. */
  idle: boolean;
  readonly counts: JailCounts;
  /** Bans that stand, in order of banning; those that are leaving are not among them. */
  bans(): readonly HeldBan[];
  /** @param isMeant by id; default: everybody */
  failing(isMeant?: (id: string) => boolean): readonly Failing[];
  /** Log files in order of adding; empty for a journal. */
  readonly logPaths: readonly string[];
  /** Journal matches, one a line; empty for files. */
  readonly journalMatches: readonly (readonly string[])[];
  /** Bans from now on. @returns how many were not banned before */
  ban(ids: readonly BanId[], options?: ManualBan): number;
  /** A network also takes what is in it. Their history goes too. @returns the ids that were banned */
  unban(ids: readonly BanId[]): readonly string[];
  unbanAll(): number;
  /** Failures by hand. @returns false when it is ignored */
  attempt(id: BanId, lines: readonly string[]): Promise<boolean>;
  /** Writes down what has changed, then runs the commands that bans and unbans need. */
  enforce(): Promise<void>;
}
