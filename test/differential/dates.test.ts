/**
 * Dates against the installed fail2ban-regex: what is cut, what time it is, which template won and where it moved.
 *
 * Differences on purpose, which the lines here avoid or the comparison levels:
 * - 1.0.2 knows layout 14 without `-` and `:` only (HEAD has them, and so have we).
 * - An hour that comes twice in autumn is read by fail2ban as the hour read before; here it is always the later one.
 * - Where a line's zone is not that of the process, fail2ban compares wall clocks of two zones to see whether a date
 *   without year or day lies ahead, and drops a day when it goes back a year. Here moments are compared.
 * - Whether a date that does not exist is cut from the line is not decided here but by the filter (1.0.2 does so
 *   unless the line before had a date less than a minute old).
 */
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { DateDetector, type DateTemplate } from '../../src/core/time/detector.js';
import { runInZone } from '../time/in-zone.js';
import { randomLog, seeded } from '../time/lines.js';
import { END, installedVersion, oracleReport, oracleRows } from './fail2ban-dates.js';

const describeInstalled = installedVersion === undefined ? describe.skip : describe;
if (installedVersion === undefined)
  console.warn('fail2ban-regex is not installed: dates are not compared with it');

const isAscii = (line: string): boolean => !/[^\0-\x7f]/.test(line);

/** As Python's `%.3f` rounds: to the even digit when the rest is exactly one half. */
function threeDecimals(value: number): string {
  const scaled = value * 1000;
  const whole = scaled - Math.floor(scaled) === 0.5 ? 2 * Math.round(scaled / 2) : Math.round(scaled);
  return (whole / 1000).toFixed(3);
}

function pythonNumber(value: number, kind: 'float' | 'int'): string {
  return kind === 'float' && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Layout 14 as 1.0.2 has it. */
function asIn102(text: string): string {
  return text
    .replace('(?:-|T|  ?)%ExH:?%ExM:?%ExS', '(?:T|  ?)%ExH%ExM%ExS')
    .replace('(?:-|T|  ?)Ex24hour:?ExMinute:?ExSecond', '(?:T|  ?)Ex24hourExMinuteExSecond')
    .replace(
      '(?:-|T|  ?)(?P<H>[0-1]\\d|2[0-3]):?(?P<M>[0-5]\\d):?(?P<S>',
      '(?:T|  ?)(?P<H>[0-1]\\d|2[0-3])(?P<M>[0-5]\\d)(?P<S>',
    );
}

const show = (template: DateTemplate): readonly string[] =>
  [template.name, template.pattern, template.regex].map(asIn102);

function compareLog(lines: readonly string[], datepattern: string | undefined): void {
  const detector = new DateDetector({ clock: systemClock, datepattern });
  const rows = oracleRows(lines, { datepattern });
  expect(rows).toHaveLength(lines.length);
  for (const [index, line] of lines.entries()) {
    const hit = detector.detect(line, isAscii(line));
    const stamp = hit && detector.stamp(hit);
    const row = rows[index];
    const rest = hit ? line.slice(0, hit.start) + line.slice(hit.end) : line;
    const ours = {
      line,
      rest: !stamp && row?.rest === line ? line : rest,
      // Undated lines have no time of their own there either: it is the time of the run.
      time: stamp ? pythonNumber(stamp.epochSec, stamp.kind) : row?.time,
    };
    expect(ours).toEqual({ line, rest: row?.rest, time: row?.time });
  }
  const order = detector.templates.map(
    (state) => `${asIn102(state.template.name)} ${state.hits} ${threeDecimals(state.currentWeight)}`,
  );
  const report = oracleReport(lines, { datepattern });
  expect(order).toEqual(report.templates.map((each) => `${each.name} ${each.hits} ${each.currentWeight}`));
  expect(detector.title).toBe(report.title);
}

describeInstalled('dates in logs, as fail2ban-regex finds them', () => {
  const year = new Date().getFullYear();

  test.each([1, 2, 3])('with the default templates (log %i)', (seed) => {
    compareLog(randomLog(seeded(seed), year, 400), undefined);
  });

  test.each([
    '{^LN-BEG}',
    '{DATE}',
    '%Y-%m-%d %H:%M:%S\n%b %d %H:%M:%S\n%d/%m/%Y %H:%M:%S',
    '%H:%M:%S\n%b %d %H:%M:%S',
    'LEPOCH\n{DATE}',
    '^[^\\[]*\\[({DATE})\n{^LN-BEG}',
    '\\[{DATE}\\]',
    '%b %d (%H):%M:%S',
    '{UNB}%H:%M:%S\n%ExY',
    '%Y$\n%H:%M',
    'audit\\({EPOCH}',
    '{NONE}',
  ])('with datepattern %j', (datepattern) => {
    compareLog(randomLog(seeded(datepattern.length), year, 200), datepattern);
  });
});

/** Each makes a template of its own; they are shown all at once. */
const TEMPLATES = [
  ...[
    '%Y x',
    '%y',
    '%ExY',
    '%m',
    '%Exm',
    '%d',
    '%Exd',
    '%H',
    '%ExH',
    'x%k',
    '%I',
    'x%l',
    '%M %S',
    '%ExM',
    '%ExS',
  ],
  ...[
    '%f',
    '%p',
    '%a %A',
    '%b',
    '%B',
    '%j',
    '%U',
    '%W %w',
    '%z',
    '%Z',
    '%Exz',
    '%ExZ',
    '%% %Y',
    '%c',
    '%x',
    '%X',
  ],
  ...[
    '^%Y',
    '(^%Y)',
    '(?:^%Y|x)',
    '(?i)%Y',
    '^(?i)%Y',
    '(?i)(?s)**%Y',
    '**%Y',
    '%Y**',
    '((x**))',
    '****',
    '%Y***',
  ],
  ...[
    '{UNB}%Y',
    '{UNB}{^LN-BEG}%Y',
    '{^LN-BEG}x%Y',
    '{^LN-BEG}**%Yy',
    '{^LN-BEG}^%Yy',
    '{^ln-beg}%Y',
    '{unb}a',
  ],
  ...[
    '%Y$',
    '(%Y$)',
    '((%Y$))',
    '%Y(?:$)',
    '%Y\\b',
    '(%Y\\b)',
    '%Y\\s',
    '%Y\\\\s',
    '%Y\\**',
    '%Y[**]',
    '^^%Y$$',
  ],
  ...['x(%Y)y', '\\(%Y\\)', '[(]%Y', '(?P<x>%Y)', '()%Y', '^WARNING:()**', '{UNB} %Y', '%Y **', '(?:(^%Y))'],
  ...[
    'EPOCH',
    '^epoch',
    'LEPOCH',
    '{^LN-BEG}LEPOCH',
    'x({EPOCH})',
    '{epoch} {LEPOCH}',
    '{LEPOCH}$',
    '^{EPOCH}',
  ],
  ...['**{EPOCH}', 'TAI64N', '^tai64n', 'ISO8601', '{NONE}', 'x{NONE}', '{^LN-BEG}{DEFAULT}', 'x{date}y'],
];

const LISTS = [
  ' %Y ',
  'EPOCH',
  '{NONE}',
  '{DEFAULT}',
  '{^LN-BEG}',
  '^{DATE}',
  '{^LN-BEG}{DATE}',
  '{DEFAULT}\n%Y',
];

describeInstalled('date patterns, as fail2ban-regex shows them', () => {
  test.each([
    TEMPLATES.join('\n'),
    ...LISTS,
    '%Y\n\n %m x ',
    'EPOCH\n{DATE}',
    '^EPOCH\n{^LN-BEG}',
    '{^LN-BEG}\n{DATE}',
  ])('have the same title, names, patterns and regular expressions: %j', (datepattern) => {
    const detector = new DateDetector({ clock: systemClock, datepattern });
    const report = oracleReport([END], { datepattern });
    // The line may have been a match, which changes the order.
    const ours = detector.templates.map((state) => show(state.template)).sort();
    const theirs = report.templates.map((each) => [each.name, each.pattern, each.regex]).sort();
    expect(ours).toEqual(theirs);
    expect(detector.title).toBe(report.title);
  });

  test.each(['%Y\n%Y', '{DATE}\nEPOCH', '%k x', '***%Y', '%Y)', '(?i)^(?s)%Y', '{DATE} %Y'])(
    'are refused alike: %j',
    (datepattern) => {
      const error = oracleReport([END], { datepattern }).error;
      expect(error).toBeDefined();
      expect(() => new DateDetector({ clock: systemClock, datepattern })).toThrow(error);
    },
  );

  test.each(['%q x', '%Y %'])('are refused alike for their directives: %j', (datepattern) => {
    const { error } = oracleReport([END], { datepattern });
    expect(error).toBeDefined();
    expect(() => new DateDetector({ clock: systemClock, datepattern })).toThrow(error);
  });
});

describeInstalled('time zones, as fail2ban-regex reads them', () => {
  const line = `2026-11-20 03:04:05 ${END}`;

  test.each(['UTC', '+01', '-0130', 'CET', 'CEST-01', 'A', '+0199'])(
    '%s shifts the time alike',
    (timeZone) => {
      const detector = new DateDetector({ clock: systemClock, logtimezone: timeZone });
      const hit = detector.detect(line, true);
      const stamp = hit && detector.stamp(hit);
      expect(stamp && pythonNumber(stamp.epochSec, stamp.kind)).toBe(
        oracleRows([line], { timeZone })[0]?.time,
      );
    },
  );

  test.each(['foo', 'Europe/Berlin', 'utc', '+1', ' CET'])('%j is refused alike', (timeZone) => {
    const { error } = oracleReport([line], { timeZone });
    expect(error).toBe(`Unknown or unsupported time zone: '${timeZone}'`);
    expect(() => new DateDetector({ clock: systemClock, logtimezone: timeZone })).toThrow(error);
  });
});

describeInstalled('the local clock, as fail2ban-regex reads it', () => {
  const WINTER = '2026-01-15 12:00:00';
  const READINGS: Record<string, readonly string[]> = {
    'Europe/Berlin': [
      '2026-07-01 12:00:00',
      '2026-03-29 02:30:00',
      '2026-10-25 01:59:59',
      '2026-10-25 02:30:00',
    ],
    'America/New_York': [
      '2026-07-01 12:00:00',
      '2026-03-08 02:30:00',
      '2026-11-01 01:30:00',
      '2005-04-03 02:59:59',
    ],
    'Asia/Kathmandu': ['2026-07-01 12:00:00', '1970-01-01 05:30:00'],
    'Australia/Sydney': [
      '2026-06-15 12:00:00',
      '2026-10-04 02:30:00',
      '2026-04-05 01:59:59',
      '2026-04-05 03:00:00',
    ],
  };

  test.each(Object.keys(READINGS))('in %s', (zone) => {
    // A winter date in between: without it fail2ban reads a doubled hour by the line before.
    const lines = (READINGS[zone] ?? []).flatMap((reading) => [`${WINTER} ${END}`, `${reading} ${END}`]);
    const yearless = ['Jan  1 00:00:00', 'Dec 31 23:59:59', '00:00:01', '23:59:59'].map(
      (text) => `${text} ${END}`,
    );
    const options = { datepattern: '%Y-%m-%d %H:%M:%S\n%b %d %H:%M:%S\n%H:%M:%S' };
    const all = [...lines, ...yearless];
    const ours = runInZone(
      zone,
      `import { systemClock } from './src/core/clock.js';
       import { DateDetector } from './src/core/time/detector.js';
       const detector = new DateDetector({ clock: systemClock, ...${JSON.stringify(options)} });
       console.log(JSON.stringify(${JSON.stringify(all)}.map((line) => {
         const hit = detector.detect(line, true);
         return hit && detector.stamp(hit)?.epochSec.toFixed(1);
       })));`,
    );
    expect(ours).toEqual(oracleRows(all, { ...options, processZone: zone }).map((row) => row.time));
  });
});
