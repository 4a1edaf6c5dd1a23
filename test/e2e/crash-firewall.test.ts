/** Killed at any moment while real firewalls are at work, f2b loses no ban, makes none twice and leaves none behind. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Lab, missing } from '../actions/lab.js';
import { type Bench, jailLocal, KILLS, killOften, TIMEOUT_MS } from './crash-bench.js';
import { hasStock, Site } from './site.js';

const why = missing('iptables', 'ip6tables', 'nft');
if (why !== undefined) process.stderr.write(`f2b is not killed at work with a firewall: ${why}\n`);

let site: Site | undefined;
let lab: Lab | undefined;
afterEach(() => {
  site?.close();
  lab?.close();
  site = undefined;
  lab = undefined;
});

/** An address in a listing, without its prefix. */
const ADDRESS = /(?:^|\s)([0-9a-f]+[.:][0-9a-f.:]+)(?:\/32|\/128)?(?=\s|$)/gm;

interface Firewall {
  readonly name: string;
  readonly action: string;
  /** The configuration has this one, too, now and then. */
  readonly other?: string;
  readonly stock: boolean;
  /** Prints every rule or element, one a line. */
  readonly list: string;
}

const RULES = '{ iptables -S f2b-sshd; ip6tables -S f2b-sshd; } 2>/dev/null | grep -- " -s "';
const ELEMENTS =
  'nft list ruleset 2>/dev/null | sed -n "/elements = {/,/}/p" | tr ",{}=" "\\n" | grep "[.:]"';
const FIREWALLS: readonly Firewall[] = [
  { name: 'iptables', action: 'iptables-allports[name=sshd]', stock: false, list: RULES },
  { name: "fail2ban's own iptables", action: 'iptables-allports[name=sshd]', stock: true, list: RULES },
  {
    name: 'nftables',
    action: 'nftables[type=allports, name=sshd]',
    stock: false,
    list: ELEMENTS,
  },
  {
    name: 'iptables and nftables in turn, as the configuration changes',
    action: 'iptables-allports[name=sshd]',
    other: 'nftables[type=allports, name=sshd]',
    stock: false,
    list: `${RULES}; ${ELEMENTS}`,
  },
];

/** The tools take longer, so that f2b is killed more often while one is at work. */
const SLOW = Object.fromEntries(
  ['iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore', 'nft'].map((tool) => [
    tool,
    `sleep 0.02; PATH=\${PATH#*:} ${tool} "$@"; status=$?; sleep 0.02; exit $status`,
  ]),
);

/** Writes another configuration, with the next of these actions. */
function changing(place: Site, actions: readonly string[]): () => void {
  let turn = 0;
  return () => {
    turn = (turn + 1) % actions.length;
    place.write('etc/jail.local', jailLocal(actions[turn] as string).replaceAll('DIR', place.dir));
  };
}

describe.each(FIREWALLS)('with $name', ({ action, other, stock, list }) => {
  const it = why === undefined && (!stock || hasStock) ? test : test.skip;

  it(
    'every ban has one rule, and in the end all is as before',
    async () => {
      lab = await Lab.open();
      const rules = lab.rules();
      const files = { 'jail.local': jailLocal(action) };
      const place = new Site({
        files,
        stock,
        programs: SLOW,
        namespace: lab.sh('ip netns identify $$').trim(),
      });
      site = place;
      place.write('auth.log', '');
      const bench: Bench = {
        site: place,
        list: () =>
          [...(lab?.sh(`${list}; true`) ?? '').matchAll(ADDRESS)].map((match) => match[1] as string),
      };
      await killOften(
        { ...bench, change: other === undefined ? undefined : changing(place, [action, other]) },
        Math.ceil(KILLS / 8),
      );
      expect(lab.rules()).toBe(rules);
    },
    TIMEOUT_MS,
  );
});
