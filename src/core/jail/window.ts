/**
 * Jail stage: counts failures in a sliding window. The only owner of who is failing. Pure.
 *
 * Failures in → the count, and the ticket of an id that has reached maxretry, which thereby leaves the window. As in
 * fail2ban each id has one entry, and a window that slides *estimates* what is still inside it (gotcha 30): nothing
 * remembers single failures. Settings are read at each call, so changes hold at once. Times need not be in order.
 * Source: spec filter.md §8; fail2ban 1.0.2, run (test/differential/window.test.ts).
 */
import type { BanId, Failing, MatchedLine, TicketData, TimeKind } from '../records.js';
import { DeadlineHeap } from './deadline-heap.js';
import type { JailSettings } from './settings.js';

export type WindowSettings = Readonly<Pick<JailSettings, 'maxRetry' | 'maxMatches' | 'findTimeSec'>>;

export interface NewFailure extends BanId {
  readonly timeSec: number;
  readonly timeKind: TimeKind;
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
  /** What it counts against maxretry; default 1. `attempt` with three lines counts 3, but is one failure. */
  readonly weight?: number | undefined;
}

export interface Counted {
  /** What now counts against maxretry. */
  readonly weight: number;
  /** The id has failed too often: it is no longer in the window and is to be banned. */
  readonly due: Failing | undefined;
}

export interface WindowChanges {
  readonly changed: readonly Failing[];
  readonly gone: readonly string[];
}

export interface WindowOptions {
  /** Ids to remember; beyond that the one that failed longest ago makes room, and `evicted` counts it. Default one million. */
  readonly maxEntries?: number | undefined;
}

type Entry = { -readonly [K in keyof Failing]: Failing[K] };

/**
 * @example
 * const window = new FailWindow({ maxRetry: 3, findTimeSec: 600, maxMatches: 5 });
 * const { due } = window.add({ id: '192.0.2.1', family: 'inet4', timeSec, timeKind: 'float', matches, data: {} });
 */
export class FailWindow {
  /** In order of their last failure as it came in. */
  readonly #entries = new Map<string, Entry>();
  /** One item for each entry at least, at a moment not later than its last failure. */
  readonly #oldest = new DeadlineHeap();
  readonly #maxEntries: number;
  /** Ids whose entry came, changed or went since `noteSaved`. */
  readonly #touched = new Set<string>();
  #failedTotal = 0;
  #evicted = 0;

  constructor(
    private readonly settings: WindowSettings,
    { maxEntries = 1_000_000 }: WindowOptions = {},
  ) {
    this.#maxEntries = Math.max(1, maxEntries);
  }

  /** Ids that are failing. */
  get size(): number {
    return this.#entries.size;
  }

  /** Failures ever added. */
  get failedTotal(): number {
    return this.#failedTotal;
  }

  /** Ids that made room for others before their time. */
  get evicted(): number {
    return this.#evicted;
  }

  get(id: string): Failing | undefined {
    const entry = this.#entries.get(id);
    return entry && { ...entry };
  }

  /** Everybody who is failing, whoever failed last at the end. */
  list(): readonly Failing[] {
    return Array.from(this.#entries.values(), (entry) => ({ ...entry }));
  }

  /** Counts a failure. */
  add(failure: NewFailure): Counted {
    this.#failedTotal++;
    const weight = failure.weight ?? 1;
    const entry = this.#entries.get(failure.id);
    if (entry === undefined) return this.#settle(this.#enter(failure, weight));
    if (failure.timeSec > entry.timeSec) this.#slide(entry, failure);
    entry.weight += weight;
    entry.failures += 1;
    entry.matches = lastOf([...entry.matches, ...failure.matches], this.settings.maxMatches);
    this.#touched.add(entry.id);
    return this.#settle(entry);
  }

  /**
   * Lets an id that is failing weigh more, without a failure: it was banned before (ban-time.ts, `knownBadWeight`).
   *
   * @returns undefined when it is not failing, or no longer: just banned
   */
  burden(id: string, weight: number): Counted | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    entry.weight += weight;
    this.#touched.add(id);
    return this.#settle(entry);
  }

  /** Drops everybody whose last failure is findtime or more ago. fail2ban does so every 5 s. @returns how many went */
  prune(nowSec: number): number {
    const untilSec = nowSec - this.settings.findTimeSec;
    let pruned = 0;
    for (let item = this.#oldest.peek(); item && item.atSec <= untilSec; item = this.#oldest.peek()) {
      this.#oldest.pop();
      const entry = this.#entries.get(item.key);
      if (entry === undefined) continue;
      if (entry.timeSec > untilSec) this.#oldest.push({ atSec: entry.timeSec, key: entry.id });
      else if (this.#remove(entry.id)) pruned++;
    }
    return pruned;
  }

  /** @returns whether it was failing */
  forget(id: string): boolean {
    return this.#remove(id);
  }

  clear(): void {
    for (const id of this.#entries.keys()) this.#touched.add(id);
    this.#entries.clear();
    this.#oldest.rebuild([]);
  }

  /** Replaces who is failing, as `list` gave it. Totals stay. */
  load(failing: Iterable<Failing>): void {
    this.clear();
    for (const one of failing) {
      this.#entries.delete(one.id);
      this.#insert({ ...one });
    }
    this.#touched.clear();
  }

  /** The clock was set: what was so long ago still is. */
  shift(bySec: number): void {
    for (const entry of this.#entries.values()) {
      entry.timeSec += bySec;
      entry.sinceSec += bySec;
      this.#touched.add(entry.id);
    }
    this.#tidy();
  }

  /** What has changed since `load` or `noteSaved`: for whoever keeps a copy. */
  get changes(): WindowChanges {
    const changed: Failing[] = [];
    const gone: string[] = [];
    for (const id of this.#touched) {
      const entry = this.#entries.get(id);
      if (entry) changed.push({ ...entry });
      else gone.push(id);
    }
    return { changed, gone };
  }

  /** The copy has it all. */
  noteSaved(): void {
    this.#touched.clear();
  }

  #enter({ id, family, timeSec, timeKind, matches, data }: NewFailure, weight: number): Entry {
    const entry: Entry = {
      id,
      family,
      timeSec,
      timeKind,
      sinceSec: timeSec,
      weight,
      failures: 1,
      matches: lastOf(matches, this.settings.maxMatches),
      data,
    };
    this.#insert(entry);
    return entry;
  }

  #remove(id: string): boolean {
    this.#touched.add(id);
    return this.#entries.delete(id);
  }

  #insert(entry: Entry): void {
    this.#touched.add(entry.id);
    this.#entries.set(entry.id, entry);
    this.#oldest.push({ atSec: entry.timeSec, key: entry.id });
    if (this.#entries.size > this.#maxEntries) {
      this.#remove(this.#entries.keys().next().value!);
      this.#evicted++;
    }
    if (this.#oldest.size > 2 * this.#entries.size + 1000) this.#tidy();
  }

  /** Moves the window to a later failure: the count shrinks in proportion to the time that fell out of it. */
  #slide(entry: Entry, { timeSec, timeKind }: NewFailure): void {
    const { findTimeSec } = this.settings;
    if (entry.sinceSec < timeSec - findTimeSec) {
      entry.weight = roundHalfEven((entry.weight / (timeSec - entry.sinceSec)) * findTimeSec);
      entry.sinceSec = timeSec - findTimeSec;
    }
    entry.timeSec = timeSec;
    entry.timeKind = timeKind;
    this.#entries.delete(entry.id);
    this.#entries.set(entry.id, entry);
  }

  #settle(entry: Entry): Counted {
    if (entry.weight < this.settings.maxRetry) return { weight: entry.weight, due: undefined };
    this.#remove(entry.id);
    return { weight: entry.weight, due: entry };
  }

  /** Ids that were banned leave their item behind: takes those away before they are too many. */
  #tidy(): void {
    this.#oldest.rebuild(
      Array.from(this.#entries.values(), (entry) => ({ atSec: entry.timeSec, key: entry.id })),
    );
  }
}

function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return count <= 0 ? [] : items.slice(-count);
}

/** Python's `round`: 0.5 → 0, 1.5 → 2, 2.5 → 2. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
