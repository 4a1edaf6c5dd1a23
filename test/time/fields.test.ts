import { describe, expect, test } from '@jest/globals';
import { type Reading, readFields } from '../../src/core/time/fields.js';

/** Saturday. All readings here are by a log zone of UTC, so that the machine's zone does not matter. */
const NOW = Date.UTC(2026, 10, 21, 9, 8, 7) / 1000;

function read(groups: Record<string, string | undefined>, nowSec = NOW): Reading {
  return readFields(new Map(Object.entries(groups)), { nowSec, zoneMinutes: 0 });
}

function show(reading: Reading): string | undefined {
  return (
    reading.stamp && new Date(reading.stamp.epochSec * 1000).toISOString().slice(0, 19).replace('T', ' ')
  );
}

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;

describe('fields', () => {
  test.each([
    ['a full date', { Y: '2026', m: '3', d: ' 7', H: '17', M: '05', S: '01' }, '2026-03-07 17:05:01'],
    ['a year of two digits', { y: '05', m: '1', d: '23' }, '2005-01-23 00:00:00'],
    ['the last of two years', { Y: '2025', y: '24', m: '1', d: '1' }, '2024-01-01 00:00:00'],
    ['a two-digit field of four', { y: '1999', m: '1', d: '1' }, '3999-01-01 00:00:00'],
    ['a short month', { Y: '2025', b: 'Mar', d: '7' }, '2025-03-07 00:00:00'],
    ['a long month', { Y: '2025', B: 'september', d: '7' }, '2025-09-07 00:00:00'],
    ['noon', { Y: '2025', m: '1', d: '2', I: '12', p: 'PM' }, '2025-01-02 12:00:00'],
    ['midnight', { Y: '2025', m: '1', d: '2', I: '12', p: 'am' }, '2025-01-02 00:00:00'],
    ['the afternoon', { Y: '2025', m: '1', d: '2', I: '9', p: 'PM' }, '2025-01-02 21:00:00'],
    ['a half-day hour alone', { Y: '2025', m: '1', d: '2', I: '12' }, '2025-01-02 00:00:00'],
    ['a day of the year', { Y: '2024', j: '366' }, '2024-12-31 00:00:00'],
    ['a day over the year', { Y: '2026', j: '366' }, '2027-01-01 00:00:00'],
    ['the day of the year for one of month and day', { Y: '2026', m: '11', j: '100' }, '2026-04-10 00:00:00'],
    [
      'month and day before the day of the year',
      { Y: '2026', m: '11', d: '20', j: '100' },
      '2026-11-20 00:00:00',
    ],
    ['a Monday week', { Y: '2026', W: '10', w: '0' }, '2026-03-15 00:00:00'],
    ['a Sunday week', { Y: '2026', U: '10', A: 'Sunday' }, '2026-03-08 00:00:00'],
    ['a week by short day', { Y: '2026', W: '46', a: 'sat' }, '2026-11-21 00:00:00'],
    ['week 0', { Y: '2026', U: '0', w: '0' }, '2025-12-28 00:00:00'],
    ['week 0 of a year that begins with a week', { Y: '2024', W: '0', w: '1' }, '2024-01-01 00:00:00'],
    ['digits of any script', { Y: '٢٠٢٥', m: '1', d: '2' }, '2025-01-02 00:00:00'],
    ['an offset', { Y: '2025', m: '1', d: '2', H: '3', z: '+0130' }, '2025-01-02 01:30:00'],
    ['a zone name', { Y: '2025', m: '1', d: '2', H: '3', Z: 'EST' }, '2025-01-02 08:00:00'],
    ['fractions, by leaving them out', { Y: '2025', m: '1', d: '2', f: '999' }, '2025-01-02 00:00:00'],
    ['unset groups, by leaving them out', { Y: '2025', m: '1', d: '2', z: undefined }, '2025-01-02 00:00:00'],
  ])('mean %s', (_, groups, expected) => {
    const reading = read(groups);
    expect(show(reading)).toBe(expected);
    expect(reading).toMatchObject({ fromSec: -Infinity, untilSec: Infinity });
  });

  test.each([
    ['Feb 30', { Y: '2026', m: '2', d: '30' }],
    ['Feb 29 of 2026', { Y: '2026', m: '2', d: '29' }],
    ['month 13', { Y: '2026', m: '13', d: '1' }],
    ['day 0', { Y: '2026', m: '1', d: '0' }],
    ['24:00', { Y: '2026', m: '1', d: '1', H: '24' }],
    [':60', { Y: '2026', m: '1', d: '1', S: '60' }],
    ['year 0', { Y: '0000', m: '1', d: '1' }],
    ['no month', { Y: '2026', b: 'foo', d: '1' }],
    ['no number', { Y: '2x26', m: '1', d: '1' }],
    ['no zone', { Y: '2026', m: '1', d: '1', z: 'cet' }],
  ])('mean no date with %s', (_, groups) => {
    expect(read(groups).stamp).toBeUndefined();
  });

  test.each([
    [{ Y: '2026', m: '2' }, 'Date without a day'],
    [{ d: '20', H: '3' }, 'Date without a month'],
    [{ Y: '2026', m: '1', d: '1', Z: 'IST' }, "Unknown or unsupported time zone: 'IST'"],
  ])('are refused: %j', (groups, message) => {
    expect(() => read(groups)).toThrow(message);
  });

  test('have a number type: with a zone integer, by the local clock float', () => {
    const groups = new Map([['Y', '2026']]);
    expect(readFields(groups, { nowSec: NOW, zoneMinutes: 0 }).stamp?.kind).toBe('int');
    expect(readFields(groups, { nowSec: NOW, zoneMinutes: undefined }).stamp?.kind).toBe('float');
    groups.set('z', '+01');
    expect(readFields(groups, { nowSec: NOW, zoneMinutes: undefined }).stamp?.kind).toBe('int');
  });
});

describe('without a year', () => {
  test.each([
    ['Nov 20', { b: 'Nov', d: '20' }, '2026-11-20 00:00:00'],
    ['up to a day ahead', { b: 'Nov', d: '22', H: '9', M: '8', S: '7' }, '2026-11-22 09:08:07'],
    ['more than a day ahead', { b: 'Nov', d: '22', H: '9', M: '8', S: '8' }, '2025-11-22 09:08:08'],
    ['January', { b: 'Jan', d: '1' }, '2026-01-01 00:00:00'],
    ['a day of the year to come', { j: '327' }, '2025-11-23 00:00:00'],
  ])('%s is taken for the last possible one', (_, groups, expected) => {
    expect(show(read(groups))).toBe(expected);
  });

  test('Feb 29 is no date unless the year taken has one', () => {
    const leapDay = { b: 'Feb', d: '29' };
    expect(read(leapDay).stamp).toBeUndefined();
    expect(show(read(leapDay, at('2028-03-01 00:00:00')))).toBe('2028-02-29 00:00:00');
    expect(read(leapDay, at('2028-01-10 00:00:00')).stamp).toBeUndefined();
  });

  test('the offset of the line counts when "a day ahead" is decided', () => {
    const groups = { b: 'Nov', d: '26', H: '00', M: '02', S: '42', z: '+01:00' };
    expect(show(read(groups))).toBe('2025-11-25 23:02:42');
  });

  test('the answer tells how long it holds', () => {
    const ahead = read({ b: 'Nov', d: '25', H: '10' });
    expect(show(ahead)).toBe('2025-11-25 10:00:00');
    expect(ahead).toMatchObject({ fromSec: at('2026-01-01 00:00:00'), untilSec: at('2026-11-24 10:00:00') });
    const past = read({ b: 'Nov', d: '20' });
    expect(past).toMatchObject({ fromSec: at('2026-11-19 00:00:00'), untilSec: at('2027-01-01 00:00:00') });
  });
});

describe('without a day', () => {
  test.each([
    ['a time of today', { H: '9', M: '8', S: '7' }, '2026-11-21 09:08:07'],
    ['a time still to come', { H: '9', M: '8', S: '8' }, '2026-11-20 09:08:08'],
    ['a year only', { Y: '2025' }, '2025-11-21 00:00:00'],
    ['a year to come', { Y: '2027' }, '2027-11-20 00:00:00'],
    ['a weekday without a week', { w: '3', H: '1' }, '2026-11-21 01:00:00'],
  ])('%s means today or yesterday', (_, groups, expected) => {
    expect(show(read(groups))).toBe(expected);
  });

  test('the answer holds until that time comes, or the day ends', () => {
    const limits = (hour: string): [number, number] => {
      const { fromSec, untilSec } = read({ H: hour });
      return [fromSec, untilSec];
    };
    expect(limits('8')).toEqual([at('2026-11-21 08:00:00'), at('2026-11-22 00:00:00')]);
    expect(limits('10')).toEqual([at('2026-11-21 00:00:00'), at('2026-11-21 10:00:00')]);
  });

  test('an answer is the same as a fresh one for as long as it holds', () => {
    for (const groups of [{ H: '10' }, { b: 'Nov', d: '22' }, { b: 'Feb', d: '29' }, { j: '1' }]) {
      for (let now = NOW; now < NOW + 5 * 86_400; now += 3571) {
        const reading = read(groups, now);
        expect(now >= reading.fromSec && now < reading.untilSec).toBe(true);
        for (const other of [reading.fromSec, (now + Math.min(reading.untilSec, now + 86_400)) / 2]) {
          expect(read(groups, other).stamp).toEqual(reading.stamp);
        }
      }
    }
  });
});
