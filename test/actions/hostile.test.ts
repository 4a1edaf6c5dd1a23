/** Two hundred texts that an attacker may choose, through every shipped action: as the id, and in the lines of the log. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
function parameters(name: string, folder: string): string {
  if (name === 'hostsdeny') return `[file=${folder}/hosts.deny]`;
  if (name === 'dummy') return `[target=${folder}/dummy]`;
  if (name.startsWith('sendmail')) return `[mailcmd="cat >> ${folder}/mail",logpath=${folder}/log]`;
  if (name === 'blocklist_de') return '[email=a,apikey=b,service=c,agent=d]';
  return '';
}

(why === undefined ? describe : describe.skip)('hostile texts', () => {
  let lab: Lab;
  let folder: string;
  beforeAll(async () => {
    lab = await Lab.open();
    folder = join(lab.scratch, 'work');
    const path = join(lab.scratch, 'bin');
    for (const made of [folder, path]) mkdirSync(made);
    writeFileSync(join(folder, 'hosts.deny'), '');
    writeFileSync(join(folder, 'log'), TEXTS.map((text) => `${text} 192.0.2.1`).join('\n'));
    for (const tool of ['ipfw', 'ufw', 'firewall-cmd', 'curl', 'whois']) {
      const answer = tool === 'ufw' ? 'echo Status: active' : tool === 'curl' ? 'cat >/dev/null' : 'true';
      writeFileSync(join(path, tool), `#!/bin/sh\n${answer}\n`);
      chmodSync(join(path, tool), 0o755);
    }
  });
  afterAll(() => lab?.close());

  test('there are two hundred', () => expect(new Set(TEXTS).size).toBeGreaterThanOrEqual(200));

  test.each(names)('%s runs nothing but what it is for', async (name) => {
    const before = lab.rules();
    const options = { path: join(lab.scratch, 'bin') };
    const engine = lab.engine(name + parameters(name, folder), options);
    const canary = join(lab.scratch, 'owned');
    const texts = TEXTS.map((text) => text.replaceAll('CANARY', canary));
    const data = { user: texts.join(' '), ruser: texts[0], port: texts[1] };
    await engine.start();
    const matches = texts.map((text) => ({ text }));
    expect(await engine.ban(['192.0.2.1'], { matches, data })).toEqual({ failed: [], errors: [] });
    const sends = name.startsWith('sendmail') || name === 'blocklist_de';
    // Each mail takes its time, and all texts are in the first one.
    const ids = sends ? texts.filter((_, i) => i % 4 === 0) : texts;
    const { failed } = await engine.ban(ids, { data });
    expect(failed).toHaveLength(sends || name === 'dummy' ? 0 : texts.length);
    await engine.unban(['192.0.2.1', ...ids]);
    await engine.stop();
    engine.end();
    expect(lab.sh(`ls -d ${canary}* 2>/dev/null; true`)).toBe('');
    expect(lab.rules()).toBe(before);
    rmSync(join(folder, 'mail'), { force: true });
  });
});
