/**
 * One section of jail.conf, with its filter and actions → JailPlan and its commands.
 *
 * Two steps, because fail2ban reports what goes wrong in the first one for all jails before it begins the second:
 * `readJail` reads options and files, `planJail` fills in action tags and looks for log files.
 * Source: jail.conf(5), config.md §4–§6.
 */

import { ConfigError, type Sourced } from '../errors.js';
import { reprString } from '../python-repr.js';
import {
  type ActionEntry,
  inAction,
  type PlannedAction,
  planAction,
  planPlugin,
  readAction,
} from './action-plan.js';
import { parseBrackets, splitActions } from './brackets.js';
import { type Combined, combine, type Definition, withJail } from './combined.js';
import { command, filterCommands } from './commands.js';
import { readFields } from './field-options.js';
import { FILTER_OPTIONS, type FilterValues, filterPlan, filterValues, readFilter } from './filter-plan.js';
import type { ConfigFolder } from './find-config.js';
import { timeValue } from './global-plan.js';
import {
  asVars,
  JAIL_OPTIONS,
  type JailOption,
  type JailReading,
  type JailValues,
  OWN_OPTIONS,
  readJailOptions,
} from './jail-options.js';
import { readLogPaths } from './log-paths.js';
import type { Command, JailPlan, LogPathPlan, TimeValue } from './plans.js';
import { ProblemLog } from './problems.js';
import { noFiles, readTree } from './read-tree.js';
import { originOf, sourced, type Traced } from './traced.js';
import type { ConfigTree } from './tree.js';
import { parseBool, splitList } from './values.js';

/** The jail cannot be used, others can: fail2ban's `Jail 'j' skipped, because of wrong configuration: …`. */
export class JailError extends ConfigError {}

export interface JailContext {
  readonly folder: ConfigFolder;
  readonly tree: ConfigTree;
  readonly problems: ProblemLog;
  /** `dump`: a jail without log files is shown all the same. */
  readonly mode: 'dump' | 'start' | 'check';
  /** Overrules what the backend says about `<logtype>`. */
  readonly logtype?: 'file' | 'journal' | undefined;
  /** Bracket options laid over those of the filter. */
  readonly filterOptions?: ReadonlyMap<string, Traced> | undefined;
  /** What the jail does about failures is not looked at. */
  readonly withoutActions?: boolean | undefined;
  /** `start`: a jail without log files is a jail all the same. */
  readonly mayLackLogs?: boolean | undefined;
  /** Called with every error; rethrows, or notes it so that reading goes on behind it. */
  readonly onError: (error: unknown, jail: string) => void;
}

/** A jail whose files are read. */
export interface ReadJail {
  readonly name: string;
  readonly values: JailValues;
  readonly own: JailValues;
  readonly filter: ReadFilter | undefined;
  /** The filter, read again with what the jail says. */
  readonly definition: Definition | undefined;
  readonly actions: (() => PlannedAction)[];
}

export interface ReadFilter {
  readonly name: string;
  readonly brackets: ReadonlyMap<string, Traced>;
  readonly definition: Definition;
  /** As the jail sees it, by `known/…`. */
  readonly combined: Combined;
}

/** @throws {ConfigError} fatal for everything; {@link JailError} for this jail only */
export function readJail(name: string, first: JailValues, context: JailContext): ReadJail {
  const filter = attempt(context, name, () => readJailFilter(name, first, context));
  for (const [key, value] of filter?.combined.values ?? []) context.tree.put(name, `known/${key}`, value);
  const reading: JailReading = {
    tree: context.tree,
    jail: name,
    problems: context.problems,
    onError: (error) => context.onError(error, name),
  };
  const values = readJailOptions(JAIL_OPTIONS, reading);
  const own = readJailOptions(OWN_OPTIONS, reading);
  const vars = asVars(values);
  const definition = filter && attempt(context, name, () => withJail(filter.definition, vars));
  const actions: (() => PlannedAction)[] = [];
  const action = context.withoutActions ? undefined : values.get('action')?.raw;
  for (const written of action ? splitActions(action) : []) {
    const read = attempt(context, name, () => readJailAction(name, written, { context, vars }));
    if (read) actions.push(read);
  }
  if (actions.length === 0 && (action?.text.trim() ?? '') === '' && !context.withoutActions) {
    context.problems.add('warning', 'no-action', `No actions were defined for ${name}`, { jail: name });
  }
  return { name, values, own, filter, definition, actions };
}

function readJailFilter(jail: string, first: JailValues, context: JailContext): ReadFilter | undefined {
  const written = first.get('filter')?.raw;
  if (!written || written.text === '') {
    context.problems.add('warning', 'no-filter', `No filter set for jail ${jail}`, { jail });
    return undefined;
  }
  const { name, options: own } = bracketed('filter', written);
  const options = new Map([...own, ...(context.filterOptions ?? [])]);
  const files = context.folder.filterFiles(name);
  if (files.length === 0) throw missingPart('filter', name, { written, context });
  const tree = readAll(files, context);
  if (!tree) throw missingPart('filter', name, { written, context });
  const { logtype } = context;
  const backend = logtype ? LOGTYPE_BACKEND[logtype] : String(first.get('backend')?.value ?? '');
  const definition = readFilter(tree, { brackets: options, jailVars: asVars(first), backend });
  return { name, brackets: options, definition, combined: combine(definition) };
}

const LOGTYPE_BACKEND = { file: 'auto', journal: 'systemd' } as const;

function readJailAction(
  jail: string,
  written: Traced,
  { context, vars }: { context: JailContext; vars: ReadonlyMap<string, Traced> },
): () => PlannedAction {
  const { name, options } = bracketed('action', written);
  const entry: ActionEntry = { jail, file: name, written, brackets: options };
  if (name.endsWith('.py')) {
    return () => planPlugin(entry, `${context.folder.dir}/action.d/${name}`);
  }
  const files = context.folder.actionFiles(name);
  if (files.length === 0) throw missingPart('action', name, { written, context });
  let tree: ConfigTree | undefined;
  try {
    tree = readAll(files, context);
  } catch (error) {
    throw inAction(error, entry);
  }
  if (!tree) throw missingPart('action', name, { written, context });
  const read = readAction(tree, entry, vars);
  return () => planAction(read);
}

/** Undefined when one of the main files could not be read. */
function readAll(files: readonly string[], context: JailContext): ConfigTree | undefined {
  const { problems, folder, mode } = context;
  const tree = readTree(files, { problems, tolerant: mode === 'check', included: folder.included });
  return files.every((file) => tree.files.includes(file)) ? tree : undefined;
}

function bracketed(kind: 'filter' | 'action', written: Traced): ReturnType<typeof parseBrackets> {
  try {
    return parseBrackets(written);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = `Invalid ${kind} definition ${reprString(written.text)}: ${error.message}`;
    throw new JailError(
      'bracket-syntax',
      message,
      { origin: error.origin, option: kind },
      { hint: error.hint },
    );
  }
}

function missingPart(
  kind: 'filter' | 'action',
  name: string,
  { written, context }: { written: Traced; context: JailContext },
): JailError {
  const place = { origin: originOf(written), option: kind };
  context.problems.addError('notice', noFiles(`${kind}.d/${name}`, context.folder.dir), {
    origin: place.origin,
  });
  const message =
    kind === 'filter'
      ? `Unable to read the filter ${reprString(name)}`
      : `Unable to read action ${reprString(name)}`;
  return new JailError(`missing-${kind}`, message, place);
}

function attempt<T>(context: JailContext, jail: string, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    context.onError(error, jail);
    return undefined;
  }
}

export interface PlannedJail {
  readonly plan: JailPlan;
  readonly commands: readonly Command[];
}

/** @throws {ConfigError} tags of an action go in circles; {@link JailError} no log files */
export function planJail(jail: ReadJail, context: JailContext): PlannedJail {
  const { name, values } = jail;
  const raw = (option: JailOption) => values.get(option)?.raw;
  const typed = <T>(option: JailOption) => {
    const found = values.get(option);
    return found && (sourced(found.value, found.raw) as Sourced<T>);
  };
  const number = (option: JailOption) => {
    const found = typed<number | bigint | null>(option);
    return found && found.value !== null ? { ...found, value: Number(found.value) } : undefined;
  };
  const time = (option: JailOption): Sourced<TimeValue> | undefined => {
    const found = raw(option);
    return found && sourced(timeValue(found.text), found);
  };
  const maxFailing = jail.own.get('maxfailing');
  const ignoreIp = raw('ignoreip');
  const logs = findLogs(jail, context);
  const filter = planFilter(jail, context.problems);
  const actions = jail.actions.map((plan) => attempt(context, name, plan)).filter((a) => a !== undefined);
  const simple = SIMPLE_OPTIONS.flatMap((option) => {
    const found = typed<string | number | boolean | null>(option);
    if (!found) return [];
    if (option !== 'ignoreip') return [command('set', name, option, found)];
    return [command('set', name, 'addignoreip', ...ipList(found as Sourced<string>))];
  });
  const commands = [
    command('add', name, logs.backend),
    ...filter.commands,
    ...simple,
    ...logs.paths.flatMap(({ value, origin }) =>
      value.files.map((file) => command('set', name, 'addlogpath', { value: file, origin }, value.mode)),
    ),
    ...actions.flatMap((action) => action.commands),
  ];
  const plan: JailPlan = {
    name,
    origin: context.tree.headers.get(name),
    backend: logs.backend,
    filter: filter.plan,
    maxRetry: number('maxretry'),
    maxMatches: number('maxmatches'),
    maxFailing:
      typeof maxFailing?.value === 'number' && maxFailing.value > 0
        ? sourced(maxFailing.value, maxFailing.raw)
        : undefined,
    findTime: time('findtime'),
    banTime: time('bantime'),
    growth: {
      increment: typed('bantime.increment'),
      factor: typed('bantime.factor'),
      formula: typed('bantime.formula'),
      multipliers: typed('bantime.multipliers'),
      maxTime: time('bantime.maxtime'),
      rndTime: time('bantime.rndtime'),
      overallJails: typed('bantime.overalljails'),
    },
    ignoreSelf: typed('ignoreself'),
    ignoreIp: ignoreIp ? ipList(sourced(ignoreIp.text, ignoreIp)) : [],
    ignoreCommand: typed('ignorecommand'),
    ignoreCache: typed('ignorecache'),
    logPaths: logs.paths,
    actions: actions.map((action) => action.plan),
    commands,
  };
  return { plan, commands };
}

/** Options that become one `set` each, in fail2ban's order. */
const SIMPLE_OPTIONS = [
  'maxretry',
  'maxmatches',
  'findtime',
  'bantime',
  'bantime.increment',
  'bantime.factor',
  'bantime.formula',
  'bantime.multipliers',
  'bantime.maxtime',
  'bantime.rndtime',
  'bantime.overalljails',
  'ignorecommand',
  'ignoreself',
  'ignoreip',
  'ignorecache',
  'logtimezone',
  'logencoding',
] as const satisfies readonly JailOption[];

function ipList({ value, origin }: Sourced<string>): Sourced<string>[] {
  return splitList(value).map((ip) => ({ value: ip, origin }));
}

/** The filter with what the jail section lays over it. */
export function planFilter(
  jail: ReadJail,
  problems: ProblemLog,
): { plan: JailPlan['filter']; commands: Command[] } {
  const { name, values, filter, definition } = jail;
  const fromJail = jailFilterValues(values);
  const combined = definition && combine(definition);
  // An option that the jail sets is not read from [Definition]; what brackets and [Init] say is added all the same.
  const shown = new Map(
    [...(combined?.values ?? [])].filter(([key]) => !values.has(key) || combined?.init.has(key)),
  );
  const fromFilter = filterValues(shown, problems);
  const own = filterCommands(name, { order: shown.keys(), values: fromFilter, combined });
  const over = filterCommands(name, { order: FILTER_OPTIONS, values: fromJail });
  const merged: FilterValues = {
    usedns: fromFilter.usedns ?? fromJail.usedns,
    prefregex: fromFilter.prefregex ?? fromJail.prefregex,
    maxlines: fromFilter.maxlines ?? fromJail.maxlines,
    datepattern: fromJail.datepattern ?? fromFilter.datepattern,
    failregex: [...fromFilter.failregex, ...fromJail.failregex],
    ignoreregex: [...fromFilter.ignoreregex, ...fromJail.ignoreregex],
    journalmatch: [...fromFilter.journalmatch, ...fromJail.journalmatch],
  };
  const extra = {
    logtimezone: values.get('logtimezone')?.raw,
    logencoding: values.get('logencoding')?.raw,
    fields: definition && combined && readFields(definition, combined),
  };
  return {
    plan: filterPlan(filter?.name ?? '', { brackets: filter?.brackets ?? new Map(), values: merged }, extra),
    commands: [...over.front, ...own.front, ...own.rest, ...over.rest],
  };
}

function jailFilterValues(values: JailValues): FilterValues {
  const options = new Map<string, Traced>();
  for (const name of FILTER_OPTIONS) {
    const found = values.get(name);
    if (found && name !== 'maxlines') options.set(name, found.raw);
  }
  const maxlines = values.get('maxlines');
  const number =
    maxlines && maxlines.value !== null ? sourced(maxlines.value as number, maxlines.raw) : undefined;
  return { ...filterValues(options, new ProblemLog()), maxlines: number };
}

interface FoundLogs {
  readonly backend: Sourced<string>;
  readonly paths: readonly Sourced<LogPathPlan>[];
}

/**
 * May a jail that finds no log file read the journal? HEAD asks for a journalmatch of the jail itself; where the
 * configuration is f2b's own that of the filter counts as well, as the manual page has it.
 */
export function mayReadJournal(
  { filter, values }: ReadJail,
  { folder }: Pick<JailContext, 'folder'>,
): boolean {
  const match =
    values.get('journalmatch')?.raw ??
    (folder.ours ? filter?.combined.values.get('journalmatch') : undefined);
  const backend = values.get('backend')?.raw.text ?? 'auto';
  return (
    backend.startsWith('auto') &&
    parseBool(values.get('systemd_if_nologs')?.raw.text ?? '') &&
    Boolean(match?.text)
  );
}

function findLogs(jail: ReadJail, context: JailContext): FoundLogs {
  const { name, values } = jail;
  const backendValue = values.get('backend');
  const backend = backendValue ? sourced(backendValue.raw.text, backendValue.raw) : { value: 'auto' };
  const logpath = values.get('logpath')?.raw;
  if (!logpath || backend.value.startsWith('systemd')) return { backend, paths: [] };
  const paths = readLogPaths(logpath, { jail: name, problems: context.problems });
  if (paths.some(({ value }) => value.files.length > 0)) return { backend, paths };
  const origin = originOf(logpath);
  const message = `Have not found any log file for ${reprString(name)} jail.`;
  const more = { jail: name, origin };
  const flag = (option: JailOption) => parseBool(values.get(option)?.raw.text ?? '');
  if (mayReadJournal(jail, context)) {
    context.problems.add('warning', 'no-log', `${message} Jail will monitor systemd journal.`, more);
    return { backend: { ...backend, value: 'systemd' }, paths };
  }
  context.problems.add('warning', 'no-log', message, more);
  if (context.mode !== 'start' || context.mayLackLogs) return { backend, paths };
  const reason = flag('skip_if_nologs') ? 'missing log files.' : message;
  throw new JailError('no-log', reason, { origin, section: name, option: 'logpath' });
}
