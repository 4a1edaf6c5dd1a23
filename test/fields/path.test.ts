import { describe, expect, test } from '@jest/globals';
import { PatternError } from '../../src/core/errors.js';
import { firstAt, type JsonObject, parsePaths, textOf, valueAt } from '../../src/core/fields/path.js';

const LINE = JSON.parse(
  '{"a":{"b":[1,{"c":"deep"}]},"source.ip":"192.0.2.7","x y":1,"__proto__":{"ip":"own"},"n":null,"e":""}',
) as JsonObject;

describe('a path leads to what stands there', () => {
  test.each<[string, unknown]>([
    ['a.b.0', 1],
    ['a.b.1.c', 'deep'],
    ['"source.ip"', '192.0.2.7'],
    ['"x y"', 1],
    ['__proto__.ip', 'own'],
    ['n', null],
    ['e', ''],
  ])('%s', (path, value) => {
    expect(valueAt(LINE, parsePaths(path)[0]!)).toEqual(value);
  });

  test.each([
    'source.ip',
    'constructor',
    'toString',
    'a.constructor.name',
    'a.b.length',
    'a.b.01x',
    'a.b.2',
    'e.length',
    'hasOwnProperty',
    'n.x',
  ])('%s leads nowhere', (path) => {
    expect(valueAt(LINE, parsePaths(path)[0]!)).toBeUndefined();
  });

  test('__proto__ leads nowhere where the line has no such field', () => {
    expect(valueAt(JSON.parse('{"a":1}'), ['__proto__', 'toString'])).toBeUndefined();
  });
});

test('of several paths the first counts that has something', () => {
  const paths = parsePaths('nothing, n , e, a.b.0');
  expect(paths).toEqual([['nothing'], ['n'], ['e'], ['a', 'b', '0']]);
  expect(firstAt(LINE, paths)).toBe('');
});

test.each<[string, number]>([
  ['', 0],
  ['a.', 2],
  ['a..b', 2],
  ['a b', 2],
  ['a,', 2],
  ['"a', 0],
  ['a=b', 1],
])('%j is refused with the place of the mistake', (text, index) => {
  expect.assertions(2);
  try {
    parsePaths(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PatternError);
    expect((error as PatternError).index).toBe(index);
  }
});

test.each<[unknown, string | undefined]>([
  ['x', 'x'],
  [401, '401'],
  [true, 'true'],
  [Number.POSITIVE_INFINITY, undefined],
  [null, undefined],
  [[1], undefined],
  [{}, undefined],
])('the text of %j is %j', (value, text) => {
  expect(textOf(value)).toBe(text);
});
