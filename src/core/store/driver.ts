/**
 * Store stage: the SQLite driver behind a narrow door; the only file that knows `libsql`.
 *
 * Path → Connection with prepared statements. The driver is loaded when the first one is opened, so that a command
 * without a store does not pay for it. Parameters are texts, numbers and null: it ends the process over a boolean, and
 * binds every number as a float (columns of type INTEGER turn it back).
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type Database from 'libsql';
import { StoreError, storeError } from './store-error.js';

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Statement {
  /** @returns rows changed */
  run(params: readonly Value[]): number;
  get(params: readonly Value[]): Row | undefined;
  all(params: readonly Value[]): Row[];
}

export interface Connection {
  readonly path: string;
  readonly inTransaction: boolean;
  exec(sql: string): void;
  /** Prepared once for each text. */
  prepare(sql: string): Statement;
  close(): void;
}

export interface ConnectOptions {
  /** `write`: it is created when missing. `read`: nothing is written. `frozen`: nobody writes to it; no locks either. */
  readonly mode: 'write' | 'read' | 'frozen';
  /** How long to wait for another connection, at most. */
  readonly busyMs?: number | undefined;
  /** Called when a statement finds that the file is damaged. */
  readonly onDamage?: (() => void) | undefined;
}

let driver: typeof Database | undefined;

function loadDriver(): typeof Database {
  driver ??= createRequire(import.meta.url)('libsql') as typeof Database;
  return driver;
}

const QUERY = { write: '', read: '?mode=ro', frozen: '?immutable=1' } as const;

/** @throws {StoreError} it cannot be opened. A file that is none of SQLite's shows at the first statement only. */
export function connect(path: string, { mode, busyMs = 0, onDamage }: ConnectOptions): Connection {
  const Driver = loadDriver();
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const known = storeError(error, path);
      if (known instanceof StoreError && known.code === 'store-damaged') onDamage?.();
      throw known;
    }
  };
  // A path of its own kind, so that no name can be an option or an address.
  const url = path === ':memory:' ? path : `${pathToFileURL(path)}${QUERY[mode]}`;
  const database = guard(() => new Driver(url, { timeout: busyMs }));
  const statements = new Map<string, Statement>();
  return {
    path,
    get inTransaction() {
      return database.inTransaction;
    },
    exec: (sql) => guard(() => void database.exec(sql)),
    prepare(sql) {
      let statement = statements.get(sql);
      if (!statement) {
        const raw = guard(() => database.prepare<unknown[]>(sql));
        statement = {
          run: (params) => guard(() => raw.run(params).changes),
          get: (params) => guard(() => raw.get(params) as Row | undefined),
          all: (params) => guard(() => raw.all(params) as Row[]),
        };
        statements.set(sql, statement);
      }
      return statement;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}
