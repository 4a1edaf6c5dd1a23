import { describe, expect, test } from '@jest/globals';
import { PatternError } from '../../src/core/errors.js';
import { parseCondition } from '../../src/core/fields/condition.js';
import type { JsonObject } from '../../src/core/fields/path.js';

const LINE: JsonObject = {
  status: 401,
  code: '403',
  user: '',
  none: null,
  msg: 'Login failed, and for good',
  ok: false,
  request: { uri: '/login?x=1', headers: { Authorization: ['REDACTED'] } },
  huge: Number.POSITIVE_INFINITY,
};

describe('a condition', () => {
  test.each([
    'status = 401',
    'status == 401',
    'status=401',
    'status = 400, 401 ,402',
    'status = "401"',
    'code = 403',
    'code > 400',
    'status >= 401 and status <= 401',
    'ok = false',
    'user = ""',
    'user',
    'ok',
    'msg = "Login failed, and for good"',
    'msg ~ ^Login failed',
    'msg ~ (?i)^LOGIN .* and for',
    'status = 401 and request.uri ~ ^/login',
    'request.headers.Authorization',
    'request.headers.Authorization.0 = REDACTED',
    '!none and !nothing',
    'nothing != x',
    'nothing !~ x',
    'status != 200, 204',
    'request.uri !~ ^/logout',
    'huge',
  ])('%s holds', (text) => {
    expect(parseCondition(text).holds(LINE)).toBe(true);
  });

  test.each([
    'status = 40',
    'status = 4011',
    'status != 401',
    'status < 401',
    'msg = Login',
    'none',
    'nothing',
    '!user',
    '!status',
    'nothing = ""',
    'none = null',
    'request = x',
    'request.headers.Authorization = REDACTED',
    'msg ~ ^failed',
    'nothing ~ .*',
    'status = 401 and nothing',
    'msg > 1',
    'nothing < 1',
    'huge > 1',
    'status.toString',
    'constructor',
  ])('%s does not hold', (text) => {
    expect(parseCondition(text).holds(LINE)).toBe(false);
  });

  test('names the fields it looks at', () => {
    expect(parseCondition('a = 1 and !b.c and "d.e" ~ x').paths).toEqual([['a'], ['b', 'c'], ['d.e']]);
  });

  test.each<[string, RegExp, number | undefined]>([
    ['', /name of a field/, 0],
    ['= 401', /name of a field/, 0],
    ['status =', /value is missing/, 8],
    ['status = 401,', /value is missing/, 13],
    ['status ~', /regular expression is missing/, 8],
    ['status < many', /number is expected/, 9],
    ['status 401', /comparison or "and"/, 7],
    ['!status = 401', /alone/, undefined],
    ['status = "x', /value is missing/, 9],
    ['a and', /comparison or "and"/, 2],
    ['msg ~ (', /unterminated subpattern/, 0],
    ['^bad login$', /name of a field|comparison/, undefined],
  ])('%j is refused', (text, message, index) => {
    const refused = (): unknown => parseCondition(text);
    expect(refused).toThrow(PatternError);
    expect(refused).toThrow(message);
    if (index === undefined) return;
    try {
      refused();
    } catch (error) {
      expect((error as PatternError).index).toBe(index);
    }
  });
});
