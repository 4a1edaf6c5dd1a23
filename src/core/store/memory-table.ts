/**
 * Store stage: a table in memory that can take back what a transaction did to it.
 *
 * Rows by key, in the order their keys were first set. Changes are noted in an UndoLog while one is open.
 */

/** What to do, last first, to be where we were. */
export class UndoLog {
  #steps: (() => void)[] | undefined;

  note(step: () => void): void {
    this.#steps?.push(step);
  }

  /** Runs `work`; when it throws, everything noted meanwhile is taken back. */
  guard<T>(work: () => T): T {
    const outer = this.#steps;
    const steps: (() => void)[] = [];
    this.#steps = steps;
    try {
      const result = work();
      this.#steps = outer;
      outer?.push(...steps.splice(0));
      return result;
    } catch (error) {
      this.#steps = undefined;
      for (const step of steps.reverse()) step();
      this.#steps = outer;
      throw error;
    }
  }
}

interface Row<V> {
  readonly order: number;
  readonly value: V;
}

export class MemoryTable<V> {
  readonly #rows = new Map<string, Row<V>>();
  #next = 0;
  /** Rows of the map stand in another order than they should: one was taken back. */
  #unsorted = false;

  constructor(private readonly undo: UndoLog) {}

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): V | undefined {
    return this.#rows.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  set(key: string, value: V): void {
    const old = this.#rows.get(key);
    this.undo.note(() => this.#restore(key, old));
    this.#rows.set(key, { order: old?.order ?? this.#next++, value });
  }

  delete(key: string): void {
    const old = this.#rows.get(key);
    if (!old) return;
    this.undo.note(() => this.#restore(key, old));
    this.#rows.delete(key);
  }

  keys(): string[] {
    return this.#sorted().map(([key]) => key);
  }

  values(): V[] {
    return this.#sorted().map(([, { value }]) => value);
  }

  #restore(key: string, row: Row<V> | undefined): void {
    if (!row) this.#rows.delete(key);
    else {
      this.#rows.set(key, row);
      this.#unsorted = true;
    }
  }

  #sorted(): [string, Row<V>][] {
    const rows = [...this.#rows];
    return this.#unsorted ? rows.sort(([, a], [, b]) => a.order - b.order) : rows;
  }
}
