import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { connectForWriting, openForWriting } from '../../src/core/store/open.js';
import { program } from './child.js';
import { scratch } from './scratch.js';
import { stateAfter, stepsIn } from './steps.js';

const CHAINS = 4;
const KILLS = 50;
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

    const store = await openForWriting(path, { waitMs: 0, clock: systemClock, command: 'f2b test' });
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

  test('has every commit on the disk: a power failure is no different', () => {
    const db = connectForWriting(newPath());
    expect(db.prepare('pragma synchronous').get([])).toMatchObject({ synchronous: 2 });
    expect(db.prepare('pragma journal_mode').get([])).toMatchObject({ journal_mode: 'wal' });
    db.close();
  });
});
