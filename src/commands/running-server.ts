/** Does a server look after this store already? Asked by commands that would do its work. */
import { readHolder } from '../core/store/lock.js';
import { findStore } from '../core/store/store-path.js';
import { configuredBase } from './find-server.js';
import { isAlive } from './pid-file.js';

/** Its process; undefined: none does. */
export function serverOfStore(place: {
  readonly config: string | undefined;
  readonly root: string;
}): number | undefined {
  const store = findStore(configuredBase(place)?.dbfile.value ?? 'None');
  if (store.kind !== 'file') return undefined;
  const holder = readHolder(store.path);
  return holder?.command === SERVER && isAlive(holder.pid) ? holder.pid : undefined;
}

/** What a server calls itself to whoever has to wait for its store. */
export const SERVER = 'f2b server';
