/** fail2ban's own actions, as its Debian package installs them, unchanged: driven by our engine, and beside ours. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigFolder, loadConfig } from '../../src/core/config/index.js';
import { CLIENT, type Engine, Lab, missing, root } from './lab.js';

const STOCK = '/etc/fail2ban/action.d';
const installed = existsSync(join(STOCK, 'iptables-multiport.conf'));
const why = installed ? missing('iptables', 'ipset', 'nft') : `needs ${STOCK}`;
if (why !== undefined) console.warn(`stock actions are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const FAMILIES = ['inet4', 'inet6'] as const;

/** Action, the families that it can do anything about. */
const ACTIONS: readonly [action: string, families: readonly (keyof typeof CLIENT)[]][] = [
  ['iptables[port=8022]', FAMILIES],
  ['iptables-multiport[port="8022,8023",protocol="tcp,udp"]', FAMILIES],
  ['iptables-allports', FAMILIES],
  ['iptables-new[port=8022]', FAMILIES],
  ['iptables-ipset[port=8022]', FAMILIES],
  ['iptables-ipset-proto4[port=8022]', ['inet4']],
  ['iptables-ipset-proto6[port="8022,8023"]', FAMILIES],
  ['iptables-ipset-proto6-allports', FAMILIES],
  ['nftables[port=8022]', FAMILIES],
  ['nftables-multiport[port="8022,8023"]', FAMILIES],
  ['nftables-allports', FAMILIES],
];

(why === undefined ? describe : describe.skip)('stock actions in our engine', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
  });
  afterAll(() => lab?.close());

  test.each(ACTIONS)('%s', async (action, families) => {
    const before = lab.rules();
    const engine: Engine = lab.engine(action, { actionDir: STOCK });
    await engine.start();
    for (const family of families) {
      expect(await engine.ban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(false);
      expect(await engine.unban([CLIENT[family]])).toEqual(OK);
      expect(await lab.reaches(family, 8022)).toBe(true);
    }
    const ids = [...families.map((family) => CLIENT[family]), '10.0.0.1', '10.0.0.2'];
    expect(await engine.ban(ids)).toEqual(OK);
    for (const family of families) expect(await lab.reaches(family, 8022)).toBe(false);
    expect((await engine.check()).map(({ state }) => state)).toEqual(families.map(() => 'sound'));
    expect(await engine.flush(ids)).toEqual(OK);
    for (const family of families) expect(await lab.reaches(family, 8022)).toBe(true);
    expect(await engine.ban(ids)).toEqual(OK);
    expect(await engine.stop()).toEqual(OK);
    expect(lab.rules()).toBe(before);
    engine.end();
  });

  /** What fail2ban left ours takes over: same chains and sets, by the same names. */
  test.each(ACTIONS.filter(([action]) => !/proto4/.test(action)))(
    '%s can be taken over by ours',
    async (action) => {
      const before = lab.rules();
      const theirs = lab.engine(action, { actionDir: STOCK });
      await theirs.start();
      const ids = [CLIENT.inet4, CLIENT.inet6];
      expect(await theirs.ban(ids)).toEqual(OK);
      const there = lab.rules();
      const families = FAMILIES.map((family) => ({ family, state: 'started' }));
      const memory = { families, holding: FAMILIES, held: ids.map((id, i) => ({ id, family: FAMILIES[i] })) };
      const ours = lab.engine(action, { memory });
      expect(await ours.verify(ids)).toEqual(['present', 'present']);
      expect((await ours.check()).map(({ state }) => state)).toEqual(['sound', 'sound']);
      expect(await ours.reban(ids)).toEqual(OK);
      expect(lab.rules()).toBe(there);
      expect(await ours.unban(ids)).toEqual(OK);
      expect(await ours.stop()).toEqual(OK);
      expect(lab.rules()).toBe(before);
      theirs.end();
      ours.end();
    },
  );
});

/** Parameters whose default is not that of 1.0.2, or that ours do not have, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  mailcmd: 'sendmail -i: a lone dot is text',
  'timeout-bantime': 'for ever is 0, not -1',
  myip: 'the first address of the machine, rather than what a web site says it is',
  getcmd: 'curl with its options on standard input, so that the password is in no list of processes',
  rulenum: 'a random number too, by awk and not by a feature of bash',
  ipsettype: 'HEAD: type of the set; 1.0.2 means what HEAD calls ipsetbackend',
};

/** What 1.0.2 has not: csf and mikrotik came later, the others are f2b's own. */
const NEW = ['csf', 'gotify', 'iproute', 'matrix', 'mikrotik', 'ntfy', 'slack', 'telegram', 'webhook'];

(installed ? describe : describe.skip)('parameters', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'f2b-stock-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const names = readdirSync(join(root, 'action.d'))
    .filter((name) => name.endsWith('.conf') && !name.includes('-common'))
    .map((name) => name.replace(/\.conf$/, ''));

  test('every action of fail2ban is among ours', () => {
    const theirs = readdirSync(STOCK).filter((name) => name.endsWith('.conf'));
    const ours = new Set(readdirSync(join(root, 'action.d')));
    expect(theirs.filter((name) => !ours.has(name))).toEqual([]);
  });

  test.each(names.filter((name) => !NEW.includes(name)))(
    '%s has the parameters and defaults of the stock one',
    (name) => {
      const stock = propertiesOf(name, STOCK);
      const ours = propertiesOf(name, join(root, 'action.d'));
      expect(stock.size).toBeGreaterThan(1);
      for (const [key, value] of stock) {
        if (key in DIFFERENT) continue;
        expect([name, key, ours.get(key)]).toEqual([name, key, value]);
      }
    },
  );

  function propertiesOf(action: string, from: string): Map<string, string> {
    const dir = mkdtempSync(join(scratch, 'c-'));
    mkdirSync(join(dir, 'filter.d'));
    symlinkSync(from, join(dir, 'action.d'));
    writeFileSync(join(dir, 'fail2ban.conf'), '[Definition]\n');
    writeFileSync(join(dir, 'filter.d/x.conf'), '[Definition]\nfailregex = ^x <HOST>$\n');
    writeFileSync(join(dir, 'jail.conf'), `[j]\nenabled = true\nfilter = x\naction = ${action}\n`);
    const { jails } = loadConfig({ folder: new ConfigFolder(dir), mode: 'start', mayLackLogs: true });
    return new Map(
      [...(jails[0]?.actions[0]?.properties ?? [])].map(([key, { value }]) => [key, String(value)]),
    );
  }
});
