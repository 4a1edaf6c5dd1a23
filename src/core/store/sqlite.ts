/**
 * Store stage: the store in an SQLite file, in write-ahead mode.
 *
 * Connection (of a migrated database) → Store. What `transaction` returned from survives a kill at once, and a power
 * failure after `durable`. Calls outside of one are each a transaction of their own. Errors about the file are StoreErrors.
 */
import { statSync } from 'node:fs';
import type {
  ActionMark,
  Failing,
  HeldBan,
  Json,
  LeaveReason,
  LogPosition,
  PastBan,
  Reputation,
} from '../records.js';
import { BanTables } from './ban-tables.js';
import type { Connection } from './driver.js';
import { SideTables } from './side-tables.js';
import type { FamilyState, JailTotals, PastQuery, Store } from './store.js';
import { WriteBehind } from './write-behind.js';

/** Pages given back to the file system after a purge, at most; the rest next time. */
const VACUUM_PAGES = 2000;

export interface SqliteOptions {
  /** It only reads: leaves the file as it is when it is closed. */
  readonly readOnly?: boolean | undefined;
}

export class SqliteStore implements Store {
  readonly path: string | undefined;
  readonly isBehind = false;
  readonly #db: Connection;
  readonly #bans: BanTables;
  readonly #side: SideTables;
  readonly #readOnly: boolean;
  readonly #behind: WriteBehind | undefined;
  #depth = 0;
  #open = true;

  constructor(db: Connection, { readOnly = false }: SqliteOptions = {}) {
    this.#db = db;
    this.path = db.path === ':memory:' ? undefined : db.path;
    this.#bans = new BanTables(db);
    this.#side = new SideTables(db);
    this.#readOnly = readOnly;
    this.#behind = this.path === undefined ? undefined : new WriteBehind(`${this.path}-wal`);
  }

  transaction<T>(work: () => T): T {
    const depth = this.#depth;
    // One inside another can fail alone.
    this.#db.exec(depth === 0 ? 'begin immediate' : `savepoint inner${depth}`);
    this.#depth++;
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait');
      this.#db.exec(depth === 0 ? 'commit' : `release inner${depth}`);
      if (depth === 0) this.#behind?.committed();
      return result;
    } catch (error) {
      // SQLite itself has rolled back already when the disk was full.
      if (this.#db.inTransaction) {
        this.#db.exec(depth === 0 ? 'rollback' : `rollback to inner${depth}; release inner${depth}`);
      }
      this.#bans.rolledBack();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Several statements that belong together. */
  #whole(work: () => void): void {
    if (this.#depth > 0) work();
    else this.transaction(work);
  }

  bans(jail: string): readonly HeldBan[] {
    return this.#bans.held(jail);
  }

  leaving(jail: string): readonly HeldBan[] {
    return this.#bans.held(jail, { leaving: true });
  }

  jails(): readonly string[] {
    const sql =
      'select jail from bans union select jail from failing union select jail from families order by jail';
    return this.#db
      .prepare(sql)
      .all([])
      .map((row) => row['jail'] as string);
  }

  addBan(ban: HeldBan): void {
    this.#whole(() => this.#bans.addOne(ban));
  }

  addBans(bans: readonly HeldBan[]): void {
    this.#whole(() => this.#bans.add(bans));
  }

  updateBan(ban: HeldBan): void {
    this.#whole(() => this.#bans.update([ban]));
  }

  updateBans(bans: readonly HeldBan[]): void {
    this.#whole(() => this.#bans.update(bans));
  }

  markBans(
    jail: string,
    action: string,
    marks: readonly (readonly [id: string, mark: ActionMark | undefined])[],
  ): void {
    this.#whole(() => this.#bans.mark(jail, action, marks));
  }

  leaveBans(jail: string, ids: readonly string[], reason: LeaveReason): void {
    this.#whole(() => this.#bans.leave(jail, ids, reason));
  }

  endBans(
    jail: string,
    ids: readonly string[],
    end: { readonly atSec: number; readonly by: LeaveReason },
  ): void {
    this.#whole(() => this.#bans.end(jail, ids, end));
  }

  forget(jail: string, ids?: readonly string[]): void {
    this.#whole(() => this.#bans.forget(jail, ids));
  }

  past(query: PastQuery): readonly PastBan[] {
    return this.#bans.past(query);
  }

  addPast(past: readonly PastBan[]): void {
    this.#whole(() => this.#bans.addPast(past));
  }

  reputation(id: string, jail: string | undefined): Reputation | undefined {
    return this.#bans.reputation(id, jail);
  }

  banCounts(jail: string, ids: readonly string[]): ReadonlyMap<string, number> {
    return this.#bans.banCounts(jail, ids);
  }

  restorable(jail: string, nowSec: number): readonly PastBan[] {
    return this.#bans.restorable(jail, nowSec);
  }

  failing(jail: string): readonly Failing[] {
    return this.#side.failing(jail);
  }

  eachFailing(jail: string): Iterable<Failing> {
    return this.#side.eachFailing(jail);
  }

  oneFailing(jail: string, id: string): Failing | undefined {
    return this.#side.oneFailing(jail, id);
  }

  saveFailing(jail: string, failing: readonly Failing[]): void {
    this.#whole(() => this.#side.saveFailing(jail, failing));
  }

  changeFailing(jail: string, changed: readonly Failing[], gone: readonly string[]): void {
    this.#whole(() => this.#side.changeFailing(jail, changed, gone));
  }

  positions(jail: string): readonly LogPosition[] {
    return this.#side.positions(jail);
  }

  savePosition(jail: string, position: LogPosition): void {
    this.#side.savePosition(jail, position);
  }

  dropPosition(jail: string, path: string): void {
    this.#side.dropPosition(jail, path);
  }

  families(jail: string): readonly FamilyState[] {
    return this.#side.families(jail);
  }

  saveFamily(
    jail: string,
    action: string,
    family: string,
    state: Omit<FamilyState, 'action' | 'family'> | undefined,
  ): void {
    this.#side.saveFamily(jail, action, family, state);
  }

  totals(jail: string): JailTotals {
    return this.#side.totals(jail);
  }

  addTotals(jail: string, more: JailTotals): void {
    this.#side.addTotals(jail, more);
  }

  overrides(jail: string): Readonly<Record<string, Json>> {
    return this.#side.overrides(jail);
  }

  saveOverride(jail: string, name: string, value: Json | undefined): void {
    this.#side.saveOverride(jail, name, value);
  }

  imported(jail: string): ReadonlyMap<string, number> {
    return this.#side.imported(jail);
  }

  noteImported(jail: string, times: readonly (readonly [id: string, timeSec: number])[]): void {
    this.#whole(() => this.#side.noteImported(jail, times));
  }

  purge(nowSec: number, ageSec: number): number {
    const gone = this.#bans.purge(nowSec - ageSec);
    if (gone > 0 && this.#depth === 0) this.#db.exec(`pragma incremental_vacuum(${VACUUM_PAGES})`);
    return gone;
  }

  sizeBytes(): number {
    if (this.path === undefined) {
      const pages = this.#db.prepare('pragma page_count').get([])?.['page_count'];
      const bytes = this.#db.prepare('pragma page_size').get([])?.['page_size'];
      return Number(pages) * Number(bytes);
    }
    return ['', '-wal'].reduce((sum, end) => {
      return sum + (statSync(`${this.path}${end}`, { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
  }

  async durable(): Promise<void> {
    await this.#behind?.durable();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    let whole = false;
    try {
      // So that the file alone is the whole store, for who copies it and for readers who may not write.
      if (!this.#readOnly) {
        whole = this.#db.prepare('pragma wal_checkpoint(truncate)').get([])?.['busy'] === 0;
      }
    } catch {
      // Somebody reads: then the next one does it.
    }
    try {
      this.#behind?.close(whole);
    } finally {
      this.#db.close();
    }
  }
}
