/**
 * Finds the date in a line: which template, which span is cut, what time it means. (filter.md §2)
 */
import type { Clock } from '../clock.js';
import type { Match } from '../pattern/pattern.js';

/** A moment as fail2ban's number types show it: local and epoch stamps print as floats, zone stamps as integers. */
export interface Stamp {
  readonly epochSec: number;
  readonly kind: 'float' | 'int';
}

/** One entry of a detector's list, in fail2ban's words. */
export interface DateTemplate {
  /** As `fail2ban-regex` prints it: `{^LN-BEG}ExYear…`. */
  readonly name: string;
  /** As written, with tokens: `%Y-%m-%d %H:%M:%S`; what `Use datepattern` shows before the colon. */
  readonly pattern: string;
  /** The regular expression made from it (Python syntax), for --verbose-date. */
  readonly regex: string;
  readonly anchored: boolean;
}

export interface TemplateState {
  readonly template: DateTemplate;
  readonly hits: number;
  /** Template weight, and weight in force (hits × weight / distance …) as --verbose-date prints them. */
  readonly weight: number;
  readonly currentWeight: number;
}

export interface DateHit {
  readonly template: DateTemplate;
  /** Span of capture group 1, the part that is cut; UTF-16 offsets into the line. */
  readonly start: number;
  readonly end: number;
  readonly match: Match;
}

export interface DetectorOptions {
  /** The `datepattern` option as written (may hold several lines); undefined for the defaults. */
  datepattern?: string | undefined;
  /** `logtimezone` / --TZ. */
  logtimezone?: string | undefined;
  clock: Clock;
}

export declare class DateDetector {
  /** @throws {DateError | PatternError} */
  constructor(options: DetectorOptions);
  /** Entries in their current order. */
  readonly templates: readonly TemplateState[];
  /** What `Use datepattern` prints: `PATTERN : NAME`, or undefined with the plain defaults in force. */
  readonly title: string | undefined;
  /** Finds the date and learns from it (hits, order, last winner). */
  detect(line: string, ascii: boolean): DateHit | undefined;
  /** The time a hit means; undefined when the fields make no valid date (Feb 30). @throws {DateError} unknown zone … */
  stamp(hit: DateHit): Stamp | undefined;
  /** Everything `detect` changes, as a value cheap to take (called once per batch), and back. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
