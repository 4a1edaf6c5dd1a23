/**
 * Pass: a case-insensitive reference to a group that can capture nothing with a case is a plain one. The separators of
 * dates are such: `(?i)…(?P<_sep>[-/])…(?P=_sep)…`.
 */
import type { Node, SetItem } from '../nodes.js';
import { caseVariants } from '../unicode.js';
import { children, mapChildren, some } from './tree.js';

/** Wider ranges are taken to hold letters. */
const MAX_RANGE = 64;

export function plainReferences(root: Node): Node {
  const cased = new Set<number>();
  const collect = (node: Node): void => {
    if (node.type === 'group' && some(node.body, mayHaveCase)) cased.add(node.index);
    children(node).forEach(collect);
  };
  collect(root);
  const rewrite = (node: Node): Node => {
    if (node.type !== 'reference') return mapChildren(node, rewrite);
    return node.ignoreCase && !cased.has(node.group) ? { ...node, ignoreCase: false } : node;
  };
  return rewrite(root);
}

function mayHaveCase(node: Node): boolean {
  switch (node.type) {
    case 'literal':
      return isCased(node.code);
    case 'set':
      return node.negated || node.items.some(itemMayHaveCase);
    case 'any':
    case 'reference':
      return true;
    default:
      return false;
  }
}

function itemMayHaveCase(item: SetItem): boolean {
  if (item.kind === 'category') return item.category === 'word' || item.negated;
  if (item.kind === 'char') return isCased(item.code);
  if (item.to - item.from > MAX_RANGE) return true;
  for (let code = item.from; code <= item.to; code++) if (isCased(code)) return true;
  return false;
}

function isCased(code: number): boolean {
  return caseVariants(code, 'unicode').length > 1;
}
