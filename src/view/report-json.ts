/**
 * View: a test result as plain JSON, for `--json`. Field names are the ones a program may rely on: schemas/regex.json is
 * made from `RegexJson`, whose comments become its descriptions.
 */
import type { Origin, Sourced } from '../core/errors.js';
import type {
  Exceeded,
  FailureId,
  LineList,
  LineTrouble,
  RegexCount,
  TestResult,
} from '../core/tester/result.js';
import type { Use } from '../core/tester/uses.js';

/** What `f2b regex --json` prints. Times are Unix seconds; line numbers count from 1. */
export interface RegexJson {
  readonly lines: {
    readonly total: number;
    readonly matched: number;
    readonly ignored: number;
    readonly missed: number;
  };
  /** What the test was made of, in the order in which it was settled. */
  readonly uses: readonly Use[];
  /** With its tags expanded; null when there is none. */
  readonly prefregex: (Partial<Origin> & { readonly regex: string; readonly hits: number }) | null;
  readonly failregex: readonly RegexJsonCount[];
  readonly ignoreregex: readonly RegexJsonCount[];
  /** The date formats in their order at the end of the test; empty when no dates are looked for. */
  readonly dates: readonly { readonly name: string; readonly pattern: string; readonly hits: number }[];
  readonly matched: RegexJsonLines;
  readonly ignored: RegexJsonLines;
  readonly missed: RegexJsonLines;
  /** Lines that could not be processed, by what was wrong. */
  readonly troubles: readonly LineTrouble[];
  /** Expressions that ran out of time on a line. */
  readonly exceeded: readonly Exceeded[];
  readonly source: TestResult['source'] & {
    readonly notices: readonly string[];
    /** What broke reading off before the end; null when nothing did. */
    readonly incomplete: string | null;
  };
  readonly elapsedSec: number;
}

/** One expression as written, tags in place, where it was written, and what it found. */
export interface RegexJsonCount extends Partial<Origin> {
  readonly regex: string;
  readonly hits: number;
  /** `id` is null where a session has no address yet. */
  readonly failures: readonly { readonly id: FailureId | null; readonly time: number }[];
}

/** Lines of one kind: all of them, or only the first when `complete` is false. */
export interface RegexJsonLines {
  readonly complete: boolean;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

export function resultAsJson(result: TestResult, uses: readonly Use[]): RegexJson {
  return {
    lines: {
      total: result.tested,
      matched: result.matched.count,
      ignored: result.ignored.count,
      missed: result.missed.count,
    },
    uses,
    prefregex: result.prefregex
      ? { regex: result.prefregex.regex, ...place(result.prefregex.origin), hits: result.prefregex.hits }
      : null,
    failregex: result.failregex.map(regexAsJson),
    ignoreregex: result.ignoreregex.map(regexAsJson),
    dates: (result.dates ?? []).map(({ template, hits }) => ({
      name: template.name,
      pattern: template.pattern,
      hits,
    })),
    matched: listAsJson(result.matched),
    ignored: listAsJson(result.ignored),
    missed: listAsJson(result.missed),
    troubles: result.troubles,
    exceeded: result.exceeded,
    source: { ...result.source, notices: result.notices, incomplete: result.incomplete?.message ?? null },
    elapsedSec: result.elapsedSec,
  };
}

function regexAsJson({ regex, hits, details }: RegexCount): RegexJsonCount {
  return {
    regex: regex.value,
    ...place(regex.origin),
    hits,
    failures: details.map(({ id, epochSec }) => ({ id: id ?? null, time: epochSec })),
  };
}

function listAsJson({ lines, complete }: LineList): RegexJsonLines {
  return { complete, lines: lines.map(({ number, text }) => ({ number, text })) };
}

function place(origin: Sourced<string>['origin']): Partial<Origin> {
  return origin ? { file: origin.file, line: origin.line } : {};
}
