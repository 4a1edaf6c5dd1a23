/** What is probably wrong with a log, by what it delivers. */
import { describe, expect, test } from '@jest/globals';
import { type Delivery, type HealthFinding, SourceHealth } from '../../src/core/source/health.js';
import { parseLogTimeZone } from '../../src/core/time/zones.js';

const START = 1_795_000_000;

function health(zoneMinutes = 60): SourceHealth {
  return new SourceHealth({ path: '/var/log/auth.log', zoneMinutes });
}

interface Feed extends Partial<Omit<Delivery, 'nowSec' | 'dateSec'>> {
  readonly from?: number;
  readonly every?: number;
  readonly times?: number;
  /** The dates are off by so much. */
  readonly offset?: number;
}

/** @returns when it ended */
function feed(
  of: SourceHealth,
  { from = START, every = 60, times = 60, offset, ...rest }: Feed = {},
): number {
  for (let i = 0; i < times; i++) {
    const nowSec = from + i * every;
    const dateSec = offset === undefined ? undefined : nowSec + offset;
    of.note({ nowSec, live: true, lines: 1, matched: 1, dateSec, ...rest });
  }
  return from + (times - 1) * every;
}

const kinds = (findings: readonly HealthFinding[]) => findings.map(({ kind }) => kind);

describe('a log that was busy', () => {
  test('and has been silent for far longer than ever before is silent', () => {
    const log = health();
    const end = feed(log);
    expect(log.findings(end + 1100)).toEqual([]);
    expect(log.findings(end + 1300)).toEqual([
      {
        kind: 'silent',
        sinceSec: end,
        message:
          'nothing has come from /var/log/auth.log for 21 min 40 s; before, it was never silent for longer than 1 min',
        hint: expect.stringContaining('backend = systemd'),
      },
    ]);
  });

  test('has ten minutes whatever its habit', () => {
    const log = health();
    const end = feed(log, { every: 1, times: 4000 });
    expect(kinds(log.findings(end + 590))).toEqual([]);
    expect(kinds(log.findings(end + 610))).toEqual(['silent']);
  });

  test('is well again with its next line, and knows the silence as usual', () => {
    const log = health();
    const end = feed(log);
    const next = feed(log, { from: end + 7200 });
    expect(log.findings(next)).toEqual([]);
    expect(log.findings(next + 7 * 3600 - 60)).toEqual([]);
    expect(kinds(log.findings(next + 7 * 3600))).toEqual(['silent']);
  });

  test('forgets an old silence in the course of weeks', () => {
    const log = health();
    const end = feed(log);
    const next = feed(log, { from: end + 7200, every: 600, times: 6 * 24 * 60 });
    expect(kinds(log.findings(next + 5400))).toEqual(['silent']);
  });

  test('is not called silent by a clock that is set back', () => {
    const log = health();
    const end = feed(log);
    feed(log, { from: end - 86_400 });
    expect(log.findings(end - 86_400)).toEqual([]);
  });
});

test('nobody knows what is usual for a log that has said little', () => {
  const few = health();
  feed(few, { times: 20 });
  expect(few.findings(START + 1e6)).toEqual([]);
  const short = health();
  feed(short, { every: 1, times: 100 });
  expect(short.findings(START + 1e6)).toEqual([]);
});

test('lines that were there before tell nothing about habits and clocks', () => {
  const log = health();
  const end = feed(log, { live: false, offset: -7200 });
  expect(log.findings(end + 1e6 - 1e5)).toEqual([]);
});

describe('dates that are off by whole quarters of an hour', () => {
  test.each([
    ['past', 60, -3600, '1 h behind', 'UTC'],
    ['past', 0, -5 * 3600, '5 h behind', 'UTC-05:00'],
    ['future', 0, 7200, '2 h ahead of', 'UTC+02:00'],
    ['future', 330, 900, '15 min ahead of', 'UTC+05:45'],
    ['past', -120, -5400, '1 h 30 min behind', 'UTC-03:30'],
  ])('in the %s, with dates read at %d min, %d s: logtimezone', (kind, zone, offset, words, name) => {
    const log = health(zone);
    const end = feed(log, { offset: offset - 1.4 });
    const [found, ...others] = log.findings(end);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind, sinceSec: START });
    expect(found?.message).toBe(`the dates in /var/log/auth.log are ${words} the clock`);
    expect(found?.hint).toContain(`logtimezone = ${name} `);
    // What is proposed is what f2b understands, and sets it right.
    expect(parseLogTimeZone(name)).toBe(zone + offset / 60);
  });

  test('but further than any zone are not called a zone', () => {
    const log = health();
    const end = feed(log, { offset: -86_400 });
    expect(log.findings(end)[0]?.message).toContain('1 d behind');
    expect(log.findings(end)[0]?.hint).not.toContain('logtimezone');
  });
});

describe('dates that are off by another span', () => {
  test('all the same each time are a clock or late lines', () => {
    const behind = health();
    expect(behind.findings(feed(behind, { offset: -400 }))).toMatchObject([
      {
        kind: 'past',
        message: expect.stringContaining('6 min 40 s behind'),
        hint: expect.stringMatching(/late/),
      },
    ]);
    const ahead = health();
    expect(ahead.findings(feed(ahead, { offset: 2000 }))).toMatchObject([{ kind: 'future' }]);
  });

  test('a little, or a different one each time, are nothing', () => {
    const little = health();
    expect(little.findings(feed(little, { offset: -100 }))).toEqual([]);
    const wild = health();
    for (let i = 0; i < 100; i++)
      wild.note({
        nowSec: START + i * 60,
        live: true,
        lines: 1,
        matched: 1,
        dateSec: START + i * 60 - i * 977,
      });
    expect(wild.findings(START + 6000)).toEqual([]);
  });

  test('are over with the first date that is right', () => {
    const log = health();
    const end = feed(log, { offset: -3600 });
    expect(kinds(log.findings(end))).toEqual(['past']);
    log.note({ nowSec: end + 1, live: true, lines: 1, dateSec: end + 1 });
    expect(log.findings(end + 1)).toEqual([]);
  });
});

test('lines without dates are told of when they are most of many', () => {
  const log = health();
  const end = feed(log, { lines: 10, undated: 6 });
  expect(log.findings(end)).toMatchObject([
    { kind: 'undated', sinceSec: START, message: expect.stringContaining('60 % of the lines') },
  ]);
  const later = feed(log, { from: end + 1, lines: 100, undated: 0 });
  expect(log.findings(later)).toEqual([]);
  const half = health();
  expect(half.findings(feed(half, { lines: 10, undated: 5 }))).toEqual([]);
  const few = health();
  expect(few.findings(feed(few, { lines: 2, undated: 2, times: 50 }))).toEqual([]);
});

test('a log of which nothing is ever matched is told of after a day and many lines', () => {
  const log = health();
  feed(log, { lines: 1000, matched: 0, times: 1441 });
  expect(kinds(log.findings(START + 86_399))).toEqual([]);
  expect(log.findings(START + 86_400)).toMatchObject([
    { kind: 'unmatched', message: 'none of the 1441000 lines from /var/log/auth.log was matched' },
  ]);
  log.note({ nowSec: START + 86_401, live: true, lines: 1, matched: 1 });
  expect(log.findings(START + 86_401)).toEqual([]);
});
