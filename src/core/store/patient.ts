/**
 * Store stage: a store that waits for room: what cannot be written because the disk is full (or read-only, or failing) is
 * kept in memory, in order, and written as soon as it can be. For a server, which has to go on banning meanwhile: whoever
 * fills the disk with log lines should not be let in for it.
 *
 * Store → Store. Each call stays a transaction, now or later. What is read meanwhile is as old as the file, but for how
 * far logs were read. What waits when the process is killed is lost, as if it had not happened: logs are read again from
 * where the file says.
 */
import type { Failing, LogPosition } from '../records.js';
import type { Store } from './store.js';
import { StoreError, type StoreErrorCode } from './store-error.js';

/** Nothing else is wrong: it may be written later. */
const PASSING: readonly StoreErrorCode[] = [
  'store-full',
  'store-readonly',
  'store-failed',
  'store-denied',
  'store-locked',
];

const WRITES = [
  'addBan',
  'addBans',
  'updateBan',
  'updateBans',
  'markBans',
  'leaveBans',
  'endBans',
  'forget',
  'addPast',
  'saveFailing',
  'changeFailing',
  'savePosition',
  'dropPosition',
  'saveFamily',
  'addTotals',
  'saveOverride',
  'noteImported',
] as const satisfies readonly (keyof Store)[];

type Write = (typeof WRITES)[number];

/** Between two tries. */
const RETRY_MS = 5000;
/** More than that is not kept: then the file is out of step until the server starts again. */
const MAX_WAITING = 500_000;

interface Call {
  readonly name: Write;
  readonly args: readonly unknown[];
}

export interface PatientStore {
  readonly store: Store;
  /** Why nothing can be written now. */
  readonly trouble: string | undefined;
  /** Writes what waits, if it can be. */
  retry(): void;
}

export interface PatientOptions {
  /** It begins (a text), or is over (undefined). */
  readonly onTrouble: (message: string | undefined) => void;
}

export function patient(inner: Store, options: PatientOptions): PatientStore {
  const waiter = new Waiter(inner, options);
  const store = new Proxy(inner, {
    get(target, name: keyof Store) {
      if (name === 'isBehind') return waiter.trouble !== undefined;
      const own = waiter.override(name);
      if (own) return own;
      const value: unknown = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    store,
    get trouble() {
      return waiter.trouble;
    },
    retry: () => waiter.retry(),
  };
}

/** A transaction that is not to be. */
class Doomed extends Error {}

class Waiter {
  trouble: string | undefined;
  readonly #inner: Store;
  readonly #options: PatientOptions;
  readonly #overrides = new Map<string, (...args: never[]) => unknown>();
  /** By what a later call of the same makes needless; in order. */
  #waiting = new Map<string, Call>();
  /** By jail. Nothing else depends on it, so it needs no place in the order. */
  readonly #waitingFailing = new Map<string, FailingChanges>();
  #number = 0;
  #nextTryMs = 0;
  /** Of the transaction that is open. */
  #calls: Call[] | undefined;
  #doom: StoreError | undefined;

  constructor(inner: Store, options: PatientOptions) {
    this.#inner = inner;
    this.#options = options;
    for (const name of WRITES) this.#overrides.set(name, (...args: unknown[]) => this.#write({ name, args }));
    const { transaction, positions, purge, durable, close } = {
      transaction: <T>(work: () => T) => this.#transaction(work),
      positions: (jail: string) => this.#positions(jail),
      purge: (nowSec: number, ageSec: number) => this.#purge(nowSec, ageSec),
      durable: () => this.#durable(),
      close: () => this.#close(),
    };
    for (const [name, own] of Object.entries({ transaction, positions, purge, durable, close })) {
      this.#overrides.set(name, own as never);
    }
  }

  override(name: string): ((...args: never[]) => unknown) | undefined {
    return this.#overrides.get(name);
  }

  retry(): void {
    if (this.trouble === undefined || performance.now() < this.#nextTryMs) return;
    this.#nextTryMs = performance.now() + RETRY_MS;
    try {
      this.#inner.transaction(() => {
        for (const call of this.#waiting.values()) this.#perform(call);
        for (const [jail, { args }] of this.#waitingFailing) this.#inner.changeFailing(jail, ...args);
      });
    } catch (error) {
      this.trouble = assertPassing(error).message;
      return;
    }
    this.#waiting = new Map();
    this.#waitingFailing.clear();
    this.trouble = undefined;
    this.#options.onTrouble(undefined);
  }

  #transaction<T>(work: () => T): T {
    if (this.#calls) return this.#nested(this.#calls, work);
    this.retry();
    const calls: Call[] = [];
    this.#calls = calls;
    this.#doom = undefined;
    let result: { readonly value: T } | undefined;
    try {
      if (this.trouble !== undefined) result = { value: atOnce(work()) };
      else {
        return this.#inner.transaction(() => {
          const value = work();
          result = { value };
          if (this.#doom) throw new Doomed();
          return value;
        });
      }
    } catch (error) {
      // What `work` itself refuses has not happened.
      if (!result) throw error;
      const why = error instanceof Doomed ? (this.#doom as unknown as StoreError) : assertPassing(error);
      this.#begin(why);
    } finally {
      this.#calls = undefined;
    }
    for (const call of calls) this.#keep(call);
    return result.value;
  }

  /** One inside another can fail alone. */
  #nested<T>(calls: Call[], work: () => T): T {
    const before = calls.length;
    try {
      return this.trouble === undefined && !this.#doom ? this.#inner.transaction(work) : work();
    } catch (error) {
      calls.length = before;
      throw error;
    }
  }

  #write(call: Call): void {
    if (!this.#calls) {
      this.#transaction(() => this.#write(call));
      return;
    }
    this.#calls.push(call);
    if (this.trouble !== undefined || this.#doom) return;
    try {
      this.#perform(call);
    } catch (error) {
      this.#doom = assertPassing(error);
    }
  }

  #perform({ name, args }: Call): void {
    (this.#inner[name] as (...args: readonly unknown[]) => void).apply(this.#inner, [...args]);
  }

  #begin(why: StoreError): void {
    this.trouble = why.message;
    this.#nextTryMs = performance.now() + RETRY_MS;
    this.#options.onTrouble(why.message);
  }

  #keep(call: Call): void {
    const { name, args } = call;
    const jail = args[0] as string;
    if (name === 'saveFailing') this.#waitingFailing.delete(jail);
    if (name === 'changeFailing') {
      const changes = this.#waitingFailing.get(jail) ?? new FailingChanges();
      changes.add(args[1] as readonly Failing[], args[2] as readonly string[]);
      this.#waitingFailing.set(jail, changes);
      return;
    }
    const key = this.#keyOf(call);
    const before = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(key, before ? merged(before, call) : call);
  }

  #keyOf({ name, args }: Call): string {
    switch (name) {
      case 'savePosition':
        return `position\n${args[0]}\n${(args[1] as LogPosition).path}`;
      case 'addTotals':
        return `totals\n${args[0]}`;
      default:
        return String(++this.#number);
    }
  }

  /** As they are to be: whoever reads on from an older one would count lines twice. */
  #positions(jail: string): readonly LogPosition[] {
    const byPath = new Map(this.#inner.positions(jail).map((position) => [position.path, position]));
    for (const { name, args } of this.#waiting.values()) {
      if (args[0] !== jail) continue;
      if (name === 'dropPosition') byPath.delete(args[1] as string);
      if (name !== 'savePosition') continue;
      const position = args[1] as LogPosition;
      byPath.set(position.path, position);
    }
    return [...byPath.values()];
  }

  #purge(nowSec: number, ageSec: number): number {
    return this.trouble === undefined ? this.#inner.purge(nowSec, ageSec) : 0;
  }

  /** Who asks goes on all the same: what is banned is banned. */
  async #durable(): Promise<void> {
    try {
      await this.#inner.durable();
    } catch (error) {
      const why = assertPassing(error);
      if (this.trouble === undefined) this.#begin(why);
    }
  }

  #close(): void {
    this.#nextTryMs = 0;
    this.retry();
    this.#inner.close();
  }
}

function atOnce<T>(value: T): T {
  if (value instanceof Promise) throw new TypeError('a transaction cannot wait');
  return value;
}

function merged(before: Call, after: Call): Call {
  if (after.name !== 'addTotals') return after;
  const [one, other] = [before.args[1], after.args[1]] as Record<'failed' | 'banned', number>[];
  const sum = (name: 'failed' | 'banned') => (one?.[name] ?? 0) + (other?.[name] ?? 0);
  return { name: 'addTotals', args: [after.args[0], { failed: sum('failed'), banned: sum('banned') }] };
}

/** Who is failing now and was not, or no longer is: the last that is known of each, so that time does not make it more. */
class FailingChanges {
  readonly #changed = new Map<string, Failing>();
  readonly #gone = new Set<string>();

  add(changed: readonly Failing[], gone: readonly string[]): void {
    for (const id of gone) {
      this.#changed.delete(id);
      this.#gone.add(id);
    }
    for (const one of changed) {
      this.#gone.delete(one.id);
      this.#changed.set(one.id, one);
    }
  }

  get args(): [changed: Failing[], gone: string[]] {
    return [[...this.#changed.values()], [...this.#gone]];
  }
}

function assertPassing(error: unknown): StoreError {
  if (error instanceof StoreError && PASSING.includes(error.code)) return error;
  throw error;
}
