/**
 * Control stage: commands and properties of one action of a jail: which there are, what they say, and a plan in which
 * one says something else.
 */

import { basename } from 'node:path';
import type { ActionCommandName, ActionPlan, JailPlan } from '../config/plans.js';
import { parseTime } from '../config/times.js';
import { parseBool } from '../config/values.js';
import type { JailFace } from '../jail/face.js';
import { CommandError, keyError, valueError } from './command-error.js';
import type { Value } from './values.js';

const COMMANDS: readonly ActionCommandName[] = [
  'actionban',
  'actioncheck',
  'actionflush',
  'actionprolong',
  'actionreban',
  'actionreload',
  'actionrepair',
  'actionstart',
  'actionstop',
  'actionunban',
];

/** What fail2ban's own action object has besides; listed because its client lists it. */
const OF_PYTHON = ['ESCAPE_CRE', 'ESCAPE_VN_CRE', 'banEpoch'];

/** Source: fail2ban, `get J actionmethods A`. */
export const ACTION_METHODS = [
  'ban',
  'clearAllParams',
  'consistencyCheck',
  'escapeTag',
  'executeCmd',
  'flush',
  'invalidateBanEpoch',
  'prolong',
  'reban',
  'reload',
  'replaceDynamicTags',
  'replaceTag',
  'start',
  'stop',
  'unban',
];

/** Source: fail2ban's CommandAction. */
const DEFAULT_TIMEOUT_SEC = 60;

/** @throws {CommandError} the jail has no such action */
export function actionPlanOf(plan: JailPlan, name: string): ActionPlan {
  const action = plan.actions.find((each) => each.name === name);
  if (!action) throw keyError(`Invalid Action name: ${name}`);
  return action;
}

/** Names in fail2ban's order. */
export function propertyNames(action: ActionPlan): string[] {
  const own = [...action.properties.keys()].filter((name) => name !== 'timeout' && !name.includes('?'));
  // fail2ban's action objects have all commands from the start but this one.
  const commands = COMMANDS.filter((name) => name !== 'actionprolong' || action.commands[name] !== undefined);
  return [...new Set([...OF_PYTHON, ...commands, 'timeout', ...own])].sort();
}

/** @throws {CommandError} in Python's words: there is no such property */
export function readProperty(action: ActionPlan, name: string): Value {
  if (name === 'timeout') {
    const written = action.properties.get('timeout')?.value;
    return written === undefined ? DEFAULT_TIMEOUT_SEC : parseTime(written).seconds;
  }
  if (isCommand(name)) return action.commands[name]?.value ?? '';
  const flag = FLAGS[name];
  if (flag && action[flag]) return action[flag].value;
  const value = action.properties.get(name)?.value;
  if (value !== undefined) return value;
  throw new CommandError(`'CommandAction' object has no attribute '${name}'`, { name: 'AttributeError' });
}

export interface PropertyChange {
  readonly action: string;
  readonly property: string;
  readonly value: string;
}

/** @throws {CommandError | ConfigError} no such action, or no such value */
export function withActionProperty(plan: JailPlan, { action, property, value }: PropertyChange): JailPlan {
  const old = actionPlanOf(plan, action);
  if (property === 'timeout') parseTime(value);
  const flag = FLAGS[property];
  const next: ActionPlan = isCommand(property)
    ? { ...old, commands: { ...old.commands, [property]: { value } } }
    : flag
      ? { ...old, [flag]: { value: parseBool(value) } }
      : { ...old, properties: new Map(old.properties).set(property, { value }) };
  return { ...plan, actions: plan.actions.map((each) => (each === old ? next : each)) };
}

/** Those that an action file can only say yes or no to. */
const FLAGS: Readonly<Record<string, 'startOnDemand' | 'repairOnUnban' | 'noRestored'>> = {
  actionstart_on_demand: 'startOnDemand',
  actionrepair_on_unban: 'repairOnUnban',
  norestored: 'noRestored',
};

/**
 * A plan with one action more, that has no commands yet. @param plugin path of a Python file, whose place a built-in
 * takes; @param options its options as JSON. @throws {CommandError} there is one of this name, or the JSON is none
 */
export function withAction(
  plan: JailPlan,
  name: string,
  { plugin, options = '{}' }: { plugin?: string | undefined; options?: string | undefined } = {},
): JailPlan {
  if (plan.actions.some((action) => action.name === name)) throw valueError(`Action ${name} already exists`);
  const action: ActionPlan = {
    name,
    file: plugin === undefined ? name : basename(plugin),
    origin: undefined,
    plugin,
    commands: {},
    startOnDemand: undefined,
    repairOnUnban: undefined,
    noRestored: undefined,
    properties: plugin === undefined ? new Map() : propertiesOf(options),
  };
  return { ...plan, actions: [...plan.actions, action] };
}

function propertiesOf(json: string): ReadonlyMap<string, { readonly value: string }> {
  let options: unknown;
  try {
    options = JSON.parse(json);
  } catch (error) {
    throw valueError((error as Error).message);
  }
  if (typeof options !== 'object' || options === null) throw valueError(`these are no options: ${json}`);
  return new Map(Object.entries(options).map(([key, value]) => [key, { value: String(value) }]));
}

/** @throws {CommandError} there is no such action */
export function withoutAction(plan: JailPlan, name: string): JailPlan {
  const gone = actionPlanOf(plan, name);
  return { ...plan, actions: plan.actions.filter((action) => action !== gone) };
}

/** In force at once where the jail is open. */
export function setProperty(jail: JailFace, { action, property, value }: PropertyChange): void {
  jail.actions.action(action)?.set(property, property === 'timeout' ? parseTime(value).seconds : value);
}

function isCommand(name: string): name is ActionCommandName {
  return (COMMANDS as readonly string[]).includes(name);
}
