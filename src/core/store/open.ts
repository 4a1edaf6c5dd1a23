/**
 * Store stage: opens the store of a path, for reading or, under the writer lock, for writing.
 *
 * Writing creates what is missing, brings the tables up to date and rebuilds a damaged file. Reading creates nothing,
 * needs no lock and no write permission, and sees an empty store where there is none. Errors are StoreErrors.
 */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { type Log, noLog } from '../events.js';
import { type Connection, connect } from './driver.js';
import { acquireLock, type LockOptions, tryLock } from './lock.js';
import { MemoryStore } from './memory.js';
import { APPLICATION_ID, assertKnown, latestVersion, migrate, versionOf } from './migrations.js';
import { rebuild } from './rebuild.js';
import { assertSafeFile, assertSafeFolder, makeSafeFile, makeSafeFolder } from './safe-file.js';
import { SqliteStore } from './sqlite.js';
import type { Store } from './store.js';
import { StoreError } from './store-error.js';

/** How long a statement waits for another connection. Writers take turns by the lock, so this is short-lived work. */
const BUSY_MS = 10_000;

export interface OpenOptions extends LockOptions {
  /** Told when a damaged store is rebuilt. */
  readonly log?: Log | undefined;
}

/**
 * The store for the only writer; `close` also frees the lock.
 *
 * @throws {StoreError} `store-locked` names who holds it
 */
export async function openForWriting(path: string, options: OpenOptions): Promise<Store> {
  makeSafeFolder(path);
  const lock = await acquireLock(path, options);
  try {
    const store = new SqliteStore(openWritable(path, options));
    const close = store.close.bind(store);
    store.close = () => {
      close();
      lock.release();
    };
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The store as it is now. Two calls may see two states; one call never sees half a transaction. */
export function openForReading(path: string, options: Omit<OpenOptions, 'waitMs'>): Store {
  assertSafeFolder(path);
  if (!assertSafeFiles(path) || statSync(path).size === 0) return new MemoryStore();
  const db = openReadable(path);
  try {
    if (versionOf(db).version === latestVersion()) return new SqliteStore(db, { readOnly: true });
    assertKnown(db);
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  modernize(path, options);
  return new SqliteStore(openReadable(path), { readOnly: true });
}

/** Connection of a database that is up to date. The caller holds the lock. */
function openWritable(path: string, options: Pick<OpenOptions, 'clock' | 'log'>): Connection {
  assertSafeFiles(path);
  makeSafeFile(path);
  if (assertSafeFile(damageMark(path))) return rebuilt(path, options);
  let db: Connection | undefined;
  try {
    db = connectForWriting(path);
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof StoreError && error.code === 'store-damaged') return rebuilt(path, options);
    throw error;
  }
}

/** @throws {StoreError} */
export function connectForWriting(path: string): Connection {
  const db = connect(path, { mode: 'write', busyMs: BUSY_MS, onDamage: () => markDamaged(path) });
  try {
    const { applicationId, version } = versionOf(db);
    // Holds for a file without tables only; so purged space can be given back.
    if (version === 0 && applicationId === 0) db.exec('pragma auto_vacuum = incremental');
    else if (applicationId !== APPLICATION_ID) throw foreign(path);
    assertKnown(db);
    db.exec(
      'pragma journal_mode = wal; pragma synchronous = normal; pragma temp_store = memory; pragma cache_size = -4000; pragma wal_autocheckpoint = 4000',
    );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function rebuilt(path: string, { clock, log = noLog }: Pick<OpenOptions, 'clock' | 'log'>): Connection {
  const message = rebuild(path, clock.nowSec());
  rmSync(damageMark(path), { force: true });
  log({ level: 'ERROR', logger: 'database', message });
  const db = connectForWriting(path);
  migrate(db);
  return db;
}

/** Without write permission a read-only connection does, and where even its index cannot be made, a frozen one. */
function openReadable(path: string): Connection {
  let failure: unknown;
  for (const mode of ['write', 'read', 'frozen'] as const) {
    // What is in the log is not in the file yet: then the file alone is not the store.
    if (mode === 'frozen' && (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) break;
    let db: Connection | undefined;
    try {
      db = connect(path, { mode, busyMs: BUSY_MS, onDamage: () => markDamaged(path) });
      db.exec('pragma query_only = on');
      const { applicationId, version } = versionOf(db);
      if (applicationId !== APPLICATION_ID && version !== 0) throw foreign(path);
      return db;
    } catch (error) {
      db?.close();
      failure ??= error;
      if (
        !(error instanceof StoreError && (error.code === 'store-denied' || error.code === 'store-readonly'))
      )
        throw error;
    }
  }
  throw failure;
}

/** Brings an older store up to date for a reader, when nobody is writing to it. */
function modernize(path: string, options: Omit<OpenOptions, 'waitMs'>): void {
  const lock = tryLock(path, options);
  if (!lock) {
    throw new StoreError('store-locked', `The store ${path} is in use by an older f2b`, {
      hint: 'Restart what holds it, so that it is of this version too.',
    });
  }
  try {
    openWritable(path, options).close();
  } finally {
    lock.release();
  }
}

/** @returns whether the store is there */
function assertSafeFiles(path: string): boolean {
  for (const end of ['-wal', '-shm', '-journal']) assertSafeFile(`${path}${end}`);
  return assertSafeFile(path);
}

/** A store found damaged while it was in use is rebuilt by the next writer. */
function damageMark(path: string): string {
  return `${path}.damaged`;
}

function markDamaged(path: string): void {
  try {
    closeSync(openSync(damageMark(path), 'wx', 0o600));
  } catch {
    // It is there already, or this user may not: the error itself says enough.
  }
}

function foreign(path: string): StoreError {
  return new StoreError('store-foreign', `${path} is a database, but not one of f2b`, {
    hint: 'Name another file with dbfile. It is left as it is.',
  });
}
