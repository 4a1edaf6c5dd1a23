/**
 * One compiled regular expression: Python's meaning, JavaScript's speed.
 *
 * Source text (tags already expanded, see tags.ts) → Pattern. RegExp programs are made lazily, by kind of text and by
 * what is asked (program.ts); patterns RegExp cannot express, and those that were `demote`d after running out of time, use exact.ts.
 * A Pattern holds no state of the text it is run on.
 */
import type { Origin } from '../errors.js';
import { matchesAnyLine } from './always.js';
import { running } from './budget.js';
import { type Edges, edgesOf } from './edges.js';
import { ExactMatcher } from './exact.js';
import { firstUnits, literalChoices, NON_ASCII_UNIT, requiredLiterals, startsAtStart } from './literals.js';
import { isExact, RegExpMatch } from './match.js';
import type { ParsedPattern } from './nodes.js';
import { parse } from './parse.js';
import { type Program, Programs } from './program.js';

export interface PatternOptions {
  /** `^` and `$` also at every `\n` (Python's re.MULTILINE; filters with maxlines > 1). */
  multiline?: boolean;
  /** Python's re.IGNORECASE for the whole pattern. */
  ignoreCase?: boolean;
  /** Where it was written, for messages. */
  origin?: Origin | undefined;
  /** What it is, for messages: `failregex 3`, `prefregex`, `date template Epoch`. */
  label?: string;
  /** Steps the exact matcher may take on one text before it gives up; its own default when left out. */
  maxSteps?: number;
}

/** A successful search. Offsets are UTF-16 indices into `text`. */
export interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** By Python's group number, index 0 the whole match; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[];
}

/** Computed when first asked for; `undefined` is a valid value. */
type Lazy<T> = { readonly value: T } | undefined;

export class Pattern {
  readonly source: string;
  readonly origin: Origin | undefined;
  readonly label: string;
  readonly parsed: ParsedPattern;
  /** True when every match starts at the start of the text (`^` outside multiline, `\A`). */
  readonly anchored: boolean;

  private readonly maxSteps: number | undefined;
  private exceededTexts = 0;
  private demoted = false;
  /** Captures nothing: for the questions that ask for no groups. */
  private barePrograms: Programs | undefined;
  /** Its ASCII form, once made. */
  private bareAscii: Program | undefined;
  private leanPrograms: Programs | undefined;
  private fullPrograms: Programs | undefined;
  private exactMatcher: ExactMatcher | undefined;
  private lazyLiterals: Lazy<readonly string[] | undefined>;
  /** By first unit, all from 0x80 on as one: 1 where a match may start so. */
  private firstUnitTable: Uint8Array | undefined;
  private readonly edges: (Edges | undefined)[] = [];
  private readonly findGroups = (match: RegExpMatch): readonly (string | undefined)[] => this.groupsOf(match);

  private constructor(source: string, options: PatternOptions) {
    this.source = source;
    this.origin = options.origin;
    this.label = options.label ?? 'pattern';
    this.maxSteps = options.maxSteps;
    this.parsed = parse(source, options);
    this.anchored = startsAtStart(this.parsed.root);
  }

  /** @throws {PatternError} Python's refusal, or our own with the position. */
  static compile(source: string, options: PatternOptions = {}): Pattern {
    return new Pattern(source, options);
  }

  /** Strings of which every matching text contains at least one; undefined when there is no such set. Case-sensitive. */
  get literals(): readonly string[] | undefined {
    this.lazyLiterals ??= { value: requiredLiterals(this.parsed.root) };
    return this.lazyLiterals.value;
  }

  /** Several such sets, the best one first, to choose from. */
  get literalChoices(): readonly (readonly string[])[] {
    return literalChoices(this.parsed.root);
  }

  /** Does it match every line that is not empty, whatever it says? */
  get matchesAnyLine(): boolean {
    return matchesAnyLine(this.parsed.root);
  }

  /** What runs it now. */
  get engine(): 'regexp' | 'exact' {
    return this.demoted || this.lean.root === undefined ? 'exact' : 'regexp';
  }

  /** Why the exact matcher runs it although it was not demoted; undefined when RegExp can. */
  get exactReason(): string | undefined {
    return this.lean.reason;
  }

  /** How often a text was given up because the step budget was spent. */
  get exceededCount(): number {
    return this.exceededTexts;
  }

  /** Does it match anywhere? `ascii`: the caller knows that `text` has only code points below 0x80. */
  test(text: string, ascii: boolean): boolean {
    running.pattern = this;
    const program = (ascii ? this.bareAscii : undefined) ?? this.findBare(text, ascii);
    if (program === undefined) return this.exactSearch(text, 0, false) !== undefined;
    const subject = ascii ? text : program.subject(text);
    try {
      if (!this.anchored) return program.plain.test(subject);
      const { sticky } = program;
      sticky.lastIndex = 0;
      return sticky.test(subject);
    } catch (error) {
      this.onEngineError(error, program);
      return this.exactSearch(text, 0, false) !== undefined;
    }
  }

  /** First match at or after `from` (default 0). */
  search(text: string, ascii: boolean, from = 0): Match | undefined {
    running.pattern = this;
    const program = this.demoted ? undefined : this.lean.pick(text, ascii);
    if (program === undefined) return this.searchExactly(text, ascii, from);
    const { searching } = program;
    searching.lastIndex = from;
    try {
      const found = searching.exec(program.subject(text));
      return found === null
        ? undefined
        : new RegExpMatch(text, ascii, program, found, program.searchingHasSpans, this.findGroups);
    } catch (error) {
      this.onEngineError(error, program);
      return this.exactSearch(text, from, false);
    }
  }

  /** End offset of a match that starts exactly at `at`, or -1. The quickest question; allocates nothing. */
  matchEnd(text: string, ascii: boolean, at: number): number {
    running.pattern = this;
    const program = (ascii ? this.bareAscii : undefined) ?? this.findBare(text, ascii);
    if (program === undefined) return this.exactSearch(text, at, true)?.end ?? -1;
    const subject = ascii ? text : program.subject(text);
    const { sticky } = program;
    sticky.lastIndex = at;
    try {
      return sticky.test(subject) ? sticky.lastIndex : -1;
    } catch (error) {
      this.onEngineError(error, program);
      return this.exactSearch(text, at, true)?.end ?? -1;
    }
  }

  /** Offsets of a group of a match, undefined where it took no part. Exact, possibly by running the pattern again. */
  span(match: Match, group: number): readonly [start: number, end: number] | undefined {
    if (group === 0) return [match.start, match.end];
    if (isExact(match)) return match.spans[group];
    if (!(match instanceof RegExpMatch)) return this.exactAgain(match)?.spans[group];
    if (match.hasSpans && match.keeps(group)) return match.spanOf(group);
    if (match.keeps(group)) {
      const value = match.captured(group);
      if (value === undefined) return undefined;
      this.edges[group] ??= edgesOf(this.lean.root!, group);
      const { lead, tail } = this.edges[group];
      if (lead === 0 || (lead !== undefined && match.ascii)) {
        return [match.start + lead, match.start + lead + value.length];
      }
      if (tail === 0 || (tail !== undefined && match.ascii)) {
        return [match.end - tail - value.length, match.end - tail];
      }
    }
    const again = this.matchAgain(match, group);
    return again === undefined ? this.exactAgain(match)?.spans[group] : again.spanOf(group);
  }

  /** Named groups in order of definition; undefined where a group took no part. */
  named(match: Match): ReadonlyMap<string, string | undefined> {
    const named = new Map<string, string | undefined>();
    const lean = match instanceof RegExpMatch ? match : undefined;
    for (const [name, group] of this.parsed.groupIndex) {
      named.set(name, lean ? lean.captured(group) : match.groups[group]);
    }
    return named;
  }

  /** Can a match start at a text whose first UTF-16 unit is `unit`? Only meaningful when `anchored`. */
  canStartWith(unit: number): boolean {
    this.firstUnitTable ??= tableOf(firstUnits(this.parsed.root));
    return this.firstUnitTable[Math.min(unit, NON_ASCII_UNIT)] === 1;
  }

  /** From now on use the exact matcher with its step budget: RegExp has been stuck on this pattern. */
  demote(): void {
    this.demoted = true;
    this.bareAscii = undefined;
  }

  /** Programs that keep the groups with a name, the first one (a date's) and those the pattern itself refers to. */
  private get lean(): Programs {
    this.leanPrograms ??= new Programs(this.parsed, new Set([1, ...this.parsed.groupIndex.values()]));
    return this.leanPrograms;
  }

  /** Programs that keep every group. */
  private get full(): Programs {
    this.fullPrograms ??= new Programs(this.parsed, new Set(this.parsed.groupNames.keys()));
    return this.fullPrograms;
  }

  /** Without captures a program is quicker, and more patterns can be carried over. */
  private findBare(text: string, ascii: boolean): Program | undefined {
    if (this.demoted) return undefined;
    this.barePrograms ??= new Programs(this.parsed, new Set());
    const program = this.barePrograms.pick(text, ascii);
    if (ascii) this.bareAscii = program;
    return program;
  }

  /** By the exact matcher, but a RegExp may tell beforehand that there is no match, or where it is. */
  private searchExactly(text: string, ascii: boolean, from: number): Match | undefined {
    const program = this.findBare(text, ascii);
    if (program === undefined) return this.exactSearch(text, from, false);
    const { searching } = program;
    searching.lastIndex = from;
    try {
      const found = searching.exec(program.subject(text));
      return found === null ? undefined : this.exactSearch(text, found.index, true);
    } catch (error) {
      this.onEngineError(error, program);
      return this.exactSearch(text, from, false);
    }
  }

  private exactSearch(text: string, from: number, sticky: boolean) {
    this.exactMatcher ??= new ExactMatcher(
      this.parsed,
      this.maxSteps === undefined ? {} : { maxSteps: this.maxSteps },
    );
    const result = this.exactMatcher.exec(text, from, sticky);
    if (result.status === 'match') return result.match;
    if (result.status === 'exceeded') {
      this.exceededTexts++;
      running.exceeded.push(this);
    }
    return undefined;
  }

  private exactAgain(match: Match) {
    running.pattern = this;
    return this.exactSearch(match.text, match.start, true);
  }

  private groupsOf(match: RegExpMatch): readonly (string | undefined)[] {
    const count = this.parsed.groupCount;
    let source: RegExpMatch | undefined = match;
    for (let group = 1; group <= count; group++) {
      if (match.keeps(group)) continue;
      source = this.matchAgain(match, group);
      break;
    }
    if (source === undefined) return this.exactAgain(match)?.groups ?? [];
    const groups: (string | undefined)[] = [match.text.slice(match.start, match.end)];
    for (let group = 1; group <= count; group++) groups.push(source.captured(group));
    return groups;
  }

  /** The same match with offsets, by a program that keeps the group; undefined when only the exact matcher can. */
  private matchAgain(match: RegExpMatch, group: number): RegExpMatch | undefined {
    running.pattern = this;
    const program = match.keeps(group) ? match.program : this.full.pick(match.text, match.ascii);
    if (program === undefined) return undefined;
    program.indices.lastIndex = match.start;
    const found = program.indices.exec(program.subject(match.text));
    return found === null
      ? undefined
      : new RegExpMatch(match.text, match.ascii, program, found, true, this.findGroups);
  }

  /** V8 ran out of stack on this text, or the program is too large for it: the latter lasts. */
  private onEngineError(error: unknown, program: Program): void {
    if (error instanceof RangeError) return;
    if (!(error instanceof SyntaxError)) throw error;
    for (const programs of [this.barePrograms, this.leanPrograms]) programs?.giveUp(program);
    this.bareAscii = undefined;
  }
}

function tableOf(units: ReadonlySet<number> | undefined): Uint8Array {
  const table = new Uint8Array(NON_ASCII_UNIT + 1);
  for (let unit = 0; unit <= NON_ASCII_UNIT; unit++)
    table[unit] = units === undefined || units.has(unit) ? 1 : 0;
  return table;
}
