import { ManualClock } from '../../src/core/clock.js';
import type { FilterPlan } from '../../src/core/config/plans.js';
import { LineFilter, type LineFilterOptions } from '../../src/core/filter/line-filter.js';
import type { Failure, LineOutcome, LogLine } from '../../src/core/filter/outcome.js';

export interface FilterText {
  prefregex?: string;
  failregex: string | string[];
  ignoreregex?: string | string[];
  datepattern?: string;
  maxlines?: number;
  usedns?: string;
}

/** 2026-11-21 09:00:00 UTC. */
export const NOW_SEC = 1795251600;

/** A filter written in a test, on a clock that stands still. */
export function makeFilter(text: FilterText, options: LineFilterOptions = {}): LineFilter {
  return new LineFilter(makePlan(text), { clock: new ManualClock(NOW_SEC), ...options });
}

export function makePlan(text: FilterText): FilterPlan {
  const sourced = (values: string | string[] | undefined) =>
    [values ?? []].flat().map((value) => ({ value }));
  const optional = <T>(value: T | undefined) => (value === undefined ? undefined : { value });
  return {
    name: 'made-up',
    options: {},
    prefregex: optional(text.prefregex),
    failregex: sourced(text.failregex),
    ignoreregex: sourced(text.ignoreregex),
    maxlines: optional(text.maxlines),
    datepattern: optional(text.datepattern),
    usedns: optional(text.usedns),
    logtimezone: undefined,
    logencoding: undefined,
    journalmatch: [],
  };
}

export function lineOf(text: string): LogLine {
  return { text, ascii: !/[^\x00-\x7f]/.test(text) };
}

export function outcomesOf(filter: LineFilter, ...texts: string[]): LineOutcome[] {
  return filter.run(texts.map(lineOf));
}

/** The failures of all lines, in order. */
export function failuresOf(filter: LineFilter, ...texts: string[]): Failure[] {
  return outcomesOf(filter, ...texts).flatMap((outcome) =>
    outcome.hits.flatMap((hit) => (hit.verdict === 'failure' && hit.failure ? [hit.failure] : [])),
  );
}

/** Id or name of a failure as one text. */
export function idOf(failure: Failure): string {
  const { identity } = failure;
  if (identity.kind === 'dns') return `dns:${identity.name}`;
  return typeof identity.id === 'string' ? identity.id : `(${identity.id.join(', ')})`;
}

export function idsOf(filter: LineFilter, ...texts: string[]): string[] {
  return failuresOf(filter, ...texts).map(idOf);
}
