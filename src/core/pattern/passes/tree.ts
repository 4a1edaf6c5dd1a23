/**
 * Small tools for passes: build nodes without needless nesting, rebuild a node from changed children, ask what a
 * subtree contains.
 */
import type { Node } from '../nodes.js';

export const EMPTY: Node = { type: 'empty' };
export const FAIL: Node = { type: 'fail' };

/** A sequence, flattened; `fail` if a part always fails. */
export function seq(items: readonly Node[]): Node {
  const flat: Node[] = [];
  for (const item of items) {
    if (item.type === 'seq') flat.push(...item.items);
    else if (item.type !== 'empty') flat.push(item);
  }
  if (flat.length === 0) return EMPTY;
  if (flat.some((item) => item.type === 'fail')) return FAIL;
  return flat.length === 1 ? flat[0]! : { type: 'seq', items: flat };
}

/** Alternatives, without those that always fail. */
export function alt(branches: readonly Node[]): Node {
  const kept = branches.filter((branch) => branch.type !== 'fail');
  if (kept.length === 0) return FAIL;
  return kept.length === 1 ? kept[0]! : { type: 'alt', branches: kept };
}

/** What stands in a row, in sequences and groups however nested. */
export function inRow(node: Node): readonly Node[] {
  if (node.type === 'seq') return node.items.flatMap(inRow);
  if (node.type === 'group') return inRow(node.body);
  return [node];
}

/** Children in the order they are written. */
export function children(node: Node): readonly Node[] {
  switch (node.type) {
    case 'seq':
      return node.items;
    case 'alt':
      return node.branches;
    case 'group':
    case 'repeat':
    case 'look':
    case 'atomic':
      return [node.body];
    case 'conditional':
      return [node.yes, node.no];
    default:
      return [];
  }
}

/** The node with every child replaced by `change(child)`; the very same node when nothing changed. */
export function mapChildren(node: Node, change: (child: Node) => Node): Node {
  switch (node.type) {
    case 'seq': {
      const items = node.items.map(change);
      return items.every((item, i) => item === node.items[i]) ? node : seq(items);
    }
    case 'alt': {
      const branches = node.branches.map(change);
      return branches.every((branch, i) => branch === node.branches[i]) ? node : alt(branches);
    }
    case 'group':
    case 'repeat':
    case 'look':
    case 'atomic': {
      const body = change(node.body);
      return body === node.body ? node : { ...node, body };
    }
    case 'conditional': {
      const yes = change(node.yes);
      const no = change(node.no);
      return yes === node.yes && no === node.no ? node : { ...node, yes, no };
    }
    default:
      return node;
  }
}

/** Does the subtree hold a node for which `test` is true? */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}

/** Calls `visit` for the node and everything below it, outer nodes first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

/** Indices of the groups in the subtree. */
export function groupsIn(node: Node): Set<number> {
  const found = new Set<number>();
  walk(node, (each) => {
    if (each.type === 'group') found.add(each.index);
  });
  return found;
}

export function countNodes(node: Node): number {
  let count = 0;
  walk(node, () => count++);
  return count;
}

/** Can the subtree match the empty text? (Errs towards yes.) */
export function isNullable(node: Node): boolean {
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
    case 'fail':
      return false;
    case 'seq':
      return node.items.every(isNullable);
    case 'alt':
      return node.branches.some(isNullable);
    case 'group':
    case 'atomic':
      return isNullable(node.body);
    case 'repeat':
      return node.min === 0 || isNullable(node.body);
    case 'conditional':
      return isNullable(node.yes) || isNullable(node.no);
    default:
      return true;
  }
}
