/**
 * Jail stage: what falls due first, for the window and the ban book. Pure.
 *
 * Keys with a moment in → those that are due, earliest first. A key may be in it several times, and with a moment that no
 * longer holds: whoever takes it out compares with what it knows and throws stale ones away.
 */

export interface Deadline {
  readonly atSec: number;
  readonly key: string;
}

/** A binary heap. `push` and `pop` take time that grows with the logarithm of `size`. */
export class DeadlineHeap {
  #items: Deadline[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest; undefined when there is none. */
  peek(): Deadline | undefined {
    return this.#items[0];
  }

  push(item: Deadline): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent]!;
      if (above.atSec <= item.atSec) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Deadline | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last, 0);
    return first;
  }

  /** Replaces everything: for those who hold more stale items than good ones. */
  rebuild(items: Iterable<Deadline>): void {
    this.#items = [...items];
    for (let at = (this.#items.length >> 1) - 1; at >= 0; at--) this.#sink(this.#items[at]!, at);
  }

  #sink(item: Deadline, from: number): void {
    const items = this.#items;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      const right = child + 1;
      if (right < items.length && items[right]!.atSec < items[child]!.atSec) child = right;
      const below = items[child]!;
      if (below.atSec >= item.atSec) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }
}
