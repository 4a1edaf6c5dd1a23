/** Asks a server for a sign of life. Loaded only when there is something to ask. */
import { F2bError } from '../core/errors.js';
import { str } from '../core/python-repr.js';
import { findServer, type ServerPlace } from './find-server.js';
import { parseSpan } from './moments.js';

/** @throws {F2bError} there is none, or it does not answer in time */
export async function pingServer(place: ServerPlace, timeout = '10'): Promise<string> {
  const found = await findServer(place, { timeoutMs: parseSpan('TIMEOUT', timeout) * 1000 });
  if (!found) {
    throw new F2bError('no-server', 'there is no server', { hint: 'Start one with f2b start.' });
  }
  try {
    return str(await found.client.request(['ping']));
  } finally {
    found.client.close();
  }
}
