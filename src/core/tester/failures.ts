/**
 * Tester: failures of a line → failures with ids; names are looked up here.
 */
import type { Failure, LineOutcome, RegexHit } from '../filter/outcome.js';
import type { Resolved, Resolver } from '../net/dns.js';
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

/** Is told of every look-up that was made for a line. */
export type OnLookup = (name: string, resolved: Resolved) => void;

/** True when only a look-up can tell the rows of the line. */
export function needsNames(outcome: LineOutcome): boolean {
  return outcome.hits.some((hit) => hit.failure?.identity.kind === 'dns');
}

/** The rows of a line that needs no names. */
export function entriesOf(outcome: LineOutcome): Entry[] {
  return outcome.hits.flatMap((hit) => (hit.verdict === 'ignored' ? [] : entriesOfHit(hit, [])));
}

/** The rows of a line; a name without address yields none. */
export async function resolvedEntriesOf(
  outcome: LineOutcome,
  names: Resolver,
  onLookup: OnLookup,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const hit of outcome.hits) {
    if (hit.verdict === 'ignored') continue;
    const identity = hit.failure?.identity;
    if (identity?.kind === 'dns') {
      const resolved = await names.resolve(identity.name);
      onLookup(identity.name, resolved);
      entries.push(...entriesOfHit(hit, resolved.addresses));
    } else entries.push(...entriesOfHit(hit, []));
  }
  return entries;
}

function entriesOfHit(hit: RegexHit, addresses: Resolved['addresses']): Entry[] {
  const failure = hit.failure;
  if (!failure) return [{ hit, named: undefined }];
  const { identity } = failure;
  switch (identity.kind) {
    case 'ip':
      return [{ hit, named: { id: identity.id, family: identity.family, failure } }];
    case 'raw':
      return [{ hit, named: { id: identity.id, family: undefined, failure } }];
    case 'dns':
      return addresses.map(({ text, family }) => ({ hit, named: { id: text, family, failure } }));
  }
}
