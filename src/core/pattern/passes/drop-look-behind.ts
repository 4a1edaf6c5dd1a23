/**
 * Pass: takes away a look-behind of one character that is always true where it stands, because whatever comes before
 * it in the same concatenation cannot be empty and can only end in such a character. `(?<=:)` inside `<IP6>` is one.
 */
import { codesOf, isOneCharacter, isWithin } from '../code-set.js';
import type { Node } from '../nodes.js';
import type { Ranges } from '../unicode.js';
import { EMPTY, mapChildren, seq } from './tree.js';

export function dropLookBehind(root: Node): Node {
  return rewrite(root, []);
}

/** `before`: what has matched directly in front of `node`, nearest last; empty when that is not known. */
function rewrite(node: Node, before: readonly Node[]): Node {
  switch (node.type) {
    case 'look': {
      if (node.direction === 'ahead') return mapChildren(node, (child) => rewrite(child, before));
      if (node.negated || !isOneCharacter(node.body)) return mapChildren(node, (child) => rewrite(child, []));
      const end = endOf(before, codesOf(node.body));
      return end === 'always' ? EMPTY : node;
    }
    case 'seq': {
      const items: Node[] = [];
      for (const item of node.items) items.push(rewrite(item, [...before, ...items]));
      return items.every((item, i) => item === node.items[i]) ? node : seq(items);
    }
    case 'alt':
    case 'group':
    case 'atomic':
    case 'conditional':
      return mapChildren(node, (child) => rewrite(child, before));
    case 'repeat':
      return mapChildren(node, (child) => rewrite(child, node.max <= 1 ? before : []));
    default:
      return node;
  }
}

/** Do matches end in a member of `codes`: always, only if they are not empty, or not surely? */
type End = 'always' | 'unless empty' | 'unknown';

function endOf(items: readonly Node[], codes: Ranges): End {
  for (let i = items.length - 1; i >= 0; i--) {
    const end = endOfNode(items[i]!, codes);
    if (end !== 'unless empty') return end;
  }
  return 'unless empty';
}

function endOfNode(node: Node, codes: Ranges): End {
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
      return isWithin(codesOf(node), codes) ? 'always' : 'unknown';
    case 'empty':
    case 'at':
    case 'look':
      return 'unless empty';
    case 'fail':
      return 'always';
    case 'seq':
      return endOf(node.items, codes);
    case 'alt':
      return node.branches.map((branch) => endOfNode(branch, codes)).reduce(weaker);
    case 'conditional':
      return weaker(endOfNode(node.yes, codes), endOfNode(node.no, codes));
    case 'group':
    case 'atomic':
      return endOfNode(node.body, codes);
    case 'repeat': {
      const end = endOfNode(node.body, codes);
      return node.min === 0 && end === 'always' ? 'unless empty' : end;
    }
    case 'reference':
      return 'unknown';
  }
}

function weaker(a: End, b: End): End {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return a === 'unless empty' ? a : b;
}
