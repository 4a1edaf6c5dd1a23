/** Two hundred texts that an attacker may choose, through every shipped action: as the id, and in the lines of the log. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Lab, missing, root } from './lab.js';

const why = missing('iptables', 'ipset', 'nft');
if (why !== undefined) console.warn(`shipped actions are not tested with hostile texts: ${why}`);

const names = readdirSync(join(root, 'action.d'))
  .filter((name) => name.endsWith('.conf') && !name.includes('-common'))
  .map((name) => name.replace(/\.conf$/, ''));

/** Ways out of a place × what to do there. `CANARY` is a file that nobody makes. */
const PAYLOADS = ['touch CANARY', '>CANARY', 'cat /etc/hostname>CANARY', '/usr/bin/touch CANARY'];
const PLACES = [
  '$(X)',
  '`X`',
  ';X;',
  '\nX\n',
  '\r\nX\r\n',
  '|X',
  '&X&',
  '&&X',
  '||X',
  '"; X; "',
  "'; X; '",
  '"$(X)"',
  "'$(X)'",
  '"`X`"',
  '\\$(X)',
  '\\`X`',
  '<(X)',
  '>(X)',
  '$' + '{IFS:=$(X)}',
  'a b\tc$(X)',
  '--;X',
  '\\\n;X',
  '192.0.2.1/32 $(X)',
  '\'"; X; "\'',
  '"\'; X; \'"',
  ')X;(',
  '));X;((',
  '}X;{',
  '};X;{',
  '#\nX',
  ' #\nX',
  "\\'; X; \\'",
  '\\"; X; \\"',
  '1.2.3.4;X',
  '1.2.3.4\nX',
  '2001:db8::1;X',
  '1.2.3.4$(X)',
  '-I INPUT -j ACCEPT;X',
  '$0;X',
  '*;X',
  '1.2.3.4 -j ACCEPT\n-A INPUT -j ACCEPT',
  '~!X',
  '.\nX',
  '<ip>$(X)',
  '<matches>;X',
  '$f2bV_matches;X',
  'EOF\nX\nEOF',
  '%s$(X)%n',
  '\x1b[2J$(X)',
  '} ; flush ruleset; X',
  '1.2.3.4 }\nflush ruleset\nX',
  '" -o CANARY "',
  '@CANARY',
  '-K CANARY',
];
const TEXTS = PLACES.flatMap((place) => PAYLOADS.map((payload) => place.replaceAll('X', payload)));

/** Parameters that let an action run here. */
const PARAMETERS: Readonly<Record<string, string>> = {
  hostsdeny: 'file=FOLDER/hosts.deny',
  dummy: 'target=FOLDER/dummy',
  blocklist_de: 'email=a,apikey=b,service=c,agent=d',
  'bsd-ipfw': 'startstatefile=FOLDER/ipfw-table',
  'symbiosis-blacklist-allports': 'blacklist_dir=FOLDER/black',
  'nginx-block-map': 'blck_lst_file=FOLDER/black.map',
  nsupdate: 'nsupdatecmd=nsupdate,domain=bl.example.org',
  'osx-afctl': 'afctl=afctl',
  dshield: 'tmpfile=FOLDER/dshield',
};
function parameters(name: string, folder: string): string {
  if (name in PARAMETERS) return `[${(PARAMETERS[name] as string).replaceAll('FOLDER', folder)}]`;
  const mail = `logpath=${folder}/log,tmpfile=${folder}/waiting`;
  if (name.startsWith('sendmail')) return `[mailcmd="cat >> ${folder}/mail",${mail}]`;
  if (/^(?:mail|complain|xarf)/.test(name)) return `[mailcmd=mail,${mail}]`;
  return '';
}

/** What takes any id; all the others refuse what is no address. */
const TELLS =
  /^(?:sendmail.*|mail.*|blocklist_de|dummy|webhook|telegram|slack|ntfy|gotify|matrix|apprise|nginx-block-map)$/;

/** What a tool says to let the action go on; it reads what it is sent. */
const ANSWERS: Readonly<Record<string, string>> = {
  ufw: 'echo Status: active',
  curl: "cat >/dev/null; printf '{}\\n200'",
  mail: `cat >> "$(dirname "$0")/../work/mail"`,
  dig: `echo '"abuse@example.org"'`,
  nsupdate: 'cat >/dev/null',
  apprise: 'cat >/dev/null',
  apf: 'case $1 in --deny) iptables -I TDENY -s "$2" -j DROP;; *) iptables -D TDENY -s "$2" -j DROP;; esac',
  ipf: 'cat >/dev/null',
  pfctl: 'true',
};
const SILENT = 'ipfw firewall-cmd whois csf npfctl ipfstat shorewall shorewall6 afctl ssh nginx geoiplookup';

(why === undefined ? describe : describe.skip)('hostile texts', () => {
  let lab: Lab;
  let folder: string;
  let path: string;
  beforeAll(async () => {
    lab = await Lab.open();
    folder = join(lab.scratch, 'work');
    for (const made of [folder, join(folder, 'black')]) mkdirSync(made);
    writeFileSync(join(folder, 'hosts.deny'), '');
    writeFileSync(join(folder, 'log'), TEXTS.map((text) => `${text} 192.0.2.1`).join('\n'));
    const silent = SILENT.split(' ').map((tool) => [tool, 'true']);
    path = lab.tools({ ...Object.fromEntries(silent), ...ANSWERS });
    lab.sh('iptables -N blacklist; iptables -N TDENY');
  });
  afterAll(() => lab?.close());

  test('there are two hundred', () => expect(new Set(TEXTS).size).toBeGreaterThanOrEqual(200));

  test.each(names)('%s runs nothing but what it is for', async (name) => {
    const before = lab.rules();
    const engine = lab.engine(name + parameters(name, folder), { path });
    const canary = join(lab.scratch, 'owned');
    const texts = TEXTS.map((text) => text.replaceAll('CANARY', canary));
    const data = { user: texts.join(' '), ruser: texts[0], port: texts[1] };
    await engine.start();
    const matches = texts.map((text) => ({ text }));
    expect(await engine.ban(['192.0.2.1'], { matches, data })).toEqual({ failed: [], errors: [] });
    // Each takes its time: every action gets every way out with one of the things to do there.
    const turn = names.indexOf(name);
    const ids = texts.filter(
      (_, i) => (i + Math.floor(i / PAYLOADS.length)) % PAYLOADS.length === turn % PAYLOADS.length,
    );
    const { failed } = await engine.ban(ids, { data });
    // nginx cannot have control characters
    const refused = name === 'nginx-block-map' ? ids.filter((id) => /[\0-\x1f\x7f]/.test(id)) : [];
    expect(failed).toHaveLength(TELLS.test(name) ? refused.length : ids.length);
    await engine.unban(['192.0.2.1', ...ids]);
    await engine.stop();
    engine.end();
    expect(lab.sh(`ls -d ${canary}* 2>/dev/null; true`)).toBe('');
    expect(lab.rules()).toBe(before);
    for (const file of ['mail', 'waiting']) rmSync(join(folder, file), { force: true });
  });
});
