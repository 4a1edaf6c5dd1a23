/** Writes a tree back as Python-like text, for tables of tests: groups as `(1:…)`, fail as `<fail>`, flags as marks. */
import type { Node, SetItem } from '../../src/core/pattern/nodes.js';

const PLACES = {
  start: '\\A',
  'start-line': '<line start>',
  end: '$',
  'end-line': '<line end>',
  'abs-end': '\\Z',
  boundary: '\\b',
  'not-boundary': '\\B',
} as const;

export function show(node: Node): string {
  switch (node.type) {
    case 'empty':
      return '';
    case 'fail':
      return '<fail>';
    case 'literal':
      return character(node.code) + fold(node.ignoreCase);
    case 'any':
      return node.dotAll ? '<any>' : '.';
    case 'set':
      return `[${node.negated ? '^' : ''}${node.items.map(setItem).join('')}]${fold(node.ignoreCase)}`;
    case 'at':
      return PLACES[node.where] + (node.ascii ? '/a' : '');
    case 'seq':
      return node.items.map(atomOfSeq).join('');
    case 'alt':
      return node.branches.map(show).join('|');
    case 'group':
      return `(${node.index}:${show(node.body)})`;
    case 'repeat': {
      const count = `{${node.min},${node.max === Number.POSITIVE_INFINITY ? '' : node.max}}`;
      return `(?:${show(node.body)})${count}${{ greedy: '', lazy: '?', possessive: '+' }[node.mode]}`;
    }
    case 'look': {
      const sign = (node.direction === 'behind' ? '<' : '') + (node.negated ? '!' : '=');
      return `(?${sign}${show(node.body)})`;
    }
    case 'atomic':
      return `(?>${show(node.body)})`;
    case 'reference':
      return `\\${node.group}${fold(node.ignoreCase)}`;
    case 'conditional':
      return `(?(${node.group})${show(node.yes)}|${show(node.no)})`;
  }
}

function atomOfSeq(node: Node): string {
  return node.type === 'alt' ? `(?:${show(node)})` : show(node);
}

function fold(ignoreCase: false | 'unicode' | 'ascii'): string {
  return ignoreCase ? (ignoreCase === 'ascii' ? '/ia' : '/i') : '';
}

function character(code: number): string {
  return code === 10 ? '\\n' : String.fromCodePoint(code);
}

function setItem(item: SetItem): string {
  if (item.kind === 'char') return character(item.code);
  if (item.kind === 'range') return `${character(item.from)}-${character(item.to)}`;
  const letter = { digit: 'd', space: 's', word: 'w' }[item.category];
  return `\\${item.negated ? letter.toUpperCase() : letter}${item.ascii ? '/a' : ''}`;
}
