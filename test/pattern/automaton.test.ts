/** The end of a match by table is the one that RegExp finds. */
import { describe, expect, test } from '@jest/globals';
import { automatonOf } from '../../src/core/pattern/automaton.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { seeded } from '../differential/exact-random.js';
import { endBy } from './run-automaton.js';

function expectSame(source: string, texts: readonly string[]): { matched: number; open: number } {
  const pattern = Pattern.compile(source);
  const automaton = automatonOf(pattern.parsed.root)!;
  expect(automaton).toBeDefined();
  const seen = { matched: 0, open: 0 };
  for (const text of texts) {
    const end = endBy(automaton, text);
    if (end === 'open') seen.open++;
    else {
      expect([text, end]).toEqual([text, pattern.matchEnd(`${text}\nx`, true, 0)]);
      if (end >= 0) seen.matched++;
    }
  }
  return seen;
}

/** Random texts of the characters, and of the pieces. */
function texts(seed: number, pieces: readonly string[], count = 2000): string[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () =>
    Array.from(
      { length: Math.floor(random() * 12) },
      () => pieces[Math.floor(random() * pieces.length)]!,
    ).join(''),
  );
}

describe('a pattern as a table', () => {
  test.each([
    ['ab|a', 'ab|abc|a'],
    ['(?:a|ab)(?:c|bcd)?', 'abcd'],
    ['a*?b', 'aaab'],
    ['a{2,4}', 'aaaaaa'],
    ['a{2,4}?b?', 'aaaab'],
    ['(?:ab)+', 'ababa'],
    ['(?:ab)+?(?:a|$)', 'ababa'],
    ['\\d{1,2}(?=\\b|\\W|$)', '123 4'],
    ['(?i)jan|JUN', 'Jan'],
    ['[^b]+(?!c)', 'aac'],
    ['\\w+\\b', 'ab c'],
    ['a\\Bb|a', 'ab'],
    ['(?P<s>[-/])\\d(?P=s)\\d', '-1-2'],
    ['(?P<s>[-/])(?:\\d(?P=s)){2}a?', '-1-2-'],
    ['\\d+(?P<s>[-/])(?:\\d+|a)(?P=s)b', '12-3-b'],
    ['[^ ]*b', 'aabab'],
    ['(?i)[ak-m]\\u212a?', 'aK'],
  ])('%s', (source, example) => {
    const { matched } = expectSame(source, [
      example,
      ...texts(1, [...'abcd123-/ ', 'Jan', 'JUN', 'jun', example], 3000),
    ]);
    expect(matched).toBeGreaterThan(20);
  });

  test.each([
    ['a back-reference to more than a character', '(a+)b\\1'],
    ['to one of many characters', '([a-z])b\\1'],
    ['a look behind', '(?<=a)b'],
    ['a long look ahead', '(?=ab)a'],
    ['an atomic group', '(?>a+)b'],
    ['a conditional', '(a)?(?(1)b|c)'],
    ['a start', '^a'],
    ['rounds of nothing', '(?:a?)*b'],
    ['a few rounds of nothing', '(?:a?b?){0,3}c'],
    ['too much', '(?:[a-c]{1,40}[b-d]{1,40}){1,40}'],
  ])('is not made of %s', (_, source) => {
    expect(automatonOf(Pattern.compile(source).parsed.root)).toBeUndefined();
  });
});
