/**
 * What has to hold for every way to ban: a client connects, fails, is banned by `f2b scan` and can no longer connect; it
 * can again once it is unbanned or has served its time. With real namespaces and the real tools.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, type Family, Lab, missing, OTHER } from '../actions/lab.js';
import { hasStock, Site } from './site.js';

const why = missing('iptables', 'ip6tables', 'ipset', 'nft');
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) process.stderr.write(`f2b scan is not tested with a firewall: ${why}\n`);
const FAMILIES = ['inet4', 'inet6'] as const;
export const PORT = 8022;
const BAN_SEC = 600;

export interface Case {
  readonly name: string;
  readonly action: string;
  readonly stock: boolean;
  /** One address is gone; none where the action cannot tell. */
  readonly takeOut?: string;
}

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
findtime = ${BAN_SEC}
bantime = ${BAN_SEC}
action = ${action}
`;
}

/** Tests of this file for each of these. */
export function testScans(cases: readonly Case[]): void {
  when.each(cases)('f2b scan with $name', ({ action, stock, takeOut }) => {
    let lab: Lab;
    let site: Site;
    /** The firewall before anything was banned, and as text to load. */
    let untouched: string;
    let initial: string;

    beforeAll(async () => {
      lab = await Lab.open([PORT]);
      const files = { 'jail.local': jailLocal(action) };
      site = new Site({ files, stock, namespace: lab.sh('ip netns identify $$').trim() });
      site.write('auth.log', '');
      untouched = rules();
      initial = site.at('initial.nft');
      lab.sh(`nft list ruleset > ${initial}`);
    });
    afterAll(() => {
      site?.close();
      lab?.close();
    });

    const rules = () => lab.rules().replace(/packets \d+ bytes \d+/g, '');
    const reaches = (family: Family, from: { inet4: string; inet6: string } = CLIENT) =>
      lab.reaches(family, PORT, from);
    const reached = async () => [await reaches('inet4'), await reaches('inet6')];
    const expectBanned = async () => {
      expect(await reached()).toEqual([false, false]);
      expect([await reaches('inet4', OTHER), await reaches('inet6', OTHER)]).toEqual([true, true]);
    };
    const scan = async () => {
      const finished = await site.scan();
      expect(finished).toMatchObject({ status: 0, stderr: '' });
      return finished;
    };
    const it = stock && !hasStock ? test.skip : test;

    it('bans on a growing log, IPv4 and IPv6, and says so once', async () => {
      expect((await scan()).stdout).toBe('');
      expect(await reached()).toEqual([true, true]);
      for (const family of FAMILIES) {
        site.fails(CLIENT[family], { times: 2 });
        site.fails(OTHER[family], { times: 2 });
      }
      expect((await scan()).stdout).toBe('');
      expect(rules()).toBe(untouched);
      for (const family of FAMILIES) site.fails(CLIENT[family], { times: 1 });
      expect((await scan()).banned.sort()).toEqual(FAMILIES.map((family) => CLIENT[family]).sort());
      await expectBanned();
      expect((await scan()).stdout).toBe('');
      await expectBanned();
    });

    it('puts the rules back after somebody has flushed the firewall', async () => {
      const standing = rules();
      // As another program does that loads rules of its own.
      lab.sh(`nft flush ruleset; nft -f ${initial}; ipset destroy`);
      expect(await reached()).toEqual([true, true]);
      expect((await scan()).stdout).toBe('sshd: put back 2 bans that the firewall had lost\n');
      await expectBanned();
      expect(rules()).toBe(standing);
    });

    (takeOut === undefined ? test.skip : it)('puts back what somebody has taken out by hand', async () => {
      const standing = rules();
      lab.sh(takeOut as string);
      expect(await reached()).toEqual([true, true]);
      expect((await scan()).stdout).toBe('sshd: put back 2 bans that the firewall had lost\n');
      await expectBanned();
      expect(rules()).toBe(standing);
    });

    it('lets in again whom set JAIL unbanip and unban name, and leaves nothing behind', async () => {
      expect(await site.f2b('set', 'sshd', 'unbanip', CLIENT.inet4)).toMatchObject({
        status: 0,
        stdout: '1\n',
        stderr: '',
      });
      expect(await reached()).toEqual([true, false]);
      expect(await site.f2b('unban', CLIENT.inet6)).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
      expect(await reached()).toEqual([true, true]);
      expect(rules()).toBe(untouched);
      expect((await scan()).stdout).toBe('');
      expect(rules()).toBe(untouched);
    });

    it('lets in again who has served the time, and leaves nothing behind', async () => {
      const leftSec = 6;
      const since = Date.now();
      for (const family of FAMILIES) site.fails(CLIENT[family], { agoSec: BAN_SEC - leftSec });
      expect((await scan()).banned).toHaveLength(2);
      await new Promise((resolve) => setTimeout(resolve, since + (leftSec + 1) * 1000 - Date.now()));
      expect((await scan()).unbanned).toHaveLength(2);
      expect(await reached()).toEqual([true, true]);
      expect(rules()).toBe(untouched);
    });
  });
}
