/**
 * Runs `f2b server`: log, configuration, store, jails, socket; until a signal or a command ends it.
 *
 * What goes wrong before the server is ready is one error and an exit code; what goes wrong later is in its log.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../core/clock.js';
import { Desk, globalsOf } from '../core/control/index.js';
import type { ServerFace } from '../core/control/server-face.js';
import { Server } from '../core/daemon/server.js';
import { EXIT, F2bError } from '../core/errors.js';
import { ServerLog } from '../core/log/server-log.js';
import { F2B_VERSION, FAIL2BAN_VERSION, localeEncoding } from './settings.js';
import { systemdNotify } from './systemd.js';
import { loadJails, openWorld } from './world.js';

export interface ServerArguments {
  readonly config: string | undefined;
  readonly root: string;
  /** Take over a socket that nobody listens on. */
  readonly force: boolean;
  /** Values that win over fail2ban.conf. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** How long a server waits for another f2b to be done with the store. */
const WAIT_SEC = 30;

/** Ends when the server has ended. */
export async function runServer({ config, root, force, overrides }: ServerArguments): Promise<undefined> {
  const log = new ServerLog({
    clock: systemClock,
    pid: process.pid,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
  const request = {
    ...{ config, root, overrides, log: log.log },
    command: 'f2b server',
    mayForget: true,
  };
  const loaded = loadJails(request);
  const { global } = loaded;
  if (!global) throw new F2bError('no-base', 'there is nothing to go by');
  log.setLevel(global.loglevel.value);
  log.setTarget(global.logtarget.value, FAIL2BAN_VERSION);
  const say = (message: string) => log.log({ level: 'INFO', logger: 'server', message });
  say('-'.repeat(50));
  say(`Starting Fail2ban v${FAIL2BAN_VERSION}`);
  const opened = await openWorld(request, WAIT_SEC);
  const { world } = opened;
  const server = new Server({
    world,
    matcherModule: pathToFileURL(join(root, 'dist/matcher.js')),
    localeEncoding: localeEncoding(process.env),
  });
  const ending = deferred<boolean>();
  const face = serverFace({
    log,
    server,
    load: () => loadJails(request),
    syslogSocket: global.syslogsocket.value,
    end: (keep) => ending.resolve(keep),
  });
  const desk = new Desk({
    clock: world.clock,
    resolver: world.resolver,
    version: FAIL2BAN_VERSION,
    globals: globalsOf(global),
    localeEncoding: localeEncoding(process.env),
    jails: server.jails,
    skipped: loaded.skipped,
    disabled: loaded.disabled,
    store: world.store,
    // What is changed by hand holds until the server ends or reloads.
    save: () => {},
    enforce: async (jail) => server.running(jail.name)?.settle(),
    onAdopt: (jail) => server.adopted(jail.name),
    server: face,
  });
  const socket = await openSocket(desk, { path: global.socket.value, force });
  writePid(global.pidfile.value);
  const stopSignals = onSignals({
    end: () => ending.resolve(false),
    flush: () => void face.flushLogs(),
  });
  const systemd = systemdNotify(process.env);
  try {
    await server.start(loaded);
    say(`Server ready (f2b ${F2B_VERSION})`);
    systemd.ready();
    const keep = await ending.promise;
    systemd.stopping();
    await server.stop(keep);
  } finally {
    stopSignals();
    await socket.close();
    rmSync(global.pidfile.value, { force: true });
    opened.close();
    log.close();
  }
  // Whatever is left (a look-up under way) must not hold the process.
  setImmediate(() => process.exit(process.exitCode ?? EXIT.ok)).unref();
  return undefined;
}

interface FaceOptions {
  readonly log: ServerLog;
  readonly server: Server;
  readonly load: () => ReturnType<typeof loadJails>;
  readonly syslogSocket: string;
  readonly end: (keep: boolean) => void;
}

function serverFace({ log, server, load, syslogSocket, end }: FaceOptions): ServerFace {
  return {
    get logLevel() {
      return log.level;
    },
    get logTarget() {
      return log.target;
    },
    syslogSocket,
    setLogLevel: (text) => log.setLevel(text),
    setLogTarget: (text) => log.setTarget(text, FAIL2BAN_VERSION),
    flushLogs: () => log.flush(),
    reload: async (request) => server.reload(load(), request),
    addJail: (name) => {
      throw new F2bError('add', `jail ${name} cannot be made by commands yet`);
    },
    startJail: async () => {},
    stopJail: (name) => server.stopJail(name),
    stop: (keep = false) => end(keep),
  };
}

function writePid(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
}

function onSignals({ end, flush }: { end: () => void; flush: () => void }): () => void {
  const ignore = () => {};
  process.removeAllListeners('SIGINT');
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGUSR1', flush).on('SIGHUP', ignore);
  return () => {
    process.off('SIGTERM', end).off('SIGINT', end).off('SIGUSR1', flush);
  };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Placeholder until the wire is there. */
async function openSocket(
  _desk: Desk,
  _options: { path: string; force: boolean },
): Promise<{ close(): Promise<void> }> {
  return { close: async () => {} };
}

/** Starts the server and answers when it is ready. */
export async function startInBackground(wanted: ServerArguments): Promise<undefined> {
  const { global } = loadJails({ ...wanted, command: 'f2b server' });
  const args = [join(wanted.root, 'bin/run.js'), 'server', '--foreground'];
  if (wanted.config !== undefined) args.push('--config', wanted.config);
  if (wanted.force) args.push('--force');
  for (const [name, value] of Object.entries(wanted.overrides)) args.push(`--${name}`, value);
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  void global;
  await sleep(0);
  if (ended) throw new F2bError('server', `the server did not start: ${said}`);
  return undefined;
}
