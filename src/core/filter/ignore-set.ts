/**
 * Filter stage: a set of ignore rules: addresses, networks, host names and raw ids. Pure but for looking names up.
 *
 * Words → does one of them speak of this id? Single ids and networks are found in constant time however many there are;
 * names are asked of the resolver, all at once. Used for `ignoreip` and for each file that it names.
 */
import { type IpAddress, parseAddress } from '../net/address.js';
import type { Resolved, Resolver } from '../net/dns.js';
import { NetworkMap } from '../net/network-map.js';
import type { BanId } from '../records.js';
import type { Ignored } from './ignore.js';

/** Splits what stands for several rules: blanks, commas and new lines. */
export function splitRules(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

export class IgnoreSet {
  /** By id as it is written everywhere. */
  readonly #singles = new Map<string, string>();
  readonly #networks = new NetworkMap<string>();
  /** Host names or raw ids: nobody can tell them apart. */
  readonly #names = new Set<string>();
  /** What `list` says: single addresses last. */
  readonly #others = new Set<string>();

  get size(): number {
    return this.#singles.size + this.#others.size;
  }

  /** @returns false when it was there already */
  add(rule: string): boolean {
    const address = parseAddress(rule);
    const text = address?.text ?? rule;
    if (this.#singles.has(text) || this.#others.has(text)) return false;
    if (address?.isSingle) this.#singles.set(text, text);
    else {
      this.#others.add(text);
      if (address) this.#networks.set(address, text);
      else this.#names.add(text);
    }
    return true;
  }

  /** @returns whether it was there */
  remove(rule: string): boolean {
    const address = parseAddress(rule);
    const text = address?.text ?? rule;
    if (this.#singles.delete(text)) return true;
    if (!this.#others.delete(text)) return false;
    if (address) this.#networks.delete(address);
    else this.#names.delete(text);
    return true;
  }

  /** Single addresses. */
  get singles(): Iterable<string> {
    return this.#singles.keys();
  }

  /** Networks and names. */
  get others(): Iterable<string> {
    return this.#others;
  }

  /** Without looking names up. @param address of the id, where it is one */
  matchQuick({ id }: BanId, address: IpAddress | undefined): Ignored | undefined {
    const rule = this.#singles.get(id) ?? (this.#names.has(id) ? id : undefined);
    if (rule !== undefined) return { by: 'ip', rule };
    if (address === undefined || this.#networks.size === 0) return undefined;
    const network = this.#networks.covering(address).next();
    return network.done ? undefined : { by: 'ip', rule: network.value };
  }

  /** By its names only. @param failed told of each name that has no address */
  async matchNames(
    { id, family }: BanId,
    resolver: Resolver,
    failed: (name: string, answer: Resolved) => void,
  ): Promise<Ignored | undefined> {
    if (family === undefined || this.#names.size === 0) return undefined;
    const answers = await Promise.all(
      Array.from(this.#names, async (name) => [name, await resolver.resolve(name)] as const),
    );
    for (const [name, answer] of answers) {
      if (answer.error !== undefined) failed(name, answer);
      if (answer.addresses.some(({ text }) => text === id)) return { by: 'dns', rule: name };
    }
    return undefined;
  }
}
