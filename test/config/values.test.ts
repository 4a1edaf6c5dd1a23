import { describe, expect, test } from '@jest/globals';
import { shellSplit } from '../../src/core/config/shell-split.js';
import { parseBool, parseInteger, splitList } from '../../src/core/config/values.js';

describe('yes or no', () => {
  test.each(['1', 'on', 'true', 'yes', 'TRUE', 'Yes', 'oN'])('%j is yes', (text) => {
    expect(parseBool(text)).toBe(true);
  });
  test.each(['0', 'off', 'false', 'no', '', 'maybe', '2', 'y', ' yes', 'yes '])('%j is no', (text) => {
    expect(parseBool(text)).toBe(false);
  });
});

describe('a whole number', () => {
  test.each([
    ['5', 5],
    ['007', 7],
    ['-3', -3],
    ['+3', 3],
    ['1_000', 1000],
    [' 12 ', 12],
    ['٣٠', 30],
    ['99999999999999999999', 99999999999999999999n],
  ])('%j is %s', (text, expected) => {
    expect(parseInteger(text)).toBe(expected);
  });
  test.each(['abc', '1.5', '', '0x10', '1 2', '1__0', '_1', '1_', '--1', '1e3'])('%j is none', (text) => {
    expect(parseInteger(text)).toBeUndefined();
  });
});

describe('a list', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['a,b', ['a', 'b']],
    ['a ,, b\n c', ['a', 'b', 'c']],
    ['a\t, b', ['a', 'b']],
    ['a\tb', ['a\tb']],
    ['a;b', ['a;b']],
    ['', []],
    [' ,\n', []],
  ])('%j has the words %j', (text, expected) => {
    expect(splitList(text)).toEqual(expected);
  });
});

describe('words as a shell takes them', () => {
  test.each([
    ['_COMM=x + _Y="a b"', ['_COMM=x', '+', '_Y=a b']],
    ["'a b'\\ c", ['a b c']],
    ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
    ["''", ['']],
    ['a # b', ['a', '#', 'b']],
    ['', []],
  ])('%j is %j', (text, expected) => {
    expect(shellSplit(text)).toEqual(expected);
  });
  test.each([
    ['"a', 'No closing quotation'],
    ["a'", 'No closing quotation'],
    ['a\\', 'No escaped character'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => shellSplit(text)).toThrow(message);
  });
});
