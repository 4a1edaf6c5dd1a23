/**
 * Nodes that take exactly one code point, whatever way they are written, as ranges.
 */
import { codesOf, isOneCharacter, union } from '../code-set.js';
import type { Node } from '../nodes.js';
import { categoryRanges, type Ranges } from '../unicode.js';

const cache = new WeakMap<Node, Ranges | false>();

/** The code points the node can take, when it always takes exactly one and nothing else happens; else undefined. */
export function singleCharacter(node: Node): Ranges | undefined {
  let found = cache.get(node);
  if (found === undefined) {
    found = resolve(node) ?? false;
    cache.set(node, found);
  }
  return found || undefined;
}

function resolve(node: Node): Ranges | undefined {
  const item = node.type === 'set' && node.items.length === 1 ? node.items[0] : undefined;
  // `\w` and the like are large, and worth sharing.
  if (node.type === 'set' && item?.kind === 'category')
    return categoryRanges(item.category, item.ascii, item.negated !== node.negated);
  if (isOneCharacter(node)) return codesOf(node);
  if (node.type === 'seq')
    return node.items.length === 1 ? singleCharacter(node.items[0] as Node) : undefined;
  if (node.type !== 'alt') return undefined;
  const all = node.branches.map(singleCharacter);
  return all.every((ranges) => ranges !== undefined) ? union(all.flat()) : undefined;
}
