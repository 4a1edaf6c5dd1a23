/**
 * Store stage: bans and their history in SQLite.
 *
 * A ban lives in one table at a time: in `bans` while it is held, in `past` afterwards, so that banning writes one row.
 * A restored ban is the exception: its entry stays in `past`, and `bans` says so (`kept` = 0). The latest entry of an
 * id is its reputation. Every method here has to run inside a transaction when it writes.
 */
import type { ActionMark, HeldBan, LeaveReason, PastBan, Reputation } from '../records.js';
import type { Connection, Value } from './driver.js';
import {
  BAN_COLUMNS,
  banOf,
  banValues,
  keyList,
  keyOf,
  markPatch,
  PAST_COLUMNS,
  pastOf,
  pastValues,
} from './rows.js';
import type { PastQuery } from './store.js';
import { isKind } from './store-error.js';

/** Rows a statement: more make statements that take long to prepare, fewer cost calls. */
const CHUNK_ROWS = 64;

const SHARED = 'jail, id, family, time, ban_time, ban_count, failures, origin, matches, data';
const IDS = 'id in (select value from json_each(?))';
/** Of several entries of an id, no other is later. */
const IS_LATEST = `not exists (select 1 from past q
  where q.id = p.id and q.jail = p.jail and (q.time, q.seq) > (p.time, p.seq))`;

export class BanTables {
  constructor(private readonly db: Connection) {}

  held(jail: string): HeldBan[] {
    return this.db.prepare('select * from bans where jail = ? order by seq').all([jail]).map(banOf);
  }

  add(bans: readonly HeldBan[]): void {
    const restored = bans.filter(({ restored }) => restored);
    for (const [jail, some] of byJail(restored)) this.standAgain(jail, some);
    const rows = bans.map((ban) => [...banValues(ban), ban.restored ? 0 : 1]);
    this.db.exec('savepoint adding');
    try {
      this.insert('bans', BAN_FIELDS, rows);
    } catch (error) {
      if (!isKind(error, 'CONSTRAINT')) throw error;
      // At least one of them is held already.
      this.db.exec('rollback to adding');
      for (const [i, ban] of bans.entries()) {
        this.retire(ban);
        this.insert('bans', BAN_FIELDS, [rows[i]!]);
      }
    }
    this.db.exec('release adding');
  }

  /** As `add`, for one: its row goes in or it does not. */
  addOne(ban: HeldBan): void {
    if (ban.restored) this.standAgain(ban.jail, [ban]);
    const row = [...banValues(ban), ban.restored ? 0 : 1];
    try {
      this.insert('bans', BAN_FIELDS, [row]);
    } catch (error) {
      if (!isKind(error, 'CONSTRAINT')) throw error;
      this.retire(ban);
      this.insert('bans', BAN_FIELDS, [row]);
    }
  }

  /** The entries these bans come from have not ended after all. */
  private standAgain(jail: string, bans: readonly HeldBan[]): void {
    const ids = keyList(bans.map(({ id }) => id));
    this.db
      .prepare(
        `update past as p set ended = null, ended_by = null where jail = ? and ${IDS} and ${IS_LATEST}`,
      )
      .run([jail, ids]);
  }

  /** What is held of this id ends: a new ban takes its place. */
  private retire({ jail, id, timeSec }: HeldBan): void {
    const held = this.db.prepare('select leaving from bans where jail = ? and id = ?').get([jail, keyOf(id)]);
    if (held)
      this.end(jail, [id], { atSec: timeSec, by: (held['leaving'] as LeaveReason | null) ?? 'removed' });
  }

  update(ban: HeldBan): void {
    const key = [ban.jail, keyOf(ban.id)];
    const content = [
      ban.timeSec,
      Math.trunc(ban.banTimeSec),
      ban.banCount,
      ban.failures,
      ban.origin,
      JSON.stringify(ban.matches),
      JSON.stringify(ban.data),
    ];
    const held = this.db
      .prepare(
        `update bans set time = ?, ban_time = ?, ban_count = ?, failures = ?, origin = ?, matches = ?, data = ?,
         time_kind = ?, restored = ? where jail = ? and id = ? returning kept`,
      )
      .get([...content, ban.timeKind, ban.restored ? 1 : 0, ...key]);
    if (held?.['kept'] !== 0) return;
    this.db
      .prepare(
        `update past as p set time = ?, ban_time = ?, ban_count = ?, failures = ?, origin = ?, matches = ?, data = ?
         where jail = ? and id = ? and ${IS_LATEST}`,
      )
      .run([...content, ...key]);
  }

  mark(
    jail: string,
    action: string,
    marks: readonly (readonly [id: string, mark: ActionMark | undefined])[],
  ): void {
    // Those of one run are mostly the same: one statement for each that differs.
    const idsOf = new Map<string, string[]>();
    for (const [id, mark] of marks) {
      const patch = markPatch(action, mark);
      const ids = idsOf.get(patch);
      if (ids) ids.push(id);
      else idsOf.set(patch, [id]);
    }
    const one = this.db.prepare('update bans set marks = json_patch(marks, ?) where jail = ? and id = ?');
    const many = this.db.prepare(`update bans set marks = json_patch(marks, ?) where jail = ? and ${IDS}`);
    for (const [patch, ids] of idsOf) {
      if (ids.length === 1) one.run([patch, jail, keyOf(ids[0]!)]);
      else many.run([patch, jail, keyList(ids)]);
    }
  }

  leave(jail: string, ids: readonly string[], reason: LeaveReason): void {
    this.db
      .prepare(`update bans set leaving = ? where jail = ? and ${IDS}`)
      .run([reason, jail, keyList(ids)]);
  }

  end(
    jail: string,
    ids: readonly string[],
    { atSec, by }: { readonly atSec: number; readonly by: LeaveReason },
  ): void {
    const list = keyList(ids);
    this.db
      .prepare(
        `update past as p set ended = ?, ended_by = ? where jail = ?
         and id in (select id from bans where kept = 0 and jail = ? and ${IDS}) and ${IS_LATEST}`,
      )
      .run([atSec, by, jail, jail, list]);
    this.db
      .prepare(
        `insert into past (${SHARED}, ended, ended_by)
         select ${SHARED}, ?, ? from bans where kept = 1 and jail = ? and ${IDS} order by seq`,
      )
      .run([atSec, by, jail, list]);
    this.db.prepare(`delete from bans where jail = ? and ${IDS}`).run([jail, list]);
  }

  forget(jail: string, ids: readonly string[] | undefined): void {
    const [where, params] = ids ? [`jail = ? and ${IDS}`, [jail, keyList(ids)]] : ['jail = ?', [jail]];
    this.db.prepare(`delete from past where ${where}`).run(params);
    this.db.prepare(`update bans set kept = 0 where kept = 1 and ${where}`).run(params);
  }

  past({ id, jail, limit = -1 }: PastQuery): PastBan[] {
    const wanted: readonly (readonly [string, string | undefined])[] = [
      ['id = ?', id === undefined ? undefined : keyOf(id)],
      ['jail = ?', jail],
    ];
    const given = wanted.filter(([, value]) => value !== undefined);
    const and = given.map(([condition]) => ` and ${condition}`).join('');
    const params = given.map(([, value]) => value!);
    return this.db
      .prepare(
        `select * from (
           select ${SHARED}, null as ended, null as ended_by, 1 as held, seq from bans where kept = 1${and}
           union all
           select * from (select ${SHARED}, ended, ended_by, 0, seq from past where true${and}
                          order by time desc, seq desc limit ?)
         ) order by time desc, held desc, seq desc limit ?`,
      )
      .all([...params, ...params, limit, limit])
      .map(pastOf);
  }

  addPast(past: readonly PastBan[]): void {
    this.insert('past', PAST_COLUMNS.join(', '), past.map(pastValues));
  }

  reputation(id: string, jail: string | undefined): Reputation | undefined {
    const key = keyOf(id);
    const and = jail === undefined ? '' : ' and jail = ?';
    const params = jail === undefined ? [key] : [key, jail];
    const columns = 'jail, family, time, ban_time, ban_count';
    // Latest first; of each jail the first one counts.
    const rows = this.db
      .prepare(
        `select ${columns}, 1 as held, seq from bans where kept = 1 and id = ?${and}
         union all select ${columns}, 0, seq from past where id = ?${and}
         order by time desc, held desc, seq desc`,
      )
      .all([...params, ...params]);
    const [latest] = rows;
    if (!latest) return undefined;
    const counts = new Map<unknown, number>();
    for (const row of rows) {
      if (!counts.has(row['jail'])) counts.set(row['jail'], row['ban_count'] as number);
    }
    return {
      id,
      family: (latest['family'] as Reputation['family'] | null) ?? undefined,
      jail: latest['jail'] as string,
      timeSec: latest['time'] as number,
      banTimeSec: latest['ban_time'] as number,
      banCount: [...counts.values()].reduce((sum, count) => sum + count, 0),
    };
  }

  restorable(jail: string, nowSec: number): PastBan[] {
    return this.db
      .prepare(
        `select * from past p
         where jail = ? and (ban_time < 0 or time + ban_time > ?) and ended_by is not 'manual' and ${IS_LATEST}
         and not exists (select 1 from bans b where b.jail = p.jail and b.id = p.id)
         order by time, seq`,
      )
      .all([jail, nowSec])
      .map(pastOf);
  }

  /** @returns rows that went */
  purge(beforeSec: number): number {
    return this.db
      .prepare(
        `delete from past as p where time < ?1
         and (not ${IS_LATEST}
              or exists (select 1 from bans b where b.jail = p.jail and b.id = p.id and b.kept = 1)
              or (ban_time >= 0 and time + 3 * ban_time < ?1
                  and not exists (select 1 from bans b where b.jail = p.jail and b.id = p.id)))`,
      )
      .run([beforeSec]);
  }

  private insert(table: string, columns: string, rows: readonly (readonly Value[])[]): void {
    const [first] = rows;
    if (!first) return;
    const statement = (count: number) => {
      const tuple = `(${first.map(() => '?').join(', ')})`;
      const values = Array.from({ length: count }, () => tuple).join(', ');
      return this.db.prepare(`insert into ${table} (${columns}) values ${values}`);
    };
    const whole = rows.length - (rows.length % CHUNK_ROWS);
    for (let i = 0; i < whole; i += CHUNK_ROWS)
      statement(CHUNK_ROWS).run(rows.slice(i, i + CHUNK_ROWS).flat());
    for (const row of rows.slice(whole)) statement(1).run(row);
  }
}

const BAN_FIELDS = `${BAN_COLUMNS.join(', ')}, kept`;

function byJail(bans: readonly HeldBan[]): Map<string, HeldBan[]> {
  const jails = new Map<string, HeldBan[]>();
  for (const ban of bans) {
    const some = jails.get(ban.jail);
    if (some) some.push(ban);
    else jails.set(ban.jail, [ban]);
  }
  return jails;
}
