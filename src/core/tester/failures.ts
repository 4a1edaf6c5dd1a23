/**
 * Tester: hits of a line → the rows fail2ban-regex counts and prints: one for each failure, with its id.
 *
 * Names are looked up here (the only waiting in the tester); a name without address yields no row.
 */
import { identifyGroups, type ResolvedFailure, resolveFailure, type UseDns } from '../filter/identity.js';
import type { Failure, Identity, LineOutcome, RegexHit } from '../filter/outcome.js';
import type { Resolver } from '../net/dns.js';
import type { FailureId } from './result.js';

export interface NamedFailure {
  readonly id: FailureId;
  /** Undefined for an id that is no address. */
  readonly family: 'inet4' | 'inet6' | undefined;
  readonly failure: Failure;
}

/** One row of a line's result: a failure, a line of a session that is none (nofail), or one that may become one. */
export interface Entry {
  readonly hit: RegexHit;
  /** Undefined for a failure whose address is not known yet. */
  readonly id: FailureId | undefined;
  readonly family: 'inet4' | 'inet6' | undefined;
  /** Undefined unless it is a failure. */
  readonly failure: Failure | undefined;
}

export interface Lookups {
  readonly resolver: Resolver;
  readonly usedns: UseDns;
  /** Is told of every look-up that was made for a line. */
  onLookup(resolved: ResolvedFailure): void;
}

/**
 * The rows of a line, at once where no name has to be looked up.
 *
 * A name without address yields no row, for a line of a session as for a failure.
 */
export function entriesOf(
  outcome: LineOutcome,
  lookups: Lookups,
): readonly Entry[] | Promise<readonly Entry[]> {
  if (outcome.hits.length === 0) return NONE;
  const rows: (Entry | Pending)[] = [];
  let waits = false;
  for (const hit of outcome.hits) {
    if (hit.verdict === 'ignored' || hit.verdict === 'anonymous') continue;
    const identity = hit.failure?.identity ?? identifyGroups(hit.groups, lookups.usedns)?.identity;
    if (identity?.kind === 'dns') {
      waits = true;
      rows.push({ hit, identity });
    } else rows.push(entryOf(hit, identity));
  }
  return waits ? resolveRows(rows, lookups) : (rows as Entry[]);
}

const NONE: readonly Entry[] = Object.freeze([]);

interface Pending {
  readonly hit: RegexHit;
  readonly identity: Identity;
}

async function resolveRows(rows: readonly (Entry | Pending)[], lookups: Lookups): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const row of rows) {
    if (!('identity' in row)) {
      entries.push(row);
      continue;
    }
    const { hit, identity } = row;
    const asked = hit.failure ?? { identity, data: hit.groups, matches: [], stamp: undefined };
    const resolved = await resolveFailure(asked, lookups.resolver, lookups.usedns);
    lookups.onLookup(resolved);
    entries.push(...resolved.failures.map((failure) => entryOf(hit, failure.identity, failure)));
  }
  return entries;
}

function entryOf(hit: RegexHit, identity: Identity | undefined, failure = hit.failure): Entry {
  const failed = hit.verdict === 'failure' ? failure : undefined;
  if (!identity) return { hit, id: undefined, family: undefined, failure: failed };
  return identity.kind === 'ip'
    ? { hit, id: identity.id, family: identity.family, failure: failed }
    : { hit, id: identity.kind === 'raw' ? identity.id : identity.name, family: undefined, failure: failed };
}

/** The failure of a row, if it is one. */
export function namedFailure({ id, family, failure }: Entry): NamedFailure | undefined {
  return failure && id !== undefined ? { id, family, failure } : undefined;
}
