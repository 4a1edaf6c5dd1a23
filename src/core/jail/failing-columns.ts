/**
 * Jail stage: the memory of the window: who is failing, in columns of numbers. Only the window uses it. Pure.
 *
 * An id takes its own text, a place in a map and a few dozen bytes, instead of a record of about a kilobyte: whoever
 * attacks from a hundred thousand addresses should not decide how much memory that costs. Lines and captured groups, the
 * greater part by far, stay here only while nobody else has them (`Attic`).
 */
import type { Failing, MatchedLine, TicketData, TimeKind } from '../records.js';

/** What is told of a failing id, but decides nothing. */
export interface FailureDetails {
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
}

/** Has the details of everybody who was failing when the window was saved. */
export interface Attic {
  details(id: string): FailureDetails | undefined;
  /** Not everything that was saved can be had from it now. */
  readonly isBehind: boolean;
}

const FAMILIES: readonly Failing['family'][] = [undefined, 'inet4', 'inet6'];
const KINDS: readonly TimeKind[] = ['float', 'int'];
const NO_DETAILS: FailureDetails = { matches: [], data: {} };

export class FailingColumns {
  /** Times of the last failure; free places are never due. */
  timeSec = new Float64Array(FIRST_PLACES).fill(Number.POSITIVE_INFINITY);
  sinceSec = new Float64Array(FIRST_PLACES);
  weight = new Float64Array(FIRST_PLACES);
  failures = new Float64Array(FIRST_PLACES);
  #kinds = new Uint8Array(FIRST_PLACES);
  readonly #ids: string[] = [];
  readonly #free: number[] = [];
  /** In order of their last failure as it came in. */
  readonly #places = new Map<string, number>();
  readonly #details = new Map<string, FailureDetails>();

  constructor(private readonly attic: Attic | undefined) {}

  get size(): number {
    return this.#places.size;
  }

  /** Its index in the columns, until it is removed. */
  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#places.keys();
  }

  /** Places that may be in use. */
  get end(): number {
    return this.#ids.length;
  }

  /** Of a place that is in use. */
  idAt(place: number): string {
    return this.#ids[place]!;
  }

  /** @param isSaved the attic has its details */
  insert(one: Failing, isSaved = false): number {
    const place = this.#free.pop() ?? this.#newPlace();
    this.#ids[place] = one.id;
    this.#places.set(one.id, place);
    this.timeSec[place] = one.timeSec;
    this.sinceSec[place] = one.sinceSec;
    this.weight[place] = one.weight;
    this.failures[place] = one.failures;
    this.#kinds[place] = FAMILIES.indexOf(one.family) * 2 + KINDS.indexOf(one.timeKind);
    if (!isSaved || !this.attic) this.setDetails(one.id, one);
    return place;
  }

  remove(id: string): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return false;
    this.#places.delete(id);
    this.#details.delete(id);
    this.#ids[place] = '';
    this.timeSec[place] = Number.POSITIVE_INFINITY;
    this.#free.push(place);
    return true;
  }

  /** It failed last of all. */
  moveToEnd(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    this.#places.set(id, place);
  }

  setTimeKind(place: number, kind: TimeKind): void {
    this.#kinds[place] = (this.#kinds[place]! & ~1) + KINDS.indexOf(kind);
  }

  details(id: string): FailureDetails {
    return this.#details.get(id) ?? this.attic?.details(id) ?? NO_DETAILS;
  }

  setDetails(id: string, { matches, data }: FailureDetails): void {
    this.#details.set(id, { matches, data });
  }

  /** A record of its own: later failures do not change it. */
  read(id: string): Failing | undefined {
    const place = this.#places.get(id);
    if (place === undefined) return undefined;
    const kinds = this.#kinds[place]!;
    const { matches, data } = this.details(id);
    return {
      id,
      family: FAMILIES[kinds >> 1],
      timeSec: this.timeSec[place]!,
      timeKind: KINDS[kinds & 1]!,
      sinceSec: this.sinceSec[place]!,
      weight: this.weight[place]!,
      failures: this.failures[place]!,
      matches,
      data,
    };
  }

  /** The attic has all of it. */
  noteSaved(): void {
    if (this.attic && !this.attic.isBehind) this.#details.clear();
  }

  #newPlace(): number {
    const place = this.#ids.length;
    this.#ids.push('');
    if (place >= this.timeSec.length) this.#grow(place * 2);
    return place;
  }

  #grow(places: number): void {
    this.timeSec = longer(this.timeSec, new Float64Array(places).fill(Number.POSITIVE_INFINITY));
    this.sinceSec = longer(this.sinceSec, new Float64Array(places));
    this.weight = longer(this.weight, new Float64Array(places));
    this.failures = longer(this.failures, new Float64Array(places));
    this.#kinds = longer(this.#kinds, new Uint8Array(places));
  }
}

const FIRST_PLACES = 64;

function longer<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
