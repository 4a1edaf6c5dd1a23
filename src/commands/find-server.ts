/**
 * Is there a server, and where? `-s`, or the socket that the configuration names → a connection, if somebody answers.
 */
import { findConfig, type GlobalPlan, loadConfig, statePaths } from '../core/config/index.js';
import { type ClientOptions, WireClient, WireError } from '../core/control/wire/index.js';
import { F2bError } from '../core/errors.js';
import { stateOwner } from './settings.js';

export interface ServerPlace {
  /** `-c` */
  readonly config: string | undefined;
  /** `-s` */
  readonly socket: string | undefined;
  /** Folder of the package. */
  readonly root: string;
}

export interface FoundServer {
  readonly client: WireClient;
  readonly path: string;
}

/**
 * Undefined when nobody listens and none was asked for by `-s`.
 *
 * @throws {WireError} one was asked for, or there is one whose socket this user may not use
 */
export async function findServer(
  place: ServerPlace,
  options: ClientOptions = {},
): Promise<FoundServer | undefined> {
  const path = place.socket ?? configuredSocket(place);
  if (path === undefined) return undefined;
  try {
    return { client: await WireClient.open(path, options), path };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (error.kind === 'permission') throw new WireError('permission', error.message, { hint: PERMISSION });
    if (place.socket !== undefined) throw error;
    return undefined;
  }
}

const PERMISSION = 'A server runs, and only its owner may talk to it: try again with sudo.';

/** Undefined when the configuration has a mistake: whoever reads all of it tells. */
export function configuredSocket(place: Omit<ServerPlace, 'socket'>): string | undefined {
  return configuredBase(place)?.socket.value;
}

/** What concerns the server as a whole; likewise. */
export function configuredBase({ config, root }: Omit<ServerPlace, 'socket'>): GlobalPlan | undefined {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  try {
    const state = statePaths(stateOwner(process.env));
    return loadConfig({ folder, mode: 'start', withoutJails: true, state }).global;
  } catch (error) {
    if (error instanceof F2bError) return undefined;
    throw error;
  }
}
