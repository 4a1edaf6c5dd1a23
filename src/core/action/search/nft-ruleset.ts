/**
 * Action stage: the output of `nft -j list ruleset` → sets and rules that hold an address. Only what a ban looks like is
 * understood: elements of sets and maps, and matches of an address against a value, a list or a set.
 */
import type { IpAddress } from '../../net/address.js';
import { type FirewallHit, holds, isBlocking, isExactly } from './hit.js';

type Json = { readonly [key: string]: unknown };

interface Use {
  readonly verdict: string | undefined;
}

/** @throws {SyntaxError} the text is no JSON */
export function searchNft(text: string, address: IpAddress): FirewallHit[] {
  const items = listOf((JSON.parse(text) as Json)['nftables']).filter(isObject);
  const rules = items.map((item) => item['rule']).filter(isObject);
  const uses = usesOf(rules);
  const hits: FirewallHit[] = [];
  for (const item of items) {
    const set = item['set'] ?? item['map'];
    if (isObject(set)) hits.push(...inSet(set, address, uses));
  }
  for (const rule of rules) hits.push(...inRule(rule, address));
  return hits;
}

/** Rules that ask a set by name, by `family table set`. */
function usesOf(rules: readonly Json[]): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  for (const rule of rules) {
    for (const { right, negated } of matchesOf(rule)) {
      if (negated || typeof right !== 'string' || !right.startsWith('@')) continue;
      const key = `${placeOf(rule)} ${right.slice(1)}`;
      if (!isBlocking(uses.get(key)?.verdict)) uses.set(key, { verdict: verdictOf(rule) });
    }
  }
  return uses;
}

function inSet(set: Json, address: IpAddress, uses: ReadonlyMap<string, Use>): FirewallHit[] {
  const entry = listOf(set['elem'])
    .flatMap(entriesOf)
    .find((one) => holds(one, address));
  if (entry === undefined) return [];
  const name = `${placeOf(set)} ${String(set['name'])}`;
  const use = uses.get(name);
  return [
    {
      tool: 'nft',
      where: use ? `set ${name}` : `set ${name}, which no rule asks`,
      entry,
      verdict: use?.verdict,
      blocks: isBlocking(use?.verdict),
      undo: isExactly(entry, address) ? `nft delete element ${name} { ${entry} }` : undefined,
    },
  ];
}

function inRule(rule: Json, address: IpAddress): FirewallHit[] {
  for (const { right, negated } of matchesOf(rule)) {
    if (negated) continue;
    const entries =
      isObject(right) && 'set' in right ? listOf(right['set']).flatMap(entriesOf) : entriesOf(right);
    const entry = entries.find((one) => holds(one, address));
    if (entry === undefined) continue;
    const verdict = verdictOf(rule);
    const chain = `${placeOf(rule)} ${String(rule['chain'])}`;
    return [
      {
        tool: 'nft',
        where: `chain ${chain}`,
        entry,
        verdict,
        blocks: isBlocking(verdict),
        undo:
          entries.length === 1 && isExactly(entry, address)
            ? `nft delete rule ${chain} handle ${String(rule['handle'])}`
            : undefined,
      },
    ];
  }
  return [];
}

/** Comparisons of a rule with an address of the packet. */
function matchesOf(rule: Json): { right: unknown; negated: boolean }[] {
  return listOf(rule['expr'])
    .filter(isObject)
    .map((expression) => expression['match'])
    .filter(isObject)
    .filter(({ left }) => isAddressField(left))
    .map(({ op, right }) => ({ right, negated: op === '!=' }));
}

function isAddressField(left: unknown): boolean {
  if (!isObject(left)) return false;
  const concat = left['concat'];
  if (concat !== undefined) return listOf(concat).some(isAddressField);
  const payload = left['payload'];
  return isObject(payload) && (payload['field'] === 'saddr' || payload['field'] === 'daddr');
}

/** Addresses, networks and ranges of an element. */
function entriesOf(element: unknown): string[] {
  if (typeof element === 'string') return [element];
  if (Array.isArray(element)) return entriesOf(element[0]);
  if (!isObject(element)) return [];
  const { prefix, range, elem, concat, set } = element;
  if (isObject(prefix)) return [`${String(prefix['addr'])}/${String(prefix['len'])}`];
  if (Array.isArray(range)) return [range.map(String).join('-')];
  if (isObject(elem)) return entriesOf(elem['val']);
  if (Array.isArray(concat)) return concat.flatMap(entriesOf);
  return Array.isArray(set) ? set.flatMap(entriesOf) : [];
}

const VERDICTS = [
  'drop',
  'reject',
  'accept',
  'return',
  'continue',
  'queue',
  'jump',
  'goto',
  'log',
  'counter',
] as const;

/** What the rule does; a drop or reject where it does several things. */
function verdictOf(rule: Json): string | undefined {
  const done = listOf(rule['expr'])
    .filter(isObject)
    .flatMap((expression) => Object.keys(expression));
  const found = VERDICTS.find((verdict) => done.includes(verdict));
  // iptables' own targets, in rules that iptables has written.
  return found === 'counter' || found === undefined ? (done.includes('xt') ? 'xt' : found) : found;
}

function placeOf(item: Json): string {
  return `${String(item['family'])} ${String(item['table'])}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
