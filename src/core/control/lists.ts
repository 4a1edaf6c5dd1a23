/**
 * Control stage: the settings of a jail that are lists: expressions, ignored addresses, logs, journal matches.
 *
 * Each shows its items as texts, so that an override can say which were added and which were dropped, and makes a plan
 * with items more or fewer. Items that stay keep their origin.
 */
import type { JailPlan } from '../config/plans.js';
import type { Sourced } from '../errors.js';
import { banIdOf } from './desk.js';
import { withFilter } from './settings.js';

export interface ListSetting {
  readonly name: string;
  items(plan: JailPlan): readonly string[];
  add(plan: JailPlan, item: string): JailPlan;
  /** Without the first item of this text. */
  drop(plan: JailPlan, item: string): JailPlan;
}

export const FAILREGEX = regexes('failregex');
export const IGNOREREGEX = regexes('ignoreregex');

export const IGNOREIP: ListSetting = {
  name: 'ignoreip',
  items: ({ ignoreIp }) => ignoreIp.map(({ value }) => value),
  add: (plan, item) => ({ ...plan, ignoreIp: [...plan.ignoreIp, { value: item }] }),
  drop: (plan, item) => ({ ...plan, ignoreIp: without(plan.ignoreIp, (value) => sameRule(value, item)) }),
};

/** An item is a path, with its mode behind a newline where it has one. */
export const LOGPATH: ListSetting = {
  name: 'logpath',
  items: ({ logPaths }) => logPaths.flatMap(({ value }) => value.files),
  add(plan, item) {
    const [path = '', mode = 'head'] = item.split('\n');
    return { ...plan, logPaths: [...plan.logPaths, { value: { pattern: path, mode, files: [path] } }] };
  },
  drop(plan, item) {
    const [path] = item.split('\n');
    const logPaths = plan.logPaths.flatMap((entry) => {
      const { value, origin } = entry;
      if (!value.files.includes(path ?? '')) return [entry];
      // What a glob stood for, without the one.
      const kept = value.files.filter((file) => file !== path);
      return kept.map((file) => ({ value: { pattern: file, mode: value.mode, files: [file] }, origin }));
    });
    return { ...plan, logPaths };
  },
};

/** An item is a list of words as JSON. */
export const JOURNALMATCH: ListSetting = {
  name: 'journalmatch',
  items: ({ filter }) => filter.journalmatch.map(({ value }) => JSON.stringify(value)),
  add: (plan, item) =>
    withFilter(plan, {
      journalmatch: [...plan.filter.journalmatch, { value: JSON.parse(item) as string[] }],
    }),
  drop: (plan, item) =>
    withFilter(plan, {
      journalmatch: without(plan.filter.journalmatch, (value) => JSON.stringify(value) === item),
    }),
};

export const LISTS: readonly ListSetting[] = [FAILREGEX, IGNOREREGEX, IGNOREIP, LOGPATH, JOURNALMATCH];

function regexes(name: 'failregex' | 'ignoreregex'): ListSetting {
  return {
    name,
    items: ({ filter }) => filter[name].map(({ value }) => value),
    add: (plan, item) => withFilter(plan, { [name]: [...plan.filter[name], { value: item }] }),
    drop: (plan, item) => withFilter(plan, { [name]: without(plan.filter[name], (value) => value === item) }),
  };
}

function without<T>(items: readonly Sourced<T>[], is: (value: T) => boolean): readonly Sourced<T>[] {
  const index = items.findIndex(({ value }) => is(value));
  return index < 0 ? items : items.toSpliced(index, 1);
}

/** `10.0.0.0/255.0.0.0` and `10.0.0.0/8` are one rule. */
export function sameRule(one: string, other: string): boolean {
  return one === other || banIdOf(one).id === banIdOf(other).id;
}
