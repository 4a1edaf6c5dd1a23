/**
 * What happens to one line, as a value: the one record the server, the tester and every explainer read.
 */
import type { Pattern } from '../pattern/pattern.js';
import type { DateHit, Stamp } from '../time/detector.js';

/** A line as a source yields it. `text` has no line end. */
export interface LogLine {
  readonly text: string;
  /** True when every code point is below 0x80. */
  readonly ascii: boolean;
  /** A longer text in which the line begins at `at` and is followed by a `\n`: makes matching cheaper. */
  readonly block?: string | undefined;
  readonly at?: number | undefined;
  /** Journal entries bring their time: no date is looked for. `text` is what fail2ban prints for it (ISO time + blank). */
  readonly stamp?: { readonly text: string; readonly epochSec: number } | undefined;
}

/** Captured values by group name, in fail2ban's order (prefregex groups, then the failregex's, then added keys). */
export type Groups = ReadonlyMap<string, unknown>;

/**
 * How far a line got:
 * `ignored-early`  an ignoreregex hit the whole line before anything else
 * `no-prefregex`   prefregex did not match
 * `no-failregex`   no failregex matched, or only such that name nobody (see the hits)
 * `too-old`        not looked at: older than findtime while catching up
 * `ignored`        a failregex matched and an ignoreregex hit the matched text
 * `nofail`         matched, but only as context of a session (F-NOFAIL)
 * `pending`        a failure of a session whose address is not known yet
 * `failure`        one or more failures
 * `error`          the line could not be processed (unknown zone …), see `error`
 */
export type Verdict =
  | 'ignored-early'
  | 'no-prefregex'
  | 'no-failregex'
  | 'too-old'
  | 'ignored'
  | 'nofail'
  | 'pending'
  | 'failure'
  | 'error';

/**
 * One failregex that matched the line. `regex` counts from 0. A hit that is `anonymous` matched but names nobody
 * (every id group was empty): fail2ban does not count it.
 */
export interface RegexHit {
  readonly regex: number;
  readonly verdict: 'ignored' | 'anonymous' | 'nofail' | 'pending' | 'failure';
  /** The ignoreregex (from 0) that took it back. */
  readonly ignoredBy?: number | undefined;
  readonly groups: Groups;
  readonly failure?: Failure | undefined;
  /** maxlines > 1: the whole earlier lines (not this one) that the match consumed. */
  readonly consumed: readonly BufferedLine[];
}

export interface BufferedLine {
  readonly before: string;
  readonly date: string;
  readonly after: string;
}

/** The id of a failure before names are looked up (filter.md §6). */
export type Identity =
  | { readonly kind: 'ip'; readonly id: string; readonly family: 'inet4' | 'inet6' }
  | { readonly kind: 'raw'; readonly id: string | readonly (string | null)[] }
  | { readonly kind: 'dns'; readonly name: string };

export interface Failure {
  readonly identity: Identity;
  /** Python's data dictionary for `-o row` and tags, without `matches`. */
  readonly data: Groups;
  /** Whole log lines (before + date + after), held-back ones first. */
  readonly matches: readonly string[];
  /** Undefined when no date is known. */
  readonly stamp: Stamp | undefined;
}

export interface LineOutcome {
  readonly line: LogLine;
  readonly verdict: Verdict;
  /** The date that was found, also when it made no valid time. */
  readonly dateHit: DateHit | undefined;
  readonly stamp: Stamp | undefined;
  readonly stampFrom: 'line' | 'last' | 'now' | 'source' | 'none';
  /** In operation: the time as written, where it was too far from now and `stamp` is now instead. */
  readonly writtenStamp?: Stamp | undefined;
  /** The text without its date, as matched (no trailing newline). */
  readonly before: string;
  readonly date: string;
  readonly after: string;
  readonly prefregex: Groups | undefined;
  /** The ignoreregex (from 0) of an `ignored-early` line. */
  readonly ignoredBy?: number | undefined;
  /** Where all regexes are checked: further ignoreregexes that match what the line or a hit was ignored for. */
  readonly ignoredAlso: readonly number[];
  readonly hits: readonly RegexHit[];
  /** Patterns that ran out of budget on this line: counted as not matching. */
  readonly exceeded: readonly Pattern[];
  readonly error?: string | undefined;
}
