import { describe, expect, test } from '@jest/globals';
import { addressIn, lineOf, timeTextOf } from '../../src/core/fields/values.js';

describe('an address', () => {
  test.each<[string, string]>([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:41922', '192.0.2.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['fe80::7%eth0', 'fe80::7'],
  ])('is in %s', (text, address) => {
    expect(addressIn(text)?.text).toBe(address);
  });

  test.each<unknown>([
    '',
    'localhost',
    'host.example.org',
    '192.0.2.7, 198.51.100.9',
    '192.0.2.7 198.51.100.9',
    '192.0.2.0/24',
    '::/0',
    '192.0.2.7:x',
    '192.0.2.7:123456',
    '192.0.2.7\n',
    ' 192.0.2.7',
    '[192.0.2.7',
    '192.0.2.7%eth0',
    '1'.repeat(100_000),
    `fe80::7%${'a'.repeat(1000)}`,
    3221225991,
    null,
    ['192.0.2.7'],
    { ip: '192.0.2.7' },
    true,
  ])('is not in %j', (value) => {
    expect(addressIn(value)).toBeUndefined();
  });
});

test.each<[unknown, boolean, string | undefined]>([
  [1795248000, false, '1795248000.000000'],
  [1795248000.25, false, '1795248000.250000'],
  [1795248000123, false, '1795248000.123000'],
  ['1795248000123', false, '1795248000.123000'],
  [1795248000123456, false, '1795248000.123456'],
  ['1795248000123456789', false, '1795248000.123457'],
  [1795248000123, true, '1795248000123'],
  ['2026-11-21T10:00:00.123456789Z', false, '2026-11-21T10:00:00.123456Z'],
  ['2026-11-21T10:00:00.123456789Z', true, '2026-11-21T10:00:00.123456Z'],
  ['2026-11-21T10:00:00,123Z', false, '2026-11-21T10:00:00,123Z'],
  [Number.POSITIVE_INFINITY, false, undefined],
  ['x'.repeat(1000), false, undefined],
  [null, false, undefined],
])('a time %j (own pattern: %j) is looked for in %j', (value, hasPattern, text) => {
  expect(timeTextOf(value, hasPattern)).toBe(text);
});

test.each<[unknown, string | undefined]>([
  ['plain', 'plain'],
  ['ends\n', 'ends'],
  ['ends\r\n', 'ends'],
  ['two\nlines', 'two\\nlines'],
  ['\u001b[31mred\u0000', '\\u001b[31mred\\u0000'],
  ['a\u2028b\u0085c\u007f', 'a\\u2028b\\u0085c\\u007f'],
  ['half \ud83d', 'half \\ud83d'],
  ['whole 😀 ü', 'whole 😀 ü'],
  [7, '7'],
  [[], undefined],
])('%j is the line %j', (value, line) => {
  expect(lineOf(value)).toBe(line);
});
