/**
 * Action stage: /etc/hosts.deny → lines that refuse an address. Source: hosts_access(5): `daemons : clients [: option]`,
 * `\` at the end continues a line, `10.0.` is a prefix, `[v6]/len` a network, what follows EXCEPT is not meant.
 */
import type { IpAddress } from '../../net/address.js';
import { type FirewallHit, holds, isExactly } from './hit.js';

export function searchHostsDeny(text: string, file: string, address: IpAddress): FirewallHit[] {
  const hits: FirewallHit[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const first = i;
    let line = lines[i] as string;
    while (line.endsWith('\\') && i + 1 < lines.length) line = `${line.slice(0, -1)} ${lines[++i]}`;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const clients = clientsOf(line);
    const meant = clients.split(/\sEXCEPT\s/)[0] as string;
    const entry = meant.split(/[\s,]+/).find((one) => one !== '' && names(one, address));
    if (entry === undefined) continue;
    hits.push({
      tool: 'hosts.deny',
      where: `${file}:${first + 1}`,
      entry,
      verdict: 'deny',
      blocks: true,
      undo: meant.trim() === entry && isExactly(entry, address) ? `sed -i ${first + 1}d ${file}` : undefined,
    });
  }
  return hits;
}

/** Between the first and the second colon that stand outside brackets; an address may be written without them. */
function clientsOf(line: string): string {
  const at = line.indexOf(':');
  if (at === -1) return '';
  const rest = line.slice(at + 1);
  const outside =
    /\s:\s/.exec(rest) ?? (/:[^0-9a-f:.\]]/i.test(rest) ? /:(?=[^0-9a-f:.\]])/i.exec(rest) : null);
  return ` ${outside ? rest.slice(0, outside.index) : rest} `;
}

function names(pattern: string, address: IpAddress): boolean {
  if (pattern === 'ALL') return true;
  const bracketed = /^\[([^\]]+)\](\/\d+)?$/.exec(pattern);
  if (bracketed) return holds(`${bracketed[1]}${bracketed[2] ?? ''}`, address);
  if (/^\d+(?:\.\d+){0,2}\.$/.test(pattern))
    return address.family === 'inet4' && address.text.startsWith(pattern);
  return holds(pattern, address);
}
