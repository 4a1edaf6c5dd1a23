/**
 * The exact matcher against Python's `re`: random patterns and texts from fixed seeds, with the spans of every group.
 * Every search runs twice, with the memory of failed states at work from the first step and as it is by default.
 *
 * F2B_FUZZ=20 asks twenty times as much.
 */
import { describe, expect, test } from '@jest/globals';
import { ExactMatcher } from '../../src/core/pattern/exact.js';
import { parse } from '../../src/core/pattern/parse.js';
import { askPython, PYTHON, type Question } from './exact-judge.js';
import { type PatternKinds, randomPattern, randomText, seeded } from './exact-random.js';

if (!PYTHON) console.warn('no Python 3.11 here: the exact matcher is not compared');
const onPython = PYTHON ? test : test.skip;
const TIMES = Number(process.env['F2B_FUZZ'] ?? 1);

interface Family {
  readonly name: string;
  readonly kinds: PatternKinds;
  readonly length: number;
  /** Python 3.11 leaves wrong captures behind possessive loops (it may even report its own bug): spans of matches only. */
  readonly matchOnly?: boolean;
}

const PLAIN: PatternKinds = { references: true, possessive: false, unicode: false, counted: false };
const FAMILIES: Family[] = [
  { name: 'short texts', kinds: PLAIN, length: 12 },
  { name: 'longer texts', kinds: PLAIN, length: 60 },
  { name: 'text beyond ASCII', kinds: { ...PLAIN, unicode: true }, length: 12 },
  { name: 'repeats with large limits', kinds: { ...PLAIN, counted: true }, length: 30 },
  {
    name: 'possessive repeats and atomic groups',
    kinds: { ...PLAIN, references: false, possessive: true },
    length: 12,
    matchOnly: true,
  },
];

describe('random patterns', () => {
  onPython.each(FAMILIES)('agree with Python on $name', ({ kinds, length, matchOnly, name }) => {
    const random = seeded(name.length);
    const questions: Question[] = Array.from({ length: 600 * TIMES }, () => ({
      pattern: randomPattern(random, kinds),
      texts: Array.from({ length: 6 }, () => randomText(random, length, kinds.unicode)),
      from: random() < 0.1 ? 1 : 0,
    }));
    const answers = askPython(questions);
    const differences: unknown[] = [];
    let compared = 0;
    let matched = 0;
    for (const [i, { pattern, texts, from = 0 }] of questions.entries()) {
      const answer = answers[i]!;
      if ('error' in answer) continue;
      const parsed = parse(pattern);
      const matchers = [new ExactMatcher(parsed, { learnAfter: 0 }), new ExactMatcher(parsed)];
      for (const [k, text] of texts.entries()) {
        const wanted = answer.results[k];
        if (wanted === 'bug' || wanted === 'slow' || from > [...text].length) continue;
        for (const matcher of matchers) {
          const result = matcher.exec(text, [...text].slice(0, from).join('').length, false);
          if (result.status === 'exceeded') continue;
          compared++;
          if (result.status === 'match') matched++;
          const found = result.status === 'match' ? inCodePoints(text, result.match.spans) : null;
          const both = [found, wanted ?? null].map((spans) =>
            JSON.stringify(matchOnly ? (spans?.[0] ?? null) : spans),
          );
          if (both[0] !== both[1]) differences.push({ pattern, text, from, ours: both[0], python: both[1] });
        }
      }
    }
    expect(differences).toEqual([]);
    // Both sides of the question must have come up, or the test proves little.
    expect(compared).toBeGreaterThan(6000 * TIMES);
    expect(matched).toBeGreaterThan(1500 * TIMES);
    expect(compared - matched).toBeGreaterThan(1500 * TIMES);
  });
});

function inCodePoints(text: string, spans: readonly (readonly [number, number] | undefined)[]) {
  const points = new Map<number, number>();
  let unit = 0;
  for (const char of text) {
    points.set(unit, points.size);
    unit += char.length;
  }
  points.set(unit, points.size);
  return spans.map((span) => (span ? [points.get(span[0]), points.get(span[1])] : null));
}
