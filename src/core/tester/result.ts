/**
 * Tester: what testing a log against a filter has found, as plain values. Views render it; `--json` prints it.
 */
import type { Sourced, SourceError } from '../errors.js';
import type { Groups } from '../filter/outcome.js';
import type { SourceCounts } from '../source/line.js';
import type { TemplateState } from '../time/detector.js';

/** The id of a failure as fail2ban prints it; a list is an id made of several groups. */
export type FailureId = string | readonly (string | null)[];

/** One failure (or session line) that a regex yielded, kept for `-v`. */
export interface HitDetail {
  /** Undefined for a line of a session whose address is not known yet. */
  readonly id: FailureId | undefined;
  /** Time of the line; the time of the test when it has none. */
  readonly epochSec: number;
  /** fail2ban marks the third failure of one line and those after it. */
  readonly multiple: boolean;
}

export interface RegexCount {
  /** As written, tags in place, and where. */
  readonly regex: Sourced<string>;
  hits: number;
  /** Only with `details`. */
  readonly details: HitDetail[];
}

export interface PrefregexCount {
  /** With its tags expanded. */
  readonly regex: string;
  readonly origin: Sourced<string>['origin'];
  hits: number;
  /** The groups of the first hits, only with `details`. */
  readonly samples: Groups[];
}

export interface KeptLine {
  readonly text: string;
  /** Its number in the input. */
  readonly number: number;
  /** What `-D` shows in place of `text`, where that differs: several lines that matched together. */
  readonly joined?: string | undefined;
  /** Missed at first and matched together with a later line. */
  readonly taken?: true;
}

/** Lines of one kind: how many there are, and those kept: all of them, or the first when `complete` is false. */
export interface LineList {
  readonly count: number;
  readonly lines: readonly KeptLine[];
  readonly complete: boolean;
}

/** A pattern that ran out of its budget. */
export interface Exceeded {
  readonly label: string;
  readonly pattern: string;
  readonly where: string | undefined;
  readonly lines: number;
  readonly firstLine: number;
}

/** A line that could not be processed (an unknown time zone in it …). */
export interface LineTrouble {
  readonly message: string;
  readonly lines: number;
  readonly firstLine: number;
}

export interface TestResult {
  readonly prefregex: PrefregexCount | undefined;
  readonly failregex: readonly RegexCount[];
  readonly ignoreregex: readonly RegexCount[];
  /** Undefined when no dates are looked for (journal). */
  readonly dates: readonly TemplateState[] | undefined;
  readonly tested: number;
  readonly matched: LineList;
  readonly ignored: LineList;
  readonly missed: LineList;
  /** With `debuggex`: the missed lines including those that a later match has taken. */
  readonly missedBefore: readonly KeptLine[] | undefined;
  readonly exceeded: readonly Exceeded[];
  readonly troubles: readonly LineTrouble[];
  readonly source: SourceCounts;
  readonly notices: readonly string[];
  /** What broke the source off before its end. */
  readonly incomplete: SourceError | undefined;
  readonly elapsedSec: number;
}
