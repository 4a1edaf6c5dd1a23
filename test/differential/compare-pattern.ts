/**
 * Runs patterns over texts with f2b and with Python's `re` and lists where they differ: in the match, its span, any
 * group, or in how Pattern's own answers fit together.
 */
import { PatternError } from '../../src/core/errors.js';
import { type Match, Pattern } from '../../src/core/pattern/pattern.js';
import { askPython, type OracleCase } from './python-oracle.js';

export interface Difference {
  readonly pattern: string;
  readonly text: string | undefined;
  readonly python: string;
  readonly f2b: string;
}

export interface Comparison {
  /** Pattern and text pairs compared, and how many of them matched. */
  readonly pairs: number;
  readonly matches: number;
  readonly patterns: number;
  readonly exact: number;
  readonly refused: number;
  readonly differences: readonly Difference[];
}

export function compareWithPython(cases: readonly OracleCase[]): Comparison {
  const answers = askPython(cases);
  const differences: Difference[] = [];
  let pairs = 0;
  let matches = 0;
  let exact = 0;
  let refused = 0;
  cases.forEach((each, i) => {
    const answer = answers[i]!;
    const { pattern: source } = each;
    const compiled = tryCompile(each);
    if ('error' in answer) {
      refused++;
      const f2b = compiled instanceof PatternError ? compiled.message : 'compiles';
      if (f2b !== answer.error)
        differences.push({ pattern: source, text: undefined, python: answer.error, f2b });
      return;
    }
    if (compiled instanceof PatternError) {
      differences.push({ pattern: source, text: undefined, python: 'compiles', f2b: compiled.message });
      return;
    }
    if (compiled.engine === 'exact') exact++;
    each.texts.forEach((text, t) => {
      if (answer.results[t] === 'broken') return;
      const python = JSON.stringify(answer.results[t]);
      if (python !== 'null') matches++;
      for (const ascii of isAscii(text) ? [true, false] : [false]) {
        pairs++;
        const f2b = JSON.stringify(found(compiled, text, ascii));
        if (f2b !== python) differences.push({ pattern: source, text, python, f2b });
      }
    });
  });
  return { pairs, matches, patterns: cases.length, exact, refused, differences };
}

function tryCompile(each: OracleCase): Pattern | PatternError {
  try {
    return Pattern.compile(each.pattern, {
      multiline: each.multiline ?? false,
      ignoreCase: each.ignoreCase ?? false,
    });
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Spans of all groups as Python gives them, null without a match, or a word on what does not fit together. */
function found(pattern: Pattern, text: string, ascii: boolean): unknown {
  const match = pattern.search(text, ascii);
  if (pattern.test(text, ascii) !== (match !== undefined)) return 'test and search disagree';
  if (match === undefined) return null;
  if (pattern.matchEnd(text, ascii, match.start) !== match.end) return 'matchEnd and search disagree';
  if (pattern.anchored && match.start !== 0) return 'anchored, yet not at the start';
  if (pattern.anchored && text !== '' && !pattern.canStartWith(text.charCodeAt(0))) return 'cannot start so';
  const literals = pattern.literals;
  if (literals && !literals.some((literal) => text.slice(match.start, match.end).includes(literal))) {
    return 'no required literal';
  }
  const named = pattern.named(match);
  for (const [name, group] of pattern.parsed.groupIndex) {
    if (named.get(name) !== match.groups[group]) return 'named and groups disagree';
  }
  return match.groups.map((value, group) => spanOf(pattern, match, group, value));
}

function spanOf(pattern: Pattern, match: Match, group: number, value: string | undefined): unknown {
  const span = pattern.span(match, group);
  if (span === undefined) return value === undefined ? null : 'a value without a span';
  return match.text.slice(span[0], span[1]) === value ? span : 'the span does not fit the value';
}
