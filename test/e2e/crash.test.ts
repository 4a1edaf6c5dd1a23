/** Killed at any moment, f2b loses no ban, makes none twice and leaves none behind. $F2B_KILLS: how often, in all. */
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { type Bench, CrashRun, randomFrom } from './crash-bench.js';
import { hasStock, Site } from './site.js';

/** An address in a listing, without its prefix. */
const ADDRESS = /(?:^|\s)([0-9a-f]+[.:][0-9a-f.:]+)(?:\/32|\/128)?(?=\s|$)/gm;
const KILLS = Number(process.env['F2B_KILLS'] ?? 60);
const SEED = Number(process.env['F2B_SEED'] ?? Date.now() % 100_000);
const why = missing('iptables', 'ip6tables', 'nft', 'ipset');

function jailLocal(action: string): string {
  return `[DEFAULT]
ignoreip =
usedns = no
[sshd]
enabled = true
filter = sshd
backend = polling
logpath = DIR/auth.log
maxretry = 3
findtime = 1d
bantime = 1d
action = ${action}
`;
}

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

async function kill(bench: Bench, times: number): Promise<void> {
  const seed = SEED + times;
  const run = new CrashRun(bench, randomFrom(seed));
  try {
    while (run.counts.killed < times) await run.step();
    await run.settle();
    await run.release();
  } catch (error) {
    process.stderr.write(`killed ${run.counts.killed} times in ${run.counts.runs} runs, F2B_SEED=${SEED}\n`);
    if (process.env['F2B_KILLS'])
      process.stderr.write(`${run.story.join('\n')}\n${bench.site.read('f2b.log')}`);
    throw error;
  }
  if (process.env['F2B_KILLS']) process.stderr.write(`${JSON.stringify({ seed, ...run.counts })}\n`);
}

let site: Site | undefined;
let lab: Lab | undefined;
afterEach(() => {
  site?.close();
  lab?.close();
  site = undefined;
  lab = undefined;
});

const TIMEOUT_MS = 60_000 + KILLS * 5_000;

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
    await kill({ site: place, list }, Math.ceil(KILLS / 2));
    const mails = place.read('mails').split('\n').slice(0, -1);
    expect(mails.filter((id, i) => mails.indexOf(id) !== i)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  },
  TIMEOUT_MS,
);

interface Firewall {
  readonly name: string;
  readonly action: string;
  readonly stock: boolean;
  /** Prints every rule or element, one a line. */
  readonly list: string;
}

const RULES = '{ iptables -S f2b-sshd; ip6tables -S f2b-sshd; } 2>/dev/null | grep -- " -s "';
const FIREWALLS: readonly Firewall[] = [
  { name: 'iptables', action: 'iptables-allports[name=sshd]', stock: false, list: RULES },
  { name: "fail2ban's own iptables", action: 'iptables-allports[name=sshd]', stock: true, list: RULES },
  {
    name: 'nftables',
    action: 'nftables[type=allports, name=sshd]',
    stock: false,
    list: 'nft list ruleset | sed -n "/elements = {/,/}/p" | tr ",{}=" "\\n" | grep "[.:]"',
  },
];

describe.each(FIREWALLS)('with $name', ({ action, stock, list }) => {
  const it = why === undefined && (!stock || hasStock) ? test : test.skip;

  it(
    'every ban has one rule, and in the end all is as before',
    async () => {
      lab = await Lab.open();
      const rules = lab.rules();
      const files = { 'jail.local': jailLocal(action) };
      const place = new Site({ files, stock, namespace: lab.sh('ip netns identify $$').trim() });
      site = place;
      place.write('auth.log', '');
      const bench: Bench = {
        site: place,
        list: () =>
          [...(lab?.sh(`${list}; true`) ?? '').matchAll(ADDRESS)].map((match) => match[1] as string),
      };
      await kill(bench, Math.ceil(KILLS / 6));
      expect(lab.rules()).toBe(rules);
    },
    TIMEOUT_MS,
  );
});
