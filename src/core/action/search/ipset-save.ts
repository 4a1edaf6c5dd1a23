/** Action stage: the output of `ipset save` → sets that hold an address, also within networks and ranges. */
import type { IpAddress } from '../../net/address.js';
import { type FirewallHit, holds, isBlocking, isExactly } from './hit.js';
import type { SetUse } from './iptables-save.js';

/** `uses`: the rules that ask sets; a set nobody asks keeps nobody out. */
export function searchIpset(text: string, address: IpAddress, uses: readonly SetUse[]): FirewallHit[] {
  const hits: FirewallHit[] = [];
  // `add NAME ENTRY …`; an entry may be `address,proto:port`.
  for (const [, set = '', entry = '', rest = ''] of text.matchAll(/^add (\S+) (\S+)(.*)$/gm)) {
    const part = entry.split(',').find((one) => holds(one, address));
    if (part === undefined || /\bnomatch\b/.test(rest)) continue;
    const use =
      uses.find((one) => one.set === set && isBlocking(one.verdict)) ?? uses.find((one) => one.set === set);
    hits.push({
      tool: 'ipset',
      where: use ? `set ${set}` : `set ${set}, which no rule asks`,
      entry,
      verdict: use?.verdict,
      blocks: isBlocking(use?.verdict),
      undo: isExactly(part, address) ? `ipset del ${set} ${entry}` : undefined,
    });
  }
  return hits;
}
