/**
 * Store stage: records ↔ rows. Pure.
 *
 * A record is kept whole, as JSON; what SQL looks up or compares has a column besides. That is also fastest: the driver
 * pays for every cell, so many records are read as one text and parsed at once. An id is any text a log can hold, so its
 * column has a key that survives the driver (which ends a text at NUL and knows no half surrogates).
 */
import type { Ban, HeldBan, LeaveReason, PastBan } from '../records.js';
import type { Connection, Value } from './driver.js';

/** Opens a key that is JSON; no other id can begin so, since such ones are written as JSON too. */
const ESCAPE = '\u0001';
const NEEDS_ESCAPE = /^\u0001|[\0\p{Surrogate}]/u;

export function keyOf(id: string): string {
  return NEEDS_ESCAPE.test(id) ? ESCAPE + JSON.stringify(id) : id;
}

export function idOf(key: string): string {
  return key.startsWith(ESCAPE) ? (JSON.parse(key.slice(1)) as string) : key;
}

/** A list of ids as one parameter: `… in (select value from json_each(?))`. */
export function keyList(ids: Iterable<string>): string {
  return JSON.stringify(Array.from(ids, keyOf));
}

/** Columns of a ban's content, in `bans` and in `past`. */
export const CONTENT = ['jail', 'id', 'time', 'ban_time', 'ban_count', 'record'] as const;

/** Values for them. Marks and `leaving` are kept beside. */
export function banContent(ban: HeldBan): Value[] {
  const { id, family, jail, timeSec, timeKind, banTimeSec, banCount } = ban;
  const { failures, matches, data, restored, origin } = ban;
  // Written out, since copying all but two fields takes as long as all of the rest.
  const record: Ban = {
    id,
    family,
    jail,
    timeSec,
    timeKind,
    banTimeSec,
    banCount,
    failures,
    matches,
    data,
    restored,
    origin,
  };
  return content(record);
}

export function pastContent(past: PastBan): Value[] {
  return content(pastOf(past, null, null));
}

function content(record: Ban | PastBan): Value[] {
  const { jail, id, timeSec, banTimeSec, banCount } = record;
  return [jail, keyOf(id), timeSec, Math.trunc(banTimeSec), banCount, JSON.stringify(record)];
}

/**
 * `family` is not written where there is none; it is a field of its own for all that.
 * @param ban just read: it becomes the answer
 */
export function heldOf(ban: Ban, leaving: LeaveReason | null, marks: HeldBan['marks']): HeldBan {
  const held = ban as { -readonly [K in keyof HeldBan]: HeldBan[K] };
  held.marks = marks;
  if (held.family === undefined) held.family = undefined;
  if (leaving !== null) held.leaving = leaving;
  return held;
}

/** A record of `past` may still be the whole Ban it came from. */
export function pastOf(record: PastBan, endedSec: number | null, endedBy: LeaveReason | null): PastBan {
  const { id, family, jail, timeSec, banTimeSec, banCount, failures, matches, data, origin } = record;
  return {
    id,
    family,
    jail,
    timeSec,
    banTimeSec,
    banCount,
    failures,
    matches,
    data,
    origin,
    ...(endedSec === null ? {} : { endedSec }),
    ...(endedBy === null ? {} : { endedBy }),
  };
}

/** Does not compile when a record has a field that is left behind here. */
type Unkept<T, Fields extends string> = Exclude<keyof T, Fields> extends never ? true : never;
type Content =
  | ('id' | 'family' | 'jail' | 'timeSec' | 'banTimeSec' | 'banCount')
  | ('failures' | 'matches' | 'data' | 'origin');
true satisfies Unkept<PastBan, Content | 'endedSec' | 'endedBy'>;
true satisfies Unkept<HeldBan, Content | 'timeKind' | 'restored' | 'marks' | 'leaving'>;

/** Records a text. */
const CHUNK_RECORDS = 5000;

export interface JsonQuery {
  /** SQL for the JSON text of a row. */
  readonly json: string;
  /** Table with a `seq`, and a condition. */
  readonly from: string;
  readonly params: readonly Value[];
}

/** Rows in order of `seq`, each by its JSON text, many of them in one cell. */
export function readJson<T>(db: Connection, query: JsonQuery): T[] {
  return [...eachJson<T>(db, query)];
}

/** The same, so that only some thousand of them are in memory at once. */
export function* eachJson<T>(db: Connection, { json, from, params }: JsonQuery): Generator<T> {
  const statement = db.prepare(
    `select max(seq) as last, group_concat(text) as texts
     from (select seq, ${json} as text from ${from} and seq > ? order by seq limit ${CHUNK_RECORDS})`,
  );
  let last: Value = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const row = statement.get([...params, last]);
    if (row?.['last'] == null) return;
    yield* JSON.parse(`[${row['texts'] as string}]`) as T[];
    last = row['last'] as number;
  }
}

/** Rows a statement: more make statements that take long to prepare, fewer cost calls. */
const CHUNK_ROWS = 64;

/** How rows of a table are put in: the statements, and what makes a row. */
export interface Insertion<T> {
  readonly one: string;
  readonly many: string;
  row(item: T): readonly Value[];
}

/** `insert into TABLE (COLUMNS) values … CONFLICT` */
export function insertion<T>(into: {
  readonly table: string;
  readonly columns: readonly string[];
  readonly row: (item: T) => readonly Value[];
  readonly onConflict?: string;
}): Insertion<T> {
  const { table, columns, row, onConflict = '' } = into;
  return rowsFor({
    columns: columns.length,
    sql: (rows) => `insert into ${table} (${columns.join(', ')}) values ${rows} ${onConflict}`,
    row,
  });
}

/** Any statement about rows that are given with it. */
export function rowsFor<T>(of: {
  /** How many. */
  readonly columns: number;
  /** @param rows what stands behind `values` */
  readonly sql: (rows: string) => string;
  readonly row: (item: T) => readonly Value[];
}): Insertion<T> {
  const tuple = `(${Array.from({ length: of.columns }, () => '?').join(', ')})`;
  const sql = (count: number) => of.sql(Array.from({ length: count }, () => tuple).join(', '));
  return { one: sql(1), many: sql(CHUNK_ROWS), row: of.row };
}

/** Runs it for many at once; their rows are made as they are needed. */
export function insertRows<T>(db: Connection, into: Insertion<T>, items: readonly T[]): void {
  const whole = items.length - (items.length % CHUNK_ROWS);
  for (let start = 0; start < whole; start += CHUNK_ROWS) {
    const params: Value[] = [];
    for (let i = start; i < start + CHUNK_ROWS; i++) params.push(...into.row(items[i] as T));
    db.prepare(into.many).run(params);
  }
  for (let i = whole; i < items.length; i++) db.prepare(into.one).run(into.row(items[i] as T));
}
