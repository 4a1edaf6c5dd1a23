/**
 * Time as a dependency: whoever needs "now" is handed a Clock, so that tests and replays bring their own.
 */

/** `nowSec` is Unix time in seconds, with fraction. */
export interface Clock {
  nowSec(): number;
}

export const systemClock: Clock = { nowSec: () => Date.now() / 1000 };

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  constructor(private sec: number) {}
  nowSec(): number {
    return this.sec;
  }
  set(sec: number): void {
    this.sec = sec;
  }
  advance(sec: number): void {
    this.sec += sec;
  }
}
