/** The shipped actions in fail2ban itself (1.0.2): the same files work there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, Lab, missing, OTHER, root } from './lab.js';

const why = missing('iptables', 'ipset', 'nft', 'fail2ban-client', 'fail2ban-server');
if (why !== undefined) console.warn(`shipped actions in fail2ban are not tested: ${why}`);

const FAMILIES = ['inet4', 'inet6'] as const;
const FIREWALLS = [
  'iptables[port=8022]',
  'iptables-multiport[port="8022,8023",protocol="tcp,udp",chain="INPUT,DOCKER-USER"]',
  'iptables-allports',
  'iptables-new[port=8022]',
  'iptables-ipset[port=8022]',
  'iptables-ipset-proto4[port=8022]',
  'iptables-ipset-proto6[port="8022,8023",ipsettime=<timeout-bantime>]',
  'iptables-ipset-proto6-allports[ipsettype=hash:net]',
  'nftables[port=8022]',
  'nftables-multiport[port="8022,8023",chain="INPUT,DOCKER-USER"]',
  'nftables-allports[protocol=all]',
  'route',
];

(why === undefined ? describe : describe.skip)('in fail2ban', () => {
  let lab: Lab;
  let dir: string;
  let before: string;
  const deny = () => join(dir, 'hosts.deny');
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    before = lab.rules();
    dir = mkdtempSync(join(lab.scratch, 'fail2ban-'));
    mkdirSync(join(dir, 'filter.d'));
    symlinkSync(join(root, 'action.d'), join(dir, 'action.d'));
    writeFileSync(join(dir, 'filter.d/x.conf'), '[Definition]\nfailregex = ^x <HOST>$\n');
    writeFileSync(join(dir, 'x.log'), '');
    writeFileSync(deny(), '# not ours\nx');
    const base = { loglevel: 'INFO', logtarget: `${dir}/log`, socket: `${dir}/sock`, pidfile: `${dir}/pid` };
    const more = {
      syslogsocket: 'auto',
      dbfile: 'None',
      dbpurgeage: '1d',
      dbmaxmatches: '10',
      allowipv6: 'yes',
    };
    const lines = Object.entries({ ...base, ...more }).map(([key, value]) => `${key} = ${value}\n`);
    writeFileSync(join(dir, 'fail2ban.conf'), `[Definition]\n${lines.join('')}`);
    const mail = `sendmail[mailcmd="cat >> ${dir}/mail"]`;
    const actions = [...FIREWALLS, `hostsdeny[file=${deny()}]`, `dummy[target=${dir}/dummy]`, mail];
    const jails = actions.map((action, i) => `[j${i}]\nenabled = true\naction = ${action}\n`);
    const common = `[DEFAULT]\nbackend = polling\nfilter = x\nlogpath = ${dir}/x.log\nbantime = 600\n`;
    writeFileSync(join(dir, 'jail.conf'), `${common}${jails.join('')}`);
    client('start');
  });
  afterAll(() => {
    spawnSync('fail2ban-client', ['-c', dir, 'stop']);
    lab?.close();
  });

  const client = (...args: string[]) =>
    lab.sh(`fail2ban-client -c ${dir} ${args.join(' ')} </dev/null 2>&1; true`);
  const errors = () => readFileSync(join(dir, 'log'), 'utf8').match(/^.*(?:ERROR|CRITICAL).*$/gm) ?? [];
  /** fail2ban takes its time. */
  async function eventually(is: () => boolean | Promise<boolean>): Promise<boolean> {
    for (let i = 0; i < 100; i++) {
      if (await is()) return true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return false;
  }

  test.each(FIREWALLS.map((action, i) => [action, `j${i}`]))('%s', async (_action, jail) => {
    const ids = FAMILIES.map((family) => CLIENT[family]);
    client('set', jail, 'banip', ...ids);
    for (const family of FAMILIES) {
      expect(await eventually(async () => !(await lab.reaches(family, 8022)))).toBe(true);
      expect(await lab.reaches(family, 8022, OTHER)).toBe(true);
    }
    client('set', jail, 'unbanip', ...ids);
    for (const family of FAMILIES) {
      expect(await eventually(() => lab.reaches(family, 8022))).toBe(true);
    }
    expect(errors()).toEqual([]);
    client('set', jail, 'banip', CLIENT.inet4);
    expect(await eventually(async () => !(await lab.reaches('inet4', 8022)))).toBe(true);
    client('stop', jail);
    expect(await eventually(() => lab.reaches('inet4', 8022))).toBe(true);
    expect(errors()).toEqual([]);
  });

  test('files and mail', async () => {
    for (const jail of [0, 1, 2].map((i) => `j${FIREWALLS.length + i}`))
      client('set', jail, 'banip', CLIENT.inet6);
    const read = (name: string) => readFileSync(join(dir, name), 'utf8');
    expect(await eventually(() => read('hosts.deny') === `ALL: [${CLIENT.inet6}]\n# not ours\nx`)).toBe(true);
    expect(await eventually(() => read('dummy') === `123\n+${CLIENT.inet6}\n`)).toBe(true);
    expect(await eventually(() => read('mail').includes(`banned ${CLIENT.inet6} on`))).toBe(true);
    client('unban', '--all');
    expect(await eventually(() => read('hosts.deny') === '# not ours\nx')).toBe(true);
    expect(errors()).toEqual([]);
  });

  test('leaves nothing behind', () => {
    client('stop');
    expect(lab.rules()).toBe(before);
  });
});
