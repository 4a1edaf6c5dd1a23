/**
 * Nodes that take exactly one code point, whatever way they are written, as ranges.
 */
import { charRanges } from '../char-ranges.js';
import type { Node } from '../nodes.js';
import type { Ranges } from '../unicode.js';

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
  switch (node.type) {
    case 'literal':
      return charRanges({
        type: 'set',
        negated: false,
        items: [{ kind: 'char', code: node.code }],
        ignoreCase: node.ignoreCase,
      });
    case 'any':
      return node.dotAll ? [0, 0x10ffff] : [0, 9, 11, 0x10ffff];
    case 'set':
      return charRanges(node);
    case 'seq':
      return node.items.length === 1 ? singleCharacter(node.items[0] as Node) : undefined;
    case 'alt': {
      const all = node.branches.map(singleCharacter);
      return all.every((ranges) => ranges !== undefined) ? joinRanges(all.flat()) : undefined;
    }
    default:
      return undefined;
  }
}

function joinRanges(ranges: readonly number[]): Ranges {
  const items = [];
  for (let i = 0; i < ranges.length; i += 2)
    items.push({ kind: 'range', from: ranges[i] as number, to: ranges[i + 1] as number } as const);
  return charRanges({ type: 'set', negated: false, items, ignoreCase: false });
}
