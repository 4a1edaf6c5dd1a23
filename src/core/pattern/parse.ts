/**
 * Parse: Python regular-expression text → tree (nodes.ts), or Python's own refusal.
 *
 * Accepts and refuses what `re.compile` of Python 3.11 accepts and refuses for str patterns, with the same message and
 * position; flags are folded into the nodes. The reader looks one token ahead as CPython's does, because that decides
 * which of two mistakes is reported first. `\N{NAME}` is refused as unsupported (no table of names is carried).
 */
import { PatternError } from '../errors.js';
import type { CaseFold, CharSet, Node, ParsedPattern, SetItem } from './nodes.js';
import { pythonRepr, Reader } from './reader.js';
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
const DIGITS = '0123456789';
const OCTAL_DIGITS = '01234567';
const HEX_DIGITS = '0123456789abcdefABCDEF';

/** What an escape stands for both in and outside of a set. `\b` is a backspace only in a set. */
const CONTROL_ESCAPES: Readonly<Record<string, number>> = {
  '\\a': 7,
  '\\f': 12,
  '\\n': 10,
  '\\r': 13,
  '\\t': 9,
  '\\v': 11,
  '\\\\': 92,
};

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

type FlagName = keyof Flags | 'unicode' | 'locale' | 'template';
const FLAG_LETTERS: Readonly<Record<string, FlagName>> = {
  i: 'ignoreCase',
  L: 'locale',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
  a: 'ascii',
  t: 'template',
  u: 'unicode',
};
const TYPE_FLAGS: readonly FlagName[] = ['ascii', 'unicode', 'locale'];

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
      if (token.charCodeAt(0) === 0x5c) items.push(this.escape(token, current));
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
    if (token.charCodeAt(0) !== 0x5c) return { kind: 'char', code: token.codePointAt(0)! };
    const control = token === '\\b' ? 8 : CONTROL_ESCAPES[token];
    if (control !== undefined) return { kind: 'char', code: control };
    const category = categoryOf(token, flags);
    if (category) return category;
    const letter = token.charAt(1);
    const coded = this.codedEscape(token, letter);
    if (coded !== undefined) return { kind: 'char', code: coded };
    if (OCTAL_DIGITS.includes(letter)) return { kind: 'char', code: this.octal(token) };
    if (DIGITS.includes(letter)) throw this.reader.error(`bad escape ${token}`, token.length);
    return { kind: 'char', code: this.plainEscape(token) };
  }

  private escape(token: string, flags: Flags): Item {
    const reader = this.reader;
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
    const category = categoryOf(token, flags);
    if (category) {
      return {
        kind: 'other',
        node: { type: 'set', negated: false, items: [category], ignoreCase: caseFold(flags) },
      };
    }
    const control = CONTROL_ESCAPES[token];
    if (control !== undefined) return this.literal(control, flags);
    const letter = token.charAt(1);
    const coded = this.codedEscape(token, letter);
    if (coded !== undefined) return this.literal(coded, flags);
    if (letter === '0') {
      return this.literal(Number.parseInt(letter + reader.takeWhile(2, OCTAL_DIGITS), 8), flags);
    }
    if (DIGITS.includes(letter)) return this.numberedEscape(token, flags);
    return this.literal(this.plainEscape(token), flags);
  }

  /** `\x41 \u0041 \U00000041 \N{…}`; undefined for other letters. */
  private codedEscape(token: string, letter: string): number | undefined {
    const length = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
    if (length > 0) {
      const digits = this.reader.takeWhile(length, HEX_DIGITS);
      const whole = token + digits;
      if (digits.length !== length) throw this.reader.error(`incomplete escape ${whole}`, whole.length);
      const code = Number.parseInt(digits, 16);
      if (code > 0x10ffff) throw this.reader.error(`bad escape ${whole}`, whole.length);
      return code;
    }
    if (letter !== 'N') return undefined;
    const start = this.reader.tell() - token.length;
    if (!this.reader.match('{')) throw this.reader.error('missing {');
    this.reader.takeUntil('}', 'character name');
    throw this.unsupported('character names (\\N{…}) are not supported', start);
  }

  /** In a set: one to three octal digits. */
  private octal(token: string): number {
    const whole = token + this.reader.takeWhile(2, OCTAL_DIGITS);
    return this.octalValue(whole);
  }

  private octalValue(whole: string): number {
    const code = Number.parseInt(whole.slice(1), 8);
    if (code > 0o377) {
      throw this.reader.error(`octal escape value ${whole} outside of range 0-0o377`, whole.length);
    }
    return code;
  }

  /** `\1` to `\99`, or an octal number of exactly three digits. */
  private numberedEscape(token: string, flags: Flags): Item {
    const reader = this.reader;
    let whole = token;
    if (reader.next !== undefined && DIGITS.includes(reader.next)) {
      whole += reader.take()!;
      const octalSoFar = OCTAL_DIGITS.includes(whole.charAt(1)) && OCTAL_DIGITS.includes(whole.charAt(2));
      if (octalSoFar && reader.next !== undefined && OCTAL_DIGITS.includes(reader.next)) {
        whole += reader.take()!;
        return this.literal(this.octalValue(whole), flags);
      }
    }
    const group = Number(whole.slice(1));
    if (group >= this.groupNames.length) {
      throw reader.error(`invalid group reference ${group}`, whole.length - 1);
    }
    if (!this.isClosed(group)) throw reader.error('cannot refer to an open group', whole.length);
    this.checkLookBehind(group);
    return { kind: 'other', node: { type: 'reference', group, ignoreCase: caseFold(flags) } };
  }

  /** An escaped character that stands for itself; ASCII letters never do. */
  private plainEscape(token: string): number {
    if (/^\\[A-Za-z]$/.test(token)) throw this.reader.error(`bad escape ${token}`, token.length);
    return token.codePointAt(1)!;
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
    if (char !== '-' && !(char in FLAG_LETTERS)) {
      throw reader.error(`unknown extension ?${char}`, codePointLength(char) + 1);
    }
    const inner = this.flags(char, flags);
    if (inner === undefined) {
      if (!flagsAllowed) {
        throw reader.error('global flags not at the start of the expression', reader.tell() - start);
      }
      return 'flags';
    }
    return this.body(inner, start);
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

  /** Inline flags from their first letter (or `-`) on: the flags of a group, or undefined for global ones. */
  private flags(first: string, outer: Flags): Flags | undefined {
    const reader = this.reader;
    const on = new Set<FlagName>();
    const off = new Set<FlagName>();
    let char = first;
    if (char !== '-') {
      for (;;) {
        if (char === 'L') throw reader.error("bad inline flags: cannot use 'L' flag with a str pattern");
        on.add(FLAG_LETTERS[char]!);
        if (
          TYPE_FLAGS.includes(FLAG_LETTERS[char]!) &&
          TYPE_FLAGS.filter((flag) => on.has(flag)).length > 1
        ) {
          throw reader.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
        }
        char = this.takeFlag('missing -, : or )', ')-:');
        if (')-:'.includes(char)) break;
      }
    }
    if (char === ')') {
      this.setGlobalFlags(on);
      return undefined;
    }
    if (on.has('template')) throw reader.error('bad inline flags: cannot turn on global flag', 1);
    if (char === '-') {
      char = this.takeFlag('missing flag', '');
      for (;;) {
        const flag = FLAG_LETTERS[char]!;
        if (TYPE_FLAGS.includes(flag)) {
          throw reader.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
        }
        off.add(flag);
        char = this.takeFlag('missing :', ':');
        if (char === ':') break;
      }
    }
    if (off.has('template')) throw reader.error('bad inline flags: cannot turn off global flag', 1);
    for (const flag of on) {
      if (off.has(flag)) throw reader.error('bad inline flags: flag turned on and off', 1);
    }
    const now = (flag: keyof Flags): boolean => (outer[flag] || on.has(flag)) && !off.has(flag);
    return {
      ignoreCase: now('ignoreCase'),
      multiline: now('multiline'),
      dotAll: now('dotAll'),
      verbose: now('verbose'),
      ascii: now('ascii') && !on.has('unicode'),
    };
  }

  /** The next flag letter, or one of `ends`. */
  private takeFlag(missing: string, ends: string): string {
    const char = this.reader.take();
    if (char === undefined) throw this.reader.error(missing);
    if (ends.includes(char) || char in FLAG_LETTERS) return char;
    const message = /^\p{Alphabetic}$/u.test(char) ? 'unknown flag' : missing;
    throw this.reader.error(message, codePointLength(char));
  }

  private setGlobalFlags(on: ReadonlySet<FlagName>): void {
    const flags = this.globalFlags;
    this.globalAscii ||= on.has('ascii');
    this.globalUnicode ||= on.has('unicode');
    this.globalFlags = {
      ignoreCase: flags.ignoreCase || on.has('ignoreCase'),
      multiline: flags.multiline || on.has('multiline'),
      dotAll: flags.dotAll || on.has('dotAll'),
      verbose: flags.verbose || on.has('verbose'),
      ascii: flags.ascii || on.has('ascii'),
    };
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

function categoryOf(token: string, flags: Flags): (SetItem & CharSet['items'][number]) | undefined {
  if (token.length !== 2) return undefined;
  const letter = token.charAt(1);
  const category = { d: 'digit', s: 'space', w: 'word' }[letter.toLowerCase()];
  if (category !== 'digit' && category !== 'space' && category !== 'word') return undefined;
  return { kind: 'category', category, negated: letter !== letter.toLowerCase(), ascii: flags.ascii };
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
  return /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name);
}

/** What Python's `int()` makes of a group number: blanks, a sign and underscores between digits are allowed. */
function pythonInt(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d+(?:_\d+)*$/.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll('_', ''));
  return value < 0 || Object.is(value, -0) ? (value === 0 ? 0 : undefined) : value;
}

function codePointLength(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
