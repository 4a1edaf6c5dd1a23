/**
 * Action stage: the output of `iptables-save` and `ip6tables-save` → rules that match the source of a packet, and which
 * sets they ask. Read as text: words, with double quotes round what holds blanks.
 */
import type { IpAddress } from '../../net/address.js';
import { type FirewallHit, holds, isBlocking, isExactly } from './hit.js';

export interface SetUse {
  readonly set: string;
  readonly verdict: string | undefined;
}

export interface SavedRules {
  readonly hits: readonly FirewallHit[];
  readonly uses: readonly SetUse[];
}

export function searchIptables(text: string, tool: 'iptables' | 'ip6tables', address: IpAddress): SavedRules {
  const hits: FirewallHit[] = [];
  const uses: SetUse[] = [];
  let table = 'filter';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (!line.startsWith('-A ')) continue;
    const words = splitWords(line);
    const verdict = after(words, '-j') ?? after(words, '-g');
    const set = after(words, '--match-set');
    if (set !== undefined && !isNegated(words, '--match-set')) uses.push({ set, verdict });
    const entry = sourcesOf(words).find((source) => holds(source, address));
    if (entry === undefined) continue;
    hits.push({
      tool,
      where: `chain ${words[1]} of table ${table}`,
      entry,
      verdict,
      blocks: isBlocking(verdict),
      undo: isExactly(entry, address)
        ? `${tool}${table === 'filter' ? '' : ` -t ${table}`} -D${line.slice(2)}`
        : undefined,
    });
  }
  return { hits, uses };
}

/** Networks and ranges that the source must be in. */
function sourcesOf(words: readonly string[]): string[] {
  const found: string[] = [];
  for (const option of ['-s', '--source', '--src-range']) {
    const value = after(words, option);
    if (value !== undefined && !isNegated(words, option)) found.push(...value.split(','));
  }
  return found;
}

function after(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1];
}

function isNegated(words: readonly string[], option: string): boolean {
  return words[words.indexOf(option) - 1] === '!';
}

function splitWords(line: string): string[] {
  return (line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []).map((word) =>
    word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word,
  );
}
