import { describe, expect, test } from '@jest/globals';
import { PatternError } from '../../src/core/errors.js';
import { parse } from '../../src/core/pattern/parse.js';
import { show } from './show.js';

function refusal(source: string): PatternError {
  try {
    parse(source);
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
  throw new Error(`${source} was not refused`);
}

describe('parse', () => {
  test.each([
    ['abc', 'abc'],
    ['a|b|', 'a|b|'],
    ['(?:ab)+c', '(?:ab){1,}c'],
    ['(a)(?P<n>b)(?P=n)\\1', '(1:a)(2:b)\\2\\1'],
    ['[]a-c\\d-]', '[]a-c\\d-]'],
    ['[^]]', '[^]]'],
    ['\\w\\W', '[\\w][\\W]'],
    ['a{,3}b{2}c{2,}?d{,}e*+', '(?:a){0,3}(?:b){2,2}(?:c){2,}?(?:d){0,}(?:e){0,}+'],
    ['a{}b{x}c{1', 'a{}b{x}c{1'],
    ['\\x41\\u0042\\103\\0\\07', 'ABC\0\x07'],
    ['^a$\\A\\Z\\b\\B', '\\Aa$\\A\\Z\\b\\B'],
    ['(?#comment)a(?#more)*', '(?:a){0,}'],
    ['(?x) a b # c\n c', 'abc'],
    ['(?x)a|b c', 'a|bc'],
    ['(?=a)(?!b)(?<=c)(?<!d)(?!)', '(?=a)(?!b)(?<=c)(?<!d)<fail>'],
    ['(?>a)(b)(?(1)c|d)(?(1)e)', '(?>a)(1:b)(?(1)c|d)(?(1)e|)'],
    ['\\-\\_\\"\\é', '-_"é'],
  ])('reads %j', (source, tree) => {
    expect(show(parse(source).root)).toBe(tree);
  });

  test.each([
    ['(?i)a', 'a/i'],
    ['a(?i:b(?-i:c))d', 'ab/icd'],
    ['(?a)\\w\\b(?i:k)', '[\\w/a]\\b/ak/ia'],
    ['(?a:\\w)\\w(?u:\\w)', '[\\w/a][\\w][\\w]'],
    ['(?m)^a$', '<line start>a<line end>'],
    ['(?m:^)^', '<line start>\\A'],
    ['(?s).(?-s:.)', '<any>.'],
  ])('folds the flags of %j into the nodes', (source, tree) => {
    expect(show(parse(source).root)).toBe(tree);
  });

  test('takes multiline and ignoreCase for the whole pattern', () => {
    expect(show(parse('^a$', { multiline: true, ignoreCase: true }).root)).toBe('<line start>a/i<line end>');
  });

  test('knows its groups by number and name', () => {
    const parsed = parse('(a)(?P<x>b)(?:c)(?P<é>d)');
    expect(parsed.groupCount).toBe(3);
    expect(parsed.groupNames).toEqual([undefined, undefined, 'x', 'é']);
    expect([...parsed.groupIndex]).toEqual([
      ['x', 2],
      ['é', 3],
    ]);
  });

  test('measures a look-behind in code points', () => {
    expect(parse('(?<=a😀[bc])').root).toMatchObject({ type: 'look', width: 3 });
  });

  test.each([
    ['abc(', 'missing ), unterminated subpattern at position 3', 3],
    ['a)', 'unbalanced parenthesis at position 1', 1],
    ['*a', 'nothing to repeat at position 0', 0],
    ['^*', 'nothing to repeat at position 1', 1],
    ['a**', 'multiple repeat at position 2', 2],
    ['a\\h', 'bad escape \\h at position 1', 1],
    ['[\\h]', 'bad escape \\h at position 1', 1],
    ['a\\', 'bad escape (end of pattern) at position 1', 1],
    ['(?P<a>x)(?P<a>y)', "redefinition of group name 'a' as group 2; was group 1 at position 12", 12],
    ['(?P<a-b>x)', "bad character in group name 'a-b' at position 4", 4],
    ['(?P=a)', "unknown group name 'a' at position 4", 4],
    ['(?<=a*)', 'look-behind requires fixed-width pattern', undefined],
    ['a(?i)b', 'global flags not at the start of the expression at position 1', 1],
    ['(?<a>b)', 'unknown extension ?<a at position 1', 1],
    ['(?Pa)', 'unknown extension ?Pa at position 1', 1],
    ['(?z)', 'unknown extension ?z at position 1', 1],
    ['[z-a]', 'bad character range z-a at position 1', 1],
    ['[a-\\d]', 'bad character range a-\\d at position 1', 1],
    ['a[b', 'unterminated character set at position 1', 1],
    ['a{3,2}', 'min repeat greater than max repeat at position 2', 2],
    ['a{4294967295}', 'the repetition number is too large', undefined],
    ['(a)\\2', 'invalid group reference 2 at position 4', 4],
    ['(a\\1)', 'cannot refer to an open group at position 2', 2],
    ['(?(1)a)', 'invalid group reference 1 at position 3', 3],
    ['(?(0)a)', 'bad group number at position 3', 3],
    ['(a)(?(1)b|c|d)', 'conditional backref with more than two branches at position 11', 11],
    ['(?iz)', 'unknown flag at position 3', 3],
    ['(?i-i:a)', 'bad inline flags: flag turned on and off at position 5', 5],
    ['(?au)a', "bad inline flags: flags 'a', 'u' and 'L' are incompatible at position 4", 4],
    ['\\x1', 'incomplete escape \\x1 at position 0', 0],
    ['\\400', 'octal escape value \\400 outside of range 0-0o377 at position 0', 0],
    ['é(😀\n(', 'missing ), unterminated subpattern at position 4 (line 2, column 1)', 4],
  ])('refuses %j as Python does: %s', (source, message, index) => {
    expect(refusal(source)).toMatchObject({ kind: 'invalid', message, index, pattern: source });
  });

  test.each([
    ['a\\N{BULLET}', 1],
    ['('.repeat(600), 0],
  ])('refuses what it does not support: %j', (source, index) => {
    expect(refusal(source)).toMatchObject({ kind: 'unsupported', index });
  });
});
