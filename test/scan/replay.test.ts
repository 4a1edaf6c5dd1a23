/**
 * Replays: bans by the log's own clock, whatever files it lies in; two settings side by side; who also got in.
 */
import { truncateSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { neverBanned } from '../../src/core/scan/replay.js';
import { suspicionOf } from '../../src/core/scan/replay-addresses.js';
import { seededRandom } from '../jail/seeded-random.js';
import {
  bansOf,
  failLine,
  jailOf,
  loginLine,
  newFolder,
  placesOf,
  replayOf,
  START_SEC,
  shortDate,
  writeLogs,
} from './replay-world.js';

const fails = (id: string, ...atSec: number[]): string => atSec.map((at) => failLine(at, id)).join('');

describe('a replay', () => {
  test('bans and lets in again by the time that the lines tell', async () => {
    const text = fails('192.0.2.1', 0, 5, 9, 700, 705, 710);
    const report = await replayOf(writeLogs({ 'a.log': text }));
    expect(bansOf(report.a)).toEqual(['192.0.2.1 9-609', '192.0.2.1 710-1310']);
    expect(report.a.course.bans.map(({ nth, failures }) => [nth, failures])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(placesOf(report.a)).toEqual(['192.0.2.1 a.log:3', '192.0.2.1 a.log:6']);
    expect(report).toMatchObject({ lines: 6, failures: 6, fromSec: START_SEC, toSec: START_SEC + 710 });
    expect(report.a).toMatchObject({ addresses: 1, bans: 2, bannedSec: 1200, permanent: 0 });
    expect(report.problems).toEqual([]);
  });

  test('tells the lines of a ban and which expression found them', async () => {
    const [path] = writeLogs({ 'a.log': fails('192.0.2.1', 0, 1, 2) });
    const plan = jailOf();
    const filter = {
      ...plan.filter,
      failregex: plan.filter.failregex.map(({ value }) => ({ value, origin: { file: 'x.conf', line: 4 } })),
    };
    const report = await replayOf([path!], {}, { plan: { ...plan, filter } });
    expect(report.a.course.bans[0]?.matches).toEqual(
      [0, 1, 2].map((at) => ({ text: failLine(at, '192.0.2.1').trimEnd(), regex: 'x.conf:4' })),
    );
  });

  test.each([
    ['three within findtime', [0, 300, 599], 1],
    ['two', [0, 1], 0],
    ['two, and one when they are too old', [0, 0, 601], 0],
    ['three that are forgotten, and two', [0, 1, 1300, 1301], 0],
  ])('counts failures in a window: %s', async (_, times, bans) => {
    const report = await replayOf(writeLogs({ 'a.log': fails('192.0.2.1', ...times) }));
    expect(report.a.bans).toBe(bans);
    expect(neverBanned(report).map(({ id, failures }) => [id, failures])).toEqual(
      bans > 0 ? [] : [['192.0.2.1', times.length]],
    );
  });

  test('lets failures while banned prolong the ban', async () => {
    const report = await replayOf(writeLogs({ 'a.log': fails('192.0.2.1', 0, 0, 0, 100, 100, 100, 650) }));
    expect(bansOf(report.a)).toEqual(['192.0.2.1 0-700']);
    expect(report.a.course.bans[0]?.prolonged).toBe(1);
  });

  test('has bans grow, until their history is forgotten', async () => {
    const day = 86_400;
    const times = [0, 1, 2].flatMap((i) => [0, 1, 2].map((at) => i * 2000 + at));
    const text = fails('192.0.2.1', ...times, 20 * day, 20 * day, 20 * day);
    const settings = ['bantime.increment=true'];
    const run = (purgeAgeSec: number | undefined) =>
      replayOf(writeLogs({ 'a.log': text }), { settings }, { purgeAgeSec });
    const lengths = async (purgeAgeSec: number | undefined) =>
      (await run(purgeAgeSec)).a.course.bans.map(({ timeSec, untilSec }) => untilSec - timeSec);
    expect(await lengths(undefined)).toEqual([600, 1200, 2400, 4800]);
    expect(await lengths(10 * day)).toEqual([600, 1200, 2400, 600]);
  });

  test('leaves out who is ignored, and says so', async () => {
    const text = fails('192.0.2.1', 0, 1, 2) + fails('198.51.100.1', 3, 4, 5);
    const report = await replayOf(writeLogs({ 'a.log': text }), { settings: ['ignoreip=192.0.2.0/24'] });
    expect(bansOf(report.a)).toEqual(['198.51.100.1 5-605']);
    expect([...report.ignored]).toEqual([['192.0.2.1', 3]]);
    expect(report.failures).toBe(3);
    expect(report.addresses.get('192.0.2.1')).toBeUndefined();
  });

  test('asks ignorecommand once for each address', async () => {
    const folder = newFolder();
    const paths = writeLogs({ 'a.log': fails('192.0.2.1', 0, 1, 2) + fails('192.0.2.2', 3, 4, 5) }, folder);
    const command = `echo <ip> >> ${folder}/asked; test <ip> = 192.0.2.1`;
    const report = await replayOf(paths, { settings: [`ignorecommand=${command}`], set: ['maxretry=2'] });
    expect(bansOf(report.a)).toEqual(['192.0.2.2 5-605']);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(`${folder}/asked`, 'utf8')).toBe('192.0.2.1\n192.0.2.2\n');
  });

  test('takes the last date for lines without one, however old the log', async () => {
    const text = [`${failLine(0, '192.0.2.1')} more\n`, ' fail 192.0.2.1\n fail 192.0.2.1\n'].join('');
    const report = await replayOf(writeLogs({ 'a.log': text }));
    expect(bansOf(report.a)).toEqual(['192.0.2.1 0-600']);
  });

  test('keeps sessions of one process id apart that are an hour apart', async () => {
    const filter = {
      failregex: [
        '^ <F-MLFID>\\[\\d+\\]</F-MLFID> <F-NOFAIL>from</F-NOFAIL> <HOST>$',
        '^ <F-MLFID>\\[\\d+\\]</F-MLFID> failed$',
      ],
    };
    const at = (sec: number, text: string) => failLine(sec, '').replace('fail \n', `${text}\n`);
    const text = [at(0, '[7] from 192.0.2.1'), at(1, '[7] failed'), at(3600, '[7] failed')].join('');
    const report = await replayOf(writeLogs({ 'a.log': text }), { filter, settings: ['maxretry=1'] });
    expect(bansOf(report.a)).toEqual(['192.0.2.1 1-601']);
    expect(report.failures).toBe(1);
  });

  test('says what happens later than it can happens now', async () => {
    const text = fails('192.0.2.1', 0, 1, 30_000_000, 3) + fails('192.0.2.2', 4, 5, 6);
    const report = await replayOf(writeLogs({ 'a.log': { text, writtenSec: START_SEC + 10 } }));
    expect(bansOf(report.a)).toEqual(['192.0.2.1 1-601', '192.0.2.2 6-606']);
  });
});

describe('dates without a year', () => {
  const yearless = (startSec: number, ...atSec: number[]) =>
    atSec.map((at) => `${shortDate(startSec + at)} fail 192.0.2.1\n`).join('');
  const lastYear = new Date(2024, 11, 31, 23, 50, 0).getTime() / 1000;

  test('are those of the time when the file was written', async () => {
    const text = yearless(lastYear, 0, 300, 590);
    const paths = writeLogs({ 'a.log': { text, writtenSec: lastYear + 600 } });
    expect((await replayOf(paths)).a.course.bans[0]?.timeSec).toBe(lastYear + 590);
  });

  test('go on over the end of the year', async () => {
    const text = yearless(lastYear, 500, 599, 601);
    const paths = writeLogs({ 'a.log.gz': { text, writtenSec: lastYear + 700 } });
    expect((await replayOf(paths)).a.course.bans[0]?.timeSec).toBe(lastYear + 601);
  });

  test('go on in a copy of today, over the day that is today a year ago', async () => {
    const today = Date.now() / 1000;
    const startSec = Math.floor(today) - 365 * 86_400 - 5 * 86_400;
    const settings = ['maxretry=2', 'findtime=4d', 'bantime=1d'];
    const times = Array.from({ length: 12 }, (_, i) => i * 86_400);
    const paths = writeLogs({ 'a.log': yearless(startSec, ...times) });
    const report = await replayOf(paths, { settings });
    const { toSec = 0, fromSec = 0 } = report;
    expect(toSec - fromSec).toBeCloseTo(11 * 86_400, -4);
    expect(report.notices).toEqual([]);
  });

  test('that go back, as the log is longer than a year, are told', async () => {
    const day = 86_400;
    const many = (agoSec: number) => yearless(lastYear - agoSec, ...Array.from({ length: 8000 }, () => 0));
    const text = many(600 * day) + many(430 * day) + many(200 * day);
    const paths = writeLogs({ 'a.log': { text, writtenSec: lastYear } });
    const { notices } = await replayOf(paths);
    expect(notices).toEqual([expect.stringMatching(/a\.log go back by 19\d days/)]);
  });
});

describe('files of one log', () => {
  const random = seededRandom(11);
  const lines = Array.from({ length: 400 }, (_, i) =>
    failLine(i * 40, `192.0.2.${Math.floor(random() * 6)}`),
  );

  test('come to the same wherever the log was cut', async () => {
    const whole = bansOf((await replayOf(writeLogs({ 'auth.log': lines.join('') }))).a);
    expect(whole.length).toBeGreaterThan(5);
    for (let round = 0; round < 5; round++) {
      const cuts = [1, 2, 3].map(() => Math.floor(random() * lines.length)).sort((a, b) => a - b);
      const part = (i: number) => lines.slice(cuts[i - 1] ?? 0, cuts[i] ?? lines.length).join('');
      const written = (i: number) => START_SEC + (cuts[i] ?? lines.length) * 40;
      const paths = writeLogs({
        'auth.log': { text: part(3), writtenSec: written(3) },
        'auth.log.1': { text: part(2), writtenSec: written(2) },
        'auth.log.2.gz': { text: part(1), writtenSec: written(1) },
        'auth.log.10.gz': { text: part(0), writtenSec: written(0) },
      });
      const report = await replayOf(paths);
      expect(bansOf(report.a)).toEqual(whole);
      expect(report.files.map(({ path }) => path.replace(/.*auth/, 'auth'))).toEqual([
        'auth.log.10.gz',
        'auth.log.2.gz',
        'auth.log.1',
        'auth.log',
      ]);
      expect(bansOf((await replayOf([paths[0]!], { rotated: true })).a)).toEqual(whole);
    }
  });

  test('come to the same when the files have lost their times', async () => {
    const whole = bansOf((await replayOf(writeLogs({ 'auth.log': lines.join('') }))).a);
    const paths = writeLogs({
      'auth.log': { text: lines.slice(250).join(''), writtenSec: START_SEC + 1 },
      'auth.log.1': { text: lines.slice(100, 250).join(''), writtenSec: START_SEC + 100 },
      'auth.log.2.gz': { text: lines.slice(0, 100).join(''), writtenSec: START_SEC + 50 },
    });
    expect(bansOf((await replayOf(paths)).a)).toEqual(whole);
  });

  test('of several logs are read as one, by time', async () => {
    const even = lines.filter((_, i) => i % 2 === 0).join('');
    const odd = lines.filter((_, i) => i % 2 === 1).join('');
    const whole = bansOf((await replayOf(writeLogs({ 'auth.log': lines.join('') }))).a);
    expect(bansOf((await replayOf(writeLogs({ 'one.log': odd, 'two.log': even }))).a)).toEqual(whole);
  });

  test('are read on when one of them is damaged', async () => {
    const paths = writeLogs({
      'auth.log.2.gz': fails('192.0.2.9', 0),
      'auth.log': fails('192.0.2.1', 0, 1, 2),
    });
    truncateSync(paths[0]!, 30);
    const report = await replayOf(paths);
    expect(bansOf(report.a)).toEqual(['192.0.2.1 2-602']);
    expect(report.problems).toEqual([
      expect.objectContaining({ of: paths[0], message: expect.stringContaining('damaged') }),
    ]);
  });
});

describe('two settings', () => {
  const text = [
    fails('192.0.2.1', 0, 0, 0),
    fails('192.0.2.2', 10, 10),
    fails('192.0.2.3', 20, 20, 20, 20),
    loginLine(25, '192.0.2.2'),
    fails('192.0.2.4', 2000),
  ].join('');
  const run = (...set: string[]) => replayOf(writeLogs({ 'a.log': text }), { set });
  const ids = (list: readonly { id: string }[] = []) => list.map(({ id }) => id.slice(-1)).join('');

  test('are compared address by address', async () => {
    const { comparison, a, b } = await run('maxretry=2');
    expect(ids(comparison?.onlyA)).toBe('');
    expect(ids(comparison?.onlyB)).toBe('2');
    // The same moment and length, but 3 goes on and is prolonged to the same end.
    expect(ids(comparison?.otherwise)).toBe('');
    expect(comparison?.alike).toBe(2);
    expect([a.addresses, a.bans, a.alsoLoggedIn, a.loginsLost]).toEqual([2, 2, 0, 0]);
    expect([b?.addresses, b?.bans, b?.alsoLoggedIn, b?.loginsLost]).toEqual([3, 3, 1, 1]);
    expect(b?.bannedSec).toBe(1800);
  });

  test.each([
    [['bantime=5m'], { onlyA: '', onlyB: '', otherwise: '13', alike: 0 }],
    [['maxretry=4'], { onlyA: '1', onlyB: '', otherwise: '', alike: 1 }],
    [['maxretry=1', 'bantime=-1'], { onlyA: '', onlyB: '24', otherwise: '13', alike: 0 }],
    [['ignoreip=192.0.2.1'], { onlyA: '1', onlyB: '', otherwise: '', alike: 1 }],
    [['findtime=1h'], { onlyA: '', onlyB: '', otherwise: '', alike: 2 }],
  ])('differ as they say: %j', async (set, expected) => {
    const { comparison } = await run(...set);
    expect({
      onlyA: ids(comparison?.onlyA),
      onlyB: ids(comparison?.onlyB),
      otherwise: ids(comparison?.otherwise),
      alike: comparison?.alike,
    }).toEqual(expected);
  });

  test('count bans without an end to the end of the log', async () => {
    const { b } = await run('bantime=-1', 'maxretry=4');
    expect(b).toMatchObject({ bans: 1, permanent: 1, bannedSec: 1980 });
  });

  test('judge each its own who is ignored', async () => {
    const report = await replayOf(writeLogs({ 'a.log': text }), {
      settings: ['ignoreip=192.0.2.0/24'],
      set: ['ignoreip='],
    });
    expect([report.a.bans, report.b?.bans]).toEqual([0, 2]);
    expect(ids([...report.addresses.list()])).toBe('1234');
  });
});

describe('who also logs in', () => {
  const run = async (text: string, filter?: Parameters<typeof replayOf>[1]) =>
    replayOf(writeLogs({ 'a.log': text }), filter);

  test.each([
    ['a customer who mistypes', loginLine(0, '192.0.2.1') + fails('192.0.2.1', 5, 6, 7), 'false-alarm'],
    ['one who gets in at last', fails('192.0.2.1', 5, 6, 7) + loginLine(9, '192.0.2.1'), 'false-alarm'],
    [
      'one who guesses',
      fails('192.0.2.1', ...Array.from({ length: 50 }, (_, i) => i)) + loginLine(60, '192.0.2.1'),
      'doubtful',
    ],
    ['somebody else', loginLine(0, '192.0.2.2') + fails('192.0.2.1', 5, 6, 7), undefined],
  ])('%s', async (_, text, suspicion) => {
    const { addresses, a } = await run(text);
    expect(a.bans).toBe(1);
    expect(suspicionOf(addresses.get('192.0.2.1')?.logins)).toBe(suspicion);
    expect(a.alsoLoggedIn).toBe(suspicion === undefined ? 0 : 1);
  });

  test('is told with when and how often, and what the ban would have kept out', async () => {
    const text = [
      loginLine(0, '192.0.2.1'),
      loginLine(1, '192.0.2.1'),
      fails('192.0.2.1', 5, 6, 7),
      loginLine(500, '192.0.2.1'),
      loginLine(607, '192.0.2.1'),
      loginLine(608, '192.0.2.1'),
      loginLine(5000, '192.0.2.1'),
    ].join('');
    const { addresses, a } = await run(text);
    expect(addresses.get('192.0.2.1')?.logins).toEqual({
      count: 6,
      firstSec: START_SEC,
      lastSec: START_SEC + 5000,
      before: 2,
      failuresBefore: 0,
    });
    expect(a.loginsLost).toBe(2);
  });

  test('is known once from a line that the filter knows too', async () => {
    const filter = {
      failregex: [
        '^ srv sshd<F-MLFID>\\[\\d+\\]</F-MLFID>: <F-MLFFORGET><F-MLFGAINED>Accepted</F-MLFGAINED></F-MLFFORGET> .* from <HOST> port',
        '^ <F-MLFID>\\S+</F-MLFID> <F-MLFFORGET><F-MLFGAINED>welcome</F-MLFGAINED></F-MLFFORGET> <HOST>$',
        '^ fail <HOST>$',
      ],
    };
    const text =
      fails('192.0.2.1', 0) +
      loginLine(1, '192.0.2.1') +
      failLine(2, '192.0.2.1').replace('fail', '[8] welcome');
    const { addresses } = await run(text, { filter });
    expect(addresses.get('192.0.2.1')?.logins?.count).toBe(2);
  });
});
