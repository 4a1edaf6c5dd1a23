import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { DateDetector } from '../../src/core/time/detector.js';
import { defaultTemplates } from '../../src/core/time/templates.js';

const NOW = Date.UTC(2026, 10, 21, 9, 8, 7) / 1000;
const clock = new ManualClock(NOW);

/** Of the 17 layouts, in order. Those with a comment behind are anchored as they are. */
const NAMES = [
  'ExYear(?P<_sep>[-/.])Month(?P=_sep)Day(?:T|  ?)24hour:Minute:Second(?:[.,]Microseconds)?(?:\\s*Zone offset)?',
  '(?:DAY )?MON Day %k:Minute:Second(?:\\.Microseconds)?(?: ExYear)?',
  '(?:DAY )?MON Day ExYear %k:Minute:Second(?:\\.Microseconds)?',
  'Day(?P<_sep>[-/])Month(?P=_sep)(?:ExYear|ExYear2) %k:Minute:Second',
  'Day(?P<_sep>[-/])MON(?P=_sep)ExYear[ :]?24hour:Minute:Second(?:\\.Microseconds)?(?: Zone offset)?',
  'Month/Day/ExYear:24hour:Minute:Second',
  'Month-Day-ExYear %k:Minute:Second(?:\\.Microseconds)?',
  'Epoch',
  '{^LN-BEG}24hour:Minute:Second', // anchored
  '^<Month/Day/ExYear2@24hour:Minute:Second>', // anchored
  'ExYear2ExMonthExDay  ?24hour:Minute:Second',
  'MON Day, ExYear 12hour:Minute:Second AMPM',
  '^MON-Day-ExYear2 %k:Minute:Second', // anchored
  'ExYearExMonthExDay(?:-|T|  ?)Ex24hour:?ExMinute:?ExSecond(?:[.,]Microseconds)?(?:\\s*Zone offset)?',
  '(?:Zone name )?(?:DAY )?MON Day %k:Minute:Second(?:\\.Microseconds)?(?: ExYear)?',
  '(?:Zone offset )?(?:DAY )?MON Day %k:Minute:Second(?:\\.Microseconds)?(?: ExYear)?',
  'TAI64N',
];

describe('the default templates', () => {
  test('are 14 anchored copies and 17 layouts', () => {
    const copies = NAMES.filter((_, index) => ![8, 9, 12].includes(index)).map((name) => `{^LN-BEG}${name}`);
    expect(defaultTemplates(2026).map((template) => template.name)).toEqual([...copies, ...NAMES]);
  });

  test('are anchored and weigh 100 as copies', () => {
    const templates = defaultTemplates(2026);
    for (const template of templates.slice(0, 14))
      expect(template).toMatchObject({ anchored: true, weight: 100 });
    const anchored = templates.slice(14).filter((template) => template.anchored);
    expect(anchored.map((template) => template.name)).toEqual([NAMES[8], NAMES[9], NAMES[12]]);
    for (const template of templates.slice(14)) expect(template.weight).toBe(1);
  });

  test('are made once for all detectors of a year window', () => {
    expect(defaultTemplates(2026)).toBe(defaultTemplates(2020));
    expect(defaultTemplates(2027)).not.toBe(defaultTemplates(2026));
  });
});

/** The zone is UTC throughout: by logtimezone, where a line has none. */
function read(
  line: string,
): { readonly layout: number; readonly cut: string; readonly utc: string | undefined } | undefined {
  const detector = new DateDetector({ clock, logtimezone: 'UTC' });
  const hit = detector.detect(line, true);
  if (!hit) return undefined;
  const stamp = detector.stamp(hit);
  return {
    layout: NAMES.indexOf(hit.template.name.replace(/^\{\^LN-BEG\}(?!24hour)/, '')) + 1,
    cut: hit.text,
    utc: stamp && new Date(stamp.epochSec * 1000).toISOString(),
  };
}

describe('a line with a date', () => {
  test.each([
    [1, '2005-01-23T21:59:59.981746Z', '2005-01-23T21:59:59.000Z'],
    [1, '2005/01/23 21:59:59', '2005-01-23T21:59:59.000Z'],
    [1, '2006.12.21 06:43:20', '2006-12-21T06:43:20.000Z'],
    [1, '2026-11-20 03:04:05,123 +0130', '2026-11-20T01:34:05.000Z'],
    [2, 'Sun Jan 23 21:59:59.011 2005', '2005-01-23T21:59:59.000Z'],
    [2, 'Jan 23 21:59:59', '2026-01-23T21:59:59.000Z'],
    [2, 'Jan  3 21:59:59', '2026-01-03T21:59:59.000Z'],
    [2, 'jan 3  1:59:59', '2026-01-03T01:59:59.000Z'],
    [3, 'Sun Jan 23 2005 21:59:59', '2005-01-23T21:59:59.000Z'],
    [4, '23/01/2005 21:59:59', '2005-01-23T21:59:59.000Z'],
    [4, '23/01/05 21:59:59', '2005-01-23T21:59:59.000Z'],
    [4, '17-07-2008 17:23:25', '2008-07-17T17:23:25.000Z'],
    [4, '01/02/2026 03:04:05', '2026-02-01T03:04:05.000Z'],
    [5, '31/Oct/2006:09:22:55 -0000', '2006-10-31T09:22:55.000Z'],
    [5, '26-Jul-2007 15:20:52.252', '2007-07-26T15:20:52.000Z'],
    [6, '05/20/2008:01:57:39', '2008-05-20T01:57:39.000Z'],
    [7, '01-27-2012 16:22:44.252', '2012-01-27T16:22:44.000Z'],
    [8, '1138049999', '2006-01-23T20:59:59.000Z'],
    [8, '1138049999.250', '2006-01-23T20:59:59.250Z'],
    [10, '<09/16/08@05:03:30>', '2008-09-16T05:03:30.000Z'],
    [11, '130322 11:46:11', '2013-03-22T11:46:11.000Z'],
    [12, 'Jan 23, 2005 9:59:59 PM', '2005-01-23T21:59:59.000Z'],
    [13, 'Apr-27-13 02:33:06', '2013-04-27T02:33:06.000Z'],
    [14, '20050123T215959', '2005-01-23T21:59:59.000Z'],
    [14, '20050123-21:59:59', '2005-01-23T21:59:59.000Z'],
    [14, '20050123  21:59:59.5 Z', '2005-01-23T21:59:59.000Z'],
    [15, 'PDT Apr 16 21:05:29', '2026-04-17T04:05:29.000Z'],
    [16, '+00:00 Jan 23 21:59:59.011 2005', '2005-01-23T21:59:59.000Z'],
    [17, '@4000000041f4104f00000000', '2005-01-23T20:59:59.000Z'],
  ])('of layout %i is read: %s', (layout, date, utc) => {
    expect(read(`${date} x`)).toEqual({ layout, cut: date, utc });
    const inside = [8, 10, 13].includes(layout) ? undefined : { layout, cut: date, utc };
    expect(read(`some (${date}) x`)).toEqual(inside);
    if (layout !== 10 && layout !== 13) expect(read(`[${date}] x`)).toEqual({ layout, cut: date, utc });
  });

  test('of layout 9 is read at the start only', () => {
    expect(read('8:59:59 x')).toEqual({ layout: 9, cut: '8:59:59', utc: '2026-11-21T08:59:59.000Z' });
    expect(read('[ 21:59:59 x')).toEqual({ layout: 9, cut: '21:59:59', utc: '2026-11-20T21:59:59.000Z' });
    expect(read('some 21:59:59 x')).toBeUndefined();
  });

  test('of an audit record is read', () => {
    const line = 'type=USER_AUTH msg=audit(1106513999.000:987): x';
    expect(read(line)).toEqual({ layout: 8, cut: '1106513999.000', utc: '2005-01-23T20:59:59.000Z' });
  });

  test.each([
    ['1999-01-02 03:04:05 x', 'a year of the last century'],
    ['2030-11-20 03:04:05 x', 'a year too far ahead'],
    ['2026-11/20 03:04:05 x', 'two kinds of separators'],
    ['x2026-11-20 03:04:05 x', 'a letter in front'],
    ['2026-11-20 03:04:055 x', 'a digit behind'],
    ['a 1138049999 x', 'a number in the middle'],
    ['11380499 x', 'a short number'],
    ['@4000000041F4104F00000000 x', 'upper-case digits'],
    ['2026-11-20 03:04 x', 'no seconds'],
    ['', 'nothing'],
  ])('is none: %s (%s)', (line) => {
    expect(read(line)).toBeUndefined();
  });

  test('that does not exist is found but means no time', () => {
    expect(read('2026-02-30 03:04:05 x')).toMatchObject({ layout: 1, utc: undefined });
  });
});
