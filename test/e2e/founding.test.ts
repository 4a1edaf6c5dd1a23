/** Jails as people have had them for years (test/jails/set-ups.ts), from their log to the firewall, hosts.deny and mail. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { SET_UPS } from '../jails/set-ups.js';
import { Site, stampOf } from './site.js';

const why = missing('iptables', 'ip6tables', 'nft');
if (why !== undefined) process.stderr.write(`the founding jails are not tested with a firewall: ${why}\n`);
const withFirewall = why === undefined ? test : test.skip;

/** Outside of what the jails ignore. */
const ATTACKER = '203.0.113.9';
/** Mails are files, and nobody is asked who an address belongs to. */
const PROGRAMS = {
  sendmail: 'cat >> DIR/mails; echo "== $*" >> DIR/mails',
  whois: 'echo "netname: OF-$1"',
};
const MAIL = {
  'action.d/sendmail-common.local': '[Init]\nmailcmd = DIR/bin/sendmail -f "<sender>" "<dest>"\n',
};

const opened: (Site | Lab)[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

interface Opened {
  readonly site: Site;
  readonly lab: Lab | undefined;
}

/** The set-up of that jail, with logs in the site. @param more text of jail.local behind it */
async function open(
  jail: string,
  {
    firewall = true,
    more = '',
    files = {},
  }: { firewall?: boolean; more?: string; files?: Record<string, string> } = {},
): Promise<Opened> {
  const setUp = SET_UPS.find((each) => each.jail === jail);
  if (!setUp) throw new Error(`no set-up for ${jail}`);
  const lab = firewall ? await Lab.open() : undefined;
  const text = (part: string) => part.replaceAll('LOG/', 'DIR/');
  const site = new Site({
    files: { ...MAIL, ...setUp.files, 'jail.local': text(setUp.jailLocal) + more, ...files },
    programs: PROGRAMS,
    namespace: lab?.sh('ip netns identify $$').trim(),
  });
  opened.push(...(lab ? [lab, site] : [site]));
  return { site, lab };
}

const log = (text: string, agoSec = 0) => `${stampOf(Date.now() / 1000 - agoSec)} mx ${text}\n`;

withFirewall('spam: two refused mails are a ban, and why tells which', async () => {
  const { site, lab } = await open('spam');
  const before = lab?.rules();
  const refusal = `postfix/smtpd[812]: NOQUEUE: reject: RCPT from unknown[${ATTACKER}]: 554 5.7.1 <${ATTACKER}>: Client host rejected: Access denied`;
  site.write('mail.log', log(refusal));
  expect(await site.scan()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  site.append('mail.log', log('postfix/smtpd[812]: disconnect from unknown') + log(refusal));
  expect(await site.scan()).toMatchObject({ status: 0, stderr: '', banned: [ATTACKER] });
  expect(lab?.sh('nft list ruleset')).toMatch(/elements = \{ 203\.0\.113\.9 \}/);
  expect(lab?.sh('nft list ruleset')).toMatch(/tcp dport \{ 25, 465 \}/);
  const { stdout } = await site.f2b('why', ATTACKER);
  expect(stdout).toContain(`NOQUEUE: reject: RCPT from unknown[${ATTACKER}]`);
  expect(stdout).toMatch(/filter\.d\/spam\.conf:3/);
  expect(await site.f2b('unban', ATTACKER)).toMatchObject({ status: 0, stdout: '1\n' });
  expect(lab?.rules()).toBe(before);
});

withFirewall(
  'recidive: bans in the own log are counted, for a week as the commented value says',
  async () => {
    const others = ['one', 'two', 'three', 'four']
      .map((name) => `[${name}]\nenabled = true\nfilter = sshd\nmaxretry = 2\naction = none\n`)
      .join('');
    const { site, lab } = await open('recidive', {
      more: `[DEFAULT]\nbackend = polling\nlogpath = DIR/auth.log\n${others}`,
      files: {
        'f2b.conf': '[Definition]\ndbfile = DIR/state/f2b.sqlite3\nlogtarget = DIR/fail2ban.log\n',
        'action.d/none.conf': '[Definition]\nactionban = true\nactionunban = true\n',
      },
    });
    const before = lab?.rules();
    site.write('auth.log', '');
    site.write('fail2ban.log', '');
    site.fails(ATTACKER, { times: 2 });
    const first = await site.scan();
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout.match(/^(one|two|three|four): banned/gm)).toHaveLength(4);
    expect(first.stdout).not.toContain('recidive');
    // The fifth ban within a day.
    await site.f2b('set', 'one', 'unbanip', ATTACKER);
    site.fails(ATTACKER, { times: 2 });
    const second = await site.scan();
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(second.stdout).toMatch(/^one: banned 203\.0\.113\.9 /m);
    expect(second.stdout).toMatch(/^recidive: banned 203\.0\.113\.9 until \S+ \S+ \(5 failures\)$/m);
    const banned = (await site.f2b('get', 'recidive', 'banip', '--with-time')).stdout;
    expect(banned).toMatch(/^203\.0\.113\.9 \t\S+ \S+ \+ 604800 = /);
    expect(lab?.sh('iptables -S f2b-recidive')).toContain(`-s ${ATTACKER}/32`);
    const mails = site.read('mails');
    expect(mails).toMatch(/^Subject: \[Fail2Ban\] recidive: banned 203\.0\.113\.9 /m);
    expect(mails).toContain('netname: OF-203.0.113.9');
    expect(mails).toMatch(/NOTICE {2}\[one\] Ban 203\.0\.113\.9/);
    // Its own bans are not counted by it, and nothing is told twice.
    expect(await site.scan()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(site.read('mails')).toBe(mails);
    expect(await site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
    expect(lab?.rules()).toBe(before);
  },
);

withFirewall('asterisk: one ban closes both protocols, and one mail is sent', async () => {
  const { site, lab } = await open('asterisk');
  const before = lab?.rules();
  const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ');
  const refusal = (address: string) =>
    `[${stamp()}] NOTICE[2231] chan_sip.c: Registration from '"100"<sip:100@pbx.example.org>' failed for '${address}:5062' - Wrong password\n`;
  site.write('asterisk/messages', refusal(ATTACKER).repeat(9) + refusal('192.0.2.77').repeat(20));
  expect(await site.scan()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  site.append('asterisk/messages', refusal(ATTACKER));
  expect(await site.scan()).toMatchObject({ status: 0, stderr: '', banned: [ATTACKER] });
  const rules = lab?.sh('iptables -S') ?? '';
  for (const protocol of ['tcp', 'udp']) {
    expect(rules).toContain(
      `-A INPUT -p ${protocol} -m multiport --dports 5060,5061 -j f2b-asterisk-${protocol}`,
    );
    expect(rules).toContain(`-A f2b-asterisk-${protocol} -s ${ATTACKER}/32`);
  }
  expect(site.read('mails').match(/^Subject: .*banned 203\.0\.113\.9/gm)).toHaveLength(1);
  expect(site.read('mails')).toContain('== -f fail2ban@example.org pbx@example.org');
  expect(await site.f2b('set', 'asterisk', 'unbanip', ATTACKER)).toMatchObject({ status: 0, stderr: '' });
  expect(lab?.rules()).toBe(before);
});

describe('tcp wrappers', () => {
  test.each([
    ['what Debian ships', '# /etc/hosts.deny: list of hosts that are _not_ allowed.\n#\nALL: PARANOID\n'],
    ['no final newline', 'sshd: 198.51.100.0/255.255.255.0\nvsftpd: ALL'],
    ['a line that looks like ours', `sshd: ${ATTACKER}0\n ALL: ${ATTACKER}\n`],
    ['bytes of no encoding, and DOS line ends', Buffer.from('# caf\xe9\r\nALL: 10.\r\n\r\n', 'latin1')],
    ['nothing', ''],
  ])('a hosts.deny with %s is byte for byte as before', async (_name, content) => {
    const { site } = await open('ssh-tcpwrapper', { firewall: false });
    const jail = site.read('etc/jail.local');
    site.write(
      'etc/jail.local',
      jail.replace('daemon_list=sshd', `daemon_list=sshd, file=${site.at('hosts.deny')}`),
    );
    site.write('hosts.deny', content);
    const bytes = () => readFileSync(site.at('hosts.deny')).toString('latin1');
    const before = bytes();
    const failure = (address: string) =>
      log(`sshd[77]: Failed password for root from ${address} port 4711 ssh2`);
    const backup = log(`sshd[78]: Failed password for backup from 203.0.113.99 port 4711 ssh2`);
    site.write('auth.log', failure(ATTACKER).repeat(5) + backup.repeat(5));
    site.append('auth.log', failure('2001:db8::9').replace('[77]', '[79]').repeat(5));
    expect(await site.scan()).toMatchObject({ status: 0, stderr: '' });
    const lines = bytes().split('\n');
    expect(lines).toContain(`sshd: ${ATTACKER}`);
    expect(lines).toContain('sshd: [2001:db8::9]');
    for (const line of before.split('\n').filter((each) => each !== '')) expect(lines).toContain(line);
    expect(bytes()).not.toContain('203.0.113.99');
    expect(await site.f2b('unban', ATTACKER, '2001:db8::9')).toMatchObject({ status: 0, stdout: '2\n' });
    expect(bytes()).toBe(before);
  });
});
