import { describe, expect, test } from '@jest/globals';
import { parseLogTimeZone, parseZone, zoneNames } from '../../src/core/time/zones.js';

describe('parseZone', () => {
  test.each([
    ['Z', 0],
    ['UTC', 0],
    ['GMT', 0],
    ['+01', 60],
    ['-0100', -60],
    ['+01:30', 90],
    ['-1959', -(19 * 60 + 59)],
    ['CET', 60],
    ['CEST', 120],
    ['NST', -210],
    ['NPT', 345],
    ['A', 60],
    ['Y', -720],
    ['CET+01', 120],
    ['CEST-01', 60],
    ['UTC+02', 120],
    ['A-01:00', 0],
  ])('reads %s as %i minutes east of UTC', (text, minutes) => {
    expect(parseZone(text)).toBe(minutes);
  });

  test.each([
    ['a region', 'Europe/Berlin'],
    ['lower case', 'cet'],
    ['two letters', 'AB'],
    ['six letters', 'ABCDEF'],
    ['one digit', '+1'],
    ['twenty hours', '+20'],
    ['half a minute', '+01:3'],
    ['blanks', ' CET'],
    ['nothing', ''],
    ['POSIX', 'EST5'],
  ])('does not take %s for a zone', (_, text) => {
    expect(parseZone(text)).toBeUndefined();
  });

  test('refuses an abbreviation it does not know', () => {
    expect(() => parseZone('IST')).toThrow("Unknown or unsupported time zone: 'IST'");
  });

  test('knows 222 abbreviations', () => {
    expect(zoneNames.size).toBe(222);
  });
});

describe('parseLogTimeZone', () => {
  test.each([undefined, ''])('takes %p for no zone', (text) => {
    expect(parseLogTimeZone(text)).toBeUndefined();
  });

  test('reads a zone', () => {
    expect(parseLogTimeZone('UTC+0130')).toBe(90);
  });

  test.each(['foo', 'Europe/Berlin', 'utc', 'IST'])('refuses %s', (text) => {
    expect(() => parseLogTimeZone(text)).toThrow(`Unknown or unsupported time zone: '${text}'`);
  });
});
