import { describe, expect, test } from '@jest/globals';
import { parseObject, twinIn, wantedOf } from '../../src/core/fields/object.js';
import { parsePaths, valueAt } from '../../src/core/fields/path.js';

describe('a line is one object and nothing else', () => {
  test.each(['{}', '{"a":1} ', '{"a":{"b":[1,2,{"c":null}]}}', '{"a":"\\u007b\\ud83d"}', '{"n":1e400}'])(
    'does: %s',
    (text) => {
      expect(parseObject(text)).toBeDefined();
    },
  );

  test.each([
    '',
    '[]',
    '"x"',
    '{',
    '{"a":1',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":1}{"a":2}',
    "{'a':1}",
    '{a:1}',
    '{"a":1,}',
    '{"a":NaN}',
    '{"a":"\x01"}',
    ' {"a":1}',
    'null',
  ])('does not: %j', (text) => {
    expect(parseObject(text)).toBeUndefined();
  });

  test('a line of a megabyte is decoded, one of five is not', () => {
    const long = (length: number): string => JSON.stringify({ a: 'x'.repeat(length), status: 401 });
    expect(parseObject(long(1 << 20))?.status).toBe(401);
    expect(parseObject(long(5 << 20))).toBeUndefined();
  });

  test('no depth is too deep', () => {
    const depth = 200_000;
    const text = `{"a":${'['.repeat(depth)}${']'.repeat(depth)},"b":1}`;
    expect(parseObject(text)?.b).toBe(1);
    expect(twinIn(text, wantedOf(parsePaths('a.0.0, b')))).toBeUndefined();
    const objects = `{"b":1,"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    expect(parseObject(objects)?.b).toBe(1);
    expect(twinIn(objects, wantedOf(parsePaths('a.a, b')))).toBeUndefined();
  });

  test('__proto__ is a field like any other', () => {
    const object = parseObject('{"__proto__":{"status":401},"constructor":{"prototype":{"x":1}}}');
    expect(object && valueAt(object, ['__proto__', 'status'])).toBe(401);
    expect(object && valueAt(object, ['status'])).toBeUndefined();
    expect(({} as Record<string, unknown>).status).toBeUndefined();
  });
});

describe('a name that stands twice on the way to a field in use', () => {
  const wanted = wantedOf(parsePaths('request.ip, status, list.1.x, __proto__'));

  test.each<[string, string]>([
    ['{"status":1,"status":2}', 'status'],
    ['{"status":1,"\\u0073tatus":2}', 'status'],
    ['{"request":{"ip":1},"request":{"ip":2}}', 'request'],
    ['{"request":{"ip":1,"a":{"ip":3},"ip":2}}', 'ip'],
    ['{"a":"}","request":{"b":"{\\"","ip":1,"ip":2}}', 'ip'],
    ['{"list":[{"x":1,"x":2},{"x":1,"x":2}]}', 'x'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a\\\\":1,"status":"\\\\","status":2}', 'status'],
  ])('is found: %s', (text, name) => {
    expect(parseObject(text)).toBeDefined();
    expect(twinIn(text, wanted)).toBe(name);
  });

  test.each([
    '{"status":1}',
    '{"other":1,"other":2,"status":3}',
    '{"a":{"status":1},"status":2,"b":[{"status":3}]}',
    '{"request":{"ip":"\\"ip\\":1,\\"ip\\":2"}}',
    '{"request":{"a":["ip","ip"],"ip":1}}',
    '{"list":[{"x":1,"x":2},{"x":1}]}',
    '{"status":"status","request":"request"}',
  ])('is none: %s', (text) => {
    expect(parseObject(text)).toBeDefined();
    expect(twinIn(text, wanted)).toBeUndefined();
  });
});
