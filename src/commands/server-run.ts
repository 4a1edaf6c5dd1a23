/**
 * Runs `f2b server`: configuration, log, store, jails, socket; until a signal or a command ends it.
 *
 * What goes wrong before the server is ready is one error and an exit code; what goes wrong later is in its log.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '../core/clock.js';
import { statePaths } from '../core/config/index.js';
import {
  CommandError,
  Desk,
  dispatch,
  GLOBAL_OVERRIDES,
  globalsOf,
  overridePlan,
} from '../core/control/index.js';
import { isAnswering, serveDesk, WireServer } from '../core/control/wire/index.js';
import type { LoadOrder } from '../core/daemon/load-thread.js';
import { Server } from '../core/daemon/server.js';
import { SteadyClock } from '../core/daemon/steady-clock.js';
import { EXIT, F2bError } from '../core/errors.js';
import type { Log } from '../core/events.js';
import type { World } from '../core/jail/open-jail.js';
import { ServerLog } from '../core/log/server-log.js';
import { patient } from '../core/store/patient.js';
import { deferred } from './deferred.js';
import { livingServer, removePid, writePid } from './pid-file.js';
import { SERVER } from './running-server.js';
import { serverFace } from './server-face.js';
import { F2B_VERSION, FAIL2BAN_VERSION, localeEncoding, stateOwner } from './settings.js';
import { systemdNotify } from './systemd.js';
import { loadJails, openWorld } from './world.js';

export interface ServerArguments {
  readonly config: string | undefined;
  readonly root: string;
  /** Take over a socket that nobody listens on. */
  readonly force: boolean;
  /** Values that win over fail2ban.conf. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Called when everything stands. */
  readonly onReady?: (() => void) | undefined;
}

/** How long a server waits for another f2b to be done with the store: a scan, or the server before it. */
const WAIT_SEC = 60;
/** So often a store that could not be written to is tried again. */
const STORE_RETRY_MS = 5000;

/** What a batch leaves behind goes before it comes to more than a third of what is in use; a server has time for that. */
const TIDY = '--heap-growing-percent=30';

/** Ends when the server has ended. @throws {F2bError} why it cannot start */
export async function runServer({
  config,
  root,
  force,
  overrides,
  onReady,
}: ServerArguments): Promise<undefined> {
  setFlagsFromString(TIDY);
  const log = new ServerLog({
    clock: systemClock,
    pid: process.pid,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
  const request = { config, root, overrides, log: log.log, command: SERVER, mayForget: true };
  const loaded = loadJails(request);
  const { global } = loaded;
  if (!global) throw new F2bError('no-base', 'there is nothing to go by');
  await assertAlone(global.socket.value, global.pidfile.value, force);
  openLog(log, { level: global.loglevel.value, target: global.logtarget.value });
  log.syslogSocket = global.syslogsocket.value;
  const say = speaker(log.log, 'server');
  const sayOfStore = speaker(log.log, 'database');
  say('-'.repeat(50));
  say(`Starting Fail2ban v${FAIL2BAN_VERSION}`);
  // Signals count from here on: who stops a server that waits for the store does not wait with it.
  const ending = deferred<boolean>();
  const offSignals = onSignals({
    SIGTERM: () => ending.resolve(false),
    SIGINT: () => ending.resolve(false),
    // Another server follows at once (RestartKillSignal of the unit): rules stay.
    SIGUSR2: () => ending.resolve(true),
    SIGUSR1: () => void log.flush(),
    SIGHUP: () => {},
  });
  const opened = await unless(ending.promise, openWorld(request, WAIT_SEC));
  if (!opened) {
    say('Exiting Fail2ban');
    return leave();
  }
  const patience = patient(opened.world.store, {
    onTrouble: (message) =>
      message === undefined
        ? sayOfStore('The store can be written to again, and has all that waited')
        : sayOfStore(`${message}; what changes is written as soon as it can be`, 'ERROR'),
  });
  const { store } = patience;
  const clock = new SteadyClock();
  const world: World = { ...opened.world, store, clock };
  if (store.path !== undefined) sayOfStore(`Connected to fail2ban persistent database '${store.path}'`);
  const globals = globalsOf(global, store.overrides(GLOBAL_OVERRIDES));
  const matcherModule = pathToFileURL(join(root, 'dist/matcher.js'));
  const encoding = localeEncoding(process.env);
  const server = new Server({
    world,
    clock,
    matcherModule,
    localeEncoding: encoding,
    purgeAge: () => globals.dbpurgeage,
    prepare: (plan) =>
      overridePlan(plan, store.overrides(plan.name), (name, message) =>
        say(`${plan.name}: ${name}, changed by hand, is left out: ${message}`, 'WARNING'),
      ),
    isIdle: (jail) => store.overrides(jail)['idle'] === true,
  });
  const stopped = deferred<void>();
  const face = serverFace({
    ...{ log, server, world, globals, matcherModule, patience },
    loading: loadOrder({ config, root, overrides }),
    end(keep) {
      ending.resolve(keep);
      return stopped.promise;
    },
    carry: (words) => dispatch(desk, words),
  });
  const desk = new Desk({
    ...{ clock: world.clock, resolver: world.resolver, store, globals },
    version: FAIL2BAN_VERSION,
    localeEncoding: encoding,
    jails: server.jails,
    skipped: () => [...server.failed.values()],
    disabled: () => server.disabled,
    // What is changed by hand holds until the server ends or reloads.
    save: () => {},
    enforce: async (jail) => server.running(jail.name)?.settle(),
    onAdopt: (jail) => server.adopted(jail.name),
    onIdle: (jail) => server.running(jail.name)?.setIdle(jail.idle),
    server: face,
  });
  const socket = new WireServer({
    path: global.socket.value,
    force,
    answer: serveDesk(desk, {
      isStopping: () => server.isStopping,
      onRefused: (message, error) => {
        if (isRegexError(error)) log.log({ level: 'ERROR', logger: 'filter', message: error.message });
        log.log({ level: 'ERROR', logger: 'transmitter', message });
      },
    }),
    onTrouble: (message) => say(message, 'WARNING'),
  });
  const systemd = systemdNotify(process.env);
  const retries = setInterval(() => patience.retry(), STORE_RETRY_MS);
  try {
    await socket.listen();
    writePidOrSay(global.pidfile.value, say);
    const ready = () => {
      say(`Server ready (f2b ${F2B_VERSION})`);
      systemd.ready();
      tellParent();
      onReady?.();
    };
    // Who ends it while it starts does not wait until it has.
    await Promise.race([server.start(loaded).then(() => server.isStopping || ready()), ending.promise]);
    const keep = await ending.promise;
    systemd.stopping();
    await server.stop(keep);
  } finally {
    stopped.resolve();
    await socket.close();
    clearInterval(retries);
    removePid(global.pidfile.value);
    store.close();
    if (store.path !== undefined) sayOfStore('Connection to database closed.');
    say('Exiting Fail2ban');
    offSignals();
    log.close();
  }
  return leave();
}

/** As `loadJails` reads it, for a thread. */
function loadOrder({ config, root, overrides }: Omit<ServerArguments, 'force'>): LoadOrder {
  return {
    ...{ dir: config, packageDir: root, overrides },
    envDir: process.env['F2B_CONFIG'],
    state: statePaths(stateOwner(process.env)),
  };
}

/** Whatever is left (a look-up under way) must not hold the process. */
function leave(): undefined {
  setImmediate(() => process.exit(process.exitCode ?? EXIT.ok)).unref();
  return undefined;
}

/** @throws {F2bError} a server runs already */
async function assertAlone(socket: string, pidfile: string, force: boolean): Promise<void> {
  const pid = livingServer(pidfile);
  const who = pid === undefined ? '' : ` (process ${pid})`;
  const hint = 'Stop it with f2b stop, or go on with it: f2b reload.';
  if (pid !== undefined || (!force && (await isAnswering(socket)))) {
    throw new F2bError('already-running', `Server already running${who}`, { hint });
  }
}

/** @throws {F2bError} why it cannot be written */
function openLog(log: ServerLog, { level, target }: { level: string; target: string }): void {
  log.setLevel(level);
  try {
    log.setTarget(target, FAIL2BAN_VERSION);
  } catch (error) {
    const { cause, message } = error as F2bError;
    const why = cause instanceof Error ? cause.message : message;
    throw new F2bError('logtarget', `cannot log to ${target}: ${why}`, {
      hint: 'Name another place with logtarget, or with --logtarget.',
      cause: error,
    });
  }
}

/** fail2ban's filter tells of it too. */
function isRegexError(error: unknown): error is CommandError {
  return error instanceof CommandError && error.exception.name === 'RegexException';
}

type Say = (message: string, level?: 'INFO' | 'WARNING' | 'ERROR') => void;

function speaker(log: Log, logger: string): Say {
  return (message, level = 'INFO') => log({ level, logger, message });
}

/** A pid file is for others: without it the server does its work all the same. */
function writePidOrSay(path: string, say: Say): void {
  try {
    writePid(path);
  } catch (error) {
    say(`Unable to create PID file ${path}: ${(error as Error).message}`, 'ERROR');
  }
}

/** Whoever has started it in the background waits for this, or has lost patience. */
function tellParent(): void {
  if (!process.send || !process.connected) return;
  process.send('ready', () => process.connected && process.disconnect());
}

function onSignals(handlers: Partial<Record<NodeJS.Signals, () => void>>): () => void {
  process.removeAllListeners('SIGINT');
  const entries = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}

/** The result, unless the end comes first: then what was opened is closed. */
async function unless<T extends { close(): void }>(
  end: Promise<unknown>,
  opening: Promise<T>,
): Promise<T | undefined> {
  const ended = end.then(() => undefined);
  const result = await Promise.race([opening, ended]);
  if (result === undefined) void opening.then((late) => late.close()).catch(() => {});
  return result;
}
