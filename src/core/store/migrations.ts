/**
 * Store stage: the tables, as a list of steps from one version to the next.
 *
 * A database of version N gets every step after N, all in one transaction. What has been released is never changed;
 * a change is a new step. The version is SQLite's `user_version`, and `application_id` says whose file it is.
 */
import type { Connection } from './driver.js';
import { StoreError } from './store-error.js';

/** `f2bD`: SQLite's `application_id` of our stores. */
export const APPLICATION_ID = 0x66326244;

export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/*
 * bans: what stands or is leaving. `kept`: it is itself the latest entry of the history, and moves there when it ends;
 * else the history has an entry of it already (restored), or nothing is to remember it (forgotten).
 * `record` is the whole Ban as JSON; of it, `id` (a key, as rows.ts writes them), `time` and what reputation needs stand
 * in columns too. marks: by ban and action, apart, since they change more often than what is marked.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      create table bans (
        seq integer primary key,
        jail text not null,
        id text not null,
        time real not null,
        ban_time integer not null,
        ban_count integer not null,
        kept integer not null,
        leaving text,
        record text not null,
        unique (id, jail)
      ) strict;
      create index bans_by_jail on bans (jail);

      create table marks (
        seq integer not null,
        action text not null,
        mark text not null,
        primary key (seq, action)
      ) strict, without rowid;

      create table past (
        seq integer primary key,
        jail text not null,
        id text not null,
        time real not null,
        ban_time integer not null,
        ban_count integer not null,
        ended real,
        ended_by text,
        record text not null
      ) strict;
      create index past_by_id on past (id, jail, time);
      create index past_by_jail on past (jail);
      create index past_by_time on past (time);

      create table failing (
        seq integer primary key,
        jail text not null,
        id text not null,
        record text not null,
        unique (jail, id)
      ) strict;

      create table positions (
        seq integer primary key,
        jail text not null,
        path text not null,
        record text not null,
        unique (jail, path)
      ) strict;

      create table families (
        seq integer primary key,
        jail text not null,
        action text not null,
        family text not null,
        state text not null,
        boot_id text not null,
        unique (jail, action, family)
      ) strict;

      create table totals (
        jail text primary key,
        failed integer not null,
        banned integer not null
      ) strict;

      create table imported (
        jail text not null,
        id text not null,
        time real not null,
        primary key (jail, id)
      ) strict;

      create table overrides (
        jail text not null,
        name text not null,
        value text not null,
        primary key (jail, name)
      ) strict;
    `,
  },
];

export function latestVersion(migrations: readonly Migration[] = MIGRATIONS): number {
  return migrations.at(-1)?.version ?? 0;
}

/** What a database file is. `version` 0: a new one. @throws {StoreError} it is damaged, or no database */
export function versionOf(db: Connection): { readonly applicationId: number; readonly version: number } {
  return {
    applicationId: Number(db.prepare('pragma application_id').get([])?.['application_id']),
    version: Number(db.prepare('pragma user_version').get([])?.['user_version']),
  };
}

/**
 * Brings a database up to the last version; several processes at once do it one after the other.
 *
 * @throws {StoreError} `store-newer`
 */
export function migrate(db: Connection, migrations: readonly Migration[] = MIGRATIONS): void {
  assertKnown(db, migrations);
  if (versionOf(db).version === latestVersion(migrations)) return;
  db.exec('begin immediate');
  try {
    // Somebody else may have done it while we waited for our turn.
    const { version } = versionOf(db);
    for (const step of migrations) {
      if (step.version > version) db.exec(step.sql);
    }
    db.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${latestVersion(migrations)}`);
    db.exec('commit');
  } catch (error) {
    if (db.inTransaction) db.exec('rollback');
    throw error;
  }
}

/** @throws {StoreError} `store-newer` */
export function assertKnown(db: Connection, migrations: readonly Migration[] = MIGRATIONS): void {
  const { version } = versionOf(db);
  const latest = latestVersion(migrations);
  if (version <= latest) return;
  throw new StoreError(
    'store-newer',
    `The store ${db.path} was made by a later f2b: it is of version ${version}, and this f2b knows up to ${latest}`,
    { hint: 'Use that f2b, or name another file with dbfile. The store is left as it is.' },
  );
}
