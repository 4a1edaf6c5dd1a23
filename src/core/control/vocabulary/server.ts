/**
 * Vocabulary: the server itself: is it there, how it logs, which jails it runs.
 *
 * Most of it has no meaning while no server runs; such an entry says so, and what to do instead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { F2bError } from '../../errors.js';
import { repr } from '../../python-repr.js';
import { CommandError, duplicateJail, NoServerError } from '../command-error.js';
import { type Desk, GLOBAL_OVERRIDES } from '../desk.js';
import { argument, type GlobalEntry, type Group, type Show } from '../entry.js';
import { floatOf } from '../numbers.js';
import type { ReloadRequest, ServerFace } from '../server-face.js';
import type { Value } from '../values.js';

interface Words {
  readonly scope?: GlobalEntry['scope'];
  readonly name: string;
  readonly syntax?: string;
  readonly help: string;
  readonly group?: Group;
  readonly show?: Show;
  readonly internal?: boolean;
  /** Why it cannot be done without a server, and what can. */
  readonly otherwise: string;
  readonly run: (server: ServerFace, args: readonly string[], desk: Desk) => Value | Promise<Value>;
}

const START = 'Start one with f2b server, or go on without: f2b scan does a jail’s work from cron.';
const SETTING =
  'Write it into fail2ban.local (or f2b.conf): [Definition], and the server takes it when it starts.';
const JAIL = 'Write it into jail.local (enabled = true or false); the next f2b scan takes it over.';

/** `stop --keep`: bans and rules stay as they are, for the server that follows at once. */
export const KEEP = '--keep';

/** Nothing waits longer. */
const MAX_SLEEP_SEC = 3600;

export const SERVER_ENTRIES: readonly GlobalEntry[] = [
  onlyServer({
    name: 'ping',
    syntax: '[<TIMEOUT>]',
    help: 'asks whether the server is there',
    show: 'ping',
    otherwise: START,
    run: () => 'pong',
  }),
  onlyServer({
    name: 'server-status',
    help: 'asks whether the server is ready',
    internal: true,
    otherwise: START,
    run: () => 'Server ready',
  }),
  onlyServer({
    name: 'sleep',
    syntax: '<SECONDS>',
    help: 'waits',
    internal: true,
    otherwise: START,
    async run(_, args) {
      const seconds = floatOf(argument(args, 0));
      await sleep(Math.max(0, Math.min(seconds, MAX_SLEEP_SEC)) * 1000, undefined, { ref: false });
      return null;
    },
  }),
  onlyServer({
    name: 'config-error',
    syntax: '<TEXT>',
    help: 'tells the server what is wrong with the configuration',
    internal: true,
    otherwise: START,
    run: (server, args) => {
      server.configError?.(argument(args, 0));
      return null;
    },
  }),
  onlyServer({
    name: 'flushlogs',
    help: 'opens the log anew, after it was rotated',
    group: 'logging',
    show: 'flushlogs',
    otherwise: START,
    run: (server) => server.flushLogs(),
  }),
  onlyServer({
    name: 'add',
    syntax: '<JAIL> <BACKEND>',
    help: 'makes a jail',
    group: 'jail-control',
    show: 'added',
    otherwise: JAIL,
    run(server, args, { jails }) {
      const name = argument(args, 0);
      if (name === '--all') throw new CommandError("Reserved name '--all'");
      if (jails.has(name)) throw duplicateJail(name);
      server.addJail(name, args[1] ?? 'auto');
      return name;
    },
  }),
  onlyServer({
    name: 'start',
    syntax: '<JAIL>',
    help: 'starts a jail',
    group: 'jail-control',
    show: 'started',
    otherwise: JAIL,
    async run(server, args, desk) {
      await server.startJail(desk.jail(argument(args, 0)).name);
      return null;
    },
  }),
  onlyServer({
    name: 'stop',
    syntax: '[<JAIL>]',
    help: 'stops a jail, which goes; without a jail the server',
    group: 'jail-control',
    show: 'stopped',
    otherwise: JAIL,
    async run(server, [name], desk) {
      if (name === undefined || name === '--all' || name === KEEP) await server.stop(name === KEEP);
      else await server.stopJail(desk.jail(name).name);
      return null;
    },
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
  onlyServer({
    scope: 'set',
    name: 'loglevel',
    syntax: '<LEVEL>',
    help: 'sets what is logged',
    group: 'logging',
    show: 'loglevel',
    otherwise: SETTING,
    run(server, args) {
      server.setLogLevel(argument(args, 0));
      return server.logLevel;
    },
  }),
  reads(
    'loglevel',
    { help: 'gets what is logged', group: 'logging', show: 'loglevel' },
    ({ server, globals }) => server?.logLevel ?? globals.loglevel,
  ),
  onlyServer({
    scope: 'set',
    name: 'logtarget',
    syntax: '<TARGET>',
    help: 'sets where the log goes',
    group: 'logging',
    show: 'logtarget',
    otherwise: SETTING,
    run(server, args) {
      const target = argument(args, 0);
      try {
        server.setLogTarget(target);
      } catch (error) {
        if (!(error instanceof F2bError)) throw error;
        throw new CommandError('Failed to change log target', {}, { hint: error.message });
      }
      return server.logTarget;
    },
  }),
  reads(
    'logtarget',
    { help: 'gets where the log goes', group: 'logging', show: 'logtarget' },
    ({ server, globals }) => server?.logTarget ?? baseTarget(globals.logtarget),
  ),
  onlyServer({
    scope: 'set',
    name: 'syslogsocket',
    syntax: 'auto|<SOCKET>',
    help: 'sets the socket of syslog',
    group: 'logging',
    show: 'syslogsocket',
    otherwise: SETTING,
    run(server, args) {
      const socket = argument(args, 0);
      if (!server.setSyslogSocket) throw new CommandError(`The syslog socket stays ${server.syslogSocket}`);
      server.setSyslogSocket(socket);
      return server.syslogSocket;
    },
  }),
  reads(
    'syslogsocket',
    { help: 'gets the socket of syslog', group: 'logging', show: 'syslogsocket' },
    ({ server, globals }) => server?.syslogSocket ?? globals.syslogsocket,
  ),
  onlyServer({
    scope: 'set',
    name: 'allowipv6',
    syntax: 'auto|yes|no',
    help: 'tells whether IPv6 is in use; the server goes by what it was started with',
    internal: true,
    otherwise: SETTING,
    run: (_, args) => argument(args, 0),
  }),
  onlyServer({
    scope: 'set',
    name: 'thread',
    syntax: '<SETTINGS>',
    help: 'sets options of threads, which f2b does not need',
    internal: true,
    otherwise: SETTING,
    run: (_, args) => argument(args, 0),
  }),
  reads(
    'thread',
    { help: 'gets the size of stacks', group: 'basic' },
    ({ globals }) => new Map([['stacksize', globals.threadStackKib]]),
  ),
];

function onlyServer({ otherwise, run, ...words }: Words): GlobalEntry {
  return {
    scope: 'global',
    syntax: '',
    group: 'basic',
    ...words,
    // Nothing in the store: without a server it fails, and with one the server keeps its own order.
    writes: false,
    run(desk, args) {
      if (desk.server) return run(desk.server, args, desk);
      throw new NoServerError([words.scope ?? '', words.name, ...args].join(' ').trim(), otherwise);
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

/** The words behind `reload`. @throws {CommandError} there are too many */
export function reloadRequest(args: readonly string[]): ReloadRequest {
  const names = args.filter((word) => !RELOAD_OPTIONS.includes(word));
  const [jail, ...more] = names;
  if (more.length > 0) {
    throw new CommandError(`Unexpected argument(s) for reload: ${repr(names)}`);
  }
  const has = (option: string) => args.includes(option);
  return { jail, restart: has('--restart'), unban: has('--unban'), ifExists: has('--if-exists') };
}

/**
 * A server reads its configuration. Without one that is read anew all the time: what is left of a reload is to forget
 * the overrides.
 */
async function reload(desk: Desk, args: readonly string[]): Promise<Value> {
  const request = reloadRequest(args);
  const name = request.jail;
  if (desk.server) {
    await desk.server.reload(request);
    return 'OK';
  }
  if (name !== undefined && !desk.jails.has(name)) {
    throw new CommandError(`Failed during configuration: No section: ${repr(name)}`);
  }
  const jails = [...desk.jails.values()].filter((jail) => name === undefined || jail.name === name);
  const rest = name === undefined ? [...desk.disabled, GLOBAL_OVERRIDES] : [];
  const places = [...jails.map((jail) => jail.name), ...rest];
  for (const place of places)
    for (const key of Object.keys(desk.store.overrides(place))) desk.save(place, key, undefined);
  if (request.unban) {
    for (const jail of jails) {
      jail.unbanAll();
      desk.touch(jail);
    }
  }
  return 'OK';
}
