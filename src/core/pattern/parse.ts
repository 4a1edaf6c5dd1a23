/**
 * Parse: Python regular-expression text → tree (nodes.ts), or Python's own refusal.
 *
 * Accepts and refuses what `re.compile` of Python 3.11 accepts and refuses for str patterns, with the same message and
 * position; flags are folded into the nodes. The reader looks one token ahead as CPython's does, because that decides
 * which of two mistakes is reported first. `\N{NAME}` is refused as unsupported (no table of names is carried).
 */
import { PatternError } from '../errors.js';
import { categoryOf, DIGITS, readCharacterEscape, readNumberEscape, readSetEscape } from './escapes.js';
import { type Flags, flagsWith, flagsWithin, readFlags, startsFlags } from './inline-flags.js';
import type { CaseFold, Node, ParsedPattern, SetItem } from './nodes.js';
import { codePointLength, isEscape, pythonRepr, Reader } from './reader.js';
import { type Width, widthOf } from './width.js';

export interface ParseOptions {
  multiline?: boolean;
  ignoreCase?: boolean;
}

/** Python's limits: the largest repeat count, and a nesting depth it can parse before its own stack ends. */
const MAX_REPEAT = 4294967295;
const MAX_GROUP_NUMBER = 2147483647;
const MAX_DEPTH = 480;

const REPEATERS = '*+?{';
const VERBOSE_BLANKS = ' \t\n\r\v\f';
/** An item of a sequence; `kind` decides whether a repeat may follow it. */
interface Item {
  readonly kind: 'at' | 'repeat' | 'other';
  readonly node: Node;
}

/**
 * Parses Python regular-expression text.
 * @throws {PatternError} `invalid` with Python's message (position included) or `unsupported`.
 */
export function parse(source: string, options: ParseOptions = {}): ParsedPattern {
  return new Parser(source, options).parse();
}

class Parser {
  private readonly reader: Reader;
  private globalFlags: Flags;
  /** Both `(?a)` and `(?u)` seen: Python refuses that at the very end. */
  private globalAscii = false;
  private globalUnicode = false;
  private readonly groupNames: (string | undefined)[] = [undefined];
  private readonly groupIndex = new Map<string, number>();
  /** By group number; undefined while the group is open. */
  private readonly groupWidths: (Width | undefined)[] = [undefined];
  /** While in a look-behind: groups from this number on were opened inside it. */
  private lookBehindGroups: number | undefined;
  /** Conditionals may name groups that come later: number → position of the mention. */
  private readonly pendingReferences = new Map<number, number>();
  private variableLookBehind = false;
  private depth = 0;

  constructor(
    private readonly source: string,
    options: ParseOptions,
  ) {
    this.reader = new Reader(source);
    this.globalFlags = {
      ignoreCase: options.ignoreCase ?? false,
      multiline: options.multiline ?? false,
      dotAll: false,
      verbose: false,
      ascii: false,
    };
  }

  parse(): ParsedPattern {
    const root = this.alternatives(this.globalFlags, true);
    if (this.globalAscii && this.globalUnicode)
      throw this.invalid('ASCII and UNICODE flags are incompatible');
    if (this.reader.next !== undefined) throw this.reader.error('unbalanced parenthesis');
    for (const [group, position] of this.pendingReferences) {
      if (group >= this.groupNames.length) {
        throw this.reader.errorAt(`invalid group reference ${group}`, position);
      }
    }
    if (this.variableLookBehind) throw this.invalid('look-behind requires fixed-width pattern');
    return {
      source: this.source,
      root,
      groupCount: this.groupNames.length - 1,
      groupNames: this.groupNames,
      groupIndex: this.groupIndex,
    };
  }

  /** Branches up to `)` or the end. */
  private alternatives(flags: Flags, top: boolean): Node {
    if (++this.depth > MAX_DEPTH) throw this.unsupported('groups nested too deeply', 0);
    const branches: Node[] = [];
    do {
      const branchFlags = top && branches.length > 0 ? this.globalFlags : flags;
      branches.push(this.sequence(branchFlags, top && branches.length === 0));
    } while (this.reader.match('|'));
    this.depth--;
    return branches.length === 1 ? branches[0]! : { type: 'alt', branches };
  }

  /** Items up to `|`, `)` or the end. `first`: global flags may still come. */
  private sequence(flags: Flags, first: boolean): Node {
    const reader = this.reader;
    const items: Item[] = [];
    let current = flags;
    for (;;) {
      const token = reader.next;
      if (token === undefined || token === '|' || token === ')') break;
      reader.take();
      if (current.verbose) {
        if (VERBOSE_BLANKS.includes(token)) continue;
        if (token === '#') {
          for (;;) {
            const passed = reader.take();
            if (passed === undefined || passed === '\n') break;
          }
          continue;
        }
      }
      if (isEscape(token)) items.push(this.escape(token, current));
      else if (token === '[') items.push({ kind: 'other', node: this.set(current) });
      else if (REPEATERS.includes(token)) this.repeat(token, items, current);
      else if (token === '.') items.push({ kind: 'other', node: { type: 'any', dotAll: current.dotAll } });
      else if (token === '^') items.push(at(current.multiline ? 'start-line' : 'start', current));
      else if (token === '$') items.push(at(current.multiline ? 'end-line' : 'end', current));
      else if (token === '(') {
        const result = this.group(current, first && items.length === 0);
        if (result === 'flags') current = this.globalFlags;
        else if (result !== undefined) items.push({ kind: 'other', node: result });
      } else items.push(this.literal(token.codePointAt(0)!, current));
    }
    return joinItems(items);
  }

  private literal(code: number, flags: Flags): Item {
    return { kind: 'other', node: { type: 'literal', code, ignoreCase: caseFold(flags) } };
  }

  private repeat(operator: string, items: Item[], flags: Flags): void {
    const reader = this.reader;
    const here = reader.tell();
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    if (operator === '?') max = 1;
    else if (operator === '+') min = 1;
    else if (operator === '{') {
      if (reader.next === '}') {
        items.push(this.literal(0x7b, flags));
        return;
      }
      const low = reader.takeWhile(Number.POSITIVE_INFINITY, DIGITS);
      const high = reader.match(',') ? reader.takeWhile(Number.POSITIVE_INFINITY, DIGITS) : low;
      if (!reader.match('}')) {
        items.push(this.literal(0x7b, flags));
        reader.seek(here);
        return;
      }
      if (low) min = this.repeatCount(low);
      if (high) {
        max = this.repeatCount(high);
        if (max < min) throw reader.error('min repeat greater than max repeat', reader.tell() - here);
      }
    }
    const last = items.at(-1);
    if (last === undefined || last.kind === 'at') {
      throw reader.error('nothing to repeat', reader.tell() - here + operator.length);
    }
    if (last.kind === 'repeat') {
      throw reader.error('multiple repeat', reader.tell() - here + operator.length);
    }
    const mode = reader.match('?') ? 'lazy' : reader.match('+') ? 'possessive' : 'greedy';
    items[items.length - 1] = { kind: 'repeat', node: { type: 'repeat', min, max, mode, body: last.node } };
  }

  private repeatCount(digits: string): number {
    const count = Number(digits);
    if (count >= MAX_REPEAT) throw this.invalid('the repetition number is too large');
    return count;
  }

  /** After `[`. */
  private set(flags: Flags): Node {
    const reader = this.reader;
    const here = reader.tell() - 1;
    const negated = reader.match('^');
    const items: SetItem[] = [];
    const takeToken = (): string => {
      const token = reader.take();
      if (token === undefined) throw reader.error('unterminated character set', reader.tell() - here);
      return token;
    };
    for (;;) {
      const token = takeToken();
      if (token === ']' && items.length > 0) break;
      const from = this.setItem(token, flags);
      if (!reader.match('-')) {
        items.push(from);
        continue;
      }
      const other = takeToken();
      if (other === ']') {
        items.push(from, { kind: 'char', code: 0x2d });
        break;
      }
      const to = this.setItem(other, flags);
      if (from.kind !== 'char' || to.kind !== 'char' || to.code < from.code) {
        throw reader.error(
          `bad character range ${token}-${other}`,
          codePointLength(token) + 1 + codePointLength(other),
        );
      }
      items.push({ kind: 'range', from: from.code, to: to.code });
    }
    return { type: 'set', negated, items, ignoreCase: caseFold(flags) };
  }

  private setItem(token: string, flags: Flags): SetItem {
    if (!isEscape(token)) return { kind: 'char', code: token.codePointAt(0)! };
    return readSetEscape(this.reader, token, flags.ascii);
  }

  private escape(token: string, flags: Flags): Item {
    switch (token) {
      case '\\A':
        return at('start', flags);
      case '\\Z':
        return at('abs-end', flags);
      case '\\b':
        return at('boundary', flags);
      case '\\B':
        return at('not-boundary', flags);
    }
    const category = categoryOf(token, flags.ascii);
    if (category) {
      const node: Node = { type: 'set', negated: false, items: [category], ignoreCase: caseFold(flags) };
      return { kind: 'other', node };
    }
    if (!DIGITS.includes(token.charAt(1)))
      return this.literal(readCharacterEscape(this.reader, token), flags);
    const number = readNumberEscape(this.reader, token);
    if ('code' in number) return this.literal(number.code, flags);
    return { kind: 'other', node: this.numbered(number.group, flags) };
  }

  private numbered(whole: string, flags: Flags): Node {
    const reader = this.reader;
    const group = Number(whole.slice(1));
    if (group >= this.groupNames.length) {
      throw reader.error(`invalid group reference ${group}`, whole.length - 1);
    }
    if (!this.isClosed(group)) throw reader.error('cannot refer to an open group', whole.length);
    this.checkLookBehind(group);
    return { type: 'reference', group, ignoreCase: caseFold(flags) };
  }

  /** After `(`. Undefined for a comment, `flags` when global flags were set. */
  private group(flags: Flags, flagsAllowed: boolean): Node | 'flags' | undefined {
    const reader = this.reader;
    const start = reader.tell() - 1;
    if (!reader.match('?')) return this.capture(undefined, flags, start);
    const char = this.takeExtension();
    switch (char) {
      case 'P':
        return this.named(flags, start);
      case ':':
        return this.body(flags, start);
      case '>':
        return { type: 'atomic', body: this.body(flags, start) };
      case '#':
        for (;;) {
          if (reader.next === undefined) {
            throw reader.error('missing ), unterminated comment', reader.tell() - start);
          }
          if (reader.take() === ')') return undefined;
        }
      case '=':
      case '!':
        return this.look('ahead', char === '!', flags, start);
      case '<': {
        const sign = this.takeExtension();
        if (sign !== '=' && sign !== '!') {
          throw reader.error(`unknown extension ?<${sign}`, codePointLength(sign) + 2);
        }
        return this.lookBehind(sign === '!', flags, start);
      }
      case '(':
        return this.conditional(flags, start);
    }
    if (!startsFlags(char)) {
      throw reader.error(`unknown extension ?${char}`, codePointLength(char) + 1);
    }
    const inline = readFlags(reader, char);
    if (!inline.global) return this.body(flagsWithin(flags, inline), start);
    this.globalAscii ||= inline.on.has('ascii');
    this.globalUnicode ||= inline.on.has('unicode');
    this.globalFlags = flagsWith(this.globalFlags, inline.on);
    if (!flagsAllowed) {
      throw reader.error('global flags not at the start of the expression', reader.tell() - start);
    }
    return 'flags';
  }

  private takeExtension(): string {
    const char = this.reader.take();
    if (char === undefined) throw this.reader.error('unexpected end of pattern');
    return char;
  }

  /** After `(?P`. */
  private named(flags: Flags, start: number): Node {
    const reader = this.reader;
    if (reader.match('<')) {
      const name = reader.takeUntil('>', 'group name');
      this.checkName(name);
      return this.capture(name, flags, start);
    }
    if (!reader.match('=')) {
      const char = this.takeExtension();
      throw reader.error(`unknown extension ?P${char}`, codePointLength(char) + 2);
    }
    const name = reader.takeUntil(')', 'group name');
    this.checkName(name);
    const group = this.groupNamed(name);
    if (!this.isClosed(group)) {
      throw reader.error('cannot refer to an open group', codePointLength(name) + 1);
    }
    this.checkLookBehind(group);
    return { type: 'reference', group, ignoreCase: caseFold(flags) };
  }

  private capture(name: string | undefined, flags: Flags, start: number): Node {
    const index = this.groupNames.length;
    if (name !== undefined) {
      const earlier = this.groupIndex.get(name);
      if (earlier !== undefined) {
        throw this.reader.error(
          `redefinition of group name ${pythonRepr(name)} as group ${index}; was group ${earlier}`,
          codePointLength(name) + 1,
        );
      }
      this.groupIndex.set(name, index);
    }
    this.groupNames.push(name);
    this.groupWidths.push(undefined);
    const body = this.body(flags, start);
    this.groupWidths[index] = widthOf(body, this.groupWidths);
    return { type: 'group', index, name, body };
  }

  /** Alternatives and the closing parenthesis. */
  private body(flags: Flags, start: number): Node {
    const body = this.alternatives(flags, false);
    this.close(start);
    return body;
  }

  private close(start: number): void {
    if (!this.reader.match(')')) {
      throw this.reader.error('missing ), unterminated subpattern', this.reader.tell() - start);
    }
  }

  private look(direction: 'ahead' | 'behind', negated: boolean, flags: Flags, start: number): Node {
    const body = this.alternatives(flags, false);
    this.close(start);
    if (negated && isEmpty(body)) return { type: 'fail' };
    if (direction === 'ahead') return { type: 'look', direction, negated, body, width: 0 };
    const [low, high] = widthOf(body, this.groupWidths);
    if (low !== high) this.variableLookBehind = true;
    return { type: 'look', direction, negated, body, width: low };
  }

  private lookBehind(negated: boolean, flags: Flags, start: number): Node {
    const outer = this.lookBehindGroups;
    this.lookBehindGroups ??= this.groupNames.length;
    const node = this.look('behind', negated, flags, start);
    this.lookBehindGroups = outer;
    return node;
  }

  /** After `(?(`. */
  private conditional(flags: Flags, start: number): Node {
    const reader = this.reader;
    const name = reader.takeUntil(')', 'group name');
    const nameLength = codePointLength(name);
    let group: number;
    if (isIdentifier(name)) {
      group = this.groupNamed(name);
    } else {
      const value = pythonInt(name);
      if (value === undefined) {
        throw reader.error(`bad character in group name ${pythonRepr(name)}`, nameLength + 1);
      }
      if (value === 0) throw reader.error('bad group number', nameLength + 1);
      if (value >= MAX_GROUP_NUMBER) throw reader.error(`invalid group reference ${value}`, nameLength + 1);
      group = value;
      if (!this.pendingReferences.has(group)) {
        this.pendingReferences.set(group, reader.tell() - nameLength - 1);
      }
    }
    this.checkLookBehind(group);
    if (++this.depth > MAX_DEPTH) throw this.unsupported('groups nested too deeply', start);
    const yes = this.sequence(flags, false);
    let no: Node = { type: 'empty' };
    if (reader.match('|')) {
      no = this.sequence(flags, false);
      if (reader.next === '|') throw reader.error('conditional backref with more than two branches');
    }
    this.depth--;
    this.close(start);
    return { type: 'conditional', group, yes, no };
  }

  private checkName(name: string): void {
    if (!isIdentifier(name)) {
      throw this.reader.error(`bad character in group name ${pythonRepr(name)}`, codePointLength(name) + 1);
    }
  }

  private groupNamed(name: string): number {
    const group = this.groupIndex.get(name);
    if (group === undefined) {
      throw this.reader.error(`unknown group name ${pythonRepr(name)}`, codePointLength(name) + 1);
    }
    return group;
  }

  private isClosed(group: number): boolean {
    return group < this.groupNames.length && this.groupWidths[group] !== undefined;
  }

  private checkLookBehind(group: number): void {
    if (this.lookBehindGroups === undefined) return;
    if (!this.isClosed(group)) throw this.reader.error('cannot refer to an open group');
    if (group >= this.lookBehindGroups) {
      throw this.reader.error('cannot refer to group defined in the same lookbehind subpattern');
    }
  }

  /** A refusal that Python gives without a position. */
  private invalid(message: string): PatternError {
    return new PatternError('invalid', message, { pattern: this.source });
  }

  private unsupported(message: string, index: number): PatternError {
    return new PatternError('unsupported', `${message} at position ${index}`, {
      pattern: this.source,
      index,
    });
  }
}

function at(
  where: 'start' | 'start-line' | 'end' | 'end-line' | 'abs-end' | 'boundary' | 'not-boundary',
  flags: Flags,
): Item {
  return { kind: 'at', node: { type: 'at', where, ascii: flags.ascii } };
}

function caseFold(flags: Flags): CaseFold {
  return flags.ignoreCase ? (flags.ascii ? 'ascii' : 'unicode') : false;
}

function joinItems(items: readonly Item[]): Node {
  if (items.length === 0) return { type: 'empty' };
  if (items.length === 1) return items[0]!.node;
  const nodes: Node[] = [];
  for (const { node } of items) {
    if (node.type === 'seq') nodes.push(...node.items);
    else if (node.type !== 'empty') nodes.push(node);
  }
  return nodes.length === 0
    ? { type: 'empty' }
    : nodes.length === 1
      ? nodes[0]!
      : { type: 'seq', items: nodes };
}

function isEmpty(node: Node): boolean {
  return node.type === 'empty';
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) || /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name);
}

/** What Python's `int()` makes of a group number: blanks, a sign and underscores between digits are allowed. */
function pythonInt(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d+(?:_\d+)*$/.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll('_', ''));
  return value < 0 || Object.is(value, -0) ? (value === 0 ? 0 : undefined) : value;
}
