import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '../../src/core/clock.js';
import { acquireLock, lockPath, readHolder, tryLock } from '../../src/core/store/lock.js';
import { program } from './child.js';
import { NOW } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();
const clock = new ManualClock(NOW);
const mine = { clock, command: 'f2b test' };

describe('the writer lock', () => {
  const holdLock = program('hold-lock');
  const countUp = program('count-up');

  test('is held once, also within one process, until it is released', async () => {
    const path = newPath();
    const lock = await acquireLock(path, { ...mine, waitMs: 0 });
    expect(tryLock(path, mine)).toBeUndefined();
    expect(readHolder(path)).toEqual({ pid: process.pid, command: 'f2b test', sinceSec: NOW });
    lock.release();
    lock.release();
    expect(readHolder(path)).toBeUndefined();
    const next = tryLock(path, mine);
    expect(next).toBeDefined();
    // Releasing the first one again does not take it from the second.
    lock.release();
    expect(tryLock(path, mine)).toBeUndefined();
    next?.release();
  });

  test('makes its folder and files for its owner only', async () => {
    const path = newPath('new/deep/f2b.sqlite3');
    const lock = await acquireLock(path, { ...mine, waitMs: 0 });
    expect(statSync(path.replace('/f2b.sqlite3', '')).mode & 0o777).toBe(0o700);
    expect(statSync(lockPath(path)).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}.holder`).mode & 0o777).toBe(0o600);
    lock.release();
  });

  test('names its holder to who does not get it, and how long it waited', async () => {
    const path = newPath();
    const child = holdLock(path);
    expect(await child.line()).toBe('held');
    const refused = acquireLock(path, { clock: systemClock, command: 'f2b set', waitMs: 300 });
    await expect(refused).rejects.toMatchObject({
      code: 'store-locked',
      message: expect.stringMatching(
        new RegExp(
          `^The store ${path} is being written to by f2b scan \\(process ${child.process.pid}.*waited 0.3 s`,
        ),
      ),
      hint: expect.stringContaining('--wait'),
    });
    child.process.kill('SIGKILL');
    await child.ended;
  });

  test('is free when its holder is killed with -9, even when a child of it lives on', async () => {
    const path = newPath();
    const child = holdLock(path, 'grandchild');
    const grandchild = Number(await child.line());
    try {
      expect(tryLock(path, mine)).toBeUndefined();
      child.process.kill('SIGKILL');
      await child.ended;
      expect(existsSync(`/proc/${grandchild}`)).toBe(true);
      // What it left behind names it, but decides nothing.
      expect(readHolder(path)?.pid).toBe(child.process.pid);
      const lock = await acquireLock(path, { ...mine, waitMs: 0 });
      expect(readHolder(path)?.pid).toBe(process.pid);
      lock.release();
    } finally {
      process.kill(grandchild, 'SIGKILL');
    }
  });

  test('tells of a holder that was killed, until somebody has seen to what it left', async () => {
    const path = newPath();
    const told: number[] = [];
    const onCutOff = async ({ pid }: { pid: number }) => void told.push(pid);
    const take = async () => (await acquireLock(path, { ...mine, waitMs: 0, onCutOff })).release();
    await take();
    expect(told).toEqual([]);
    const child = holdLock(path);
    await child.line();
    child.process.kill('SIGKILL');
    await child.ended;
    tryLock(path, mine)?.release();
    const failing = { ...mine, waitMs: 0, onCutOff: () => Promise.reject(new Error('not yet')) };
    await expect(acquireLock(path, failing)).rejects.toThrow('not yet');
    await take();
    expect(told).toEqual([child.process.pid]);
    await take();
    expect(told).toHaveLength(1);
  });

  test('goes to who waits, as soon as it is free', async () => {
    const path = newPath();
    const child = holdLock(path);
    await child.line();
    const waiting = acquireLock(path, { ...mine, waitMs: 20_000 });
    const before = performance.now();
    child.process.kill('SIGKILL');
    (await waiting).release();
    expect(performance.now() - before).toBeLessThan(5000);
    await child.ended;
  });

  test('lets twenty processes through, one at a time, and none fails', async () => {
    const path = newPath();
    const counter = `${path}.counter`;
    writeFileSync(counter, '0');
    const children = Array.from({ length: 20 }, () => countUp(path, counter));
    const results = await Promise.all(children.map(({ ended }) => ended));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(readFileSync(counter, 'utf8')).toBe('20');
  });

  test.each(['.lock', '.holder'])('is refused when %s is a link', async (end) => {
    const path = newPath();
    const victim = newPath('victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, path + end);
    await expect(acquireLock(path, { ...mine, waitMs: 0 })).rejects.toMatchObject({ code: 'store-unsafe' });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });
});
