/** f2b link: its names for fail2ban’s programs. */
import { lstatSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROGRAMS, programOf } from '../../src/commands/programs.js';
import { f2b, ROOT, run } from './f2b.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'f2b-link-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const link = (...args: string[]) => f2b(['link', '--dir', dir, ...args]);
const said = (what: string) => PROGRAMS.map((program) => `${join(dir, program)}: ${what}\n`).join('');

describe('f2b link', () => {
  test('makes links that are f2b by the names of fail2ban’s programs', async () => {
    expect(await link()).toEqual({ status: 0, stdout: said('made'), stderr: '' });
    expect(readlinkSync(join(dir, 'fail2ban-client'))).toBe(join(ROOT, 'bin/run.js'));
    expect((await run(join(dir, 'fail2ban-client'), ['-V'])).stdout).toMatch(/^[\d.]+\n$/);
    expect((await run(join(dir, 'fail2ban-server'), ['--str2sec', '1h'])).stdout).toBe('3600\n');
    const { stdout } = await run(join(dir, 'fail2ban-regex'), ['bad 192.0.2.1', '^bad <HOST>$']);
    expect(stdout).toMatch(/^\nRunning tests\n={13}\n/);
  });

  test('finds its own links there, and takes them away', async () => {
    await link();
    expect(await link()).toEqual({ status: 0, stdout: said('there already'), stderr: '' });
    expect(await link('--remove')).toEqual({ status: 0, stdout: said('removed'), stderr: '' });
    expect(await link('--remove')).toEqual({ status: 0, stdout: said('not there'), stderr: '' });
  });

  test.each([
    ['a program', (path: string) => writeFileSync(path, '#!/bin/sh\n')],
    ['a link to something else', (path: string) => symlinkSync('/bin/true', path)],
    ['a link that leads nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
  ])('leaves %s alone, and makes nothing then', async (_, put) => {
    put(join(dir, 'fail2ban-server'));
    for (const args of [[], ['--remove']]) {
      const { status, stdout, stderr } = await link(...args);
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
      expect(stderr).toContain(
        `this is no link to f2b: ${join(dir, 'fail2ban-server')}\nNothing was changed.`,
      );
    }
    expect(lstatSync(join(dir, 'fail2ban-client'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('needs a folder', async () => {
    rmSync(dir, { recursive: true });
    expect((await link()).stderr).toBe(`ERROR: ${dir} is no folder\n`);
  });
});

test('the name it was started under says which program is meant', () => {
  expect(programOf('/usr/local/bin/fail2ban-client')).toBe('fail2ban-client');
  expect(programOf('/x/fail2ban-regex.js')).toBe('fail2ban-regex');
  for (const path of [
    '/x/f2b',
    '/x/bin/run.js',
    '/x/fail2ban-client.bak',
    '/fail2ban-client/run.js',
    undefined,
  ]) {
    expect(programOf(path)).toBeUndefined();
  }
});
