/** docs/replay.md: its examples run and give what the page shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { f2b, ROOT } from '../commands/f2b.js';

const PAGE = readFileSync(join(ROOT, 'docs/replay.md'), 'utf8');

test('the first example gives what is shown below it', async () => {
  const [, command, shown] = /```sh\nbin\/run\.js (.*)\n```\n\n```text\n(.*?)```/s.exec(PAGE)!;
  const { stdout, stderr, status } = await f2b(command!.split(' '), { cwd: ROOT });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  // The page leaves out the ends of lines, and most bans.
  for (const line of shown!.split('\n').filter((each) => each !== '…')) {
    expect(stdout).toContain(line.replace(/…$/, ''));
  }
});

test('every setting it names can be compared, and every option exists', async () => {
  const { stdout } = await f2b(['replay', '--help']);
  const help = stdout.replace('[no-]', '');
  for (const [, option] of PAGE.matchAll(/--(?:no-)?([a-z]+)/g)) expect(help).toContain(`--${option}`);
  const settings = /What can be set is .*?: (.*?)\./s.exec(PAGE)![1]!.matchAll(/`([a-z]+)`/g);
  for (const [, name] of settings) {
    const value = name!.startsWith('ignore') ? (name === 'ignoreself' ? 'true' : '') : '5';
    const args = ['replay', '-c', '.', 'examples/mail.log', '-j', 'spam', '--set', `${name}=${value}`];
    expect((await f2b(args, { cwd: ROOT })).status).toBe(0);
  }
});
