/**
 * Store stage: the store in memory, for tests and dry runs. The same contract, as plainly as it can be written: it is
 * also the model that the SQLite store is compared with.
 */
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
import type { FamilyState, JailTotals, PastQuery, Store } from './store.js';

/** One entry of the history; the ban it belongs to points to it while it stands. */
type Entry = PastBan;

interface Held {
  readonly ban: HeldBan;
  /** Its entry in the history; undefined: it leaves no trace. */
  readonly entry: Entry | undefined;
}

interface JailState {
  readonly held: Map<string, Held>;
  readonly failing: Map<string, Failing>;
  readonly positions: Map<string, LogPosition>;
  readonly families: Map<string, FamilyState>;
  readonly totals: JailTotals;
  readonly overrides: Map<string, Json>;
}

export class MemoryStore implements Store {
  readonly path = undefined;
  #jails = new Map<string, JailState>();
  /** In order of being added. */
  #history: readonly Entry[] = [];

  transaction<T>(work: () => T): T {
    const jails = new Map(Array.from(this.#jails, ([name, state]) => [name, copy(state)] as const));
    const history = this.#history;
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait');
      return result;
    } catch (error) {
      this.#jails = jails;
      this.#history = history;
      throw error;
    }
  }

  #jail(name: string): JailState {
    let state = this.#jails.get(name);
    if (!state) this.#jails.set(name, (state = newJail()));
    return state;
  }

  bans(jail: string): readonly HeldBan[] {
    return Array.from(this.#jail(jail).held.values(), ({ ban }) => ban);
  }

  jails(): readonly string[] {
    const some = [...this.#jails].filter(([, { held, failing }]) => held.size > 0 || failing.size > 0);
    return some.map(([name]) => name).sort();
  }

  addBan(ban: HeldBan): void {
    const { held } = this.#jail(ban.jail);
    const old = held.get(ban.id);
    if (old) this.endBans(ban.jail, [ban.id], { atSec: ban.timeSec, by: old.ban.leaving ?? 'removed' });
    const latest = ban.restored ? this.#latest(ban.jail, ban.id) : undefined;
    let entry = latest && this.#replace(latest, { ...latest, endedSec: undefined, endedBy: undefined });
    if (!ban.restored) this.#history = [...this.#history, (entry = entryOf(ban))];
    held.set(ban.id, { ban, entry });
  }

  addBans(bans: readonly HeldBan[]): void {
    this.transaction(() => {
      for (const ban of bans) this.addBan(ban);
    });
  }

  updateBan(ban: HeldBan): void {
    const { held } = this.#jail(ban.jail);
    const old = held.get(ban.id);
    if (!old) return;
    const { marks, leaving } = old.ban;
    const entry = old.entry && this.#replace(old.entry, { ...old.entry, ...entryOf(ban) });
    held.set(ban.id, { ban: { ...ban, marks, leaving }, entry });
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

  endBans(
    jail: string,
    ids: readonly string[],
    { atSec, by }: { readonly atSec: number; readonly by: LeaveReason },
  ): void {
    const { held } = this.#jail(jail);
    for (const id of ids) {
      const entry = held.get(id)?.entry;
      if (entry) this.#replace(entry, { ...entry, endedSec: atSec, endedBy: by });
      held.delete(id);
    }
  }

  forget(jail: string, ids?: readonly string[]): void {
    const wanted = ids && new Set(ids);
    const isMeant = (one: { readonly id: string }) => wanted?.has(one.id) ?? true;
    this.#history = this.#history.filter((entry) => entry.jail !== jail || !isMeant(entry));
    const { held } = this.#jail(jail);
    for (const { ban } of held.values()) if (isMeant(ban)) held.set(ban.id, { ban, entry: undefined });
  }

  past({ id, jail, limit }: PastQuery): readonly PastBan[] {
    const found = this.#newestFirst(
      (entry) => (id ?? entry.id) === entry.id && (jail ?? entry.jail) === entry.jail,
    );
    return found.slice(0, limit === undefined || limit < 0 ? undefined : limit);
  }

  addPast(past: readonly PastBan[]): void {
    this.#history = [...this.#history, ...past];
  }

  reputation(id: string, jail: string | undefined): Reputation | undefined {
    const entries = this.#newestFirst((entry) => entry.id === id && (jail ?? entry.jail) === entry.jail);
    const [latest] = entries;
    if (!latest) return undefined;
    const perJail = entries.filter((entry, i) => entries.findIndex((one) => one.jail === entry.jail) === i);
    const { family, jail: where, timeSec, banTimeSec } = latest;
    const banCount = perJail.reduce((sum, entry) => sum + entry.banCount, 0);
    return { id, family, jail: where, timeSec, banTimeSec, banCount };
  }

  restorable(jail: string, nowSec: number): readonly PastBan[] {
    const { held } = this.#jail(jail);
    const open = this.#newestFirst(
      (entry) =>
        entry.jail === jail &&
        !held.has(entry.id) &&
        entry.endedBy !== 'manual' &&
        (entry.banTimeSec < 0 || entry.timeSec + entry.banTimeSec > nowSec) &&
        this.#latest(jail, entry.id) === entry,
    );
    return open.reverse();
  }

  failing(jail: string): readonly Failing[] {
    return [...this.#jail(jail).failing.values()];
  }

  saveFailing(jail: string, failing: readonly Failing[]): void {
    const saved = this.#jail(jail).failing;
    const ids = new Set(failing.map(({ id }) => id));
    for (const id of [...saved.keys()]) if (!ids.has(id)) saved.delete(id);
    for (const one of failing) saved.set(one.id, one);
  }

  positions(jail: string): readonly LogPosition[] {
    return [...this.#jail(jail).positions.values()];
  }

  savePosition(jail: string, position: LogPosition): void {
    this.#jail(jail).positions.set(position.path, position);
  }

  dropPosition(jail: string, path: string): void {
    this.#jail(jail).positions.delete(path);
  }

  families(jail: string): readonly FamilyState[] {
    return [...this.#jail(jail).families.values()];
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
    return this.#jail(jail).totals;
  }

  addTotals(jail: string, { failed, banned }: JailTotals): void {
    const state = this.#jail(jail);
    const totals = { failed: state.totals.failed + failed, banned: state.totals.banned + banned };
    this.#jails.set(jail, { ...state, totals });
  }

  overrides(jail: string): Readonly<Record<string, Json>> {
    return Object.fromEntries([...this.#jail(jail).overrides].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  saveOverride(jail: string, name: string, value: Json | undefined): void {
    if (value === undefined) this.#jail(jail).overrides.delete(name);
    else this.#jail(jail).overrides.set(name, value);
  }

  purge(nowSec: number, ageSec: number): number {
    const beforeSec = nowSec - ageSec;
    const before = this.#history.length;
    const kept = this.#history.filter((entry) => {
      if (entry.timeSec >= beforeSec) return true;
      if (this.#latest(entry.jail, entry.id) !== entry) return false;
      // What is held keeps its entry.
      if (this.#jail(entry.jail).held.get(entry.id)?.entry === entry) return true;
      return entry.banTimeSec < 0 || entry.timeSec + 3 * entry.banTimeSec >= beforeSec;
    });
    this.#history = kept;
    return before - kept.length;
  }

  sizeBytes(): number {
    return 0;
  }

  close(): void {}

  #latest(jail: string, id: string): Entry | undefined {
    return this.#newestFirst((entry) => entry.jail === jail && entry.id === id)[0];
  }

  /** By time; of two at the same time, what was added last comes first. */
  #newestFirst(isMeant: (entry: Entry) => boolean): Entry[] {
    return this.#history
      .filter(isMeant)
      .reverse()
      .sort((a, b) => b.timeSec - a.timeSec);
  }

  #replace(old: Entry, entry: Entry): Entry {
    this.#history = this.#history.map((one) => (one === old ? entry : one));
    for (const { held } of this.#jails.values()) {
      for (const one of held.values()) if (one.entry === old) held.set(one.ban.id, { ban: one.ban, entry });
    }
    return entry;
  }

  #change(jail: string, id: string, change: (ban: HeldBan) => HeldBan): void {
    const { held } = this.#jail(jail);
    const old = held.get(id);
    if (old) held.set(id, { ban: change(old.ban), entry: old.entry });
  }
}

function newJail(): JailState {
  return {
    held: new Map(),
    failing: new Map(),
    positions: new Map(),
    families: new Map(),
    totals: { failed: 0, banned: 0 },
    overrides: new Map(),
  };
}

function copy(state: JailState): JailState {
  return {
    held: new Map(state.held),
    failing: new Map(state.failing),
    positions: new Map(state.positions),
    families: new Map(state.families),
    totals: state.totals,
    overrides: new Map(state.overrides),
  };
}

function entryOf({
  jail,
  id,
  family,
  timeSec,
  banTimeSec,
  banCount,
  failures,
  matches,
  data,
  origin,
}: HeldBan): Entry {
  return { jail, id, family, timeSec, banTimeSec, banCount, failures, matches, data, origin };
}
