import { describe, expect, test } from '@jest/globals';
import { parseTime, tryParseTime } from '../../src/core/config/times.js';

describe('a time', () => {
  test.each([
    ['5', '5'],
    ['-1', '-1'],
    ['10m', '600'],
    ['1mo', '2629800.0'],
    ['1d12h', '129600'],
    ['1h 2m 3s', '3723'],
    ['1month', '2629800.0'],
    ['1year', '31557600.0'],
    ['1.5h', '5400.0'],
    ['1y-6mo', '15778800.0'],
    ['2*3600', '7200'],
    ['1d 1', '86401'],
    ['30m30', '1830'],
    ['-1d', '-86400'],
    ['(1+2)*3', '9'],
    ['10/4', '2.5'],
    ['1W', '604800'],
    ['2 WEEKS', '1209600'],
    ['99999999999999999999', '99999999999999999999'],
  ])('%j comes to %s', (text, expected) => {
    expect(parseTime(text).text).toBe(expected);
  });

  test.each([
    ['', 'invalid syntax'],
    ['h', "name 'h' is not defined"],
    ['1ms', 'invalid decimal literal'],
    ['abc', "name 'abc' is not defined"],
    ['1+', 'invalid syntax'],
    ['(1', 'invalid syntax'],
    ['1/0', 'division by zero'],
    ['010', 'leading zeros'],
    ['__import__("os")', ''],
    ['2**9999999', ''],
    ['('.repeat(100000), ''],
  ])('%j is none: %s', (text, message) => {
    expect(() => parseTime(text.slice(0, 100_000))).toThrow(expect.objectContaining({ code: 'time-syntax' }));
    expect(() => parseTime(text)).toThrow(message);
    expect(tryParseTime(text)).toBeUndefined();
  });
});
