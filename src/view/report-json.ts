/**
 * View: a test result as plain JSON, for `--json`. Field names are the ones a program may rely on.
 */
import type { Sourced } from '../core/errors.js';
import type { LineList, RegexCount, TestResult } from '../core/tester/result.js';
import type { Use } from '../core/tester/uses.js';

export function resultAsJson(result: TestResult, uses: readonly Use[]): Record<string, unknown> {
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

function regexAsJson({ regex, hits, details }: RegexCount): Record<string, unknown> {
  return {
    regex: regex.value,
    ...place(regex.origin),
    hits,
    failures: details.map(({ id, epochSec }) => ({ id: id ?? null, time: epochSec })),
  };
}

function listAsJson({ lines, complete }: LineList): Record<string, unknown> {
  return { complete, lines: lines.map(({ number, text }) => ({ number, text })) };
}

function place(origin: Sourced<string>['origin']): Record<string, unknown> {
  return origin ? { file: origin.file, line: origin.line } : {};
}
