/**
 * Jail stage: what another plan means for the actions of a jail: which let go of their bans, which go on, which are new.
 *
 * Two lists of ActionPlans → ActionChanges. Where a value is written does not matter, only what it is. Pure.
 */
import type { ActionPlan } from '../config/plans.js';

/** By name. */
export interface ActionChanges {
  /** Let go of all they hold and are taken down: no longer there, or to be built anew. */
  readonly dropped: readonly string[];
  /** Go on with other properties, and are told (actionreload). */
  readonly reloaded: readonly string[];
  /** Are new, and could not take back what is banned by them (mail): bans that stand are none of their business. */
  readonly passing: readonly string[];
}

/** @returns undefined when they are the same */
export function diffActions(
  before: readonly ActionPlan[],
  after: readonly ActionPlan[],
): ActionChanges | undefined {
  const dropped: string[] = [];
  const reloaded: string[] = [];
  const passing: string[] = [];
  let changes = before.length !== after.length;
  for (const action of before) {
    const next = after.find(({ name }) => name === action.name);
    if (next && meaningOf(next) === meaningOf(action)) continue;
    changes = true;
    if (!next || (canTakeBack(action) && !has(next, 'actionreload'))) dropped.push(action.name);
    else reloaded.push(action.name);
  }
  for (const action of after) {
    if (before.some(({ name }) => name === action.name)) continue;
    changes = true;
    if (!canTakeBack(action)) passing.push(action.name);
  }
  return changes || isReordered(before, after) ? { dropped, reloaded, passing } : undefined;
}

function isReordered(before: readonly ActionPlan[], after: readonly ActionPlan[]): boolean {
  return before.some(({ name }, index) => after[index]?.name !== name);
}

/** Does something of a ban stay behind, that another command takes away? Not so for a mail. */
function canTakeBack(action: ActionPlan): boolean {
  return has(action, 'actionunban') || has(action, 'actionflush');
}

/** Also for one address family only. */
function has(action: ActionPlan, name: 'actionunban' | 'actionflush' | 'actionreload'): boolean {
  if ((action.commands[name]?.value ?? '').trim() !== '') return true;
  return [...action.properties].some(([key, { value }]) => key.startsWith(`${name}?`) && value.trim() !== '');
}

/** A plan as text, without places. */
export function meaningOf(plan: unknown): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === 'origin') return undefined;
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return value;
  });
}
