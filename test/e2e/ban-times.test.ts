/** How long bans of a scan last, when the log goes on and when the configuration changes. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Site } from './site.js';

let site: Site;
const jailLocal = (banTimeSec: number) => `[sshd]
enabled = true
ignoreip =
ignoreself = false
usedns = no
backend = polling
logpath = DIR/auth.log
maxretry = 2
findtime = 1h
bantime = ${banTimeSec}
action = noted
`;

beforeEach(() => {
  site = new Site({
    files: {
      'jail.local': jailLocal(600),
      'action.d/noted.conf': `[Definition]
actionban = echo ban <ip> <bantime> >> DIR/noted
actionprolong = echo prolong <ip> <bantime> >> DIR/noted
actionunban = echo unban <ip> >> DIR/noted
`,
    },
  });
  site.write('auth.log', '');
});
afterEach(() => site.close());

/** Ban times by address. */
async function banTimes(): Promise<Record<string, number>> {
  const { stdout } = await site.f2b('get', 'sshd', 'banip', '--with-time');
  const matches = stdout.matchAll(/^(\S+) \t\S+ \S+ \+ (-?\d+) =/gm);
  return Object.fromEntries([...matches].map(([, ip, seconds]) => [ip, Number(seconds)]));
}

test('who goes on failing is banned for longer, and stays so', async () => {
  site.fails('203.0.113.1', { times: 2, agoSec: 100 });
  await site.scan();
  site.fails('203.0.113.1', { times: 2 });
  const { stdout, status } = await site.scan();
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^sshd: prolonged 203\.0\.113\.1 until/),
  });
  const prolonged = (await banTimes())['203.0.113.1'] as number;
  expect(prolonged).toBeGreaterThanOrEqual(700);
  expect(await site.scan()).toMatchObject({ status: 0, stdout: '' });
  expect(await banTimes()).toEqual({ '203.0.113.1': prolonged });
  expect(site.read('noted')).toBe(`ban 203.0.113.1 600\nprolong 203.0.113.1 ${prolonged}\n`);
});

test('a shorter bantime in the configuration holds for bans that stand, a longer one does not', async () => {
  site.fails('203.0.113.1', { times: 2, agoSec: 100 });
  site.fails('203.0.113.2', { times: 2, agoSec: 5 });
  await site.scan();
  await site.f2b('set', 'sshd', 'banip', '203.0.113.3');
  site.write('etc/jail.local', jailLocal(1200).replaceAll('DIR', site.dir));
  await site.scan();
  expect(await banTimes()).toEqual({ '203.0.113.1': 600, '203.0.113.2': 600, '203.0.113.3': 600 });
  site.write('etc/jail.local', jailLocal(90).replaceAll('DIR', site.dir));
  const { unbanned } = await site.scan();
  expect(unbanned).toEqual(['203.0.113.1']);
  // Nobody has said of the one by hand that it is too long.
  expect(await banTimes()).toEqual({ '203.0.113.2': 90, '203.0.113.3': 600 });
});
