/**
 * What strangers write into a log, from the log through every action that ships: no command but the intended ones runs,
 * and nothing that reaches a terminal can steer it. Real tools in a namespace where there are such, else fake ones that
 * write down how they were called.
 */
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { hostileStrings } from '../hostile/action-strings.js';
import { PACKAGE, Site } from './site.js';

const why = missing('iptables', 'ip6tables', 'ipset', 'nft', 'script');
if (why !== undefined) process.stderr.write(`hostile logs are not tested with a firewall: ${why}\n`);
const it = why === undefined ? test : test.skip;

const CALLED = '{ printf "%s" "$(basename "$0")"; printf "\\037%s" "$@"; echo; } >> DIR/calls';
const FAKES = {
  sendmail: `${CALLED}; cat >> DIR/mails`,
  whois: `${CALLED}; echo "owner: \\$(touch DIR/pwned)"; printf '\\033[2J~!touch DIR/pwned\\n'`,
  curl: `${CALLED}; cat > DIR/posted`,
  ufw: `${CALLED}; [ "$1" != status ] || echo 'Status: active'`,
  'firewall-cmd': CALLED,
  ipfw: CALLED,
};

/** Every action that ships. */
const ACTIONS = [
  'iptables[name=h1, port=22]',
  'iptables-multiport[name=h2, port="22,80"]',
  'iptables-allports[name=h3]',
  'iptables-new[name=h4, port=22]',
  'iptables-ipset[name=h5, port=22]',
  'iptables-ipset-proto4[name=h6, port=22]',
  'iptables-ipset-proto6[name=h7, port=22]',
  'iptables-ipset-proto6-allports[name=h8]',
  'nftables[name=h9, port=22]',
  'nftables-multiport[name=h10, port=22]',
  'nftables-allports[name=h11]',
  'route',
  'hostsdeny[file=DIR/hosts.deny]',
  'dummy[target=DIR/dummy]',
  'ufw',
  'firewallcmd-ipset[name=h12]',
  'ipfw',
  'sendmail[name=s1, mailcmd=DIR/bin/sendmail a]',
  'sendmail-whois[name=s2, mailcmd=DIR/bin/sendmail b]',
  'sendmail-whois-lines[name=s3, mailcmd=DIR/bin/sendmail c, logpath=DIR/app.log]',
  'blocklist_de[email=me@example.org, service=x, apikey=k, agent=f2b]',
  'tags',
];

/** Every tag that a stranger can fill, as an action should use them. */
const TAGS = `[Definition]
actionban = printf '%%s\\0' "<F-USER>" >> DIR/users
    printf '%%s' "<matches><ipmatches><ipjailmatches><F-*><raw-ticket>" > DIR/rest
actionunban = printf '%%s' "<F-USER>" > DIR/rest
`;

const opened: (Site | Lab)[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

async function open(actions: readonly string[], failregex: string): Promise<{ site: Site; lab: Lab }> {
  const lab = await Lab.open();
  const site = new Site({
    files: {
      'jail.local': `[DEFAULT]
ignoreip =
ignoreself = false
usedns = no
[app]
enabled = true
backend = polling
filter = app
logpath = DIR/app.log
maxretry = 1
bantime = 1d
action = ${actions.join('\n         ')}
`,
      'filter.d/app.conf': `[Definition]\nfailregex = ${failregex}\ndatepattern = ^EPOCH\n`,
      'action.d/tags.conf': TAGS,
    },
    programs: FAKES,
    namespace: lab.sh('ip netns identify $$').trim(),
  });
  opened.push(lab, site);
  site.write('hosts.deny', '# none\n');
  return { site, lab };
}

/** Two hundred and more that a log can hold in one line, as bytes. */
function textsFor(site: Site): Buffer[] {
  const mark = site.at('pwned');
  const run = `touch ${mark}`;
  const bytes = [
    Buffer.from(`\\xff\\xfe$(${run})`, 'latin1'),
    Buffer.from(`\xff\xfe$(${run})\xc0\x80;${run}\xed\xa0\x80`, 'latin1'),
    Buffer.from(`\xe2\x28\xa1\`${run}\`\x9b2J\x9d0;x\x9c`, 'latin1'),
  ];
  const strings = [
    ...hostileStrings(mark),
    `\x1b[31m;${run}`,
    `\x1b]52;c;${Buffer.from(run).toString('base64')}\x07`,
    `\u009b2J\u202e${run}`,
    `~!${run}`,
    `~|${run}`,
  ];
  return [...strings.map((text) => Buffer.from(text)), ...bytes];
}

const addressOf = (i: number) =>
  i % 3 === 0 ? `2001:db8:bad::${(i + 1).toString(16)}` : `198.18.${i >> 8}.${i & 255}`;
const oneLine = (text: Buffer) => !text.includes('\n');

function logOf(texts: readonly Buffer[], line: (text: Buffer, i: number) => (string | Buffer)[]): Buffer {
  const nowSec = Math.floor(Date.now() / 1000);
  const lines = texts.map((text, i) =>
    Buffer.concat([`${nowSec} `, ...line(text, i), '\n'].map((part) => Buffer.from(part as string))),
  );
  return Buffer.concat(lines);
}

/** What a terminal would take for more than text, colours of our own aside. */
function steering(output: string): string[] {
  const text = output.replace(/\x1b\[[\d;]*m/g, '').replaceAll('\r\n', '\n');
  return text.match(/[^\P{Cc}\t\n]|[\u2028-\u202e\u2066-\u2069]/gu) ?? [];
}

/** Output of f2b on a terminal. */
function onTerminal(site: Site, lab: Lab, ...args: string[]): string {
  const words = [process.execPath, `${PACKAGE}/bin/run.js`, ...args, '-c', site.at('etc')];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return lab.sh(
    `LANG=C.UTF-8 HOME=${site.dir} script -qec "${quoted.replaceAll('"', '\\"')}" /dev/null </dev/null`,
  );
}

const SAFE_CALLS = [
  /^sendmail\x1f[abc]$/,
  /^whois\x1f(?:[-\w]+\x1f)*[\d.:a-f]+$/,
  /^curl(?:\x1f--?[\w-]+|\x1f\d+|\x1f\/dev\/null|\x1f-)*\x1fhttps:\/\/www\.blocklist\.de\/[\w./]+$/,
  /^ufw\x1fstatus$/,
  /^ufw\x1f(?:prepend|delete)\x1freject\x1ffrom\x1f[\d.:a-f]+\x1fto\x1fany(?:\x1fcomment\x1f[\w ]+)?$/,
  /^firewall-cmd\x1f--direct\x1f--\w+-rule\x1fipv[46]\x1ffilter\x1f[\x1f\w ,:=-]+$/,
  /^ipfw\x1flist$/,
  /^ipfw\x1fadd\x1funreach6?\x1fport\x1ftcp\x1ffrom\x1f[\d.:a-f]+\x1fto\x1f[\d.:]+\x1fssh$/,
];

function expectOnlyIntended(site: Site): void {
  expect(existsSync(site.at('pwned'))).toBe(false);
  const known = 'app.log auth.log bin calls dummy etc f2b.log hosts.deny mails posted rest state users'.split(
    ' ',
  );
  expect(readdirSync(site.dir).filter((name) => !known.includes(name))).toEqual([]);
  const odd = site
    .read('calls')
    .split('\n')
    .filter((call) => call !== '' && !SAFE_CALLS.some((safe) => safe.test(call)));
  expect(odd).toEqual([]);
}

/** Actions that hand on what strangers wrote. */
const TELLING = ACTIONS.filter((action) =>
  /^(?:sendmail\[|sendmail-whois-lines|blocklist_de|tags)/.test(action),
);

/** The site of these actions with all the texts in its log as user names, scanned. */
async function scanned(actions: readonly string[], texts: (site: Site) => readonly Buffer[]) {
  const { site, lab } = await open(actions, '^ login of <F-USER>.*</F-USER> from <ADDR>$');
  const rules = lab.rules();
  const users = texts(site).map((text, i) => ({ text, address: addressOf(i) }));
  const lines = logOf(texts(site), (text, i) => ['login of ', text, ' from ', addressOf(i)]);
  site.write('app.log', lines);
  const inOneLine = users.filter(({ text }) => oneLine(text));
  const finished = await site.scan();
  expect({ status: finished.status, stderr: finished.stderr }).toEqual({ status: 0, stderr: '' });
  expect(finished.banned).toEqual(inOneLine.map(({ address }) => address));
  expectOnlyIntended(site);
  return { site, lab, rules, users: inOneLine, finished };
}

async function expectNothingLeft(site: Site, lab: Lab, rules: string): Promise<void> {
  expect(await site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
  expectOnlyIntended(site);
  expect(lab.rules()).toBe(rules);
  expect(site.read('hosts.deny')).toBe('# none\n');
}

it('two hundred hostile user names reach mails, reports and tags as text, and terminals escaped', async () => {
  const { site, lab, rules, users, finished } = await scanned(TELLING, textsFor);
  expect(users.length).toBeGreaterThanOrEqual(200);
  // A mail each, and one at the start.
  expect(site.read('calls').match(/^sendmail/gm)).toHaveLength(2 * users.length + 2);

  // They arrive as they are, as far as they are text.
  const arrived = site.read('users').split('\0').slice(0, -1);
  expect(arrived).toHaveLength(users.length);
  const legible = users.map(({ text }) => text.toString()).filter((text) => /^[^\p{Cc}\ufffd]*$/u.test(text));
  expect(legible.length).toBeGreaterThan(150);
  expect(legible.filter((text) => !arrived.includes(text))).toEqual([]);

  const shown = [finished.stdout];
  for (const args of [['status', 'app'], ['status', '--all'], ['banned']])
    shown.push(onTerminal(site, lab, ...args));
  const steerers = users.filter(({ text }) => /[\x1b\u009b]/.test(text.toString()));
  expect(steerers.length).toBeGreaterThan(2);
  for (const { address } of steerers.slice(0, 4)) {
    shown.push((await site.f2b('why', address)).stdout, onTerminal(site, lab, 'why', address));
    expect(shown.at(-1)).toContain('login of');
  }
  expect(shown.flatMap(steering)).toEqual([]);
  await expectNothingLeft(site, lab, rules);
}, 120_000);

it('hostile user names go past every other action', async () => {
  const others = ACTIONS.filter((action) => !TELLING.includes(action));
  const { site, lab, rules, users } = await scanned(others, (place) =>
    textsFor(place).filter((_, i) => i % 8 === 0),
  );
  expect(users.length).toBeGreaterThan(20);
  for (const program of ['ufw', 'firewall-cmd', 'ipfw', 'whois'])
    expect(site.read('calls')).toContain(program);
  await expectNothingLeft(site, lab, rules);
});

it('hostile ids reach no tool: their bans do not apply, and that is told', async () => {
  const actions = ACTIONS.filter((action) => /h2,|h7,|h9,|route|hostsdeny|ufw|ipfw|s3/.test(action));
  const { site, lab } = await open([...actions, 'tags'], '^ name <F-ID>.+</F-ID>$');
  const before = lab.rules();
  const texts = textsFor(site).filter((text, i) => oneLine(text) && i % 8 === 0);
  site.write(
    'app.log',
    logOf(texts, (text) => ['name ', text]),
  );
  const { status, stdout, stderr } = await site.scan();
  expect(status).toBe(1);
  expect(stdout.match(/^app: banned /gm)?.length).toBeGreaterThan(20);
  expect(stderr.split('\n')[0]).toMatch(/^app: NOT APPLIED .* by iptables-multiport-h2: .*not an address/m);
  expectOnlyIntended(site);
  expect(site.read('hosts.deny')).toBe('# none\n');
  const shown = [stdout, stderr, onTerminal(site, lab, 'status', 'app'), onTerminal(site, lab, 'banned')];
  expect(shown.flatMap(steering)).toEqual([]);
  await site.f2b('unban', '--all');
  expectOnlyIntended(site);
  expect(lab.rules()).toBe(before);
});
