/**
 * Tester: hits of a line → the rows fail2ban-regex counts and prints: one for each failure, with its id.
 *
 * Names are looked up here (the only waiting in the tester); a name without address yields no row.
 */
import {
  identifyGroups,
  mayNeedLookup,
  type ResolvedFailure,
  resolveFailure,
  type UseDns,
} from '../filter/identity.js';
import type { Failure, Identity, LineOutcome, RegexHit } from '../filter/outcome.js';
import { whoOf } from '../filter/vital.js';
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

/** A row that works out whom it names when it is asked: counting does not. */
class Row implements Entry {
  constructor(
    readonly hit: RegexHit,
    private readonly usedns: UseDns,
    /** What a look-up made of it. */
    private readonly resolved?: Failure,
  ) {}

  get failure(): Failure | undefined {
    return this.hit.verdict === 'failure' ? (this.resolved ?? this.hit.failure) : undefined;
  }

  get identity(): Identity | undefined {
    const failure = this.resolved ?? this.hit.failure;
    return failure ? failure.identity : identifyGroups(this.hit.groups, this.usedns)?.identity;
  }

  get id(): FailureId | undefined {
    const { identity } = this;
    return identity?.kind === 'dns' ? identity.name : identity?.id;
  }

  get family(): 'inet4' | 'inet6' | undefined {
    const { identity } = this;
    return identity?.kind === 'ip' ? identity.family : undefined;
  }
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
  const { hits } = outcome;
  if (hits.length === 0) return NONE;
  const rows: Row[] = [];
  let waits = false;
  for (let i = 0; i < hits.length; i++) {
    const hit = hits[i]!;
    if (hit.verdict === 'ignored' || hit.verdict === 'anonymous') continue;
    const row = new Row(hit, lookups.usedns);
    rows.push(row);
    waits ||= mayNeedLookup(whoOf(hit.groups)) && row.identity?.kind === 'dns';
  }
  return waits ? resolveRows(rows, lookups) : rows;
}

const NONE: readonly Entry[] = Object.freeze([]);

async function resolveRows(rows: readonly Row[], lookups: Lookups): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const row of rows) {
    const { hit, identity } = row;
    if (identity?.kind !== 'dns') {
      entries.push(row);
      continue;
    }
    const asked = hit.failure ?? { identity, data: hit.groups, matches: [], stamp: undefined };
    const resolved = await resolveFailure(asked, lookups.resolver, lookups.usedns);
    lookups.onLookup(resolved);
    entries.push(...resolved.failures.map((failure) => new Row(hit, lookups.usedns, failure)));
  }
  return entries;
}

/** The failure of a row, if it is one. */
export function namedFailure({ id, family, failure }: Entry): NamedFailure | undefined {
  return failure && id !== undefined ? { id, family, failure } : undefined;
}
