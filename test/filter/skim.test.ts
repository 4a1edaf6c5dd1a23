/** Skimming and sweeping give what matching every line gives: the same verdicts, dates and states. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findConfig, loadFilter } from '../../src/core/config/index.js';
import { LineFilter } from '../../src/core/filter/line-filter.js';
import type { LineOutcome, LogLine } from '../../src/core/filter/outcome.js';
import { Skim } from '../../src/core/filter/skim.js';
import { StringFinder } from '../../src/core/filter/string-finder.js';
import type { SweepReceiver, SweptPiece } from '../../src/core/filter/sweep.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { seeded } from '../differential/exact-random.js';
import { type FilterText, lineOf, makeFilter } from './make-filter.js';

const ROOT = resolve(import.meta.dirname, '../..');
const INSTALLED = '/etc/fail2ban';
const LOGS = '/usr/lib/python3/dist-packages/fail2ban/tests/files/logs';

/** The lines as a reader hands them out: slices of one block. */
function blockOf(texts: readonly string[]): LogLine[] {
  const block = `${texts.join('\n')}\n`;
  let at = 0;
  return texts.map((text) => {
    const line = { ...lineOf(text), block: /[^\x00-\x7f]/.test(block) ? undefined : block, at };
    at += text.length + 1;
    return line;
  });
}

interface Ran {
  readonly verdicts: string[];
  /** How many lines made no outcome. */
  readonly skimmed: number;
  readonly state: unknown;
}

/** In batches of 100, so that states cross their borders. */
function run(filter: LineFilter, lines: readonly LogLine[], skims: boolean): Ran {
  const verdicts: string[] = [];
  let skimmed = 0;
  const missed = (verdict: string): string => {
    skimmed++;
    return verdict;
  };
  const states: unknown[] = [];
  for (let from = 0; from < lines.length; from += 100) {
    filter.processBatch<string>(lines, from, Math.min(lines.length, from + 100), {
      digest: digestOf,
      take: (digest) => void verdicts.push(withoutReason(digest)),
      ...(skims ? { missed } : {}),
    });
    states.push(filter.lastStamp);
  }
  return { verdicts, skimmed, state: { states, hits: hitsOf(filter) } };
}

/** As a reader of pieces hands them out: lines that are not ASCII stand apart. */
function piecesOf(texts: readonly string[]): SweptPiece[] {
  const pieces: SweptPiece[] = [];
  let block = '';
  for (const text of texts) {
    if (!/[^\x00-\x7f]/.test(text)) block += `${text}${text.length % 7 === 0 ? '\r' : ''}\n`;
    else {
      if (block !== '') pieces.push(block);
      pieces.push({ text, ascii: false });
      block = '';
    }
  }
  return block === '' ? pieces : [...pieces, block];
}

/** In the middle of others, as in a reader's buffer. */
function bytesOf(text: string): Buffer {
  const around = Buffer.from(`failed login from 1.2.3.4\n${text}failed login from 1.2.3.4\n`, 'latin1');
  return around.subarray(26, 26 + text.length);
}

/** In batches of 100 like `run`, from texts or bytes; every line's number is looked at. */
function sweep(filter: LineFilter, texts: readonly string[], form: 'text' | 'bytes' = 'text'): Ran {
  const verdicts: string[] = [];
  const states: unknown[] = [];
  let skimmed = 0;
  let next = 1;
  const receiver: SweepReceiver<string> = {
    digest: digestOf,
    missed: (verdict) => verdict,
    countsMissed: true,
    take(digest, line) {
      verdicts.push(digest);
      expect([line.number, line.text]).toEqual([verdicts.length, texts[verdicts.length - 1]]);
    },
    takeMissed(digest, lines) {
      skimmed += lines;
      for (let i = 0; i < lines; i++) verdicts.push(digest);
    },
    pass: () => void verdicts.push('passed over'),
    // The machine may be so busy that a deadline passes.
    forget() {
      verdicts.length = begun.lines;
      skimmed = begun.skimmed;
    },
  };
  let begun = { lines: 0, skimmed: 0 };
  for (let from = 0; from < texts.length; from += 100) {
    begun = { lines: verdicts.length, skimmed };
    const pieces = piecesOf(texts.slice(from, from + 100));
    const inForm = pieces.map((piece) =>
      form === 'bytes' && typeof piece === 'string' ? bytesOf(piece) : piece,
    );
    next = filter.sweep(() => inForm, next, receiver);
    expect(next).toBe(verdicts.length + 1);
    states.push(filter.lastStamp);
  }
  return { verdicts: verdicts.map(withoutReason), skimmed, state: { states, hits: hitsOf(filter) } };
}

/** All ways; answers how many lines were skimmed. */
function expectSame(make: () => LineFilter, texts: readonly string[]): number {
  const lines = blockOf(texts);
  const plain = run(make(), lines, false);
  const quick = run(make(), lines, true);
  expect({ ...quick, skimmed: 0 }).toEqual({ ...plain, skimmed: 0 });
  // Empty lines are not given to the filter; everything else is the same.
  if (!texts.some((text) => text === '' || text.startsWith('#')))
    for (const form of ['text', 'bytes'] as const)
      expect({ ...sweep(make(), texts, form), skimmed: 0 }).toEqual({ ...plain, skimmed: 0 });
  return quick.skimmed;
}

function digestOf({ verdict, hits }: LineOutcome): string {
  return [verdict, ...hits.map((hit) => `${hit.regex} ${hit.verdict}`)].join(' ');
}

function withoutReason(digest: string): string {
  return digest.replace(/^error.*/, 'error');
}

function hitsOf({ detector }: LineFilter): unknown {
  return detector.templates.map(({ template, hits }) => [template.name, hits]);
}

const DATES = [
  'Nov 20 03:04:05 ',
  'Nov 20 03:04:06 ',
  'Feb 30 03:04:05 ',
  '2026-11-20 03:04:05 ',
  '2026-11-20T03:04:05Z ',
  '2026-11-20T03:04:05.123+02:00 ',
  '[Fri Nov 20 03:04:07 2026] ',
  '1.2.3.4 - - [20/Nov/2026:03:04:08 +0000] ',
  '20-11-2026 25:00:00 ',
  '2026-11-20 03:04:05 IST ',
  '',
  '',
];
const WORDS = [
  'srv app[1]: ',
  'srv other: ',
  'failed ',
  'login ',
  'from ',
  '1.2.3.4',
  'ok',
  ' ',
  'done ',
  'jürgen',
  '[',
];

function randomLines(seed: number, count: number): string[] {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: Math.floor(random() * 6) }, () => pick(WORDS)).join('');
    // A date in the middle may join what stands around it.
    const at = random() < 0.2 ? Math.floor(random() * words.length) : 0;
    return words.slice(0, at) + pick(DATES) + words.slice(at);
  });
}

/** Lines of few kinds, as most logs have them, so that many follow each other that are passed. */
function monotonousLines(seed: number, count: number): string[] {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const dates = DATES.slice(0, -2);
  let date = pick(dates);
  return Array.from({ length: count }, () => {
    if (random() < 0.03) date = pick(dates);
    const rare = random() < 0.05 ? pick(['', 'x', ...dates, '[', ' ']) : date;
    const words =
      random() < 0.1 ? ['srv app[1]: ', 'failed ', 'login ', 'from ', '1.2.3.4'] : ['srv ', pick(WORDS)];
    return `${rare}${words.join('')}` || '-';
  });
}

const FILTERS: [string, FilterText][] = [
  ['plain', { failregex: 'failed login from <HOST>' }],
  ['several', { failregex: ['failed <HOST>', '^srv app\\S+ login from <ADDR>$'] }],
  [
    'a prefix that any line has',
    { prefregex: '^(?:srv \\S+ )?<F-CONTENT>.+</F-CONTENT>$', failregex: '^failed .*<HOST>' },
  ],
  [
    'a prefix with strings',
    { prefregex: '^srv app\\[\\d+\\]: <F-CONTENT>.+</F-CONTENT>$', failregex: 'from <HOST>' },
  ],
  ['a prefix to be asked', { prefregex: '^\\S+ \\S+ <F-CONTENT>.+</F-CONTENT>$', failregex: 'from <HOST>' }],
  ['an ignoreregex', { failregex: 'from <HOST>', ignoreregex: 'ok' }],
  ['a date pattern', { failregex: 'from <HOST>', datepattern: '^%%Y-%%m-%%d %%H:%%M:%%S' }],
  ['a date in brackets', { failregex: 'from <HOST>', datepattern: '^[^\\[]*\\[({DATE})' }],
  ['a zone by name', { failregex: 'from <HOST>', datepattern: '%%Y-%%m-%%d %%H:%%M:%%S %%Z' }],
  ['no date', { failregex: 'from <HOST>', datepattern: '{NONE}' }],
  [
    'sessions',
    {
      prefregex: '^srv <F-MLFID>\\S+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$',
      failregex: ['^<F-NOFAIL>login</F-NOFAIL> ', '^failed (?:from )?<HOST>'],
    },
  ],
];

describe.each(FILTERS)('a filter with %s', (_, text) => {
  test.each([1, 2, 3, 4, 5])('comes to the same by skimming, seed %d', (seed) => {
    const datepattern = text.datepattern?.replaceAll('%%', '%');
    const make = () => makeFilter({ ...text, ...(datepattern ? { datepattern } : {}) }, { checkAll: true });
    expect(
      expectSame(
        make,
        randomLines(seed, 700).map((line) => line || '-'),
      ),
    ).toBeGreaterThan(20);
    expectSame(make, monotonousLines(seed, 700));
  });

  test.each([1, 2])('counts lines in a row that have their date where it was, seed %d', (seed) => {
    const make = () => makeFilter({ ...text, datepattern: '{^LN-BEG}%Y-%m-%d %H:%M:%S' }, { checkAll: true });
    const texts = randomLines(seed, 500).map((line) => `2026-11-20 03:04:05 ${line}`);
    expectSame(make, texts);
    if (Skim.of(make().compiled)?.nextLine('-', 0) === 1)
      for (const form of ['text', 'bytes'] as const)
        expect(sweep(make(), texts, form).skimmed).toBeGreaterThan(100);
  });
});

test('a filter that looks at all lines is not skimmed', () => {
  const skimOf = (text: FilterText) => Skim.of(makeFilter(text).compiled);
  expect(skimOf({ failregex: '<HOST>' })).toBeUndefined();
  expect(skimOf({ failregex: 'from <HOST>', maxlines: 2 })).toBeUndefined();
  const failregex = ['from <HOST>', 'by <HOST>', 'with <HOST>', 'over <HOST>'];
  expect(skimOf({ failregex, ignoreregex: 'x' })).toBeUndefined();
  expect(skimOf({ failregex })).toBeDefined();
});

describe('a finder of strings', () => {
  const finder = (...sources: string[]) =>
    StringFinder.forAnyOf(sources.map((source) => Pattern.compile(source)));

  test('finds each line of a block that holds one', () => {
    const lines = blockOf(['a from b', 'nothing', '', 'fro', 'm from', 'x to', 'from', 'fr']);
    const found = finder('\\d from', ' from|to')!;
    const all = finder('from', 'to')!;
    expect(found).toBeDefined();
    expect(lines.map((line) => all.isIn(line))).toEqual([true, false, false, false, true, true, true, false]);
    expect(lines.map((line) => all.isIn(line))).toEqual([true, false, false, false, true, true, true, false]);
    expect(lines.map(({ text }) => all.isIn(lineOf(text)))).toEqual([
      true,
      false,
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  test('is not to be had for a pattern without strings, or with a newline in them', () => {
    expect(finder('from', '\\d+')).toBeUndefined();
    expect(finder('from\\n')).toBeUndefined();
  });

  test('takes its strings literally', () => {
    const found = finder('a\\.b\\[c\\]\\|d\\\\')!;
    expect(['a.b[c]|d\\', 'axb[c]|d\\', 'a.bc|d\\'].map((text) => found.isIn(lineOf(text)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('looks for others where those it looks for are in many lines', () => {
    const make = () =>
      finder('authentication failure; logname=\\S* tty=dovecot ruser=', 'login refused from')!;
    const other = 'authentication failure; logname= tty=ssh ruser=root';
    const own = 'authentication failure; logname= tty=dovecot ruser=';
    const found = make();
    const first = found.strings;
    expect(first).toEqual(['authentication failure; logname=', 'login refused from']);
    const ask = (text: string) => found.isIn(lineOf(text));
    for (let i = 0; i < 512; i++) expect([ask('nothing'), ask(other)]).toEqual([false, true]);
    expect(found.strings).toEqual([' tty=dovecot ruser=', 'login refused from']);
    expect([own, other, 'login refused from'].map(ask)).toEqual([true, false, true]);
    // Lines that do match are in need of no other strings.
    for (let i = 0; i < 4096; i++) ask('nothing');
    for (let i = 0; i < 512; i++) expect([ask('nothing'), ask(own)]).toEqual([false, true]);
    expect(found.strings).toEqual([' tty=dovecot ruser=', 'login refused from']);
    // A few such lines are none too many.
    const calm = make();
    for (let i = 0; i < 4096; i++) calm.isIn(lineOf(i % 64 === 0 ? other : 'nothing'));
    expect(calm.strings).toEqual(first);
  });

  test('is given a rest where most lines hold one, and tried again', () => {
    const found = finder('from')!;
    const asked = (text: string, times: number) =>
      Array.from({ length: times }, () => found.isIn(lineOf(text))).filter(Boolean).length;
    expect(asked('from', 1024)).toBe(1024);
    expect(asked('to', 32 * 1024)).toBe(32 * 1024);
    expect(asked('to', 10)).toBe(0);
  });
});

/** The lines of a sample without the notes in it. */
function sampleLines(path: string): string[] {
  const lines = readFileSync(path, 'latin1').split(/\r*\n/);
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function filtersIn(dir: string, folder: string): string[] {
  return readdirSync(join(dir, folder))
    .filter((name) => name.endsWith('.conf') && !name.includes('common'))
    .map((name) => name.slice(0, -5));
}

/** Every filter over its own samples and some of all: most lines are none of its business. */
function compareAll(
  dir: string,
  filters: readonly string[],
  texts: readonly string[],
  own: (name: string) => readonly string[] = () => [],
): number {
  const folder = findConfig({ dir, packageDir: ROOT });
  let skimmed = 0;
  for (const name of filters) {
    const loaded = loadFilter(name, { folder });
    if (!loaded) throw new Error(`filter ${name} does not load`);
    const all = [...texts, ...own(name)];
    skimmed += expectSame(() => new LineFilter(loaded.plan, { checkAll: true }), all);
  }
  return skimmed;
}

test('our own filters come to the same by skimming, over their samples and some of all others', () => {
  const dir = join(ROOT, 'test/filters');
  const samples = readdirSync(dir).filter((name) => name.endsWith('.log'));
  const texts = samples.flatMap((name) => sampleLines(join(dir, name)).slice(0, 3));
  const filters = filtersIn(ROOT, 'filters.d');
  const own = (name: string) => sampleLines(join(dir, `${name}.log`));
  expect(compareAll(ROOT, filters, texts, own)).toBeGreaterThan(20 * texts.length);
});

const onInstalled = existsSync(join(INSTALLED, 'filter.d')) && existsSync(LOGS) ? test : test.skip;

onInstalled('the filters of an installed fail2ban come to the same by skimming', () => {
  const samples = readdirSync(LOGS, { withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = samples.flatMap(({ name }) => sampleLines(join(LOGS, name)).slice(0, 16));
  const filters = filtersIn(INSTALLED, 'filter.d');
  expect(compareAll(INSTALLED, filters, texts)).toBeGreaterThan(20 * texts.length);
});
