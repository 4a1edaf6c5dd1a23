/**
 * Daemon: what a reload changes: two plans of a jail → nothing, or which of its actions are other ones now.
 *
 * Where a value is written does not matter, only what it is. Pure.
 */
import type { ActionPlan, JailPlan } from '../config/plans.js';

export interface PlanDiff {
  readonly isSame: boolean;
  /** Files or journal: then the jail has to be begun anew. */
  readonly backendChanged: boolean;
  /** Actions of the old plan that the new one does not have, or has otherwise. */
  readonly goneActions: readonly string[];
}

export function diffPlans(before: JailPlan, after: JailPlan): PlanDiff {
  const goneActions = before.actions
    .filter((action) => !after.actions.some((other) => isSameAction(action, other)))
    .map(({ name }) => name);
  return {
    isSame: meaningOf({ ...before, commands: [] }) === meaningOf({ ...after, commands: [] }),
    backendChanged: before.backend.value !== after.backend.value,
    goneActions,
  };
}

function isSameAction(a: ActionPlan, b: ActionPlan): boolean {
  return meaningOf(a) === meaningOf(b);
}

/** A plan as text, without places. */
function meaningOf(plan: unknown): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === 'origin') return undefined;
    return value instanceof Map ? [...value] : value;
  });
}
