/**
 * Captured values by name in Python's dictionary order, made for being made often: one for every line that matches.
 *
 * Behaves as a Map, but all records with the same names in the same order share one Layout that knows where each name
 * is, so that a record costs one small array. Adding or removing a name leads to another layout, remembered for the
 * next record that goes the same way.
 */

/** Which names a record has, in order. */
class Layout {
  readonly names: readonly string[];
  readonly #places = new Map<string, number>();
  readonly #with = new Map<string, Layout>();
  readonly #without = new Map<string, Layout>();

  constructor(names: readonly string[]) {
    this.names = names;
    for (const [place, name] of names.entries()) this.#places.set(name, place);
  }

  placeOf(name: string): number {
    return this.#places.get(name) ?? -1;
  }

  with(name: string): Layout {
    let next = this.#with.get(name);
    if (!next) this.#with.set(name, (next = new Layout([...this.names, name])));
    return next;
  }

  without(name: string): Layout {
    let next = this.#without.get(name);
    if (!next) this.#without.set(name, (next = new Layout(this.names.filter((other) => other !== name))));
    return next;
  }
}

export class GroupRecord implements ReadonlyMap<string, unknown> {
  #layout: Layout;
  readonly #values: unknown[];

  private constructor(layout: Layout, values: unknown[]) {
    this.#layout = layout;
    this.#values = values;
  }

  /** A maker of records with these names, each from its values in that order (which it takes over). */
  static maker(names: readonly string[]): (values: unknown[]) => GroupRecord {
    const layout = new Layout(names);
    return (values) => new GroupRecord(layout, values);
  }

  /** A copy that can be changed; any other map of groups is copied entry by entry. */
  static copy(groups: ReadonlyMap<string, unknown>): GroupRecord {
    if (groups instanceof LazyRecord) return GroupRecord.copy(groups.record);
    if (groups instanceof GroupRecord) return new GroupRecord(groups.#layout, groups.#values.slice());
    return GroupRecord.maker([...groups.keys()])([...groups.values()]);
  }

  get size(): number {
    return this.#values.length;
  }

  get(name: string): unknown {
    const place = this.#layout.placeOf(name);
    return place < 0 ? undefined : this.#values[place];
  }

  has(name: string): boolean {
    return this.#layout.placeOf(name) >= 0;
  }

  /** A new name goes to the end, a known one keeps its place. */
  set(name: string, value: unknown): this {
    const place = this.#layout.placeOf(name);
    if (place >= 0) this.#values[place] = value;
    else {
      this.#layout = this.#layout.with(name);
      this.#values.push(value);
    }
    return this;
  }

  delete(name: string): boolean {
    const place = this.#layout.placeOf(name);
    if (place < 0) return false;
    this.#layout = this.#layout.without(name);
    this.#values.splice(place, 1);
    return true;
  }

  /** Sets every value of `other` that is not null. */
  overlay(other: ReadonlyMap<string, unknown>): void {
    if (other instanceof LazyRecord) this.overlay(other.record);
    else if (other instanceof GroupRecord && other.#layout === this.#layout) {
      const values = other.#values;
      for (let i = 0; i < values.length; i++) if (values[i] !== null) this.#values[i] = values[i];
    } else {
      other.forEach((value, name) => {
        if (value !== null) this.set(name, value);
      });
    }
  }

  forEach(call: (value: unknown, name: string, map: ReadonlyMap<string, unknown>) => void): void {
    const { names } = this.#layout;
    for (let i = 0; i < names.length; i++) call(this.#values[i], names[i] as string, this);
  }

  *entries(): MapIterator<[string, unknown]> {
    const { names } = this.#layout;
    for (let i = 0; i < names.length; i++) yield [names[i] as string, this.#values[i]];
  }

  keys(): MapIterator<string> {
    return this.#layout.names.values() as MapIterator<string>;
  }

  values(): MapIterator<unknown> {
    return this.#values.values() as MapIterator<unknown>;
  }

  [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries();
  }
}

/** A record that is only made when it is asked for: most lines match without anybody looking at their groups. */
export abstract class LazyRecord implements ReadonlyMap<string, unknown> {
  #made: GroupRecord | undefined;

  /** Makes the record; called once. */
  protected abstract make(): GroupRecord;

  get record(): GroupRecord {
    this.#made ??= this.make();
    return this.#made;
  }

  get size(): number {
    return this.record.size;
  }

  get(name: string): unknown {
    return this.record.get(name);
  }

  has(name: string): boolean {
    return this.record.has(name);
  }

  forEach(call: (value: unknown, name: string, map: ReadonlyMap<string, unknown>) => void): void {
    this.record.forEach(call);
  }

  entries(): MapIterator<[string, unknown]> {
    return this.record.entries();
  }

  keys(): MapIterator<string> {
    return this.record.keys();
  }

  values(): MapIterator<unknown> {
    return this.record.values();
  }

  [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.record.entries();
  }
}
