/**
 * Filter stage: `ignoreself`: the machine's own addresses and names never count as failing.
 *
 * Interfaces and host names → is this id one of them? Looked at again after five minutes.
 * Source: jail.conf(5) "ignoreself", spec filter.md §7 (1.0.2 knows only what the host name resolves to).
 */
import { hostname, networkInterfaces } from 'node:os';
import type { Clock } from '../clock.js';
import { parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import type { BanId } from '../records.js';
import type { Ignored } from './ignore.js';

/** What the machine is called, replaceable in tests. */
export interface OwnHost {
  addresses(): readonly string[];
  names(): readonly string[];
}

export const systemHost: OwnHost = {
  addresses: () =>
    Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address) ?? []),
  names: () => ['localhost', hostname()],
};

const KEEP_SEC = 300;

export class IgnoreSelf {
  #own: ReadonlySet<string> = new Set();
  #resolved: ReadonlySet<string> = new Set();
  #names: readonly string[] = [];
  #lookedSec = Number.NEGATIVE_INFINITY;
  #resolvedSec = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: { host: OwnHost; resolver: Resolver; clock: Clock }) {}

  /** Without looking names up: what they came to last still counts. */
  matchQuick({ id }: BanId): Ignored | undefined {
    this.#look();
    return this.#own.has(id) || this.#resolved.has(id) ? SELF : undefined;
  }

  async match(id: BanId): Promise<Ignored | undefined> {
    const quick = this.matchQuick(id);
    if (quick || id.family === undefined) return quick;
    const { resolver, clock } = this.options;
    const nowSec = clock.nowSec();
    if (Math.abs(nowSec - this.#resolvedSec) < KEEP_SEC) return undefined;
    const answers = await Promise.all(this.#names.map((name) => resolver.resolve(name)));
    this.#resolved = new Set(answers.flatMap(({ addresses }) => addresses.map(({ text }) => text)));
    this.#resolvedSec = nowSec;
    return this.#resolved.has(id.id) ? SELF : undefined;
  }

  #look(): void {
    const { host, clock } = this.options;
    const nowSec = clock.nowSec();
    if (Math.abs(nowSec - this.#lookedSec) < KEEP_SEC) return;
    this.#lookedSec = nowSec;
    this.#names = host.names();
    const addresses = host.addresses().map((text) => parseAddress(text.replace(/%.*$/, ''))?.text ?? text);
    this.#own = new Set([...addresses, ...this.#names]);
  }
}

const SELF: Ignored = { by: 'ignoreself rule', rule: 'ignoreself' };
