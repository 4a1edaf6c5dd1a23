/**
 * Captured values by name in Python's dictionary order, made for being made often: one for every line that matches.
 *
 * Behaves as a Map of a dozen entries would, but costs two small arrays, and copies share their names until one of
 * them changes. Names are compared from the front: fine for few, wrong for many.
 */
export class GroupRecord implements ReadonlyMap<string, unknown> {
  #names: readonly string[];
  readonly #values: unknown[];

  /** Takes both arrays over; `names` is shared and never changed, `values` belongs to the record. */
  constructor(names: readonly string[], values: unknown[]) {
    this.#names = names;
    this.#values = values;
  }

  static of(entries: Iterable<readonly [string, unknown]>): GroupRecord {
    const list = [...entries];
    return new GroupRecord(
      list.map(([name]) => name),
      list.map(([, value]) => value),
    );
  }

  /** A copy that can be changed; any other map of groups is copied entry by entry. */
  static copy(groups: ReadonlyMap<string, unknown>): GroupRecord {
    if (!(groups instanceof GroupRecord)) return GroupRecord.of(groups);
    return new GroupRecord(groups.#names, groups.#values.slice());
  }

  get size(): number {
    return this.#names.length;
  }

  get(name: string): unknown {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.#values[index];
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** A new name goes to the end, a known one keeps its place. */
  set(name: string, value: unknown): this {
    const index = this.#names.indexOf(name);
    if (index >= 0) this.#values[index] = value;
    else {
      this.#names = [...this.#names, name];
      this.#values.push(value);
    }
    return this;
  }

  delete(name: string): boolean {
    const index = this.#names.indexOf(name);
    if (index < 0) return false;
    this.#names = this.#names.filter((_, i) => i !== index);
    this.#values.splice(index, 1);
    return true;
  }

  forEach(call: (value: unknown, name: string, map: ReadonlyMap<string, unknown>) => void): void {
    for (let i = 0; i < this.#names.length; i++) call(this.#values[i], this.#names[i]!, this);
  }

  *entries(): MapIterator<[string, unknown]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i]!, this.#values[i]];
  }

  keys(): MapIterator<string> {
    return this.#names.values() as MapIterator<string>;
  }

  values(): MapIterator<unknown> {
    return this.#values.values() as MapIterator<unknown>;
  }

  [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries();
  }
}
