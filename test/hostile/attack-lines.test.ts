import { describe, expect, test } from '@jest/globals';
import { guarded } from '../../src/core/pattern/budget.js';
import { parse } from '../../src/core/pattern/parse.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { expandTags } from '../../src/core/pattern/tags.js';
import { installedFilters } from '../differential/installed-filters.js';
import { attackShapes, pump } from './attack-lines.js';
import { decide } from './decide.js';

describe('attack shapes', () => {
  test('lead up to each repeat, pump it, and end near a match', () => {
    expect(attackShapes(parse('^x(?:ab)+y$'))).toEqual([
      { prefix: 'x', piece: 'ab', suffix: '\x00' },
      { prefix: 'x', piece: 'ab', suffix: '' },
    ]);
    expect(attackShapes(parse('a*bc'))).toContainEqual({ prefix: '', piece: 'a', suffix: 'b\x00' });
  });

  test('repeat what a group took', () => {
    expect(attackShapes(parse(String.raw`(["'])(?:a+)\1b+c`))).toContainEqual({
      prefix: '"a"',
      piece: 'b',
      suffix: '\x00',
    });
  });

  test.each(['abc', 'a?', 'a{2}', '(?:ab)?c'])('do not exist for %s', (pattern) =>
    expect(attackShapes(parse(pattern))).toEqual([]),
  );

  test('make lines of the length asked for', () => {
    expect(pump({ prefix: 'x', piece: 'ab', suffix: '!' }, 10)).toBe('xabababab!');
    expect(pump({ prefix: 'x', piece: 'ab', suffix: '!' }, 0)).toBe('xab!');
  });

  test.each([
    '^(?:a+)+$',
    String.raw`^\S+ user=(?:\w+\s?)*: failed`,
    String.raw`^(?:\[(?:[^\]"]+|"[^"]*")*\]\s*)+failed`,
    '^x(?:.*,)*y$',
  ])('hold V8 where the pattern is weak: %s', (source) => {
    const pattern = Pattern.compile(source);
    const lines = attackShapes(pattern.parsed).map((shape) => pump(shape, 200));
    expect(lines.some((line) => !guarded(() => pattern.test(line, true), 50).done)).toBe(true);
  });

  test.each([String.raw`^\S+ user=\w+: failed`, '^[^,]*,[^,]*,x$', '^(?:[a-z]+ )*x$'])(
    'do not hold it where the pattern is sound: %s',
    (source) => {
      const pattern = Pattern.compile(source);
      const lines = attackShapes(pattern.parsed).map((shape) => pump(shape, 2000));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(decide(pattern, line, 1000)).toMatchObject({ stuck: false });
    },
  );
});

describe('the patterns of the installed fail2ban', () => {
  const filters = installedFilters();
  if (filters.length === 0) console.warn('fail2ban is not installed here: its patterns are not attacked');
  const sources = new Set(
    filters.flatMap(({ prefregex, failregex, ignoreregex }) => [
      prefregex ?? '',
      ...failregex,
      ...ignoreregex,
    ]),
  );
  sources.delete('');

  (filters.length > 0 ? test : test.skip)('are decided on every attack line of 1,000 characters', () => {
    const over: string[] = [];
    let lines = 0;
    let stuck = 0;
    for (const source of sources) {
      const pattern = Pattern.compile(expandTags(source));
      for (const shape of attackShapes(pattern.parsed)) {
        const decision = decide(pattern, pump(shape, 1000));
        lines++;
        if (decision.stuck) stuck++;
        if (decision.verdict === 'over budget') over.push(`${source}\n${JSON.stringify(shape)}`);
      }
    }
    expect(over).toEqual([]);
    expect(lines).toBeGreaterThan(10_000);
    // Some of them did hold V8, or the lines prove little.
    expect(stuck).toBeGreaterThan(0);
  });
});
