/**
 * Daemon: the time that jails go by: the machine's, but for a clock that is set while the server runs. That is noticed
 * when the server looks (`look`), all at once, so that nothing ends in between for it.
 *
 * Wall clock, time since the machine booted (which counts its sleep too) → time that passes as it really does, and
 * by how much the wall clock was set. A machine that slept has not had its clock set.
 */
import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../clock.js';

export interface TimeSources {
  readonly wall: Clock;
  /** Passes always, also while the machine sleeps; undefined: nobody knows. */
  readonly bootSec: () => number | undefined;
  /** Passes while the machine is awake, and costs nothing. */
  readonly awakeSec: () => number;
}

export const systemTime: TimeSources = {
  wall: systemClock,
  bootSec() {
    try {
      return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    } catch {
      return undefined;
    }
  },
  awakeSec: () => performance.now() / 1000,
};

export interface ClockStep {
  /** Forward, or back where it is negative. */
  readonly bySec: number;
  /** What time it was when it was set. */
  readonly atSec: number;
}

/** Less is a clock that is kept right, as NTP does it. */
const STEP_SEC = 10;

export class SteadyClock implements Clock {
  #wallSec: number;
  #bootSec: number | undefined;
  #awakeSec: number;

  constructor(private readonly sources: TimeSources = systemTime) {
    this.#wallSec = sources.wall.nowSec();
    this.#bootSec = sources.bootSec();
    this.#awakeSec = sources.awakeSec();
  }

  nowSec(): number {
    return this.#wallSec + this.sources.awakeSec() - this.#awakeSec;
  }

  /** Goes by the wall clock again. @returns by how much that was set since the last look */
  look(): ClockStep | undefined {
    const { wall, bootSec, awakeSec } = this.sources;
    const before = { wallSec: this.#wallSec, bootSec: this.#bootSec, awakeSec: this.#awakeSec };
    this.#wallSec = wall.nowSec();
    this.#bootSec = bootSec();
    this.#awakeSec = awakeSec();
    const passedSec =
      this.#bootSec !== undefined && before.bootSec !== undefined
        ? this.#bootSec - before.bootSec
        : this.#awakeSec - before.awakeSec;
    const bySec = this.#wallSec - before.wallSec - passedSec;
    return Math.abs(bySec) < STEP_SEC ? undefined : { bySec, atSec: before.wallSec + passedSec };
  }
}
