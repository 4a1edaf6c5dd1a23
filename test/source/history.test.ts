import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findEncoding, UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { type HistoryOptions, openHistory } from '../../src/core/source/history.js';

const root = mkdtempSync(join(tmpdir(), 'f2b-history-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});

/** `changed`: when, in minutes; nobody can tell it from the lines. */
function put(name: string, content: string | Buffer, changed = 0): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content);
  utimesSync(path, 1_700_000_000 + changed * 60, 1_700_000_000 + changed * 60);
  return path;
}

/** Lines begin with their time, or with no number. */
const timeOf = (text: string): number | undefined => {
  const number = Number.parseInt(text, 10);
  return Number.isNaN(number) ? undefined : number;
};

async function read(paths: readonly string[], options: Partial<HistoryOptions> = { timeOf }) {
  const history = await openHistory(paths, { encoding: UTF8_ENCODING, ...options });
  const lines: string[] = [];
  const places: string[] = [];
  let last = 0;
  for await (const batch of history.batches()) {
    for (const { text, number } of batch.lines) {
      lines.push(text);
      places.push(`${batch.path.slice(folder.length + 1)}:${number}`);
    }
    expect(batch.readBytes).toBeGreaterThanOrEqual(last);
    last = batch.readBytes;
  }
  const problems = history.problems.map(({ path, error }) => [path.slice(folder.length + 1), error.code]);
  return { lines, places, problems, notices: history.notices, counts: history.counts, last, history };
}

describe('files of the past', () => {
  test('are read from the oldest to the newest, whatever their order and names', async () => {
    const paths = [
      put('b.log', '30 c\n40 d\n'),
      put('a.log.2.gz', '# heading\n10 a\n'),
      put('a.log-20261121', 'no date\n20 b\n'),
    ];
    const { lines, places, counts, last, history } = await read(paths);
    expect(lines).toEqual(['# heading', '10 a', 'no date', '20 b', '30 c', '40 d']);
    expect(places[1]).toBe('a.log.2.gz:2');
    expect(counts.lines).toBe(6);
    expect(last).toBe(history.sizeBytes);
    expect(history.files.map(({ firstSec }) => firstSec)).toEqual([10, 20, 30]);
  });

  test('without dates go by their numbers', async () => {
    const paths = [
      put('a.log', 'd\n', 1),
      put('a.log.10.gz', 'a\n', 9),
      put('a.log.1', 'c\n', 5),
      put('a.log.2.gz', 'b\n', 7),
    ];
    expect((await read(paths, {})).lines).toEqual(['a', 'b', 'c', 'd']);
    expect((await read([...paths].reverse(), {})).lines).toEqual(['a', 'b', 'c', 'd']);
  });

  test('without dates and numbers go by the time of their last change', async () => {
    const paths = [put('x', 'c\n', 30), put('y', 'a\n', 10), put('z', 'b\n', 20)];
    expect((await read(paths, {})).lines).toEqual(['a', 'b', 'c']);
  });

  test('are decoded as asked, packed or not', async () => {
    const encoding = await findEncoding('utf-16-le');
    const wide = (text: string) => Buffer.from(text, 'utf16le');
    const paths = [put('a.log', wide('2 ü\n')), put('a.log.1.gz', gzipSync(wide('1 é\n')))];
    expect((await read(paths, { timeOf, encoding })).lines).toEqual(['1 é', '2 ü']);
  });

  test('may be none', async () => {
    expect((await read([])).lines).toEqual([]);
  });
});

describe('nothing is read twice', () => {
  test('where a file is there packed and unpacked', async () => {
    const paths = [put('a.log.1.gz', '1 a\n2 b\n'), put('a.log.1', '1 a\n2 b\n')];
    const { lines, notices, places } = await read(paths);
    expect(lines).toEqual(['1 a', '2 b']);
    expect(places[0]).toBe('a.log.1:1');
    expect(notices).toEqual([expect.stringMatching(/a\.log\.1\.gz holds nothing that .*a\.log\.1 does not/)]);
  });

  test('where a copy ends earlier', async () => {
    const paths = [put('a.log.1', '1 a\n'), put('a.log', '1 a\n2 b\n')];
    expect((await read(paths)).lines).toEqual(['1 a', '2 b']);
  });

  test('where one file has two names', async () => {
    const path = put('a.log', '1 a\n');
    symlinkSync(path, join(folder, 'link'));
    const { lines, notices } = await read([join(folder, 'link'), path, path]);
    expect(lines).toEqual(['1 a']);
    expect(notices).toHaveLength(2);
  });

  test('but files that only begin alike are both read', async () => {
    const paths = [put('a.log.1', '# heading\n1 a\n'), put('a.log', '# heading\n2 b\n')];
    expect((await read(paths)).lines).toEqual(['# heading', '1 a', '# heading', '2 b']);
  });
});

describe('a file that cannot be read', () => {
  test('is one problem, and the others are read', async () => {
    mkdirSync(join(folder, 'sub'));
    const paths = [
      join(folder, 'none'),
      join(folder, 'sub'),
      put('a.log', '1 a\n'),
      put('b.xz', Buffer.from('\xfd7zXZ\0\0', 'latin1')),
    ];
    const { lines, problems } = await read(paths);
    expect(lines).toEqual(['1 a']);
    expect(problems).toEqual([
      ['none', 'source-enoent'],
      ['sub', 'source-eisdir'],
      ['b.xz', 'source-packed'],
    ]);
  });

  test('to its end gives what is before the damage', async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `${i} a\n`).join('');
    const paths = [put('a.gz', gzipSync(text).subarray(0, 100_000)), put('b', '200000 b\n')];
    const { lines, problems } = await read(paths);
    expect(lines.at(-1)).toBe('200000 b');
    expect(lines.length).toBeGreaterThan(1000);
    expect(problems).toEqual([['a.gz', 'source-gzip']]);
  });
});
