/**
 * Replay: what the log tells of each address: how often it failed, and whether it also got in.
 *
 * Events in order of time → one record for each address. Somebody who fails and gets in is more likely a customer who
 * mistypes a password than an attacker; unless nobody got in before a long row of failures.
 */
import type { BanId } from '../records.js';

/** How often an address got in. */
export interface Logins {
  readonly count: number;
  readonly firstSec: number;
  readonly lastSec: number;
  /** Before it first failed. */
  readonly before: number;
  /** Failures before it first got in. */
  readonly failuresBefore: number;
}

export interface AddressRecord extends BanId {
  readonly failures: number;
  readonly firstSec: number;
  readonly lastSec: number;
  readonly logins: Logins | undefined;
}

/**
 * What logins say about a ban: `false-alarm`: it has likely hit a customer. `doubtful`: a customer, or somebody who
 * has found a password at last.
 */
export type Suspicion = 'false-alarm' | 'doubtful';

/** Who fails so often and only then gets in may have guessed. */
const MANY_FAILURES = 20;

export function suspicionOf(logins: Logins | undefined): Suspicion | undefined {
  if (!logins) return undefined;
  return logins.before > 0 || logins.failuresBefore < MANY_FAILURES ? 'false-alarm' : 'doubtful';
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Addresses {
  readonly #failed = new Map<string, Writable<Omit<AddressRecord, 'logins'>> & { loginsBefore: number }>();
  readonly #logins = new Map<string, Writable<Omit<Logins, 'before'>>>();

  fail({ id, family }: BanId, timeSec: number): void {
    const known = this.#failed.get(id);
    if (known) {
      known.failures++;
      known.lastSec = Math.max(known.lastSec, timeSec);
      return;
    }
    const loginsBefore = this.#logins.get(id)?.count ?? 0;
    this.#failed.set(id, { id, family, failures: 1, firstSec: timeSec, lastSec: timeSec, loginsBefore });
  }

  login(id: string, timeSec: number): void {
    const known = this.#logins.get(id);
    if (known) {
      known.count++;
      known.lastSec = Math.max(known.lastSec, timeSec);
      return;
    }
    const failuresBefore = this.#failed.get(id)?.failures ?? 0;
    this.#logins.set(id, { count: 1, firstSec: timeSec, lastSec: timeSec, failuresBefore });
  }

  /** Addresses that failed, in order of their first failure. */
  get size(): number {
    return this.#failed.size;
  }

  get(id: string): AddressRecord | undefined {
    const found = this.#failed.get(id);
    if (!found) return undefined;
    const { loginsBefore, ...address } = found;
    const logins = this.#logins.get(id);
    return { ...address, logins: logins && { ...logins, before: loginsBefore } };
  }

  *list(): Iterable<AddressRecord> {
    for (const id of this.#failed.keys()) yield this.get(id) as AddressRecord;
  }
}
