import { afterEach, describe, expect, test } from '@jest/globals';
import { PatternError } from '../../src/core/errors.js';
import { running } from '../../src/core/pattern/budget.js';
import { Pattern } from '../../src/core/pattern/pattern.js';

afterEach(() => {
  running.exceeded.length = 0;
});

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

function search(source: string, text: string, from = 0) {
  const pattern = Pattern.compile(source);
  const match = pattern.search(text, isAscii(text), from);
  return { pattern, match };
}

describe('a Pattern searches as Python does', () => {
  test.each([
    ['x \\d$', 'x 1\n', 'x 1'],
    ['x \\d\\n', 'x 1\n', 'x 1\n'],
    ['a.b', 'a\rb', 'a\rb'],
    ['a.b', 'a\u2028b', 'a\u2028b'],
    ['^[]a] \\d', '] 1', '] 1'],
    ['^a{,3} \\d', 'aa 1', 'aa 1'],
    ['^user \\w+', 'user jürgen x', 'user jürgen'],
    ['\\d+', '٢٢', '٢٢'],
    ['\\s', '\x1f', '\x1f'],
    ['^(?P<q>")?x(?(q)")$', '"x"', '"x"'],
    ['^(?P<q>")?x(?(q)")$', 'x', 'x'],
  ])('%s matches %j', (source, text, expected) => {
    expect(search(source, text).match?.groups[0]).toBe(expected);
  });

  test.each([
    ['x \\d\\Z', 'x 1\n'],
    ['\\s', '\ufeff'],
    ['^(?P<q>")?x(?P=q)$', 'x'],
    ['^(?P<q>")?x(?(q)")$', '"x'],
    ['\\B', ''],
  ])('%s does not match %j', (source, text) => {
    expect(search(source, text).match).toBeUndefined();
  });

  test('captures stay from earlier iterations of a loop', () => {
    const { pattern, match } = search('^(?:(?P<user>[ab])|(?P<k> ))+(?P<ip>\\d)$', 'a  1\n');
    expect(pattern.engine).toBe('exact');
    expect(Object.fromEntries(pattern.named(match!))).toEqual({ user: 'a', k: ' ', ip: '1' });
  });
});

describe('the answers of a Pattern', () => {
  test('groups holds all groups, the unnamed ones too', () => {
    const { match } = search('(a)(b)?(?P<x>c)((d)|(e))', 'zaced');
    expect(match).toMatchObject({ start: 1, end: 4 });
    expect(match?.groups).toEqual(['ace', 'a', undefined, 'c', 'e', undefined, 'e']);
  });

  test('search begins at `from`, and `^` still means the start of the text', () => {
    expect(search('a', 'aba', 1).match?.start).toBe(2);
    expect(search('^a', 'aba', 1).match).toBeUndefined();
    expect(search('(?<=a)b', 'ab', 1).match?.start).toBe(1);
  });

  test('matchEnd looks at one place only', () => {
    const pattern = Pattern.compile('b+');
    expect(pattern.matchEnd('abbc', true, 1)).toBe(3);
    expect(pattern.matchEnd('abbc', true, 0)).toBe(-1);
  });

  test('named keeps the order of definition and merges copies of a group', () => {
    const { pattern, match } = search('(?P<q>")?(?P<v>\\w)(?(q)"|!)', 'a!');
    expect([...pattern.named(match!)]).toEqual([
      ['q', undefined],
      ['v', 'a'],
    ]);
  });

  test.each([
    ['a group at the start', '^(?P<g>ab)c', 'abc', [0, 2]],
    ['a group at the end', '^.+ (?P<g>\\w+)$', 'x yz\n', [2, 4]],
    ['a group behind a fixed lead', '^\\[(?P<g>\\d+)', '[12]', [1, 3]],
    ['a group in the middle', '\\w+(?P<g>-+)\\w+', 'ab--c', [2, 4]],
    ['an optional group that is set', '\\w+(?P<g>-)?', 'ab-', [2, 3]],
    ['an optional group that is unset', '\\w+(?P<g>-)?', 'ab', undefined],
    ['a group in a look-ahead', 'a+(?=(?P<g>b))', 'aab', [2, 3]],
    ['a group in a loop', '(?:(?P<g>\\w),)+', 'a,b,', [2, 3]],
    ['a group behind a fixed lead of astral characters', '^.(?P<g>b+).*', '😀bb', [2, 4]],
    ['a copied group', '(x)?(?P<g>a)(?(1)y|z)', 'xay', [1, 2]],
    ['a group of the exact matcher', '(?:(?P<g>a)|b)+', 'ab', [0, 1]],
  ] as const)('span knows %s', (_, source, text, expected) => {
    const { pattern, match } = search(source, text);
    expect(pattern.span(match!, pattern.parsed.groupIndex.get('g')!)).toEqual(expected);
    expect(pattern.span(match!, 0)).toEqual([match?.start, match?.end]);
  });

  test('span knows unnamed groups too', () => {
    const { pattern, match } = search('(\\w)+-(\\w)', 'ab-c');
    expect([1, 2].map((group) => pattern.span(match!, group))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('anchored says whether every match starts at the start', () => {
    expect(Pattern.compile('^a|\\Ab').anchored).toBe(true);
    expect(Pattern.compile('^a|b').anchored).toBe(false);
    expect(Pattern.compile('^a', { multiline: true }).anchored).toBe(false);
  });

  test('canStartWith tells first units apart', () => {
    const pattern = Pattern.compile('^(?:a|\\dx)');
    expect([...'a1bé'].map((unit) => pattern.canStartWith(unit.charCodeAt(0)))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test('literals are strings that every match contains', () => {
    expect(Pattern.compile('^failed .* from').literals).toEqual(['failed ']);
    expect(Pattern.compile('\\d+').literals).toBeUndefined();
  });

  test('a wrong pattern is refused when it is compiled', () => {
    expect(() => Pattern.compile('a(')).toThrow(PatternError);
  });
});

describe('the budget', () => {
  const explosive = '^(\\w+\\s?)+:$';
  const text = `${'a'.repeat(60)}!`;

  test('running.pattern names the pattern that is being executed', () => {
    const pattern = Pattern.compile('a');
    pattern.test('b', true);
    expect(running.pattern).toBe(pattern);
  });

  test('a demoted pattern runs in the exact matcher and gives the same answers', () => {
    const pattern = Pattern.compile(explosive);
    expect(pattern.engine).toBe('regexp');
    pattern.demote();
    expect(pattern.engine).toBe('exact');
    expect(pattern.test(text, true)).toBe(false);
    expect(pattern.search('ab c:', true)).toMatchObject({ start: 0, end: 5 });
    expect(pattern.matchEnd('ab c:', true, 0)).toBe(5);
  });

  test('a text that costs too many steps counts as not matching and is reported', () => {
    const pattern = Pattern.compile('(a*)*(b*)*(?P<x>c)\\3', { maxSteps: 50 });
    pattern.demote();
    expect(pattern.search('aaaabbbbaaaabbbb'.repeat(20), true)).toBeUndefined();
    expect(running.exceeded).toEqual([pattern]);
    expect(pattern.exceededCount).toBe(1);
  });

  test('a text on which V8 runs out of stack goes to the exact matcher', () => {
    const pattern = Pattern.compile('^(?:(?P<x>a|b)(?P<y>c?)(?P<z>d?))*e');
    expect(pattern.search('ab'.repeat(3_000_000), true)).toBeUndefined();
    // The exact matcher gave the text up within its budget; the next one goes to RegExp again.
    expect(running.exceeded).toEqual([pattern]);
    expect(pattern.engine).toBe('regexp');
    expect(pattern.search('abcde', true)?.end).toBe(5);
  });
});
