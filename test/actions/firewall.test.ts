/** The shipped firewall actions with the real tools: a client that is banned cannot connect, and nothing is left behind. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, type Engine, Lab, missing, OTHER, type Report } from './lab.js';

const why = missing('iptables', 'ip6tables', 'ipset', 'nft');
const when = why === undefined ? describe : describe.skip;

const OK: Report = { failed: [], errors: [] };
const FAMILIES = ['inet4', 'inet6'] as const;

/** Action, how its rules can be destroyed, whether it has sets for networks. */
const ACTIONS: readonly [action: string, destroy: string | undefined, networks: boolean][] = [
  ['iptables[port=8022]', 'iptables -F INPUT', true],
  ['iptables[port="8022,8023"]', 'iptables -F f2b-j', true],
  [
    'iptables-multiport[port="8022,8023",protocol="tcp,udp",chain="INPUT,DOCKER-USER"]',
    'iptables -F DOCKER-USER',
    true,
  ],
  ['iptables-allports', 'ip6tables -F INPUT', true],
  ['iptables-new[port=8022]', 'ip6tables -F INPUT; ip6tables -F f2b-j; ip6tables -X f2b-j', true],
  ['iptables-ipset[port=8022]', 'iptables -F INPUT', false],
  ['iptables-ipset-proto4[port=8022]', 'ip6tables -F INPUT', false],
  [
    'iptables-ipset-proto6[port="8022,8023",ipsettype=hash:net,ipsettime=<timeout-bantime>]',
    'iptables -F INPUT; ipset destroy f2b-j',
    true,
  ],
  ['iptables-ipset-proto6-allports[ipsettype=hash:net]', 'ip6tables -F INPUT', true],
  ['nftables[port=8022]', 'nft delete table inet f2b-table', true],
  [
    'nftables-multiport[port="8022,9000:9010",protocol="tcp,udp",chain="INPUT,DOCKER-USER"]',
    'nft flush chain inet f2b-table DOCKER-USER',
    true,
  ],
  ['nftables-allports[blocktype=drop]', 'nft delete table inet f2b-table', true],
  [
    'nftables[type=custom,rule_match-custom="tcp dport \\{ 8022 \\}"]',
    'nft flush chain inet f2b-table f2b-chain',
    true,
  ],
  ['nftables-allports[protocol=all,addr_options=]', 'nft delete table inet f2b-table', false],
  ['route', undefined, true],
  ['iproute', 'ip -4 rule del priority 100; ip -6 rule del priority 100', true],
  [
    'iptables-multiport-log[port="8022,8023",protocol="tcp,udp"]',
    'iptables -F f2b-j; iptables -F f2b-j-log',
    true,
  ],
];

if (why !== undefined) console.warn(`firewall actions are not tested: ${why}`);

when('the firewall actions', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
  });
  afterAll(() => lab?.close());

  describe.each(ACTIONS)('%s', (action, destroy, networks) => {
    let before: string;
    let engine: Engine;
    beforeAll(async () => {
      before = lab.rules();
      engine = lab.engine(action);
      await engine.start();
    });
    afterAll(() => engine?.end());

    test.each(FAMILIES)('keeps out a banned client, and lets it in again (%s)', async (family) => {
      expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await engine.ban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(false);
      expect(await lab.reaches(family, 8022, OTHER)).toBe(true);
      expect(await engine.verify([CLIENT[family], OTHER[family]])).toEqual(['present', 'absent']);
      expect(await engine.unban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(true);
    });

    test('bans twice as once, and takes back what is not there', async () => {
      const ids = [CLIENT.inet4, CLIENT.inet6];
      expect(await engine.ban(ids)).toEqual(OK);
      const once = lab.rules();
      expect(await engine.reban(ids)).toEqual(OK);
      for (const id of ids) expect(await engine.reban([id])).toEqual(OK);
      expect(lab.rules()).toBe(once);
      for (const id of ids) expect(await engine.unban([id])).toEqual(OK);
      expect(await engine.unban(ids)).toEqual(OK);
      for (const id of ids) expect(await engine.unban([id])).toEqual(OK);
      expect(await engine.verify(ids)).toEqual(['absent', 'absent']);
    });

    test('bans a thousand at once, and takes most of them back at once', async () => {
      const many = [...addresses(1000), ...addresses(1000, '2001:db8:a::')];
      expect(await engine.ban(many)).toEqual(OK);
      expect(new Set(await engine.verify(many))).toEqual(new Set(['present']));
      const gone = many.filter((_, i) => i % 5 !== 0);
      expect(await engine.unban(gone)).toEqual(OK);
      const found = await engine.verify(many);
      expect(found).toEqual(many.map((_, i) => (i % 5 === 0 ? 'present' : 'absent')));
      expect(await engine.unban(many)).toEqual(OK);
      expect(new Set(await engine.verify(many))).toEqual(new Set(['absent']));
    });

    test('refuses what is no address, alone and among others', async () => {
      const wrong = ['evil.example', '1.2.3', 'cafe', '12345'];
      const { failed } = await engine.ban(['10.1.1.1', ...wrong, '10.1.1.2']);
      expect(failed.map(({ id }) => id)).toEqual(wrong);
      for (const { reason } of failed) expect(reason).toContain('not an address');
      expect(await engine.verify(['10.1.1.1', '10.1.1.2'])).toEqual(['present', 'present']);
      expect(await engine.unban(['10.1.1.1', '10.1.1.2'])).toEqual(OK);
    });

    if (networks) {
      test('bans networks, also over and under what is banned', async () => {
        const ids = [CLIENT.inet4, '192.0.2.0/29', '192.0.2.8/29', CLIENT.inet6, '2001:db8:f2b::/112'];
        for (const id of ids) expect(await engine.ban([id])).toEqual(OK);
        expect(new Set(await engine.verify(ids))).toEqual(new Set(['present']));
        for (const family of FAMILIES) expect(await lab.reaches(family, 8022, OTHER)).toBe(false);
        expect(await engine.ban([OTHER.inet4, OTHER.inet6])).toEqual(OK);
        const all = [...ids, OTHER.inet4, OTHER.inet6];
        expect(await engine.unban(all)).toEqual(OK);
        expect(await engine.ban(all)).toEqual(OK);
        for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(false);
        for (const id of all) expect(await engine.unban([id])).toEqual(OK);
        for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(true);
      });
    }

    if (destroy !== undefined) {
      test('notices that its rules are gone, and has them back', async () => {
        const ids = [CLIENT.inet4, CLIENT.inet6];
        expect(await engine.ban(ids)).toEqual(OK);
        expect((await engine.check()).map(({ state }) => state)).toEqual(['sound', 'sound']);
        const whole = lab.rules();
        lab.sh(destroy);
        expect((await engine.verify(ids)).includes('absent')).toBe(true);
        const states = (await engine.check()).map(({ state }) => state);
        expect(states).toContain('repaired');
        expect(states).not.toContain('broken');
        expect(await engine.reban(ids)).toEqual(OK);
        expect(sorted(lab.rules())).toEqual(sorted(whole));
        expect(await engine.verify(ids)).toEqual(['present', 'present']);
      });
    }

    test('leaves nothing behind when it stops with bans, or after a flush', async () => {
      const ids = [CLIENT.inet4, CLIENT.inet6, '10.1.1.1', '2001:db8:1::1'];
      expect(await engine.ban(ids)).toEqual(OK);
      expect(await engine.flush(ids)).toEqual(OK);
      for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await engine.ban(ids)).toEqual(OK);
      if (action === 'route') await engine.unban(ids);
      expect(await engine.stop()).toEqual(OK);
      expect(lab.rules()).toBe(before);
    });
  });
});

function addresses(count: number, v6 = ''): string[] {
  return Array.from({ length: count }, (_, i) =>
    v6 ? v6 + (i + 1).toString(16) : `10.0.${i >> 8}.${i & 255}`,
  );
}

function sorted(rules: string): string[] {
  return rules.split('\n').sort();
}
