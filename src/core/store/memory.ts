/**
 * Store stage: the store in memory, for tests, dry runs and replays. The same contract, written in another way: it is also
 * the model that the SQLite store is compared with.
 */
import {
  type ActionMark,
  endOf,
  type Failing,
  type HeldBan,
  type Json,
  type LeaveReason,
  type LogPosition,
  type PastBan,
  type Reputation,
} from '../records.js';
import { MemoryTable, UndoLog } from './memory-table.js';
import type { FamilyState, JailTotals, PastQuery, Store } from './store.js';

/** One entry of the history. */
interface Entry {
  readonly past: PastBan;
  /** Of two at the same time, the one that was added later is the later one. */
  readonly order: number;
}

interface Held {
  readonly ban: HeldBan;
  /** Order of its entry in the history; undefined: it leaves no trace. */
  readonly entry: number | undefined;
}

class JailState {
  readonly held: MemoryTable<Held>;
  /** By id, in order of being added. */
  readonly past: MemoryTable<readonly Entry[]>;
  readonly failing: MemoryTable<Failing>;
  readonly positions: MemoryTable<LogPosition>;
  readonly families: MemoryTable<FamilyState>;
  readonly totals: MemoryTable<number>;
  readonly overrides: MemoryTable<Json>;
  readonly imported: MemoryTable<number>;

  constructor(undo: UndoLog) {
    this.held = new MemoryTable(undo);
    this.past = new MemoryTable(undo);
    this.failing = new MemoryTable(undo);
    this.positions = new MemoryTable(undo);
    this.families = new MemoryTable(undo);
    this.totals = new MemoryTable(undo);
    this.overrides = new MemoryTable(undo);
    this.imported = new MemoryTable(undo);
  }

  latest(id: string): Entry | undefined {
    return this.past.get(id)?.toSorted(newestFirst)[0];
  }

  /** Puts `past` in the place of the entry. */
  replace(entry: Entry, past: PastBan): void {
    const entries = this.past.get(past.id) ?? [];
    this.past.set(
      past.id,
      entries.map((one) => (one === entry ? { past, order: one.order } : one)),
    );
  }

  entryOf({ ban, entry }: Held): Entry | undefined {
    return entry === undefined ? undefined : this.past.get(ban.id)?.find(({ order }) => order === entry);
  }
}

export class MemoryStore implements Store {
  readonly path = undefined;
  readonly isBehind = false;
  readonly #undo = new UndoLog();
  readonly #jails = new Map<string, JailState>();
  #order = 0;

  transaction<T>(work: () => T): T {
    return this.#undo.guard(() => {
      const result = work();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait');
      return result;
    });
  }

  #jail(name: string): JailState {
    let state = this.#jails.get(name);
    if (!state) this.#jails.set(name, (state = new JailState(this.#undo)));
    return state;
  }

  bans(jail: string): readonly HeldBan[] {
    return this.#jail(jail)
      .held.values()
      .map(({ ban }) => ban);
  }

  leaving(jail: string): readonly HeldBan[] {
    return this.bans(jail).filter(({ leaving }) => leaving !== undefined);
  }

  jails(): readonly string[] {
    const some = [...this.#jails].filter(
      ([, { held, failing, families }]) => held.size > 0 || failing.size > 0 || families.size > 0,
    );
    return some.map(([name]) => name).sort();
  }

  addBan(ban: HeldBan): void {
    const jail = this.#jail(ban.jail);
    const old = jail.held.get(ban.id);
    if (old) this.endBans(ban.jail, [ban.id], { atSec: ban.timeSec, by: old.ban.leaving ?? 'removed' });
    const entry = ban.restored ? this.#standAgain(jail, ban.id) : this.#addEntry(pastOf(ban));
    jail.held.set(ban.id, { ban, entry });
  }

  /** The entry that a restored ban comes from has not ended after all. */
  #standAgain(jail: JailState, id: string): number | undefined {
    const latest = jail.latest(id);
    if (!latest) return undefined;
    const { endedSec: _, endedBy: __, ...past } = latest.past;
    jail.replace(latest, past);
    return latest.order;
  }

  #addEntry(past: PastBan): number {
    const { past: entries } = this.#jail(past.jail);
    const order = this.#order++;
    entries.set(past.id, [...(entries.get(past.id) ?? []), { past, order }]);
    return order;
  }

  addBans(bans: readonly HeldBan[]): void {
    this.transaction(() => {
      for (const ban of bans) this.addBan(ban);
    });
  }

  updateBans(bans: readonly HeldBan[]): void {
    this.transaction(() => {
      for (const ban of bans) this.updateBan(ban);
    });
  }

  updateBan(ban: HeldBan): void {
    const jail = this.#jail(ban.jail);
    const old = jail.held.get(ban.id);
    if (!old) return;
    const { marks, leaving } = old.ban;
    const { leaving: _, ...content } = ban;
    const entry = jail.entryOf(old);
    if (entry) jail.replace(entry, { ...entry.past, ...pastOf(ban) });
    jail.held.set(ban.id, {
      ban: { ...content, marks, ...(leaving === undefined ? {} : { leaving }) },
      entry: old.entry,
    });
  }

  markBans(
    jail: string,
    action: string,
    marks: readonly (readonly [id: string, mark: ActionMark | undefined])[],
  ): void {
    for (const [id, mark] of marks) {
      this.#change(jail, id, (ban) => {
        const { [action]: _, ...others } = ban.marks;
        return { ...ban, marks: mark === undefined ? others : { ...others, [action]: mark } };
      });
    }
  }

  leaveBans(jail: string, ids: readonly string[], reason: LeaveReason): void {
    for (const id of ids) this.#change(jail, id, (ban) => ({ ...ban, leaving: reason }));
  }

  #change(jail: string, id: string, change: (ban: HeldBan) => HeldBan): void {
    const { held } = this.#jail(jail);
    const old = held.get(id);
    if (old) held.set(id, { ...old, ban: change(old.ban) });
  }

  endBans(
    jail: string,
    ids: readonly string[],
    { atSec, by }: { readonly atSec: number; readonly by: LeaveReason },
  ): void {
    const state = this.#jail(jail);
    for (const id of ids) {
      const held = state.held.get(id);
      const entry = held && state.entryOf(held);
      if (entry) state.replace(entry, { ...entry.past, endedSec: atSec, endedBy: by });
      state.held.delete(id);
    }
  }

  forget(jail: string, ids?: readonly string[]): void {
    const { past, held } = this.#jail(jail);
    for (const id of ids ?? past.keys()) past.delete(id);
    for (const id of ids ?? held.keys()) {
      const old = held.get(id);
      if (old) held.set(id, { ...old, entry: undefined });
    }
  }

  past({ id, jail, limit }: PastQuery): readonly PastBan[] {
    const states = jail === undefined ? [...this.#jails.values()] : [this.#jail(jail)];
    const entries = states.flatMap(({ past }) =>
      id === undefined ? past.values().flat() : (past.get(id) ?? []),
    );
    const sorted = entries.sort(newestFirst).map(({ past }) => past);
    return sorted.slice(0, limit === undefined || limit < 0 ? undefined : limit);
  }

  addPast(past: readonly PastBan[]): void {
    for (const one of past) this.#addEntry(one);
  }

  reputation(id: string, jail: string | undefined): Reputation | undefined {
    const states = jail === undefined ? [...this.#jails.values()] : [this.#jail(jail)];
    const latest = states.flatMap((state) => state.latest(id) ?? []).sort(newestFirst);
    const [first] = latest;
    if (!first) return undefined;
    const { family, jail: where, timeSec, banTimeSec } = first.past;
    const banCount = latest.reduce((sum, { past }) => sum + past.banCount, 0);
    return { id, family, jail: where, timeSec, banTimeSec, banCount };
  }

  banCounts(jail: string, ids: readonly string[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const id of ids) {
      const count = this.reputation(id, jail)?.banCount;
      if (count !== undefined) counts.set(id, count);
    }
    return counts;
  }

  restorable(jail: string, nowSec: number): readonly PastBan[] {
    const state = this.#jail(jail);
    const free = state.past.keys().filter((id) => !state.held.has(id));
    const latest = free.flatMap((id) => state.latest(id) ?? []);
    return latest
      .filter(({ past }) => past.endedBy !== 'manual' && endOf(past) > nowSec)
      .sort((a, b) => newestFirst(b, a))
      .map(({ past }) => past);
  }

  failing(jail: string): readonly Failing[] {
    return this.#jail(jail).failing.values();
  }

  eachFailing(jail: string): Iterable<Failing> {
    return this.failing(jail);
  }

  oneFailing(jail: string, id: string): Failing | undefined {
    return this.#jail(jail).failing.get(id);
  }

  saveFailing(jail: string, failing: readonly Failing[]): void {
    const saved = this.#jail(jail).failing;
    const ids = new Set(failing.map(({ id }) => id));
    for (const id of saved.keys()) if (!ids.has(id)) saved.delete(id);
    for (const one of failing) saved.set(one.id, one);
  }

  changeFailing(jail: string, changed: readonly Failing[], gone: readonly string[]): void {
    const saved = this.#jail(jail).failing;
    for (const id of gone) if (saved.has(id)) saved.delete(id);
    for (const one of changed) saved.set(one.id, one);
  }

  positions(jail: string): readonly LogPosition[] {
    return this.#jail(jail).positions.values();
  }

  savePosition(jail: string, position: LogPosition): void {
    this.#jail(jail).positions.set(position.path, position);
  }

  dropPosition(jail: string, path: string): void {
    this.#jail(jail).positions.delete(path);
  }

  families(jail: string): readonly FamilyState[] {
    return this.#jail(jail).families.values();
  }

  saveFamily(
    jail: string,
    action: string,
    family: string,
    state: Omit<FamilyState, 'action' | 'family'> | undefined,
  ): void {
    const { families } = this.#jail(jail);
    const key = JSON.stringify([action, family]);
    if (state) families.set(key, { action, family, ...state });
    else families.delete(key);
  }

  totals(jail: string): JailTotals {
    const { totals } = this.#jail(jail);
    return { failed: totals.get('failed') ?? 0, banned: totals.get('banned') ?? 0 };
  }

  addTotals(jail: string, { failed, banned }: JailTotals): void {
    const before = this.totals(jail);
    const { totals } = this.#jail(jail);
    totals.set('failed', before.failed + failed);
    totals.set('banned', before.banned + banned);
  }

  overrides(jail: string): Readonly<Record<string, Json>> {
    const { overrides } = this.#jail(jail);
    const names = overrides.keys().sort();
    return Object.fromEntries(names.map((name) => [name, overrides.get(name) as Json]));
  }

  saveOverride(jail: string, name: string, value: Json | undefined): void {
    if (value === undefined) this.#jail(jail).overrides.delete(name);
    else this.#jail(jail).overrides.set(name, value);
  }

  imported(jail: string): ReadonlyMap<string, number> {
    const { imported } = this.#jail(jail);
    return new Map(imported.keys().map((id) => [id, imported.get(id) as number]));
  }

  noteImported(jail: string, times: readonly (readonly [id: string, timeSec: number])[]): void {
    const { imported } = this.#jail(jail);
    for (const [id, timeSec] of times) imported.set(id, Math.max(timeSec, imported.get(id) ?? timeSec));
  }

  purge(nowSec: number, ageSec: number): number {
    const beforeSec = nowSec - ageSec;
    let gone = 0;
    for (const state of this.#jails.values()) {
      for (const id of state.past.keys()) {
        const entries = state.past.get(id) ?? [];
        const latest = state.latest(id);
        const held = state.held.get(id);
        const kept = entries.filter((entry) => {
          if (entry.past.timeSec >= beforeSec) return true;
          if (entry !== latest) return false;
          const { banTimeSec, timeSec } = entry.past;
          return held?.entry === entry.order || banTimeSec < 0 || timeSec + 3 * banTimeSec >= beforeSec;
        });
        gone += entries.length - kept.length;
        if (kept.length === 0) state.past.delete(id);
        else if (kept.length < entries.length) state.past.set(id, kept);
      }
    }
    return gone;
  }

  sizeBytes(): number {
    return 0;
  }

  async durable(): Promise<void> {}

  close(): void {}
}

/** By time; of two at the same time, what was added last comes first. */
function newestFirst(a: Entry, b: Entry): number {
  return b.past.timeSec - a.past.timeSec || b.order - a.order;
}

function pastOf(ban: HeldBan): PastBan {
  const { jail, id, family, timeSec, banTimeSec, banCount, failures, matches, data, origin } = ban;
  return { jail, id, family, timeSec, banTimeSec, banCount, failures, matches, data, origin };
}
