/** After a reboot the firewall is empty: the next scan puts back who is still banned, and tells nobody a second time. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Clock } from '../../src/core/clock.js';
import { findConfig, loadConfig } from '../../src/core/config/index.js';
import { createResolver } from '../../src/core/net/dns.js';
import { type ScanReport, scan } from '../../src/core/scan/scan.js';
import { openForWriting } from '../../src/core/store/open.js';
import type { Store } from '../../src/core/store/store.js';
import { PACKAGE, Site } from './site.js';

const BAN_SEC = 600;
const JAIL = `[DEFAULT]
ignoreip =
usedns = no
ignoreself = false
[sshd]
enabled = true
filter = sshd
backend = polling
logpath = DIR/auth.log
maxretry = 3
findtime = ${BAN_SEC}
bantime = ${BAN_SEC}
action = firewall[name=sshd]
         quiet[name=sshd]
         mail[name=sshd]
`;

let site: Site;
/** Seconds that have passed. */
let later: number;
const clock: Clock = { nowSec: () => Date.now() / 1000 + later };

beforeEach(() => {
  later = 0;
  site = new Site({
    files: {
      'jail.local': JAIL,
      // Like iptables: what it builds is gone after a reboot, and cannot be built twice.
      'action.d/firewall.conf': `[Definition]
actionstart_on_demand = true
actionstart = mkdir DIR/run/chain
actionstop = rmdir DIR/run/chain
actioncheck = test -d DIR/run/chain
actionban = set -C; echo <restored> > DIR/run/chain/<ip>
actionunban = rm DIR/run/chain/<ip>
`,
      'action.d/quiet.conf': `[Definition]
norestored = true
actionban = echo ban <ip> >> DIR/quiet
actionunban = echo unban <ip> >> DIR/quiet
`,
      'action.d/mail.conf': '[Definition]\nactionban = echo <ip> >> DIR/mails\n',
    },
  });
  site.write('auth.log', '');
  mkdirSync(site.at('run'));
});
afterEach(() => site.close());

const WRITES: ReadonlySet<keyof Store> = new Set([
  'transaction',
  'addBans',
  'updateBan',
  'markBans',
  'leaveBans',
  'endBans',
  'saveFamily',
]);

/** @param writes so many things are written down, then the plug is pulled */
async function scanIn(bootId: string, writes = Number.POSITIVE_INFINITY): Promise<ScanReport> {
  const config = loadConfig({
    folder: findConfig({ dir: site.at('etc'), packageDir: PACKAGE }),
    mode: 'start',
    mayLackLogs: true,
  });
  const options = { waitMs: 0, clock, command: 'a test' };
  const store = await openForWriting(site.at('state/f2b.sqlite3'), options);
  let left = writes;
  const failing = new Proxy(store, {
    get(target, name) {
      const value = target[name as keyof Store];
      if (typeof value !== 'function') return value;
      const isWrite = WRITES.has(name as keyof Store);
      return (...args: never[]) => {
        if (isWrite && left-- <= 0) throw new Error('the plug was pulled');
        return (value as (...args: never[]) => unknown).apply(target, args);
      };
    },
  });
  const world = {
    ...{ store: failing, clock, log: () => {}, resolver: createResolver({ ipv6: false }) },
    ...{ random: Math.random, bootId, allowIpv6: true },
  };
  try {
    return await scan({
      ...{ world, plans: config.jails, retired: [], localeEncoding: 'UTF-8', ownLog: undefined },
      ...{ dryRun: false, purgeAgeSec: undefined },
    });
  } finally {
    store.close();
  }
}

function reboot(): void {
  rmSync(site.at('run'), { recursive: true });
  mkdirSync(site.at('run'));
}

const rules = () =>
  readdirSync(site.at('run/chain')).map((ip) => `${ip} ${site.read(`run/chain/${ip}`).trim()}`);

test('puts back who is still banned, as restored, and sends no mail again', async () => {
  site.fails('198.51.100.1');
  site.fails('2001:db8::1');
  site.fails('198.51.100.2', { agoSec: BAN_SEC - 60 });
  const [first] = (await scanIn('boot 1')).jails;
  expect(first?.banned.map(({ id }) => id).sort()).toEqual(['198.51.100.1', '198.51.100.2', '2001:db8::1']);
  expect(rules()).toEqual(['198.51.100.1 0', '198.51.100.2 0', '2001:db8::1 0']);
  const told = { mails: site.read('mails'), quiet: site.read('quiet') };

  reboot();
  later = 61;
  const [second] = (await scanIn('boot 2')).jails;
  expect(second).toMatchObject({ restored: 2, banned: [], problems: [], unsettled: [] });
  expect(second?.unbanned.map(({ id }) => id)).toEqual(['198.51.100.2']);
  expect(rules()).toEqual(['198.51.100.1 1', '2001:db8::1 1']);
  expect(site.read('mails')).toBe(told.mails);
  // Who was let in again is told of by whoever told of the ban.
  expect(site.read('quiet')).toBe(`${told.quiet}unban 198.51.100.2\n`);

  const [third] = (await scanIn('boot 2')).jails;
  expect(third).toMatchObject({ restored: 0, banned: [], unbanned: [], problems: [], unsettled: [] });
  expect(rules()).toHaveLength(2);
});

test('does the same wherever the first scan after it breaks off', async () => {
  site.fails('198.51.100.1');
  await scanIn('boot 0');
  const told = { mails: site.read('mails'), quiet: site.read('quiet') };
  let breaks = 0;
  for (let boot = 1; ; boot++) {
    reboot();
    const broken = await scanIn(`boot ${boot}`, boot).then(
      () => false,
      () => true,
    );
    const [report] = (await scanIn(`boot ${boot}`)).jails;
    expect(report).toMatchObject({ problems: [], unsettled: [] });
    expect(rules()).toEqual(['198.51.100.1 1']);
    expect({ mails: site.read('mails'), quiet: site.read('quiet') }).toEqual(told);
    if (!broken) break;
    breaks++;
  }
  expect(breaks).toBeGreaterThan(5);
});

test('a second reboot is one too', async () => {
  site.fails('198.51.100.1');
  for (const boot of ['1', '2', '3']) {
    const [report] = (await scanIn(boot)).jails;
    expect(report).toMatchObject({ restored: boot === '1' ? 0 : 1, problems: [], unsettled: [] });
    expect(rules()).toEqual([`198.51.100.1 ${boot === '1' ? 0 : 1}`]);
    reboot();
  }
  expect(site.read('mails')).toBe('198.51.100.1\n');
  expect(site.read('quiet')).toBe('ban 198.51.100.1\n');
});
