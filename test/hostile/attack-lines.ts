/**
 * Makes attack lines from a pattern: for every repeat in its tree a text that leads up to it, a piece to pump it with,
 * and an end at which the match fails late. Such lines make a backtracking engine try every way of dividing the pump.
 *
 * Parsed tree → shapes (prefix, piece, suffix); `pump` makes a line of a given length from one. Samples only follow
 * the tree: what look-arounds and places ask for may be missed, so not every shape reaches its repeat.
 */
import { codesOf, isOneCharacter } from '../../src/core/pattern/code-set.js';
import type { Node, ParsedPattern, Repeat } from '../../src/core/pattern/nodes.js';
import { inRanges, type Ranges } from '../../src/core/pattern/unicode.js';

export interface AttackShape {
  readonly prefix: string;
  readonly piece: string;
  readonly suffix: string;
}

/** A line of about `length` characters. */
export function pump(shape: AttackShape, length: number): string {
  const room = Math.max(0, length - shape.prefix.length - shape.suffix.length);
  return shape.prefix + shape.piece.repeat(Math.max(1, Math.floor(room / shape.piece.length))) + shape.suffix;
}

/** Shapes for every repeat of the pattern that can take three rounds or more, without duplicates. */
export function attackShapes(parsed: ParsedPattern): AttackShape[] {
  const found = new Map<string, AttackShape>();
  visit(parsed.root, { before: '', after: '', groups: new Map() }, (node, place) => {
    for (const piece of piecesOf(node.body)) {
      for (const suffix of suffixesOf(place.after)) {
        const shape = { prefix: place.before, piece, suffix };
        found.set(JSON.stringify(shape), shape);
      }
    }
  });
  return [...found.values()];
}

interface Place {
  /** A text that the nodes before this one match, and one for those behind. */
  readonly before: string;
  readonly after: string;
  /** What the groups took in `before`. */
  readonly groups: ReadonlyMap<number, string>;
}

function visit(node: Node, place: Place, report: (node: Repeat, place: Place) => void): void {
  switch (node.type) {
    case 'seq': {
      const groups = new Map(place.groups);
      let before = place.before;
      for (const [i, item] of node.items.entries()) {
        const rest = node.items.slice(i + 1).map((each) => sample(each, new Map(groups)));
        visit(item, { before, after: rest.join('') + place.after, groups }, report);
        before += sample(item, groups);
      }
      return;
    }
    case 'alt':
      for (const branch of node.branches) visit(branch, place, report);
      return;
    case 'conditional':
      visit(node.yes, place, report);
      visit(node.no, place, report);
      return;
    case 'group':
    case 'atomic':
    case 'look':
      visit(node.body, place, report);
      return;
    case 'repeat':
      if (node.max > 2) report(node, place);
      visit(node.body, place, report);
      return;
    default:
  }
}

/** Characters that patterns of log lines like to take, the ones most of them share first. */
const LIKELY = [...'a0 .:-_/="\'[](),;@<>%x1A\t!'];

/** Texts that the body takes: one per branch, per repeat within, and per likely character. */
function piecesOf(body: Node): string[] {
  const pieces = new Set<string>();
  const add = (node: Node): void => {
    if (isOneCharacter(node)) {
      const ranges = codesOf(node);
      for (const char of LIKELY.filter((each) => inRanges(ranges, each.charCodeAt(0))).slice(0, 4))
        pieces.add(char);
      if (pieces.size === 0) pieces.add(likeliest(ranges));
      return;
    }
    pieces.add(sample(node, new Map()));
    if (node.type === 'alt') for (const branch of node.branches) pieces.add(sample(branch, new Map()));
    if (node.type === 'repeat' || node.type === 'group' || node.type === 'atomic') add(node.body);
    if (node.type === 'seq') for (const item of node.items) if (item.type === 'repeat') add(item.body);
  };
  add(body);
  pieces.delete('');
  return [...pieces].slice(0, 8);
}

/** Ends at which the match fails: at once, only at the last character, or by there being nothing more. */
function suffixesOf(after: string): string[] {
  return [...new Set(['\x00', `${after.slice(0, -1)}\x00`, ''])];
}

/** The shortest telling text that the node takes; fills in what groups took. */
function sample(node: Node, groups: Map<number, string>): string {
  switch (node.type) {
    case 'literal':
      return String.fromCodePoint(node.code);
    case 'any':
    case 'set':
      return likeliest(codesOf(node));
    case 'seq':
      return node.items.map((item) => sample(item, groups)).join('');
    case 'alt':
      return sample(node.branches[0]!, groups);
    case 'group': {
      const text = sample(node.body, groups);
      groups.set(node.index, text);
      return text;
    }
    case 'atomic':
      return sample(node.body, groups);
    case 'repeat':
      return node.min === 0 ? '' : sample(node.body, groups).repeat(Math.min(node.min, 50));
    case 'reference':
      return groups.get(node.group) ?? '';
    case 'conditional':
      return sample(groups.has(node.group) ? node.yes : node.no, groups);
    default:
      return '';
  }
}

function likeliest(ranges: Ranges): string {
  const char = LIKELY.find((each) => inRanges(ranges, each.charCodeAt(0)));
  return char ?? String.fromCodePoint(ranges[0] ?? 0x61);
}
