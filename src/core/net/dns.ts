/**
 * Names ↔ addresses with a deadline and a memory, so that a slow or hostile name server never holds a jail.
 *
 * Name → addresses (or why not), address → name. Answers and failures are kept for five minutes, at most 1000 of
 * them; several askers of one name share one look-up. Loose IPv4 forms (`1.2.3` → 1.2.0.3) need no name server.
 */
import { lookup, resolveTxt, reverse } from 'node:dns/promises';
import { type Clock, systemClock } from '../clock.js';
import { IpAddress, parseAddress } from './address.js';
import { parseInetLoose } from './inet.js';

/** What a name means. `addresses` is empty when `error` says why there are none. */
export interface Resolved {
  readonly addresses: readonly IpAddress[];
  readonly error?: string | undefined;
}

/** Looks names up; never rejects and always answers in bounded time. */
export interface Resolver {
  resolve(name: string): Promise<Resolved>;
  /** The first name of an address (PTR), undefined when it has none. */
  reverse(address: IpAddress): Promise<string | undefined>;
  /** TXT records of a name. Rejects when there is no answer in time; none is an empty list. */
  texts?(name: string): Promise<readonly string[]>;
}

/** The network side, replaceable in tests: address texts of a name, names of an address; rejects on failure. */
export interface DnsLookups {
  lookup(name: string, ipv6: boolean): Promise<readonly string[]>;
  reverse(address: string): Promise<readonly string[]>;
  texts?(name: string): Promise<readonly string[]>;
}

export interface ResolverOptions {
  readonly lookups?: DnsLookups;
  readonly clock?: Clock;
  /** Also ask for IPv6 addresses (`allowipv6`). Default true. */
  readonly ipv6?: boolean;
  /** After this long a name counts as not resolvable. */
  readonly timeoutMs?: number;
  readonly maxEntries?: number;
  readonly keepSec?: number;
}

/** The system's own resolution (hosts file, DNS …). */
export const systemLookups: DnsLookups = {
  async lookup(name, ipv6) {
    const found = await lookup(name, { all: true, family: ipv6 ? 0 : 4 });
    return found.map((entry) => entry.address);
  },
  reverse: (address) => reverse(address),
  texts: async (name) => (await resolveTxt(name)).map((parts) => parts.join('')),
};

/** @returns a Resolver that holds no more than `maxEntries` answers each way. */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const { lookups = systemLookups, clock = systemClock, ipv6 = true } = options;
  const { timeoutMs = 5_000, maxEntries = 1_000, keepSec = 300 } = options;
  const addresses = new Answers<Resolved>(clock, maxEntries, keepSec);
  const names = new Answers<string | undefined>(clock, maxEntries, keepSec);

  return {
    async resolve(name) {
      const known = withoutLookup(name);
      if (known) return known;
      return addresses.get(name, () =>
        withDeadline(lookups.lookup(name, ipv6), timeoutMs).then(answerOf).catch(refuse),
      );
    },
    async reverse(address) {
      if (!address.isSingle) return undefined;
      return names.get(address.text, () =>
        withDeadline(lookups.reverse(address.text), timeoutMs)
          .then((found) => found[0])
          .catch(() => undefined),
      );
    },
    async texts(name) {
      const { texts } = lookups;
      if (!texts) throw new Error('TXT records cannot be looked up');
      return withDeadline(
        texts(name).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return [];
          throw error;
        }),
        timeoutMs,
      );
    },
  };
}

/** The last answers by key, each kept for `keepSec`; the oldest goes first. Keeps promises, so askers share one look-up. */
class Answers<T> {
  readonly #entries = new Map<string, { untilSec: number; answer: Promise<T> }>();

  constructor(
    private readonly clock: Clock,
    private readonly maxEntries: number,
    private readonly keepSec: number,
  ) {}

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const nowSec = this.clock.nowSec();
    const known = this.#entries.get(key);
    if (known && known.untilSec > nowSec) return known.answer;
    this.#entries.delete(key);
    if (this.#entries.size >= this.maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
    const answer = ask();
    this.#entries.set(key, { untilSec: nowSec + this.keepSec, answer });
    return answer;
  }
}

/** Answers that need no name server: addresses, loose IPv4 forms, and texts that cannot be a host name. */
function withoutLookup(name: string): Resolved | undefined {
  const bytes = parseInetLoose(name);
  if (bytes) return { addresses: [new IpAddress(bytes, 32)] };
  const address = name.includes('/') || name.startsWith('[') ? undefined : parseAddress(name);
  if (address) return { addresses: [address] };
  const labels = name.replace(/\.$/, '').split('.');
  const impossible = name.length > 253 || labels.some((label) => label === '' || label.length > 63);
  return impossible || /[\s/:[\]\0]/.test(name) ? { addresses: [], error: 'not a host name' } : undefined;
}

function answerOf(texts: readonly string[]): Resolved {
  const found = new Map<string, IpAddress>();
  for (const text of texts) {
    const address = parseAddress(text.replace(/%.*$/, ''));
    if (address) found.set(address.text, address);
  }
  if (found.size === 0) return { addresses: [], error: 'no address' };
  return { addresses: [...found.values()] };
}

function refuse(error: unknown): Resolved {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return { addresses: [], error: code ?? (error instanceof Error ? error.message : String(error)) };
}

function withDeadline<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
}
