/**
 * Looks for strings, of which every match of some patterns holds one, in line after line or whole blocks of them.
 *
 * Where a pattern's strings turn out to be in many lines, others of the same pattern are looked for. Where most lines hold
 * a string all the same, looking for them is given up for a while.
 */
import { detach } from '../detach.js';
import type { Pattern } from '../pattern/pattern.js';
import { weight } from '../pattern/string-sets.js';
import type { LogLine } from './outcome.js';
import type { LinePasser } from './passer/passer.js';
import { RareStrings } from './rare-strings.js';

/** Strings of which every match of a pattern holds one, and in what part of all lines they were, once that was seen. */
interface Choice {
  readonly strings: readonly string[];
  seen?: number;
}

/** Those of one pattern that are looked for at present. */
class Wanted {
  #chosen: Choice;
  #choices: readonly Choice[] | undefined;

  constructor(private readonly pattern: Pattern) {
    this.#chosen = { strings: pattern.literals as readonly string[] };
  }

  get strings(): readonly string[] {
    return this.#chosen.strings;
  }

  /** Chooses others when its own are in many of these lines, which are `share` of all, and others in fewer. */
  choose(lines: readonly string[], share: number): boolean {
    const partOf = ({ strings }: Choice): number => (countIn(lines, strings) / lines.length) * share;
    const own = partOf(this.#chosen);
    if (own < share * TO_BLAME) return false;
    this.#chosen.seen = own;
    this.#choices ??= [this.#chosen, ...othersOf(this.pattern)];
    let best = this.#chosen;
    let least = own / 2;
    for (const choice of this.#choices) {
      const part = choice.seen ?? partOf(choice);
      if (part < least) [best, least] = [choice, part];
    }
    if (best === this.#chosen) return false;
    this.#chosen = best;
    return true;
  }
}

/** Only such as are not likely to be in any line. */
function othersOf(pattern: Pattern): Choice[] {
  return pattern.literalChoices
    .slice(1)
    .filter((strings) => isUsable(strings) && strings.every((string) => weight(string) >= TELLING_WEIGHT))
    .map((strings) => ({ strings }));
}

/** About so many letters. */
const TELLING_WEIGHT = 5;

function countIn(lines: readonly string[], strings: readonly string[]): number {
  return lines.filter((line) => strings.some((string) => line.includes(string))).length;
}

/** A line's newline is added later. */
function isUsable(strings: readonly string[]): boolean {
  return !strings.some((string) => string.includes('\n'));
}

/** So many lines are watched at a time; when more than half of them hold a string, the next ones are not looked at. */
const WATCHED_LINES = 1024;
const IDLE_LINES = 32 * WATCHED_LINES;
/** When more than this part of them do, other strings may be better. Some of the lines tell. */
const OFTEN = 1 / 32;
const SAMPLES = 32;
const SAMPLE_CHARS = 1024;
/** Strings that are in more than this part of the lines that hold any are to blame. */
const TO_BLAME = 1 / 4;
/** So many of them are watched in vain before it is tried again, twice as many each time. */
const FIRST_PATIENCE = 2;

export class StringFinder {
  readonly #wanted: readonly Wanted[];
  #all!: readonly string[];
  #regexp!: RegExp;
  #rare: RareStrings | undefined;
  #block: string | undefined;
  /** A block that the passer has taken in. */
  #taken: { readonly block: string; readonly passer: LinePasser } | undefined;
  /** In the block: nothing is found that ends before this; `#from` is where the search began. */
  #foundEnd = 0;
  #from = 0;
  #lines = 0;
  #hits = 0;
  #idle = 0;
  /** Lines that hold a string, some of those watched. Copies: lines are slices of large texts. */
  readonly #samples: string[] = [];
  #patience = FIRST_PATIENCE;
  #wait = 0;

  private constructor(wanted: readonly Wanted[]) {
    this.#wanted = wanted;
    this.#lookForThem();
  }

  /** A finder of strings of which every match of any of the patterns holds one; undefined where there are none. */
  static forAnyOf(patterns: readonly Pattern[]): StringFinder | undefined {
    if (!patterns.every(({ literals }) => literals !== undefined && isUsable(literals))) return undefined;
    const finder = new StringFinder(patterns.map((pattern) => new Wanted(pattern)));
    return finder.strings.length > 0 ? finder : undefined;
  }

  /** What is looked for at present: a list of its own each time that changes. */
  get strings(): readonly string[] {
    return this.#all;
  }

  /** The block is what the passer has taken in, which looks for these very strings: it does so faster. */
  takeHelp(block: string, passer: LinePasser): void {
    this.#taken = { block, passer };
  }

  /** Is looking given up for a while? */
  get isIdle(): boolean {
    return this.#idle > 0;
  }

  /** May answer true where nothing is, not the other way round. Lines of a block come in order. */
  isIn(line: LogLine): boolean {
    if (this.#idle > 0) {
      this.#idle--;
      return true;
    }
    const isFound = line.block === undefined ? this.#isInText(line.text) : this.#isInBlock(line, line.block);
    if (isFound) {
      this.#hits++;
      if (this.#samples.length < SAMPLES) this.#samples.push(detach(line.text.slice(0, SAMPLE_CHARS)));
    }
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
    const others = this.#hits > this.#lines * OFTEN && this.#chooseOthers();
    if (!others && this.#hits > this.#lines / 2) this.#idle = IDLE_LINES;
    this.#lines = this.#hits = this.#samples.length = 0;
  }

  #chooseOthers(): boolean {
    if (this.#wait-- > 0) return false;
    const changed =
      this.#wanted.filter((wanted) => wanted.choose(this.#samples, this.#hits / this.#lines)).length > 0;
    if (changed) this.#lookForThem();
    else this.#patience *= 2;
    this.#wait = changed ? 0 : this.#patience;
    return changed;
  }

  #lookForThem(): void {
    // A line is ASCII.
    const strings = this.#wanted
      .flatMap((wanted) => wanted.strings)
      .filter((string) => !/[^\x00-\x7f]/.test(string));
    this.#all = [...new Set(strings)];
    this.#regexp = new RegExp(this.#all.map(escaped).join('|'), 'g');
    this.#rare = RareStrings.of(this.#all);
    this.#block = this.#taken = undefined;
  }

  #isInText(text: string): boolean {
    this.#regexp.lastIndex = 0;
    return this.#regexp.test(text);
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
    // Any place within the string does for its end: the line is the same.
    if (this.#taken?.block === block) this.#foundEnd = this.#taken.passer.find(at) + 1;
    else this.#foundEnd = this.#rare?.nextEnd(block, at) ?? this.#searchFrom(block, at);
  }

  #searchFrom(block: string, at: number): number {
    this.#regexp.lastIndex = at;
    return this.#regexp.test(block) ? this.#regexp.lastIndex : Infinity;
  }
}

function escaped(string: string): string {
  return string.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
