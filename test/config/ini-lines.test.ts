import { describe, expect, test } from '@jest/globals';
import { readIniLines, splitLines } from '../../src/core/config/ini-lines.js';

/** Each line in short: kind, number, and what was found in it. */
function shown(text: string): string[] {
  return [...readIniLines(splitLines(text))].map((line) => {
    const comment = line.comment === -1 ? '' : ` ;${line.comment}`;
    const found = {
      header: () => ('name' in line ? line.name : ''),
      option: () => ('key' in line ? `${line.section}/${line.key}=${line.value}@${line.valueAt}` : ''),
      continuation: () => ('value' in line ? line.value : ''),
      blank: () => '',
      stray: () => line.text,
      'before-section': () => line.text,
    }[line.kind]();
    return `${line.kind} ${line.line} ${found}${comment}`.trim();
  });
}

describe('a line', () => {
  test.each<[string, string, readonly string[]]>([
    ['of an option', '[s]\nKey = v', ['header 1 s', 'option 2 s/key=v@6']],
    ['with a colon', '[s]\nk: a=b', ['header 1 s', 'option 2 s/k=a=b@3']],
    ['without a value', '[s]\nk =', ['header 1 s', 'option 2 s/k=@3']],
    [
      'that continues a value',
      '[s]\nk = a\n  b = c',
      ['header 1 s', 'option 2 s/k=a@4', 'continuation 3 b = c'],
    ],
    [
      'no deeper than the option',
      '[s]\n  k = a\n  l = b',
      ['header 1 s', 'option 2 s/k=a@6', 'option 3 s/l=b@6'],
    ],
    ['with a comment behind the value', '[s]\nk = a ; b', ['header 1 s', 'option 2 s/k=a@4 ;6']],
    ['with ; or # in the value', '[s]\nk = a;b # c', ['header 1 s', 'option 2 s/k=a;b # c@4']],
    [
      'of a comment, within a value as well',
      '[s]\n# c\nk = a\n ; d\n  b',
      ['header 1 s', 'option 3 s/k=a@4', 'continuation 5 b'],
    ],
    ['that is blank, outside a value', '\n[s]\n\nk = a', ['header 2 s', 'option 4 s/k=a@4']],
    [
      'that is blank, within a value',
      '[s]\nk = a\n\n  b',
      ['header 1 s', 'option 2 s/k=a@4', 'blank 3', 'continuation 4 b'],
    ],
    ['of a header with more behind it', '[s]x\n[t', ['header 1 s', 'stray 2 [t']],
    [
      'without a delimiter, after which the value goes on',
      '[s]\nk = a\nword\n  b',
      ['header 1 s', 'option 2 s/k=a@4', 'stray 3 word', 'continuation 4 b'],
    ],
    [
      'without a name, after which it does not',
      '[s]\nk = a\n= v\n  l = b',
      ['header 1 s', 'option 2 s/k=a@4', 'stray 3 = v', 'option 4 s/l=b@6'],
    ],
    ['before the first header, which is the last one read', 'a = b\n[s]\nk = v', ['before-section 1 a = b']],
    [
      'that ends in any way',
      '[s]\r\nk = a\r  b\n',
      ['header 1 s', 'option 2 s/k=a@4', 'continuation 3 b', 'blank 4'],
    ],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });
});
