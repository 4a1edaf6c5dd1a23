/**
 * Store stage: a damaged file → a copy of it beside, and a new store with every row that can still be read.
 *
 * The copy keeps the name with the time behind it. The caller holds the lock, and nobody in this process has the file
 * open. Killed anywhere, it goes on at the next try: the new file takes the old one's place only when it is complete.
 */
import { constants, copyFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { type Connection, connect, type Row, type Value } from './driver.js';
import { migrate } from './migrations.js';
import { assertSafeFile, makeSafeFile } from './safe-file.js';
import { fileError, StoreError } from './store-error.js';

const TABLES = [
  'bans',
  'marks',
  'past',
  'failing',
  'positions',
  'families',
  'totals',
  'imported',
  'overrides',
] as const;
/** Their text is parsed when it is read: one that does not parse would break every later run. */
const JSON_COLUMNS: readonly string[] = ['record', 'mark', 'value'];

/** @returns what there is to say about it. @throws {StoreError} */
export function rebuild(path: string, nowSec: number): string {
  const complete = `${path}.rebuilt`;
  try {
    let saved = 'what could be read';
    let kept = '';
    if (!assertSafeFile(complete)) {
      kept = `; the damaged file is kept as ${keepCopy(path, stamp(nowSec))}`;
      saved += ` (${salvage(path, complete)})`;
    }
    // With the old log in place, SQLite would play it into the new file.
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
    renameSync(complete, path);
    return `The store ${path} was damaged. It has been rebuilt with ${saved}${kept}`;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Copies the file and its log, never over anything that is there. @returns the name of the copy */
function keepCopy(path: string, time: string): string {
  for (let number = 0; ; number++) {
    const copy = `${path}.damaged-${time}${number === 0 ? '' : `-${number}`}`;
    try {
      copyFileSync(path, copy, constants.COPYFILE_EXCL);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (log && log.size > 0) copyFileSync(`${path}-wal`, `${copy}-wal`, constants.COPYFILE_EXCL);
    return copy;
  }
}

/** `20261121-085502`, UTC, as fail2ban names its copies. */
function stamp(nowSec: number): string {
  return new Date(nowSec * 1000).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}

/** @returns how many rows of what */
function salvage(from: string, to: string): string {
  const partial = `${to}-partial`;
  rmSync(partial, { force: true });
  makeSafeFile(partial);
  const target = connect(partial, { mode: 'write' });
  let counts: string[];
  try {
    target.exec('pragma auto_vacuum = incremental; pragma synchronous = full');
    migrate(target);
    target.exec('begin immediate');
    counts = TABLES.map((table) => `${table} ${copyTable(from, target, table)}`);
    target.exec('commit');
  } finally {
    target.close();
  }
  renameSync(partial, to);
  return counts.join(', ');
}

function copyTable(from: string, target: Connection, table: (typeof TABLES)[number]): number {
  const columns = target.prepare(`select name from pragma_table_info('${table}')`).all([]);
  const known = new Set(columns.map((row) => row['name']));
  const copy = (row: Row): number => {
    const names = Object.keys(row).filter((name) => known.has(name));
    if (!names.every((name) => !JSON_COLUMNS.includes(name) || isJson(row[name]))) return 0;
    const places = names.map(() => '?').join(', ');
    const insert = target.prepare(`insert into ${table} (${names.join(', ')}) values (${places})`);
    try {
      return insert.run(names.map((name) => row[name] as Value));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      // Twice the same, or not what the table holds: garbage that looked like a row.
      return 0;
    }
  };
  const source = connect(from, { mode: 'write' });
  try {
    let copied = 0;
    const rows = table === 'marks' ? marksOfBans(source, target) : readableRows(source, table);
    for (const row of rows) copied += copy(row);
    return copied;
  } finally {
    source.close();
  }
}

/** Undefined: it cannot be read, or the file is no database at all. */
function tryRead(source: Connection, sql: string, params: readonly Value[]): Row[] | undefined {
  try {
    return source.prepare(sql).all(params);
  } catch {
    return undefined;
  }
}

/** Of the bans that were saved. */
function* marksOfBans(source: Connection, target: Connection): Generator<Row> {
  for (const { seq } of target.prepare('select seq from bans order by seq').all([])) {
    yield* tryRead(source, 'select * from marks where seq = ?', [seq as number]) ?? [];
  }
}

function isJson(value: unknown): boolean {
  try {
    return typeof value === 'string' && JSON.parse(value) !== undefined;
  } catch {
    return false;
  }
}

const CHUNK_ROWS = 256;
const LAST_ROW = 2 ** 40;

/** Rows in order; where a page cannot be read, what comes after it. */
function* readableRows(source: Connection, table: string): Generator<Row> {
  if (!tryRead(source, `select 1 from ${table} limit 0`, [])) return;
  const sql = `select rowid as row_number, * from ${table} where rowid > ? order by rowid limit ?`;
  const read = (after: number, limit: number) => tryRead(source, sql, [after, limit]);
  let last = 0;
  let limit = CHUNK_ROWS;
  for (;;) {
    const rows = read(last, limit);
    if (rows) {
      yield* rows;
      if (rows.length < limit) return;
      last = rows.at(-1)!['row_number'] as number;
    } else if (limit > 1) limit = 1;
    else {
      const behind = behindDamage(last, (after) => read(after, 1) !== undefined);
      if (behind === undefined) return;
      last = behind;
      limit = CHUNK_ROWS;
    }
  }
}

/** The first row number after `last` behind which reading works again: in doubling steps, then back by halves. */
function behindDamage(last: number, works: (after: number) => boolean): number | undefined {
  let step = 1;
  while (!works(last + step)) {
    step *= 2;
    if (step > LAST_ROW) return undefined;
  }
  let broken = last + Math.floor(step / 2);
  let good = last + step;
  while (good - broken > 1) {
    const middle = Math.floor((good + broken) / 2);
    if (works(middle)) good = middle;
    else broken = middle;
  }
  return good;
}
