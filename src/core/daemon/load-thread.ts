/**
 * Daemon: reads the configuration for a reload in a thread of its own, so that the desk answers meanwhile.
 *
 * Where it is → what it comes to, as plain data. `loadHere` is the work itself; `loadApart` has it done by a thread, whose
 * module calls `loadHere` when it is asked to (matcher/worker.ts).
 */
import { Worker } from 'node:worker_threads';
import { findConfig, type GlobalPlan, loadConfig, type StatePaths } from '../config/index.js';
import { type ConfigError, F2bError, showOrigin } from '../errors.js';
import type { Plans } from './server.js';

export interface LoadOrder {
  /** `-c` */
  readonly dir: string | undefined;
  /** $F2B_CONFIG */
  readonly envDir: string | undefined;
  /** Folder of the package, for what ships with it. */
  readonly packageDir: string;
  readonly state: StatePaths;
  /** Values that win over fail2ban.conf. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
}

export interface LoadedPlans extends Plans {
  readonly global: GlobalPlan | undefined;
}

interface Refusal {
  readonly message: string;
  readonly hint: string | undefined;
}

export type LoadAnswer = { readonly plans: LoadedPlans } | { readonly refusal: Refusal };

export function loadHere({ state, overrides, ...find }: LoadOrder): LoadAnswer {
  const folder = findConfig(find);
  const loaded = loadConfig({ folder, mode: 'start', mayLackLogs: true, state, overrides });
  if (loaded.fatal) return { refusal: refusalOf(loaded.fatal.error) };
  const { jails, skipped, disabled, global } = loaded;
  return { plans: { jails, skipped, disabled, global } };
}

function refusalOf({ message, hint, origin }: ConfigError): Refusal {
  return { message: origin ? `${showOrigin(origin)}: ${message}` : message, hint };
}

/** @throws {F2bError} the configuration means nothing */
export async function loadApart(module: URL, order: LoadOrder): Promise<LoadedPlans> {
  const worker = new Worker(module, { workerData: { load: order } });
  try {
    const answer = await new Promise<LoadAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread that read the configuration has ended')));
    });
    if ('plans' in answer) return answer.plans;
    const { message, hint } = answer.refusal;
    throw new F2bError('config', `Failed during configuration: ${message}`, { hint });
  } finally {
    void worker.terminate();
  }
}
