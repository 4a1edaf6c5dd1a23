/**
 * The code points that a one-character node (literal, `.`, set) matches, as ascending ranges: what generate.ts writes
 * as classes and what the passes reason with.
 */
import type { Any, CaseFold, CharSet, Literal, Node, SetItem } from './nodes.js';
import {
  casedCodes,
  caseVariants,
  categoryRanges,
  complement,
  isDigit,
  isSpace,
  isWord,
  type Ranges,
} from './unicode.js';

export type OneCharacter = Literal | Any | CharSet;

export function isOneCharacter(node: Node): node is OneCharacter {
  return node.type === 'literal' || node.type === 'any' || node.type === 'set';
}

const cache = new WeakMap<OneCharacter, Ranges>();

/** Ascending, disjoint, non-adjacent `from, to` pairs. Shared: do not change. */
export function codesOf(node: OneCharacter): Ranges {
  let found = cache.get(node);
  if (!found) {
    found = compute(node);
    cache.set(node, found);
  }
  return found;
}

function compute(node: OneCharacter): Ranges {
  if (node.type === 'any') return node.dotAll ? [0, 0x10ffff] : [0, 9, 11, 0x10ffff];
  if (node.type === 'literal') return union(folded([node.code, node.code], node.ignoreCase));
  const members: number[] = [];
  for (const item of node.items) {
    if (item.kind === 'category') members.push(...categoryRanges(item.category, item.ascii, item.negated));
    else if (item.kind === 'char') members.push(...folded([item.code, item.code], node.ignoreCase));
    else members.push(...folded([item.from, item.to], node.ignoreCase));
  }
  const all = union(members);
  return node.negated ? complement(all) : all;
}

/** Does a one-character node match this code point? */
export function hasMember(node: OneCharacter, code: number): boolean {
  if (node.type === 'any') return node.dotAll || code !== 10;
  const fold = node.ignoreCase;
  const variants = fold ? caseVariants(code, fold) : [code];
  if (node.type === 'literal') return variants.includes(node.code);
  return node.items.some((item) => itemHas(item, code, variants)) !== node.negated;
}

function itemHas(item: SetItem, code: number, variants: readonly number[]): boolean {
  switch (item.kind) {
    case 'char':
    case 'range':
      return variants.some((variant) => isIn(item, variant));
    case 'category': {
      const is = { word: isWord, digit: isDigit, space: isSpace }[item.category];
      return is(code, item.ascii) !== item.negated;
    }
  }
}

const asciiCache = new WeakMap<OneCharacter, Ranges>();

/** The ASCII part of what a node matches, without working out the rest. */
export function asciiCodesOf(node: OneCharacter): Ranges {
  let found = asciiCache.get(node);
  if (!found) {
    found = asciiRanges(node);
    asciiCache.set(node, found);
  }
  return found;
}

function asciiRanges(node: OneCharacter): Ranges {
  if (node.type === 'any') return node.dotAll ? [0, 0x7f] : [0, 9, 11, 0x7f];
  const has = new Uint8Array(0x80);
  const items: readonly SetItem[] =
    node.type === 'literal' ? [{ kind: 'char', code: node.code }] : node.items;
  for (const item of items) {
    if (item.kind === 'category') {
      const ranges = categoryRanges(item.category, item.ascii, item.negated);
      for (let i = 0; ranges[i]! < 0x80; i += 2) has.fill(1, ranges[i], ranges[i + 1]! + 1);
    } else if (item.kind === 'range') {
      has.fill(1, Math.min(item.from, 0x80), item.to + 1);
    } else if (item.code < 0x80) has[item.code] = 1;
  }
  if (node.ignoreCase) addAsciiVariants(has, items, node.ignoreCase);
  const negated = node.type === 'set' && node.negated ? 1 : 0;
  const out: number[] = [];
  for (let code = 0; code < 0x80; code++) {
    if (has[code] === negated) continue;
    if (out.at(-1) === code - 1) out[out.length - 1] = code;
    else out.push(code, code);
  }
  return out;
}

/** The ASCII partners of the characters and ranges; those of categories are members already. */
function addAsciiVariants(has: Uint8Array, items: readonly SetItem[], fold: Exclude<CaseFold, false>): void {
  for (let letter = 0x41; letter <= 0x5a; letter++) {
    const variants = caseVariants(letter, fold);
    const found = items.some((item) => item.kind !== 'category' && variants.some((code) => isIn(item, code)));
    if (found) for (const code of variants) if (code < 0x80) has[code] = 1;
  }
}

function isIn(item: Exclude<SetItem, { kind: 'category' }>, code: number): boolean {
  return item.kind === 'char' ? item.code === code : code >= item.from && code <= item.to;
}

/** The range and all case partners of its members, unordered. */
function folded(range: readonly [number, number], fold: CaseFold): number[] {
  const out: number[] = [...range];
  if (!fold) return out;
  const [from, to] = range;
  const add = (code: number): void => {
    for (const variant of caseVariants(code, fold))
      if (variant < from || variant > to) out.push(variant, variant);
  };
  if (to - from < 0x200) for (let code = from; code <= to; code++) add(code);
  else for (const code of casedCodes()) if (code >= from && code <= to) add(code);
  return out;
}

/** Sorts and joins `from, to` pairs. */
export function union(pairs: readonly number[]): Ranges {
  const sorted: [number, number][] = [];
  for (let i = 0; i < pairs.length; i += 2) sorted.push([pairs[i]!, pairs[i + 1]!]);
  sorted.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [from, to] of sorted) {
    const end = out.length - 1;
    if (end > 0 && from <= out[end]! + 1) out[end] = Math.max(out[end]!, to);
    else out.push(from, to);
  }
  return out;
}

/** The part of `ranges` from 0 to `limit`. */
export function upTo(ranges: Ranges, limit: number): Ranges {
  const out: number[] = [];
  for (let i = 0; i < ranges.length && ranges[i]! <= limit; i += 2) {
    out.push(ranges[i]!, Math.min(ranges[i + 1]!, limit));
  }
  return out;
}

/** Is every member of `part` a member of `whole`? */
export function isWithin(part: Ranges, whole: Ranges): boolean {
  let at = 0;
  for (let i = 0; i < part.length; i += 2) {
    while (at < whole.length && whole[at + 1]! < part[i]!) at += 2;
    if (at >= whole.length || part[i]! < whole[at]! || part[i + 1]! > whole[at + 1]!) return false;
  }
  return true;
}
