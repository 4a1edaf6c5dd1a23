/**
 * Opens what the commands that look at jails need: configuration, store, and the machine. Loaded only by those.
 *
 * `-c` and the environment → folder → plans → the store that `dbfile` names → World. Writers hold the store's lock until
 * they `close`; readers never wait.
 */
import { readFileSync } from 'node:fs';
import { endOrphans } from '../core/action/orphans.js';
import { systemClock } from '../core/clock.js';
import { findConfig, type LoadedConfig, loadConfig } from '../core/config/index.js';
import { statePaths } from '../core/config/state-paths.js';
import { EXIT, F2bError } from '../core/errors.js';
import type { Log } from '../core/events.js';
import type { World } from '../core/jail/open-jail.js';
import { createResolver } from '../core/net/dns.js';
import type { LockHolder } from '../core/store/lock.js';
import { MemoryStore } from '../core/store/memory.js';
import { openForReading, openForWriting } from '../core/store/open.js';
import type { Store } from '../core/store/store.js';
import { findStore } from '../core/store/store-path.js';
import { logSink } from './log-sink.js';
import { hasIpv6, stateOwner } from './settings.js';

export interface WorldRequest {
  /** `-c` */
  readonly config: string | undefined;
  /** Folder of the package, for what ships with it. */
  readonly root: string;
  /** As its user would know it: `f2b scan`. */
  readonly command: string;
  /** Jails to treat as enabled, whatever they say. */
  readonly enable?: readonly string[] | undefined;
  /** Command line values that win over fail2ban.conf. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
  /** Instead of the log that `logtarget` names. */
  readonly log?: Log | undefined;
  /** A server lives long enough to do without a store. */
  readonly mayForget?: boolean | undefined;
}

export interface OpenedWorld {
  readonly world: World;
  readonly config: LoadedConfig;
  /** f2b's own log, where `logtarget` is a file. */
  readonly ownLog: string | undefined;
  /** A fail2ban database that `dbfile` names: f2b keeps its own beside it. */
  readonly besides: string | undefined;
  close(): void;
}

/** Seconds a writer waits for another one. */
export const DEFAULT_WAIT_SEC = 60;

/**
 * For commands that change something: `waitSec` is how long to wait for another one.
 *
 * @throws {F2bError} no configuration (exit code 2), or no store
 */
export async function openWorld(request: WorldRequest, waitSec = DEFAULT_WAIT_SEC): Promise<OpenedWorld> {
  return open(request, async (path, log) =>
    openForWriting(path, {
      waitMs: waitSec * 1000,
      clock: systemClock,
      command: request.command,
      log,
      onCutOff: (holder) => endItsCommands(holder, log),
    }),
  );
}

/** The last f2b was killed: no command of it may go on while its work is done over. */
async function endItsCommands({ command, pid }: LockHolder, log: Log): Promise<void> {
  const { found, killed } = await endOrphans(pid);
  if (found === 0) return;
  const end = killed === 0 ? 'has ended by itself' : 'was ended';
  log({
    level: 'WARNING',
    logger: 'server',
    message: `${command} (process ${pid}) was killed; its command, which went on, ${end}`,
  });
}

/** For commands that only look. */
export async function openWorldToRead(request: WorldRequest): Promise<OpenedWorld> {
  return open(request, async (path, log) =>
    openForReading(path, { clock: systemClock, command: request.command, log }),
  );
}

async function open(
  request: WorldRequest,
  openStore: (path: string, log: Log) => Promise<Store>,
): Promise<OpenedWorld> {
  const config = loadJails(request);
  const { global } = config;
  const place = findStore(global?.dbfile.value ?? 'None');
  const ownLog = ownLogOf(global?.logtarget.value);
  const log = request.log ?? logSink(ownLog, global?.loglevel.value);
  if (place.kind !== 'file' && !request.mayForget) throw storeless(place.kind);
  const store = place.kind === 'file' ? await openStore(place.path, log) : new MemoryStore();
  const allowIpv6 = isIpv6Allowed(global?.allowipv6.value);
  const resolver = createResolver({ ipv6: allowIpv6 });
  const world: World = {
    store,
    clock: systemClock,
    log,
    resolver,
    random: Math.random,
    bootId: bootId(),
    allowIpv6,
  };
  return {
    world,
    config,
    ownLog,
    besides: place.kind === 'file' ? place.besides : undefined,
    close: () => store.close(),
  };
}

/** Jails of the configuration. @throws {F2bError} there is nothing to go by: exit code 2 */
export function loadJails({ config, root, enable, overrides }: WorldRequest): LoadedConfig {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  const loaded = loadConfig({
    folder,
    mode: 'start',
    mayLackLogs: true,
    state: statePaths(stateOwner(process.env)),
    enable: enable && new Set(enable),
    overrides,
  });
  if (loaded.fatal) {
    const { error } = loaded.fatal;
    throw new F2bError(error.code, error.message, {
      hint: error.hint ?? `f2b check -c ${folder.dir} tells more.`,
      cause: error,
      exitCode: EXIT.unreadable,
    });
  }
  return loaded;
}

function storeless(kind: 'none' | 'memory'): F2bError {
  const value = kind === 'none' ? 'None' : ':memory:';
  return new F2bError('no-store', `dbfile = ${value}: bans would be forgotten and never taken back`, {
    hint: 'Name a file with dbfile in fail2ban.local or f2b.local; only a server can do without.',
    exitCode: EXIT.unreadable,
  });
}

/** A store for runs over old logs: nothing outlives them. */
export function forgetfulStore(): Store {
  return new MemoryStore();
}

function ownLogOf(target: string | undefined): string | undefined {
  const path = target?.replace(/\[.*$/s, '').trim();
  return path?.startsWith('/') ? path : undefined;
}

function isIpv6Allowed(value: string | undefined): boolean {
  if (value === undefined || value.toLowerCase() === 'auto') return hasIpv6();
  return ['1', 'on', 'true', 'yes'].includes(value.toLowerCase());
}

/** @see random(4): a new one at each boot. Without it the moment of booting has to do. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    const upSec = Number(readUptime());
    return `booted-${Math.round((Date.now() / 1000 - upSec) / 60)}`;
  }
}

function readUptime(): string {
  try {
    return readFileSync('/proc/uptime', 'utf8').split(' ')[0] ?? '0';
  } catch {
    return '0';
  }
}
