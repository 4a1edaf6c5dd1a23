import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeTree, removeTrees, SOUND } from '../config/check/tree.js';
import { f2b } from './f2b.js';

afterAll(removeTrees);

const MISTAKE = { 'jail.local': '[app]\nmaxretyr = 3\nfailregex = ^(bad <HOST>$\n' };
const WARNING = { 'jail.local': '[app]\ncolour = red\n' };

describe('f2b check', () => {
  test('says that there is no mistake', async () => {
    const dir = makeTree(SOUND);
    expect(await f2b(['check', '-c', dir])).toEqual({
      status: 0,
      stdout: `${dir}: no mistakes (4 files, 1 jail checked)\n`,
      stderr: '',
    });
  });

  test('shows each mistake with its line, a caret and what was meant', async () => {
    const dir = makeTree({ ...SOUND, ...MISTAKE });
    const { status, stdout, stderr } = await f2b(['check', '-c', dir]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const lines = stdout.replaceAll(`${dir}/`, '').split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'jail.local:2:1  error  nobody knows the option maxretyr in [app]',
      '    maxretyr = 3',
      '    ^',
      '    Did you mean maxretry?',
      'jail.local:3:14  error  failregex does not compile: missing ), unterminated subpattern at position 1',
    ]);
    expect(lines[5]).toMatch(/^ {4}\^\(bad \(\?:\\\[\?.*…$/);
    expect(lines[6]).toBe('     ^');
    expect(lines.at(-2)).toBe(`${dir}: 2 errors (5 files, 1 jail checked)`);
  });

  test('shows what is wrong with a formula of ban times', async () => {
    const dir = makeTree({
      ...SOUND,
      'jail.local': "[app]\nbantime.formula = ban.Time * __import__('os')\nbantime.factor = 1 / 0\n",
    });
    const { status, stdout } = await f2b(['check', '-c', dir]);
    expect(status).toBe(1);
    expect(stdout.replaceAll(`${dir}/`, '')).toMatch(
      /^jail\.local:2:41 {2}error {2}bantime\.formula cannot be reckoned: /m,
    );
    expect(stdout.replaceAll(`${dir}/`, '')).toMatch(
      /^jail\.local:3:18 {2}error {2}bantime\.factor is no number$/m,
    );
  });

  test('gives everything as JSON', async () => {
    const dir = makeTree({ ...SOUND, ...MISTAKE });
    const { status, stdout } = await f2b(['check', '-c', dir, '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: dir,
      counts: { errors: 2, warnings: 0, files: 5, jails: 1 },
      jails: ['app'],
      problems: [
        {
          level: 'error',
          code: 'unknown-option',
          file: join(dir, 'jail.local'),
          line: 2,
          column: 1,
          got: 'maxretyr',
          suggestion: 'Did you mean maxretry?',
        },
        { code: 'bad-regex', line: 3, jail: 'app' },
      ],
    });
  });

  test.each([
    [[], 0],
    [['--strict'], 1],
  ])('takes warnings for mistakes only with --strict: %j', async (more, status) => {
    const dir = makeTree({ ...SOUND, ...WARNING });
    const result = await f2b(['check', '-c', dir, ...more]);
    expect(result.status).toBe(status);
    expect(result.stdout).toContain('1 warning ');
  });

  test('checks the jails that are named', async () => {
    const dir = makeTree(SOUND);
    const { status, stdout } = await f2b(['check', 'other', '-c', dir]);
    expect(status).toBe(1);
    expect(stdout).toContain('no file matches /nowhere/other.log');
  });

  test('ends with 2 where there is nothing to read', async () => {
    const { status, stdout, stderr } = await f2b(['check', '-c', '/nowhere/at/all']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('/nowhere/at/all does not exist');
    const json = await f2b(['check', '-c', '/nowhere/at/all', '--json']);
    expect(json.status).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'no-folder', exitCode: 2 } });
  });

  test('ends with 2 where the jails cannot be read, and says all the same what is wrong elsewhere', async () => {
    const dir = makeTree({ ...SOUND, 'fail2ban.local': '[Definition]\nloglevel = LOUD\n' });
    writeFileSync(join(dir, 'jail.conf'), Buffer.from('[app]\n# caf\xe9\n', 'latin1'));
    const { status, stdout } = await f2b(['check', '-c', dir]);
    expect(status).toBe(2);
    expect(stdout).toContain('loglevel is none of the levels');
    expect(stdout).toContain('line 2 is not UTF-8');
  });

  test('lets nothing of a file reach the terminal raw', async () => {
    const dir = makeTree({
      ...SOUND,
      'jail.local': '[app]\nusedns = \x1b[31mred\u202e\n\x1b]0;title\x07 = 1\n',
    });
    const { stdout } = await f2b(['check', '-c', dir]);
    expect(stdout).toContain('\\x1b[31mred\\u202e');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  test('is coloured only where colours are asked for', async () => {
    const dir = makeTree({ ...SOUND, ...MISTAKE });
    const plain = await f2b(['check', '-c', dir]);
    const coloured = await f2b(['check', '-c', dir], { env: { FORCE_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\x1b');
    expect(coloured.stdout).toContain('\x1b[31merror\x1b[39m');
    expect(coloured.stdout.replace(/\x1b\[\d+m/g, '')).toBe(plain.stdout);
  });
});
