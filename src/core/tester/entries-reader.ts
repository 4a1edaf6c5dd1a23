/**
 * Tester: the outcome of a line → its entries, with names looked up where that has to be, and with what is said about it.
 */
import type { ResolvedFailure } from '../filter/identity.js';
import type { LineFilter } from '../filter/line-filter.js';
import type { LineOutcome } from '../filter/outcome.js';
import type { Resolver } from '../net/dns.js';
import { type Entry, entriesOf, type Lookups } from './failures.js';

/** Log messages of a run, by fail2ban's names of levels. */
export type TestLog = (level: 'warning' | 'trace', part: string, message: () => string) => void;

export interface ReaderOptions {
  readonly filter: LineFilter;
  readonly resolver: Resolver;
  readonly log?: TestLog | undefined;
}

export type EntriesFor = (outcome: LineOutcome) => readonly Entry[] | Promise<readonly Entry[]>;

export function entriesReader(options: ReaderOptions): EntriesFor {
  const { log } = options;
  const lookups: Lookups = {
    resolver: options.resolver,
    usedns: options.filter.usedns,
    onLookup: (resolved) => logLookup(resolved, options),
  };
  return (outcome) => {
    if (log) traceLine(outcome, log);
    return entriesOf(outcome, lookups);
  };
}

function traceLine(outcome: LineOutcome, log: TestLog): void {
  log('trace', 'filter', () => `Working on line ${JSON.stringify(outcome.line.text)}`);
  for (const hit of outcome.hits) {
    log(
      'trace',
      'filter',
      () => `  Matched failregex ${hit.regex}: ${JSON.stringify(Object.fromEntries(hit.groups))}`,
    );
  }
}

function logLookup({ name, failures, error }: ResolvedFailure, { log, filter }: ReaderOptions): void {
  if (name === undefined || !log) return;
  if (failures.length === 0 && error !== undefined) {
    log('warning', 'ipdns', () => `Unable to find a corresponding IP address for ${name}: ${error}`);
  } else if (filter.usedns === 'warn') {
    const ids = failures.map(({ identity }) => `'${identity.kind === 'dns' ? identity.name : identity.id}'`);
    log('warning', 'ipdns', () => `Determined IP using DNS Lookup: ${name} = {${ids.join(', ')}}`);
  }
}
