import { describe, expect, test } from '@jest/globals';
import { PatternError } from '../../src/core/errors.js';
import { ExactMatcher } from '../../src/core/pattern/exact.js';
import {
  firstUnits,
  literalChoices,
  requiredLiterals,
  startsAtStart,
} from '../../src/core/pattern/literals.js';
import { parse } from '../../src/core/pattern/parse.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { randomPattern, randomText, seeded } from '../differential/exact-random.js';

const literals = (pattern: string): readonly string[] | undefined => requiredLiterals(parse(pattern).root);

/** The first ASCII characters as a text, with `…` when others are possible; undefined when anything is. */
function first(pattern: string): string | undefined {
  const units = firstUnits(parse(pattern).root);
  if (!units) return undefined;
  const ascii = [...Array(128).keys()].filter((unit) => units.has(unit));
  return String.fromCharCode(...ascii) + (units.has(0x20ac) ? '…' : '');
}

describe('required literals', () => {
  test.each<[string, string, string[]]>([
    ['plain text', 'Failed password', ['Failed password']],
    [
      'the piece that tells most',
      String.raw`^\S+ login \d+ authentication failure`,
      [' authentication failure'],
    ],
    ['a short alternation multiplied out', 'user (?:foo|bar) gone', ['user bar gone', 'user foo gone']],
    ['an optional part left open', 'for (?:the )?user', ['for the user', 'for user']],
    ['one of a small class', '[Ii]nvalid', ['Invalid', 'invalid']],
    ['across groups', 'aut(?P<x>hent)(ication)', ['authentication']],
    ['mandatory rounds', '(?:ab){3,}', ['ababab']],
    [
      'the strings of each branch',
      String.raw`^(?:\d+ refused|denied by \w+|bad \S+ key)$`,
      [' refused', 'bad ', 'denied by '],
    ],
    ['the shorter of two when one contains the other', 'error(?: in log)?$', ['error']],
    ['text in an atomic group', '(?>abc)d', ['abcd']],
    ['both branches of a conditional', '(x)?abc(?(1)def|ghi)', ['abcdef', 'abcghi']],
    ['the ends of neighbours', String.raw`foo(?:\d+x|bar)baz`, ['barbaz', 'xbaz']],
  ])('are %s', (_, pattern, wanted) => expect(literals(pattern)).toEqual(wanted));

  test.each([
    ['nothing is sure', '.*'],
    ['one branch says nothing', 'abc|.*'],
    ['everything is optional', '(?:abc)?'],
    ['one character tells too little', String.raw`\d+a\d+`],
    ['only a look-ahead asks for it', String.raw`(?=abc)\w\d`],
    ['only a look-behind asks for it', String.raw`(?<=abc)\d`],
    ['a negated class says what is not there', '[^abc]'],
  ])('do not exist where %s', (_, pattern) => expect(literals(pattern)).toBeUndefined());

  test.each([
    ['brackets', String.raw`failed \[\] for`, ['failed [']],
    ['brackets, on the longer side', String.raw`authentication \[\]`, ['authentication [']],
    ['parentheses', String.raw`date \(\) unknown`, [') unknown']],
  ])('are cut between empty %s', (_, pattern, wanted) => expect(literals(pattern)).toEqual(wanted));

  test('hold all case variants under (?i), and the non-ASCII partners', () => {
    expect(literals('(?i)at')).toEqual(['AT', 'At', 'aT', 'at']);
    expect(literals('(?i)<ab>')).toEqual(['<AB>', '<Ab>', '<aB>', '<ab>']);
    expect(literals('(?ai)<k>:')).toEqual(['<K>:', '<k>:']);
    expect(literals('(?i)<k>:')).toEqual(['<K>:', '<k>:', '<\u212a>:']);
  });

  test('stay few for long text under (?i)', () => {
    const found = literals('(?i)^authentication failure from') ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(64);
  });

  test('do not take long for a large alternation', () => {
    const words = Array.from({ length: 300 }, (_, i) => `word${i}`).join('|');
    expect(literals(`^(?:${words})$`)).toBeUndefined();
    expect(literals(`^(?:${words}) refused$`)).toEqual([' refused']);
  });
});

describe('first units', () => {
  test.each<[string, string]>([
    ['abc', 'a'],
    ['^(?:a|b)c', 'ab'],
    ['a?b', 'ab'],
    ['(?:a*)(?:b|c)', 'abc'],
    [String.raw`\[\d`, '['],
    ['(?i)k', 'Kk…'],
    ['(?ai)k', 'Kk'],
    [String.raw`\d`, '0123456789…'],
    [String.raw`(?a:\d)`, '0123456789'],
    ['é', '…'],
    ['(?=x)a', 'a'],
    ['(?!a)a', 'a'],
    [String.raw`\ba`, 'a'],
    ['(x)?(?(1)y|z)', 'xyz'],
    ['a{0}b', 'b'],
  ])('of %s are %s', (pattern, wanted) => expect(first(pattern)).toBe(wanted));

  test.each(['', 'a*', '(?s:.)', 'a|', String.raw`(?=(a))\1b`, '^$', String.raw`\w|\W`])(
    'of %j are not known',
    (pattern) => expect(first(pattern)).toBeUndefined(),
  );

  test('of a dot are all but the line feed', () => expect(first('.')).not.toContain('\n'));
});

describe('a pattern bound to the start', () => {
  test.each(['^a', String.raw`\Aa`, '(?:^a|^b)', '(^)a', '(?:^a)+', '(?=^a)a', '(?!b)^a'])(
    'is %s',
    (pattern) => expect(startsAtStart(parse(pattern).root)).toBe(true),
  );

  test.each(['a', '^a|b', '(?:^a)?b', '(?m)^a', '(?:^)?a', 'x*^a', '(?<=^)a', '(?!^)a'])(
    'is not %s',
    (pattern) => expect(startsAtStart(parse(pattern).root)).toBe(false),
  );
});

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

describe('sets to choose from', () => {
  test.each([
    [
      '\\w+ failure; logname=\\S* uid=\\S* tty=dovecot ruser=',
      [[' tty=dovecot ruser='], [' failure; logname='], [' uid=']],
    ],
    ['(?:from|by) \\d+ (?P<a>port (?P<b>\\d+)) on', [[' port '], ['by ', 'from '], [' on']]],
    ['failed', [['failed']]],
    ['\\d+', []],
  ])('%s', (pattern, sets) => {
    expect(literalChoices(parse(pattern).root)).toEqual(sets);
  });
});

describe('what is read from a tree', () => {
  test('holds for every match of random patterns', () => {
    const random = seeded(14);
    const wrong: unknown[] = [];
    const proved = { literals: 0, choices: 0, first: 0, start: 0 };
    for (let round = 0; round < 1200; round++) {
      const part = () =>
        randomPattern(random, { references: true, possessive: true, unicode: true, counted: false });
      // With something in the middle, so that there are sets to choose from.
      const source = round % 2 > 0 ? part() : `ab${part().replace(/\(\?[ims]+\)/g, '')}.*?(?:ba|bb)`;
      const parsed = parse(source);
      const required = requiredLiterals(parsed.root);
      const choices = literalChoices(parsed.root);
      if (!same(choices[0], required)) wrong.push({ source, choices, required });
      const units = firstUnits(parsed.root);
      const bound = startsAtStart(parsed.root);
      const matcher = new ExactMatcher(parsed);
      for (let k = 0; k < 6; k++) {
        const text = round % 2 > 0 ? randomText(random, 20, true) : `ab${randomText(random, 9, true)}ba`;
        // The matcher uses the first units itself when it searches: ask at each place instead.
        for (let from = 0; from <= text.length; from++) {
          const result = matcher.exec(text, from, true);
          if (result.status !== 'match') continue;
          const found = result.match.groups[0] as string;
          if (required && ++proved.literals && !required.some((each) => found.includes(each)))
            wrong.push({ source, found, required });
          for (const set of choices.slice(1))
            if (++proved.choices && !set.some((each) => found.includes(each)))
              wrong.push({ source, found, set });
          if (units && ++proved.first && !(found !== '' && units.has(found.charCodeAt(0))))
            wrong.push({ source, found, units: [...units] });
          if (bound && ++proved.start && from > 0) wrong.push({ source, found, from });
        }
      }
    }
    expect(wrong).toEqual([]);
    for (const count of Object.values(proved)) expect(count).toBeGreaterThan(20);
  });
});

describe('a pattern that matches any line', () => {
  test.each(['.+', '^.+$', '^\\s*(?:\\S+ )?(?P<content>.+)$', '^(a|b|)x*.+', '(?:(?:a)?b*?)*^.*'])(
    '%s',
    (source) => {
      const { matchesAnyLine } = Pattern.compile(source);
      expect(matchesAnyLine).toBe(true);
    },
  );

  test.each([
    '^\\S+ .+$',
    '^(?>a?).+',
    '^a?+.+',
    '^.+\\Z',
    '^.++$',
    '^.{2,}$',
    '^\\b.+',
    '^(?=a).+',
    '^(a)?(?(1)b|c).+',
    '^(?:a|b).+',
    '(?P<x>)(?P=x)y',
  ])('is not %s', (source) => {
    expect(Pattern.compile(source).matchesAnyLine).toBe(false);
  });

  test('matches random lines, where random patterns say so', () => {
    const random = seeded(7);
    const kinds = { references: true, unicode: false, counted: true, possessive: true };
    let found = 0;
    for (let i = 0; i < 3000; i++) {
      let pattern: Pattern;
      try {
        pattern = Pattern.compile(`^(?:${randomPattern(random, kinds)})?${i % 2 ? '(.+)' : '.*'}$`);
      } catch (error) {
        if (error instanceof PatternError) continue;
        throw error;
      }
      if (!pattern.matchesAnyLine) continue;
      found++;
      const text = randomText(random, 20, false).replaceAll(/[\n\r]/g, ' ') || ' ';
      const matches = pattern.test(text, !/[^\x00-\x7f]/.test(text));
      expect([pattern.source, text, matches]).toEqual([pattern.source, text, true]);
    }
    expect(found).toBeGreaterThan(1000);
  });
});
