/**
 * Stops a server and waits until it is gone: `f2b stop`, and the first half of `f2b restart`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../core/control/index.js';
import { isAnswering, WireError } from '../core/control/wire/index.js';
import { F2bError } from '../core/errors.js';
import { configuredBase, findServer, type ServerPlace } from './find-server.js';
import { isAlive, livingServer } from './pid-file.js';

export type Stopped = 'stopped' | 'none';

export interface StopRequest extends ServerPlace {
  /** Bans and rules stay as they are, for the server that follows. */
  readonly keep: boolean;
}

/** Taking many bans back takes its time. */
const STOP_MS = 300_000;
const LOOK_MS = 50;

/** @throws {F2bError} it does not stop; `keep`: it is a server that cannot leave things as they are */
export async function stopServer({ keep, ...place }: StopRequest): Promise<Stopped> {
  const found = await findServer(place, { timeoutMs: STOP_MS });
  if (!found) return 'none';
  const { client, path } = found;
  const pidfile = configuredBase(place)?.pidfile.value;
  const pid = pidfile === undefined ? undefined : livingServer(pidfile);
  try {
    await client.request(keep ? ['stop', '--keep'] : ['stop']);
  } catch (error) {
    if (keep && error instanceof CommandError) throw foreign();
    // It may be gone before its answer is.
    const isGone = error instanceof WireError && (error.kind === 'no-answer' || error.kind === 'shutdown');
    if (!isGone) throw error;
  } finally {
    client.close();
  }
  await gone(path, pid);
  return 'stopped';
}

async function gone(socket: string, pid: number | undefined): Promise<void> {
  const deadline = performance.now() + STOP_MS;
  while ((pid !== undefined && isAlive(pid)) || (await isAnswering(socket))) {
    if (performance.now() > deadline) {
      throw new F2bError('stop', `the server${pid === undefined ? '' : ` (process ${pid})`} does not end`, {
        hint: 'Its log tells what it is at.',
      });
    }
    await sleep(LOOK_MS);
  }
}

function foreign(): F2bError {
  return new F2bError('restart', 'the server that runs is not one of f2b', {
    hint: 'Stop it first: f2b stop; then f2b start.',
  });
}
