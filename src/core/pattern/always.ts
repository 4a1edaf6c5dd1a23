/**
 * Does a pattern match whatever a line may say? Many a prefregex does: each part of its prefix may be missing, and the
 * rest is `.+`. Such a pattern need not be run where nobody asks for its groups.
 */
import type { Node } from './nodes.js';
import { inRow } from './passes/tree.js';

/** Is there a match in every text of at least one character without a newline (and perhaps one at its end)? */
export function matchesAnyLine(root: Node): boolean {
  const items = inRow(root);
  const rest = items.findIndex(isRestOfLine);
  if (rest < 0) return false;
  const before = items.slice(0, rest);
  const after = items.slice(rest + 1);
  // The anchor `^` holds where matching begins; all else before the rest may match nothing, and then does for some try.
  return (
    before.every((item) => isStart(item) || canBeNothing(item)) &&
    after.every((item) => isEnd(item) || canBeNothing(item))
  );
}

/** `.+` or `.*`, in a group or not, that gives back what it took. */
function isRestOfLine(node: Node): boolean {
  return (
    node.type === 'repeat' &&
    node.min <= 1 &&
    node.max === Infinity &&
    node.mode !== 'possessive' &&
    node.body.type === 'any'
  );
}

function isStart(node: Node): boolean {
  return node.type === 'at' && node.where === 'start';
}

function isEnd(node: Node): boolean {
  return node.type === 'at' && node.where === 'end';
}

/** Can it match nothing, after whatever else was tried? Not where a choice is final (atomic, possessive). */
function canBeNothing(node: Node): boolean {
  switch (node.type) {
    case 'empty':
      return true;
    case 'group':
      return canBeNothing(node.body);
    case 'seq':
      return node.items.every(canBeNothing);
    case 'alt':
      return node.branches.some(canBeNothing);
    case 'repeat':
      return node.mode !== 'possessive' && (node.min === 0 || canBeNothing(node.body));
    default:
      return false;
  }
}
