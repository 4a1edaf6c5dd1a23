/**
 * A filter file with its bracket options → the values of a filter, as a dictionary and as FilterPlan.
 *
 * Input: the file's tree. What the jail section overrides is laid over it by jail-plan.ts. Failing regexes are not
 * compiled here. Source: jail.conf(5) "FILTER FILES", config.md §5.1.
 */
import { ConfigError, type Sourced } from '../errors.js';
import type { FieldsPlan } from '../fields/format.js';
import { repr } from '../python-repr.js';
import { type Definition, readDefinition } from './combined.js';
import { rulesOf } from './field-options.js';
import type { FilterPlan } from './plans.js';
import type { ProblemLog } from './problems.js';
import { shellSplit } from './shell-split.js';
import { originOf, sourced, type Traced, traced, tracedLines } from './traced.js';
import type { ConfigTree } from './tree.js';
import { parseInteger } from './values.js';

/** Options of a filter that fail2ban knows, in its order. */
export const FILTER_OPTIONS = [
  'usedns',
  'prefregex',
  'ignoreregex',
  'failregex',
  'maxlines',
  'datepattern',
  'journalmatch',
] as const;

export interface FilterReadOptions {
  readonly brackets: ReadonlyMap<string, Traced>;
  /** Options of the jail that are known before its filter: enabled, backend, filter. */
  readonly jailVars: ReadonlyMap<string, Traced>;
  readonly backend: string;
}

/**
 * The filter's file with its options; `combine` fills in the tags.
 *
 * @throws {ConfigError} something cannot be expanded
 */
export function readFilter(tree: ConfigTree, { brackets, jailVars, backend }: FilterReadOptions): Definition {
  const options = new Map(brackets);
  if (!options.get('logtype')?.text && !tree.own('Definition', 'logtype')) {
    options.set('logtype', traced(backend.startsWith('systemd') ? 'journal' : 'file'));
  }
  return readDefinition(tree, { table: FILTER_OPTIONS, jailVars, brackets: options });
}

export interface FilterValues {
  readonly prefregex?: Traced | undefined;
  readonly usedns?: Traced | undefined;
  readonly maxlines?: Sourced<number | bigint> | undefined;
  readonly failregex: readonly Sourced<string>[];
  readonly ignoreregex: readonly Sourced<string>[];
  readonly datepattern?: Traced | undefined;
  readonly journalmatch: readonly Sourced<readonly string[]>[];
}

/** Typed values of a combined dictionary. A value that does not convert is reported and left out. */
export function filterValues(values: ReadonlyMap<string, Traced>, problems: ProblemLog): FilterValues {
  const lines = (name: string) => {
    const value = values.get(name);
    return value ? tracedLines(value) : [];
  };
  return {
    prefregex: values.get('prefregex'),
    usedns: values.get('usedns'),
    maxlines: maxLines(values.get('maxlines'), problems),
    failregex: lines('failregex'),
    ignoreregex: lines('ignoreregex'),
    datepattern: values.get('datepattern'),
    journalmatch: splitJournalMatch(lines('journalmatch')),
  };
}

function maxLines(value: Traced | undefined, problems: ProblemLog): Sourced<number | bigint> | undefined {
  if (value === undefined) return undefined;
  const number = parseInteger(value.text);
  if (number !== undefined) return sourced(number, value);
  problems.add(
    'warning',
    'wrong-int',
    `Wrong int value ${repr(value.text)} for 'maxlines'. Using default one: None`,
    { origin: originOf(value) },
  );
  return undefined;
}

/** @throws {ConfigError} a quote is not closed */
export function splitJournalMatch(lines: readonly Sourced<string>[]): Sourced<readonly string[]>[] {
  return lines.map(({ value, origin }) => {
    try {
      return { value: shellSplit(value), origin };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(error.code, error.message, { origin, option: 'journalmatch' });
    }
  });
}

/** Puts the plan together; `extra` are the two values only a jail can give, and how lines are decoded. */
export function filterPlan(
  name: string,
  { brackets, values }: { brackets: ReadonlyMap<string, Traced>; values: FilterValues },
  extra: {
    logtimezone?: Traced | undefined;
    logencoding?: Traced | undefined;
    fields?: FieldsPlan | undefined;
  } = {},
): FilterPlan {
  const { fields } = extra;
  return {
    name,
    options: Object.fromEntries([...brackets].map(([key, value]) => [key, value.text])),
    prefregex: filled(values.prefregex),
    failregex: rulesOf(fields, values.failregex),
    ignoreregex: values.ignoreregex,
    maxlines: values.maxlines && { ...values.maxlines, value: Number(values.maxlines.value) },
    datepattern: filled(values.datepattern),
    usedns: filled(values.usedns),
    logtimezone: filled(extra.logtimezone),
    logencoding: filled(extra.logencoding),
    journalmatch: values.journalmatch,
    ...(fields ? { fields } : {}),
  };
}

/** An empty option is one that is not set. */
function filled(value: Traced | undefined): Sourced<string> | undefined {
  return value && value.text !== '' ? sourced(value.text, value) : undefined;
}
