/** The shipped actions in fail2ban itself (1.0.2): the same files work there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, Lab, missing, OTHER, root, type Services } from './lab.js';

const why = missing('iptables', 'ipset', 'nft', 'curl', 'fail2ban-client', 'fail2ban-server');
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
  'iproute',
  'iptables-multiport-log[port="8022,8023"]',
];
const names = readdirSync(join(root, 'action.d'))
  .filter((name) => name.endsWith('.conf') && !name.includes('-common'))
  .map((name) => name.replace(/\.conf$/, ''));

(why === undefined ? describe : describe.skip)('in fail2ban', () => {
  let lab: Lab;
  let dir: string;
  let before: string;
  let services: Services;
  const deny = () => join(dir, 'hosts.deny');
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    services = await lab.services();
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
    const hook = `webhook[url=${services.url}/hook,text="<ip> <matches>",events="ban unban"]`;
    const waiting = `sendmail-buffered[mailcmd="cat >> ${dir}/mails",lines=2,tmpfile=${dir}/waiting]`;
    const others = [`hostsdeny[file=${deny()}]`, `dummy[target=${dir}/dummy]`, mail, hook, waiting];
    const actions = [...FIREWALLS, ...others];
    const jails = actions.map((action, i) => `[j${i}]\nenabled = true\naction = ${action}\n`);
    const common = `[DEFAULT]\nbackend = polling\nfilter = x\nlogpath = ${dir}/x.log\nbantime = 600\nmaxretry = 1\n`;
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

  test('a web service is told, whatever is in the log', async () => {
    const jail = `j${FIREWALLS.length + 3}`;
    const text = '", "x": "$(touch owned) `touch owned` \\\\u0022 \\t caf\u00e9';
    client('set', jail, 'attempt', CLIENT.inet4, `'${text}'`);
    const told: string[] = [];
    const heard = async (count: number) => {
      told.push(...services.requests().map(({ body }) => JSON.parse(body).text));
      return told.length >= count;
    };
    expect(await eventually(() => heard(1))).toBe(true);
    expect(told[0]).toBe(`${CLIENT.inet4} ${text}`);
    client('set', jail, 'unbanip', CLIENT.inet4);
    expect(await eventually(() => heard(2))).toBe(true);
    expect(told[1]).toMatch(/lets 192\.0\.2\.10 in again/);
    expect(errors()).toEqual([]);
  });

  test('several bans make a mail', async () => {
    const jail = `j${FIREWALLS.length + 4}`;
    const mails = () => lab.sh(`grep -c "^  .* (. failures)" ${dir}/mails 2>/dev/null; true`).trim();
    client('set', jail, 'attempt', CLIENT.inet4, 'one');
    client('set', jail, 'attempt', CLIENT.inet6, 'two');
    expect(await eventually(() => mails() === '2')).toBe(true);
    expect(errors()).toEqual([]);
  });

  test('every action can be read', () => {
    const folder = mkdtempSync(join(lab.scratch, 'all-'));
    for (const name of ['filter.d', 'action.d', 'fail2ban.conf'])
      symlinkSync(join(dir, name), join(folder, name));
    const jails = names.map((name) => `[${name}]\nenabled = true\naction = ${name}\n`);
    const common = `[DEFAULT]\nbackend = polling\nfilter = x\nlogpath = ${dir}/x.log\n`;
    writeFileSync(join(folder, 'jail.conf'), `${common}${jails.join('')}`);
    const { status, stdout, stderr } = spawnSync('fail2ban-client', ['-c', folder, '-d'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/ERROR|WARNING/);
    expect(stdout.match(/'addaction'/g)).toHaveLength(names.length);
  });

  test('leaves nothing behind', () => {
    client('stop');
    expect(lab.rules()).toBe(before);
  });
});
