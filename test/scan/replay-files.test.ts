/** Files that a user names → logs, in the order in which they were written. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { SourceError } from '../../src/core/errors.js';
import { findLogFiles } from '../../src/core/scan/replay-files.js';
import { newFolder, writeLogs } from './replay-world.js';

/** All of them there, written one after the other as listed; those named, as logs. */
async function logsOf(
  there: readonly string[],
  named: readonly string[],
  rotated = false,
): Promise<string[][]> {
  const folder = newFolder();
  const files = Object.fromEntries(
    there.map((name, i) => [name, { text: 'x\n', writtenSec: 1000 + i * 10 }]),
  );
  writeLogs(files, folder);
  const logs = await findLogFiles(
    named.map((name) => join(folder, name)),
    { rotated, nowSec: 5000 },
  );
  return logs.map((log) => log.map(({ path }) => basename(path)));
}

describe('files of a log', () => {
  test.each([
    ['numbers', ['a.log.10.gz', 'a.log.2.gz', 'a.log.1', 'a.log']],
    ['dates', ['a.log-20261101.gz', 'a.log-20261108', 'a.log']],
    ['numbers inside', ['a.2.log', 'a.1.log', 'a.log']],
    ['old', ['a.log.old', 'a.log']],
  ])('are put in order by %s', async (_, names) => {
    expect(await logsOf(names, [...names].sort())).toEqual([names]);
    expect(await logsOf(names, [...names].reverse())).toEqual([names]);
  });

  test('are one log also where the log itself is not named', async () => {
    expect(await logsOf(['a.log.2.gz', 'a.log.1', 'a.log'], ['a.log.1', 'a.log.2.gz'])).toEqual([
      ['a.log.2.gz', 'a.log.1'],
    ]);
  });

  test('are all taken where that is asked for', async () => {
    const names = ['a.log.2.gz', 'a.log.1', 'a.log'];
    expect(await logsOf(names, ['a.log'], true)).toEqual([names]);
    expect(await logsOf(names, ['a.log'])).toEqual([['a.log']]);
  });

  test('are read once: named twice, packed and unpacked, by a link', async () => {
    expect(
      await logsOf(['a.log.1', 'a.log.1.gz', 'a.log'], ['a.log', 'a.log.1', 'a.log', 'a.log.1.gz']),
    ).toEqual([['a.log.1', 'a.log']]);
    const folder = newFolder();
    const [path] = writeLogs({ 'a.log': 'x\n' }, folder);
    symlinkSync(path!, join(folder, 'b.log'));
    const logs = await findLogFiles([path!, join(folder, 'b.log')], { rotated: false, nowSec: 0 });
    expect(logs).toHaveLength(1);
  });

  test('are logs of their own where names do not say otherwise', async () => {
    expect(await logsOf(['a.log', 'b.log'], ['b.log', 'a.log'])).toEqual([['b.log'], ['a.log']]);
  });

  test('are logs of their own where their times contradict their names', async () => {
    expect(await logsOf(['a.log.1', 'a.log.2', 'a.log'], ['a.log', 'a.log.1', 'a.log.2'])).toEqual([
      ['a.log.2'],
      ['a.log.1'],
      ['a.log'],
    ]);
  });
});

describe('a file', () => {
  test('was written when its packed content was, if that is known', async () => {
    const [path] = writeLogs({ 'a.log.gz': { text: 'x\n', writtenSec: 2000 } });
    const { openSync, writeSync, closeSync, utimesSync } = await import('node:fs');
    const handle = openSync(path!, 'r+');
    writeSync(handle, Buffer.from([0xe8, 0x03, 0, 0]), 0, 4, 4);
    closeSync(handle);
    utimesSync(path!, 2000, 2000);
    const [[file] = []] = await findLogFiles([path!], { rotated: false, nowSec: 5000 });
    expect(file?.newestSec).toBe(1000);
  });

  test.each([
    ['that is not there', 'none.log', 'there is no such file'],
    ['that is a folder', 'folder', 'it is a folder'],
  ])('%s is one error', async (_, name, message) => {
    const folder = newFolder();
    mkdirSync(join(folder, 'folder'));
    const looking = findLogFiles([join(folder, name)], { rotated: false, nowSec: 0 });
    await expect(looking).rejects.toThrow(SourceError);
    await expect(looking).rejects.toThrow(message);
  });

  test('named - is standard input', async () => {
    const stdin = Readable.from(['one\ntwo\n']);
    const [[file] = []] = await findLogFiles(['-'], { rotated: false, nowSec: 7, stdin });
    expect(file).toMatchObject({ path: 'standard input', newestSec: 7, sizeBytes: undefined });
  });
});
