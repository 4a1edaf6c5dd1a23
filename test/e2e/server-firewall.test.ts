/**
 * A server with real firewalls, and no more rights than its unit leaves it: somebody flushes them by hand while bans stand,
 * and it notices and puts them back.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { ROOT } from '../commands/f2b.js';
import { ServerSite } from './server-site.js';

const why = missing('iptables', 'ip6tables', 'ipset', 'nft', 'setpriv');

let lab: Lab | undefined;
let site: ServerSite | undefined;
afterEach(async () => {
  await site?.end();
  lab?.close();
});

/** It looks at the rules twice a minute. */
const LOOK_MS = 50_000;

/** Jails by the action they ban with, and what lists who is in the firewall, and what takes everything out of it. */
const FIREWALLS = {
  iptables: {
    action: 'iptables-multiport[name=iptables, port="22,80"]',
    list: 'iptables -S f2b-iptables',
    flush: 'iptables -F; iptables -X f2b-iptables; ip6tables -F',
  },
  ipset: {
    action: 'iptables-ipset-proto6[name=ipset, port=25]',
    list: 'ipset list f2b-ipset',
    flush: 'iptables -F; ip6tables -F; ipset flush',
  },
  nftables: {
    action: 'nftables[type=allports, name=nftables]',
    list: 'nft list ruleset',
    flush: 'nft delete table inet f2b-table',
  },
} as const;
const NAMES = Object.keys(FIREWALLS) as (keyof typeof FIREWALLS)[];

/** As systemd would start it: capabilities and privileges of the unit. */
function asInUnit(): string[] {
  const unit = readFileSync(join(ROOT, 'examples/systemd/f2b.service'), 'utf8');
  const words = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
  const kept = words.map((word) => `+${word.replace('CAP_', '').toLowerCase()}`);
  const privileges = /^NoNewPrivileges=yes$/m.test(unit) ? ['--no-new-privs'] : [];
  return ['setpriv', `--bounding-set=-all,${kept.join(',')}`, ...privileges];
}

(why === undefined ? test : test.skip)(
  `whoever flushes nftables, iptables or ipset by hand lets nobody in for long${why === undefined ? '' : ` (${why})`}`,
  async () => {
    lab = await Lab.open();
    const { sh } = { sh: (script: string) => (lab as Lab).sh(script) };
    const jails = NAMES.map((name) =>
      [
        `[${name}]`,
        'enabled = true',
        'filter = lines',
        `logpath = DIR/${name}.log`,
        `action = ${FIREWALLS[name].action}`,
      ].join('\n'),
    );
    const common =
      'backend = polling\nmaxretry = 3\nfindtime = 1h\nbantime = 1h\nignoreself = false\nusedns = no';
    site = new ServerSite({
      namespace: sh('ip netns identify $$').trim(),
      through: asInUnit(),
      files: { 'jail.local': `[DEFAULT]\n${common}\n\n${jails.join('\n\n')}\n` },
    });
    const at = site;
    for (const name of NAMES) at.write(`${name}.log`, '');
    const { child } = await at.up();
    const bounding = spawnSync('grep', ['CapBnd', `/proc/${child.pid}/status`], { encoding: 'utf8' }).stdout;
    // NET_ADMIN (12), NET_RAW (13) and DAC_READ_SEARCH (2).
    expect(bounding.trim()).toMatch(/CapBnd:\s+0+3004$/);
    const who = ['203.0.113.1', '203.0.113.2', '198.51.100.77'];
    for (const name of NAMES) for (const id of who) at.attack(id, { log: `${name}.log` });
    const inForce = (name: keyof typeof FIREWALLS) => {
      const listing = spawnSync(
        'ip',
        ['netns', 'exec', sh('ip netns identify $$').trim(), 'sh', '-c', FIREWALLS[name].list],
        {
          encoding: 'utf8',
        },
      ).stdout;
      return who.filter((id) => listing.includes(id)).length;
    };
    for (const name of NAMES) await at.until(`${name} bans`, () => inForce(name) === who.length);
    for (const name of NAMES) {
      sh(`(${FIREWALLS[name].flush}) 2>/dev/null; true`);
      expect(inForce(name)).toBe(0);
    }
    const since = performance.now();
    for (const name of NAMES) {
      await at.until(`${name} has them again`, () => inForce(name) === who.length, LOOK_MS);
    }
    if (process.env['F2B_SAY']) process.stderr.write(`put back after ${performance.now() - since} ms\n`);
    // The rules that lead to them are back as well, and once.
    expect(sh('iptables -S INPUT').match(/-j f2b-iptables/g)).toHaveLength(1);
    expect(sh('iptables -S INPUT').match(/--match-set f2b-ipset src/g)).toHaveLength(1);
    expect(sh('nft list ruleset').match(/@addr-set-nftables/g)).toHaveLength(1);
    const bans = await Promise.all(NAMES.map((name) => at.ask('status', name)));
    expect(bans.map((status) => JSON.stringify(status).includes('"Currently banned",3'))).toEqual([
      true,
      true,
      true,
    ]);
    // Whoever comes now is banned in what was put back.
    at.attack('198.51.100.200', { log: 'nftables.log' });
    await at.until('it goes on', () => sh('nft list ruleset').includes('198.51.100.200'));
    await at.down();
    expect(sh('nft list ruleset; iptables -S; ipset list')).not.toMatch(/203\.0\.113|f2b-/);
  },
  180_000,
);
