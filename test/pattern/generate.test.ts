import { describe, expect, test } from '@jest/globals';
import { type Form, generate } from '../../src/core/pattern/generate.js';
import { parse } from '../../src/core/pattern/parse.js';
import { normalise } from '../../src/core/pattern/passes/normalise.js';

function generated(source: string, form: Form) {
  const parsed = parse(source);
  const normal = normalise(parsed, new Set(parsed.groupNames.keys()));
  if (!normal.portable) throw new Error(normal.reason);
  return generate(normal.root, form, parsed.groupCount);
}

describe('generate, ASCII form', () => {
  test.each([
    ['a.b', 'a[^\\x0a]b', ''],
    ['(?s).', '[^]', ''],
    ['\\d\\D\\w', '\\d\\D\\w', ''],
    ['\\s', '[\\x09-\\x0d\\x1c-\\x20]', ''],
    ['(?a)\\s', '[\\x09-\\x0d\\x20]', ''],
    ['[]a]', '[\\x5da]', ''],
    ['[^"]', '[^\\x22]', ''],
    ['é|a', '[]|a', ''],
    ['[é]?a', '[]?a', ''],
    ['^a$', '^a(?=\\x0a?$)', ''],
    ['\\ba\\Z', '\\ba$', ''],
    ['(?:ab){,3}(a|b)*?', '(?:ab){0,3}(a|b)*?', ''],
    ['(?i)abc [x-z]', 'abc [X-Zx-z]', 'i'],
    ['(?i:ab)c', '[Aa][Bb]c', ''],
    ['(?i)ſ', '[Ss]', 'i'],
    ['(?i)ſ(?-i:x)', '[Ss]x', ''],
    ['(a)\\1', '(a)(?:\\1)', ''],
    ['(?i)(.)\\1', '([^\\x0a])(?:\\1)', 'i'],
    ['a++', '(?=(a+))(?:\\1)', ''],
    ['a{0}b', 'b', ''],
  ])('writes %j as %s', (source, expected, flags) => {
    expect(generated(source, 'ascii')).toMatchObject({ source: expected, flags });
  });
});

describe('generate, Unicode form', () => {
  test.each([
    ['a.b', 'a[^\\x0a]b'],
    ['é😀', '\\u00e9\\u{1f600}'],
    ['(?i)k', '[Kk\\u212a]'],
    ['(?a)\\d\\w\\b', '\\d\\w\\b'],
    ['\\-_"', '-_"'],
    ['(?:a)?', '(?:^|(?<=[^]))(?:a?)'],
  ])('writes %j as %s', (source, expected) => {
    expect(generated(source, 'unicode')).toMatchObject({ source: expected, flags: 'u' });
  });

  test('spells out what Python takes for a word character or a blank', () => {
    const program = generated('^\\w\\s\\d$', 'unicode');
    if (!('source' in program)) throw new Error(program.reason);
    const regexp = new RegExp(program.source, program.flags);
    expect(regexp.test('ü\x1f٢')).toBe(true);
    expect(regexp.test('ü\ufeff٢')).toBe(false);
  });
});

describe('generate', () => {
  test('tells which groups of the RegExp mean which group of the pattern', () => {
    expect(generated('(a)?(b)(?(1)c|d)', 'ascii')).toEqual({
      source: '(a)(b)c|(b)d',
      flags: '',
      physical: [undefined, [1], [2, 3]],
    });
  });

  test.each([
    ['unicode', '(?i)(.)\\1', 'a case-insensitive reference'],
    ['ascii', '(a)(?i:\\1)', 'a case-insensitive reference beside case-sensitive text'],
    ['ascii', 'a{70000}', 'a repeat count beyond what RegExp can hold'],
  ] as const)('leaves to the exact matcher in %s form: %s', (form, source, reason) => {
    expect(generated(source, form)).toEqual({ reason });
  });
});
