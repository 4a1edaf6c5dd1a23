/**
 * One compiled regular expression: Python's meaning, JavaScript's speed.
 *
 * Source text (tags already expanded, see tags.ts) → Pattern. Two RegExp programs are made lazily (ASCII and Unicode
 * text); patterns RegExp cannot express, and those that were `demote`d after running out of time, use exact.ts.
 * A Pattern holds no state of the text it is run on.
 */
import type { Origin } from '../errors.js';
import type { ParsedPattern } from './nodes.js';

export interface PatternOptions {
  /** `^` and `$` also at every `\n` (Python's re.MULTILINE; filters with maxlines > 1). */
  multiline?: boolean;
  /** Python's re.IGNORECASE for the whole pattern. */
  ignoreCase?: boolean;
  /** Where it was written, for messages. */
  origin?: Origin | undefined;
  /** What it is, for messages: `failregex 3`, `prefregex`, `date template Epoch`. */
  label?: string;
}

/** A successful search. Offsets are UTF-16 indices into `text`. */
export interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** By Python's group number, index 0 the whole match; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[];
}

export declare class Pattern {
  readonly source: string;
  readonly origin: Origin | undefined;
  readonly label: string;
  readonly parsed: ParsedPattern;
  /** True when every match starts at the start of the text (`^` outside multiline, `\A`). */
  readonly anchored: boolean;
  /** Strings of which every matching text contains at least one; undefined when there is no such set. Case-sensitive. */
  readonly literals: readonly string[] | undefined;
  /** What runs it now. */
  readonly engine: 'regexp' | 'exact';
  /** How often a text was given up because the step budget was spent. */
  readonly exceededCount: number;

  /** @throws {PatternError} Python's refusal, or our own with the position. */
  static compile(source: string, options?: PatternOptions): Pattern;

  /** Does it match anywhere? `ascii`: the caller knows that `text` has only code points below 0x80. */
  test(text: string, ascii: boolean): boolean;
  /** First match at or after `from` (default 0). */
  search(text: string, ascii: boolean, from?: number): Match | undefined;
  /** End offset of a match that starts exactly at `at`, or -1. The quickest question; allocates nothing. */
  matchEnd(text: string, ascii: boolean, at: number): number;
  /** Offsets of a group of a match, undefined where it took no part. Exact, possibly by running the pattern again. */
  span(match: Match, group: number): readonly [start: number, end: number] | undefined;
  /** Named groups in order of definition; undefined where a group took no part. */
  named(match: Match): ReadonlyMap<string, string | undefined>;
  /** Can a match start at a text whose first UTF-16 unit is `unit`? Only meaningful when `anchored`. */
  canStartWith(unit: number): boolean;
  /** From now on use the exact matcher with its step budget: RegExp has been stuck on this pattern. */
  demote(): void;
}
