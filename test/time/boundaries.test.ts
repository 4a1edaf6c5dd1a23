import { describe, expect, test } from '@jest/globals';
import {
  type BoundedRegex,
  bound,
  LINE_BEGIN,
  WORD_BEGIN,
  WORD_END,
} from '../../src/core/time/boundaries.js';

const word = (text: string): BoundedRegex => bound(text, { begin: 'word', end: 'word' });
const line = (text: string): BoundedRegex => bound(text, { begin: 'line', end: 'word' });

describe('boundaries', () => {
  test.each([
    ['x', `${WORD_BEGIN}(x)${WORD_END}`],
    [' x ', `${WORD_BEGIN}(x)${WORD_END}`],
    ['^x', `^(x)${WORD_END}`],
    ['(^x)', `(^x)${WORD_END}`],
    ['(?:^x|y)', `((?:^x|y))${WORD_END}`],
    ['((^x))', `((^x))${WORD_END}`],
    ['^^x$$', '^(^x$)$'],
    ['x$', `${WORD_BEGIN}(x)$`],
    ['(x$)', `${WORD_BEGIN}(x$)`],
    ['x\\b', `${WORD_BEGIN}(x\\b)`],
    ['x\\s', `${WORD_BEGIN}(x\\s)`],
    ['**x', `(x)${WORD_END}`],
    ['x**', `${WORD_BEGIN}(x)`],
    ['((**x**))', '((x))'],
    ['(?i)x', `(?i)${WORD_BEGIN}(x)${WORD_END}`],
    ['^x(?i)y', `(?i)^(xy)${WORD_END}`],
    ['^WARNING:()**', '^WARNING:()'],
  ])('are put round %s', (text, regex) => {
    expect(word(text).regex).toBe(regex);
  });

  test.each([
    ['(?:(^x))', `${WORD_BEGIN}(?:(^x))${WORD_END}`],
    ['\\^x', `${WORD_BEGIN}(\\^x)${WORD_END}`],
    ['(x\\b)', `${WORD_BEGIN}(x\\b)${WORD_END}`],
    ['((x$))', `${WORD_BEGIN}((x$))${WORD_END}`],
    ['x\\\\b', `${WORD_BEGIN}(x\\\\b)${WORD_END}`],
    ['x\\**', `${WORD_BEGIN}(x\\**)${WORD_END}`],
    ['x[**]', `${WORD_BEGIN}(x[**])${WORD_END}`],
  ])('are not left out of %s', (text, regex) => {
    expect(word(text).regex).toBe(regex);
  });

  test('at the line begin allow for two other characters, unless the pattern has its own', () => {
    expect(line('x')).toMatchObject({ regex: `${LINE_BEGIN}(x)${WORD_END}`, atLineBegin: true });
    expect(line('(?i)x').regex).toBe(`(?i)${LINE_BEGIN}(x)${WORD_END}`);
    expect(line('^x')).toMatchObject({ regex: `^(x)${WORD_END}`, atLineBegin: false });
    expect(line('**x')).toMatchObject({ regex: `(x)${WORD_END}`, atLineBegin: false });
  });

  test('are left out altogether when none are wanted', () => {
    expect(bound('x', { begin: 'none', end: 'none' }).regex).toBe('(x)');
  });
});

describe('group 1', () => {
  test.each(['x', '(?:x)', '(?P<n>x)', '\\(x\\)', '(?=x)y'])('is made around %s', (text) => {
    expect(word(text).cutsWhole).toBe(true);
  });

  test.each(['x(y)z', '((?:x))', '()x', '[(]x'])('is left to %s', (text) => {
    expect(word(text).cutsWhole).toBe(false);
  });
});

describe('a pattern counts as anchored', () => {
  test.each(['^x', '(^x|y)', '(?i)(^x)', 'x$', '(x$)', 'x\\s*$'])('with %s', (text) => {
    expect(word(text).anchored).toBe(true);
  });

  test.each(['x', '((^x))', '(?:^x|y)', 'x(?:$)', 'x$**', 'x\\b', '**x**'])('not with %s', (text) => {
    expect(word(text).anchored).toBe(false);
  });

  test('at the line begin', () => {
    expect(line('x').anchored).toBe(true);
  });
});
