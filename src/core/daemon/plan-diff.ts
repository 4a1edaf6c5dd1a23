/**
 * Daemon: what a reload changes: two plans of a jail → nothing, or what of it goes on otherwise.
 *
 * Where a value is written does not matter, only what it is. Pure.
 */
import type { ActionPlan, JailPlan } from '../config/plans.js';
import type { ActionChanges } from '../jail/jail.js';

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

function diffActions(before: readonly ActionPlan[], after: readonly ActionPlan[]): ActionChanges | undefined {
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
