import { describe, expect, test } from '@jest/globals';
import {
  caseVariants,
  categoryBody,
  categoryRanges,
  complement,
  inRanges,
  isDigit,
  isSpace,
  isWord,
  toLower,
  WORD,
} from '../../src/core/pattern/unicode.js';

/** Every character, surrogates aside. */
const ALL = Array.from({ length: 0x110000 }, (_, point) =>
  point >= 0xd800 && point <= 0xdfff ? '' : String.fromCodePoint(point),
).join('');

const code = (char: string): number => char.codePointAt(0) as number;

describe('categories', () => {
  test.each([
    ['a letter', 'a'],
    ['an underscore', '_'],
    ['a digit', '7'],
    ['ü', 'ü'],
    ['a superscript, which is numeric', '²'],
    ['a vulgar fraction', '½'],
    ['a Roman numeral', 'Ⅷ'],
    ['a Chinese numeral', '三'],
    ['a letter beyond the BMP', '𐐀'],
  ])('\\w holds %s', (_, char) => expect(isWord(code(char))).toBe(true));

  test.each([
    ['a combining accent', '\u0301'],
    ['a joiner', '\u200d'],
    ['a connector that is no underscore', '‿'],
    ['an emoji', '😀'],
    ['a lone surrogate', '\ud800'],
    ['a letter that came with Unicode 15', '\u{11f02}'],
  ])('\\w does not hold %s', (_, char) => expect(isWord(code(char))).toBe(false));

  test.each([
    ['an Arabic digit', '٢'],
    ['a mathematical digit', '𝟗'],
  ])('\\d holds %s', (_, char) => expect(isDigit(code(char))).toBe(true));

  test.each([
    ['a superscript', '²'],
    ['a digit that came with Unicode 15', '\u{11f50}'],
  ])('\\d does not hold %s', (_, char) => expect(isDigit(code(char))).toBe(false));

  test.each([
    ['a file separator', '\x1c'],
    ['a unit separator', '\x1f'],
    ['a next line', '\x85'],
    ['a no-break space', '\xa0'],
    ['a line separator', '\u2028'],
  ])('\\s holds %s', (_, char) => expect(isSpace(code(char))).toBe(true));

  test.each([
    ['a byte order mark, though JavaScript has it', '\ufeff'],
    ['a zero width space', '\u200b'],
    ['a Mongolian vowel separator', '\u180e'],
  ])('\\s does not hold %s', (_, char) => expect(isSpace(code(char))).toBe(false));

  test('under (?a) only ASCII members are left, and \\s loses the separators', () => {
    expect([isWord(code('ü'), true), isDigit(code('٢'), true), isSpace(0x1f, true)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([isWord(code('z'), true), isDigit(code('0'), true), isSpace(0x0b, true)]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('class bodies', () => {
  const categories = [
    ['word', isWord],
    ['digit', isDigit],
    ['space', isSpace],
  ] as const;

  test.each(categories)('the body of %s takes what its predicate takes, of all characters', (name, is) => {
    for (const ascii of [false, true])
      for (const negated of [false, true]) {
        const taken = ALL.replace(new RegExp(`[^${categoryBody(name, ascii, negated)}]+`, 'gu'), '');
        const ranges = categoryRanges(name, ascii, negated);
        let wanted = '';
        let within = true;
        for (const char of ALL) {
          const member = is(code(char), ascii) !== negated;
          if (member) wanted += char;
          within &&= inRanges(ranges, code(char)) === member;
        }
        expect([taken === wanted, within]).toEqual([true, true]);
      }
  });

  test('bodies stand beside other members of a class', () => {
    expect(/^[-x]$/u.test('-')).toBe(true);
    expect(new RegExp(`^[${WORD}.@-]+$`, 'u').test('jürgen@example-٢.org')).toBe(true);
    expect(new RegExp(`^[${categoryBody('word', false, true)}a]+$`, 'u').test('a!\ud800a')).toBe(true);
  });

  test('a complement leaves no gap and no overlap', () => {
    expect(complement([0, 9, 11, 0x10ffff])).toEqual([10, 10]);
    expect(complement([])).toEqual([0, 0x10ffff]);
    expect(complement([0, 0x10ffff])).toEqual([]);
  });
});

describe('case', () => {
  test.each([
    ['a', 'Aa'],
    ['K', 'Kk\u212a'],
    ['s', 'Ssſ'],
    ['i', 'Iiİı'],
    ['é', 'Éé'],
    ['µ', 'µΜμ'],
    ['ß', 'ßẞ'],
    ['Σ', 'Σςσ'],
    ['ﬅ', 'ﬅﬆ'],
    ['𐐀', '𐐀𐐨'],
  ])('%s is equal to %s', (char, all) =>
    expect(caseVariants(code(char), 'unicode')).toEqual([...all].map(code)),
  );

  test.each(['1', ' ', '中', 'ŉ', 'ǰ'])('%s is equal to itself only', (char) =>
    expect(caseVariants(code(char), 'unicode')).toEqual([code(char)]),
  );

  test('under (?a) only ASCII letters have partners', () => {
    expect(caseVariants(code('k'), 'ascii')).toEqual([...'Kk'].map(code));
    expect(caseVariants(code('é'), 'ascii')).toEqual([code('é')]);
    expect(caseVariants(code('@'), 'ascii')).toEqual([code('@')]);
  });

  test('lower case knows none of the extra pairs', () => {
    expect(toLower(code('\u212a'), 'unicode')).toBe(code('k'));
    expect(toLower(code('ſ'), 'unicode')).toBe(code('ſ'));
    expect(toLower(code('İ'), 'unicode')).toBe(code('i'));
    expect(toLower(code('É'), 'ascii')).toBe(code('É'));
  });
});
