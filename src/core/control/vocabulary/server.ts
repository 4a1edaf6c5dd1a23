/**
 * Vocabulary: the server itself: is it there, how it logs, which jails it runs.
 *
 * Most of it has no meaning while no server runs; such an entry says so, and what to do instead.
 */
import { repr } from '../../python-repr.js';
import { CommandError, NoServerError } from '../command-error.js';
import { type Desk, GLOBAL_OVERRIDES } from '../desk.js';
import type { GlobalEntry, Group, Show } from '../entry.js';
import type { Value } from '../values.js';

interface Words {
  readonly scope?: GlobalEntry['scope'];
  readonly name: string;
  readonly syntax?: string;
  readonly help: string;
  readonly group?: Group;
  readonly show?: Show;
  readonly internal?: boolean;
}

const START = 'Start one with f2b server, or go on without: f2b scan does a jail’s work from cron.';
const SETTING =
  'Write it into fail2ban.local (or f2b.conf): [Definition], and the server takes it when it starts.';
const JAIL = 'Write it into jail.local (enabled = true or false); the next f2b scan takes it over.';

export const SERVER_ENTRIES: readonly GlobalEntry[] = [
  onlyServer(START, { name: 'ping', help: 'asks whether the server is there', show: 'ping' }),
  onlyServer(START, { name: 'server-status', help: 'asks whether the server is ready', internal: true }),
  onlyServer(START, { name: 'sleep', syntax: '<SECONDS>', help: 'waits', internal: true }),
  onlyServer(START, {
    name: 'flushlogs',
    help: 'opens the log anew, after it was rotated',
    group: 'logging',
    show: 'flushlogs',
  }),
  onlyServer(JAIL, {
    name: 'add',
    syntax: '<JAIL> <BACKEND>',
    help: 'makes a jail',
    group: 'jail-control',
    show: 'added',
  }),
  onlyServer(JAIL, {
    name: 'start',
    syntax: '<JAIL>',
    help: 'starts a jail',
    group: 'jail-control',
    show: 'started',
  }),
  onlyServer(JAIL, {
    name: 'stop',
    syntax: '<JAIL>',
    help: 'stops a jail, which goes',
    group: 'jail-control',
    show: 'stopped',
  }),
  {
    scope: 'global',
    name: 'reload',
    syntax: '[--restart] [--unban] [--if-exists] [<JAIL>|--all]',
    help: 'drops what was changed by hand and goes by the configuration again',
    group: 'basic',
    writes: true,
    run: reload,
  },
  {
    scope: 'global',
    name: 'version',
    syntax: '',
    help: 'tells the version',
    group: 'basic',
    writes: false,
    run: ({ version }) => version,
  },
  {
    scope: 'global',
    name: 'echo',
    syntax: '[<WORD> ... <WORD>]',
    help: 'answers with the words',
    group: 'basic',
    show: 'words',
    writes: false,
    internal: true,
    run: (_, args) => args,
  },
  onlyServer(SETTING, {
    scope: 'set',
    name: 'loglevel',
    syntax: '<LEVEL>',
    help: 'sets what is logged',
    group: 'logging',
    show: 'loglevel',
  }),
  reads(
    'loglevel',
    { help: 'gets what is logged', group: 'logging', show: 'loglevel' },
    ({ globals }) => globals.loglevel,
  ),
  onlyServer(SETTING, {
    scope: 'set',
    name: 'logtarget',
    syntax: '<TARGET>',
    help: 'sets where the log goes',
    group: 'logging',
    show: 'logtarget',
  }),
  reads(
    'logtarget',
    { help: 'gets where the log goes', group: 'logging', show: 'logtarget' },
    ({ globals }) => baseTarget(globals.logtarget),
  ),
  onlyServer(SETTING, {
    scope: 'set',
    name: 'syslogsocket',
    syntax: 'auto|<SOCKET>',
    help: 'sets the socket of syslog',
    group: 'logging',
    show: 'syslogsocket',
  }),
  reads(
    'syslogsocket',
    { help: 'gets the socket of syslog', group: 'logging', show: 'syslogsocket' },
    ({ globals }) => globals.syslogsocket,
  ),
  reads(
    'thread',
    { help: 'gets the size of stacks', group: 'basic' },
    ({ globals }) => new Map([['stacksize', globals.threadStackKib]]),
  ),
];

function onlyServer(hint: string, { name, help, ...rest }: Words): GlobalEntry {
  return {
    scope: 'global',
    syntax: '',
    group: 'basic',
    ...rest,
    name,
    help,
    writes: false,
    run: (_, args) => {
      throw new NoServerError([rest.scope ?? '', name, ...args].join(' ').trim(), hint);
    },
  };
}

function reads(
  name: string,
  words: { help: string; group: Group; show?: Show },
  run: GlobalEntry['run'],
): GlobalEntry {
  return { scope: 'get', name, syntax: '', writes: false, ...words, run };
}

/** Options in brackets are not shown. */
function baseTarget(target: string): string {
  return target.replace(/\[.*\]$/s, '').trimEnd();
}

const RELOAD_OPTIONS = ['--restart', '--unban', '--if-exists', '--all'];

/** Without a server the configuration is read anew all the time: what is left of a reload is to forget the overrides. */
function reload(desk: Desk, args: readonly string[]): Value {
  const names = args.filter((word) => !RELOAD_OPTIONS.includes(word));
  const [name, ...more] = names;
  if (more.length > 0) {
    throw new CommandError(`Unexpected argument(s) for reload: ${repr(names)}`);
  }
  if (name !== undefined && !desk.jails.has(name)) {
    throw new CommandError(`Failed during configuration: No section: ${repr(name)}`);
  }
  const jails = [...desk.jails.values()].filter((jail) => name === undefined || jail.name === name);
  const rest = name === undefined ? [...desk.disabled, GLOBAL_OVERRIDES] : [];
  const places = [...jails.map((jail) => jail.name), ...rest];
  for (const place of places)
    for (const key of Object.keys(desk.store.overrides(place))) desk.save(place, key, undefined);
  if (args.includes('--unban')) {
    for (const jail of jails) {
      jail.unbanAll();
      desk.touch(jail);
    }
  }
  return 'OK';
}
