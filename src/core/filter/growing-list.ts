/**
 * An immutable list that is cheap to append to: one more line of a session does not copy all those before it.
 *
 * The items live in a shared array of which each list sees the first `length`. Appending to the longest list extends
 * the array, appending to an older one (after a batch was undone) copies. Only the last items are kept.
 */
export class GrowingList<T> {
  private constructor(
    private readonly items: T[],
    private readonly start: number,
    private readonly end: number,
  ) {}

  static empty<T>(): GrowingList<T> {
    return new GrowingList<T>([], 0, 0);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** This list and `items` behind it; of all these the last `max`. */
  append(items: readonly T[], max: number): GrowingList<T> {
    if (items.length === 0) return this;
    const owned = this.items.length === this.end && this.start < max ? this.items : this.toArray();
    const start = owned === this.items ? this.start : 0;
    owned.push(...items);
    return new GrowingList(owned, Math.max(start, owned.length - max), owned.length);
  }

  toArray(): T[] {
    return this.items.slice(this.start, this.end);
  }
}
