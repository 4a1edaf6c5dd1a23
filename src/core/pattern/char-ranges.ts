/**
 * A character set of the tree, resolved: CharSet → the ranges of code points it matches, with categories, case folding
 * and negation worked in. What exact.ts and literals.ts ask instead of interpreting items themselves.
 */
import type { CharSet } from './nodes.js';
import { casedCodes, caseVariants, categoryRanges, complement, inRanges, type Ranges } from './unicode.js';

/** Every code point the set matches (surrogates too: a text may hold lone ones), ascending and without overlap. */
export function charRanges(set: CharSet): Ranges {
  const chars: number[] = [];
  const out: number[] = [];
  for (const item of set.items) {
    if (item.kind === 'char') chars.push(item.code, item.code);
    else if (item.kind === 'range') chars.push(item.from, item.to);
    else out.push(...categoryRanges(item.category, item.ascii, item.negated));
  }
  // Python folds the text and the single members, but asks categories as they are; no category tells cases apart.
  if (set.ignoreCase && chars.length > 0) {
    const plain = normalise(chars);
    const cased = set.ignoreCase === 'ascii' ? ASCII_LETTERS : casedCodes();
    for (const code of cased) {
      if (!inRanges(plain, code)) continue;
      for (const variant of caseVariants(code, set.ignoreCase)) out.push(variant, variant);
    }
  }
  out.push(...chars);
  const ranges = normalise(out);
  return set.negated ? complement(ranges) : ranges;
}

const ASCII_LETTERS: readonly number[] = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].map(
  (letter) => letter.charCodeAt(0),
);

/** Sorts ranges and joins those that touch. */
function normalise(ranges: readonly number[]): Ranges {
  const spans: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) spans.push([ranges[i] as number, ranges[i + 1] as number]);
  spans.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [from, to] of spans) {
    const last = out.length - 1;
    if (last >= 0 && from <= (out[last] as number) + 1) out[last] = Math.max(out[last] as number, to);
    else out.push(from, to);
  }
  return out;
}
