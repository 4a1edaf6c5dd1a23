/**
 * Tester: hits of a line → the rows fail2ban-regex counts and prints: one for each failure, with its id.
 *
 * Names are looked up here (the only waiting in the tester); a name without address yields no row.
 */
import { type ResolvedFailure, resolveFailure, type UseDns } from '../filter/identity.js';
import type { Failure, LineOutcome, RegexHit } from '../filter/outcome.js';
import type { Resolver } from '../net/dns.js';
import type { FailureId } from './result.js';

export interface NamedFailure {
  readonly id: FailureId;
  /** Undefined for an id that is no address. */
  readonly family: 'inet4' | 'inet6' | undefined;
  readonly failure: Failure;
}

/** One row of a line's result. `named` is undefined for the lines of a session that are not a failure (yet). */
export interface Entry {
  readonly hit: RegexHit;
  readonly named: NamedFailure | undefined;
}

export interface Lookups {
  readonly resolver: Resolver;
  readonly usedns: UseDns;
  /** Is told of every look-up that was made for a line. */
  onLookup(resolved: ResolvedFailure): void;
}

/** True when only a look-up can tell the rows of the line. */
export function needsNames(outcome: LineOutcome): boolean {
  return outcome.hits.some(({ failure }) => failure?.identity.kind === 'dns');
}

/** The rows of a line that needs no names. */
export function entriesOf(outcome: LineOutcome): Entry[] {
  return outcome.hits.flatMap((hit) => (counts(hit) ? [entryOf(hit, hit.failure)] : []));
}

/** The rows of any line. */
export async function resolvedEntriesOf(outcome: LineOutcome, lookups: Lookups): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const hit of outcome.hits) {
    if (!counts(hit)) continue;
    if (hit.failure?.identity.kind !== 'dns') {
      entries.push(entryOf(hit, hit.failure));
      continue;
    }
    const resolved = await resolveFailure(hit.failure, lookups.resolver, lookups.usedns);
    lookups.onLookup(resolved);
    entries.push(...resolved.failures.map((failure) => entryOf(hit, failure)));
  }
  return entries;
}

function counts(hit: RegexHit): boolean {
  return hit.verdict !== 'ignored' && hit.verdict !== 'anonymous';
}

function entryOf(hit: RegexHit, failure: Failure | undefined): Entry {
  if (!failure) return { hit, named: undefined };
  const { identity } = failure;
  const named: NamedFailure =
    identity.kind === 'ip'
      ? { id: identity.id, family: identity.family, failure }
      : { id: identity.kind === 'raw' ? identity.id : identity.name, family: undefined, failure };
  return { hit, named };
}
