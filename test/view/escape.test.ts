import { describe, expect, test } from '@jest/globals';
import { escapeControls } from '../../src/view/escape.js';

describe('text of logs on a terminal', () => {
  test.each([
    ['a colour', '\x1b[31mred', '\\x1b[31mred'],
    ['a window title', '\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['an eight-bit control sequence', '\x9b2J', '\\x9b2J'],
    ['a carriage return that hides what was before', 'shown\rhidden', 'shown\\rhidden'],
    ['a newline', 'a\nb', 'a\\nb'],
    ['backspaces', 'ab\b\bcd', 'ab\\x08\\x08cd'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['a change of direction', 'abc\u202egpj.exe', 'abc\\u202egpj.exe'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ])('%s is spelled out', (_, text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });

  test.each([['plain'], ['jürgen €😀'], ['quotes \' and " and \\'], ['']])('%j stays as it is', (text) => {
    expect(escapeControls(text)).toBe(text);
  });

  test('a tab is a blank', () => {
    expect(escapeControls('a\tb')).toBe('a b');
  });

  test('leaves no control character, whatever it is given', () => {
    const all = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
    expect(escapeControls(all)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });
});
