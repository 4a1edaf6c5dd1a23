/** What a killed f2b leaves running: its command goes on, perhaps with half of its text. The next f2b comes to the same end. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { Site } from './site.js';

let site: Site;
afterEach(() => site.close());

function siteWith(action: string): Site {
  const jail = `[DEFAULT]
ignoreip =
usedns = no
ignoreself = false
[sshd]
enabled = true
filter = sshd
backend = polling
logpath = DIR/auth.log
maxretry = 3
bantime = 1d
action = files[name=sshd]
`;
  const opened = new Site({
    files: { 'jail.local': jail, 'action.d/files.conf': `[Definition]\n${action}` },
  });
  opened.write('auth.log', '');
  mkdirSync(opened.at('chain'));
  return opened;
}

const rules = () => readdirSync(site.at('chain'));

async function until(test: () => boolean): Promise<void> {
  while (!test()) await sleep(10);
}

/** Starts f2b and kills it when its command has begun. */
async function killedAtWork(...args: string[]): Promise<void> {
  const { child, ended } = site.start(...args);
  await until(() => existsSync(site.at('begun')));
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
}

test.each([
  ['ends soon', 1],
  ['is ended after a while', 30],
])('a ban is there once when the command of a killed f2b goes on and %s', async (_how, seconds) => {
  site = siteWith(`actionban = >> DIR/begun; sleep ${seconds}; mktemp DIR/chain/<ip>.XXXXXXXX
actionunban = rm DIR/chain/<ip>.*
`);
  site.fails('198.51.100.7');
  await killedAtWork('scan');
  // What comes next is quicker.
  site.write(
    'etc/action.d/files.local',
    `[Definition]\nactionban = mktemp DIR/chain/<ip>.XXXXXXXX\n`.replaceAll('DIR', site.dir),
  );
  const since = performance.now();
  expect(await site.f2b('scan')).toMatchObject({ status: 0, stderr: '' });
  expect(performance.now() - since).toBeLessThan(10_000);
  expect(rules()).toEqual([expect.stringMatching(/^198\.51\.100\.7\.\w{8}$/)]);
  await sleep(seconds < 10 ? seconds * 1000 : 0);
  expect(rules()).toHaveLength(1);
  const told = /WARNING f2b scan \(process \d+\) was killed; its command, which went on, was ended/;
  if (seconds > 10) expect(site.read('f2b.log')).toMatch(told);
});

test('a ban that was cut off is not called lifted while the firewall has it', async () => {
  site = siteWith(`actionban = echo <ip> >> DIR/set; >> DIR/begun; sleep 30
actionunban = test -e DIR/works && sed -i '/^<ip>$/d' DIR/set
actionlist = cat DIR/set
`);
  site.write('set', '');
  site.fails('198.51.100.7');
  await killedAtWork('scan');
  const unban = await site.f2b('set', 'sshd', 'unbanip', '198.51.100.7');
  expect(unban).toMatchObject({ status: 1, stderr: expect.stringContaining('198.51.100.7') });
  expect(site.read('set')).toBe('198.51.100.7\n');
  const again = await site.scan();
  expect(again).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^sshd: NOT LIFTED 198\.51\.100\.7 by files: actionunban returned 1\n$/),
  });
  site.write('works', '');
  expect(await site.scan()).toMatchObject({ status: 0, stderr: '' });
  expect(site.read('set')).toBe('');
});

test('a text that a killed f2b has not written to its end is not used', async () => {
  site = siteWith(`actionban = echo <ip> >> DIR/set
actionunban = sed -i '/^<ip>$/d' DIR/set
actionlist = cat DIR/set
bulksize = 50000
bulkban_line = <ip>
bulkban = >> DIR/begun; sleep 1; cat >> DIR/set
`);
  const elements = () => site.read('set').split('\n').slice(0, -1);
  const list = Array.from(
    { length: 30_000 },
    (_, i) => `198.${18 + (i >> 14)}.${(i >> 7) & 127}.${100 + (i & 127)}`,
  );
  site.write('set', '');
  site.write('list', `${list.join('\n')}\n`);
  await killedAtWork('set', 'sshd', 'banip', '--from', site.at('list'));
  await sleep(2000);
  const known = new Set(list);
  expect(
    site
      .read('set')
      .split('\n')
      .filter((line) => line !== '' && !known.has(line)),
  ).toEqual([]);
  expect(await site.f2b('scan')).toMatchObject({ status: 0, stderr: '' });
  expect(elements().sort()).toEqual([...list].sort());
});
