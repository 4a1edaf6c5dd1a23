/**
 * Lets lines with non-ASCII characters be matched by programs as small and quick as the ASCII ones.
 *
 * A pattern without non-ASCII characters of its own can tell those of a text apart only by kind: word character,
 * digit, blank, other, and the four that `(?i)` takes for ASCII letters. Narrowing replaces each by one byte that
 * stands for its kind; offsets stay what they are. Spelled-out Unicode classes would cost some 60 kB of source a
 * pattern, and V8 stops optimising when there is much RegExp code. Texts with surrogates are not narrowed.
 */
import { hasMember, isOneCharacter } from './code-set.js';
import type { Node, SetItem } from './nodes.js';
import { children, some } from './passes/tree.js';
import { isDigit, isSpace, isWord } from './unicode.js';

interface Kind {
  /** What stands for it in a narrowed text. */
  readonly stand: number;
  /** One of its members, to ask a set about. */
  readonly member: number;
  /** It has no other member. */
  readonly single: boolean;
}

export const KINDS: readonly Kind[] = [
  { stand: 0x80, member: 0x2019, single: false },
  { stand: 0x81, member: 0x0660, single: false },
  { stand: 0x82, member: 0x00a0, single: false },
  { stand: 0x83, member: 0x4e00, single: false },
  { stand: 0x84, member: 0x017f, single: true },
  { stand: 0x85, member: 0x212a, single: true },
  { stand: 0x86, member: 0x0130, single: true },
  { stand: 0x87, member: 0x0131, single: true },
];
/** The highest code of a narrowed text. */
export const LAST_STAND = 0x87;

let lastText = '';
let lastNarrowed: string | undefined = '';
let buffer = Buffer.alloc(4096);
let stands: Uint8Array | undefined;

/** The narrowed text, of the same length; undefined when it has surrogates. Remembers the latest one. */
export function narrowText(text: string): string | undefined {
  if (text !== lastText) {
    lastNarrowed = narrow(text);
    lastText = text;
  }
  return lastNarrowed;
}

function narrow(text: string): string | undefined {
  const { length } = text;
  if (length > buffer.length) buffer = Buffer.alloc(2 * length);
  stands ??= standsByUnit();
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    const stand = unit < 0x80 ? unit : stands[unit]!;
    if (stand === 0xff) return undefined;
    buffer[i] = stand;
  }
  return buffer.toString('latin1', 0, length);
}

/** By UTF-16 unit from 0x80 on; 0xff for surrogates. */
function standsByUnit(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (let unit = 0x80; unit < 0x10000; unit++) {
    if (isDigit(unit)) table[unit] = 0x81;
    else if (isSpace(unit)) table[unit] = 0x82;
    else table[unit] = isWord(unit) ? 0x83 : 0x80;
  }
  for (const { stand, member, single } of KINDS) if (single) table[member] = stand;
  table.fill(0xff, 0xd800, 0xe000);
  return table;
}

/** Can the tree be matched on narrowed texts? `ownGroups`: groups above that number are the passes'. */
export function isNarrowable(root: Node, ownGroups: number): boolean {
  const groups = new Map<number, Node[]>();
  const collect = (node: Node): void => {
    if (node.type === 'group') groups.set(node.index, [...(groups.get(node.index) ?? []), node.body]);
    children(node).forEach(collect);
  };
  collect(root);
  return !some(root, (node) => {
    if (node.type === 'literal') return node.code > 0x7f;
    if (node.type === 'set') return node.items.some(tellsMembersApart);
    if (node.type !== 'reference' || node.group > ownGroups) return false;
    // Characters of one kind look alike in a narrowed text: what is compared must not hold any.
    const insensitive = node.ignoreCase !== false;
    return !(groups.get(node.group) ?? []).every((body) => capturesNoKind(body, insensitive));
  });
}

function tellsMembersApart(item: SetItem): boolean {
  if (item.kind === 'char') return item.code > 0x7f;
  return item.kind === 'range' && item.to > 0x7f && (item.to < 0x10ffff || item.from > 0x80);
}

function capturesNoKind(body: Node, orSingle: boolean): boolean {
  return !some(
    body,
    (node) =>
      node.type === 'reference' ||
      (isOneCharacter(node) &&
        KINDS.some((kind) => (orSingle || !kind.single) && hasMember(node, kind.member))),
  );
}
