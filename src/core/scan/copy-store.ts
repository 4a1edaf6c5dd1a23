/**
 * Scan: a copy of the store in memory, for runs that change nothing.
 */
import type { JailPlan } from '../config/plans.js';
import { formerActions, keepActions } from '../jail/former-actions.js';
import { MemoryStore } from '../store/memory.js';
import type { Store } from '../store/store.js';

/** What these jails have in the store, and all that is remembered of anybody. */
export function copyStore(from: Store, plans: readonly Pick<JailPlan, 'name'>[]): Store {
  const to = new MemoryStore();
  // What stands enters the history again as it is added below.
  to.addPast([...from.past({})].filter(({ endedSec }) => endedSec !== undefined).reverse());
  for (const { name } of plans) {
    to.addBans(from.bans(name));
    to.saveFailing(name, from.failing(name));
    for (const position of from.positions(name)) to.savePosition(name, position);
    for (const { action, family, ...state } of from.families(name))
      to.saveFamily(name, action, family, state);
    keepActions(name, to, formerActions(name, from) ?? []);
    to.addTotals(name, from.totals(name));
    for (const [option, value] of Object.entries(from.overrides(name))) to.saveOverride(name, option, value);
  }
  return to;
}
