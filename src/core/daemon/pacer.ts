/**
 * Daemon: keeps long work on the control desk's thread from holding up the desk: work that has had its share waits for its
 * turn, and between two turns the thread does whatever else there is to do.
 *
 * However much is waiting, one of them goes on at a time.
 */

/** A share of the thread. Somebody who asks waits for one such share at most, and for what is not paced. */
const SHARE_MS = 8;

export class Pacer {
  readonly #waiting: (() => void)[] = [];
  #shareEndsMs = 0;
  #isTurning = false;

  /** Undefined: go on; else go on when it is settled. */
  readonly pause = (): Promise<void> | undefined => {
    if (performance.now() < this.#shareEndsMs && !this.#isTurning) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#turn();
    });
  };

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#shareEndsMs = performance.now() + SHARE_MS;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#turn();
    });
  }
}
