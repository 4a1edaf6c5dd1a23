/** Action stage: the output of `ip route show table all` → routes that lead an address nowhere. */
import type { IpAddress } from '../../net/address.js';
import { type FirewallHit, holds, isExactly } from './hit.js';

export function searchRoutes(text: string, address: IpAddress): FirewallHit[] {
  const hits: FirewallHit[] = [];
  for (const [line, kind = '', entry = ''] of text.matchAll(/^(unreachable|blackhole|prohibit) (\S+).*$/gm)) {
    // `default` and the kernel's own routes lead everybody nowhere.
    if (/\bproto kernel\b/.test(line) || !holds(entry, address)) continue;
    hits.push({
      tool: 'ip route',
      where: `route ${kind} ${entry}`,
      entry,
      verdict: kind,
      blocks: true,
      undo: isExactly(entry, address) ? `ip route del ${kind} ${entry}` : undefined,
    });
  }
  return hits;
}
