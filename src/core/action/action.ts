/**
 * Action stage: one action of a jail, whatever carries it out: shell commands, a built-in, or nothing at all because its
 * file cannot be used. jail-actions.ts asks one after the other.
 */
import type { Ban, HeldBan, LeaveReason } from '../records.js';
import type { ActionHandle, CheckResult, Presence } from './actions.js';

export interface Action extends ActionHandle {
  start(): Promise<readonly CheckResult[]>;
  ban(bans: readonly Ban[]): Promise<void>;
  unban(bans: readonly (Ban | HeldBan)[], reason: LeaveReason): Promise<void>;
  redo(bans: readonly Ban[]): Promise<void>;
  prolong(bans: readonly Ban[]): Promise<void>;
  reban(bans: readonly Ban[]): Promise<void>;
  flush(bans: readonly (Ban | HeldBan)[], reason: LeaveReason): Promise<void>;
  check(): Promise<readonly CheckResult[]>;
  /** By id. */
  verify(bans: readonly Ban[]): Promise<ReadonlyMap<string, Presence>>;
  stop(only?: 'idle'): Promise<void>;
  reload(): Promise<void>;
}
