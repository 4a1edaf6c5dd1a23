/** A log in segments that two sides share gives what one run through it gives, line by line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { findConfig, loadFilter } from '../../src/core/config/index.js';
import type { FilterPlan } from '../../src/core/config/plans.js';
import { LineFilter } from '../../src/core/filter/line-filter.js';
import type { CollectOptions } from '../../src/core/tester/collector.js';
import { Claims, Grid } from '../../src/core/tester/segment.js';
import { seeded } from '../differential/exact-random.js';
import { type FilterText, makePlan } from '../filter/make-filter.js';
import { scratchFiles } from '../source/helpers.js';
import { testFile } from './segmented.js';

const ROOT = resolve(import.meta.dirname, '../..');
const INSTALLED = '/etc/fail2ban';
const LOGS = '/usr/lib/python3/dist-packages/fail2ban/tests/files/logs';

const file = scratchFiles();
const adopted = jest.spyOn(LineFilter.prototype, 'adopt');
afterEach(() => void adopted.mockClear());

let matched = 0;

/** Both ways, in segments of several sizes; answers how many segments of the other side were of use. */
async function expectSame(
  plan: FilterPlan,
  path: string,
  options: { collect?: Partial<CollectOptions>; sizes?: readonly number[]; encoding?: string } = {},
): Promise<number> {
  const { sizes = [90, 700, 4000], ...given } = options;
  const rest = { ...given, collect: { maxlines: plan.maxlines?.value ?? 1, ...given.collect } };
  const checkAll = options.collect?.checkAll ?? true;
  const make = () => new LineFilter(plan, { clock: systemClock, checkAll });
  const expected = await testFile(path, make(), rest);
  matched += expected.matched.count + expected.ignored.count;
  adopted.mockClear();
  for (const bytes of sizes)
    for (const share of [0.5, 1])
      expect(await testFile(path, make(), { ...rest, segments: { bytes, share } })).toEqual(expected);
  return adopted.mock.calls.length;
}

const FILTERS: [string, FilterText][] = [
  ['plain', { failregex: 'failed from <HOST>' }],
  ['several expressions', { failregex: ['failed from <HOST>', 'from <ADDR>$', 'login from <HOST>'] }],
  ['an ignoreregex', { failregex: 'from <HOST>', ignoreregex: 'login' }],
  [
    'early ignoring',
    {
      prefregex: '^\\s*srv <F-CONTENT>.+</F-CONTENT>$',
      failregex: ['a <HOST>', 'b <HOST>', 'c <HOST>', 'from <HOST>'],
      ignoreregex: 'login',
    },
  ],
  ['a prefix', { prefregex: '^\\s*srv app\\[\\d+\\]: <F-CONTENT>.+</F-CONTENT>$', failregex: 'from <HOST>' }],
  ['a date pattern', { failregex: 'from <HOST>', datepattern: '^%Y-%m-%d %H:%M:%S' }],
  ['zones by name', { failregex: 'from <HOST>', datepattern: '%Y-%m-%d %H:%M:%S %Z' }],
  ['several lines', { failregex: '^\\s*srv app.*\\n.*from <HOST>', maxlines: 3 }],
  [
    'sessions',
    {
      prefregex: '^\\s*srv app\\[<F-MLFID>\\d+</F-MLFID>\\]: <F-CONTENT>.+</F-CONTENT>$',
      failregex: [
        '^login <F-USER>\\S+</F-USER>',
        '^<F-NOFAIL>from</F-NOFAIL> <HOST>',
        '^<F-MLFFORGET>done</F-MLFFORGET>',
        '^<F-MLFGAINED>ok</F-MLFGAINED>',
        '^failed$',
      ],
    },
  ],
];

/** Lines of sessions, some without a date, with other dates now and then, or no lines for a filter at all. */
function randomLog(seed: number, lines: number, oddity: number): string {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const odd = (often: number) => random() < often * oddity;
  let second = 0;
  let text = '';
  for (let i = 0; i < lines; i++) {
    if (random() < 0.3) second++;
    const time = `${String(10 + (Math.floor(second / 3600) % 10))}:${String(Math.floor(second / 60) % 60).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;
    const plain = `2026-11-20 ${time} `;
    const date = odd(0.05)
      ? pick(['', `Nov 20 ${time} `, `[20/Nov/2026:${time} +0000] `, '2026-02-30 00:00:00 ', `${plain}IST `])
      : plain;
    const said = pick([
      'login root',
      'login joe',
      'from 192.0.2.7',
      'from two.example',
      'done',
      'ok',
      'failed',
      'failed from 192.0.2.8',
      'hello',
    ]);
    const who = `srv app[${Math.floor(i / 9) + Math.floor(random() * 3)}]: `;
    if (odd(0.02))
      text += pick(['# comment\n', '\n', '\r\n', 'jürgen from 192.0.2.1\n', '\0\0\n', 'from 192.0.2.3\r\n']);
    text += `${date}${random() < 0.7 ? who : 'other '}${said}${odd(0.05) ? '\r' : ''}\n`;
  }
  return odd(1) ? `${text}2026-11-20 10:00:00 without an end` : text;
}

describe.each(FILTERS)('a filter with %s', (name, text) => {
  test.each([
    [1, 0],
    [2, 0.2],
    [3, 1],
  ])('gives the same over a log of seed %d, oddity %d', async (seed, oddity) => {
    const path = file(`${name}-${seed}.log`, randomLog(seed, 300, oddity));
    matched = 0;
    const used = await expectSame(makePlan(text), path);
    await expectSame(makePlan(text), path, { collect: { checkAll: false }, sizes: [600] });
    if (oddity === 0 && text.maxlines === undefined)
      // A hundred sessions are not remembered alike before a hundred others have followed.
      expect(used).toBeGreaterThan(name === 'sessions' ? 0 : 20);
    if (text.maxlines !== undefined) expect(used).toBe(0);
    expect(matched).toBeGreaterThan(10);
  });
});

describe('the lists', () => {
  const plan = makePlan({ failregex: 'from <HOST>', ignoreregex: '192.0.2.8' });
  // Every line has a date: what has none is given the present.
  const path = file('lists.log', randomLog(4, 200, 0));

  test.each([0, 1, 2, 20, 50, 1000])('hold the same lines below a limit of %d', async (limit) => {
    expect(await expectSame(plan, path, { collect: { limit } })).toBeGreaterThan(20);
  });

  test.each([
    { matched: 'all', missed: 'none' } as const,
    { ignored: 'all' } as const,
    { missed: 'all', ignored: 'none' } as const,
    { details: true } as const,
    { debuggex: true } as const,
  ])('and details %j are made by one side alone', async (collect) => {
    expect(await expectSame(plan, path, { collect })).toBe(0);
  });
});

describe('odd files', () => {
  const plan = makePlan({ failregex: 'from <HOST>' });
  const line = '2026-11-20 10:00:00 from 192.0.2.1\n';
  test.each([
    ['empty', ''],
    ['without a newline', line.trimEnd()],
    ['of newlines', '\n'.repeat(500)],
    ['of NUL bytes', `${'\0'.repeat(900)}\n${line}`],
    ['with one long line', `${line}${'x'.repeat(5000)} from 192.0.2.1\n${line}`],
    ['with a long end', `${line}${'x'.repeat(5000)}`],
    ['with a mark in front', `\ufeff${line.repeat(50)}`],
  ])('%s give the same', async (name, content) => {
    await expectSame(plan, file(`odd ${name}.log`, content));
  });

  test('in Latin-1 give the same', async () => {
    const content = Buffer.from(`${line}2026-11-20 10:00:01 jürgen from 192.0.2.1\n`.repeat(40), 'latin1');
    for (const encoding of ['latin1', 'utf-8', 'cp1252'])
      await expectSame(plan, file('latin.log', content), { encoding });
  });

  test('in UTF-16 are read by one side alone', async () => {
    const content = Buffer.from(line.repeat(40), 'utf16le');
    expect(await expectSame(plan, file('wide.log', content), { encoding: 'utf-16-le' })).toBe(0);
  });
});

test('a segment is run again when sessions were not as guessed', async () => {
  // The session begins in front of everything that is run to guess its state.
  const lines = Array.from({ length: 5 }, () => '2026-11-20 09:59:59 srv other: hello');
  lines.push('2026-11-20 10:00:00 srv app[1]: login joe');
  for (let i = 0; i < 200; i++) lines.push('2026-11-20 10:00:01 srv other: hello');
  lines.push(
    '2026-11-20 10:00:02 srv app[1]: login root',
    '2026-11-20 10:00:03 srv app[1]: from 192.0.2.1',
    '',
  );
  const sessions = makePlan(FILTERS.at(-1)![1]);
  expect(await expectSame(sessions, file('far.log', lines.join('\n')), { sizes: [400] })).toBeLessThan(5);
});

describe('claims', () => {
  test('give out each segment once, from both ends', () => {
    const claims = Claims.over(new Grid(1000, 10));
    const taken: number[] = [];
    for (let i = 0; i < 30; i++) taken.push(claims.takeFirst()!);
    for (let range = claims.takeLast(3 / 8); range; range = claims.takeLast(3 / 8))
      for (let i = range.from; i < range.to; i++) taken.push(i);
    expect(claims.takeFirst()).toBeUndefined();
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('hold for as many segments as there can be', () => {
    const grid = Grid.of(2 ** 42);
    expect(grid.count).toBeLessThanOrEqual(0xffff);
    const claims = Claims.over(grid);
    expect(claims.takeLast(0.5)!.to).toBe(grid.count);
    expect([claims.takeFirst(), claims.takeFirst()]).toEqual([0, 1]);
  });
});

function filtersIn(dir: string, folder: string): string[] {
  return readdirSync(join(dir, folder))
    .filter((name) => name.endsWith('.conf') && !name.includes('common'))
    .map((name) => name.slice(0, -5));
}

async function compareAll(dir: string, filters: readonly string[], logs: readonly string[]): Promise<number> {
  const folder = findConfig({ dir, packageDir: ROOT });
  let used = 0;
  for (const name of filters) {
    const plan = loadFilter(name, { folder })!.plan;
    const log = logs.find((path) => path.endsWith(`/${name}`) || path.endsWith(`/${name}.log`));
    if (log)
      used += await expectSame(plan, log, { sizes: [1200], collect: { checkAll: name.length % 2 === 0 } });
  }
  return used;
}

test('our own filters give the same over their samples', async () => {
  const dir = join(ROOT, 'test/filters');
  const samples = readdirSync(dir).filter((name) => name.endsWith('.log'));
  await compareAll(
    ROOT,
    filtersIn(ROOT, 'filters.d'),
    samples.map((name) => join(dir, name)),
  );
});

const onInstalled = existsSync(join(INSTALLED, 'filter.d')) && existsSync(LOGS) ? test : test.skip;

onInstalled('the filters of an installed fail2ban give the same over their sample logs', async () => {
  const samples = readdirSync(LOGS, { withFileTypes: true }).filter((entry) => entry.isFile());
  const used = await compareAll(
    INSTALLED,
    filtersIn(INSTALLED, 'filter.d'),
    samples.map(({ name }) => join(LOGS, name)),
  );
  expect(used).toBeGreaterThan(20);
});

onInstalled('sshd over its sample many times gives the same, mostly by the other side', async () => {
  const sample = readFileSync(join(LOGS, 'sshd'), 'latin1');
  const lines = sample
    .split('\n')
    .filter((line) => /^[A-Z][a-z]{2} [ \d]\d /.test(line) && !line.includes('#'));
  const path = file('many.log', Buffer.from(`${lines.join('\n')}\n`.repeat(20), 'latin1'));
  const plan = loadFilter('sshd', { folder: findConfig({ dir: INSTALLED, packageDir: ROOT }) })!.plan;
  expect(await expectSame(plan, path, { sizes: [60_000] })).toBeGreaterThan(2);
});
