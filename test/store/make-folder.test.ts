/** Folders are made level by level, and what cannot be made is said at once. */
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { makeFolder } from '../../src/core/make-folder.js';
import { openForWriting } from '../../src/core/store/open.js';

const dir = mkdtempSync(join(tmpdir(), 'f2b-folder-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('with those above it, of the mode asked for, and again without harm', () => {
  const path = join(dir, 'a/b/../c');
  makeFolder(path, 0o700);
  makeFolder(path, 0o755);
  for (const made of ['a', 'a/c']) expect(statSync(join(dir, made)).mode & 0o777).toBe(0o700);
});

// In /proc it is "not there", for which `mkdir` with `recursive` tries for ever.
test('where none can be made', async () => {
  expect(() => makeFolder('/proc/f2b/state', 0o700)).toThrow('ENOENT');
  const options = { waitMs: 0, clock: systemClock, command: 'f2b test' };
  await expect(openForWriting('/proc/f2b/state/f2b.sqlite3', options)).rejects.toThrow('cannot be opened');
});

test('where a file is, or beneath one', () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file, 0o700)).toThrow('EEXIST');
  expect(() => makeFolder(join(file, 'state'), 0o700)).toThrow('ENOTDIR');
});

test('behind a link that leads nowhere', () => {
  symlinkSync(join(dir, 'gone'), join(dir, 'link'));
  expect(() => makeFolder(join(dir, 'link/state'), 0o700)).toThrow('ENOENT');
});
