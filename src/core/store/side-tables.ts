/**
 * Store stage: what else a jail remembers in SQLite: pending failures, log positions, action families, totals, settings
 * changed by hand. Whole records as JSON where SQL looks nothing up in them. Callers provide the transaction.
 */
import type { Failing, Json, LogPosition } from '../records.js';
import type { Connection } from './driver.js';
import { eachJson, idOf, insertion, insertRows, keyList, keyOf, readJson } from './rows.js';
import type { FamilyState, JailTotals } from './store.js';

const FAILING_ROWS = insertion({
  table: 'failing',
  columns: ['jail', 'id', 'record'],
  row: ([jail, one]: readonly [string, Failing]) => [jail, keyOf(one.id), JSON.stringify(one)],
  onConflict: 'on conflict do update set record = excluded.record where record <> excluded.record',
});
const IMPORTED_ROWS = insertion({
  table: 'imported',
  columns: ['jail', 'id', 'time'],
  row: ([jail, id, timeSec]: readonly [string, string, number]) => [jail, keyOf(id), timeSec],
  onConflict: 'on conflict do update set time = max(time, excluded.time)',
});

export class SideTables {
  constructor(private readonly db: Connection) {}

  failing(jail: string): Failing[] {
    return [...this.eachFailing(jail)];
  }

  eachFailing(jail: string): Iterable<Failing> {
    return eachJson(this.db, { json: 'record', from: 'failing where jail = ?', params: [jail] });
  }

  oneFailing(jail: string, id: string): Failing | undefined {
    const sql = 'select record from failing where jail = ? and id = ?';
    const row = this.db.prepare(sql).get([jail, keyOf(id)]);
    return row && (JSON.parse(row['record'] as string) as Failing);
  }

  saveFailing(jail: string, failing: readonly Failing[]): void {
    this.db
      .prepare('delete from failing where jail = ? and id not in (select value from json_each(?))')
      .run([jail, keyList(failing.map(({ id }) => id))]);
    // Most have not changed since the last run: their pages stay as they are.
    insertRows(
      this.db,
      FAILING_ROWS,
      failing.map((one) => [jail, one] as const),
    );
  }

  changeFailing(jail: string, changed: readonly Failing[], gone: readonly string[]): void {
    if (gone.length > 0) {
      this.db
        .prepare('delete from failing where jail = ? and id in (select value from json_each(?))')
        .run([jail, keyList(gone)]);
    }
    insertRows(
      this.db,
      FAILING_ROWS,
      changed.map((one) => [jail, one] as const),
    );
  }

  positions(jail: string): LogPosition[] {
    return readJson(this.db, { json: 'record', from: 'positions where jail = ?', params: [jail] });
  }

  savePosition(jail: string, position: LogPosition): void {
    this.db
      .prepare(
        `insert into positions (jail, path, record) values (?, ?, ?)
         on conflict do update set record = excluded.record where record <> excluded.record`,
      )
      .run([jail, keyOf(position.path), JSON.stringify(position)]);
  }

  dropPosition(jail: string, path: string): void {
    this.db.prepare('delete from positions where jail = ? and path = ?').run([jail, keyOf(path)]);
  }

  families(jail: string): FamilyState[] {
    return this.db
      .prepare('select action, family, state, boot_id from families where jail = ? order by seq')
      .all([jail])
      .map((row) => ({
        action: row['action'] as string,
        family: row['family'] as string,
        state: row['state'] as FamilyState['state'],
        bootId: row['boot_id'] as string,
      }));
  }

  saveFamily(
    jail: string,
    action: string,
    family: string,
    state: Omit<FamilyState, 'action' | 'family'> | undefined,
  ): void {
    const key = [jail, action, family];
    if (!state) {
      this.db.prepare('delete from families where jail = ? and action = ? and family = ?').run(key);
      return;
    }
    this.db
      .prepare(
        `insert into families (jail, action, family, state, boot_id) values (?, ?, ?, ?, ?)
         on conflict do update set state = excluded.state, boot_id = excluded.boot_id`,
      )
      .run([...key, state.state, state.bootId]);
  }

  totals(jail: string): JailTotals {
    const row = this.db.prepare('select failed, banned from totals where jail = ?').get([jail]);
    return { failed: Number(row?.['failed'] ?? 0), banned: Number(row?.['banned'] ?? 0) };
  }

  addTotals(jail: string, { failed, banned }: JailTotals): void {
    this.db
      .prepare(
        `insert into totals (jail, failed, banned) values (?, ?, ?)
         on conflict do update set failed = failed + excluded.failed, banned = banned + excluded.banned`,
      )
      .run([jail, failed, banned]);
  }

  overrides(jail: string): Record<string, Json> {
    const rows = this.db
      .prepare('select name, value from overrides where jail = ? order by name')
      .all([jail]);
    return Object.fromEntries(
      rows.map((row) => [row['name'] as string, JSON.parse(row['value'] as string) as Json]),
    );
  }

  imported(jail: string): Map<string, number> {
    const rows = this.db.prepare('select id, time from imported where jail = ?').all([jail]);
    return new Map(rows.map((row) => [idOf(row['id'] as string), row['time'] as number]));
  }

  noteImported(jail: string, times: readonly (readonly [id: string, timeSec: number])[]): void {
    insertRows(
      this.db,
      IMPORTED_ROWS,
      times.map(([id, timeSec]) => [jail, id, timeSec] as const),
    );
  }

  saveOverride(jail: string, name: string, value: Json | undefined): void {
    if (value === undefined) {
      this.db.prepare('delete from overrides where jail = ? and name = ?').run([jail, name]);
      return;
    }
    this.db
      .prepare(
        `insert into overrides (jail, name, value) values (?, ?, ?)
         on conflict do update set value = excluded.value`,
      )
      .run([jail, name, JSON.stringify(value)]);
  }
}
