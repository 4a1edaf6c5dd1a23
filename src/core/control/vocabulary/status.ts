/** Vocabulary: how the server and its jails are: status with its flavours, status of all, statistics. */
import type { JailFace } from '../../jail/face.js';
import { CommandError } from '../command-error.js';
import { asnOf } from '../cymru.js';
import type { Desk } from '../desk.js';
import type { GlobalEntry } from '../entry.js';
import { IpText, PyTuple, pair, type Value } from '../values.js';
import { matchesOf } from './lists.js';

export const STATUS_ENTRIES: readonly GlobalEntry[] = [
  {
    scope: 'global',
    name: 'status',
    syntax: '[--all | <JAIL>] [<FLAVOR>]',
    help: 'tells how the server, a jail or all jails are; flavors are basic, short and cymru',
    group: 'basic',
    show: 'status',
    writes: false,
    run(desk, args) {
      const [jail, flavor = 'basic'] = args;
      if (args.length > 2) throw new CommandError('Invalid command (no status)');
      if (jail === undefined) return overview(desk);
      if (jail === '--all') return overviewOfAll(desk, flavor);
      return jailStatus(desk, desk.jail(jail), flavor);
    },
  },
  ...['stats', 'statistics', 'statistic'].map(
    (name): GlobalEntry => ({
      scope: 'global',
      name,
      syntax: '',
      help: 'tells for each jail its backend, failures and bans as a table',
      group: 'basic',
      // The client of fail2ban knows two of the three.
      ...(name === 'statistic' ? { internal: true } : { show: 'stats' }),
      writes: false,
      run: statistics,
    }),
  ),
];

function overview({ jails }: Desk): PyTuple[] {
  const names = [...jails.keys()].sort();
  return [pair('Number of jail', names.length), pair('Jail list', names.join(', '))];
}

async function overviewOfAll(desk: Desk, flavor: string): Promise<Value> {
  const each = new Map<string, Value>();
  for (const name of [...desk.jails.keys()].sort()) {
    each.set(name, await jailStatus(desk, desk.jail(name), flavor));
  }
  return [...overview(desk), each];
}

/** An unknown flavor is the basic one. */
async function jailStatus(desk: Desk, jail: JailFace, flavor: string): Promise<Value> {
  const { failing, failedTotal, banned, bannedTotal } = jail.counts;
  if (flavor === 'stats') return statisticsOf(jail);
  const source = jail.backend.startsWith('systemd')
    ? pair(
        'Journal matches',
        matchesOf(desk, jail)
          .map((words) => words.join(' '))
          .join(' + '),
      )
    : pair('File list', [...jail.logPaths]);
  const ids = jail.bans().map(({ id }) => new IpText(id));
  const actions = [pair('Currently banned', banned), pair('Total banned', bannedTotal)];
  if (flavor !== 'short') actions.push(pair('Banned IP list', ids));
  if (flavor === 'cymru') {
    const { asns, countries, registries } = await asnOf(jail.bans(), desk.resolver);
    actions.push(pair('Banned ASN list', asns), pair('Banned Country list', countries));
    actions.push(pair('Banned RIR list', registries));
  }
  return [
    pair('Filter', [pair('Currently failed', failing), pair('Total failed', failedTotal), source]),
    pair('Actions', actions),
  ];
}

function statistics({ jails }: Desk): Value {
  return new Map([...jails.values()].map((jail) => [jail.name, statisticsOf(jail)]));
}

function statisticsOf(jail: JailFace): Value {
  const { failing, failedTotal, banned, bannedTotal } = jail.counts;
  return [jail.backend, new PyTuple([failing, failedTotal]), new PyTuple([banned, bannedTotal])];
}
