/**
 * Where in a match a group lies, read from the tree: how many code points surely stand before it and behind it.
 * Saves most second runs for the offsets of a group.
 */
import type { Node } from './nodes.js';
import { children } from './passes/tree.js';
import { widthOf } from './width.js';

export interface Edges {
  /** Code points between the start of the match and that of the group, when always the same. */
  readonly lead: number | undefined;
  /** Code points between the end of the group and that of the match, when always the same. */
  readonly tail: number | undefined;
}

/** Edges of a group; of all its copies, when passes have made some. */
export function edgesOf(root: Node, group: number): Edges {
  const found: Edges[] = [];
  collect(root, group, { lead: 0, tail: 0 }, found);
  const first = found[0];
  if (first === undefined) return { lead: undefined, tail: undefined };
  return {
    lead: found.every((each) => each.lead === first.lead) ? first.lead : undefined,
    tail: found.every((each) => each.tail === first.tail) ? first.tail : undefined,
  };
}

function collect(node: Node, group: number, edges: Edges, found: Edges[]): void {
  switch (node.type) {
    case 'group':
      if (node.index === group) found.push(edges);
      collect(node.body, group, edges, found);
      return;
    case 'seq':
      for (const [i, item] of node.items.entries()) {
        const lead = plus(edges.lead, node.items.slice(0, i));
        const tail = plus(edges.tail, node.items.slice(i + 1));
        collect(item, group, { lead, tail }, found);
      }
      return;
    case 'look': {
      const ahead = node.direction === 'ahead' && !node.negated;
      collect(node.body, group, { lead: ahead ? edges.lead : undefined, tail: undefined }, found);
      return;
    }
    case 'repeat': {
      const inner = node.max <= 1 ? edges : { lead: undefined, tail: undefined };
      collect(node.body, group, inner, found);
      return;
    }
    default:
      for (const child of children(node)) collect(child, group, edges, found);
  }
}

function plus(sum: number | undefined, items: readonly Node[]): number | undefined {
  let total = sum;
  for (const item of items) {
    const [low, high] = widthOf(item);
    total = total === undefined || low !== high ? undefined : total + low;
  }
  return total;
}
