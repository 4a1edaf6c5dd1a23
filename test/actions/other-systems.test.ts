/** Actions for firewalls that are not here: the exact commands that they run, with stand-ins on the path that keep their state. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing } from './lab.js';

const why = missing();
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`actions for other systems are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP4 = '192.0.2.1';
const IP6 = '2001:db8::1';
const NET = '198.51.100.0/24';

/** What each stand-in does once it has noted how it was called; `$state` is a file of its own. `$broken` is there: it fails. */
const TOOLS: Readonly<Record<string, string>> = {
  // As the real one: says yes whatever iptables says
  apf: `case $2 in *:*) tables=ip6tables;; *) tables=iptables;; esac
    case $1 in --deny) $tables -I TDENY -s "$2" -j DROP;; --remove) $tables -D TDENY -s "$2" -j DROP;; esac 2>/dev/null
    true`,
  csf: `case $1 in
    --deny) [ "$2" != 192.0.2.99 ] || { echo "deny failed: $2 is in the csf.allow file"; exit; }; echo "$2" >> "$state";;
    --denyrm) grep -vxF -- "$2" "$state" > "$state.new"; mv "$state.new" "$state";;
    --grep) sed "s/^/csf.deny: /" "$state" | grep -F "$2"; true;;
    esac`,
  npfctl: `case $3 in
    add) echo "$4" >> "$state";;
    rem) grep -vxF -- "$4" "$state" > "$state.new"; mv "$state.new" "$state";;
    test) grep -qxF -- "$4" "$state";;
    list) cat "$state";;
    esac`,
  // pfctl -a ANCHOR …
  pfctl: `case "$3 $4 $5 $6" in
    '-f - '*) cat > "$state.rules";;
    '-s rules'*) cat "$state.rules";;
    '-F rules'*) : > "$state.rules";;
    *'-T add') if [ "$7" = -f ]; then cat; else echo "$7"; fi >> "$state";;
    *'-T delete') if [ "$7" = -f ]; then cat; else echo "$7"; fi | grep -vxF -f - -- "$state" > "$state.new"; mv "$state.new" "$state";;
    *'-T test') grep -qxF -- "$7" "$state";;
    *'-T show') sed 's/^/   /' "$state";;
    *'-T flush'|*'-T kill') : > "$state";;
    esac`,
  ipf: `case $* in
    -E) :;;
    *-r*) grep -vxF -f - -- "$state" > "$state.new"; mv "$state.new" "$state";;
    *) cat >> "$state";;
    esac`,
  ipfstat: 'cat "$' + '{state%/*}/ipf.state" 2>/dev/null; true',
  ipfw: `[ "$1" != -q ] || shift
    case "$1 $3" in
    'list '*) cat "$state"; echo '65535 allow ip from any to any';;
    'add '*) shift; echo "$*" >> "$state";;
    'delete '*) sed -i "/^0*$2 /d" "$state";;
    'table list') cat "$state.table" 2>/dev/null; true;;
    'table add') case $4 in */*) echo "$4 0";; *:*) echo "$4/128 0";; *) echo "$4/32 0";; esac >> "$state.table";;
    'table delete') grep -v "^$4/" "$state.table" > "$state.new"; mv "$state.new" "$state.table";;
    esac`,
  afctl: 'true',
  shorewall: 'true',
  shorewall6: 'true',
  'firewall-cmd': `case $* in
    --state) :;;
    *--query-*) grep -qxF -- "$(echo "$*" | sed 's/query/add/')" "$state";;
    *--add-*) grep -qxF -- "$*" "$state" || echo "$*" >> "$state";;
    *--remove-rules*) grep -v -- "--add-rule $3 $4 $5 " "$state" > "$state.new"; mv "$state.new" "$state";;
    *--remove-*) grep -vxF -- "$(echo "$*" | sed 's/remove/add/')" "$state" > "$state.new"; mv "$state.new" "$state";;
    esac`,
  ssh: 'cat "$state.answer" 2>/dev/null; true',
  apprise: 'cat > "$state"',
};

when('actions for other systems, with stand-ins for their tools', () => {
  let lab: Lab;
  let path: string;
  let engines: Engine[] = [];
  const file = (name: string) => join(lab.scratch, name);
  beforeAll(async () => {
    lab = await Lab.open();
    const noted = Object.entries(TOOLS).map(([tool, does]) => {
      const note = `state=${file(`${tool}.state`)}; touch "$state"; echo "${tool} $*" >> ${file('calls')}`;
      return [tool, `${note}\n[ ! -e ${file('broken')} ] || { echo "it is broken" >&2; exit 4; }\n${does}`];
    });
    path = lab.tools(Object.fromEntries(noted));
  });
  afterEach(() => {
    for (const engine of engines) engine.end();
    engines = [];
    rmSync(file('broken'), { force: true });
    lab.sh(`rm -f ${lab.scratch}/*.state*`);
    calls();
  });
  afterAll(() => lab?.close());

  function open(action: string): Engine {
    const made = lab.engine(action, { path });
    engines.push(made);
    return made;
  }
  const QUESTIONS =
    /--query-|--state|--grep|ipfw (?:table \d+ )?list|npfctl table \S+ (?:test|list)|-T (?:test|show)|ipfstat|pfctl .* -s /;
  /** Since the last time; without questions. */
  function calls(): string[] {
    if (!existsSync(file('calls'))) return [];
    const lines = readFileSync(file('calls'), 'utf8').trim().split('\n');
    rmSync(file('calls'));
    return lines.filter((line) => !QUESTIONS.test(line));
  }
  const state = (tool: string) => readFileSync(file(`${tool}.state`), 'utf8');

  /** action, what runs for a ban of IPv4, of IPv6, and for their ends */
  const PAIRS: readonly (readonly [string, string, string, string, string])[] = [
    [
      'csf[comment="f2b; <name>"]',
      `csf --deny ${IP4} f2b; j`,
      `csf --deny ${IP6} f2b; j`,
      `csf --denyrm ${IP4}`,
      `csf --denyrm ${IP6}`,
    ],
    [
      'npf',
      `npfctl table fail2ban add ${IP4}`,
      `npfctl table fail2ban add ${IP6}`,
      `npfctl table fail2ban rem ${IP4}`,
      `npfctl table fail2ban rem ${IP6}`,
    ],
    [
      'shorewall',
      `shorewall reject ${IP4}`,
      `shorewall6 reject ${IP6}`,
      `shorewall allow ${IP4}`,
      `shorewall6 allow ${IP6}`,
    ],
    [
      'shorewall[blocktype=logdrop]',
      `shorewall logdrop ${IP4}`,
      `shorewall6 logdrop ${IP6}`,
      `shorewall allow ${IP4}`,
      `shorewall6 allow ${IP6}`,
    ],
    [
      'osx-afctl[afctl=afctl]',
      `afctl -a ${IP4} -t 10`,
      `afctl -a ${IP6} -t 10`,
      `afctl -r ${IP4}`,
      `afctl -r ${IP6}`,
    ],
    [
      'osx-ipfw[rulenum=16001]',
      `ipfw add 16001 set 10 unreach port log tcp from ${IP4} to me ssh`,
      `ipfw add 16001 set 10 unreach port log tcp from ${IP6} to me ssh`,
      'ipfw delete 16001',
      'ipfw delete 16001',
    ],
  ];
  test.each(PAIRS)('%s', async (action, ban4, ban6, unban4, unban6) => {
    const one = open(action);
    await one.start();
    expect(await one.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([ban4]);
    if (action !== 'osx-ipfw[rulenum=16001]') {
      expect(await one.ban([IP6])).toEqual(OK);
      expect(calls()).toEqual([ban6]);
      expect(await one.unban([IP6])).toEqual(OK);
      expect(calls()).toEqual([unban6]);
    }
    if (/^(?:csf|npf|osx-ipfw)/.test(action))
      expect(await one.verify([IP4, IP6])).toEqual(['present', 'absent']);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([unban4]);
    expect(await one.stop()).toEqual(OK);
    expect(calls()).toEqual([]);
  });

  test('apf', async () => {
    const one = open('apf[comment="f2b; <name>"]');
    lab.sh('iptables -N TDENY');
    expect(await one.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`apf --deny ${IP4} f2b; j`]);
    expect(await one.reban([IP4])).toEqual(OK);
    expect(await one.verify([IP4, '192.0.2.10'])).toEqual(['present', 'absent']);
    calls();
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`apf --remove ${IP4}`]);
    expect((await one.ban([IP6])).failed[0]?.reason).toContain(`APF does not keep ${IP6} out`);
    expect(calls().slice(-2)).toEqual([`apf --deny ${IP6} f2b; j`, `apf --remove ${IP6}`]);
    lab.sh('iptables -X TDENY');
    expect((await one.ban([IP4])).failed[0]?.reason).toContain(`APF does not keep ${IP4} out`);
  });

  test('csf that refuses an address bans nobody', async () => {
    const { failed } = await open('csf').ban(['192.0.2.99']);
    expect(failed[0]?.reason).toContain('is in the csf.allow file');
  });

  test('osx-afctl counts in minutes, ten years for ever', async () => {
    const one = open('osx-afctl[afctl=afctl]');
    await one.ban([IP4], { banTimeSec: 61 });
    await one.ban([IP4], { banTimeSec: -1 });
    expect(calls()).toEqual([`afctl -a ${IP4} -t 2`, `afctl -a ${IP4} -t 5256000`]);
  });

  test('ipfilter', async () => {
    const one = open('ipfilter');
    await one.start();
    expect(calls()).toEqual(['ipf -E']);
    expect(await one.ban([IP4])).toEqual(OK);
    expect(await one.ban([IP6])).toEqual(OK);
    expect(await one.ban([NET])).toEqual(OK);
    expect(calls()).toEqual(['ipf -f -', 'ipf -6 -f -', 'ipf -f -']);
    const rules = [`${IP4}/32`, `${IP6}/128`, NET].map(
      (net) => `block return-icmp(port-unr) in quick from ${net} to any\n`,
    );
    expect(state('ipf')).toBe(rules.join(''));
    expect(await one.reban([IP4])).toEqual(OK);
    expect(calls()).toEqual([]);
    expect(await one.verify([IP4, IP6, '192.0.2.10'])).toEqual(['present', 'present', 'absent']);
    for (const id of [IP6, IP4, NET]) expect(await one.unban([id])).toEqual(OK);
    expect(calls()).toEqual(['ipf -6 -r -f -', 'ipf -r -f -', 'ipf -r -f -']);
    expect(state('ipf')).toBe('');
  });

  test('pf', async () => {
    const one = open('pf[port="ssh,8022"]');
    await one.start();
    expect(calls()).toEqual(['pfctl -a f2b/j -f -']);
    const rules = readFileSync(file('pfctl.state.rules'), 'utf8');
    expect(rules).toBe(
      'table <f2b-j> persist counters\nblock quick proto tcp from <f2b-j> to any port {ssh,8022}\n',
    );
    expect(await one.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`pfctl -a f2b/j -t f2b-j -T add ${IP4}`]);
    expect(await one.ban([IP6, NET, '192.0.2.10'])).toEqual(OK);
    expect(calls()).toEqual(['pfctl -a f2b/j -t f2b-j -T add -f -']);
    expect(await one.verify([IP4, IP6, NET, '192.0.2.2'])).toEqual([
      'present',
      'present',
      'present',
      'absent',
    ]);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`pfctl -a f2b/j -t f2b-j -T delete ${IP4}`]);
    expect(await one.unban([IP6, NET])).toEqual(OK);
    expect(state('pfctl')).toBe('192.0.2.10\n');
    writeFileSync(file('pfctl.state.rules'), '');
    expect((await one.check()).map((result) => result.state)).toEqual(['repaired']);
    expect(readFileSync(file('pfctl.state.rules'), 'utf8')).toBe(rules);
    expect(await one.reban(['192.0.2.10'])).toEqual(OK);
    calls();
    expect(await one.flush(['192.0.2.10'])).toEqual(OK);
    expect(calls()).toEqual(['pfctl -a f2b/j -t f2b-j -T flush']);
    expect(await one.stop()).toEqual(OK);
    expect(calls()).toEqual(['pfctl -a f2b/j -F rules', 'pfctl -a f2b/j -t f2b-j -T kill']);
  });

  test('pf for all ports, and an end to what is open', async () => {
    const one = open(
      'pf[tablename=bad,actiontype="<allports>",protocol=udp,block="block drop",kill-states=1]',
    );
    await one.start();
    expect(readFileSync(file('pfctl.state.rules'), 'utf8')).toBe(
      'table <bad-j> persist counters\nblock drop proto udp from <bad-j> to any\n',
    );
    calls();
    expect(await one.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`pfctl -a bad/j -t bad-j -T add ${IP4}`, `pfctl -k ${IP4}`]);
  });

  test('bsd-ipfw', async () => {
    const statefile = file('started');
    const one = open(`bsd-ipfw[table=7,port=22,startstatefile=${statefile}]`);
    writeFileSync(file('ipfw.state'), '00111 allow tcp from any to any\n00112 deny ip from any to any\n');
    await one.start();
    expect(calls()).toEqual(['ipfw -q add 113 unreach port ip from table(7) to me 22']);
    expect(readFileSync(statefile, 'utf8')).toBe('113\n');
    expect(await one.ban([IP4])).toEqual(OK);
    expect(await one.ban([IP6])).toEqual(OK);
    expect(await one.reban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`ipfw -q table 7 add ${IP4}`, `ipfw -q table 7 add ${IP6}`]);
    expect(await one.verify([IP4, IP6, '192.0.2.10'])).toEqual(['present', 'present', 'absent']);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`ipfw -q table 7 delete ${IP4}`]);
    expect(await one.unban([IP6])).toEqual(OK);
    calls();
    expect(await one.stop()).toEqual(OK);
    expect(calls()).toEqual(['ipfw -q delete 113']);
    expect(existsSync(statefile)).toBe(false);
  });

  test('bsd-ipfw leaves a rule for its table alone that was there before', async () => {
    writeFileSync(file('ipfw.state'), '00500 deny ip from table(1) to any\n');
    const one = open(`bsd-ipfw[startstatefile=${file('started')}]`);
    await one.start();
    expect(await one.stop()).toEqual(OK);
    expect(calls()).toEqual([]);
    expect(existsSync(file('started'))).toBe(false);
  });

  const JUMPS: readonly (readonly [string, string])[] = [
    ['firewallcmd-allports[protocol="tcp,udp"]', '-p PROTO'],
    ['firewallcmd-multiport[port="22,80",protocol="tcp,udp"]', '-p PROTO -m multiport --dports 22,80'],
    [
      'firewallcmd-new[port="22,80",protocol="tcp,udp"]',
      '-m conntrack --ctstate NEW -p PROTO -m multiport --dports 22,80',
    ],
  ];
  test.each(JUMPS)('%s', async (action, match) => {
    const one = open(action);
    expect(await one.ban([IP4])).toEqual(OK);
    const direct = (verb: string, family: string) => `firewall-cmd --direct --${verb} ${family} filter`;
    const jumps = (verb: string, family: string) =>
      ['tcp', 'udp'].map(
        (protocol) => `${direct(verb, family)} INPUT_direct 0 ${match.replace('PROTO', protocol)} -j f2b-j`,
      );
    const reject = 'REJECT --reject-with icmp-port-unreachable';
    expect(calls()).toEqual([
      `${direct('add-chain', 'ipv4')} f2b-j`,
      `${direct('add-rule', 'ipv4')} f2b-j 1000 -j RETURN`,
      ...jumps('add-rule', 'ipv4'),
      `${direct('add-rule', 'ipv4')} f2b-j 0 -s ${IP4} -j ${reject}`,
    ]);
    expect(await one.ban([IP6])).toEqual(OK);
    expect(calls().at(-1)).toBe(
      `${direct('add-rule', 'ipv6')} f2b-j 0 -s ${IP6} -j REJECT --reject-with icmp6-port-unreachable`,
    );
    const full = state('firewall-cmd');
    expect(await one.reban([IP4, IP6])).toEqual(OK);
    expect(state('firewall-cmd')).toBe(full);
    expect(await one.verify([IP4, IP6, '192.0.2.10'])).toEqual(['present', 'present', 'absent']);
    writeFileSync(file('firewall-cmd.state'), '');
    expect(await one.verify([IP4])).toEqual(['absent']);
    expect((await one.check()).map((result) => result.state)).toEqual(['repaired', 'repaired']);
    expect(await one.reban([IP4, IP6])).toEqual(OK);
    expect(state('firewall-cmd').split('\n').sort()).toEqual(full.split('\n').sort());
    calls();
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`${direct('remove-rule', 'ipv4')} f2b-j 0 -s ${IP4} -j ${reject}`]);
    expect(await one.unban([IP6])).toEqual(OK);
    expect(await one.stop()).toEqual(OK);
    expect(state('firewall-cmd')).toBe('');
  });

  const RICH = [
    ['firewallcmd-rich-rules[port="22,1000:1010",zone=dmz]', ''],
    [
      'firewallcmd-rich-logging[port="22,1000:1010",zone=dmz,rate=3]',
      'log prefix="f2b-j" level="info" limit value="3/m" ',
    ],
  ] as const;
  test.each(RICH)('%s', async (action, log) => {
    const one = open(action);
    const rule = (verb: string, family: string, ip: string, port: string, kind: string) =>
      `firewall-cmd --zone=dmz --${verb}-rich-rule=rule family="${family}" source address="${ip}" ` +
      `port port="${port}" protocol="tcp" ${log}reject type='${kind}'`;
    expect(await one.ban([IP4])).toEqual(OK);
    expect(await one.ban([IP6])).toEqual(OK);
    const both = (verb: string) => [
      rule(verb, 'ipv4', IP4, '22', 'icmp-port-unreachable'),
      rule(verb, 'ipv4', IP4, '1000-1010', 'icmp-port-unreachable'),
      rule(verb, 'ipv6', IP6, '22', 'icmp6-port-unreachable'),
      rule(verb, 'ipv6', IP6, '1000-1010', 'icmp6-port-unreachable'),
    ];
    expect(calls()).toEqual(both('add'));
    const once = state('firewall-cmd');
    expect(await one.reban([IP4, IP6])).toEqual(OK);
    expect(state('firewall-cmd')).toBe(once);
    calls();
    expect(await one.verify([IP4, '192.0.2.10'])).toEqual(['present', 'absent']);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(await one.unban([IP6])).toEqual(OK);
    expect(calls()).toEqual(both('remove'));
    expect(state('firewall-cmd')).toBe('');
  });

  test('mikrotik', async () => {
    const one = open('mikrotik[host=router.example.org,user=f2b,keyfile=/etc/f2b/key,port=2222]');
    const ssh = 'ssh -o BatchMode=yes -o ConnectTimeout=15 -l f2b -p 2222 -i /etc/f2b/key router.example.org';
    const find = (tree: string) => `${tree} firewall address-list`;
    const which = (ip: string) => `[find list="Fail2Ban" comment="f2b j" address=${ip}]`;
    expect(await one.ban([IP4])).toEqual(OK);
    expect(calls()).toEqual([
      `${ssh} :if ([:len [${find('/ip')} find list="Fail2Ban" comment="f2b j" address=${IP4}]] = 0) do={${find('/ip')} add list="Fail2Ban" comment="f2b j" address=${IP4}}`,
    ]);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(calls()).toEqual([`${ssh} ${find('/ip')} remove ${which(IP4)}`]);
    expect(await one.ban([IP6])).toEqual(OK);
    expect(calls()[0]).toContain(`${find('/ipv6')} add list="Fail2Ban" comment="f2b j" address=${IP6}}`);
    writeFileSync(file('ssh.state.answer'), '1\r\n');
    expect(await one.verify([IP6])).toEqual(['present']);
    writeFileSync(file('ssh.state.answer'), '0\r\n');
    expect(await one.verify([IP6])).toEqual(['absent']);
    rmSync(file('ssh.state.answer'));
    calls();
    expect(await one.flush([IP6])).toEqual(OK);
    expect(calls()).toEqual(
      ['/ip', '/ipv6'].map((tree) => `${ssh} ${find(tree)} remove [find list="Fail2Ban" comment="f2b j"]`),
    );
  });

  test('mikrotik takes the words of the router for a mistake', async () => {
    writeFileSync(file('ssh.state.answer'), 'expected end of command (line 1 column 9)\r\n');
    const { failed } = await open('mikrotik[host=r,user=u,keyfile=k]').ban([IP4]);
    expect(failed[0]?.reason).toContain('expected end of command');
  });

  test('apprise', async () => {
    const one = open('apprise[config=/etc/apprise.yml,args="--tag=admin",text="<ip>: <matches>"]');
    await one.start();
    expect(calls()).toEqual(['apprise -c /etc/apprise.yml --tag=admin -t [Fail2Ban] j']);
    expect(state('apprise')).toBe('vm.example.org now watches the logs of j');
    expect(await one.ban([IP4], { matches: [{ text: '$(x) "y"\x1b[31m' }] })).toEqual(OK);
    expect(state('apprise')).toBe(`${IP4}: $(x) "y"[31m`);
    expect(await one.unban([IP4])).toEqual(OK);
    expect(state('apprise')).toBe(`vm.example.org lets ${IP4} in again (j)`);
    expect(await one.stop()).toEqual(OK);
    expect(state('apprise')).toBe('vm.example.org no longer watches the logs of j');
  });

  test.each([
    'apf',
    'csf',
    'npf',
    'pf',
    'ipfilter',
    'bsd-ipfw[startstatefile=/nonexistent/x]',
    'osx-ipfw',
    'osx-afctl[afctl=afctl]',
    'shorewall',
    'firewallcmd-allports',
    'firewallcmd-multiport',
    'firewallcmd-new',
    'firewallcmd-rich-rules',
    'firewallcmd-rich-logging',
    'mikrotik',
    'apprise',
  ])('%s with a tool that fails never reports a ban, nor that one is over', async (action) => {
    const one = open(action);
    writeFileSync(file('broken'), '');
    await one.start();
    for (const id of [IP4, IP6]) {
      const { failed } = await one.ban([id]);
      expect(failed).toHaveLength(1);
      expect(failed[0]?.reason).toMatch(/broken|4/);
    }
    rmSync(file('broken'));
    if (action === 'apf') lab.sh('iptables -N TDENY');
    expect(await one.ban([IP4])).toEqual(OK);
    writeFileSync(file('broken'), '');
    expect((await one.unban([IP4])).failed).toHaveLength(1);
    if (action === 'apf') lab.sh('iptables -F TDENY; iptables -X TDENY');
  });
});
