/**
 * fail2ban.conf → GlobalPlan and the commands that set a server up.
 *
 * Source: fail2ban.conf's [Definition] and [Thread], config.md §3.
 */
import { ConfigError, type Sourced } from '../errors.js';
import { repr } from '../python-repr.js';
import { command } from './commands.js';
import { getOption } from './interpolate.js';
import type { Command, GlobalPlan, TimeValue } from './plans.js';
import type { ProblemLog } from './problems.js';
import { tryParseTime } from './times.js';
import { originOf, sourced, type Traced } from './traced.js';
import type { ConfigTree } from './tree.js';
import { parseInteger } from './values.js';

/** What holds for fail2ban when nothing is written. */
export const GLOBAL_DEFAULTS = {
  loglevel: 'INFO',
  logtarget: '/var/log/fail2ban.log',
  syslogsocket: 'auto',
  socket: '/var/run/fail2ban/fail2ban.sock',
  pidfile: '/var/run/fail2ban/fail2ban.pid',
  allowipv6: 'auto',
  dbfile: '/var/lib/fail2ban/fail2ban.sqlite3',
  dbpurgeage: '1d',
} as const;

export type GlobalDefaults = Readonly<Record<keyof typeof GLOBAL_DEFAULTS, string>>;

const LEVELS = ['CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG', 'TRACEDEBUG', 'HEAVYDEBUG'];

/** Is this a name or number that `loglevel` takes? */
export function isLogLevel(text: string): boolean {
  return LEVELS.includes(text.toUpperCase()) || /^\d+$/.test(text);
}

export interface GlobalSettings {
  readonly plan: GlobalPlan;
  readonly commands: readonly Command[];
}

export interface GlobalReading {
  readonly problems: ProblemLog;
  /** Fail2ban's where left out. */
  readonly defaults?: GlobalDefaults | undefined;
  /** Note each default that is used, as fail2ban does. */
  readonly sayDefaults?: boolean | undefined;
}

/**
 * The server's settings. The five that a client needs before anything else (socket, pidfile, loglevel, logtarget,
 * syslogsocket) are read first; an error in them is told from later ones by `early`. What has no origin is a default.
 *
 * @throws {ConfigError} a value cannot be expanded, or loglevel is none; `code` starts with `early-` for the first five
 */
export function readGlobal(tree: ConfigTree, reading: GlobalReading): GlobalSettings {
  const { problems } = reading;
  const text = (name: keyof GlobalDefaults) => textOption(tree, name, reading);
  const early = earlyOptions(() => ({
    socket: text('socket'),
    pidfile: text('pidfile'),
    loglevel: text('loglevel'),
    logtarget: text('logtarget'),
    syslogsocket: text('syslogsocket'),
  }));
  const allowipv6 = text('allowipv6');
  const dbfile = text('dbfile');
  const dbmaxmatches = intOption(tree, ['Definition', 'dbmaxmatches'], problems);
  const dbpurgeage = text('dbpurgeage');
  const stack = intOption(tree, ['Thread', 'stacksize'], problems);
  const plan: GlobalPlan = {
    ...early,
    allowipv6,
    dbfile,
    dbmaxmatches: toNumber(dbmaxmatches),
    dbpurgeage: { ...dbpurgeage, value: timeValue(dbpurgeage.value) },
    threadStackKib: toNumber(stack),
  };
  const noDefinition = !tree.has('Definition');
  const commands = [
    ...(stack ? [command('set', 'thread', { ...stack, value: { stacksize: stack.value } })] : []),
    command('set', 'syslogsocket', early.syslogsocket),
    command('set', 'loglevel', early.loglevel),
    command('set', 'logtarget', early.logtarget),
    command('set', 'allowipv6', allowipv6),
    command('set', 'dbfile', dbfile),
    ...(dbmaxmatches || noDefinition ? [command('set', 'dbmaxmatches', dbmaxmatches ?? null)] : []),
    command('set', 'dbpurgeage', dbpurgeage),
  ];
  return { plan, commands };
}

function earlyOptions<T extends { loglevel: Sourced<string> }>(read: () => T): T {
  try {
    const values = read();
    if (isLogLevel(values.loglevel.value)) return values;
    const { value, origin } = values.loglevel;
    throw new ConfigError(
      'loglevel',
      `Invalid log level ${repr(value)}`,
      { origin, option: 'loglevel' },
      {
        hint: `Use one of ${LEVELS.join(', ')}, or a number.`,
      },
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { origin, section, option } = error;
    throw new ConfigError(
      `early-${error.code}`,
      error.message,
      { origin, section, option },
      { hint: error.hint },
    );
  }
}

function textOption(
  tree: ConfigTree,
  name: keyof GlobalDefaults,
  { problems, defaults = GLOBAL_DEFAULTS, sayDefaults = true }: GlobalReading,
): Sourced<string> {
  const value = tree.has('Definition') ? getOption(tree, ['Definition', name]) : undefined;
  if (value) return sourced(value.text, value);
  const fallback = defaults[name];
  if (sayDefaults) {
    const message = `${repr(name)} not defined in 'Definition'. Using default one: ${repr(fallback)}`;
    problems.add('notice', 'default-used', message);
  }
  return { value: fallback };
}

function intOption(
  tree: ConfigTree,
  [section, name]: readonly [string, string],
  problems: ProblemLog,
): Sourced<number | bigint | null> | undefined {
  const value = tree.has(section) ? getOption(tree, [section, name]) : undefined;
  if (!value) return undefined;
  const number = parseInteger(value.text);
  if (number === undefined) problems.add(...wrongInt(name, section, value));
  return sourced(number ?? null, value);
}

/** fail2ban's complaint about a number that is none, as arguments for ProblemLog.add. */
export function wrongInt(option: string, section: string, value: Traced): Parameters<ProblemLog['add']> {
  const message = `Wrong value for ${repr(option)} in ${repr(section)}. Using default one: 'None'`;
  return ['warning', 'wrong-int', message, { origin: originOf(value) }];
}

export function timeValue(text: string): TimeValue {
  return { text, seconds: tryParseTime(text)?.seconds };
}

function toNumber(value: Sourced<number | bigint | null> | undefined): Sourced<number> | undefined {
  return value === undefined || value.value === null ? undefined : { ...value, value: Number(value.value) };
}
