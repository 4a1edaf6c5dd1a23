/**
 * How many code points a tree can match: the least and the most, as CPython computes them to decide whether a
 * look-behind has one fixed width.
 */
import type { Node } from './nodes.js';

export type Width = readonly [low: number, high: number];

const NONE: Width = [0, 0];

/** `groupWidths[i]` is the width of group `i`, for references; an unknown group counts as any width. */
export function widthOf(node: Node, groupWidths: readonly (Width | undefined)[] = []): Width {
  const of = (inner: Node): Width => widthOf(inner, groupWidths);
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
      return [1, 1];
    case 'empty':
    case 'fail':
    case 'at':
    case 'look':
      return NONE;
    case 'group':
    case 'atomic':
      return of(node.body);
    case 'seq':
      return node.items.map(of).reduce((sum, each) => [sum[0] + each[0], sum[1] + each[1]], NONE);
    case 'alt':
      return node.branches.map(of).reduce(hull);
    case 'conditional':
      return hull(of(node.yes), of(node.no));
    case 'repeat': {
      const [low, high] = of(node.body);
      return [low * node.min, high === 0 || node.max === 0 ? 0 : high * node.max];
    }
    case 'reference':
      return groupWidths[node.group] ?? [0, Number.POSITIVE_INFINITY];
  }
}

function hull(a: Width, b: Width): Width {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
