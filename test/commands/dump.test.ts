import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { prettyPrint } from '../../src/view/dump-pretty.js';
import { folderOf } from '../config/tree.js';
import { f2b, ROOT } from './f2b.js';

const BASE = {
  'fail2ban.conf': '[Definition]\nsocket = /s\n',
  'jail.conf': '[j]\nenabled = yes\nmaxretry = 3\n',
};

describe('f2b dump', () => {
  test('prints the stream, and what is worth knowing beside it', async () => {
    const dir = folderOf({ ...BASE, 'jail.local': '[k]\nenabled = yes\nmaxretry = abc\nfilter = nope\n' });
    const { status, stdout, stderr } = await f2b(['dump', '-c', dir]);
    expect(status).toBe(0);
    expect(stdout).toContain("\n['set', 'j', 'maxretry', 3]\n");
    expect(stdout.endsWith("['start', 'j']\n")).toBe(true);
    expect(stderr).toContain(`ERROR: ${dir}/jail.local:4: [k] Unable to read the filter 'nope'\n`);
  });

  test('reads what ships from the root of the project', async () => {
    const { status, stdout, stderr } = await f2b(['dump', '-c', '.'], { cwd: ROOT });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain("['set', 'loglevel', 'INFO']\n");
  });

  test('lays a jail.local over what ships', async () => {
    const log = `Nov 21 09:08:07 srv sshd[12]: Failed password for root from 192.0.2.1 port 22 ssh2\n`;
    const dir = folderOf({ 'x.log': log });
    const etc = folderOf({ 'jail.local': `[sshd]\nenabled = true\nlogpath = ${dir}/x.log\nport = 2222\n` });
    const env = { HOME: dir, XDG_STATE_HOME: `${dir}/state`, F2B_CONFIG: etc };
    const { status, stdout, stderr } = await f2b(['dump'], { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n').at(-1)).toBe("['start', 'sshd']");
    expect(stdout).toContain(`['set', 'sshd', 'addlogpath', '${dir}/x.log', 'head']\n`);
    expect(stdout).toContain("['port', '2222']");
    const state = process.geteuid?.() === 0 ? '/var/lib/f2b' : `${dir}/state/f2b`;
    expect(stdout).toContain(`['set', 'dbfile', '${state}/f2b.sqlite3']\n`);
    expect(await f2b(['check'], { env })).toMatchObject({ status: 0, stderr: '' });
    const tested = await f2b(['regex', `${dir}/x.log`, 'sshd'], { env });
    expect(tested.stdout).toMatch(/^Lines: 1 lines, 0 ignored, 1 matched, 0 missed$/m);
  });

  test('takes the place of settings by the options of fail2ban-client', async () => {
    const dir = folderOf(BASE);
    const options = [
      '--loglevel',
      '5',
      '--logtarget',
      '/x%y',
      '--syslogsocket',
      '/z',
      '-s',
      '/own',
      '-p',
      '/pid',
    ];
    const { stdout } = await f2b(['dump', '-c', dir, ...options, '--json']);
    const { commands, client } = JSON.parse(stdout);
    const values = commands.map((command: { value: unknown }[]) => command.map(({ value }) => value));
    expect(values.slice(0, 3)).toEqual([
      ['set', 'syslogsocket', '/z'],
      ['set', 'loglevel', '5'],
      ['set', 'logtarget', '/x%y'],
    ]);
    expect(client).toEqual({ socket: { value: '/own' }, pidfile: { value: '/pid' } });
  });

  test('gives by --json every value with its origin, and loses no digit', async () => {
    const dir = folderOf({ ...BASE, 'jail.local': '[j]\nmaxmatches = 99999999999999999999\n' });
    const { stdout, stderr } = await f2b(['dump', '-c', dir, '--json']);
    const { commands, client, problems } = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(commands).toContainEqual([
      { value: 'set' },
      { value: 'j' },
      { value: 'maxretry' },
      { value: 3, origin: { file: `${dir}/jail.conf`, line: 3 } },
    ]);
    expect(JSON.stringify(commands)).toContain('"99999999999999999999"');
    expect(client.socket).toEqual({ value: '/s', origin: { file: `${dir}/fail2ban.conf`, line: 2 } });
    expect(problems.length).toBeGreaterThan(0);
  });

  test.each([
    ['a folder that is not there', ['-c', '/nowhere/f2b'], 255, 'does not exist'],
    ['a file for a folder', ['-c', '/dev/null'], 255, 'is a file'],
    ['a word too much', ['sshd'], 2, 'unexpected argument: sshd'],
    ['an option that is none', ['--nope'], 2, '--nope'],
    ['a level that is none', ['-c', '@', '--loglevel', 'loud'], 255, "Invalid log level 'loud'"],
  ])('refuses %s with one message', async (_, args, status, text) => {
    const dir = folderOf(BASE);
    const result = await f2b(['dump', ...args.map((arg) => (arg === '@' ? dir : arg))]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr.match(/^ERROR: /gm)).toHaveLength(1);
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toMatch(/\n +at |f2b has a bug/);
  });

  test.each([
    ['a byte order mark', '\ufeff[j]\nenabled = yes\n', 1],
    ['UTF-16', Buffer.from('[j]\nenabled = yes\n', 'utf16le'), 3],
    ['Latin-1', Buffer.from('[j]\nusedns = \xe9\n', 'latin1'), 2],
    ['an option twice', '[j]\nenabled = yes\nEnabled = no\n', 3],
    ['a line that is no option', '[j]\nenabled\n', 2],
    ['a reference to nothing', '[j]\nenabled = yes\nusedns = %(none)s\n', 3],
    ['an escape sequence', '[j]\nenabled = yes\nusedns = %(\x1b[2J)s\n', 3],
  ])('names file and line of %s', async (_, content, line) => {
    const dir = folderOf({ ...BASE, 'jail.conf': content });
    const { status, stdout, stderr } = await f2b(['dump', '-c', dir]);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain(`${dir}/jail.conf`);
    expect(stderr).toMatch(new RegExp(`jail\\.conf:${line}: |line ${line}\\b`));
    expect(stderr).not.toMatch(/\n +at |f2b has a bug|\x1b/);
    const json = JSON.parse((await f2b(['dump', '-c', dir, '--json'])).stdout);
    expect(json.error).toMatchObject({ exitCode: 255 });
  });

  test('ends with 255 when every jail is broken, and shows why', async () => {
    const dir = folderOf({ ...BASE, 'jail.conf': '[j]\nenabled = yes\nfilter = nope\n' });
    for (const args of [[], ['--json'], ['--pretty']]) {
      const { status, stdout } = await f2b(['dump', '-c', dir, ...args]);
      expect(status).toBe(255);
      expect(stdout).toContain('config-error');
    }
  });

  test('reads files masked by /dev/null', async () => {
    const dir = folderOf(BASE);
    symlinkSync('/dev/null', join(dir, 'jail.local'));
    expect(await f2b(['dump', '-c', dir])).toMatchObject({ status: 0 });
  });
});

describe('commands broken into lines', () => {
  test.each([
    ['short', ['a', ['b', 1]], 40, "['a', ['b', 1]]"],
    ['a long list', ['aaaa', 'bbbb', 'cccc'], 15, "[ 'aaaa',\n  'bbbb',\n  'cccc']"],
    ['a list in a list', ['a', ['bbbbbb', 'cccccc']], 16, "[ 'a',\n  [ 'bbbbbb',\n    'cccccc']]"],
    ['a long text', ['aaa bbb ccc ddd'], 12, "[ 'aaa bbb '\n  'ccc ddd']"],
    ['a text of lines', ['a\nb\nccccccc'], 12, "[ 'a\\n'\n  'b\\n'\n  'ccccccc']"],
    ['a word that does not fit', ['aaaaaaaaaaaaaaaa b'], 10, "[ 'aaaaaaaaaaaaaaaa '\n  'b']"],
    ['a text alone', 'aaa bbb ccc', 10, "('aaa '\n 'bbb '\n 'ccc')"],
    ['characters of two units', ['😀😀😀'], 7, "['😀😀😀']"],
  ])('%s', (_, value, width, expected) => {
    expect(prettyPrint(value, width)).toBe(expected);
  });
});
