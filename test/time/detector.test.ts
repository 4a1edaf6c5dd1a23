import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { DateDetector, type DetectorOptions } from '../../src/core/time/detector.js';

const NOW = Date.UTC(2026, 10, 21, 9, 8, 7) / 1000;
const utc = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;

function detector(options: Partial<DetectorOptions> = {}): DateDetector {
  return new DateDetector({ clock: new ManualClock(NOW), logtimezone: 'UTC', ...options });
}

/** The line with its date in braces, and the time. */
function mark(line: string, by = detector()): readonly [string, number | undefined] | undefined {
  const hit = by.detect(line, !/[^\0-\x7f]/.test(line));
  if (!hit) return undefined;
  return [`${line.slice(0, hit.start)}{${hit.text}}${line.slice(hit.end)}`, by.stamp(hit)?.epochSec];
}

describe('a detector', () => {
  test.each([
    ['A 2026-11-20 03:04:05 B', 'A {2026-11-20 03:04:05} B', '2026-11-20 03:04:05'],
    ['[2026-11-20 03:04:05] x', '[{2026-11-20 03:04:05}] x', '2026-11-20 03:04:05'],
    ['» 2026-11-20 03:04:05 ü', '» {2026-11-20 03:04:05} ü', '2026-11-20 03:04:05'],
    [
      'some free text 030324  0:03:59 -- 2003-03-07 17:05:01 x',
      'some free text {030324  0:03:59} -- 2003-03-07 17:05:01 x',
      '2003-03-24 00:03:59',
    ],
    ['02-20-2026 03:04:05 x', '{02-20-2026 03:04:05} x', '2026-02-20 03:04:05'],
    ['02/20/2026:03:04:05 x', '{02/20/2026:03:04:05} x', '2026-02-20 03:04:05'],
  ])('cuts %j as %j', (line, marked, time) => {
    expect(mark(line)).toEqual([marked, utc(time)]);
  });

  test.each([
    [
      'at (%Y-%m-%d) %H:%M:%S',
      'at 2026-11-20 03:04:05 x',
      'at {2026-11-20} 03:04:05 x',
      utc('2026-11-20 03:04:05'),
    ],
    ['(?P<Y>\\d{4})/(?P<j>\\d+)', 'x 2026/32 y', 'x {2026/32} y', utc('2026-02-01 00:00:00')],
    ['t={EPOCH}', 'a t=1732072000.5 b', 'a {t=1732072000}.5 b', 1732072000],
    ['t=({LEPOCH})', 'a t=1732072000123 b', 'a {t=1732072000123} b', 1732072000.123],
    ['LEPOCH', '1732072000123456 b', '{1732072000123456} b', 1732072000.123456],
    ['LEPOCH', '1732072000123.5 b', '{1732072000123.5} b', 1732072000.1235],
    ['LEPOCH', '1732072000.5 b', '{1732072000}.5 b', 1732072000],
    ['(x){EPOCH}', 'x1732072000 b', '{x1732072000} b', undefined],
    ['{NONE}', 'no date', '{}no date', undefined],
    ['^WARNING:()**', 'WARNING: 1 2', 'WARNING:{} 1 2', undefined],
    [
      '%Y-%m-%d %H:%M:%S %Exz',
      '2026-11-20 03:04:05 CEST-01 x',
      '{2026-11-20 03:04:05 CEST-01} x',
      utc('2026-11-20 02:04:05'),
    ],
    ['%Y-%m-%d %Z', '2026-11-20 cet', undefined, undefined],
    ['{^LN-BEG}%Y', '«» 2026', undefined, undefined],
    ['{^LN-BEG}%Y', '»«2025', '»«{2025}', utc('2025-11-21 00:00:00')],
    ['{^LN-BEG}(%Y)', '[[2025', '[[{2025}', utc('2025-11-21 00:00:00')],
  ])('with datepattern %j cuts %j as %j', (datepattern, line, marked, time) => {
    expect(mark(line, detector({ datepattern }))).toEqual(marked === undefined ? undefined : [marked, time]);
  });

  test('uses logtimezone for lines that name no zone', () => {
    const east = detector({ logtimezone: 'UTC+02' });
    expect(mark('2026-11-20 03:04:05 x', east)?.[1]).toBe(utc('2026-11-20 01:04:05'));
    expect(mark('2026-11-20 03:04:05Z x', east)?.[1]).toBe(utc('2026-11-20 03:04:05'));
    expect(mark('1795143845 x', east)?.[1]).toBe(1795143845);
  });

  test.each([
    ['foo', "Unknown or unsupported time zone: 'foo'"],
    ['Europe/Berlin', "Unknown or unsupported time zone: 'Europe/Berlin'"],
  ])('refuses the logtimezone %s', (logtimezone, message) => {
    expect(() => detector({ logtimezone })).toThrow(message);
  });

  test('refuses to read a line with an unknown zone abbreviation', () => {
    const by = detector();
    const hit = by.detect('IST Nov 20 03:04:05 x', true);
    expect(hit?.text).toBe('IST Nov 20 03:04:05');
    expect(() => hit && by.stamp(hit)).toThrow("Unknown or unsupported time zone: 'IST'");
  });

  test('counts a date that does not exist', () => {
    const by = detector();
    expect(mark('2026-02-30 03:04:05 x', by)).toEqual(['{2026-02-30 03:04:05} x', undefined]);
    expect(by.templates[0]).toMatchObject({ hits: 1, weight: 100, currentWeight: 100 });
  });

  test('tells the weight by hits and distance', () => {
    const by = detector({ datepattern: '%Y\n%m x' });
    for (const line of [' 2026', '  2026', '   2026', '   2026']) by.detect(line, true);
    expect(by.templates.map((state) => [state.template.name, state.hits, state.currentWeight])).toEqual([
      ['Year', 4, 4 / 3],
      ['Month x', 0, 0],
    ]);
  });

  test('looks again where the last date was, before it looks for others', () => {
    const by = detector({ datepattern: '%H:%M:%S\n%Y-%m-%d\n%d/%m/%Y' });
    expect(mark('x 2026-11-20 y 10:11:12', by)?.[0]).toBe('x {2026-11-20} y 10:11:12');
    expect(mark('x 2026-11-19 y 10:11:12', by)?.[0]).toBe('x {2026-11-19} y 10:11:12');
    expect(mark('10:11:12 y 2026-11-19', by)?.[0]).toBe('{10:11:12} y 2026-11-19');
  });

  test('reads a date without a year anew as time goes by', () => {
    const clock = new ManualClock(NOW);
    const by = detector({ clock });
    const read = (): number | undefined => mark('Nov 25 10:00:00 x', by)?.[1];
    expect(read()).toBe(utc('2025-11-25 10:00:00'));
    clock.set(utc('2026-11-24 09:59:59'));
    expect(read()).toBe(utc('2025-11-25 10:00:00'));
    clock.set(utc('2026-11-24 10:00:00'));
    expect(read()).toBe(utc('2026-11-25 10:00:00'));
    clock.set(utc('2027-01-01 00:00:00'));
    expect(read()).toBe(utc('2026-11-25 10:00:00'));
    clock.set(NOW);
    expect(read()).toBe(utc('2025-11-25 10:00:00'));
  });

  test('does not mix up what equal texts mean in different zones', () => {
    const west = detector({ logtimezone: '-01' });
    const east = detector({ logtimezone: '+01' });
    const line = '2026-11-20 03:04:05 x';
    expect(mark(line, west)?.[1]).toBe(utc('2026-11-20 04:04:05'));
    expect(mark(line, east)?.[1]).toBe(utc('2026-11-20 02:04:05'));
    expect(mark(line, west)?.[1]).toBe(utc('2026-11-20 04:04:05'));
  });

  test('shows its templates as fail2ban-regex does', () => {
    const [state] = detector({ datepattern: '{^LN-BEG}%d %b' }).templates;
    expect(state?.template).toMatchObject({
      name: '{^LN-BEG}Day MON',
      pattern: '{^LN-BEG}%d %b',
      regex:
        '(?iu)^(?:\\W{0,2})?((?P<d>[1-2]\\d|[0 ]?[1-9]|3[0-1]) ' +
        '(?P<b>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(?=\\b|\\W|$)',
    });
  });
});
