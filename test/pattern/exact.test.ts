import { describe, expect, test } from '@jest/globals';
import { ExactMatcher, type ExactOptions } from '../../src/core/pattern/exact.js';
import { parse } from '../../src/core/pattern/parse.js';

/** The memory of failed states at work from the first step, and not at all. */
const EVERY_WAY: ExactOptions[] = [{ learnAfter: 0 }, { learnAfter: Number.POSITIVE_INFINITY }];

/** Groups of the first match, undefined without one; the same with and without memory. */
function groups(pattern: string, text: string, from = 0): readonly (string | undefined)[] | undefined {
  const [one, other] = EVERY_WAY.map((options) => {
    const result = new ExactMatcher(parse(pattern), options).exec(text, from, false);
    return result.status === 'match' ? result.match.groups : undefined;
  });
  expect(other).toEqual(one);
  return one;
}

describe('Python semantics', () => {
  test.each<[string, string, string, (string | undefined)[]]>([
    ['a capture survives a round that does not take part', '^(?:([ab])|( ))+1', 'a 1', ['a 1', 'a', ' ']],
    ['a capture that is made again replaces the old one', '(?:(a)|(b))*', 'aba', ['aba', 'a', 'b']],
    ['backtracking takes captures back', '(?:(a)|b)*?(?:(ab)|b)$', 'ab', ['ab', undefined, 'ab']],
    ['$ stands before a last line feed', 'a$', 'a\n', ['a']],
    ['$ stands at the very end too', '\\n$', 'a\n', ['\n']],
    ['(?m)^ stands behind every line feed', '(?m)^b', 'a\nb', ['b']],
    ['(?m)$ stands before every line feed', '(?m)a$', 'a\nb', ['a']],
    ['. takes a carriage return and U+2028', 'a..b', 'a\r\u2028b', ['a\r\u2028b']],
    ['an empty round is kept, then the loop ends', '(?:|a)*', 'aaa', ['']],
    ['an empty round keeps its captures', '(?:(a)|(b?))*c', 'ac', ['ac', 'a', '']],
    ['the first mandatory round may be empty', '(?:|a){2,}b', 'aab', ['aab']],
    ['a lazy loop takes as few rounds as it can', '(a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
    ['a possessive loop gives nothing back but may have enough', 'a++b', 'aab', ['aab']],
    ['a possessive round is atomic by itself', '(?:ab|a)*+b?', 'abab', ['abab']],
    ['an atomic group keeps its captures', '(?>(a)b?)', 'ab', ['ab', 'a']],
    ['a look-ahead keeps its captures', '(?=(a+))a', 'aaa', ['a', 'aaa']],
    ['a negative look-ahead leaves no captures', '(?!(b))a', 'a', ['a', undefined]],
    ['a look-behind looks back by characters', '(?<=😀)a', '😀a', ['a']],
    ['a negative look-behind holds where there is no room', '(?<!ab)c', 'c', ['c']],
    ['a conditional takes its first branch when the group is set', '(<)?a(?(1)>|$)', '<a>', ['<a>', '<']],
    ['a conditional takes its second branch when it is not', '(<)?a(?(1)>|$)', 'a', ['a', undefined]],
    ['a reference repeats the text', '(["\'])x\\1', '"x"', ['"x"', '"']],
    ['a folded reference ignores case', '(?i)(é)\\1', 'éÉ', ['éÉ', 'é']],
    ['(?i)k takes U+212A', '(?i)^k$', '\u212a', ['\u212a']],
    ['a character beyond the BMP is one', '^.$', '😀', ['😀']],
    ['a lone surrogate is one too', '^.\\ud83d$', '😀\ud83d', ['😀\ud83d']],
    ['a greedy run gives back whole characters', '^(.*)(.)$', 'a😀', ['a😀', 'a', '😀']],
    ['a lazy run takes whole characters', '^(.*?)(.)$', '😀a', ['😀a', '😀', 'a']],
    ['\\b knows letters beyond ASCII', '\\bé\\b', 'é', ['é']],
    ['branches are tried in order', '(?:a|ab)(?:c|bcd)', 'abcd', ['abcd']],
    ['a counted repeat takes as many as it may', '(?:ab|c){2,700}', 'abcabx', ['abcab']],
    ['a lazy counted repeat takes as few as it may', '(?:ab|c){2,700}?', 'abcab', ['abc']],
    ['a possessive counted repeat is atomic by round', '(?:ab|a){2,700}+', 'abab', ['abab']],
    ['rounds that may be empty are counted too', '(?:a|b?){700}c', 'abac', ['abac']],
  ])('%s', (_, pattern, text, wanted) => expect(groups(pattern, text)).toEqual(wanted));

  test.each<[string, string, string]>([
    ['$ does not stand before an inner line feed', 'a$', 'a\nb'],
    ['\\Z does not stand before a last line feed', 'a\\Z', 'a\n'],
    ['. does not take a line feed', 'a.b', 'a\nb'],
    ['\\B does not match in an empty text', '\\B', ''],
    ['a reference to an unset group fails', '(a)?\\1b', 'b'],
    ['an atomic group gives nothing back', '(?>a*)a', 'aaa'],
    ['a possessive run gives nothing back', 'a*+a', 'aaa'],
    ['mandatory possessive rounds give nothing back', '(?:a|ab){2}+', 'abab'],
    ['half of a character does not match it', '\\ud83d', '😀'],
    ['a reference to half of one does not match the whole', '(\\ud83d)a\\1$', '\ud83da😀'],
    ['a folded reference knows no extra pairs', '(?i)(s)\\1', 'sſ'],
    ['a look-behind does not reach before the text', '(?<=..)a', 'ba'],
    ['\\s does not take a byte order mark', '\\s', '\ufeff'],
  ])('%s', (_, pattern, text) => expect(groups(pattern, text)).toBeUndefined());
});

describe('a search', () => {
  const exec = (pattern: string, text: string, from: number, sticky: boolean) =>
    new ExactMatcher(parse(pattern)).exec(text, from, sticky);

  test('tells the spans in UTF-16 units', () => {
    expect(exec('(?P<x>b)(z)?', '😀ab', 0, false)).toEqual({
      status: 'match',
      match: {
        text: '😀ab',
        start: 3,
        end: 4,
        groups: ['b', 'b', undefined],
        spans: [[3, 4], [3, 4], undefined],
      },
    });
  });

  test('starts at `from` but sees the text before', () => {
    expect(exec('(?<=a)b', 'ab', 1, false).status).toBe('match');
    expect(exec('\\bb', 'ab', 1, false).status).toBe('none');
    expect(exec('^b', 'ab', 1, false).status).toBe('none');
    expect(exec('$', 'ab', 2, false).status).toBe('match');
    expect(exec('', 'ab', 3, false).status).toBe('none');
  });

  test('stays at `from` when sticky', () => {
    expect(exec('b', 'ab', 0, true).status).toBe('none');
    expect(exec('b', 'ab', 1, true).status).toBe('match');
    expect(exec('^b', 'ab', 1, true).status).toBe('none');
  });

  test('leaves nothing behind for the next one', () => {
    const matcher = new ExactMatcher(parse('(?:(a)|b)+c'));
    expect(matcher.exec('abc', 0, false)).toMatchObject({ match: { groups: ['abc', 'a'] } });
    expect(matcher.exec('bc', 0, false)).toMatchObject({ match: { groups: ['bc', undefined] } });
  });

  test('finds the leftmost match, not the first by branch', () => {
    expect(exec('b|a', 'ab', 0, false)).toMatchObject({ match: { start: 0 } });
  });
});

describe('the budget', () => {
  test('ends a search that takes too many steps', () => {
    const matcher = new ExactMatcher(parse('^(?:a|b|ab)*c'), { maxSteps: 100 });
    expect(matcher.exec('ab'.repeat(50), 0, false).status).toBe('exceeded');
    expect(matcher.exec('abc', 0, false).status).toBe('match');
  });

  test('does not end one that takes few', () => {
    const matcher = new ExactMatcher(parse('b'), { maxSteps: 100 });
    expect(matcher.exec(`${'a'.repeat(700)}b`, 0, false).status).toBe('match');
    expect(matcher.exec('a'.repeat(1000), 0, false).status).toBe('exceeded');
  });

  test.each(['^(?:a|b)*c$', '(?:a*)*b', '^(?:(a)|(b))*?c'])(
    'and a stack of its own bear 10 MB of a against %s',
    (pattern) => {
      const status = new ExactMatcher(parse(pattern)).exec('a'.repeat(10_000_000), 0, false).status;
      expect(['none', 'exceeded']).toContain(status);
    },
  );
});

describe('the memory of failed states', () => {
  const steps = (pattern: string, text: string, options: ExactOptions = {}): number => {
    const matcher = new ExactMatcher(parse(pattern), { maxSteps: 20_000_000, ...options });
    expect(matcher.exec(text, 0, false).status).toBe('none');
    return matcher.lastSteps;
  };

  test.each([
    ['nested loops', '^(?:a+)+$', 'a', 'b'],
    ['overlapping branches', '^(?:a|aa)+$', 'a', 'b'],
    ['a loop over a nullable body', '^(?:a*b?)*$', 'a', 'c'],
    ['rounds within a look-ahead', '(?=(?:a|aa)+b)', 'a', 'c'],
    ['rounds within an atomic group', '(?>(?:a|aa)+b)', 'a', 'c'],
    ['captures', '^((a+)+)+$', 'a', 'b'],
    ['a set group that a conditional asks for', '^(a)?(?:a|aa)+(?(1)b|c)', 'a', 'd'],
    ['text that a reference compares with', '^(")?(?:a|aa)+\\1$', 'a', 'd'],
    ['a counter', '^(?:a|aa|b){3,700}$', 'a', 'c'],
  ])('keeps %s polynomial', (_, pattern, piece, end) => {
    const short = steps(pattern, piece.repeat(60) + end, { learnAfter: 0 });
    const long = steps(pattern, piece.repeat(120) + end, { learnAfter: 0 });
    expect(long).toBeLessThan(9 * short);
  });

  test('is what does it', () => {
    const matcher = new ExactMatcher(parse('^(?:a|aa)+$'), { learnAfter: Number.POSITIVE_INFINITY });
    expect(matcher.exec(`${'a'.repeat(60)}b`, 0, false).status).toBe('exceeded');
  });

  test.each<[string, string, string]>([
    ['another capture may fare better', '^(?:(a)|(aa))\\1?(?:a|b)*\\2c$', 'aaaaabaac'],
    ['a set group may fare better', '^(?:(a)|a)(?:a|aa)*(?(1)x|c)$', 'aaaac'],
    ['a later round may fare better', '^(?:a?|b?)*?c', 'abac'],
    ['a success within a look-ahead is no failure', '(?:(?=a*b)a)+b', 'aaab'],
    ['a success within an atomic group is no failure', '(?:(?>a*b?)a?)*?ba', 'aabaaba'],
    ['another count may fare better', '^(?:a|aa){3,700}$', 'aaa'],
  ])('does not forget that %s', (_, pattern, text) => expect(groups(pattern, text)).toBeDefined());
});
