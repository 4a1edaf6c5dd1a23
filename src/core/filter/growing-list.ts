/**
 * An immutable list that is cheap to append to: one more line of a session does not copy all those before it.
 *
 * The items live in a shared array of which each list sees a part. Appending to the longest list extends the array,
 * appending to an older one (after a batch was undone) copies. Only the last items are kept.
 */
interface Shared<T> {
  readonly items: T[];
  /** So many items have been through `renew`. */
  renewed: number;
}

export class GrowingList<T> {
  private constructor(
    private readonly shared: Shared<T>,
    private readonly start: number,
    private readonly end: number,
  ) {}

  static empty<T>(): GrowingList<T> {
    return new GrowingList<T>({ items: [], renewed: 0 }, 0, 0);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** This list and `items` behind it; of all these the last `max`. */
  append(items: readonly T[], max: number): GrowingList<T> {
    if (items.length === 0) return this;
    const isLongest = this.shared.items.length === this.end && this.start < max;
    const shared = isLongest ? this.shared : { items: this.toArray(), renewed: 0 };
    const start = isLongest ? this.start : 0;
    shared.items.push(...items);
    return new GrowingList(shared, Math.max(start, shared.items.length - max), shared.items.length);
  }

  /** Puts an equal item in the place of each one that has not been through this yet. */
  renew(equal: (item: T) => T): void {
    const { shared, end } = this;
    for (let i = Math.max(this.start, shared.renewed); i < end; i++)
      shared.items[i] = equal(shared.items[i] as T);
    shared.renewed = Math.max(shared.renewed, end);
  }

  toArray(): T[] {
    return this.shared.items.slice(this.start, this.end);
  }
}
