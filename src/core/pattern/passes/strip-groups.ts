/**
 * Pass: takes away the capturing groups nobody asks for. Groups that a reference or conditional needs stay.
 */
import type { Node } from '../nodes.js';
import { mapChildren, walk } from './tree.js';

/** Keeps the groups in `wanted` and those that are referred to. */
export function stripGroups(root: Node, wanted: ReadonlySet<number>): Node {
  const kept = new Set(wanted);
  walk(root, (node) => {
    if (node.type === 'reference' || node.type === 'conditional') kept.add(node.group);
  });
  const strip = (node: Node): Node => {
    const inner = mapChildren(node, strip);
    return inner.type === 'group' && !kept.has(inner.index) ? inner.body : inner;
  };
  return strip(root);
}
