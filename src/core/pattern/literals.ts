/**
 * What a match must contain and how it must begin, read from the tree: the skim's and the dispatcher's knowledge.
 *
 * Tree → a set of strings of which every match contains at least one, and the UTF-16 units a match can start with.
 * Both err on the safe side: texts that do not match may pass, never the other way round. What look-arounds ask for is
 * not used, as it need not lie within the match.
 */
import { codesOf } from './code-set.js';
import type { Node } from './nodes.js';
import { inRow } from './passes/tree.js';
import { minimal, product, type Strings, union, weight, worth } from './string-sets.js';
import { caseVariants, type Ranges } from './unicode.js';

/**
 * Strings of which the text of every match (within its span) contains at least one, case-sensitive; undefined when
 * there is no useful set. Long and few are preferred. Strings are cut between `[` and `]` and between `(` and `)` where
 * these meet, as a date may have been removed there. Under `(?i)` the set may hold non-ASCII partners (U+212A for `k`).
 */
export function requiredLiterals(root: Node): readonly string[] | undefined {
  const found = bestOf(explain(root));
  return found && found.length > 0 ? [...found].sort() : undefined;
}

/** Several such sets, the best one first: of each, every match contains one. None where there is no useful set. */
export function literalChoices(root: Node): readonly (readonly string[])[] {
  const best = requiredLiterals(root);
  if (!best) return [];
  const choices = new Map([[best.join('\n'), best]]);
  let piece: Node[] = [];
  const close = (): void => {
    const set = requiredLiterals({ type: 'seq', items: piece });
    if (set && !choices.has(set.join('\n'))) choices.set(set.join('\n'), set);
    piece = [];
  };
  for (const item of inRow(root)) {
    piece.push(item);
    if (!explain(item).exact) close();
  }
  close();
  return [...choices.values()];
}

/**
 * The first UTF-16 units of texts that match at their start; undefined when the empty text matches too, or any
 * character will do. All units from 0x80 on are one member, `NON_ASCII_UNIT`, and `has` knows that.
 */
export function firstUnits(root: Node): Set<number> | undefined {
  const units = new FirstUnits();
  if (collectFirst(root, units)) return undefined;
  return units.size > NON_ASCII_UNIT ? undefined : units;
}

/** Stands for every unit that is not ASCII in what firstUnits returns. */
export const NON_ASCII_UNIT = 0x80;

class FirstUnits extends Set<number> {
  override has(unit: number): boolean {
    return super.has(Math.min(unit, NON_ASCII_UNIT));
  }
}

/** True when every match begins at the start of the text: `^` outside multiline or `\A` stands first in every branch. */
export function startsAtStart(node: Node): boolean {
  switch (node.type) {
    case 'fail':
      return true;
    case 'at':
      return node.where === 'start';
    case 'group':
    case 'atomic':
      return startsAtStart(node.body);
    case 'alt':
      return node.branches.every(startsAtStart);
    case 'repeat':
      return node.min > 0 && startsAtStart(node.body);
    case 'conditional':
      return startsAtStart(node.yes) && startsAtStart(node.no);
    case 'look':
      // `(?=^x)y`: the look stands at the very place where the match begins.
      return node.direction === 'ahead' && !node.negated && startsAtStart(node.body);
    case 'seq':
      for (const item of node.items) {
        if (startsAtStart(item)) return true;
        if (item.type !== 'at' && item.type !== 'look' && item.type !== 'empty') return false;
      }
      return false;
    default:
      return false;
  }
}

/** What is known of every text a node matches. */
interface Known {
  /** All of these texts, when they are few. */
  readonly exact?: Strings | undefined;
  /** Each begins with one of these; `['']` says nothing. */
  readonly prefix: Strings;
  readonly suffix: Strings;
  /** Each contains one of these. */
  readonly inside?: Strings | undefined;
}

const NOTHING: Strings = [''];
const UNKNOWN: Known = { prefix: NOTHING, suffix: NOTHING };
const EMPTY: Known = exactly(NOTHING);
/** A character class of more members than this counts as any character. */
const MAX_MEMBERS = 8;
/** Alternations of more strings than this are no help. */
const MAX_STRINGS = 128;

function exactly(strings: Strings): Known {
  return { exact: strings, prefix: strings, suffix: strings };
}

function explain(node: Node): Known {
  switch (node.type) {
    case 'empty':
    case 'at':
    case 'look':
      return EMPTY;
    case 'fail':
      return exactly([]);
    case 'literal':
      return exactly(
        node.ignoreCase
          ? caseVariants(node.code, node.ignoreCase).map((code) => String.fromCodePoint(code))
          : [String.fromCodePoint(node.code)],
      );
    case 'any':
    case 'reference':
      return UNKNOWN;
    case 'set':
      // Categories and complements have many members: no need to look.
      return node.negated || node.items.some((item) => item.kind === 'category')
        ? UNKNOWN
        : explainRanges(codesOf(node));
    case 'group':
    case 'atomic':
      return explain(node.body);
    case 'seq':
      return explainSeq(node.items.map(explain));
    case 'alt':
      return node.branches.map(explain).reduce(either);
    case 'conditional':
      return either(explain(node.yes), explain(node.no));
    case 'repeat':
      return explainRepeat(explain(node.body), node.min, node.max);
  }
}

function explainRanges(ranges: Ranges): Known {
  const members: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const to = ranges[i + 1] as number;
    for (let code = ranges[i] as number; code <= to; code++) {
      if (members.length === MAX_MEMBERS) return UNKNOWN;
      members.push(String.fromCodePoint(code));
    }
  }
  return exactly(members);
}

function explainRepeat(body: Known, min: number, max: number): Known {
  if (max === 0) return EMPTY;
  if (min === 0) {
    const optional = max === 1 && body.exact ? union(body.exact, NOTHING) : undefined;
    return optional ? exactly(optional) : UNKNOWN;
  }
  if (min === 1 && max === 1) return body;
  // All mandatory rounds in a row: `(?:ab){3,}` begins and ends with `ababab`; a few of them tell enough.
  const rounds = explainSeq(new Array<Known>(Math.min(min, 8)).fill(body));
  if (min === max && min <= 8) return rounds;
  return { prefix: rounds.prefix, suffix: rounds.suffix, inside: bestOf(rounds) };
}

function either(left: Known, right: Known): Known {
  if (left.exact?.length === 0) return right;
  if (right.exact?.length === 0) return left;
  const exact = left.exact && right.exact && union(left.exact, right.exact);
  if (exact) return exactly(exact);
  const one = bestOf(left);
  const other = bestOf(right);
  return {
    prefix: union(left.prefix, right.prefix) ?? NOTHING,
    suffix: union(left.suffix, right.suffix) ?? NOTHING,
    inside: one && other && union(one, other, MAX_STRINGS),
  };
}

/** Slides a window over the items: exact ones multiply out, others lend their last and first strings to the ends. */
function explainSeq(items: readonly Known[]): Known {
  const parts = joinSingles(items);
  if (parts.some((part) => part.exact?.length === 0)) return exactly([]);
  let inside: Strings | undefined;
  let prefix: Strings | undefined;
  let suffix: Strings | undefined;
  for (const [from, first] of parts.entries()) {
    inside = better(inside, first.inside);
    let window: Strings = first.exact ?? first.suffix;
    let closed = false;
    let at = from + 1;
    inside = better(inside, candidate(window));
    while (!closed && at < parts.length) {
      const next = parts[at] as Known;
      const wider = product(window, next.exact ?? next.prefix);
      if (!wider) break;
      window = wider;
      inside = better(inside, candidate(window));
      closed = !next.exact;
      at++;
    }
    if (from === 0) {
      if (!closed && at === parts.length && first.exact) return exactly(window);
      prefix = first.exact ? window : first.prefix;
    }
    if (!closed && at === parts.length) suffix ??= window;
  }
  return { prefix: prefix ?? NOTHING, suffix: suffix ?? NOTHING, inside };
}

/** Plain runs of text become one part. */
function joinSingles(items: readonly Known[]): readonly Known[] {
  const out: Known[] = [];
  let run = '';
  const flush = (): void => {
    if (run !== '') out.push(exactly([run]));
    run = '';
  };
  for (const item of items) {
    if (item.exact?.length === 1) run += item.exact[0];
    else {
      flush();
      out.push(item);
    }
  }
  flush();
  return out.length > 0 ? out : [EMPTY];
}

function bestOf(known: Known): Strings | undefined {
  return known.exact ? better(candidate(known.exact), known.inside) : known.inside;
}

/** Makes a set fit to be asked for: cut at removed dates, without needless members; undefined when it tells too little. */
function candidate(strings: Strings): Strings | undefined {
  if (strings.includes('')) return undefined;
  const cut = minimal(strings.some(hasEmptyPair) ? [...new Set(strings.map(longestPiece))] : strings);
  return cut.length <= MAX_STRINGS && cut.every((string) => string.length > 1 && weight(string) >= 1.5)
    ? cut
    : undefined;
}

function hasEmptyPair(string: string): boolean {
  return string.includes('[]') || string.includes('()');
}

/** `failed [] for` may stand as `failed [2026-11-20] for` in the line: take the piece that tells most. */
function longestPiece(string: string): string {
  const pieces = string.split(/(?<=\[)(?=\])|(?<=\()(?=\))/);
  return pieces.reduce((most, piece) => (weight(piece) > weight(most) ? piece : most));
}

function better(left: Strings | undefined, right: Strings | undefined): Strings | undefined {
  if (!left || !right) return left ?? right;
  return worth(right) > worth(left) ? right : left;
}

/** Adds the units `node` can start with; true when it can match without taking a character. */
function collectFirst(node: Node, units: FirstUnits): boolean {
  switch (node.type) {
    case 'empty':
    case 'at':
    case 'look':
      return true;
    case 'fail':
      return false;
    case 'literal': {
      const codes = node.ignoreCase ? caseVariants(node.code, node.ignoreCase) : [node.code];
      for (const code of codes) units.add(Math.min(code, NON_ASCII_UNIT));
      return false;
    }
    case 'any':
    case 'set':
      addRanges(codesOf(node), units);
      return false;
    case 'group':
    case 'atomic':
      return collectFirst(node.body, units);
    case 'repeat':
      return node.max === 0 || collectFirst(node.body, units) || node.min === 0;
    case 'seq':
      return node.items.every((item) => collectFirst(item, units));
    case 'alt':
      return node.branches.map((branch) => collectFirst(branch, units)).some(Boolean);
    case 'conditional':
      return [collectFirst(node.yes, units), collectFirst(node.no, units)].some(Boolean);
    case 'reference':
      // The group may stand within a look-ahead, which was not asked: `(?=(a))\\1`.
      addRanges([0, 0x10ffff], units);
      return true;
  }
}

function addRanges(ranges: Ranges, units: FirstUnits): void {
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    const to = Math.min(ranges[i + 1] as number, NON_ASCII_UNIT);
    for (let code = from; code <= to; code++) units.add(code);
    if ((ranges[i + 1] as number) >= NON_ASCII_UNIT) units.add(NON_ASCII_UNIT);
  }
}
