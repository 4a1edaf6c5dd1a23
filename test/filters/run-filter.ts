/**
 * A shipped filter, ready to be fed: name, mode and options → LineFilter, and what it makes of a line in short.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '../../src/core/clock.js';
import { ConfigFolder, loadFilter } from '../../src/core/config/index.js';
import type { FilterPlan } from '../../src/core/config/plans.js';
import { LineFilter } from '../../src/core/filter/line-filter.js';
import type { Identity, LineOutcome, LogLine, Verdict } from '../../src/core/filter/outcome.js';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The time the samples are read at. */
export const NOW_SEC = new Date(2026, 10, 21, 12, 0, 0).getTime() / 1000;

export type FilterOptions = Readonly<Record<string, string>>;

export function planOf(name: string, options: FilterOptions = {}): FilterPlan {
  const brackets = Object.entries(options).map(([key, value]) => `${key}="${value}"`);
  const argument = `${join(ROOT, 'filters.d', `${name}.conf`)}${brackets.length > 0 ? `[${brackets}]` : ''}`;
  const loaded = loadFilter(argument, { folder: new ConfigFolder(ROOT) });
  if (!loaded) throw new Error(`filter ${argument} does not load`);
  return loaded.plan;
}

export function filterOf(plan: FilterPlan): LineFilter {
  return new LineFilter(plan, { clock: new ManualClock(NOW_SEC), usedns: 'raw' });
}

/** What became of a line. */
export interface Found {
  readonly verdict: Verdict;
  readonly host: string | undefined;
  readonly user: string | undefined;
  readonly epochSec: number | undefined;
  /** The failregex that matched, from 0. */
  readonly regex: number | undefined;
  readonly ignoredBy: number | undefined;
}

export function feed(filter: LineFilter, text: string, stamp?: LogLine['stamp']): Found {
  return summary(filter.process({ text, ascii: isAscii(text), stamp }));
}

function summary(outcome: LineOutcome): Found {
  const [hit] = outcome.hits;
  const failure = hit?.failure;
  const user = failure?.data.get('user');
  return {
    verdict: outcome.verdict,
    host: outcome.verdict === 'failure' && failure ? nameOf(failure.identity) : undefined,
    user: typeof user === 'string' ? user : undefined,
    epochSec: failure?.stamp?.epochSec,
    regex: hit?.regex,
    ignoredBy: outcome.ignoredBy ?? hit?.ignoredBy,
  };
}

function nameOf(identity: Identity): string {
  return identity.kind === 'dns' ? identity.name : String(identity.id);
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
