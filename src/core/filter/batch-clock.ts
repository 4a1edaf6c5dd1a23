/**
 * A clock that is looked at once a batch: asking the system for the time costs as much as finding a date in a line.
 *
 * `tick` makes the next question ask again. A batch takes milliseconds; nothing here depends on less than seconds.
 */
import type { Clock } from '../clock.js';

export class BatchClock implements Clock {
  #sec: number | undefined;

  constructor(private readonly clock: Clock) {}

  nowSec(): number {
    this.#sec ??= this.clock.nowSec();
    return this.#sec;
  }

  tick(): void {
    this.#sec = undefined;
  }
}
