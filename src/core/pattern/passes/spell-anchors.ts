/**
 * Pass: writes Python's anchors in the few that a RegExp without `m` shares with it.
 *
 * `$` is the end or before a last `\n`; under multiline only `\n` ends a line (JavaScript's `m` also knows `\r`,
 * U+2028 and U+2029); `\B` never holds in an empty text. `^` outside multiline, `\Z` and `\b` stay as they are.
 */
import type { At, CharSet, Literal, Node } from '../nodes.js';
import { mapChildren } from './tree.js';

const NEWLINE: Literal = { type: 'literal', code: 10, ignoreCase: false };
const NOT_NEWLINE: CharSet = {
  type: 'set',
  negated: true,
  items: [{ kind: 'char', code: 10 }],
  ignoreCase: false,
};
const START: At = { type: 'at', where: 'start', ascii: false };
const END: At = { type: 'at', where: 'abs-end', ascii: false };

/** `(?=\n?$)` */
const END_OR_LAST_NEWLINE: Node = {
  type: 'look',
  direction: 'ahead',
  negated: false,
  width: 0,
  body: { type: 'seq', items: [{ type: 'repeat', min: 0, max: 1, mode: 'greedy', body: NEWLINE }, END] },
};
/** `(?![^\n])` */
const LINE_END: Node = { type: 'look', direction: 'ahead', negated: true, width: 0, body: NOT_NEWLINE };
/** `(?<![^\n])` */
const LINE_START: Node = { type: 'look', direction: 'behind', negated: true, width: 1, body: NOT_NEWLINE };
/** `(?!^$)` */
const NOT_EMPTY: Node = {
  type: 'look',
  direction: 'ahead',
  negated: true,
  width: 0,
  body: { type: 'seq', items: [START, END] },
};

export function spellAnchors(node: Node): Node {
  if (node.type !== 'at') return mapChildren(node, spellAnchors);
  switch (node.where) {
    case 'end':
      return END_OR_LAST_NEWLINE;
    case 'end-line':
      return LINE_END;
    case 'start-line':
      return LINE_START;
    case 'not-boundary':
      return { type: 'seq', items: [NOT_EMPTY, node] };
    default:
      return node;
  }
}
