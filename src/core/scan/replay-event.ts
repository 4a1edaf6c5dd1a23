/**
 * Replay: what a log tells, as events, and several logs as one: whatever came first comes first.
 */
import type { FoundFailure } from '../jail/found.js';

/** Where in the logs something stands. `line` counts from 1. */
export interface LogPlace {
  readonly path: string;
  readonly line: number;
}

export type ReplayEvent =
  | {
      readonly kind: 'failure';
      readonly timeSec: number;
      readonly failure: FoundFailure;
      readonly place: LogPlace;
    }
  /** Somebody got in. */
  | { readonly kind: 'login'; readonly timeSec: number; readonly id: string };

type Events = AsyncIterable<readonly ReplayEvent[]>;

/** One after the other in order of time, where each log for itself is in (about) that order. */
export async function* mergeEvents(logs: readonly Events[]): Events {
  const cursors = logs.map((log) => new Cursor(log));
  for (const cursor of cursors) await cursor.fill();
  for (;;) {
    const open = cursors.filter((cursor) => !cursor.isDone);
    const [first] = open;
    if (!first) return;
    let earliest = first;
    let limitSec = Number.POSITIVE_INFINITY;
    for (const cursor of open.slice(1)) {
      if (cursor.timeSec < earliest.timeSec) {
        limitSec = earliest.timeSec;
        earliest = cursor;
      } else if (cursor.timeSec < limitSec) limitSec = cursor.timeSec;
    }
    yield earliest.takeUntil(limitSec);
    await earliest.fill();
  }
}

/** How far one log has been taken. */
class Cursor {
  readonly #batches: AsyncIterator<readonly ReplayEvent[]>;
  #events: readonly ReplayEvent[] = [];
  #at = 0;
  isDone = false;

  constructor(log: Events) {
    this.#batches = log[Symbol.asyncIterator]();
  }

  /** Of the next event. */
  get timeSec(): number {
    return this.#events[this.#at]?.timeSec ?? Number.POSITIVE_INFINITY;
  }

  async fill(): Promise<void> {
    while (!this.isDone && this.#at >= this.#events.length) {
      const { done, value } = await this.#batches.next();
      if (done) this.isDone = true;
      this.#events = done ? [] : value;
      this.#at = 0;
    }
  }

  /** The next event, and those after it that are no later than that. */
  takeUntil(limitSec: number): readonly ReplayEvent[] {
    const from = this.#at++;
    while (this.#at < this.#events.length && this.timeSec <= limitSec) this.#at++;
    return this.#events.slice(from, this.#at);
  }
}
