/** Action stage: what a search through the firewall hands back. */
import { type IpAddress, parseAddress } from '../../net/address.js';

export type FirewallTool = 'nft' | 'iptables' | 'ip6tables' | 'ipset' | 'ip route' | 'hosts.deny';

/** One place where the firewall knows an address, or a network or range that contains it. */
export interface FirewallHit {
  readonly tool: FirewallTool;
  /** `chain f2b-sshd of table filter`, `set inet f2b-table addr-set-sshd`, `/etc/hosts.deny:12`. */
  readonly where: string;
  /** As it is written there: `192.0.2.0/24`. */
  readonly entry: string;
  /** What happens to its packets: `REJECT`, `drop` …; undefined where nothing refers to the set it is in. */
  readonly verdict: string | undefined;
  /** False for what lets through or only counts, and for sets nobody asks. */
  readonly blocks: boolean;
  /** The command that takes out this very entry, where there is one that takes out nothing else. */
  readonly undo: string | undefined;
}

/** Does this text (address, network, `first-last`, `10.0.0.`) hold the address? */
export function holds(text: string, address: IpAddress): boolean {
  const range = text.split('-');
  if (range.length === 2)
    return isBetween(address, parseAddress(range[0] ?? ''), parseAddress(range[1] ?? ''));
  return parseAddress(text)?.contains(address) ?? false;
}

function isBetween(address: IpAddress, first: IpAddress | undefined, last: IpAddress | undefined): boolean {
  if (!first || !last || first.family !== address.family || last.family !== address.family) return false;
  return compare(first, address) <= 0 && compare(address, last) <= 0;
}

function compare(a: IpAddress, b: IpAddress): number {
  for (const [i, byte] of a.bytes.entries()) if (byte !== b.bytes[i]) return byte - (b.bytes[i] as number);
  return 0;
}

/** Is it this very address or network, and not something wider? */
export function isExactly(text: string, address: IpAddress): boolean {
  return parseAddress(text)?.text === address.text;
}

/** Targets that do not keep anybody out. */
export function isBlocking(verdict: string | undefined): boolean {
  return (
    verdict !== undefined &&
    !/^(?:accept|return|log|nflog|ulog|mark|connmark|count|counter|continue|notrack)\b/i.test(verdict)
  );
}
