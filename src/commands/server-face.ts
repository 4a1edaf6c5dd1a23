/**
 * What the desk may ask of the server it stands in, put together from its parts: log, configuration, jails, store.
 */
import { type DeskGlobals, GLOBAL_OVERRIDES, type Value } from '../core/control/index.js';
import type { Problem, ReloadRequest, ServerFace, ServerHealth } from '../core/control/server-face.js';
import { type LoadedPlans, type LoadOrder, loadApart } from '../core/daemon/load-thread.js';
import type { Plans, Server } from '../core/daemon/server.js';
import { plansOfStream } from '../core/daemon/stream-plans.js';
import { F2bError } from '../core/errors.js';
import type { World } from '../core/jail/open-jail.js';
import type { ServerLog } from '../core/log/server-log.js';
import type { PatientStore } from '../core/store/patient.js';
import { F2B_VERSION, FAIL2BAN_VERSION } from './settings.js';

export interface FaceParts {
  readonly log: ServerLog;
  readonly server: Server;
  readonly world: World;
  readonly globals: DeskGlobals;
  readonly loading: LoadOrder;
  readonly matcherModule: URL;
  readonly patience: PatientStore;
  /** Ends the server. @returns when it has ended */
  readonly end: (keep: boolean) => Promise<void>;
  /** One command about the server as a whole. */
  readonly carry: (words: readonly string[]) => Promise<Value>;
}

export function serverFace(parts: FaceParts): ServerFace {
  const { log, server, world, end } = parts;
  const startedSec = world.clock.nowSec();
  return {
    get logLevel() {
      return log.level;
    },
    get logTarget() {
      return log.target;
    },
    get syslogSocket() {
      return log.syslogSocket;
    },
    setLogLevel: (text) => log.setLevel(text),
    setLogTarget: (text) => log.setTarget(text, FAIL2BAN_VERSION),
    setSyslogSocket(text) {
      log.syslogSocket = text;
    },
    flushLogs: () => log.flush(),
    reload: (request) => reload(parts, request),
    addJail: (name, backend) => server.addJail(name, backend),
    startJail: (name) => server.startJail(name),
    stopJail: (name) => server.stopJail(name),
    stop: (keep = false) => end(keep),
    configError: (message) => log.log({ level: 'ERROR', logger: 'transmitter', message }),
    health: () => healthOf(parts, startedSec),
  };
}

async function reload(parts: FaceParts, request: ReloadRequest): Promise<void> {
  const { server, world, loading, matcherModule } = parts;
  if (request.stream === undefined) {
    const plans = await loadApart(matcherModule, loading);
    await server.reload(plans, request);
    dropOverrides(world, plans, request.jail);
    if (plans.global) await applyGlobals(parts, globalCommands(plans.global));
    return;
  }
  const own = await loadApart(matcherModule, loading).catch(() => undefined);
  const { others, ...plans } = await plansOfStream(request.stream, own?.jails ?? [], world);
  const disabled = own?.disabled ?? [];
  await server.reload({ ...plans, disabled }, request);
  dropOverrides(world, plans, request.jail);
  await applyGlobals(parts, others);
}

/** What was changed by hand while no server ran is over, as a reload has always had it. */
function dropOverrides({ store }: World, { jails }: Pick<Plans, 'jails'>, only: string | undefined): void {
  const names = jails.map(({ name }) => name).filter((name) => only === undefined || name === only);
  for (const name of only === undefined ? [...names, GLOBAL_OVERRIDES] : names) {
    for (const key of Object.keys(store.overrides(name))) store.saveOverride(name, key, undefined);
  }
}

function globalCommands(global: NonNullable<LoadedPlans['global']>): readonly Value[] {
  const { syslogsocket, loglevel, logtarget, dbmaxmatches, dbpurgeage } = global;
  return [
    ['set', 'syslogsocket', syslogsocket.value],
    ['set', 'loglevel', loglevel.value],
    ['set', 'logtarget', logtarget.value],
    ...(dbmaxmatches ? [['set', 'dbmaxmatches', dbmaxmatches.value]] : []),
    ['set', 'dbpurgeage', dbpurgeage.value.text],
  ];
}

/** What of it cannot be had (a log in a folder that is not there, another store) is said, and stays as it was. */
async function applyGlobals({ carry, log, world }: FaceParts, commands: readonly Value[]): Promise<void> {
  const mistakes: string[] = [];
  for (const command of commands) {
    const words = (command as readonly Value[]).map(String);
    try {
      if (!isInForce(words, log)) await carry(words);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      mistakes.push(`${words.join(' ')}: ${error.message}`);
    }
  }
  for (const message of mistakes) world.log({ level: 'WARNING', logger: 'server', message });
}

function isInForce([, name, value]: readonly string[], log: ServerLog): boolean {
  return name === 'syslogsocket' && value === log.syslogSocket;
}

function healthOf({ server, log, world, patience }: FaceParts, startedSec: number): ServerHealth {
  const problems: Problem[] = [];
  if (log.isFailing) problems.push({ of: 'log', message: `${log.target} cannot be written to` });
  const restarts = server.matcherRestarts;
  if (restarts > 0) {
    const times = restarts === 1 ? 'once' : `${restarts} times`;
    problems.push({
      of: 'matcher',
      message: `the thread that matches lines had to be started anew ${times}; the log tells why`,
    });
  }
  if (patience.trouble !== undefined) {
    const message = `${patience.trouble}; what changes waits in memory until it can be written`;
    problems.push({ of: 'store', message });
  }
  if (world.store.path === undefined) {
    problems.push({ of: 'store', message: 'dbfile = None: when the server ends, all bans are forgotten' });
  }
  return {
    pid: process.pid,
    startedSec,
    version: F2B_VERSION,
    failed: [...server.failed.values()],
    matcherRestarts: restarts,
    problems: [...problems, ...server.problems],
    jails: server.health(),
  };
}
