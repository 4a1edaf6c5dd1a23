/**
 * One entry of a jail's `action` → ActionPlan and its commands.
 *
 * Tags that are known now are filled in; `<matches>`, `<ip>`, whatever depends on the address family, and unknown
 * names stay for the ban. Source: jail.conf(5) "ACTION FILES", config.md §5.2.
 */
import { ConfigError, type Sourced } from '../errors.js';
import { reprString } from '../python-repr.js';
import { type Combined, combine, combineOwn, type Definition, readDefinition } from './combined.js';
import { command, word } from './commands.js';
import type { ActionCommandName, ActionPlan, Command, Word } from './plans.js';
import { originOf, sourced, type Traced, traced } from './traced.js';
import type { ConfigTree } from './tree.js';
import { parseBool } from './values.js';

/** Options of an action that fail2ban knows, in its order; those in BOOLEANS are yes or no. */
export const ACTION_OPTIONS = [
  'actionstart',
  'actionstart_on_demand',
  'actionstop',
  'actionflush',
  'actionreload',
  'actioncheck',
  'actionrepair',
  'actionrepair_on_unban',
  'actionban',
  'actionprolong',
  'actionreban',
  'actionunban',
  'norestored',
] as const;

export const ACTION_BOOLEANS: ReadonlySet<string> = new Set([
  'actionstart_on_demand',
  'actionrepair_on_unban',
  'norestored',
]);

/**
 * f2b's own keys, of which the command stream says nothing: how to ask for a ban, and how to write many at once.
 * Source: docs/actions.md.
 */
export const EXTRA_OPTIONS = [
  'actionverify',
  'actionlist',
  'bulkban',
  'bulkban_head',
  'bulkban_line',
  'bulkban_tail',
  'bulkunban',
  'bulkunban_head',
  'bulkunban_line',
  'bulkunban_tail',
  'bulksize',
] as const;

const EXTRAS: ReadonlySet<string> = new Set(EXTRA_OPTIONS);

/** Tags that the ban fills in, whatever the configuration calls so. */
const AT_BAN: ReadonlySet<string> = new Set(['matches', 'ipmatches', 'ipjailmatches', 'timeout', 'bantime']);

export interface ActionEntry {
  readonly jail: string;
  /** Name of the file in action.d. */
  readonly file: string;
  /** The entry as written, for messages. */
  readonly written: Traced;
  readonly brackets: ReadonlyMap<string, Traced>;
}

/** Name of the action within its jail: `actname`, or the file's name with what `name` adds to the jail's. */
export function actionName({ jail, file, brackets }: ActionEntry): string {
  const given = brackets.get('actname');
  if (given) return given.text;
  const name = brackets.get('name')?.text ?? jail;
  return name.startsWith(jail) ? file + name.slice(jail.length) : `${file}-${name}`;
}

export interface ReadAction {
  readonly entry: ActionEntry;
  readonly name: string;
  readonly definition: Definition;
}

/**
 * Reads the values; tags are filled in later by `planAction`, as fail2ban does.
 *
 * @throws {ConfigError} `%(…)s` cannot be expanded
 */
export function readAction(
  tree: ConfigTree,
  entry: ActionEntry,
  jailVars: ReadonlyMap<string, Traced>,
): ReadAction {
  const name = actionName(entry);
  const brackets = new Map(entry.brackets);
  const origin = originOf(entry.written);
  if (!brackets.has('name')) brackets.set('name', traced(entry.jail, origin));
  if (!brackets.has('actname')) brackets.set('actname', traced(name, origin));
  try {
    const definition = readDefinition(tree, { table: ACTION_OPTIONS, jailVars, brackets, keep: AT_BAN });
    return { entry, name, definition };
  } catch (error) {
    throw inAction(error, entry);
  }
}

/** fail2ban says which action it was while it reads, not later. */
export function inAction(error: unknown, entry: ActionEntry): unknown {
  if (!(error instanceof ConfigError)) return error;
  const { origin, section, option } = error;
  return new ConfigError(
    error.code,
    `Error in action definition ${reprString(entry.written.text)}: ${error.message}`,
    { origin, section, option },
    { hint: error.hint, cause: error },
  );
}

export interface PlannedAction {
  readonly plan: ActionPlan;
  readonly commands: readonly Command[];
}

/** @throws {ConfigError} tags go in circles */
export function planAction({ entry, name, definition }: ReadAction): PlannedAction {
  const combined = combine(definition);
  return {
    plan: { ...actionPlan(entry, name, combined), extras: extrasOf(definition, combined) },
    commands: [
      command('set', entry.jail, 'addaction', sourced(name, entry.written)),
      command('multi-set', entry.jail, 'action', name, pairs(combined, entry.brackets)),
    ],
  };
}

/** The pairs of `multi-set`: what fail2ban knows with tags filled in, then the properties as written. */
function pairs({ values, init, defined }: Combined, brackets: ReadonlyMap<string, unknown>): Word {
  // Without [Definition] everything is undefined, in order, but for what brackets say (behind) or [Init] (in place).
  const unset = defined ? [] : ACTION_OPTIONS.filter((name) => !brackets.has(name));
  const table = new Map<string, Traced | undefined>(unset.map((name) => [name, undefined]));
  for (const [name, value] of values) if (isTableOption(name)) table.set(name, value);
  const known = [...table].map(([name, value]) => [word(name), value ? typed(name, value) : word(null)]);
  const properties = [...init].filter(([name]) => !isTableOption(name));
  return [...known, ...properties.map(([name, value]) => [word(name), sourced(value.text, value)])];
}

function isTableOption(name: string): boolean {
  return (ACTION_OPTIONS as readonly string[]).includes(name);
}

function typed(name: string, value: Traced): Sourced<string | boolean> {
  return sourced(ACTION_BOOLEANS.has(name) ? parseBool(value.text) : value.text, value);
}

function actionPlan(entry: ActionEntry, name: string, { values, init }: Combined): ActionPlan {
  const commands: Partial<Record<ActionCommandName, Sourced<string>>> = {};
  const flag = (option: string): Sourced<boolean> | undefined => {
    const value = values.get(option);
    return value && sourced(parseBool(value.text), value);
  };
  for (const option of ACTION_OPTIONS) {
    const value = values.get(option);
    if (value && !ACTION_BOOLEANS.has(option))
      commands[option as ActionCommandName] = sourced(value.text, value);
  }
  const properties = [...init].filter(([key]) => !isTableOption(key));
  return {
    name,
    file: entry.file,
    origin: originOf(entry.written),
    plugin: undefined,
    commands,
    startOnDemand: flag('actionstart_on_demand'),
    repairOnUnban: flag('actionrepair_on_unban'),
    noRestored: flag('norestored'),
    properties: new Map(properties.map(([key, value]) => [key, sourced(value.text, value)])),
  };
}

function extrasOf(definition: Definition, combined: Combined): Map<string, Sourced<string>> {
  const own = combineOwn(definition, combined, EXTRAS);
  return new Map([...own].map(([name, value]) => [name, sourced(value.text, value)]));
}

/** A Python plug-in: only its path and options are passed on. */
export function planPlugin(entry: ActionEntry, path: string): PlannedAction {
  const base = entry.file.replace(/\.py$/, '');
  const brackets = new Map(entry.brackets);
  const name = brackets.get('actname')?.text ?? base;
  brackets.delete('actname');
  const options = Object.fromEntries([...brackets].map(([key, value]) => [key, value.text]));
  return {
    plan: {
      name,
      file: entry.file,
      origin: originOf(entry.written),
      plugin: path,
      commands: {},
      startOnDemand: undefined,
      repairOnUnban: undefined,
      noRestored: undefined,
      properties: new Map([...brackets].map(([key, value]) => [key, sourced(value.text, value)])),
    },
    commands: [
      command('set', entry.jail, 'addaction', sourced(name, entry.written), path, pythonJson(options)),
    ],
  };
}

/** JSON as Python's json.dumps spaces and escapes it. */
function pythonJson(options: Readonly<Record<string, string>>): string {
  const text = (value: string) =>
    JSON.stringify(value).replace(
      /[\x7f-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `{${Object.entries(options)
    .map(([key, value]) => `${text(key)}: ${text(value)}`)
    .join(', ')}}`;
}
