/** The configuration changes while bans stand: what was built by the old one goes by the old one's commands. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { hasStock, Site } from './site.js';

const why = missing('iptables', 'ip6tables', 'ipset', 'nft');
if (why !== undefined)
  process.stderr.write(`changes of the configuration are not tested with a firewall: ${why}\n`);
const when = why === undefined ? describe : describe.skip;
const ATTACKERS = ['203.0.113.1', '2001:db8:bad::1'];

const jailLocal = (...actions: string[]) => `[DEFAULT]
ignoreip =
ignoreself = false
usedns = no
backend = polling
maxretry = 2
bantime = 1d
[sshd]
enabled = true
filter = sshd
logpath = DIR/auth.log
action = ${actions.join('\n         ')}
`;

let lab: Lab | undefined;
let site: Site;

function openSite(
  actions: string[],
  options: { stock?: boolean; files?: Record<string, string> } = {},
): void {
  site = new Site({
    stock: options.stock,
    files: { ...options.files, 'jail.local': jailLocal(...actions) },
    namespace: lab?.sh('ip netns identify $$').trim(),
  });
  site.write('auth.log', '');
}

function configure(text: string): void {
  site.write('etc/jail.local', text.replaceAll('DIR', site.dir));
}

async function scan(): Promise<string> {
  const { status, stdout, stderr } = await site.scan();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

when('with a firewall', () => {
  let before: string;
  const rules = () => (lab as Lab).rules().replace(/packets \d+ bytes \d+/g, '');
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => {
    lab?.close();
    lab = undefined;
  });
  beforeEach(() => {
    before = rules();
  });
  afterEach(() => site?.close());

  async function ban(): Promise<void> {
    for (const address of ATTACKERS) site.fails(address, { times: 2 });
    expect((await scan()).match(/banned/g)).toHaveLength(2);
  }

  const CHANGES: readonly [name: string, from: string, to: string, stock: boolean][] = [
    ['another tool', 'iptables-multiport[name=sshd, port=22]', 'nftables[name=sshd, port=22]', false],
    [
      'another port',
      'iptables-multiport[name=sshd, port=22]',
      'iptables-multiport[name=sshd, port=2222]',
      false,
    ],
    ['another set', 'iptables-ipset[name=sshd, port=22]', 'iptables-ipset[name=ssh, port=22]', false],
    [
      "another port, with fail2ban's own action",
      'iptables-multiport[name=sshd, port=22]',
      'iptables-multiport[name=sshd, port=2222]',
      true,
    ],
    [
      "another tool, with fail2ban's own actions",
      'nftables[name=sshd, port=22]',
      'iptables-allports[name=sshd]',
      true,
    ],
  ];

  test.each(CHANGES)(
    '%s: the old rules go, the bans stand in the new ones',
    async (_name, from, to, stock) => {
      if (stock && !hasStock) return;
      openSite([to], { stock });
      await ban();
      const wanted = rules();
      expect(await site.f2b('unban', '--all')).toMatchObject({ status: 0 });
      expect(rules()).toBe(before);
      site.close();

      openSite([from], { stock });
      await ban();
      configure(jailLocal(to));
      expect(await scan()).toBe('');
      expect(sorted(rules())).toEqual(sorted(wanted));
      expect(await scan()).toBe('');
      expect(await site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
      expect(rules()).toBe(before);
    },
  );

  test('who is unbanned before the next scan is out of the old rules', async () => {
    openSite(['iptables-multiport[name=sshd, port=22]']);
    await ban();
    configure(jailLocal('nftables[name=sshd, port=22]'));
    expect(await site.f2b('unban', ...ATTACKERS)).toMatchObject({ status: 0, stdout: '2\n', stderr: '' });
    expect(rules()).toBe(before);
  });

  test.each([
    ['says that it is off', (text: string) => text.replace('enabled = true', 'enabled = false')],
    ['is gone', (text: string) => text.replace(/\[sshd\].*/s, '')],
    [
      'is gone from the configuration and another one is there',
      (text: string) =>
        text.replace('[sshd]', '[other]\nfilter = sshd').replace('filter = sshd\nlogpath', 'logpath'),
    ],
  ])('the section of the jail %s: everybody is let in, once and for all', async (_how, change) => {
    const text = jailLocal('iptables-multiport[name=sshd, port=22]');
    openSite([]);
    configure(text);
    await ban();
    // Somebody has failed, too, but not often enough.
    site.fails('203.0.113.9', { times: 1 });
    await scan();
    site.write('auth.log', '');
    configure(change(text));
    const told = await scan();
    expect(told.match(/^sshd: unbanned/gm)).toHaveLength(2);
    expect(rules()).toBe(before);
    expect(await scan()).toBe('');
  });
});

describe('mails', () => {
  const FILES = {
    'action.d/post.conf': '[Definition]\nactionban = echo <word> <ip> >> DIR/mails\n[Init]\nword = one\n',
    'action.d/files.conf':
      '[Definition]\nactionban = echo <ip> >> DIR/set\nactionunban = sed -i "/^<ip>$/d" DIR/set\n',
  };
  afterEach(() => site?.close());

  test('an action that was added tells of nobody who is banned already', async () => {
    openSite(['files'], { files: FILES });
    site.fails('203.0.113.1', { times: 2 });
    await scan();
    configure(jailLocal('files', 'post'));
    expect(await scan()).toBe('');
    expect(site.read('mails')).toBe('');
    site.fails('203.0.113.2', { times: 2 });
    await scan();
    expect(site.read('mails')).toBe('one 203.0.113.2\n');
  });

  test('one that was changed tells of nobody again, one that was removed is not waited for', async () => {
    openSite(['files', 'post'], { files: FILES });
    site.fails('203.0.113.1', { times: 2 });
    await scan();
    configure(jailLocal('files', 'post[word=two]'));
    expect(await scan()).toBe('');
    configure(jailLocal('files'));
    expect(await scan()).toBe('');
    expect(site.read('mails')).toBe('one 203.0.113.1\n');
    expect(await site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
    expect(site.read('set')).toBe('');
    expect(await scan()).toBe('');
  });
});

function sorted(text: string): string[] {
  return text.split('\n').sort();
}
