/** Can a server start by this configuration? Asked before the one that runs is stopped. */
import { F2bError } from '../core/errors.js';
import type { ServerArguments } from './server-run.js';
import { loadJails } from './world.js';

/** @throws {F2bError} why not */
export function assertStartable(wanted: Omit<ServerArguments, 'force'>): void {
  const { jails, skipped } = loadJails({ ...wanted, command: 'f2b restart' });
  if (jails.length > 0 || skipped.length === 0) return;
  throw new F2bError('restart', skipped.map(({ message }) => message).join('\n'), {
    hint: 'The server that runs is left as it is.',
  });
}
