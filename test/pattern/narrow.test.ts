import { describe, expect, test } from '@jest/globals';
import { isNarrowable, narrowText } from '../../src/core/pattern/narrow.js';
import { parse } from '../../src/core/pattern/parse.js';
import { Pattern } from '../../src/core/pattern/pattern.js';

describe('narrowText', () => {
  test.each([
    ['plain', 'plain'],
    ['ü漢é', '\x83\x83\x83'],
    ['٢', '\x81'],
    ['\u00a0\u2003\x85', '\x82\x82\x82'],
    ['\u2019\u2028\ufeff', '\x80\x82\x80'],
    ['ſ\u212aİı', '\x84\x85\x86\x87'],
    ['²½', '\x83\x83'],
  ])('gives one byte a character: %j', (text, expected) => {
    expect(narrowText(text)).toBe(expected);
  });

  test('keeps offsets, and takes long texts', () => {
    const text = 'aü '.repeat(5000);
    expect(narrowText(text)).toBe('a\x83 '.repeat(5000));
  });

  test.each(['a😀', '\ud800'])('does not take surrogates: %j', (text) => {
    expect(narrowText(text)).toBeUndefined();
  });
});

describe('isNarrowable', () => {
  const ask = (source: string): boolean => {
    const parsed = parse(source);
    return isNarrowable(parsed.root, parsed.groupCount);
  };
  test.each([
    '\\w+ \\S.',
    '(?i)skip',
    '[^a-z]',
    '[\\x80-\\U0010ffff]',
    '([-/])\\1',
    '(?i)(\\d)(?a:([a-c]))\\2',
  ])('holds for %s', (source) => {
    expect(ask(source)).toBe(true);
  });
  test.each(['é', '[à-ö]', '[\\x00-\\xff]', '(\\w)\\1', '(.)\\1', '(?i)(s)\\1', '([^a])\\1'])(
    'does not hold for %s',
    (source) => {
      expect(ask(source)).toBe(false);
    },
  );
});

describe('a Pattern on texts with non-ASCII characters', () => {
  test('gives the text itself, not what stands for it', () => {
    const pattern = Pattern.compile('^(?P<user>\\w+) (\\S+) (?P<rest>.*)$');
    const match = pattern.search('jürgen “x” ſ٢é\n', false)!;
    expect(match.groups).toEqual(['jürgen “x” ſ٢é', 'jürgen', '“x”', 'ſ٢é']);
    expect([...pattern.named(match)]).toEqual([
      ['user', 'jürgen'],
      ['rest', 'ſ٢é'],
    ]);
    expect([1, 2, 3].map((group) => pattern.span(match, group))).toEqual([
      [0, 6],
      [7, 10],
      [11, 14],
    ]);
  });

  test.each([
    ['(\\w)\\1', 'éü', false],
    ['(\\w)\\1', 'éé', true],
    ['(?i)K', 'k', true],
    ['(?i)k', '\u212a', true],
    ['(?i)s', 'ſ', true],
    ['(?ia)s', 'ſ', false],
    ['\\bü', 'xü', false],
    ['(?a)\\bx', 'üx', true],
    ['^.{2}$', 'ü😀', true],
  ])('%s on %j: %s', (source, text, expected) => {
    expect(Pattern.compile(source).test(text, false)).toBe(expected);
  });
});
