/**
 * Pass: takes conditionals away, and references to groups that may be unset (they fail in Python and match nothing in
 * JavaScript), by telling apart the ways in which the group is set and those in which it is not:
 * `A(X)?B(?(1)Y|N)` becomes `A(?:(X)BY|BN)`. The order of the ways is Python's order of trying them. Groups that come
 * to stand in several ways keep their index; at most one of them takes part in a match.
 *
 * Gives up (undefined) where the ways cannot be told apart without changing their order: the exact matcher takes over.
 */
import type { Node } from '../nodes.js';
import { groupsAlwaysSet } from './loops.js';
import { alt, countNodes, EMPTY, FAIL, groupsIn, mapChildren, seq, some } from './tree.js';

/** Copies may make a tree this many nodes big. */
const MAX_NODES = 20_000;

export function settleGroups(root: Node): Node | undefined {
  if (!some(root, (node) => node.type === 'reference' || node.type === 'conditional')) return root;
  let tree = root;
  const given = new Set<number>();
  for (;;) {
    const open = new Set<number>();
    tree = settle(tree, { always: new Set(), maybe: new Set() }, open).node;
    if (open.size === 0) return tree;
    const group = [...open].find((index) => !given.has(index));
    if (group === undefined) return undefined;
    const split = splitAt(tree, group);
    if (split === tree) given.add(group);
    else given.clear();
    tree = split;
    if (countNodes(tree) > MAX_NODES) return undefined;
  }
}

/** What is known of the groups at a place: surely set, and possibly set. */
interface Known {
  readonly always: ReadonlySet<number>;
  readonly maybe: ReadonlySet<number>;
}

interface Settled extends Known {
  readonly node: Node;
}

/** Resolves what is decided already and collects the groups still in question in `open`. */
function settle(node: Node, known: Known, open: Set<number>): Settled {
  switch (node.type) {
    case 'reference':
      if (known.always.has(node.group)) return { ...known, node };
      if (!known.maybe.has(node.group)) return { ...known, node: FAIL };
      open.add(node.group);
      return { ...known, node };
    case 'conditional': {
      if (known.always.has(node.group)) return settle(node.yes, known, open);
      if (!known.maybe.has(node.group)) return settle(node.no, known, open);
      open.add(node.group);
      const yes = settle(node.yes, known, open);
      const no = settle(node.no, known, open);
      return { ...either(yes, no), node: { ...node, yes: yes.node, no: no.node } };
    }
    case 'seq': {
      let now = known;
      const items = node.items.map((item) => {
        const settled = settle(item, now, open);
        now = settled;
        return settled.node;
      });
      const same = items.every((item, i) => item === node.items[i]);
      return { node: same ? node : seq(items), always: now.always, maybe: now.maybe };
    }
    case 'alt': {
      const branches = node.branches.map((branch) => settle(branch, known, open));
      const same = branches.every((branch, i) => branch.node === node.branches[i]);
      const after = branches.map((branch): Known => branch).reduce(either);
      return {
        node: same ? node : alt(branches.map((branch) => branch.node)),
        always: after.always,
        maybe: after.maybe,
      };
    }
    case 'group': {
      // A question about a group from within it: Python may see the end of an earlier try. Left undecided.
      const inside: Known = { always: known.always, maybe: new Set([...known.maybe, node.index]) };
      const body = settle(node.body, inside, open);
      return {
        node: body.node === node.body ? node : { ...node, body: body.node },
        always: new Set(body.always).add(node.index),
        maybe: new Set(body.maybe).add(node.index),
      };
    }
    case 'atomic': {
      const body = settle(node.body, known, open);
      return { ...body, node: body.node === node.body ? node : { ...node, body: body.node } };
    }
    case 'look': {
      const body = settle(node.body, known, open);
      const after = node.negated ? known : body;
      return {
        node: body.node === node.body ? node : { ...node, body: body.node },
        always: after.always,
        maybe: after.maybe,
      };
    }
    case 'repeat': {
      if (node.max === 0) return { ...known, node: EMPTY };
      const inside = groupsIn(node.body);
      const entry: Known =
        node.max > 1 ? { always: known.always, maybe: new Set([...known.maybe, ...inside]) } : known;
      const body = settle(node.body, entry, open);
      const after = node.min > 0 ? body : either(body, known);
      return {
        node: body.node === node.body ? node : { ...node, body: body.node },
        always: after.always,
        maybe: after.maybe,
      };
    }
    default:
      return { ...known, node };
  }
}

function either(a: Known, b: Known): Known {
  return {
    always: new Set([...a.always].filter((index) => b.always.has(index))),
    maybe: new Set([...a.maybe, ...b.maybe]),
  };
}

/** Splits the innermost sequences in which a part that may set `group` is followed by a question about it. */
function splitAt(node: Node, group: number): Node {
  const inner = mapChildren(node, (child) => splitAt(child, group));
  if (inner.type !== 'seq' || inner !== node) return inner;
  const at = inner.items.findIndex((item) => groupsIn(item).has(group));
  if (at < 0) return inner;
  const rest = inner.items.slice(at + 1);
  if (groupsAlwaysSet(inner.items[at]!).has(group) || !rest.some((item) => asksFor(item, group)))
    return inner;
  const ways = waysOf(inner.items[at]!, group);
  if (ways === undefined) return inner;
  const branches = ways.map((way) => seq([way.node, ...rest.map((item) => assume(item, group, way.set))]));
  return seq([...inner.items.slice(0, at), alt(branches)]);
}

function asksFor(node: Node, group: number): boolean {
  return some(
    node,
    (each) => (each.type === 'conditional' || each.type === 'reference') && each.group === group,
  );
}

function assume(node: Node, group: number, set: boolean): Node {
  if (node.type === 'conditional' && node.group === group) {
    return assume(set ? node.yes : node.no, group, set);
  }
  if (node.type === 'reference' && node.group === group) return set ? node : FAIL;
  return mapChildren(node, (child) => assume(child, group, set));
}

interface Way {
  readonly node: Node;
  readonly set: boolean;
}

/** `node` as alternatives in Python's order, in each of which `group` is surely set or surely unset. */
function waysOf(node: Node, group: number): readonly Way[] | undefined {
  if (!groupsIn(node).has(group)) return [{ node, set: false }];
  if (groupsAlwaysSet(node).has(group)) return [{ node, set: true }];
  switch (node.type) {
    case 'group':
      return waysOf(node.body, group)?.map((way) => ({ node: { ...node, body: way.node }, set: way.set }));
    case 'alt': {
      const all: Way[] = [];
      for (const branch of node.branches) {
        const ways = waysOf(branch, group);
        if (ways === undefined) return undefined;
        all.push(...ways);
      }
      return all;
    }
    case 'seq': {
      const at = node.items.findIndex((item) => groupsIn(item).has(group));
      const before = node.items.slice(0, at);
      const after = node.items.slice(at + 1);
      if (!before.every(hasOneWay) || after.some((item) => groupsIn(item).has(group))) return undefined;
      return waysOf(node.items[at]!, group)?.map((way) => ({
        node: seq([...before, way.node, ...after]),
        set: way.set,
      }));
    }
    case 'repeat': {
      if (node.mode === 'possessive') return undefined;
      const without: Way = { node: EMPTY, set: false };
      let taken: readonly Way[] | undefined;
      if (node.max === 1) taken = waysOf(node.body, group);
      else if (groupsAlwaysSet(node.body).has(group)) {
        taken = [{ node: { ...node, min: Math.max(node.min, 1) }, set: true }];
      }
      if (taken === undefined || node.min > 0) return taken;
      return node.mode === 'lazy' ? [without, ...taken] : [...taken, without];
    }
    default:
      return undefined;
  }
}

/** At one place, does the node match in at most one way? */
function hasOneWay(node: Node): boolean {
  switch (node.type) {
    case 'alt':
    case 'conditional':
      return false;
    case 'seq':
      return node.items.every(hasOneWay);
    case 'group':
      return hasOneWay(node.body);
    case 'repeat':
      return node.mode === 'possessive' || (node.min === node.max && hasOneWay(node.body));
    default:
      return true;
  }
}
