/** f2b completion: the script for bash at work, those for zsh and fish as far as these shells are there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { VOCABULARY } from '../../src/core/control/table.js';
import { COMMANDS } from '../../src/index.js';
import { folderOf } from '../config/tree.js';
import { f2b, ROOT, run } from './f2b.js';

const dir = folderOf({
  'f2b.conf': '',
  'jail.local': '[sshd]\nenabled = true\n[$(touch hacked)]\nenabled = true\n[off]\nenabled = false\n',
  'filters.d/my-own.conf': '[Definition]\nfailregex = ^<HOST>$\n',
});
const script = join(dir, 'f2b.bash');

beforeAll(async () => {
  mkdirSync(join(dir, 'bin'));
  symlinkSync(join(ROOT, 'bin/run.js'), join(dir, 'bin/f2b'));
  writeFileSync(script, (await f2b(['completion', 'bash'])).stdout);
});

/** What bash offers for the last word of a line; words as bash has split them. */
async function offers(...words: string[]): Promise<string[]> {
  const body = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _f2b; printf "%s\\n" "\${COMPREPLY[@]}"; complete -p f2b`;
  const path = `${join(dir, 'bin')}:${process.env['PATH']}`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', body, script, 'f2b', ...words], {
    cwd: dir,
    env: { PATH: path },
  });
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.pop()).toBe('complete -F _f2b f2b');
  return lines.filter((line) => line !== '');
}

const wordsOf = (scope: string) =>
  VOCABULARY.filter((entry) => entry.scope === scope && !entry.internal).map(({ name }) => name);

describe('in bash', () => {
  test('every command is offered, and those that begin so', async () => {
    expect(await offers('')).toEqual(expect.arrayContaining(Object.keys(COMMANDS)));
    expect(await offers('sta')).toEqual(['start', 'stats', 'status']);
    expect(await offers('nothing')).toEqual([]);
  });

  test('compgen takes the function as it is', async () => {
    const { stdout } = await run('bash', [
      '--norc',
      '-c',
      `source "$0"; COMP_WORDS=(f2b com); COMP_CWORD=1; compgen -F _f2b -- com 2>/dev/null`,
      script,
    ]);
    expect(stdout).toBe('completion\n');
  });

  test.each(Object.keys(COMMANDS))('the options of %s are offered', async (name) => {
    const flags = { ...COMMANDS[name as keyof typeof COMMANDS].flags } as Record<
      string,
      { hidden?: boolean }
    >;
    const wanted = Object.entries(flags).flatMap(([flag, { hidden }]) => (hidden ? [] : [`--${flag}`]));
    expect(await offers(name, '--')).toEqual(expect.arrayContaining(wanted));
  });

  test.each<[string[], string[]]>([
    [['set', '-c', dir, 'ss'], ['sshd']],
    [['set', '--config', '=', dir, 'ss'], ['sshd']],
    [['status', '-c', dir, 'o'], []],
    [['check', '-c', dir, 'of'], ['off']],
    [['scan', '-c', dir, 'sshd', 'ss'], ['sshd']],
    [
      ['status', '-c', dir, 'sshd', ''],
      ['basic', 'short', 'cymru'],
    ],
    [
      ['list', ''],
      ['filters', 'actions', 'jails'],
    ],
    [['list', 'filters', ''], []],
    [['show', '-c', dir, 'my-'], ['my-own']],
    [['regex', '-c', dir, 'x.log', 'my-'], ['my-own']],
    [
      ['regex', '--format', ''],
      ['auto', 'report', 'table'],
    ],
    [['regex', '--format', '=', 'r'], ['report']],
    [['set', 'loglevel', 'N'], ['NOTICE']],
    [['set', 'sshd', 'unbanip', '192.0.2.'], []],
    [['client', 'se'], ['set']],
    [['client', 'set', '-c', dir, 'ss'], ['sshd']],
    [['client', 'set', 'sshd', 'unb'], ['unbanip']],
    [['get', 'sshd', 'actionm'], ['actionmethods']],
    [['why', '-c', join(dir, 'filters')], [join(dir, 'filters.d')]],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('%j offers %j', async (words, offered) => expect(await offers(...words)).toEqual(offered));

  test('set and get have the words of the vocabulary', async () => {
    expect(await offers('set', 'sshd', '')).toEqual(expect.arrayContaining(wordsOf('set-jail')));
    expect(await offers('get', 'sshd', '')).toEqual(expect.arrayContaining(wordsOf('get-jail')));
    expect(await offers('get', '')).toEqual(expect.arrayContaining(wordsOf('get')));
  });

  test('a jail may be called anything', async () => {
    const offered = await offers('status', '-c', dir, '$');
    expect(offered).toEqual(['\\$\\(touch\\ hacked\\)']);
    expect((await run('ls', [dir])).stdout).not.toContain('hacked');
  });
});

test.each(['zsh', 'fish'])(
  'the script for %s has every command, and its shell can read it',
  async (shell) => {
    const { stdout, status } = await f2b(['completion', shell]);
    expect(status).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`(?:'| -a )${name}\\b`));
    if (spawnSync(shell, ['--version']).status !== 0) {
      console.warn(`${shell} is not installed: its script is not read`);
      return;
    }
    expect((await run(shell, ['-n'], { input: stdout })).stderr).toBe('');
  },
);

test('another shell is refused', async () => {
  const { status, stderr } = await f2b(['completion', 'tcsh']);
  expect(status).toBe(2);
  expect(stderr).toContain('tcsh');
});
