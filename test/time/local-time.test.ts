import { describe, expect, test } from '@jest/globals';
import { dayFromNumber, dayNumber, isCalendarDay, zonedEpochSec } from '../../src/core/time/local-time.js';
import { runInZone } from './in-zone.js';

/** Local wall clock readings of one zone → UTC. */
function inZone(zone: string, readings: readonly string[]): unknown {
  return runInZone(
    zone,
    `import { localEpochSec } from './src/core/time/local-time.js';
     const readings: string[] = ${JSON.stringify(readings)};
     console.log(JSON.stringify(readings.map((reading) => {
       const [year, month, day, hour, minute, second] = reading.split(/\\D/).map(Number);
       const sec = localEpochSec({ year, month, day }, hour * 3600 + minute * 60 + second);
       return new Date(sec * 1000).toISOString().slice(0, 19).replace('T', ' ');
     })));`,
  );
}

describe('the local clock', () => {
  test.each([
    ['Europe/Berlin', 'winter', '2026-01-15 12:00:00', '2026-01-15 11:00:00'],
    ['Europe/Berlin', 'summer', '2026-07-15 12:00:00', '2026-07-15 10:00:00'],
    ['Europe/Berlin', 'before the doubled hour', '2026-10-25 01:59:59', '2026-10-24 23:59:59'],
    ['Europe/Berlin', 'the doubled hour', '2026-10-25 02:00:00', '2026-10-25 01:00:00'],
    ['Europe/Berlin', 'the end of the doubled hour', '2026-10-25 02:59:59', '2026-10-25 01:59:59'],
    ['Europe/Berlin', 'after the doubled hour', '2026-10-25 03:00:00', '2026-10-25 02:00:00'],
    ['Europe/Berlin', 'before the gap', '2026-03-29 01:59:59', '2026-03-29 00:59:59'],
    ['Europe/Berlin', 'the gap', '2026-03-29 02:30:00', '2026-03-29 01:30:00'],
    ['Europe/Berlin', 'after the gap', '2026-03-29 03:00:00', '2026-03-29 01:00:00'],
    ['America/New_York', 'the doubled hour', '2026-11-01 01:30:00', '2026-11-01 06:30:00'],
    ['America/New_York', 'the gap', '2026-03-08 02:30:00', '2026-03-08 07:30:00'],
    ['Australia/Lord_Howe', 'the doubled half hour', '2026-04-05 01:45:00', '2026-04-04 15:15:00'],
    ['Australia/Lord_Howe', 'the gap of half an hour', '2026-10-04 02:15:00', '2026-10-03 15:45:00'],
    ['Europe/Dublin', 'the doubled hour', '2026-10-25 01:30:00', '2026-10-25 01:30:00'],
    ['America/Sao_Paulo', 'a gap at midnight', '2018-11-04 00:30:00', '2018-11-04 03:30:00'],
    ['America/Sao_Paulo', 'a doubled hour before midnight', '2018-02-17 23:30:00', '2018-02-18 02:30:00'],
    ['Asia/Kathmandu', 'an odd offset', '2026-01-01 00:00:00', '2025-12-31 18:15:00'],
    ['UTC', 'an early year', '0026-11-21 00:00:00', '0026-11-21 00:00:00'],
  ])('of %s reads %s', (zone, _, reading, utc) => {
    expect(inZone(zone, [reading, reading])).toEqual([utc, utc]);
  });

  test('reads a doubled hour alike whatever was read before', () => {
    const readings = [
      '2026-07-01 12:00:00',
      '2026-10-25 02:30:00',
      '2026-01-01 12:00:00',
      '2026-10-25 02:30:00',
    ];
    expect(inZone('Europe/Berlin', readings)).toEqual([
      '2026-07-01 10:00:00',
      '2026-10-25 01:30:00',
      '2026-01-01 11:00:00',
      '2026-10-25 01:30:00',
    ]);
  });
});

describe('the calendar', () => {
  test('numbers days as Date.UTC does', () => {
    for (let days = -719_162; days < 2_932_896; days += 997) {
      const day = dayFromNumber(days);
      expect(dayNumber(day)).toBe(days);
    }
    expect(dayNumber({ year: 1970, month: 1, day: 1 })).toBe(0);
  });

  test('carries a day over the end of its month', () => {
    expect(dayNumber({ year: 2026, month: 1, day: 366 })).toBe(dayNumber({ year: 2027, month: 1, day: 1 }));
  });

  test('takes the offset off a zoned reading', () => {
    const noon = zonedEpochSec({ year: 2026, month: 11, day: 21 }, 12 * 3600, 90);
    expect(new Date(noon * 1000).toISOString()).toBe('2026-11-21T10:30:00.000Z');
  });

  test.each([
    [{ year: 2024, month: 2, day: 29 }, true],
    [{ year: 2000, month: 2, day: 29 }, true],
    [{ year: 1900, month: 2, day: 29 }, false],
    [{ year: 2026, month: 2, day: 29 }, false],
    [{ year: 2026, month: 4, day: 31 }, false],
    [{ year: 2026, month: 12, day: 31 }, true],
    [{ year: 2026, month: 0, day: 1 }, false],
    [{ year: 2026, month: 13, day: 1 }, false],
    [{ year: 2026, month: 1, day: 0 }, false],
    [{ year: 10_000, month: 1, day: 1 }, false],
    [{ year: Number.NaN, month: 1, day: 1 }, false],
  ])('knows whether there is a day %j: %p', (day, exists) => {
    expect(isCalendarDay(day)).toBe(exists);
  });
});
