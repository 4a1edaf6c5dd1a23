/**
 * ufw, firewalld and Shorewall, the real ones, each with a configuration of its own in a network namespace: a client that is
 * banned cannot connect, and nothing is left behind. The machine's own configuration is covered by ours (mount namespaces).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT, type Engine, Lab, missing, OTHER } from './lab.js';

const OK = { failed: [], errors: [] };
const FAMILIES = ['inet4', 'inet6'] as const;
const IDS = [CLIENT.inet4, CLIENT.inet6];

function whenThere(...tools: string[]): typeof describe | typeof describe.skip {
  const why = missing('iptables', 'unshare', ...tools);
  if (why !== undefined) console.warn(`actions are not tested with the real firewall: ${why}`);
  return why === undefined ? describe : describe.skip;
}

/** A script that runs a program which sees our folders in place of the machine's. */
function covered(covers: Readonly<Record<string, string>>, program: string): string {
  const mounts = Object.entries(covers).map(([ours, theirs]) => `mount --bind ${ours} ${theirs}`);
  return `exec unshare -m sh -c '${[...mounts, `exec ${program} "$@"`].join(' && ')}' sh "$@"`;
}

async function keepsOut(lab: Lab, one: Engine, verifies = true): Promise<void> {
  for (const family of FAMILIES) {
    expect(await lab.reaches(family, 8022)).toBe(true);
    expect(await one.ban([CLIENT[family]])).toEqual(OK);
    expect(await lab.reaches(family, 8022)).toBe(false);
    expect(await lab.reaches(family, 8022, OTHER)).toBe(true);
    if (verifies) expect(await one.verify([CLIENT[family], OTHER[family]])).toEqual(['present', 'absent']);
    expect(await one.reban([CLIENT[family]])).toEqual(OK);
    expect(await one.unban([CLIENT[family]])).toEqual(OK);
    expect(await lab.reaches(family, 8022)).toBe(true);
    expect(await one.unban([CLIENT[family]])).toEqual(OK);
  }
}

whenThere('ufw')('ufw', () => {
  let lab: Lab;
  let path: string;
  let engine: Engine | undefined;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    const etc = join(lab.scratch, 'etc');
    cpSync('/etc/ufw', etc, { recursive: true });
    cpSync('/etc/default/ufw', join(lab.scratch, 'default'));
    const covers = { [etc]: '/etc/ufw', [join(lab.scratch, 'default')]: '/etc/default/ufw' };
    const real = execFileSync('which', ['ufw'], { encoding: 'utf8' }).trim();
    path = lab.tools({ ufw: covered(covers, real) });
    lab.sh(`${path}/ufw --force enable >/dev/null; ${path}/ufw allow 8022/tcp >/dev/null`);
  }, 60_000);
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  test.each(['ufw', 'ufw[blocktype=deny,comment="it is <name>"]'])(
    '%s keeps out a banned client, and lets it in again',
    async (action) => {
      const status = () => lab.sh(`${path}/ufw status`);
      const before = status();
      engine = lab.engine(action, { path });
      await engine.start();
      await keepsOut(lab, engine);
      expect(status()).toBe(before);
      for (const id of [...IDS, '198.51.100.0/24']) expect(await engine.ban([id])).toEqual(OK);
      expect(await engine.unban([...IDS, '198.51.100.0/24'])).toEqual(OK);
      expect(await engine.stop()).toEqual(OK);
      expect(status()).toBe(before);
    },
    60_000,
  );
});

whenThere(
  'firewalld',
  'firewall-cmd',
  'dbus-daemon',
)('firewalld', () => {
  let lab: Lab;
  let path: string;
  let engine: Engine | undefined;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    const etc = join(lab.scratch, 'etc');
    cpSync('/etc/firewalld', etc, { recursive: true });
    const bus = join(lab.scratch, 'bus');
    const may = ['method_call', 'method_return', 'error', 'signal'].map(
      (type) => `<allow send_type="${type}" send_requested_reply="true"/><allow receive_type="${type}"/>`,
    );
    writeFileSync(
      join(lab.scratch, 'bus.conf'),
      `<busconfig><type>system</type><listen>unix:path=${bus}</listen><auth>EXTERNAL</auth><policy context="default">
        <allow user="*"/><allow own="*"/><allow send_destination="*"/>${may.join('')}</policy></busconfig>`,
    );
    const dbus = `dbus-daemon --config-file=${lab.scratch}/bus.conf --nofork --nopidfile`;
    await lab.serve('sh', '-c', `echo up; exec ${dbus} > ${lab.scratch}/bus.log 2>&1`);
    const own = `DBUS_SYSTEM_BUS_ADDRESS=unix:path=${bus}; export DBUS_SYSTEM_BUS_ADDRESS`;
    const real = execFileSync('which', ['firewalld'], { encoding: 'utf8' }).trim();
    path = lab.tools({
      'firewall-cmd': `${own}; exec /usr/bin/firewall-cmd "$@"`,
      'firewalld-here': `${own}\n${covered({ [etc]: '/etc/firewalld' }, real)}`,
    });
    const daemon = `${path}/firewalld-here --nofork --nopid`;
    await lab.serve('sh', '-c', `echo up; exec ${daemon} > ${lab.scratch}/firewalld.log 2>&1`);
    lab.sh(
      `for i in 1 2 3 4 5 6 7 8 9; do ${path}/firewall-cmd --state 2>/dev/null && break; sleep 1; done; ${path}/firewall-cmd -q --add-port=8022/tcp`,
    );
  }, 60_000);
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  const everything = () =>
    lab.sh(`export PATH=${path}:$PATH; firewall-cmd --direct --get-all-rules; firewall-cmd --direct --get-all-chains
      firewall-cmd --list-rich-rules; iptables -S; ip6tables -S; ipset -n list`);

  test.each([
    'firewallcmd-multiport[port="8022,8023"]',
    'firewallcmd-allports[protocol="tcp,udp"]',
    'firewallcmd-new[port=8022]',
    'firewallcmd-ipset[port=8022]',
    'firewallcmd-rich-rules[port="8022,9000:9010"]',
    'firewallcmd-rich-logging[port=8022,rate=2]',
  ])(
    '%s keeps out a banned client, lets it in again, and leaves nothing behind',
    async (action) => {
      const before = everything();
      engine = lab.engine(action, { path });
      await engine.start();
      expect(await engine.ban(IDS)).toEqual(OK);
      for (const family of FAMILIES) {
        expect(await lab.reaches(family, 8022)).toBe(false);
        expect(await lab.reaches(family, 8022, OTHER)).toBe(true);
      }
      expect(await engine.verify([...IDS, OTHER.inet4])).toEqual(['present', 'present', 'absent']);
      // firewall-cmd takes its time: the others have the same commands for this.
      if (action.includes('multiport')) {
        lab.sh(`${path}/firewall-cmd -q --reload; ${path}/firewall-cmd -q --add-port=8022/tcp`);
        expect((await engine.check()).map(({ state }) => state)).toEqual(['repaired', 'repaired']);
        expect(await engine.reban(IDS)).toEqual(OK);
        for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(false);
      }
      expect(await engine.unban(IDS)).toEqual(OK);
      for (const family of FAMILIES) expect(await lab.reaches(family, 8022)).toBe(true);
      expect(await engine.unban([CLIENT.inet4])).toEqual(OK);
      expect(await engine.stop()).toEqual(OK);
      expect(everything()).toBe(before);
    },
    120_000,
  );
});

whenThere('shorewall', 'shorewall6')('shorewall', () => {
  let lab: Lab;
  let path: string;
  let engine: Engine | undefined;
  beforeAll(async () => {
    lab = await Lab.open([8022]);
    const made = (name: string) => {
      const folder = join(lab.scratch, name);
      mkdirSync(folder);
      return folder;
    };
    const tools = ['', '6'].map((version) => {
      const name = `shorewall${version}`;
      const etc = made(`etc${version}`);
      cpSync(`/etc/${name}`, etc, { recursive: true });
      const conf = join(etc, `${name}.conf`);
      const text = readFileSync(conf, 'utf8').replace(/^STARTUP_ENABLED=.*/m, 'STARTUP_ENABLED=Yes');
      writeFileSync(conf, text.replace(/^BLACKLIST=.*/m, 'BLACKLIST="ALL"'));
      writeFileSync(join(etc, 'zones'), `fw firewall\nnet ipv${version || '4'}\n`);
      writeFileSync(join(etc, 'interfaces'), '?FORMAT 2\nnet e0\n');
      writeFileSync(join(etc, 'policy'), '$FW all ACCEPT\nnet all ACCEPT\n');
      writeFileSync(join(etc, 'rules'), '');
      const covers = { [etc]: `/etc/${name}`, [made(`var${version}`)]: `/var/lib/${name}` };
      const real = execFileSync('which', [name], { encoding: 'utf8' }).trim();
      // What it finds in its environment it writes into the script that it runs.
      return [name, covered(covers, `env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ${real}`)];
    });
    path = lab.tools(Object.fromEntries(tools));
    lab.sh(`{ ${path}/shorewall start; ${path}/shorewall6 start; } > ${lab.scratch}/log 2>&1;`);
  }, 60_000);
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  test('keeps out a banned client, lets it in again, and leaves nothing behind', async () => {
    const before = lab.sh('iptables -S; ip6tables -S');
    engine = lab.engine('shorewall', { path });
    await engine.start();
    await keepsOut(lab, engine);
    expect(await engine.ban(['198.51.100.0/24'])).toEqual(OK);
    expect(await engine.unban(['198.51.100.0/24'])).toEqual(OK);
    expect(await engine.stop()).toEqual(OK);
    expect(lab.sh('iptables -S; ip6tables -S')).toBe(before);
  }, 60_000);

  test('that is not started bans nobody', async () => {
    lab.sh(`${path}/shorewall clear >/dev/null 2>&1`);
    engine = lab.engine('shorewall', { path });
    expect((await engine.ban([CLIENT.inet4])).failed).toHaveLength(1);
  }, 60_000);
});
