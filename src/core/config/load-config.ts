/**
 * A configuration folder → global settings, jails and the command stream, with everything that is wrong in it.
 *
 * `dump` behaves as `fail2ban-client -d`: the first mistake that fail2ban takes for fatal ends it. `start` and `check`
 * keep each jail its own fault domain. Nothing is printed; `problems` says it all. Source: config.md §3–§8.
 */
import { ConfigError, type ConfigPlace, type F2bErrorOptions } from '../errors.js';
import { reprString } from '../python-repr.js';
import { command } from './commands.js';
import type { ConfigFolder } from './find-config.js';
import { GLOBAL_DEFAULTS, type GlobalDefaults, type GlobalSettings, readGlobal } from './global-plan.js';
import { FIRST_OPTIONS, readJailOptions } from './jail-options.js';
import { type JailContext, JailError, planJail, type ReadJail, readJail } from './jail-plan.js';
import type { Command, GlobalPlan, JailPlan } from './plans.js';
import { type Problem, ProblemLog } from './problems.js';
import { noFiles, readTree } from './read-tree.js';
import type { StatePaths } from './state-paths.js';
import { type Traced, traced } from './traced.js';
import { ConfigTree, INCLUDES } from './tree.js';

/** What fail2ban calls itself in `%(fail2ban_version)s`. */
export const FAIL2BAN_VERSION = '1.1.2.dev1';

export interface LoadOptions {
  readonly folder: ConfigFolder;
  readonly mode?: 'dump' | 'start' | 'check' | undefined;
  /** Only these jails (as `reload J` does); others are not looked at. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Command line values that win over fail2ban.conf (`--loglevel`, `--socket` …). */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
  /** Names of jails to treat as enabled whatever they say (`f2b regex LOG JAIL`). */
  readonly enable?: ReadonlySet<string> | undefined;
  /** Overrules what the jails' backends say about `<logtype>`. */
  readonly logtype?: 'file' | 'journal' | undefined;
  /** Bracket options laid over those of the jails' filters. */
  readonly filterOptions?: ReadonlyMap<string, Traced> | undefined;
  /** Leave the jails' actions alone: only their filters are wanted. */
  readonly withoutActions?: boolean | undefined;
  /** Where f2b keeps its state if no file says so; left out, fail2ban's places. See `defaultsFor`. */
  readonly state?: StatePaths | undefined;
  /** `start`: a jail whose log files are not there (yet) is a jail all the same: it may hold bans. */
  readonly mayLackLogs?: boolean | undefined;
  /** Leave fail2ban.conf alone: only jails are wanted. */
  readonly withoutBase?: boolean | undefined;
  /** Leave jail.conf alone: only the server is wanted. */
  readonly withoutJails?: boolean | undefined;
}

/** A jail that was left out, and why. */
export interface SkippedJail {
  readonly name: string;
  readonly message: string;
}

export interface LoadedConfig {
  readonly folder: ConfigFolder;
  /** Undefined when `fatal` is set, or it was not wanted. */
  readonly global: GlobalPlan | undefined;
  readonly jails: readonly JailPlan[];
  readonly skipped: readonly SkippedJail[];
  /** Sections of jail.conf that are not enabled. */
  readonly disabled: readonly string[];
  readonly problems: readonly Problem[];
  /** fail2ban gives up: before (`base`) or while (`stream`) it makes the stream. */
  readonly fatal: { readonly stage: 'base' | 'stream'; readonly error: ConfigError } | undefined;
  /** False when jails are enabled and every one is broken: fail2ban ends with 255. */
  readonly usable: boolean;
  /** Commands for a server, in fail2ban's order. */
  stream(): readonly Command[];
}

export function loadConfig(options: LoadOptions): LoadedConfig {
  const { folder, mode = 'dump', overrides } = options;
  const problems = new ProblemLog();
  const result = {
    folder,
    global: undefined as GlobalPlan | undefined,
    jails: [] as JailPlan[],
    skipped: [] as SkippedJail[],
    disabled: [] as string[],
    problems: problems.list,
    fatal: undefined as LoadedConfig['fatal'],
    usable: true,
  };
  let stream: Command[] = [];
  const finish = (): LoadedConfig => ({ ...result, stream: () => stream });
  const giveUp = (stage: 'base' | 'stream', error: unknown): LoadedConfig => {
    if (!(error instanceof ConfigError)) throw error;
    problems.addError('fatal', error);
    result.fatal = { stage, error };
    return finish();
  };

  const tolerant = mode === 'check';
  let settings: GlobalSettings | undefined;
  try {
    folder.assertExists();
    for (const dir of folder.hiddenFolders()) {
      const message = `${dir} may not be read by this user; what is in it does not count`;
      problems.add('warning', 'hidden-folder', message);
    }
    const defaults = defaultsFor(folder, options);
    if (!options.withoutBase) settings = loadGlobal(folder, { problems, tolerant, overrides, defaults });
  } catch (error) {
    const early = error instanceof ConfigError && isEarly(error);
    return giveUp(early ? 'base' : 'stream', error);
  }
  result.global = settings?.plan;
  if (options.withoutJails) {
    stream = [...(settings?.commands ?? [])];
    return finish();
  }

  try {
    const tree = loadJailTree(folder, { problems, tolerant });
    const jails = readJails(tree, { ...options, problems, mode }, result);
    const lines: Command[] = [];
    for (const { read, context } of jails) lines.push(...finishJail(read, context, result));
    result.usable = jails.length === 0 || result.jails.length > 0;
    stream = [
      ...(settings?.commands ?? []),
      ...lines,
      ...result.jails.map(({ name }) => command('start', name)),
    ];
  } catch (error) {
    return giveUp('stream', error);
  }
  return finish();
}

function isEarly(error: ConfigError): boolean {
  return error.code.startsWith('early-') || EARLY.has(error.code);
}

/** What is found out before the stream is made: no folder, and a base file that breaks the grammar. */
const EARLY = new Set([
  'no-folder',
  'no-base',
  'no-section',
  'not-an-option',
  'duplicate-option',
  'duplicate-section',
]);

interface Reading {
  readonly problems: ProblemLog;
  readonly tolerant: boolean;
}

/**
 * A folder of fail2ban's is dumped as fail2ban would take it. When f2b works with one, state that no file names is f2b's
 * own, so that neither writes to what is the other's; but the log stays where the jails of the folder look for it.
 */
function defaultsFor({ ours }: ConfigFolder, { mode = 'dump', state }: LoadOptions): GlobalDefaults {
  if (!state || (mode === 'dump' && !ours)) return GLOBAL_DEFAULTS;
  return { ...GLOBAL_DEFAULTS, ...state, ...(ours ? {} : { logtarget: GLOBAL_DEFAULTS.logtarget }) };
}

interface BaseReading extends Reading {
  readonly overrides: Readonly<Record<string, string>> | undefined;
  readonly defaults: GlobalDefaults;
}

function loadGlobal(
  folder: ConfigFolder,
  { problems, tolerant, overrides, defaults }: BaseReading,
): GlobalSettings {
  const files = folder.baseFiles();
  if (files.length === 0 && !folder.ours) {
    problems.addError('error', noFiles('fail2ban', folder.dir));
    throw new ConfigError(
      'no-base',
      'Read fail2ban configuration failed.',
      {},
      {
        hint: `Put a fail2ban.conf into ${folder.dir}, or a jail.local for the jails that ship with f2b, or name another folder with -c.`,
      },
    );
  }
  const tree = readTree(files, { problems, tolerant, included: folder.included });
  const unread = unreadFile(tree, files);
  if (unread && !tolerant) throw new ConfigError('no-base', 'Read fail2ban configuration failed.', ...unread);
  if (files.length === 0) tree.sections.set('Definition', new Map());
  const entries = Object.entries(overrides ?? {});
  for (const [name, value] of entries) tree.put('Definition', name, traced(value.replaceAll('%', '%%')));
  // A base file of ours names what differs from the defaults; there is nothing to say about the rest.
  return readGlobal(tree, { problems, defaults, sayDefaults: !folder.ours });
}

function loadJailTree(folder: ConfigFolder, { problems, tolerant }: Reading): ConfigTree {
  const files = folder.jailFiles();
  if (files.length === 0 && folder.ours) return new ConfigTree();
  if (files.length === 0) {
    problems.addError('error', noFiles('jail', folder.dir));
    const hint = `Put a jail.conf or jail.d/*.conf into ${folder.dir}.`;
    throw new ConfigError('no-jails', 'Read jails configuration failed.', {}, { hint });
  }
  const tree = readTree(files, { problems, tolerant, included: folder.included });
  const unread = unreadFile(tree, files);
  if (unread && !tolerant) throw new ConfigError('no-jails', 'Read jails configuration failed.', ...unread);
  tree.defaults.set('fail2ban_version', tree.defaults.get('fail2ban_version') ?? traced(FAIL2BAN_VERSION));
  tree.defaults.set('fail2ban_confpath', tree.defaults.get('fail2ban_confpath') ?? traced(folder.dir));
  return tree;
}

/** Place and hint for the first file that could not be read: fail2ban refuses a configuration that lacks one. */
function unreadFile(
  tree: ConfigTree,
  files: readonly string[],
): readonly [ConfigPlace, F2bErrorOptions] | undefined {
  const file = files.find((path) => !tree.files.includes(path));
  if (file === undefined) return undefined;
  return [{ origin: { file, line: 1 } }, { hint: `Make ${file} readable, or move it out of the way.` }];
}

interface JailsOptions extends LoadOptions {
  readonly problems: ProblemLog;
  readonly mode: 'dump' | 'start' | 'check';
}

interface StartedJail {
  readonly read: ReadJail | { readonly name: string; readonly broken: ConfigError };
  readonly context: JailContext;
}

/** Reads every enabled jail. Sections are taken in order, because the first fatal mistake decides what fail2ban says. */
function readJails(
  tree: ConfigTree,
  { folder, problems, mode, only, enable, ...options }: JailsOptions,
  result: { disabled: string[] },
): StartedJail[] {
  const started: StartedJail[] = [];
  for (const name of [...tree.sections.keys()]) {
    if (name === INCLUDES || (only && !only.has(name))) continue;
    let broken: ConfigError | undefined;
    const onError = (error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      const ownFault = error instanceof JailError;
      if (mode === 'dump') throw error;
      problems.addError('error', error, { jail: name });
      broken ??= error;
      // A start needs no second opinion; a check wants every mistake.
      if (mode === 'start' && ownFault) throw error;
    };
    const { logtype, filterOptions, withoutActions, mayLackLogs } = options;
    const own = { onError, logtype, filterOptions, withoutActions, mayLackLogs };
    const context: JailContext = { folder, tree, problems, mode, ...own };
    try {
      const first = readJailOptions(FIRST_OPTIONS, { tree, jail: name, problems, onError });
      if (first.get('enabled')?.value !== true && !enable?.has(name)) {
        if (!broken) result.disabled.push(name);
        continue;
      }
      const read = readJail(name, first, context);
      started.push({ read: broken ? { name, broken } : read, context });
    } catch (error) {
      if (!(error instanceof JailError)) throw error;
      problems.addError('error', error, { jail: name });
      started.push({ read: { name, broken: error }, context });
    }
  }
  return started;
}

function finishJail(
  read: StartedJail['read'],
  context: JailContext,
  result: { jails: JailPlan[]; skipped: SkippedJail[] },
): readonly Command[] {
  const skip = (error: ConfigError) => {
    const why = error.code === 'no-log' ? '' : 'wrong configuration: ';
    const message = `Jail ${reprString(read.name)} skipped, because of ${why}${error.message}`;
    result.skipped.push({ name: read.name, message });
    return [command('config-error', message)];
  };
  if ('broken' in read) return skip(read.broken);
  let broken: ConfigError | undefined;
  const noting: JailContext = {
    ...context,
    onError: (error, jail) => {
      context.onError(error, jail);
      broken ??= error as ConfigError;
    },
  };
  try {
    const { plan, commands } = planJail(read, noting);
    if (broken) return skip(broken);
    result.jails.push(plan);
    return commands;
  } catch (error) {
    if (!(error instanceof JailError)) throw error;
    context.problems.addError('error', error, { jail: read.name });
    return skip(error);
  }
}
