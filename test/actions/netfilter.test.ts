/** The netfilter actions that do not fit firewall.test.ts: the kernel's own list, the black list of Symbiosis, a set for Shorewall. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, type Engine, Lab, missing, OTHER } from './lab.js';

const OK = { failed: [], errors: [] };
const FAMILIES = ['inet4', 'inet6'] as const;
const IDS = [CLIENT.inet4, CLIENT.inet6];

const why = missing('iptables', 'ip6tables', 'ipset');
if (why !== undefined) console.warn(`more netfilter actions are not tested: ${why}`);

(why === undefined ? describe : describe.skip)('netfilter', () => {
  let lab: Lab;
  let engine: Engine | undefined;
  let hasRecent: boolean;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    const rule = 'INPUT -m recent --name f2b-try --rcheck -j RETURN';
    hasRecent = lab.sh(`iptables -A ${rule} 2>/dev/null && iptables -D ${rule} && echo yes; true`) !== '';
    if (!hasRecent) console.warn('iptables-xt_recent-echo is not tested: the kernel has no xt_recent');
  });
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  const open = (action: string) => {
    engine = lab.engine(action);
    return engine;
  };

  async function keepsOut(one: Engine): Promise<void> {
    for (const family of FAMILIES) {
      expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await one.ban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(false);
      expect(await lab.reaches(family, 8022, OTHER)).toBe(true);
      expect(await one.verify([CLIENT[family], OTHER[family]])).toEqual(['present', 'absent']);
      expect(await one.unban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await one.unban([CLIENT[family]])).toEqual(OK);
    }
  }

  describe('iptables-xt_recent-echo', () => {
    test('keeps out a banned client, lets it in again, and leaves nothing behind', async () => {
      if (!hasRecent) return;
      const before = lab.rules();
      const one = open('iptables-xt_recent-echo');
      await one.start();
      await keepsOut(one);
      expect(await one.ban(IDS)).toEqual(OK);
      expect(await one.reban(IDS)).toEqual(OK);
      expect(await one.verify([CLIENT.inet6, '2001:db8:f2b::1:10'])).toEqual(['present', 'absent']);
      expect(await one.flush(IDS)).toEqual(OK);
      for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await one.ban(IDS)).toEqual(OK);
      lab.sh('iptables -F INPUT; ip6tables -F INPUT');
      expect((await one.check()).map(({ state }) => state)).toEqual(['repaired', 'repaired']);
      expect(await one.stop()).toEqual(OK);
      expect(lab.rules()).toBe(before);
    });

    test('refuses networks, and tells when the kernel has forgotten an address', async () => {
      if (!hasRecent) return;
      const one = open('iptables-xt_recent-echo');
      const { failed } = await one.ban(['192.0.2.0/24', 'cafe', 'a.b.c.d']);
      expect(failed).toHaveLength(3);
      const many = Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`);
      expect(await one.ban(many)).toEqual(OK);
      const total = Number(
        lab.sh('cat /sys/module/xt_recent/parameters/ip_list_tot 2>/dev/null || echo 100'),
      );
      if (total === 100) expect((await one.verify(many)).filter((word) => word === 'absent')).toHaveLength(1);
      expect(await one.stop()).toEqual(OK);
    });
  });

  test('symbiosis-blacklist-allports has a rule and a file for each address', async () => {
    lab.sh('for t in iptables ip6tables; do $t -N blacklist; $t -I INPUT -j blacklist; done');
    const folder = join(lab.scratch, 'blacklist.d');
    lab.sh(`mkdir ${folder}`);
    const before = lab.rules();
    const one = open(`symbiosis-blacklist-allports[blacklist_dir=${folder}]`);
    await one.start();
    await keepsOut(one);
    expect(readdirSync(folder)).toEqual([]);
    const ids = [...IDS, '198.51.100.0/24'];
    for (const id of ids) expect(await one.ban([id])).toEqual(OK);
    expect(readdirSync(folder).sort()).toEqual(
      ['192.0.2.10.auto', '198.51.100.0|24.auto', '2001:db8:f2b::10.auto'].sort(),
    );
    expect(await one.reban(ids)).toEqual(OK);
    expect(lab.sh('iptables -S blacklist | grep -c DROP')).toBe('2\n');
    for (const id of ids) expect(await one.unban([id])).toEqual(OK);
    expect(await one.stop()).toEqual(OK);
    expect(readdirSync(folder)).toEqual([]);
    expect(lab.rules()).toBe(before);
    lab.sh('for t in iptables ip6tables; do $t -D INPUT -j blacklist; $t -X blacklist; done');
  });

  test('symbiosis-blacklist-allports without its chain, or its folder, bans nobody', async () => {
    const one = open(`symbiosis-blacklist-allports[blacklist_dir=${lab.scratch}/nowhere]`);
    expect((await one.ban([CLIENT.inet4])).failed).toHaveLength(1);
    lab.sh('iptables -N blacklist');
    expect((await one.ban([CLIENT.inet4])).failed).toHaveLength(1);
    lab.sh('iptables -F blacklist; iptables -X blacklist');
  });

  test('shorewall-ipset-proto6 fills a set, and leaves it only to a rule that names it', async () => {
    const before = lab.rules();
    const one = open('shorewall-ipset-proto6[ipsettime=<timeout-bantime>]');
    await one.start();
    lab.sh('iptables -I INPUT -m set --match-set f2b-j src -j REJECT');
    expect(await one.ban([CLIENT.inet4])).toEqual(OK);
    expect(await lab.reaches('inet4', 8022)).toBe(false);
    expect(await one.reban([CLIENT.inet4])).toEqual(OK);
    expect(await one.verify([CLIENT.inet4, OTHER.inet4])).toEqual(['present', 'absent']);
    expect(lab.sh('ipset save f2b-j')).toMatch(/add f2b-j 192\.0\.2\.10 timeout (?:600|59\d)/);
    expect(await one.unban([CLIENT.inet4])).toEqual(OK);
    expect(await lab.reaches('inet4', 8022)).toBe(true);
    expect((await one.ban([CLIENT.inet6, 'cafe'])).failed).toHaveLength(2);
    expect(await one.ban([CLIENT.inet4])).toEqual(OK);
    expect(await one.stop()).toEqual(OK);
    expect(await lab.reaches('inet4', 8022)).toBe(true);
    lab.sh('iptables -D INPUT -m set --match-set f2b-j src -j REJECT');
    const again = open('shorewall-ipset-proto6');
    await again.start();
    expect(await again.ban([CLIENT.inet4])).toEqual(OK);
    expect(await again.flush([CLIENT.inet4])).toEqual(OK);
    expect(await again.stop()).toEqual(OK);
    again.end();
    expect(lab.rules()).toBe(before);
  });

  test('iptables-multiport-log has the kernel log what it keeps out, with a prefix that it can hold', async () => {
    const one = open(`iptables-multiport-log[port=8022,logprefix="${'long '.repeat(9)}"]`);
    await one.start();
    expect(await one.ban([CLIENT.inet4])).toEqual(OK);
    expect(await lab.reaches('inet4', 8022)).toBe(false);
    const chain = lab.sh('iptables -S f2b-j-log');
    expect(chain).toContain(
      '-m limit --limit 6/min --limit-burst 2 -j LOG --log-prefix "long long long long long lo: "',
    );
    expect(lab.sh('iptables -v -x -n -L f2b-j-log | grep LOG')).toMatch(/^\s*[1-9]/);
    lab.sh('iptables -F f2b-j-log');
    expect((await one.check()).map(({ state }) => state)).toEqual(['repaired']);
    expect(lab.sh('iptables -S f2b-j-log')).toBe(chain);
    expect(await one.stop()).toEqual(OK);
    expect(lab.sh('iptables -S')).not.toContain('f2b-j');
  });
});
