/**
 * Generate: a normalised tree → the source and flags of a JavaScript RegExp, and which of its groups mean which group
 * of the tree.
 *
 * The ASCII form has no `u` flag and is exact on texts whose code points are all below 0x80 (classes hold only what
 * such a text can hold); the narrow form is the same for narrowed texts (narrow.ts); the Unicode form has the `u` flag
 * and classes with Python's members spelled out. Never `m`, `s` or named groups. A tree it cannot write is answered
 * with a reason.
 */
import {
  asciiCodesOf,
  codesOf,
  hasMember,
  isOneCharacter,
  type OneCharacter,
  union,
  upTo,
} from './code-set.js';
import { isNarrowable, KINDS, LAST_STAND } from './narrow.js';
import type { At, Node } from './nodes.js';
import { isNullable, walk } from './passes/tree.js';
import { complement, type Ranges, rangesToBody, WORD } from './unicode.js';

export type Form = 'ascii' | 'narrow' | 'unicode';

export interface Program {
  readonly source: string;
  /** `''`, `i` or `u`; the caller adds `g`, `y` or `d`. */
  readonly flags: string;
  /** Group of the tree → groups of the RegExp, of which at most one takes part in a match. */
  readonly physical: readonly (readonly number[] | undefined)[];
}

/** False between the halves of a surrogate pair, where V8 would find an empty match of a `u` RegExp. */
const BETWEEN_CODE_POINTS = '(?:^|(?<=[^]))';

/** A repeat beyond this count is left to the exact matcher: V8 would refuse it or grow without bound. */
const MAX_COUNT = 65_535;

/** `ownGroups`: how many groups the pattern has itself; those above are the passes'. */
export function generate(root: Node, form: Form, ownGroups: number): Program | { readonly reason: string } {
  if (form === 'narrow' && !isNarrowable(root, ownGroups))
    return { reason: 'it tells non-ASCII characters apart' };
  const writer = new Writer(form);
  try {
    if (form !== 'unicode') writer.ignoreCase = wantsIgnoreCase(root);
    const body = writer.alternatives(root);
    const source = form === 'unicode' && isNullable(root) ? `${BETWEEN_CODE_POINTS}(?:${body})` : body;
    const flags = form === 'unicode' ? 'u' : writer.ignoreCase ? 'i' : '';
    return { source, flags, physical: writer.physical };
  } catch (error) {
    if (error instanceof NotPortable) return { reason: error.message };
    throw error;
  }
}

class NotPortable extends Error {}

class Writer {
  /** The whole program runs with the `i` flag (ASCII form only). */
  ignoreCase = false;
  readonly physical: (number[] | undefined)[] = [];
  private groups = 0;

  /** The highest code the texts can have. */
  private readonly limit: number;
  private readonly wordBody: string;

  constructor(private readonly form: Form) {
    this.limit = { ascii: 0x7f, narrow: LAST_STAND, unicode: 0x10ffff }[form];
    this.wordBody = form === 'narrow' ? rangesToBody(narrowCodes(WORD_CHARACTER)) : WORD;
  }

  /** Anything, where a `|` may stand. */
  alternatives(node: Node): string {
    if (node.type !== 'alt') return this.concatenation(node);
    return node.branches.map((branch) => this.concatenation(branch)).join('|');
  }

  private concatenation(node: Node): string {
    if (node.type === 'seq') return node.items.map((item) => this.item(item)).join('');
    return this.item(node);
  }

  /** One item of a concatenation. */
  private item(node: Node): string {
    if (isOneCharacter(node)) return this.character(node);
    switch (node.type) {
      case 'empty':
        return '';
      case 'fail':
        return '[]';
      case 'at':
        return this.at(node);
      case 'seq':
        return this.concatenation(node);
      case 'alt':
        return `(?:${this.alternatives(node)})`;
      case 'group':
        return this.group(node.index, node.body);
      case 'look': {
        const sign = node.negated ? '!' : '=';
        const open = node.direction === 'ahead' ? `(?${sign}` : `(?<${sign}`;
        return `${open}${this.alternatives(node.body)})`;
      }
      case 'repeat': {
        if (node.max === 0) return '';
        const count = countOf(node.min, node.max);
        const atom = this.atom(node.body);
        return atom === '' ? '' : atom + count + (node.mode === 'lazy' ? '?' : '');
      }
      case 'reference':
        return this.reference(node.group, node.ignoreCase !== false);
      default:
        throw new NotPortable(`a node that no pass has rewritten (${node.type})`);
    }
  }

  /** Something a repeat may follow. */
  private atom(node: Node): string {
    if (isOneCharacter(node)) return this.character(node);
    if (node.type === 'group') return this.group(node.index, node.body);
    const text = this.alternatives(node);
    return text === '' ? '' : `(?:${text})`;
  }

  private group(index: number, body: Node): string {
    const number = ++this.groups;
    (this.physical[index] ??= []).push(number);
    return `(${this.alternatives(body)})`;
  }

  /** Copies of the group that took no part match nothing, so naming all of them names the one that did. */
  private reference(group: number, ignoreCase: boolean): string {
    if (ignoreCase && this.form === 'unicode') throw new NotPortable('a case-insensitive reference');
    const numbers = this.physical[group];
    if (numbers === undefined) throw new NotPortable('a reference to a group that comes later');
    return `(?:${numbers.map((number) => `\\${number}`).join('')})`;
  }

  private at(node: At): string {
    switch (node.where) {
      case 'start':
        return '^';
      case 'abs-end':
        return '$';
      case 'boundary':
      case 'not-boundary': {
        const negated = node.where === 'not-boundary';
        if (this.form === 'ascii' || node.ascii) return negated ? '\\B' : '\\b';
        const word = `[${this.wordBody}]`;
        return negated
          ? `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`
          : `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
      }
      default:
        throw new NotPortable(`an anchor that no pass has rewritten (${node.where})`);
    }
  }

  private character(node: OneCharacter): string {
    const plain = node.type === 'literal' && (node.ignoreCase === false || this.ignoreCase);
    if (plain && this.form !== 'narrow' && node.code <= this.limit) return literal(node.code);
    if (this.form === 'unicode') return classOf(codesOf(node), this.limit);
    return classOf(this.form === 'narrow' ? narrowCodes(node) : asciiCodesOf(node), this.limit);
  }
}

const WORD_CHARACTER: OneCharacter = {
  type: 'set',
  negated: false,
  items: [{ kind: 'category', category: 'word', negated: false, ascii: false }],
  ignoreCase: false,
};

/** Codes of narrowed texts that the node matches. */
function narrowCodes(node: OneCharacter): Ranges {
  const stands = KINDS.filter((kind) => hasMember(node, kind.member)).flatMap(({ stand }) => [stand, stand]);
  return union([...asciiCodesOf(node), ...stands]);
}

/** A class with exactly `codes` out of 0 to `limit`, written the shorter way. */
function classOf(codes: Ranges, limit: number): string {
  if (codes.length === 0) return '[]';
  if (codes.length === 2 && codes[0] === codes[1]) return literal(codes[0]!);
  const others = upTo(complement(codes), limit);
  if (others.length === 0) return '[^]';
  if (others.length < codes.length) {
    return others.join() === '48,57' ? '\\D' : `[^${rangesToBody(others)}]`;
  }
  const key = codes.join();
  if (key === '48,57') return '\\d';
  if (key === '48,57,65,90,95,95,97,122') return '\\w';
  return `[${rangesToBody(codes)}]`;
}

function literal(code: number): string {
  if (code > 0x7f) {
    const hex = code.toString(16);
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
  }
  const character = String.fromCharCode(code);
  if (/[\w \-!"#%&',/:;<=>@`~]/.test(character)) return character;
  if (/[$()*+.?[\\\]^{|}]/.test(character)) return `\\${character}`;
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

function countOf(min: number, max: number): string {
  if (min > MAX_COUNT || (max > MAX_COUNT && max !== Number.POSITIVE_INFINITY)) {
    throw new NotPortable('a repeat count beyond what RegExp can hold');
  }
  if (min === 0 && max === 1) return '?';
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/**
 * May the ASCII or narrow form run with the `i` flag? Only when something is case-insensitive and nothing is case-sensitive;
 * otherwise case is spelled out in classes.
 * @throws {NotPortable} references of both kinds, or one that the flag would change
 */
function wantsIgnoreCase(root: Node): boolean {
  let insensitive = false;
  let sensitive = false;
  let reference = false;
  walk(root, (node) => {
    if (node.type === 'literal') {
      // Both cases of a letter are among its variants.
      if (node.ignoreCase !== false) insensitive = true;
      else if (isAsciiLetter(node.code)) sensitive = true;
    } else if (node.type === 'set') {
      if (!closedUnderCase(asciiCodesOf(node))) sensitive = true;
      else if (node.ignoreCase !== false) insensitive = true;
    } else if (node.type === 'reference') {
      if (node.ignoreCase === false) sensitive = true;
      else reference = true;
    }
  });
  if (reference && sensitive)
    throw new NotPortable('a case-insensitive reference beside case-sensitive text');
  return (insensitive || reference) && !sensitive;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function closedUnderCase(codes: Ranges): boolean {
  const has = (code: number): boolean => {
    for (let i = 0; i < codes.length; i += 2) if (code >= codes[i]! && code <= codes[i + 1]!) return true;
    return false;
  };
  for (let code = 0x61; code <= 0x7a; code++) if (has(code) !== has(code - 32)) return false;
  return true;
}
