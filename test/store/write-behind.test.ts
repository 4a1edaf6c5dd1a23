/** When commits are flushed: behind the writer's back, at once for who asks, and at the end. */
import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { StoreError } from '../../src/core/store/store-error.js';
import { WriteBehind } from '../../src/core/store/write-behind.js';
import { scratch } from './scratch.js';

const newPath = scratch();

type Done = (error: Error | null) => void;

/** A log whose flushes end when the test says so. */
function behind() {
  const path = newPath('f2b.sqlite3-wal');
  writeFileSync(path, '');
  const flushes: { readonly fd: number; readonly done: Done }[] = [];
  const made = new WriteBehind(path, { sync: (fd, done) => void flushes.push({ fd, done }) });
  return { made, flushes, path };
}

/** Whatever has been settled so far is told to whoever waits. */
const turn = () => new Promise((done) => setImmediate(done));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  await turn();
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
}

afterEach(() => {
  jest.useRealTimers();
});

describe('flushing behind the writer', () => {
  test('one flush a second covers all commits before it', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const { made, flushes } = behind();
    for (let i = 0; i < 50; i++) {
      made.committed();
      jest.advanceTimersByTime(10);
    }
    expect(flushes).toHaveLength(0);
    jest.advanceTimersByTime(500);
    expect(flushes).toHaveLength(1);
    flushes[0]?.done(null);
    await turn();
    jest.advanceTimersByTime(5000);
    expect(flushes).toHaveLength(1);
    made.committed();
    jest.advanceTimersByTime(1000);
    expect(flushes).toHaveLength(2);
    flushes[1]?.done(null);
    made.close(true);
  });

  test('a commit during a flush is flushed by the next one', async () => {
    const { made, flushes } = behind();
    made.committed();
    const first = made.durable();
    made.committed();
    const second = made.durable();
    expect(flushes).toHaveLength(1);
    flushes[0]?.done(null);
    expect(await isSettled(first)).toBe(true);
    expect(await isSettled(second)).toBe(false);
    expect(flushes).toHaveLength(2);
    flushes[1]?.done(null);
    await second;
    made.close(true);
  });

  test('nothing new, nothing to flush', async () => {
    const { made, flushes } = behind();
    await made.durable();
    made.close(false);
    await made.durable();
    expect(flushes).toHaveLength(0);
  });

  test('what the disk refuses is said in the words of the store, and tried again', async () => {
    const { made, flushes } = behind();
    made.committed();
    const refused = made.durable();
    flushes[0]?.done(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
    await expect(refused).rejects.toThrow(StoreError);
    const again = made.durable();
    flushes[1]?.done(null);
    await expect(again).resolves.toBeUndefined();
    made.close(true);
  });

  test('closing during a flush leaves it its file until it is over', async () => {
    const { made, flushes } = behind();
    made.committed();
    const asked = made.durable();
    const { fd = -1, done = () => {} } = flushes[0] ?? {};
    made.close(false);
    expect(fstatSync(fd).isFile()).toBe(true);
    done(null);
    await asked;
    await turn();
    expect(() => fstatSync(fd)).toThrow('EBADF');
    // The number is free again for somebody else's file.
    const other = openSync('/dev/null', 'r');
    made.close(false);
    expect(() => closeSync(other)).not.toThrow();
  });

  test('a log that cannot be opened is an error of the store, at the end too', async () => {
    const made = new WriteBehind(newPath('missing-wal'));
    made.committed();
    await expect(made.durable()).rejects.toThrow(StoreError);
    expect(() => made.close(false)).toThrow(StoreError);
  });
});
