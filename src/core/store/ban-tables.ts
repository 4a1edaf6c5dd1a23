/**
 * Store stage: bans and their history in SQLite.
 *
 * A ban lives in one table at a time: in `bans` while it is held, in `past` afterwards, so that banning writes one row.
 * A restored ban is the exception: its entry stays in `past`, and `bans` says so (`kept` = 0). The latest entry of an
 * id is its reputation. Every method that writes has to run inside a transaction.
 */
import type { ActionMark, Ban, HeldBan, LeaveReason, PastBan, Reputation } from '../records.js';
import { BanSeqs } from './ban-seqs.js';
import type { Connection, Value } from './driver.js';
import {
  banContent,
  CONTENT,
  heldOf,
  type Insertion,
  idOf,
  insertion,
  insertRows,
  keyList,
  keyOf,
  pastContent,
  pastOf,
  readJson,
  rowsFor,
} from './rows.js';
import type { PastQuery } from './store.js';
import { isKind } from './store-error.js';

const IDS = 'id in (select value from json_each(?))';
/** Of several entries of an id, no other is later. */
const IS_LATEST = `not exists (select 1 from past q
  where q.id = p.id and q.jail = p.jail and (q.time, q.seq) > (p.time, p.seq))`;
const BAN_ROWS = insertion({
  table: 'bans',
  columns: [...CONTENT, 'kept', 'leaving'],
  row: (ban: HeldBan): Value[] => [...banContent(ban), ban.restored ? 0 : 1, ban.leaving ?? null],
});
const PAST_ROWS = insertion({
  table: 'past',
  columns: [...CONTENT, 'ended', 'ended_by'],
  row: (past: PastBan): Value[] => [...pastContent(past), past.endedSec ?? null, past.endedBy ?? null],
});
const CONTENT_LIST = CONTENT.join(', ');
const SET_CONTENT = CONTENT.map((name) => `${name} = new.${name}`).join(', ');
const UPDATES: Insertion<HeldBan> = rowsFor({
  columns: CONTENT.length,
  sql: (rows) => `with new (${CONTENT_LIST}) as (values ${rows})
    update bans set ${SET_CONTENT} from new where bans.id = new.id and bans.jail = new.jail`,
  row: banContent,
});
const PAST_UPDATES: Insertion<HeldBan> = rowsFor({
  columns: CONTENT.length,
  sql: (rows) => `with new (${CONTENT_LIST}) as (values ${rows})
    update past as p set ${SET_CONTENT} from new join bans b on b.id = new.id and b.jail = new.jail
    where b.kept = 0 and p.id = b.id and p.jail = b.jail and ${IS_LATEST}`,
  row: banContent,
});

type Ended = [record: PastBan, endedSec: number | null, endedBy: LeaveReason | null];
const ENDED_JSON = `'[' || record || ',' || json_quote(ended) || ',' || json_quote(ended_by) || ']'`;

export class BanTables {
  readonly #seqs: BanSeqs;

  constructor(private readonly db: Connection) {
    this.#seqs = new BanSeqs(db);
  }

  /** A transaction was taken back. */
  rolledBack(): void {
    this.#seqs.clear();
  }

  held(jail: string, { leaving = false } = {}): HeldBan[] {
    type Held = [ban: Ban, seq: number, leaving: LeaveReason | null, marks: string | null];
    // As text: most bans have the same marks, which are read once.
    const marks = `(select json_quote(group_concat(json_quote(action) || ',' || mark)) from marks m where m.seq = bans.seq)`;
    const rows = readJson<Held>(this.db, {
      json: `'[' || record || ',' || seq || ',' || json_quote(leaving) || ',' || ${marks} || ']'`,
      from: `bans where jail = ?${leaving ? ' and leaving is not null' : ''}`,
      params: [jail],
    });
    const read = new Map<string | null, HeldBan['marks']>([[null, NO_MARKS]]);
    if (!leaving)
      this.#seqs.load(
        jail,
        rows.map(([{ id }, seq]) => [id, seq]),
      );
    return rows.map(([ban, , reason, text]) => {
      let known = read.get(text);
      if (!known) read.set(text, (known = marksFrom(JSON.parse(`[${text}]`) as (string | ActionMark)[])));
      return heldOf(ban, reason, known);
    });
  }

  add(bans: readonly HeldBan[]): void {
    // Taken back when one of them is held already; only then one after the other.
    this.db.exec('savepoint adding');
    try {
      for (const [jail, some] of byJail(bans.filter(({ restored }) => restored))) this.standAgain(jail, some);
      insertRows(this.db, BAN_ROWS, bans);
      this.#seqs.added(bans);
      for (const ban of bans) this.addMarks(ban);
    } catch (error) {
      if (!isKind(error, 'CONSTRAINT')) throw error;
      this.db.exec('rollback to adding');
      this.#seqs.clear();
      for (const ban of bans) this.addOne(ban);
    }
    this.db.exec('release adding');
  }

  addOne(ban: HeldBan): void {
    const insert = () => {
      insertRows(this.db, BAN_ROWS, [ban]);
      this.#seqs.added([ban]);
    };
    if (ban.restored) {
      this.retire(ban);
      this.standAgain(ban.jail, [ban]);
      insert();
    } else {
      try {
        insert();
      } catch (error) {
        if (!isKind(error, 'CONSTRAINT')) throw error;
        this.retire(ban);
        insert();
      }
    }
    this.addMarks(ban);
  }

  private addMarks({ jail, id, marks }: HeldBan): void {
    for (const [action, mark] of Object.entries(marks)) this.mark(jail, action, [[id, mark]]);
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
    if (!held) return;
    const by = (held['leaving'] as LeaveReason | null) ?? 'removed';
    this.end(jail, [id], { atSec: timeSec, by });
  }

  update(bans: readonly HeldBan[]): void {
    insertRows(this.db, UPDATES, bans);
    for (const [jail, some] of byJail(bans)) {
      // Seldom: the entries of restored bans.
      const kept = this.db.prepare('select 1 from bans where jail = ? and kept = 0 limit 1').get([jail]);
      if (kept) insertRows(this.db, PAST_UPDATES, some);
    }
  }

  mark(
    jail: string,
    action: string,
    marks: readonly (readonly [id: string, mark: ActionMark | undefined])[],
  ): void {
    // Those of one run are mostly the same: one statement for each that differs.
    const idsOf = new Map<string | undefined, string[]>();
    const texts = new Map<ActionMark, string>();
    for (const [id, mark] of marks) {
      let text = mark && texts.get(mark);
      if (mark && text === undefined) texts.set(mark, (text = JSON.stringify(mark)));
      const ids = idsOf.get(text);
      if (ids) ids.push(id);
      else idsOf.set(text, [id]);
    }
    for (const [text, ids] of idsOf) {
      for (const { where, params } of this.#seqs.rowsOf(jail, ids)) {
        if (text === undefined) {
          this.db.prepare(`delete from marks where action = ? and ${where}`).run([action, ...params]);
        } else {
          this.db
            .prepare(
              `insert into marks (seq, action, mark) select seq, ?, ? from bans where ${where}
               on conflict do update set mark = excluded.mark`,
            )
            .run([action, text, ...params]);
        }
      }
    }
  }

  leave(jail: string, ids: readonly string[], reason: LeaveReason): void {
    for (const { where, params } of this.#seqs.rowsOf(jail, ids)) {
      this.db.prepare(`update bans set leaving = ? where ${where}`).run([reason, ...params]);
    }
  }

  end(
    jail: string,
    ids: readonly string[],
    { atSec, by }: { readonly atSec: number; readonly by: LeaveReason },
  ): void {
    for (const { where, params } of this.#seqs.rowsOf(jail, ids)) {
      this.db
        .prepare(
          `update past as p set ended = ?, ended_by = ? where jail = ?
           and id in (select id from bans where kept = 0 and ${where}) and ${IS_LATEST}`,
        )
        .run([atSec, by, jail, ...params]);
      this.db
        .prepare(
          `insert into past (${CONTENT_LIST}, ended, ended_by)
           select ${CONTENT_LIST}, ?, ? from bans where kept = 1 and ${where} order by seq`,
        )
        .run([atSec, by, ...params]);
      this.db.prepare(`delete from marks where ${where}`).run(params);
      this.db.prepare(`delete from bans where ${where}`).run(params);
    }
    this.#seqs.removed(jail, ids);
  }

  forget(jail: string, ids: readonly string[] | undefined): void {
    const [of, list] = ids ? [`jail = ? and ${IDS}`, [jail, keyList(ids)]] : ['jail = ?', [jail]];
    this.db.prepare(`delete from past where ${of}`).run(list);
    const rows = ids ? this.#seqs.rowsOf(jail, ids) : [{ where: of, params: list }];
    for (const { where, params } of rows) {
      this.db.prepare(`update bans set kept = 0 where kept = 1 and ${where}`).run(params);
    }
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
        `select record, ended, ended_by from (
           select record, null as ended, null as ended_by, time, 1 as held, seq from bans where kept = 1${and}
           union all
           select * from (select record, ended, ended_by, time, 0, seq from past where true${and}
                          order by time desc, seq desc limit ?)
         ) order by time desc, held desc, seq desc limit ?`,
      )
      .all([...params, ...params, limit, limit])
      .map((row) =>
        pastOf(
          JSON.parse(row['record'] as string) as PastBan,
          row['ended'] as number | null,
          row['ended_by'] as LeaveReason | null,
        ),
      );
  }

  addPast(past: readonly PastBan[]): void {
    insertRows(this.db, PAST_ROWS, past);
  }

  reputation(id: string, jail: string | undefined): Reputation | undefined {
    const key = keyOf(id);
    const and = jail === undefined ? '' : ' and jail = ?';
    const params = jail === undefined ? [key] : [key, jail];
    const columns = "jail, time, ban_time, ban_count, record ->> 'family' as family";
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

  banCounts(jail: string, ids: readonly string[]): Map<string, number> {
    const list = keyList(ids);
    const row = this.db
      .prepare(
        `select group_concat(json_array(id, ban_count)) as texts from (
           select id, ban_count, time, 1 as held, seq from bans where kept = 1 and jail = ?1 and ${IDS.replace('?', '?2')}
           union all select id, ban_count, time, 0, seq from past where jail = ?1 and ${IDS.replace('?', '?2')}
           order by time, held, seq)`,
      )
      .get([jail, list]);
    // The latest comes last.
    const counts = JSON.parse(`[${(row?.['texts'] as string | null) ?? ''}]`) as [
      key: string,
      count: number,
    ][];
    return new Map(counts.map(([key, count]) => [idOf(key), count]));
  }

  restorable(jail: string, nowSec: number): PastBan[] {
    const rows = readJson<Ended>(this.db, {
      json: ENDED_JSON,
      from: `past p where jail = ? and (ban_time < 0 or time + ban_time > ?) and ended_by is not 'manual'
             and ${IS_LATEST} and not exists (select 1 from bans b where b.jail = p.jail and b.id = p.id)`,
      params: [jail, nowSec],
    });
    return rows.map((row) => pastOf(...row)).sort((a, b) => a.timeSec - b.timeSec);
  }

  /** @returns rows that went */
  purge(beforeSec: number): number {
    const isHeld = 'exists (select 1 from bans b where b.jail = p.jail and b.id = p.id)';
    return this.db
      .prepare(
        `delete from past as p where time < ?1 and (
           not ${IS_LATEST}
           or exists (select 1 from bans b where b.jail = p.jail and b.id = p.id and b.kept = 1)
           or (ban_time >= 0 and time + 3 * ban_time < ?1 and not ${isHeld}))`,
      )
      .run([beforeSec]);
  }
}

/** Action, mark, action, mark … */
function marksFrom(pairs: readonly (string | ActionMark)[]): HeldBan['marks'] {
  // An action may have any name, that of a prototype too.
  const marks: [string, ActionMark][] = [];
  for (let i = 0; i < pairs.length; i += 2) marks.push([pairs[i] as string, pairs[i + 1] as ActionMark]);
  return Object.fromEntries(marks);
}

const NO_MARKS: HeldBan['marks'] = Object.freeze({});

function byJail(bans: readonly HeldBan[]): Map<string, HeldBan[]> {
  const jails = new Map<string, HeldBan[]>();
  for (const ban of bans) {
    const some = jails.get(ban.jail);
    if (some) some.push(ban);
    else jails.set(ban.jail, [ban]);
  }
  return jails;
}
