/**
 * Jail stage: the actions that a jail had when it was last looked after, by all of their commands: what they hold can be
 * taken back when the configuration knows nothing of them any more.
 *
 * ActionPlan ↔ Json, kept in the store among settings, under a name that no jail can have.
 */
import type { ActionPlan } from '../config/plans.js';
import type { Json } from '../records.js';
import type { Store } from '../store/store.js';
import { meaningOf } from './action-changes.js';

/** Undefined: nothing is remembered, the jail is new. */
export function formerActions(jail: string, store: Store): readonly ActionPlan[] | undefined {
  const kept = store.overrides(shelfOf(jail))[ACTIONS];
  return kept === undefined ? undefined : (revive(kept) as ActionPlan[]);
}

/** These are the jail's actions from now on; none: nothing is to be remembered of it. */
export function keepActions(jail: string, store: Store, plans: readonly ActionPlan[]): void {
  const before = formerActions(jail, store);
  if (plans.length === 0 ? before === undefined : before && meaningOf(before) === meaningOf(plans)) return;
  const kept = plans.length === 0 ? undefined : flatten(plans);
  store.transaction(() => store.saveOverride(shelfOf(jail), ACTIONS, kept));
}

const ACTIONS = 'actions';

function shelfOf(jail: string): string {
  return `${jail}\n`;
}

const MAP = '\u0000map';

/** Maps become objects with one key, in order. */
function flatten(value: unknown): Json {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Map ? { [MAP]: [...part] } : part,
  );
  return JSON.parse(text) as Json;
}

function revive(value: Json): unknown {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => {
    if (part === null || typeof part !== 'object' || !(MAP in part)) return part;
    return new Map(part[MAP] as [unknown, unknown][]);
  });
}
