import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Folders, isRotatedName, rotatedFiles } from '../../src/core/source/rotated.js';

const root = mkdtempSync(join(tmpdir(), 'f2b-rotated-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A folder with these files, each changed a minute after the one before. */
async function listed(log: string, names: readonly string[], others: readonly string[] = []) {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [i, name] of names.entries()) {
    writeFileSync(join(folder, name), name);
    utimesSync(join(folder, name), 1_700_000_000 + i * 60, 1_700_000_000 + i * 60);
  }
  const own = new Set(others.map((name) => join(folder, name)));
  const files = await rotatedFiles(join(folder, log), new Folders(), own);
  return files.map(({ path }) => basename(path));
}

describe('names of rotated files', () => {
  test.each([
    ['auth.log', 'auth.log.1'],
    ['auth.log', 'auth.log.12.gz'],
    ['auth.log', 'auth.log.0.bz2'],
    ['auth.log', 'auth.log-20261121'],
    ['auth.log', 'auth.log-20261121.gz'],
    ['auth.log', 'auth.log-20261121-1795143845'],
    ['auth.log', 'auth.log.2026-11-21'],
    ['auth.log', 'auth.log_2026-11-21T14:05:00Z'],
    ['auth.log', 'auth.1.log'],
    ['auth.log', 'auth-20261121.log'],
    ['auth.log', 'auth.log.old'],
    ['messages', 'messages.1'],
    ['messages', 'messages-20261121.xz'],
  ])('of %s: does %s', (log, name) => {
    expect(isRotatedName(`/l/${name}`, `/l/${log}`)).toBe(true);
  });

  test.each([
    ['auth.log', 'auth.log'],
    ['auth.log', 'auth.log.gz'],
    ['auth.log', 'auth.log.bak'],
    ['auth.log', 'auth.log~'],
    ['auth.log', 'auth.log-1'],
    ['auth.log', 'auth-2.log'],
    ['auth.log', 'auth2.log'],
    ['auth.log', 'xauth.log.1'],
    ['auth.log', 'auth.logs.1'],
    ['auth.log', 'auth.error.log'],
    ['messages', 'messages2'],
    ['app-2026-11-20.log', 'app-2026-11-21.log'],
  ])('of %s: does not %s', (log, name) => {
    expect(isRotatedName(`/l/${name}`, `/l/${log}`)).toBe(false);
  });

  test('of another folder: does not', () => {
    expect(isRotatedName('/m/auth.log.1', '/l/auth.log')).toBe(false);
  });
});

describe('the files a log was before', () => {
  test('stand in the order of their numbers, whatever their times', async () => {
    const names = ['a.log.10.gz', 'a.log.1', 'a.log', 'a.log.2.gz', 'other'];
    expect(await listed('a.log', names)).toEqual(['a.log.10.gz', 'a.log.2.gz', 'a.log.1']);
  });

  test('stand in the order of their dates', async () => {
    const names = ['a.log-20261121', 'a.log-20260101.gz', 'a.log', 'a.log-20261120'];
    expect(await listed('a.log', names)).toEqual(['a.log-20260101.gz', 'a.log-20261120', 'a.log-20261121']);
  });

  test('stand in the order of their last change where names do not agree', async () => {
    const names = ['a.log.1', 'a.log-20261120', 'a.log.old', 'a.log'];
    expect(await listed('a.log', names)).toEqual(['a.log.1', 'a.log-20261120', 'a.log.old']);
  });

  test('count once while they are being packed, as the unpacked one', async () => {
    expect(await listed('a.log', ['a.log', 'a.log.1', 'a.log.1.gz'])).toEqual(['a.log.1']);
  });

  test('do not take in what is a log of its own', async () => {
    expect(await listed('a.log', ['a.log', 'a.log.1', 'a.log.2'], ['a.log.1'])).toEqual(['a.log.2']);
  });

  test('are none where there is no such folder', async () => {
    expect(await rotatedFiles('/no/such/folder/a.log', new Folders())).toEqual([]);
  });
});
