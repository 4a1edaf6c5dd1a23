/**
 * The outcome of a line as the line filter makes it: what is rarely asked for is worked out when it is asked for.
 *
 * Dating's fields are taken over at construction; nothing here changes once the line is done.
 */
import type { Match, Pattern } from '../pattern/pattern.js';
import type { DateHit, Stamp } from '../time/detector.js';
import type { Rule } from './compile.js';
import type { Dating } from './dating.js';
import type { Groups, LineOutcome, LogLine, RegexHit, Verdict } from './outcome.js';

const NO_HITS: readonly RegexHit[] = Object.freeze([]);
const NO_INDEXES: readonly number[] = Object.freeze([]);
const NO_PATTERNS: readonly Pattern[] = Object.freeze([]);

export class DatedOutcome implements LineOutcome {
  readonly dateHit: DateHit | undefined;
  readonly stamp: Stamp | undefined;
  readonly stampFrom: LineOutcome['stampFrom'];
  readonly writtenStamp: Stamp | undefined;
  verdict: Verdict = 'no-failregex';
  ignoredBy: number | undefined = undefined;
  ignoredAlso: readonly number[] = NO_INDEXES;
  hits: readonly RegexHit[] = NO_HITS;
  exceeded: readonly Pattern[] = NO_PATTERNS;
  error: string | undefined = undefined;
  prefix: Match | undefined = undefined;
  prefixRule: Rule | undefined = undefined;
  private readonly cutStart: number;
  private readonly cutEnd: number;
  private readonly borrowed: string | undefined;
  private prefixGroups: Groups | undefined = undefined;

  constructor(
    readonly line: LogLine,
    dating: Dating,
  ) {
    this.dateHit = dating.hit;
    this.stamp = dating.stamp;
    this.stampFrom = dating.stampFrom;
    this.writtenStamp = dating.writtenStamp;
    this.cutStart = dating.cutStart;
    this.cutEnd = dating.cutEnd;
    this.borrowed = dating.borrowed;
  }

  get before(): string {
    return this.line.text.slice(0, this.cutStart);
  }

  get date(): string {
    return this.borrowed ?? this.line.text.slice(this.cutStart, this.cutEnd);
  }

  get after(): string {
    return this.line.text.slice(this.cutEnd);
  }

  /** The line as it is stored with a failure. */
  get whole(): string {
    return this.borrowed === undefined ? this.line.text : this.before + this.borrowed + this.after;
  }

  get prefregex(): Groups | undefined {
    if (this.prefix && this.prefixRule) this.prefixGroups ??= this.prefixRule.reader.read(this.prefix);
    return this.prefixGroups;
  }
}
