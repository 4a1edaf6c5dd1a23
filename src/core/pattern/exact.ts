/**
 * The exact matcher: Python's semantics in every corner, bounded in time and memory.
 *
 * Parsed tree → matches with the span of every group. Runs what RegExp cannot express, and patterns that were stuck
 * in RegExp. About ten times slower than V8 on ordinary lines, but no line can hold it: a search ends after a number of
 * steps, and a memory of failed states keeps nearly every search far below that number.
 */
import { compileExact } from './exact/compile.js';
import type { Program } from './exact/program.js';
import { MATCHED, NONE, run } from './exact/run.js';
import type { ParsedPattern } from './nodes.js';
import type { Match } from './pattern.js';

export interface ExactOptions {
  /** Steps that one search may take, about 25 ns each. Default: a million, and 64 per character up to 64 Ki of them. */
  readonly maxSteps?: number;
  /** Steps after which failed states are remembered (2,000); 0 in tests that want the memory at work. */
  readonly learnAfter?: number;
}

/** A match with the UTF-16 offsets of every group, index 0 the whole match. */
export interface ExactMatch extends Match {
  readonly spans: readonly (readonly [start: number, end: number] | undefined)[];
}

export type ExactResult =
  | { readonly status: 'match'; readonly match: ExactMatch }
  | { readonly status: 'none' }
  /** Given up: the step budget was spent before the search was decided. */
  | { readonly status: 'exceeded' };

const BASE_STEPS = 1_000_000;
const STEPS_PER_CHARACTER = 64;
const LONG_TEXT = 1 << 16;
const LEARN_AFTER = 2000;

export class ExactMatcher {
  private readonly parsed: ParsedPattern;
  private readonly options: ExactOptions;
  private compiled: Program | undefined;
  /** Steps of the latest search: for tests and benches. */
  lastSteps = 0;

  constructor(parsed: ParsedPattern, options: ExactOptions = {}) {
    this.parsed = parsed;
    this.options = options;
  }

  /**
   * The first match at or after `from` (UTF-16 offset, not within a surrogate pair); with `sticky` only one that starts
   * at `from`. `^` and look-behind see the text before `from`, as with the `pos` of Python's `Pattern.search`.
   */
  exec(text: string, from: number, sticky: boolean): ExactResult {
    this.compiled ??= compileExact(this.parsed);
    const maxSteps =
      this.options.maxSteps ?? BASE_STEPS + STEPS_PER_CHARACTER * Math.min(text.length, LONG_TEXT);
    const learnAfter = this.options.learnAfter ?? LEARN_AFTER;
    const { verdict, registers, steps } = run(this.compiled, { text, from, sticky, maxSteps, learnAfter });
    this.lastSteps = steps;
    if (verdict === MATCHED)
      return { status: 'match', match: toMatch(text, registers, this.compiled.groupCount) };
    return { status: verdict === NONE ? 'none' : 'exceeded' };
  }
}

function toMatch(text: string, registers: Int32Array, groupCount: number): ExactMatch {
  const spans: (readonly [number, number] | undefined)[] = [];
  for (let group = 0; group <= groupCount; group++) {
    const start = registers[2 * group] as number;
    const end = registers[2 * group + 1] as number;
    spans.push(start >= 0 && end >= start ? [start, end] : undefined);
  }
  const [start, end] = spans[0] as readonly [number, number];
  return { text, start, end, spans, groups: spans.map((span) => span && text.slice(span[0], span[1])) };
}
