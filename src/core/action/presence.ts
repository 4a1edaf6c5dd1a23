/**
 * Action stage: which bans the firewall really has, as far as an action can tell: `actionlist` prints all ids of a family,
 * `actionverify` asks for one.
 */
import { type IpAddress, parseAddress } from '../net/address.js';
import type { Ban } from '../records.js';
import type { Presence } from './actions.js';
import type { Commands } from './context.js';

/** How often each id is there, and the networks and ranges that may hold more. */
export class Listing {
  readonly #counts = new Map<string, number>();
  readonly #networks: IpAddress[] = [];
  readonly #ranges: (readonly [first: IpAddress, last: IpAddress])[] = [];

  /** One id a line: an address, a network, `first-last`, or anything else as it is. */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const id = line.trim();
      if (id !== '') this.#add(id);
    }
  }

  #add(id: string): void {
    const [first, last] = id.split('-').map((part) => parseAddress(part));
    if (first && last) this.#ranges.push([first, last]);
    const address = parseAddress(id);
    if (address && !address.isSingle) this.#networks.push(address);
    const key = address?.text ?? id;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** So often as an entry of its own. */
  count(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  has(id: string): boolean {
    if (this.#counts.has(id)) return true;
    const address = parseAddress(id);
    if (!address) return false;
    return (
      this.#networks.some((network) => network.contains(address)) ||
      this.#ranges.some(([first, last]) => isBetween(address, first, last))
    );
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
