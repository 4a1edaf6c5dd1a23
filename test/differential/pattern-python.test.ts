/** Pattern against a real Python: constructs one by one, random patterns, and whatever filters are installed. */
import { describe, expect, test } from '@jest/globals';
import { compareWithPython } from './compare-pattern.js';
import { filterCases } from './filter-cases.js';
import { CONSTRUCTS, TEXTS, WRONG } from './pattern-constructs.js';
import { hasPython, type OracleCase } from './python-oracle.js';
import { Random, randomPattern, randomText } from './random-patterns.js';

const python = hasPython() ? describe : describe.skip;
if (!hasPython()) console.warn('skipped: there is no Python 3.11 to compare with');

python('a Pattern', () => {
  test.each([
    ['as written', {}],
    ['with multiline', { multiline: true }],
    ['with ignoreCase', { ignoreCase: true }],
  ])('finds what Python finds, construct by construct, %s', (_, options) => {
    const result = compareWithPython(CONSTRUCTS.map((pattern) => ({ pattern, texts: TEXTS, ...options })));
    expect(result.differences).toEqual([]);
    expect(result.matches).toBeGreaterThan(1000);
  });

  test('is refused as Python refuses it, in the same words', () => {
    const result = compareWithPython(WRONG.map((pattern) => ({ pattern, texts: [] })));
    expect(result.differences).toEqual([]);
    expect(result.refused).toBe(WRONG.length);
  });

  test('finds what Python finds, for random patterns and texts', () => {
    const random = new Random(20261121);
    const cases: OracleCase[] = Array.from({ length: 1500 }, () => ({
      pattern: randomPattern(random),
      multiline: random.below(5) === 0,
      ignoreCase: random.below(5) === 0,
      texts: Array.from({ length: 12 }, () => randomText(random)),
    }));
    const result = compareWithPython(cases);
    expect(result.differences).toEqual([]);
    expect(result.matches).toBeGreaterThan(4000);
  });

  test('finds what Python finds, for the patterns of the installed filters on sample and damaged lines', () => {
    const cases = filterCases({ seed: 8, mutations: 2, lines: 12 });
    if (cases.length === 0) {
      console.warn('skipped: fail2ban is not installed');
      return;
    }
    const result = compareWithPython(cases);
    expect(result.differences).toEqual([]);
    expect(result.matches).toBeGreaterThan(3000);
    // Only courier-auth and grafana keep captures of earlier iterations.
    expect(result.exact).toBeLessThanOrEqual(2);
  });
});
