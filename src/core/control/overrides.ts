/**
 * Control stage: settings changed by hand without a server. They are kept in the store, beside the configuration, and
 * laid over it whenever a jail is opened, until `f2b reload` drops them.
 *
 * JailPlan and overrides → JailPlan. One override a name: `maxretry: "5"`, lists as `{add: […], drop: […]}`, properties
 * of actions as `action/NAME/PROPERTY: "value"`, and `idle: true`. What no longer makes sense is left out and told.
 */
import type { JailPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import type { JailFace } from '../jail/face.js';
import type { Json } from '../records.js';
import { withActionProperty } from './action-properties.js';
import type { Desk } from './desk.js';
import { LISTS, type ListSetting } from './lists.js';
import { SETTINGS } from './settings.js';

export type Overrides = Readonly<Record<string, Json>>;

interface ListChange {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/** @param onProblem an override that is left out, and why */
export function overridePlan(
  plan: JailPlan,
  overrides: Overrides,
  onProblem: (name: string, message: string) => void = () => {},
): JailPlan {
  let result = plan;
  for (const [name, value] of Object.entries(overrides)) {
    try {
      result = overrideOne(result, name, value);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      onProblem(name, error.message);
    }
  }
  return result;
}

/** What is no part of a plan: call it once the jail is open. */
export function applyOverrides(face: JailFace, overrides: Overrides): void {
  if (overrides['idle'] === true) face.idle = true;
}

function overrideOne(plan: JailPlan, name: string, value: Json): JailPlan {
  const setting = SETTINGS.find((each) => each.name === name);
  if (setting) return setting.write(plan, String(value));
  const list = LISTS.find((each) => each.name === name);
  if (list) {
    const { add, drop } = changeOf(value);
    const dropped = drop.reduce((next, item) => list.drop(next, item), plan);
    return add.reduce((next, item) => list.add(next, item), dropped);
  }
  const [kind, action, property] = name.split('/');
  if (kind === 'action' && action !== undefined && property !== undefined) {
    return withActionProperty(plan, { action, property, value: String(value) });
  }
  return plan;
}

/** Adds an item to a list, and writes that down. What was only dropped by hand is simply there again. */
export function addToList(
  desk: Desk,
  jail: JailFace,
  { list, item }: { list: ListSetting; item: string },
): void {
  desk.adopt(jail, list.add(desk.planOf(jail), item));
  const { add, drop } = savedChange(desk, jail, list);
  const back = lessOne(drop, item);
  saveChange(desk, jail, { list, change: back ? { add, drop: back } : { add: [...add, item], drop } });
}

/** Drops an item from a list, and writes that down. */
export function dropFromList(
  desk: Desk,
  jail: JailFace,
  { list, item }: { list: ListSetting; item: string },
): void {
  desk.adopt(jail, list.drop(desk.planOf(jail), item));
  const { add, drop } = savedChange(desk, jail, list);
  const back = lessOne(add, item);
  saveChange(desk, jail, { list, change: back ? { add: back, drop } : { add, drop: [...drop, item] } });
}

function savedChange(desk: Desk, jail: JailFace, list: ListSetting): ListChange {
  return changeOf(desk.store.overrides(jail.name)[list.name] ?? null);
}

function saveChange(
  desk: Desk,
  jail: JailFace,
  { list, change }: { list: ListSetting; change: ListChange },
): void {
  const { add, drop } = change;
  const value = add.length + drop.length === 0 ? undefined : { add, drop };
  desk.save(jail.name, list.name, value);
}

function changeOf(value: Json): ListChange {
  const { add = [], drop = [] } = (value ?? {}) as Partial<ListChange>;
  return { add, drop };
}

/** The list without its first such item; undefined when it has none. */
function lessOne(items: readonly string[], item: string): string[] | undefined {
  const index = items.indexOf(item);
  return index < 0 ? undefined : items.toSpliced(index, 1);
}
