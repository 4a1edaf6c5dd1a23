/**
 * The options of a jail that fail2ban knows, with their kinds, in the order it reads them; and reading them.
 *
 * Source: jail.conf(5) "JAIL CONFIGURATION FILE(S)", config.md §4.
 */
import { reprString } from '../python-repr.js';
import { wrongInt } from './global-plan.js';
import { getOption } from './interpolate.js';
import type { ProblemLog } from './problems.js';
import { type Traced, traced } from './traced.js';
import type { ConfigTree } from './tree.js';
import { parseBool, parseInteger } from './values.js';

type Kind = 'text' | 'int' | 'bool';

/** Read of every jail, enabled or not, before anything else. */
export const FIRST_OPTIONS = { enabled: 'bool', backend: 'text', filter: 'text' } as const;

/** Read of an enabled jail, after its filter. */
export const JAIL_OPTIONS = {
  enabled: 'bool',
  backend: 'text',
  maxretry: 'int',
  maxmatches: 'int',
  findtime: 'text',
  bantime: 'text',
  'bantime.increment': 'bool',
  'bantime.factor': 'text',
  'bantime.formula': 'text',
  'bantime.multipliers': 'text',
  'bantime.maxtime': 'text',
  'bantime.rndtime': 'text',
  'bantime.overalljails': 'bool',
  ignorecommand: 'text',
  ignoreself: 'bool',
  ignoreip: 'text',
  ignorecache: 'text',
  filter: 'text',
  logtimezone: 'text',
  logencoding: 'text',
  usedns: 'text',
  prefregex: 'text',
  ignoreregex: 'text',
  failregex: 'text',
  maxlines: 'int',
  datepattern: 'text',
  journalmatch: 'text',
  logpath: 'text',
  skip_if_nologs: 'bool',
  systemd_if_nologs: 'bool',
  action: 'text',
} as const satisfies Record<string, Kind>;

export type JailOption = keyof typeof JAIL_OPTIONS;

/** f2b's own, which fail2ban passes over: no commands, and no variables of filters and actions. */
export const OWN_OPTIONS = { maxfailing: 'int' } as const satisfies Record<string, Kind>;

/** Used, and said, when an option is missing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  enabled: 'False',
  backend: 'auto',
  filter: '',
  action: '',
};
/** Used without a word. */
const SILENT_DEFAULTS: Readonly<Record<string, boolean>> = { skip_if_nologs: false, systemd_if_nologs: true };

/** An option that was found: its text, and what fail2ban made of it (null: no number). */
export interface JailValue {
  readonly raw: Traced;
  readonly value: string | number | bigint | boolean | null;
}

export type JailValues = ReadonlyMap<string, JailValue>;

/** Where to read, and what to do about an option that cannot be expanded: rethrow, or go on without it. */
export interface JailReading {
  readonly tree: ConfigTree;
  readonly jail: string;
  readonly problems: ProblemLog;
  readonly onError: (error: unknown) => void;
}

export function readJailOptions(table: Readonly<Record<string, Kind>>, reading: JailReading): JailValues {
  const { tree, jail, problems } = reading;
  const values = new Map<string, JailValue>();
  for (const [name, kind] of Object.entries(table)) {
    let raw: Traced | undefined;
    try {
      raw = getOption(tree, [jail, name]);
    } catch (error) {
      reading.onError(error);
      continue;
    }
    if (raw === undefined) {
      const silent = SILENT_DEFAULTS[name];
      const fallback = DEFAULTS[name];
      if (silent !== undefined) values.set(name, { raw: traced(String(silent)), value: silent });
      if (fallback === undefined) continue;
      const shown = kind === 'bool' ? fallback : reprString(fallback);
      const message = `'${name}' not defined in ${reprString(jail)}. Using default one: ${shown}`;
      problems.add('notice', 'default-used', message, { jail });
      raw = traced(fallback);
    }
    values.set(name, { raw, value: convert(raw, kind) });
    if (kind === 'int' && values.get(name)?.value === null) {
      const [level, code, message, more] = wrongInt(name, jail, raw);
      problems.add(level, code, message, { ...more, jail });
    }
  }
  return values;
}

function convert(raw: Traced, kind: Kind): JailValue['value'] {
  if (kind === 'bool') return parseBool(raw.text);
  if (kind === 'int') return parseInteger(raw.text) ?? null;
  return raw.text;
}

/** The options as variables for filters and actions: text as Python prints the value; what is None is left out. */
export function asVars(values: JailValues): Map<string, Traced> {
  const vars = new Map<string, Traced>();
  for (const [name, { raw, value }] of values) {
    if (value === null) continue;
    const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
    vars.set(name, text === raw.text ? raw : { text, origins: text.split('\n').map(() => raw.origins[0]) });
  }
  return vars;
}
