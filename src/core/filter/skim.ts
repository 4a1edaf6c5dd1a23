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
import { LinePasser } from './passer/passer.js';
import { StringFinder } from './string-finder.js';

/** What becomes of a line that no failregex can match. */
export type Missed = 'no-prefregex' | 'no-failregex';

/** A second or so of a busy log, a megabyte or two of a long one. */
const RESTING_BLOCKS = 16;

export class Skim {
  #passer: LinePasser | undefined;
  #passedStrings: readonly string[] | undefined;
  /** So many blocks of bytes are taken as text, as lines of the last one had to be looked at too often. */
  #resting = 0;

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

  /** Passes lines of a block of bytes as `nextLine` leads past those of text; undefined where it would lead past none. */
  get passer(): LinePasser | undefined {
    const finder = this.#leading;
    if (finder === undefined || finder.isIdle) return undefined;
    if (this.#passedStrings !== finder.strings) {
      this.#passedStrings = finder.strings;
      this.#passer = LinePasser.of(finder.strings);
    }
    return this.#passer;
  }

  /** The block is what the passer has taken in. */
  takeHelp(block: string, passer: LinePasser): void {
    if (this.#passedStrings === this.#leading?.strings) this.#leading?.takeHelp(block, passer);
  }

  /** Whose strings a line holds of which more is to be known; undefined where that is any line. */
  get #leading(): StringFinder | undefined {
    return this.prefix ?? (this.prefregex ? undefined : this.failregex);
  }

  /** Are so few lines passed, of late, that blocks are better taken as text? To be asked once for each block. */
  get isResting(): boolean {
    if (this.#resting === 0) return false;
    this.#resting--;
    return true;
  }

  /** Lines of the last block had to be looked at so often that it was better taken as text. */
  rest(): void {
    this.#resting = RESTING_BLOCKS;
  }

  get missedAs(): Missed {
    return this.prefix ? 'no-prefregex' : 'no-failregex';
  }

  /** Does prefregex match the ASCII text of a line? Undefined where that may take more steps than there are. */
  hasPrefix(text: string): boolean | undefined {
    return this.prefregex?.engine === 'regexp' ? this.prefregex.test(text, true) : undefined;
  }
}
