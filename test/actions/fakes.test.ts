/** Actions whose tools are not here: the exact commands that they run, with stand-ins on the path that keep their state. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, type EngineOptions, Lab, missing } from './lab.js';

const why = missing();
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`actions with stand-ins for their tools are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP4 = '192.0.2.1';
const IP6 = '2001:db8::1';

/** What each stand-in does once it has noted how it was called; `$state` is a file of its own. */
const TOOLS: Readonly<Record<string, string>> = {
  ipfw: `case $1 in
    list) cat "$state" 2>/dev/null; true;;
    add) shift; echo "00100 $*" >> "$state";;
    delete) sed -i "/^$2 /d" "$state";;
    esac`,
  ufw: `case $* in
    status) [ -e "$state.off" ] && echo 'Status: inactive' || { echo 'Status: active'; cat "$state" 2>/dev/null; true; };;
    'app info Known') echo Profile: Known;;
    'app info'*) exit 1;;
    delete*) sed -i '1d' "$state";;
    *) echo "Anywhere REJECT $4 #" >> "$state";;
    esac`,
  'firewall-cmd': `case $* in
    *--query-rule*) grep -qxF -- "$(echo "$*" | sed 's/query/add/')" "$state" 2>/dev/null;;
    *--add-rule*) echo "$*" >> "$state";;
    *--remove-rule*) touch "$state"; grep -vxF -- "$(echo "$*" | sed 's/remove/add/')" "$state" > "$state.new"; mv "$state.new" "$state";;
    *--info-ipset*|*--query-entry*) exit 1;;
    esac`,
  conntrack: 'exit 1',
  ss: 'true',
};

when('actions with stand-ins for their tools', () => {
  let lab: Lab;
  let path: string;
  let engines: Engine[] = [];
  beforeAll(async () => {
    lab = await Lab.open();
    path = join(lab.scratch, 'bin');
    mkdirSync(path);
    for (const [tool, does] of Object.entries(TOOLS)) {
      const file = join(path, tool);
      writeFileSync(
        file,
        `#!/bin/sh\nstate=${path}/../${tool}.state\necho "${tool} $*" >> ${path}/../calls\n${does}\n`,
      );
      chmodSync(file, 0o755);
    }
  });
  afterEach(() => {
    for (const engine of engines) engine.end();
    engines = [];
    for (const tool of Object.keys(TOOLS)) rmSync(join(lab.scratch, `${tool}.state`), { force: true });
    calls();
  });
  afterAll(() => lab?.close());

  function engine(action: string, options: EngineOptions = {}): Engine {
    const made = lab.engine(action, { path, ...options });
    engines.push(made);
    return made;
  }

  /** Since the last time; without questions. */
  function calls(): string[] {
    const file = join(lab.scratch, 'calls');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    rmSync(file);
    return lines.filter((line) => !/--query-|--info-|ipfw list|ufw status/.test(line));
  }

  test('ipfw', async () => {
    const ipfw = engine('ipfw');
    expect(await ipfw.ban([IP4])).toEqual(OK);
    expect(await ipfw.ban([IP6])).toEqual(OK);
    expect(calls()).toEqual([
      `ipfw add unreach port tcp from ${IP4} to 127.0.0.1 ssh`,
      `ipfw add unreach6 port tcp from ${IP6} to ::1 ssh`,
    ]);
    expect(await ipfw.reban([IP4])).toEqual(OK);
    expect(await ipfw.verify([IP4, '192.0.2.10'])).toEqual(['present', 'absent']);
    expect(readFileSync(join(lab.scratch, 'ipfw.state'), 'utf8').match(/192\.0\.2\.1 /g)).toHaveLength(1);
    calls();
    expect(await ipfw.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual(['ipfw delete 00100']);
    expect(await ipfw.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([]);
  });

  test('ufw', async () => {
    const ufw = engine('ufw');
    expect(await ufw.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([
      `ufw prepend reject from ${IP4} to any comment by Fail2Ban after 3 attempts against j`,
    ]);
    expect(await ufw.verify([IP4, IP6])).toEqual(['present', 'absent']);
    expect(await ufw.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`ufw delete reject from ${IP4} to any`]);
  });

  test('ufw with an application, a comment, and connections to end', async () => {
    const options =
      'application=Known,add="insert 1",blocktype=deny,comment="f2b; <name>",destination=192.0.2.99';
    const ufw = engine(`ufw[${options},kill-mode=conntrack]`);
    expect(await ufw.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([
      'ufw app info Known',
      `ufw insert 1 deny from ${IP4} to 192.0.2.99 app Known comment f2b; j`,
      `conntrack -D -s ${IP4}`,
    ]);
    expect(await ufw.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual(['ufw app info Known', `ufw delete deny from ${IP4} to 192.0.2.99 app Known`]);
    const other = engine('ufw[application=Other,kill-mode=ss]');
    expect(await other.ban([IP4])).toEqual(OK);
    expect(calls().slice(1)).toEqual([
      `ufw prepend reject from ${IP4} to any comment by Fail2Ban after 3 attempts against j`,
      `ss -K dst [${IP4}]`,
    ]);
  });

  test('ufw that is switched off bans nobody, and says so', async () => {
    writeFileSync(join(lab.scratch, 'ufw.state.off'), '');
    const { failed } = await engine('ufw').ban([IP4]);
    rmSync(join(lab.scratch, 'ufw.state.off'));
    expect(failed[0]?.reason).toContain('ufw is not active');
    expect(calls()).toEqual([]);
  });

  const RULE = (family: string, set: string, kind: string, protocol = 'tcp') =>
    `${family} filter INPUT_direct 0 -p ${protocol} -m multiport --dports 1:65535 -m set --match-set ${set} src -j REJECT --reject-with ${kind}`;

  test('firewallcmd-ipset', async () => {
    const before = lab.rules();
    const firewalld = engine('firewallcmd-ipset[protocol="tcp,udp",ipsettype=hash:net]');
    expect(await firewalld.ban([IP4])).toEqual(OK);
    expect(await firewalld.ban([IP6, '2001:db8::2', '2001:db8:1::/48'])).toEqual(OK);
    expect(calls()).toEqual(
      [
        RULE('ipv4', 'f2b-j', 'icmp-port-unreachable'),
        RULE('ipv4', 'f2b-j', 'icmp-port-unreachable', 'udp'),
        RULE('ipv6', 'f2b-j6', 'icmp6-port-unreachable'),
        RULE('ipv6', 'f2b-j6', 'icmp6-port-unreachable', 'udp'),
      ].map((rule) => `firewall-cmd --direct --add-rule ${rule}`),
    );
    const members = 'for s in f2b-j f2b-j6; do ipset save $s; done | grep ^add | sort';
    expect(lab.sh(members)).toBe(
      `add f2b-j ${IP4} timeout 0\nadd f2b-j6 2001:db8:1::/48 timeout 0\nadd f2b-j6 ${IP6} timeout 0\nadd f2b-j6 2001:db8::2 timeout 0\n`,
    );
    expect(await firewalld.verify([IP4, IP6, '192.0.2.2'])).toEqual(['present', 'present', 'absent']);
    rmSync(join(lab.scratch, 'firewall-cmd.state'));
    expect(await firewalld.verify([IP4])).toEqual(['absent']);
    expect((await firewalld.check()).map(({ state }) => state)).toEqual(['repaired', 'repaired']);
    expect(calls()).toHaveLength(4);
    expect(await firewalld.reban([IP4, IP6])).toEqual(OK);
    expect(await firewalld.unban([IP4])).toEqual(OK);
    expect(await firewalld.stop()).toEqual(OK);
    expect(calls().sort()).toEqual(
      [
        RULE('ipv6', 'f2b-j6', 'icmp6-port-unreachable'),
        RULE('ipv6', 'f2b-j6', 'icmp6-port-unreachable', 'udp'),
        RULE('ipv4', 'f2b-j', 'icmp-port-unreachable'),
        RULE('ipv4', 'f2b-j', 'icmp-port-unreachable', 'udp'),
      ]
        .map((rule) => `firewall-cmd --direct --remove-rule ${rule}`)
        .sort(),
    );
    expect(lab.rules()).toBe(before);
  });

  test('firewallcmd-ipset with sets of firewalld, for all ports', async () => {
    const firewalld = engine('firewallcmd-ipset[ipsetbackend=firewalld,actiontype="<allports>"]');
    expect(await firewalld.ban([IP6])).toEqual(OK);
    expect(calls()).toEqual([
      'firewall-cmd --direct --new-ipset=f2b-j6 --type=hash:ip --option=timeout=0 --option=maxelem=65536 --option=family=inet6',
      'firewall-cmd --direct --add-rule ipv6 filter INPUT_direct 0 -p tcp -m set --match-set f2b-j6 src -j REJECT --reject-with icmp6-port-unreachable',
      `firewall-cmd --ipset=f2b-j6 --add-entry=${IP6}`,
    ]);
    expect(await firewalld.ban(['2001:db8::3', '2001:db8::4'])).toEqual(OK);
    expect(calls()).toEqual(['firewall-cmd --ipset=f2b-j6 --add-entries-from-file=/dev/stdin']);
    expect(await firewalld.stop()).toEqual(OK);
    expect(calls().slice(-1)).toEqual(['firewall-cmd --direct --delete-ipset=f2b-j6']);
  });

  test('dummy', async () => {
    const target = join(lab.scratch, 'dummy');
    const dummy = engine(`dummy[target=${target},init=hello]`);
    await dummy.start();
    expect(await dummy.ban([IP4])).toEqual(OK);
    expect(await dummy.ban([IP6, 'joe$(x)', 'mary'])).toEqual(OK);
    expect(await dummy.unban([IP4])).toEqual(OK);
    expect(await dummy.verify([IP4, IP6])).toEqual(['absent', 'present']);
    expect(readFileSync(target, 'utf8').split('\n').sort()).toEqual(
      ['', 'hello', `+${IP4}`, `+${IP6}`, '+joe$(x)', '+mary', `-${IP4}`].sort(),
    );
    expect(await dummy.flush([IP6])).toEqual(OK);
    expect(readFileSync(target, 'utf8')).toMatch(/-\*\n$/);
    expect(await dummy.stop()).toEqual(OK);
    expect(existsSync(target)).toBe(false);
  });

  test('a tool that is missing is never a ban', async () => {
    for (const action of [
      'ipfw',
      'ufw',
      'firewallcmd-ipset',
      'nftables[nftables=no-such-nft]',
      'iptables[iptables=no-such-iptables]',
    ]) {
      const bare = join(lab.scratch, 'bare');
      mkdirSync(bare, { recursive: true });
      const alone = engine(action, { path: bare });
      expect((await alone.ban([IP4])).failed).toHaveLength(1);
      expect((await alone.ban(['10.0.0.1', '10.0.0.2'])).failed).toHaveLength(2);
    }
  });
});
