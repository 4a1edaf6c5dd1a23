/**
 * Who a failure is about: an address, a raw id, or a name that is still to be looked up.
 *
 * Groups → Identity (and the extra `ip` value); a failure with a name → one failure for each of its addresses, the
 * only asynchronous step of the filter stage. No state.
 */
import { detach } from '../detach.js';
import { type IpAddress, identify, parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import { PyTuple } from '../python-repr.js';
import type { Stamp } from '../time/detector.js';
import { GrowingList } from './growing-list.js';
import type { Failure, Groups, Identity } from './outcome.js';
import { GroupRecord } from './record.js';
import { type Who, whoOf } from './vital.js';

/** `yes` and `warn` look names up (`warn` also says so), `no` drops them, `raw` takes the name itself as the id. */
export type UseDns = 'yes' | 'warn' | 'no' | 'raw';

/** Undefined is the default, any word that is none of the four counts as `no`, as in fail2ban. */
export function readUseDns(value: string | undefined): UseDns {
  if (value === undefined) return 'warn';
  const word = value.toLowerCase();
  return word === 'yes' || word === 'warn' || word === 'raw' ? word : 'no';
}

/** Do these groups name somebody? If not, a failure of a session has to wait for a line that does. */
export function isIdentified({ fid, ip4, ip6, dns }: Who): boolean {
  return fid !== null || Boolean(ip4) || Boolean(ip6) || Boolean(dns);
}

/** An identity, and the groups with what identifying adds: `ip`, where the id is something else. */
export interface Identified {
  readonly identity: Identity;
  readonly data: Groups;
}

/**
 * The address is `ip4` (with `cidr`), else `ip6`, else `dns`; `fid` is the id if it says anything else. With a name
 * that is to be looked up (or that is an address already) `fid` has no say. Undefined when nobody is named.
 */
export function identifyGroups(
  groups: Groups,
  usedns: UseDns,
  who: Who = whoOf(groups),
): Identified | undefined {
  const { fid } = who;
  const written = who.ip4 || who.ip6;
  const name = written ? undefined : who.dns;
  if (typeof name === 'string' && name !== '' && usedns !== 'raw') {
    const address = isBareAddress(name) ? parseAddress(name) : undefined;
    return { identity: address ? ipIdentity(address) : { kind: 'dns', name }, data: groups };
  }
  const address = written ? addressOf(String(written), who.cidr) : name || undefined;
  if (address === undefined) {
    return fid === null ? undefined : { identity: rawIdentity(fid), data: groups };
  }
  if (fid === null || fid === (written || name)) {
    return { identity: identityOf(address as string | IpAddress), data: groups };
  }
  return { identity: rawIdentity(fid), data: GroupRecord.copy(groups).set('ip', String(address)) };
}

/** Attackers come back: the addresses seen last, by how they were written. Reading them is pure, so anybody's will do. */
const recent = new Map<string, string | IpAddress>();
const MAX_RECENT = 1024;

function addressOf(written: string, cidr: unknown): string | IpAddress {
  const prefix = prefixOf(cidr);
  if (prefix !== undefined) return identify(written, prefix);
  let found = recent.get(written);
  if (found === undefined) {
    const kept = detach(written);
    found = identify(kept);
    if (recent.size >= MAX_RECENT) recent.clear();
    recent.set(kept, found);
  }
  return found;
}

function isBareAddress(name: string): boolean {
  return name.charCodeAt(0) !== 0x5b && !name.includes('/');
}

function prefixOf(cidr: unknown): number | undefined {
  return typeof cidr === 'string' && /^[0-9]+$/.test(cidr) ? Number(cidr) : undefined;
}

function rawIdentity(fid: unknown): Identity {
  if (fid instanceof PyTuple) return { kind: 'raw', id: fid.items.map((item) => item as string | null) };
  return identityOf(identify(String(fid)));
}

function identityOf(found: string | IpAddress): Identity {
  return typeof found === 'string' ? { kind: 'raw', id: found } : ipIdentity(found);
}

function ipIdentity(address: IpAddress): Identity {
  return { kind: 'ip', id: address.text, family: address.family };
}

/** Only for names does identifying take a look-up; an address that is written as one never does. */
export function mayNeedLookup({ ip4, ip6, dns }: Who): boolean {
  return !ip4 && !ip6 && Boolean(dns);
}

/** A failure that works out who it is about when it is asked: `who` names somebody. */
export class FoundFailure implements Failure {
  #identified: Identified | undefined;

  constructor(
    readonly who: Who,
    private readonly groups: Groups,
    private readonly usedns: UseDns,
    private readonly lines: readonly string[] | GrowingList<string>,
    readonly stamp: Stamp | undefined,
  ) {}

  get matches(): readonly string[] {
    return this.lines instanceof GrowingList ? this.lines.toArray() : this.lines;
  }

  get identity(): Identity {
    return this.#identify().identity;
  }

  get data(): Groups {
    return this.#identify().data;
  }

  #identify(): Identified {
    this.#identified ??= identifyGroups(this.groups, this.usedns, this.who) as Identified;
    return this.#identified;
  }
}

/** What became of a failure: itself, or one for each address of its name; `error` says why there is none. */
export interface ResolvedFailure {
  readonly failures: readonly Failure[];
  /** The name that was looked up, where one was. */
  readonly name?: string | undefined;
  readonly error?: string | undefined;
}

/** Looks up the name of a failure that has one. Never rejects, as the resolver never does. */
export async function resolveFailure(
  failure: Failure,
  resolver: Resolver,
  usedns: UseDns,
): Promise<ResolvedFailure> {
  const { identity } = failure;
  if (identity.kind !== 'dns') return { failures: [failure] };
  const { name } = identity;
  if (usedns === 'no') return { failures: [], name };
  const { data, matches, stamp } = failure;
  if (usedns === 'raw')
    return { failures: [{ identity: { kind: 'raw', id: name }, data, matches, stamp }], name };
  const { addresses, error } = await resolver.resolve(name);
  return {
    failures: addresses.map((address) => ({ identity: ipIdentity(address), data, matches, stamp })),
    name,
    error,
  };
}
