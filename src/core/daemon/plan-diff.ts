/**
 * Daemon: what a reload changes: two plans of a jail → nothing, or what of it goes on otherwise.
 *
 * Where a value is written does not matter, only what it is. Pure.
 */
import type { JailPlan } from '../config/plans.js';
import { type ActionChanges, diffActions, meaningOf } from '../jail/action-changes.js';

export { meaningOf } from '../jail/action-changes.js';

export interface PlanDiff {
  readonly isSame: boolean;
  /** Files or journal: then the jail has to be begun anew. */
  readonly backendChanged: boolean;
  /** Its logs are read, or looked through, in another way. */
  readonly readsOtherwise: boolean;
  /** Undefined: the actions are the same. */
  readonly actions: ActionChanges | undefined;
}

export function diffPlans(before: JailPlan, after: JailPlan): PlanDiff {
  return {
    isSame: meaningOf({ ...before, commands: [] }) === meaningOf({ ...after, commands: [] }),
    backendChanged: before.backend.value !== after.backend.value,
    readsOtherwise: meaningOf(readingOf(before)) !== meaningOf(readingOf(after)),
    actions: diffActions(before.actions, after.actions),
  };
}

/** After a change by hand: properties of actions are in force already, so only actions that came or went count. */
export function diffByHand(before: JailPlan, after: JailPlan): Omit<PlanDiff, 'isSame' | 'backendChanged'> {
  const known = new Set(before.actions.map(({ name }) => name));
  const kept = new Set(after.actions.map(({ name }) => name));
  const dropped = [...known].filter((name) => !kept.has(name));
  const passing = after.actions.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  return {
    readsOtherwise: meaningOf(readingOf(before)) !== meaningOf(readingOf(after)),
    // Who adds an action by hand gives it its commands later: it has nothing to do with bans that stand.
    actions: dropped.length + passing.length === 0 ? undefined : { dropped, passing, reloaded: [] },
  };
}

/** What the matcher goes by. */
function readingOf({ backend, filter, logPaths, findTime }: JailPlan): unknown {
  return { backend, filter, logPaths, findTimeSec: findTime?.value.seconds };
}
