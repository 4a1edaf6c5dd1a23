/**
 * Jail stage: counts failures in a sliding window. The only owner of who is failing. Pure.
 *
 * Failures in → the count, and the ticket of an id that has reached maxretry, which thereby leaves the window. As in
 * fail2ban each id has one entry, and a window that slides *estimates* what is still inside it (gotcha 30): nothing
 * remembers single failures. Settings are read at each call, so changes hold at once. Times need not be in order.
 * Source: spec filter.md §8; fail2ban 1.0.2, run (test/differential/window.test.ts).
 */
import type { BanId, Failing, MatchedLine, TicketData, TimeKind } from '../records.js';
import { type Attic, FailingColumns } from './failing-columns.js';
import { DEFAULT_SETTINGS, type JailSettings } from './settings.js';

export type WindowSettings = Readonly<Pick<JailSettings, 'maxRetry' | 'maxMatches' | 'findTimeSec'>> & {
  /** Ids to remember; beyond that the one that failed longest ago makes room, and `evicted` counts it. */
  readonly maxFailing?: number | undefined;
};

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
  /** Who has the details of ids that were saved; default: nobody, they are kept here. */
  readonly attic?: Attic | undefined;
}

/**
 * @example
 * const window = new FailWindow({ maxRetry: 3, findTimeSec: 600, maxMatches: 5 });
 * const { due } = window.add({ id: '192.0.2.1', family: 'inet4', timeSec, timeKind: 'float', matches, data: {} });
 */
export class FailWindow {
  readonly #table: FailingColumns;
  /** No last failure is earlier. */
  #earliestSec = Number.POSITIVE_INFINITY;
  /** Ids whose entry came, changed or went since `noteSaved`. */
  readonly #touched = new Set<string>();
  #failedTotal = 0;
  #evicted = 0;

  constructor(
    private readonly settings: WindowSettings,
    { attic }: WindowOptions = {},
  ) {
    this.#table = new FailingColumns(attic);
  }

  /** Ids that are failing. */
  get size(): number {
    return this.#table.size;
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
    return this.#table.read(id);
  }

  /** Who is failing, whoever failed last at the end. */
  ids(): Iterable<string> {
    return this.#table.ids();
  }

  /** The same with all that is known of them. */
  list(): readonly Failing[] {
    return Array.from(this.#table.ids(), (id) => this.#table.read(id)!);
  }

  /** Counts a failure. */
  add(failure: NewFailure): Counted {
    this.#failedTotal++;
    const weight = failure.weight ?? 1;
    const { id } = failure;
    const table = this.#table;
    const place = table.placeOf(id);
    if (place === undefined) return this.#enter(failure, weight);
    const { matches, data } = table.details(id);
    if (failure.timeSec > table.timeSec[place]!) this.#slide(id, place, failure);
    table.weight[place]! += weight;
    table.failures[place]! += 1;
    table.setDetails(id, {
      matches: lastOf([...matches, ...failure.matches], this.settings.maxMatches),
      data,
    });
    this.#touched.add(id);
    return this.#settle(id, place);
  }

  /**
   * Lets an id that is failing weigh more, without a failure: it was banned before (ban-time.ts, `knownBadWeight`).
   *
   * @returns undefined when it is not failing, or no longer: just banned
   */
  burden(id: string, weight: number): Counted | undefined {
    const place = this.#table.placeOf(id);
    if (place === undefined) return undefined;
    this.#table.weight[place]! += weight;
    this.#touched.add(id);
    return this.#settle(id, place);
  }

  /** Drops everybody whose last failure is findtime or more ago. fail2ban does so every 5 s. @returns how many went */
  prune(nowSec: number): number {
    const untilSec = nowSec - this.settings.findTimeSec;
    if (this.#earliestSec > untilSec) return 0;
    const table = this.#table;
    const times = table.timeSec;
    let earliestSec = Number.POSITIVE_INFINITY;
    let pruned = 0;
    for (let place = 0; place < table.end; place++) {
      const timeSec = times[place]!;
      if (timeSec <= untilSec) {
        this.#remove(table.idAt(place));
        pruned++;
      } else if (timeSec < earliestSec) earliestSec = timeSec;
    }
    this.#earliestSec = earliestSec;
    return pruned;
  }

  /** @returns whether it was failing */
  forget(id: string): boolean {
    return this.#remove(id);
  }

  clear(): void {
    for (const id of [...this.#table.ids()]) this.#remove(id);
  }

  /** Replaces who is failing, as `list` gave it, or the attic. Totals stay. */
  load(failing: Iterable<Failing>): void {
    this.clear();
    for (const one of failing) {
      this.#table.remove(one.id);
      this.#insert(one, true);
    }
    this.#touched.clear();
    this.trim();
  }

  /** The bound has been lowered: who failed longest ago goes. */
  trim(): void {
    const most = Math.max(1, this.settings.maxFailing ?? DEFAULT_SETTINGS.maxFailing);
    while (this.#table.size > most) {
      this.#remove(this.#table.ids().next().value!);
      this.#evicted++;
    }
  }

  /** The clock was set: what was so long ago still is. */
  shift(bySec: number): void {
    const table = this.#table;
    for (let place = 0; place < table.end; place++) {
      table.timeSec[place]! += bySec;
      table.sinceSec[place]! += bySec;
    }
    for (const id of table.ids()) this.#touched.add(id);
    this.#earliestSec += bySec;
  }

  /** What has changed since `load` or `noteSaved`: for whoever keeps a copy. */
  get changes(): WindowChanges {
    const changed: Failing[] = [];
    const gone: string[] = [];
    for (const id of this.#touched) {
      const one = this.#table.read(id);
      if (one) changed.push(one);
      else gone.push(id);
    }
    return { changed, gone };
  }

  /** The copy has it all. */
  noteSaved(): void {
    this.#touched.clear();
    this.#table.noteSaved();
  }

  #enter(failure: NewFailure, weight: number): Counted {
    const { id, family, timeSec, timeKind, data } = failure;
    const matches = lastOf(failure.matches, this.settings.maxMatches);
    const one = { id, family, timeSec, timeKind, sinceSec: timeSec, weight, failures: 1, matches, data };
    const place = this.#insert(one);
    const counted = this.#settle(id, place);
    this.trim();
    return counted;
  }

  #remove(id: string): boolean {
    this.#touched.add(id);
    return this.#table.remove(id);
  }

  #insert(one: Failing, isSaved = false): number {
    this.#touched.add(one.id);
    if (one.timeSec < this.#earliestSec) this.#earliestSec = one.timeSec;
    return this.#table.insert(one, isSaved);
  }

  /** Moves the window to a later failure: the count shrinks in proportion to the time that fell out of it. */
  #slide(id: string, place: number, { timeSec, timeKind }: NewFailure): void {
    const { findTimeSec } = this.settings;
    const table = this.#table;
    const sinceSec = table.sinceSec[place]!;
    if (sinceSec < timeSec - findTimeSec) {
      table.weight[place] = roundHalfEven((table.weight[place]! / (timeSec - sinceSec)) * findTimeSec);
      table.sinceSec[place] = timeSec - findTimeSec;
    }
    table.timeSec[place] = timeSec;
    table.setTimeKind(place, timeKind);
    table.moveToEnd(id);
  }

  #settle(id: string, place: number): Counted {
    const weight = this.#table.weight[place]!;
    if (weight < this.settings.maxRetry) return { weight, due: undefined };
    const due = this.#table.read(id);
    this.#remove(id);
    return { weight, due };
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
