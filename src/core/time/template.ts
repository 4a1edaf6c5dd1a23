/**
 * One date template: a regular expression, the part of its match that is cut, and how to read the time from it.
 *
 * Made by templates.ts and pattern-list.ts, used by the detector. A template holds no state of lines or detectors, so
 * the default ones are shared; its patterns are compiled on first use.
 * Holds always: `find` leaves the first match of `regex` (as Python's search has it) in `found`.
 */
import { detach } from '../detach.js';
import { type Automaton, automatonOf } from '../pattern/automaton.js';
import type { Node } from '../pattern/nodes.js';
import { some } from '../pattern/passes/tree.js';
import { type Match, Pattern } from '../pattern/pattern.js';
import { type BoundedRegex, LINE_BEGIN } from './boundaries.js';
import type { DateTemplate } from './detector.js';
import { hasZoneNames } from './directives.js';
import { readEpoch, readTai64n } from './epoch.js';
import { ALWAYS, isSafelyRead, type Reading, type ReadingContext, readFields } from './fields.js';

/** How the cut text is read; `number` is the group of the digits. */
export type Reader =
  | { readonly kind: 'fields' | 'tai64n' }
  | { readonly kind: 'epoch'; readonly number: 1 | 2 };

export interface TemplateParts extends BoundedRegex {
  readonly name: string;
  /** As written; empty for epochs and TAI64N. */
  readonly pattern: string;
  readonly reader: Reader;
  /** 100 for the anchored copies of the default templates, else 1. */
  readonly weight?: number;
  /** What an ASCII line must contain for any chance of a match: bits of needs.ts. */
  readonly needs?: number;
}

/** Where the last `find` matched: the whole match, and the cut. Valid until the next `find` of any template. */
export const found = { start: 0, end: 0, cutStart: 0, cutEnd: 0 };

/** What the last `passLines` did: how many lines, where the next one begins, and of the last one its start and the date's end in it. */
export const passed = { lines: 0, next: 0, start: 0, end: 0 };

/** Finds dates at the begin of lines; or, `behindBracket`, between the first bracket of a line and the one that closes it. */
export interface DateTable extends Automaton {
  readonly behindBracket: boolean;
}

export class Template implements DateTemplate {
  readonly name: string;
  readonly pattern: string;
  readonly regex: string;
  readonly anchored: boolean;
  readonly weight: number;
  readonly needs: number;
  readonly #reader: Reader;
  readonly #memo = new Map<string, Reading>();
  /** What was read last: lines of one second follow each other. */
  #lastText: string | undefined;
  #lastZone: number | undefined;
  #lastReading: Reading | undefined;
  readonly #memorable: boolean;
  /** What is cut is the match, no less. */
  readonly #cutsMatch: boolean;
  /** Only when the two characters of `{^LN-BEG}` can be tried apart: the regex without them. */
  readonly #bodyRegex: string | undefined;
  #isSafe: boolean | undefined;
  #whole: Pattern | undefined;
  #body: Pattern | undefined;
  #table: DateTable | null | undefined;
  #bracketed: Pattern | 'none' | undefined;

  constructor(parts: TemplateParts) {
    this.name = parts.name;
    this.pattern = parts.pattern;
    this.regex = parts.regex;
    this.anchored = parts.anchored;
    this.weight = parts.weight ?? 1;
    this.needs = parts.needs ?? 0;
    this.#reader = parts.reader;
    this.#cutsMatch = parts.cutsWhole && !parts.atLineBegin;
    this.#bodyRegex = parts.atLineBegin && parts.cutsWhole ? parts.regex.replace(LINE_BEGIN, '') : undefined;
    // A text reads the same everywhere unless the pattern looks at what is around it.
    this.#memorable = parts.cutsWhole && !/\(\?<?[=!]|\\[bB]|\(\?\(/.test(parts.pattern || parts.name);
  }

  /** @throws {PatternError} */
  compile(): Pattern {
    this.#whole ??= Pattern.compile(this.regex, { label: `date template ${this.name}` });
    return this.#whole;
  }

  /** Can whatever it finds be read without an error? Not where zones have names, or half a date is possible. */
  get isSafe(): boolean {
    if (this.#reader.kind !== 'fields') return true;
    const { parsed } = this.compile();
    this.#isSafe ??= isSafelyRead(
      parsed.groupIndex.keys(),
      surelyCaptured(parsed.root),
      hasZoneNames(this.regex),
    );
    return this.#isSafe;
  }

  /** Searches from `from`; true when found, see `found`. */
  find(line: string, ascii: boolean, from: number): boolean {
    if (ascii && this.#bodyRegex !== undefined) return this.#findAtLineBegin(line, this.#bodyRegex);
    const pattern = this.compile();
    if (pattern.anchored && this.#cutsMatch) return this.findAt(line, ascii, 0);
    const match = pattern.search(line, ascii, from);
    if (!match) return false;
    found.start = match.start;
    found.end = match.end;
    const cut = this.cut(match);
    found.cutStart = cut[0];
    found.cutEnd = cut[1];
    return true;
  }

  /** Like `find`, but the match has to start at `at`. Quick when the whole match is cut. */
  findAt(line: string, ascii: boolean, at: number): boolean {
    if (!this.#cutsMatch) return false;
    const end = this.compile().matchEnd(line, ascii, at);
    if (end < 0) return false;
    found.start = found.cutStart = at;
    found.end = found.cutEnd = end;
    return true;
  }

  /** `^(?:\W{0,2})?` by hand: longest first, as the greedy repeat would. The text is ASCII. */
  #findAtLineBegin(line: string, bodyRegex: string): boolean {
    this.#body ??= Pattern.compile(bodyRegex, { label: `date template ${this.name}` });
    for (let at = leadingNonWord(line); at >= 0; at -= 1) {
      const end = this.#body.matchEnd(line, true, at);
      if (end < 0) continue;
      found.start = 0;
      found.cutStart = at;
      found.end = found.cutEnd = end;
      return true;
    }
    return false;
  }

  /**
   * Passes lines of an ASCII block, from the one at `at` on and before `to`, as long as `find` would find a date in them
   * that stands apart (Dating.isApart) and is plain to see. What it found is in `passed`. For `{^LN-BEG}`, and for dates in
   * brackets behind `^`.
   */
  passLines(block: string, at: number, to: number): void {
    passed.lines = 0;
    passed.next = at;
    if (this.#bodyRegex === undefined) {
      this.#passBracketed(block, at, to);
      return;
    }
    this.#body ??= Pattern.compile(this.#bodyRegex, { label: `date template ${this.name}` });
    const body = this.#body;
    if (body.engine !== 'regexp') return;
    for (let start = at; start < to; ) {
      const newline = block.indexOf('\n', start);
      const lead = leadOf(block, start);
      // Empty lines, comments and carriage returns are for others to look at.
      if (lead < 0 || newline < start + lead || block.charCodeAt(newline - 1) === CR) return;
      // In the block: what ends before the line does, with what is behind it, is the same in the line alone.
      const end = body.matchEnd(block, true, start + lead);
      if (end <= start + lead || end >= newline) return;
      if (lead > 0 && !isBracketed(block, start + lead, end)) return;
      passed.start = start;
      passed.end = end - start;
      passed.lines++;
      start = passed.next = newline + 1;
    }
  }

  /** For `^[^\[]*\[({DATE})`: the cut is in brackets where one follows the match. */
  #passBracketed(block: string, at: number, to: number): void {
    this.#bracketed ??= this.#findBracketed();
    if (this.#bracketed === 'none') return;
    for (let start = at; start < to; ) {
      const newline = block.indexOf('\n', start);
      const first = block.charCodeAt(start);
      if (first === HASH || newline === start || block.charCodeAt(newline - 1) === CR) return;
      const head = block.indexOf('[', start) + 1;
      if (head === 0 || head > newline) return;
      const end = this.#bracketed.matchEnd(block, true, head);
      if (end <= head || end >= newline || block.charCodeAt(end) !== CLOSING) return;
      passed.start = start;
      passed.end = end - start;
      passed.lines++;
      start = passed.next = newline + 1;
    }
  }

  /** What it cuts, where that is between the first bracket and the end of the match: the regex without `^[^\[]*\[`. */
  #findBracketed(): Pattern | 'none' {
    const rest = /^(\(\?\w+\))?\^\[\^\\?\[\]\*\\\[(\(.*)$/s.exec(this.regex);
    if (!rest) return 'none';
    const pattern = Pattern.compile(`${rest[1] ?? ''}${rest[2]}`, { label: `date template ${this.name}` });
    const { root } = pattern.parsed;
    // In a block there is something else in front of it.
    const looksBack = some(root, (node) =>
      LOOKS_BACK.has(node.type === 'look' ? node.direction : node.type === 'at' ? node.where : ''),
    );
    const [cut, ...others] = root.type === 'seq' ? root.items : [];
    const cutsMatch = cut?.type === 'group' && cut.index === 1;
    const endsMatch = others.every(({ type }) => type === 'look' || type === 'at');
    return !looksBack && cutsMatch && endsMatch && pattern.engine === 'regexp' ? pattern : 'none';
  }

  /** Finds the same dates as `passLines` does, for whoever looks at bytes; undefined where there is none. */
  get table(): DateTable | undefined {
    if (this.#table === undefined) this.#table = this.#makeTable() ?? null;
    return this.#table ?? undefined;
  }

  #makeTable(): DateTable | undefined {
    if (this.#bodyRegex !== undefined)
      this.#body ??= Pattern.compile(this.#bodyRegex, { label: `date template ${this.name}` });
    else this.#bracketed ??= this.#findBracketed();
    const pattern = this.#body ?? this.#bracketed;
    if (pattern === undefined || pattern === 'none') return undefined;
    const automaton = automatonOf(pattern.parsed.root);
    return automaton && { ...automaton, behindBracket: this.#bodyRegex === undefined };
  }

  /** The span that is cut: group 1. Where that took no part nothing is cut. */
  cut(match: Match): readonly [start: number, end: number] {
    return this.compile().span(match, 1) ?? [match.start, match.start];
  }

  /** What the cut of a line means if it is the one read last; undefined if not, or if that has run out. */
  readAgain(line: string, start: number, end: number, context: ReadingContext): Reading | undefined {
    const last = this.#lastText;
    if (last === undefined || end - start !== last.length || !standsAt(line, start, last)) return undefined;
    const reading = this.#lastReading!;
    if (this.#lastZone !== context.zoneMinutes) return undefined;
    return reading.fromSec <= context.nowSec && context.nowSec < reading.untilSec ? reading : undefined;
  }

  /** What a cut text means; `match` is asked for only when the text alone does not tell. */
  read(text: string, context: ReadingContext, match: () => Match): Reading {
    if (!this.#memorable) return this.#read(text, context, match);
    const key = context.zoneMinutes === undefined ? text : `${context.zoneMinutes} ${text}`;
    let reading = this.#memo.get(key);
    if (!reading || reading.fromSec > context.nowSec || context.nowSec >= reading.untilSec) {
      reading = this.#read(text, context, match);
      if (this.#memo.size >= MEMO_SIZE) this.#memo.clear();
      this.#memo.set(detach(key), reading);
    }
    this.#lastText = text;
    this.#lastZone = context.zoneMinutes;
    this.#lastReading = reading;
    return reading;
  }

  #read(text: string, context: ReadingContext, match: () => Match): Reading {
    const reader = this.#reader;
    if (text === '') return NOTHING;
    if (reader.kind === 'fields') return readFields(this.compile().named(match()), context);
    if (reader.kind === 'tai64n') return { stamp: readTai64n(text), ...ALWAYS };
    const digits = reader.kind === 'epoch' && reader.number === 2 ? match().groups[2] : text;
    return digits === undefined ? NOTHING : { stamp: readEpoch(digits), ...ALWAYS };
  }
}

const MEMO_SIZE = 4096;
const NOTHING: Reading = { stamp: undefined, ...ALWAYS };

/** Names of the groups that take part in every match. */
function surelyCaptured(node: Node, names = new Set<string>()): Set<string> {
  if (node.type === 'group') {
    if (node.name !== undefined) names.add(node.name);
    surelyCaptured(node.body, names);
  } else if (node.type === 'seq') for (const item of node.items) surelyCaptured(item, names);
  else if (node.type === 'atomic' || (node.type === 'repeat' && node.min > 0))
    surelyCaptured(node.body, names);
  return names;
}

/** Does `text` stand at `start` of the line? Looks from the end, where times differ. */
export function standsAt(line: string, start: number, text: string): boolean {
  for (let i = text.length - 1; i >= 0; i--) {
    if (line.charCodeAt(start + i) !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** How many of the first two characters are no word characters (of ASCII text). */
function leadingNonWord(line: string): number {
  let count = 0;
  while (count < 2 && count < line.length && !WORD[line.charCodeAt(count)]) count += 1;
  return count;
}

/** How many non-word characters a line begins with, 2 at most; -1 for a comment. */
function leadOf(block: string, at: number): number {
  const first = block.charCodeAt(at);
  if (WORD[first]) return 0;
  if (first === HASH) return -1;
  return WORD[block.charCodeAt(at + 1)] ? 1 : 2;
}

/** Is the span in brackets of its own? */
export function isBracketed(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  return (before === 0x5b && after === 0x5d) || (before === 0x28 && after === 0x29);
}

const CR = 0x0d;
const HASH = 0x23;
const LOOKS_BACK = new Set(['behind', 'start', 'start-line']);
const CLOSING = 0x5d;
const WORD = new Uint8Array(128);
for (const char of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz') {
  WORD[char.charCodeAt(0)] = 1;
}
