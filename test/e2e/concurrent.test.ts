/** Many f2b at once: on one store they take turns, on one firewall they do not get into each other's way. */
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { Site } from './site.js';

const why = missing('iptables', 'iptables-legacy', 'ip6tables-legacy');
if (why !== undefined) process.stderr.write(`f2b is not tested beside another one on a firewall: ${why}\n`);

const opened: (Site | Lab)[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

function jailLocal(action: string): string {
  return `[DEFAULT]
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
action = ${action}
`;
}

test('twenty scans at once on one store and a growing log: all succeed, everybody is banned once', async () => {
  const files = {
    'jail.local': jailLocal('files[name=sshd]'),
    'action.d/files.conf': `[Definition]
actionban = mktemp DIR/rules/<ip>.XXXXXXXX >/dev/null
actionunban = rm DIR/rules/<ip>.*
`,
  };
  const site = new Site({ files });
  opened.push(site);
  site.write('auth.log', '');
  site.write('rules/none', '');
  const attackers: string[] = [];
  let growing = true;
  const growth = (async () => {
    while (growing) {
      const address = `198.18.0.${attackers.length}`;
      attackers.push(address);
      // Its failures come one after the other, for different scans to find.
      for (let i = 0; i < 3; i++) {
        site.fails(address, { times: 1 });
        await sleep(10);
      }
      if (attackers.length === 120) growing = false;
    }
  })();
  const scans = await Promise.all(Array.from({ length: 20 }, () => site.scan('--wait', '5m')));
  growing = false;
  await growth;
  scans.push(await site.scan());
  expect(scans.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  expect(scans.flatMap(({ banned }) => banned).sort()).toEqual([...attackers].sort());
  const rules = readdirSync(site.at('rules')).map((name) => name.replace(/\.\w{8}$/, ''));
  expect(rules.sort()).toEqual([...attackers, 'none'].sort());
}, 180_000);

test('a second f2b that may not wait says who has the store', async () => {
  const files = {
    'jail.local': jailLocal('slow[name=sshd]'),
    'action.d/slow.conf': '[Definition]\nactionban = > DIR/begun; sleep 3\nactionunban =\n',
  };
  const site = new Site({ files });
  opened.push(site);
  site.write('auth.log', '');
  site.fails('198.18.0.1');
  const first = site.start('scan');
  while (!existsSync(site.at('begun'))) await sleep(10);
  const second = await site.f2b('scan', '--wait', '0');
  expect(second.status).not.toBe(0);
  expect(second.stderr).toContain(`f2b scan (process ${first.child.pid}`);
  expect((await site.f2b('banned')).status).toBe(0);
  expect((await site.f2b('scan')).status).toBe(0);
  expect((await first.ended).status).toBe(0);
});

describe('two stores, one firewall', () => {
  const cases = [
    ['iptables', 'iptables-multiport[name=NAME, port=8022]', 'iptables -S; ip6tables -S'],
    [
      'iptables of old, with its one lock',
      'iptables-multiport[name=NAME, port=8022, iptables="iptables-legacy <lockingopt>", iptables?family=inet6="ip6tables-legacy <lockingopt>"]',
      'iptables-legacy -S; ip6tables-legacy -S',
    ],
    ['iptables with ipset', 'iptables-ipset[name=NAME, port=8022]', 'ipset save'],
    ['nftables', 'nftables[name=NAME, port=8022]', 'nft list ruleset'],
  ] as const;

  (why === undefined ? test : test.skip).each(cases)('%s: no ban fails', async (_name, action, list) => {
    const lab = await Lab.open();
    opened.push(lab);
    const namespace = lab.sh('ip netns identify $$').trim();
    const sites = ['one', 'two'].map((name) => {
      const files = { 'jail.local': jailLocal(action.replace('NAME', name)) };
      return new Site({ files, namespace });
    });
    opened.push(...sites);
    for (const site of sites) site.write('auth.log', '');
    for (let round = 0; round < 2; round++) {
      for (const site of sites) {
        // Not so many that they go in bulk, each in its turn.
        site.fails(`198.18.${round}.1`);
        site.fails(`2001:db8:c::${round}`);
      }
      const scans = await Promise.all(sites.map((site) => site.scan()));
      expect(scans).toEqual(sites.map(() => expect.objectContaining({ status: 0, stderr: '' })));
    }
    const rules = lab.sh(list);
    for (let round = 0; round < 2; round++) {
      expect(rules.split(`198.18.${round}.1`)).toHaveLength(3);
    }
    const unbans = await Promise.all(sites.map((site) => site.f2b('unban', '--all')));
    expect(unbans).toEqual(sites.map(() => ({ status: 0, signal: null, stdout: '4\n', stderr: '' })));
    expect(lab.sh(list)).not.toContain('198.18');
    const logs = sites.map((site) => site.read('f2b.log')).join('');
    expect(logs).not.toMatch(/lock|ERROR/);
  });
});
