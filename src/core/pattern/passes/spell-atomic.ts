/**
 * Pass: writes `(?>X)` as `(?=(X))\k` and `X*+` as `(?>X*)`: a look-ahead is never entered again for another try.
 * The groups it needs are numbered from `firstFree` on and are nobody's result.
 */
import type { Node } from '../nodes.js';
import { mapChildren } from './tree.js';

export function spellAtomic(root: Node, firstFree: number): Node {
  let next = firstFree;
  const spell = (node: Node): Node => {
    const inner = mapChildren(node, spell);
    if (inner.type === 'atomic') return once(inner.body, next++);
    if (inner.type === 'repeat' && inner.mode === 'possessive') {
      return once({ ...inner, mode: 'greedy' }, next++);
    }
    return inner;
  };
  return spell(root);
}

function once(body: Node, index: number): Node {
  return {
    type: 'seq',
    items: [
      {
        type: 'look',
        direction: 'ahead',
        negated: false,
        width: 0,
        body: { type: 'group', index, body },
      },
      { type: 'reference', group: index, ignoreCase: false },
    ],
  };
}
