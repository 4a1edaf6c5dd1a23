/**
 * Jail stage: what is remembered of a jail as a whole, from one look at it to the next: the boot it was in, and its
 * bantime. Kept among the families of its actions, under a name that no action has.
 */
import type { Store } from '../store/store.js';

const WHOLE_JAIL = '';
const BOOT = '';
const BAN_TIME = 'bantime';

/** Where and in which boot. */
export interface Place {
  readonly store: Store;
  /** Identifies the running boot. */
  readonly bootId: string;
}

/** Was the machine started anew since this jail was last looked after? */
export function isRebooted(jail: string, { store, bootId }: Place): boolean {
  const before = recall(jail, store, BOOT);
  return before !== undefined && before !== bootId;
}

/** From now on it was looked after in this boot. */
export function noteBoot(jail: string, { store, bootId }: Place): void {
  note(jail, store, [BOOT, bootId]);
}

/** The bantime of the jail when it was last looked after; undefined when it never was. */
export function banTimeBefore(jail: string, store: Store): number | undefined {
  const text = recall(jail, store, BAN_TIME);
  return text === undefined ? undefined : Number(text);
}

export function noteBanTime(jail: string, store: Store, banTimeSec: number): void {
  note(jail, store, [BAN_TIME, String(banTimeSec)]);
}

/** It is wound up. */
export function forgetWholeJail(jail: string, store: Store): void {
  store.transaction(() => {
    for (const what of [BOOT, BAN_TIME]) store.saveFamily(jail, WHOLE_JAIL, what, undefined);
  });
}

function recall(jail: string, store: Store, what: string): string | undefined {
  return store.families(jail).find(({ action, family }) => action === WHOLE_JAIL && family === what)?.bootId;
}

function note(jail: string, store: Store, [what, value]: readonly [string, string]): void {
  if (recall(jail, store, what) === value) return;
  store.transaction(() => store.saveFamily(jail, WHOLE_JAIL, what, { state: 'started', bootId: value }));
}
