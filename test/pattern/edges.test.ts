import { describe, expect, test } from '@jest/globals';
import { edgesOf } from '../../src/core/pattern/edges.js';
import { parse } from '../../src/core/pattern/parse.js';

describe('edgesOf', () => {
  test.each([
    ['(a+)', 0, 0],
    ['^\\b(a+)(?=b)$', 0, 0],
    ['ab(a+)c', 2, 1],
    ['x?(a+)c', undefined, 1],
    ['(?:b|c)(a+)c*', 1, undefined],
    ['(?:(a)|b(a))', 0, 0],
    ['x(?:(a)y)?', 1, 1],
    ['(?=(a+))b', 0, undefined],
    ['a(?<=(a))', undefined, undefined],
    ['(?:(a))+', undefined, undefined],
    ['x(?:y(a)z){0,1}w', 2, 2],
  ])('knows what surely stands before and behind group 1 of %s', (source, lead, tail) => {
    expect(edgesOf(parse(source).root, 1)).toEqual({ lead, tail });
  });
});
