import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { connect } from '../../src/core/store/driver.js';
import { connectForWriting, openForWriting } from '../../src/core/store/open.js';
import { program } from './child.js';
import { scratch } from './scratch.js';
import { stateAfter, stepsIn, writeStep } from './steps.js';

const CHAINS = 4;
const KILLS = 50;
const OPTIONS = { waitMs: 0, clock: systemClock, command: 'f2b test' };
const newPath = scratch();
const writeOn = program('write-on');

/** The same numbers every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One store and its writers, each killed at some moment: while it opens, while it writes, between two commits. */
async function chain(seed: number): Promise<{ readonly kills: number; readonly steps: number }> {
  const random = numbers(seed);
  const path = newPath();
  let next = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = writeOn(path, String(next));
    // Every fifth one is killed at any moment of its start, the others a little after they have begun to write.
    if (kill % 5 > 0) await child.line();
    await sleep(random() * (kill % 5 > 0 ? 20 : 120));
    child.process.kill('SIGKILL');
    const { output, errors } = await child.ended;
    expect(errors).toBe('');
    const said = output.trim().split('\n').filter(Boolean).map(Number).at(-1) ?? next - 1;

    const store = await openForWriting(path, OPTIONS);
    const { last, state } = stepsIn(store);
    store.close();
    // Nothing that was reported is missing; at most the step that was not reported yet is there besides, and whole.
    expect([said, said + 1]).toContain(last);
    expect(state).toEqual(stateAfter(last));
    next = last + 1;
  }
  const db = connectForWriting(path);
  expect(db.prepare('pragma integrity_check').all([])).toEqual([
    expect.objectContaining({ integrity_check: 'ok' }),
  ]);
  db.close();
  return { kills: KILLS, steps: next };
}

describe('a writer that is killed with -9', () => {
  test('loses nothing it has reported and leaves nothing half-done', async () => {
    const chains = await Promise.all(Array.from({ length: CHAINS }, (_, i) => chain(7 + i)));
    for (const { steps } of chains) expect(steps).toBeGreaterThan(KILLS / 2);
  }, 180_000);
});

describe('a power failure', () => {
  test('at any moment leaves the store as it was after some step, and none is lost that was durable', async () => {
    const random = numbers(11);
    const path = newPath();
    const store = await openForWriting(path, OPTIONS);
    for (let step = 0; step < 40; step++) writeStep(store, step);
    await store.durable();
    const durableBytes = statSync(`${path}-wal`).size;
    for (let step = 40; step < 80; step++) writeStep(store, step);
    const file = readFileSync(path);
    const log = readFileSync(`${path}-wal`);
    const seen = new Set<number>();
    for (let cut = 0; cut < 60; cut++) {
      // What had been flushed is there; of what came later some has reached the disk, and some of that not whole.
      const kept = durableBytes + Math.floor((log.length - durableBytes) * random());
      const rest = Buffer.from(log.subarray(0, Math.min(log.length, kept + 20_000)));
      if (cut % 2 > 0) rest.fill(0, kept);
      const after = newPath();
      writeFileSync(after, file);
      writeFileSync(`${after}-wal`, cut % 2 > 0 ? rest : log.subarray(0, kept));
      const found = await openForWriting(after, OPTIONS);
      const { last, state } = stepsIn(found);
      found.close();
      expect(last).toBeGreaterThanOrEqual(39);
      expect(state).toEqual(stateAfter(last));
      seen.add(last);
    }
    store.close();
    expect(seen.size).toBeGreaterThan(15);
  }, 60_000);

  test('closing has all of it on the disk, also while somebody reads', async () => {
    const path = newPath();
    const store = await openForWriting(path, OPTIONS);
    writeStep(store, 0);
    const reader = connect(path, { mode: 'read' });
    reader.exec('begin');
    reader.prepare('select count(*) from bans').get([]);
    writeStep(store, 1);
    store.close();
    reader.exec('commit');
    reader.close();
    const again = await openForWriting(path, OPTIONS);
    expect(stepsIn(again).last).toBe(1);
    again.close();
  });
});
