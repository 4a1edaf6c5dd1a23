/**
 * Action stage: which bans the firewall really has, as far as an action can tell: `actionlist` prints all ids of a family,
 * `actionverify` asks for one.
 */
import { type IpAddress, parseAddress } from '../net/address.js';
import { NetworkMap } from '../net/network-map.js';
import type { Ban } from '../records.js';
import type { Presence } from './actions.js';
import type { Commands } from './context.js';

/** An IPv4 address in its normal spelling; most are, and need not be read. */
const PLAIN_INET4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** How often each id is there, and the networks and ranges that may hold more. */
export class Listing {
  readonly #counts = new Map<string, number>();
  readonly #networks: IpAddress[] = [];
  readonly #covered = new NetworkMap<true>();
  readonly #ranges: (readonly [first: IpAddress, last: IpAddress])[] = [];

  /** One id a line: an address, a network, `first-last`, or anything else as it is. */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const id = line.trim();
      if (id !== '') this.#add(id);
    }
  }

  #add(id: string): void {
    const key = PLAIN_INET4.test(id) ? id : this.#read(id);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** @returns its normal spelling */
  #read(id: string): string {
    if (id.includes('-')) {
      const [first, last] = id.split('-').map((part) => parseAddress(part));
      if (first && last) this.#ranges.push([first, last]);
    }
    const address = parseAddress(id);
    if (address && !address.isSingle) {
      this.#networks.push(address);
      this.#covered.set(address, true);
    }
    return address?.text ?? id;
  }

  /** So often as an entry of its own. */
  count(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  has(id: string): boolean {
    if (this.#counts.has(id)) return true;
    if (this.#networks.length === 0 && this.#ranges.length === 0) return false;
    const address = parseAddress(id);
    if (!address) return false;
    const isCovered = address.isSingle
      ? this.#covered.covers(address)
      : this.#networks.some((network) => network.contains(address));
    return isCovered || this.#ranges.some(([first, last]) => isBetween(address, first, last));
  }
}

function isBetween(address: IpAddress, first: IpAddress, last: IpAddress): boolean {
  if (address.family !== first.family) return false;
  return compareBytes(first.bytes, address.bytes) <= 0 && compareBytes(lastOf(address), last.bytes) <= 0;
}

/** The last address of a network. */
function lastOf({ bytes, prefix }: IpAddress): number[] {
  return bytes.map((byte, i) => byte | (0xff >> Math.max(0, Math.min(8, prefix - 8 * i))));
}

function compareBytes(a: readonly number[], b: readonly number[]): number {
  for (const [i, byte] of a.entries()) if (byte !== b[i]) return byte - (b[i] as number);
  return 0;
}

/** What the action lists for a family; undefined when it cannot or will not say. */
export async function listFamily(commands: Commands, family: string): Promise<Listing | undefined> {
  const result = await commands.ask('actionlist', family, {});
  return result?.ok ? new Listing(result.stdoutTail) : undefined;
}

/** Asks for one ban. */
export async function askFor(commands: Commands, family: string, ban: Ban): Promise<Presence> {
  const result = await commands.ask('actionverify', family, { ban });
  if (!result || result.timedOut || result.exitCode === undefined || result.exitCode > 1) return 'unknown';
  return result.exitCode === 0 ? 'present' : 'absent';
}
