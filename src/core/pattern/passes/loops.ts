/**
 * Checks: loops that JavaScript runs differently, so that a tree with one must go to the exact matcher.
 *
 * Captures: JavaScript resets the groups of a loop body at each iteration, Python keeps them. It makes no difference
 * while every iteration sets them all.
 * Empty iterations: Python accepts one that matches nothing and goes on behind the loop, JavaScript goes back for
 * another way through the body. It makes no difference while the body tries the empty way last and captures nothing.
 */
import type { Node } from '../nodes.js';
import { children, groupsIn, isNullable } from './tree.js';

/** Does a loop leave a group of its body unset in some iteration? */
export function loopKeepsCaptures(root: Node): boolean {
  if (root.type === 'repeat' && root.max > 1) {
    const always = groupsAlwaysSet(root.body);
    for (const index of groupsIn(root.body)) if (!always.has(index)) return true;
  }
  return children(root).some(loopKeepsCaptures);
}

/** Is there a loop whose empty iterations differ? */
export function loopMinesEmpty(root: Node): boolean {
  if (root.type === 'repeat' && root.max > 0 && root.min !== root.max && isNullable(root.body)) {
    if (groupsIn(root.body).size > 0) return true;
    if (root.mode !== 'lazy' && !triesEmptyLast(root.body)) return true;
  }
  return children(root).some(loopMinesEmpty);
}

/** The groups that are set whenever the node has matched. */
export function groupsAlwaysSet(node: Node): Set<number> {
  switch (node.type) {
    case 'group':
      return groupsAlwaysSet(node.body).add(node.index);
    case 'seq': {
      const all = new Set<number>();
      for (const item of node.items) for (const index of groupsAlwaysSet(item)) all.add(index);
      return all;
    }
    case 'alt':
      return node.branches.map(groupsAlwaysSet).reduce(intersection);
    case 'conditional':
      return intersection(groupsAlwaysSet(node.yes), groupsAlwaysSet(node.no));
    case 'repeat':
      return node.min > 0 ? groupsAlwaysSet(node.body) : new Set();
    case 'look':
      return node.negated ? new Set() : groupsAlwaysSet(node.body);
    case 'atomic':
      return groupsAlwaysSet(node.body);
    default:
      return new Set();
  }
}

function intersection(a: Set<number>, b: Set<number>): Set<number> {
  return new Set([...a].filter((index) => b.has(index)));
}

/** Of all the ways through `node`, in order: does no non-empty one come after an empty one? */
function triesEmptyLast(node: Node): boolean {
  if (!isNullable(node)) return true;
  switch (node.type) {
    case 'seq':
      return node.items.every(triesEmptyLast);
    case 'alt':
      return node.branches.every((branch, i) =>
        i === node.branches.length - 1 ? triesEmptyLast(branch) : !isNullable(branch),
      );
    case 'group':
      return triesEmptyLast(node.body);
    case 'repeat':
      return node.max === 0 || (node.mode !== 'lazy' && triesEmptyLast(node.body));
    case 'conditional':
      return triesEmptyLast(node.yes) && triesEmptyLast(node.no);
    default:
      return true;
  }
}
