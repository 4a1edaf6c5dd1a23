/** Killed at any moment, f2b loses no ban, makes none twice and leaves none behind. $F2B_KILLS: how often, in all. */
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { jailLocal, KILLS, killOften, TIMEOUT_MS } from './crash-bench.js';
import { Site } from './site.js';

/**
 * Rules are files. Like iptables it makes a rule a second time when it is told so, and cannot take away what is not
 * there; unlike it, it takes its time.
 */
const FILES_ACTION = `[Definition]
actionstart_on_demand = true
actionstart = sleep 0.01; mkdir DIR/chain; sleep 0.01
actionstop = sleep 0.01; rm -r DIR/chain; sleep 0.01
actioncheck = test -d DIR/chain
actionban = sleep 0.01; mktemp DIR/chain/<ip>.XXXXXXXX >/dev/null; sleep 0.01
actionunban = sleep 0.01; rule=$(ls DIR/chain | grep -F "<ip>." | head -1) && [ -n "$rule" ] && rm DIR/chain/$rule; sleep 0.01
`;
const MAIL_ACTION = `[Definition]
actionban = echo "<ip>" >> DIR/mails; sleep 0.02
`;

let site: Site | undefined;
afterEach(() => {
  site?.close();
  site = undefined;
});

test(
  'with a firewall of files, and one mail for each ban at most',
  async () => {
    const files = {
      'jail.local': jailLocal('files[name=sshd]\n         mail[name=sshd]'),
      'action.d/files.conf': FILES_ACTION,
      'action.d/mail.conf': MAIL_ACTION,
    };
    const place = new Site({ files });
    site = place;
    place.write('auth.log', '');
    const folder = place.at('chain');
    const list = () =>
      existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.[^.]+$/, '')) : [];
    await killOften({ site: place, list }, Math.ceil(KILLS / 2));
    const mails = place.read('mails').split('\n').slice(0, -1);
    expect(mails.filter((id, i) => mails.indexOf(id) !== i)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  },
  TIMEOUT_MS,
);
