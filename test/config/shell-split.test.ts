import { describe, expect, test } from '@jest/globals';
import { shellSplit } from '../../src/core/config/shell-split.js';

describe('a line of words', () => {
  test.each<[string, readonly string[]]>([
    ['_COMM=x + _Y="a b"', ['_COMM=x', '+', '_Y=a b']],
    ["a'b c'd", ['ab cd']],
    ['  a\t b\r\n', ['a', 'b']],
    ['', []],
    ['  ', []],
    [`'' ""`, ['', '']],
    ['a""', ['a']],
    [String.raw`a\ b`, ['a b']],
    [String.raw`\"a\'`, [`"a'`]],
    [String.raw`"a\"b\\c\d"`, [String.raw`a"b\c\d`]],
    [String.raw`'a\b'`, [String.raw`a\b`]],
    [`"it's" '"'`, ["it's", '"']],
    ['a # b', ['a', '#', 'b']],
    ['$HOME `ls` *', ['$HOME', '`ls`', '*']],
  ])('%j is taken apart into %j', (line, words) => {
    expect(shellSplit(line)).toEqual(words);
  });

  test.each([
    ['a "b', 'No closing quotation'],
    ["'", 'No closing quotation'],
    [String.raw`"a\"`, 'No closing quotation'],
    ['a\\', 'No escaped character'],
    ['"a\\', 'No escaped character'],
  ])('%j is refused: %s', (line, message) => {
    expect(() => shellSplit(line)).toThrow(expect.objectContaining({ code: 'shell-words', message }));
  });
});
