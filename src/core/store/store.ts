/**
 * Store stage: the contract. What f2b remembers between two runs, and between a crash and the next start.
 *
 * One process writes at a time (lock.ts); reading never waits. All calls but `durable` are synchronous. Everything
 * inside `transaction` happens or nothing does, also when the power goes; then the last second of them may not have
 * happened, positions in logs included, so that lines are read again.
 */
import type {
  ActionMark,
  Failing,
  HeldBan,
  Json,
  LeaveReason,
  LogPosition,
  PastBan,
  Reputation,
} from '../records.js';

/** Totals of a jail since it was first seen. */
export interface JailTotals {
  readonly failed: number;
  readonly banned: number;
}

/** State of one action for one address family (`inet4`, `inet6`, or `` where it knows none). */
export interface FamilyState {
  readonly action: string;
  readonly family: string;
  /** `starting`: its actionstart was running when somebody pulled the plug. */
  readonly state: 'starting' | 'started';
  /** Identifies the boot it was started in: after a reboot nothing is started. */
  readonly bootId: string;
}

export interface PastQuery {
  readonly id?: string | undefined;
  readonly jail?: string | undefined;
  /** Newest first; at most so many. */
  readonly limit?: number | undefined;
}

export interface Store {
  /** File it is in; undefined in memory. */
  readonly path: string | undefined;
  /** What was written waits somewhere else (patient.ts): reading may show an older state. */
  readonly isBehind: boolean;

  /** @throws whatever `work` throws, and then nothing of it has happened. */
  transaction<T>(work: () => T): T;

  /** Bans that stand or are leaving, in order of being added. */
  bans(jail: string): readonly HeldBan[];
  /** Those of `bans` that are leaving. */
  leaving(jail: string): readonly HeldBan[];
  /** Jails that hold bans or failures, or whose actions were started; also such as the configuration no longer has. */
  jails(): readonly string[];
  /**
   * A new ban: becomes part of the history and of the reputation too. Not where it is `restored`: then the latest entry
   * the history has of it stands again. One that is held already (leaving, but its unban failed) ends for it.
   */
  addBan(ban: HeldBan): void;
  /** The same for many at once, and faster. */
  addBans(bans: readonly HeldBan[]): void;
  /**
   * It was prolonged, or put back: everything but its marks and `leaving` is from now on as `ban` says, also in the
   * history. Nothing happens when it is not held.
   */
  updateBan(ban: HeldBan): void;
  /** The same for many at once, and faster. */
  updateBans(bans: readonly HeldBan[]): void;
  /** Marks of one action; undefined takes them away. */
  markBans(
    jail: string,
    action: string,
    marks: readonly (readonly [id: string, mark: ActionMark | undefined])[],
  ): void;
  leaveBans(jail: string, ids: readonly string[], reason: LeaveReason): void;
  /** Taken back: gone from `bans`, ended in the history. */
  endBans(
    jail: string,
    ids: readonly string[],
    end: { readonly atSec: number; readonly by: LeaveReason },
  ): void;
  /**
   * The history and reputation of these ids is forgotten, as a manual unban does; `ids` undefined: of all. Bans that are
   * held stay held, and leave no trace when they end.
   */
  forget(jail: string, ids?: readonly string[]): void;

  /** History, newest first, bans that stand among it. */
  past(query: PastQuery): readonly PastBan[];
  /** Entries of a history from elsewhere. Nothing is banned by them. */
  addPast(past: readonly PastBan[]): void;
  /** Of one jail, or merged over all (sum of counts, the rest of the latest) where `jail` is undefined. */
  reputation(id: string, jail: string | undefined): Reputation | undefined;
  /** `banCount` of the reputation in one jail, for each of these ids that has one. */
  banCounts(jail: string, ids: readonly string[]): ReadonlyMap<string, number>;
  /**
   * What a jail starts with when it was not running: the latest ban of each id that is not over at `nowSec`, oldest
   * first. Left out are those that `bans` still has, and those that somebody took back by hand.
   */
  restorable(jail: string, nowSec: number): readonly PastBan[];

  /** In the order they first failed. */
  failing(jail: string): readonly Failing[];
  /** The same one by one, so that they need not all be in memory at once. */
  eachFailing(jail: string): Iterable<Failing>;
  oneFailing(jail: string, id: string): Failing | undefined;
  /** Replaces those of the jail. */
  saveFailing(jail: string, failing: readonly Failing[]): void;
  /** Some of them have changed, some are gone. */
  changeFailing(jail: string, changed: readonly Failing[], gone: readonly string[]): void;

  positions(jail: string): readonly LogPosition[];
  savePosition(jail: string, position: LogPosition): void;
  dropPosition(jail: string, path: string): void;

  families(jail: string): readonly FamilyState[];
  /** undefined `state`: it is stopped. */
  saveFamily(
    jail: string,
    action: string,
    family: string,
    state: Omit<FamilyState, 'action' | 'family'> | undefined,
  ): void;

  totals(jail: string): JailTotals;
  addTotals(jail: string, more: JailTotals): void;

  /** Settings changed by hand without a server (`f2b set sshd maxretry 3`), until they are reset. */
  overrides(jail: string): Readonly<Record<string, Json>>;
  /** undefined `value`: back to what the configuration says. */
  saveOverride(jail: string, name: string, value: Json | undefined): void;

  /** Up to which time bans of each id have been imported: importing again takes only what is newer. */
  imported(jail: string): ReadonlyMap<string, number>;
  noteImported(jail: string, times: readonly (readonly [id: string, timeSec: number])[]): void;

  /**
   * Forgets history older than `ageSec`; the latest entry of an id is also its reputation and what is restored, so it
   * stays for three times its ban time more. @returns rows that went. Source: fail2ban's dbpurgeage
   */
  purge(nowSec: number, ageSec: number): number;
  sizeBytes(): number;
  /** Resolves when all that was committed so far would survive a power failure; `close` sees to it too. */
  durable(): Promise<void>;
  /** Calling it twice does no harm. */
  close(): void;
}
