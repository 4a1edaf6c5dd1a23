/**
 * Action stage: the contract between a jail and what carries its bans out.
 *
 * Bans in → commands → what became of each, told to an ActionJournal before and after a command runs, so that whoever
 * keeps the journal knows at any moment what is certain. One command at a time for each jail where order matters.
 */
import type { Ban, BanId, HeldBan, LeaveReason } from '../records.js';

/** What happened to one ban in one action. */
export interface ActionOutcome {
  readonly id: string;
  readonly ok: boolean;
  /** The action passes this ban over (`norestored`, nothing to run; unban: it never had it). */
  readonly skipped?: boolean | undefined;
  /** Exit code and last lines, in one text. */
  readonly reason?: string | undefined;
}

export type ActionStep = 'ban' | 'unban' | 'prolong' | 'reban';

/** Keeps what is certain. Each call is on disk when it returns. */
export interface ActionJournal {
  /** Commands for these ids are about to run. */
  begin(action: string, step: ActionStep, ids: readonly string[]): void;
  end(action: string, step: ActionStep, outcomes: readonly ActionOutcome[]): void;
  /** actionstart is about to run (`starting`), has succeeded (`started`), or the family is stopped (undefined). */
  family(action: string, family: string, state: 'starting' | 'started' | undefined): void;
  /** Somebody else is to be banned or let go meanwhile: what is slow and can be done later should make room. */
  readonly isAwaited?: boolean | undefined;
}

/** What an action knows from before it was opened. */
export interface ActionMemory {
  readonly families: readonly { readonly family: string; readonly state: 'starting' | 'started' }[];
  /** Families that hold bans: only there actionunban and actionflush run. */
  readonly holding: readonly string[];
  /** The very ids it holds (marks `done`, and `begun`): with these known, `holding` follows and may be empty. */
  readonly held?: readonly BanId[] | undefined;
}

/** Does the firewall have it? `unknown`: the action has no way to ask. */
export type Presence = 'present' | 'absent' | 'unknown';

export interface CheckResult {
  readonly action: string;
  readonly family: string;
  /** `repaired`: its rules were gone and stand again, but empty: bans have to be put back. */
  readonly state: 'sound' | 'repaired' | 'broken' | 'unchecked';
  readonly reason?: string | undefined;
}

/** All actions of a jail. Never rejects for a command that fails: the journal has it. */
export interface JailActions {
  readonly names: readonly string[];
  /** actionstart of what does not wait for the first ban. @returns what could not be started, by action */
  start(): Promise<readonly CheckResult[]>;
  /** In order; many at once go in bulk where the action can. `only`: these actions, others are left alone. */
  ban(bans: readonly Ban[], only?: readonly string[]): Promise<void>;
  /** Where marks are at hand, an action that never had a ban is not asked to take it back. */
  unban(bans: readonly (Ban | HeldBan)[], reason: LeaveReason, only?: readonly string[]): Promise<void>;
  /** Its bantime has changed. */
  prolong(bans: readonly Ban[]): Promise<void>;
  /** The firewall has lost them. */
  reban(bans: readonly Ban[], only?: readonly string[]): Promise<void>;
  /**
   * A command for them was cut off, nobody knows what came of it. Taken back quietly and banned again where there is
   * an actionunban; done where there is none (mail): nothing is sent twice.
   */
  redo(bans: readonly Ban[], only?: readonly string[]): Promise<void>;
  /** Everything goes: actionflush where there is one, else one by one. */
  flush(bans: readonly (Ban | HeldBan)[], reason: LeaveReason): Promise<void>;
  /** Runs actioncheck of everything that is started, and repairs what fails it. */
  check(): Promise<readonly CheckResult[]>;
  /** By id, then by action. */
  verify(bans: readonly Ban[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Presence>>>;
  /** actionstop, last action first. `idle`: families without bans of actions that start on demand; names: these actions. */
  stop(only?: 'idle' | readonly string[]): Promise<void>;
  /** actionreload of what is started; `only`: of these actions. */
  reload(only?: readonly string[]): Promise<void>;
  /** Properties by action, for `get J action A P` and `set J action A P V`. */
  action(name: string): ActionHandle | undefined;
}

export interface ActionHandle {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string | number | boolean>;
  set(property: string, value: string | number | boolean): void;
}
