/**
 * Store stage: the writer lock. One process at a time changes a store; readers need no lock.
 *
 * The lock is the kernel's, taken by an open transaction on a small SQLite file beside the store, so it ends with its
 * holder, also by kill -9, and no child inherits it. Who holds it stands in a file beside that one: only words for an
 * error, never a decision.
 */
import { closeSync, constants, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { type Connection, connect } from './driver.js';
import { assertSafeFile, makeSafeFile, makeSafeFolder } from './safe-file.js';
import { fileError, StoreError } from './store-error.js';

export interface LockHolder {
  readonly pid: number;
  /** As its user would know it: `f2b scan`. */
  readonly command: string;
  readonly sinceSec: number;
}

export interface LockOptions {
  /** 0: now or never. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly command: string;
  /**
   * The last holder was killed before it could let go. What it left running is seen to here, while nobody else has the
   * lock and before it says that it is ours: killed meanwhile, the next one is told of the same holder.
   */
  readonly onCutOff?: ((holder: LockHolder) => Promise<void>) | undefined;
}

export interface WriterLock {
  /** Calling it twice does no harm. */
  release(): void;
}

/** Between two tries; a random part keeps waiting processes from trying all at once. */
const POLL_MS = 15;
const POLL_RANDOM_MS = 25;

/** @throws {StoreError} `store-locked`, naming the holder; or the lock cannot be had at all */
export async function acquireLock(store: string, options: LockOptions): Promise<WriterLock> {
  const deadline = performance.now() + options.waitMs;
  for (;;) {
    const db = seize(store);
    if (db) return await takeOver(store, db, options);
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw locked(store, options);
    await sleep(Math.min(leftMs, POLL_MS + Math.random() * POLL_RANDOM_MS));
  }
}

/**
 * One try, for work that runs no commands: what a killed holder left is for the next one to see to.
 *
 * @throws {StoreError} for anything but that it is held
 */
export function tryLock(
  store: string,
  options: Pick<LockOptions, 'clock' | 'command'>,
): WriterLock | undefined {
  const db = seize(store);
  return db && (readHolder(store) ? releasing(() => free(db)) : hold(store, db, options));
}

async function takeOver(store: string, db: Connection, options: LockOptions): Promise<WriterLock> {
  const before = readHolder(store);
  try {
    if (before) await options.onCutOff?.(before);
  } catch (error) {
    free(db);
    throw error;
  }
  return hold(store, db, options);
}

/** @returns undefined when somebody else has it */
function seize(store: string): Connection | undefined {
  const path = lockPath(store);
  makeSafeFolder(path);
  makeSafeFile(path);
  const db = connect(path, { mode: 'write' });
  try {
    // Nothing is ever written to it, so nothing but this one file is needed.
    db.exec('pragma journal_mode = memory; begin immediate');
  } catch (error) {
    db.close();
    if (error instanceof StoreError && error.code === 'store-locked') return undefined;
    throw error;
  }
  return db;
}

function hold(
  store: string,
  db: Connection,
  { clock, command }: Pick<LockOptions, 'clock' | 'command'>,
): WriterLock {
  try {
    saveHolder(store, { pid: process.pid, command, sinceSec: clock.nowSec() });
  } catch (error) {
    free(db);
    throw error;
  }
  return releasing(() => {
    forgetHolder(store);
    free(db);
  });
}

function releasing(work: () => void): WriterLock {
  let held = true;
  return {
    release() {
      if (held) work();
      held = false;
    },
  };
}

/** Who says to hold it. Undefined when nobody does, or it cannot be read. */
export function readHolder(store: string): LockHolder | undefined {
  try {
    if (!assertSafeFile(holderPath(store))) return undefined;
    const { pid, command, sinceSec } = JSON.parse(readFileSync(holderPath(store), 'utf8')) as LockHolder;
    return typeof pid === 'number' && typeof command === 'string' ? { pid, command, sinceSec } : undefined;
  } catch {
    return undefined;
  }
}

export function lockPath(store: string): string {
  return `${store}.lock`;
}

/** Apart from the lock file: closing that one anywhere in this process would free the lock. */
function holderPath(store: string): string {
  return `${store}.holder`;
}

function saveHolder(store: string, holder: LockHolder): void {
  const path = holderPath(store);
  assertSafeFile(path);
  const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants;
  try {
    const file = openSync(path, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      writeSync(file, `${JSON.stringify(holder)}\n`);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

function forgetHolder(store: string): void {
  try {
    unlinkSync(holderPath(store));
  } catch {
    // It only tells who holds the lock.
  }
}

function free(db: Connection): void {
  try {
    // Closing alone may leave it to the garbage collector.
    if (db.inTransaction) db.exec('rollback');
  } finally {
    db.close();
  }
}

function locked(store: string, { waitMs, clock }: LockOptions): StoreError {
  const holder = readHolder(store);
  const waited = waitMs > 0 ? ` (waited ${Math.round(waitMs / 100) / 10} s)` : '';
  const who = holder
    ? `${holder.command} (process ${holder.pid}${sinceWords(holder, clock)})`
    : 'another process';
  return new StoreError('store-locked', `The store ${store} is being written to by ${who}${waited}`, {
    hint: holder?.command.endsWith(' server')
      ? 'A server keeps it as long as it runs. f2b stop --keep stops it and leaves the firewall as it is.'
      : 'Try again when it has finished, or wait for it with --wait SEC.',
  });
}

function sinceWords({ sinceSec }: LockHolder, clock: Clock): string {
  const seconds = Math.round(clock.nowSec() - sinceSec);
  return seconds > 0 && Number.isFinite(seconds) ? `, for ${seconds} s` : '';
}
