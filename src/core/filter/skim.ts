/**
 * Tells lines that cannot concern a filter from those that may, at the speed of a text search.
 *
 * Every match of a failregex contains one of a few strings (literals.ts); so does, often, every match of prefregex. A
 * line with none of them has not to be matched at all: its outcome is known. Blocks of lines are searched as a whole.
 * Where most lines hold a string, looking for them is given up for a while.
 */
import type { Pattern } from '../pattern/pattern.js';
import type { CompiledFilter } from './compile.js';
import type { LogLine } from './outcome.js';
import { RareStrings } from './rare-strings.js';

/** What becomes of a line that no failregex can match. */
export type Missed = 'no-prefregex' | 'no-failregex';

export class Skim {
  private constructor(
    private readonly failregex: StringFinder,
    /** Strings that prefregex needs; undefined where it has no such strings. */
    private readonly prefix: StringFinder | undefined,
    /** Has to be asked; undefined where there is none, or where it matches any line. */
    private readonly prefregex: Pattern | undefined,
  ) {}

  /**
   * Undefined when the filter looks at every line for some reason. `anyMiss`: what a line that matches nothing is missed as
   * does not matter, and prefregex need not be asked.
   */
  static of(filter: CompiledFilter, { anyMiss = false } = {}): Skim | undefined {
    const { prefregex, failregex, maxLines, ignoreEarly, format } = filter;
    // What is in a field may be written in other letters.
    if (maxLines > 1 || ignoreEarly || format) return undefined;
    const needed = StringFinder.forAnyOf(failregex.map((rule) => rule.pattern));
    if (!needed) return undefined;
    if (anyMiss || !prefregex || prefregex.pattern.matchesAnyLine)
      return new Skim(needed, undefined, undefined);
    return new Skim(needed, StringFinder.forAnyOf([prefregex.pattern]), prefregex.pattern);
  }

  /**
   * What is sure of an ASCII line: how far it gets, `ask-prefregex` where no failregex can match but prefregex may,
   * undefined when it has to be matched. Holds where the date is apart (Dating.isApart).
   */
  judge(line: LogLine): Missed | 'ask-prefregex' | undefined {
    if (this.prefix && !this.prefix.isIn(line)) return 'no-prefregex';
    if (this.failregex.isIn(line)) return undefined;
    return this.prefregex ? 'ask-prefregex' : 'no-failregex';
  }

  /**
   * The start of the first line of an ASCII block, at or after the one at `at`, of which more is to be known than that
   * it is `missedAs`; the block's end when there is none.
   */
  nextLine(block: string, at: number): number {
    if (this.prefix) return this.prefix.nextLine(block, at);
    return this.prefregex ? at : this.failregex.nextLine(block, at);
  }

  /** Lines that `nextLine` has led past. */
  passed(lines: number): void {
    (this.prefix ?? this.failregex).passed(lines);
  }

  get missedAs(): Missed {
    return this.prefix ? 'no-prefregex' : 'no-failregex';
  }

  /** Does prefregex match the ASCII text of a line? Undefined where that may take more steps than there are. */
  hasPrefix(text: string): boolean | undefined {
    return this.prefregex?.engine === 'regexp' ? this.prefregex.test(text, true) : undefined;
  }
}

/** So many lines are watched at a time; when more than half of them hold a string, the next ones are not looked at. */
const WATCHED_LINES = 1024;
const IDLE_LINES = 32 * WATCHED_LINES;

/** Looks for strings in line after line. */
export class StringFinder {
  readonly #strings: RegExp;
  readonly #rare: RareStrings | undefined;
  #block: string | undefined;
  /** In the block: nothing is found that ends before this; `#from` is where the search began. */
  #foundEnd = 0;
  #from = 0;
  #lines = 0;
  #hits = 0;
  #idle = 0;

  private constructor(strings: readonly string[]) {
    this.#strings = new RegExp(strings.map(escaped).join('|'), 'g');
    this.#rare = RareStrings.of(strings);
  }

  /** A finder of strings of which every match of any of the patterns holds one; undefined where there are none. */
  static forAnyOf(patterns: readonly Pattern[]): StringFinder | undefined {
    const strings = new Set<string>();
    for (const { literals } of patterns) {
      if (literals === undefined) return undefined;
      for (const literal of literals) strings.add(literal);
    }
    const list = [...strings];
    // A line's newline is added later, and a line is ASCII.
    if (list.length === 0 || list.some((string) => string.includes('\n'))) return undefined;
    return new StringFinder(list.filter((string) => !/[^\x00-\x7f]/.test(string)));
  }

  /** May answer true where nothing is, not the other way round. Lines of a block come in order. */
  isIn(line: LogLine): boolean {
    if (this.#idle > 0) {
      this.#idle--;
      return true;
    }
    const isFound = line.block === undefined ? this.#isInText(line.text) : this.#isInBlock(line, line.block);
    if (isFound) this.#hits++;
    this.passed(1);
    return isFound;
  }

  /** The start of the first line at or after `at` that `isIn` may be true of; the block's end when there is none. */
  nextLine(block: string, at: number): number {
    if (this.#idle > 0) return at;
    this.#findFrom(block, at);
    if (this.#foundEnd === Infinity) return block.length;
    return Math.max(at, block.lastIndexOf('\n', this.#foundEnd - 1) + 1);
  }

  /** Lines that hold no string, or have been counted as holding one. */
  passed(lines: number): void {
    this.#lines += lines;
    if (this.#lines < WATCHED_LINES) return;
    if (this.#hits > this.#lines / 2) this.#idle = IDLE_LINES;
    this.#lines = this.#hits = 0;
  }

  #isInText(text: string): boolean {
    this.#strings.lastIndex = 0;
    return this.#strings.test(text);
  }

  /** The place found last serves all lines before it. */
  #isInBlock({ text, at = 0 }: LogLine, block: string): boolean {
    this.#findFrom(block, at);
    return this.#foundEnd <= at + text.length;
  }

  #findFrom(block: string, at: number): void {
    if (block === this.#block && at >= this.#from && at < this.#foundEnd) return;
    this.#block = block;
    this.#from = at;
    this.#foundEnd = this.#rare?.nextEnd(block, at) ?? this.#searchFrom(block, at);
  }

  #searchFrom(block: string, at: number): number {
    this.#strings.lastIndex = at;
    return this.#strings.test(block) ? this.#strings.lastIndex : Infinity;
  }
}

function escaped(string: string): string {
  return string.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
