/**
 * Which of many networks an address is in, quickly: one hash table for each prefix length that occurs.
 *
 * Networks with values in → the values of all networks that an address lies in. A look-up costs one probe for each
 * prefix length in use, whether there are ten networks or a hundred thousand. Families never mix.
 */
import type { Family, IpAddress } from './address.js';

type Key = number | string;

/** One value a network. A single address is a network of its own. */
export class NetworkMap<T> {
  readonly #tables: Record<Family, Map<number, Map<Key, T>>> = { inet4: new Map(), inet6: new Map() };
  /** Prefix lengths in use, widest network first. */
  readonly #lengths: Record<Family, number[]> = { inet4: [], inet6: [] };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(network: IpAddress): T | undefined {
    return this.#tables[network.family].get(network.prefix)?.get(keyOf(network, network.prefix));
  }

  set(network: IpAddress, value: T): void {
    const tables = this.#tables[network.family];
    let table = tables.get(network.prefix);
    if (table === undefined) {
      table = new Map();
      tables.set(network.prefix, table);
      this.#lengths[network.family] = [...tables.keys()].sort((a, b) => a - b);
    }
    const before = table.size;
    table.set(keyOf(network, network.prefix), value);
    this.#size += table.size - before;
  }

  /** @returns whether it was there */
  delete(network: IpAddress): boolean {
    const tables = this.#tables[network.family];
    const table = tables.get(network.prefix);
    if (!table?.delete(keyOf(network, network.prefix))) return false;
    this.#size--;
    if (table.size === 0) {
      tables.delete(network.prefix);
      this.#lengths[network.family] = [...tables.keys()].sort((a, b) => a - b);
    }
    return true;
  }

  /**
   * The values of the networks that `address` is in, widest network first. Of a network its first address counts, as
   * in fail2ban: 10.1.2.0/24 is in 10.1.2.0/25 too, 10.1.2.0/25 is in 10.1.2.0/24, and 10.1.0.0/16 is in neither.
   */
  *covering(address: IpAddress): Generator<T, void, undefined> {
    const tables = this.#tables[address.family];
    for (const prefix of this.#lengths[address.family]) {
      const value = tables.get(prefix)!.get(keyOf(address, prefix));
      if (value !== undefined) yield value;
    }
  }

  /** Is it in any of them? */
  covers(address: IpAddress): boolean {
    return !this.covering(address).next().done;
  }
}

/** The first `prefix` bits as something that can be looked up: a number for IPv4, eight code units for IPv6. */
function keyOf({ bytes }: IpAddress, prefix: number): Key {
  if (bytes.length === 4) {
    const whole = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    return prefix === 0 ? 0 : (whole & (-1 << (32 - prefix))) >>> 0;
  }
  let key = '';
  for (let i = 0; i < 8; i++) {
    const left = Math.max(0, Math.min(16, prefix - 16 * i));
    const word = bytes[2 * i]! * 256 + bytes[2 * i + 1]!;
    key += String.fromCharCode(word & (0xffff << (16 - left)));
  }
  return key;
}
