import { describe, expect, test } from '@jest/globals';
import { parseBrackets, splitActions } from '../../src/core/config/brackets.js';
import { traced } from '../../src/core/config/traced.js';

const optionsOf = (text: string) =>
  Object.fromEntries([...parseBrackets(traced(text)).options].map(([key, value]) => [key, value.text]));

describe('a definition with brackets', () => {
  test.each([
    ['abc', 'abc', {}],
    ['abc[]', 'abc', {}],
    ['abc [a=1]', 'abc ', { a: '1' }],
    ['abc[a=1, b="x,y]z", c=\'q"w\']', 'abc', { a: '1', b: 'x,y]z', c: 'q"w' }],
    ['abc[a=1][b=2]', 'abc', { a: '1', b: '2' }],
    ['abc[a=1] [b=2] ', 'abc', { a: '1', b: '2' }],
    ['abc[a="b[c]"]', 'abc', { a: 'b[c]' }],
    ['abc[a=b=c]', 'abc', { a: 'b=c' }],
    ['abc[a=]', 'abc', { a: '' }],
    ['abc[a=1,]', 'abc', { a: '1' }],
    ['abc[a= "1"]', 'abc', { a: '"1"' }],
    ['abc[a=" 1 "]', 'abc', { a: '1' }],
    ['abc[a="1",\n b="2\n3"]', 'abc', { a: '1', b: '2\n3' }],
    ['abc[blocktype?family=inet6=x]', 'abc', { 'blocktype?family=inet6': 'x' }],
    ['abc[a=1, a=2]', 'abc', { a: '2' }],
  ])('%j is %j with %j', (text, name, options) => {
    expect(parseBrackets(traced(text)).name).toBe(name);
    expect(optionsOf(text)).toEqual(options);
  });

  test.each([
    ['abc[a = 1]', 'expected option, wrong syntax at 0: a = 1'],
    ['abc[a=b[c]]', "unexpected syntax at 5 after option 'a': ]"],
    ['abc[a="1" ]', "unexpected syntax at 5 after option 'a':  "],
    ['abc[a="1"]x', 'unexpected option syntax'],
    ['abc[a=1', 'unexpected option syntax'],
    ['', 'unexpected option syntax'],
    ['[a=1]', 'unexpected option syntax'],
    ['abc[a=1,,b=2]', 'expected option, wrong syntax at 4: ,b=2'],
    [
      'abc[é 0123456789012345678901234567890]',
      'expected option, wrong syntax at 0: é 01234567890123456789012',
    ],
    ['abc[😀="", b c]', 'expected option, wrong syntax at 0: 😀="", b c'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseBrackets(traced(text))).toThrow(
      expect.objectContaining({ code: 'bracket-syntax', message }),
    );
  });

  test('has options that know their own lines', () => {
    const written = {
      text: 'abc[a="1",\n b="2"]',
      origins: [
        { file: 'F', line: 7 },
        { file: 'F', line: 8 },
      ],
    };
    const { options } = parseBrackets(written);
    expect(options.get('a')?.origins).toEqual([{ file: 'F', line: 7 }]);
    expect(options.get('b')?.origins).toEqual([{ file: 'F', line: 8 }]);
  });
});

describe('a list of actions', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['\n  a\n\n  b\n', ['a', 'b']],
    ['a[x=1,\n   y=2]\n  b', ['a[x=1,\n   y=2]', 'b']],
    ['a[x="1 2"] [y="3 4"] b', ['a[x="1 2"] [y="3 4"]', 'b']],
    ["a[x='] ']", ["a[x='] ']"]],
    ['a[x=1 2] b', ['a[x=1 2]', 'b']],
    ['a[] [x="1 2"]', ['a[]', '[x="1', '2"]']],
    ['a[x="1 2",][y="3 4"]', ['a[x="1', '2",][y="3 4"]']],
    ['a[,] b', ['a[,]', 'b']],
    ['[x="1 2"] b', ['[x="1', '2"]', 'b']],
    ['a[x="1 2" y] b', ['a[x="1 2" y]', 'b']],
    ['', []],
  ])('%j is cut into %j', (text, expected) => {
    expect(splitActions(traced(text)).map((action) => action.text)).toEqual(expected);
  });
});
