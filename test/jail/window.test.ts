import { describe, expect, test } from '@jest/globals';
import type { Attic } from '../../src/core/jail/failing-columns.js';
import {
  FailWindow,
  type NewFailure,
  roundHalfEven,
  type WindowSettings,
} from '../../src/core/jail/window.js';
import type { Failing } from '../../src/core/records.js';

const T0 = 1_795_000_000;

function failure(atSec: number, more: Partial<NewFailure> = {}): NewFailure {
  const match = { text: `line at ${atSec}` };
  return {
    ...{ id: '192.0.2.1', family: 'inet4', timeSec: T0 + atSec, timeKind: 'float' },
    ...{ matches: [match], data: {} },
    ...more,
  };
}

function windowOf(settings: Partial<WindowSettings> = {}, attic?: Attic) {
  return new FailWindow({ maxRetry: 1000, findTimeSec: 600, maxMatches: 5, ...settings }, { attic });
}

function countAfter(times: readonly number[], findTimeSec = 600): number {
  const window = windowOf({ findTimeSec });
  let weight = 0;
  for (const at of times) weight = window.add(failure(at)).weight;
  return weight;
}

describe('the estimate of how many failures are in the window', () => {
  test.each<[readonly number[], number]>([
    [[0], 1],
    [[0, 500, 600], 3],
    [[0, 500, 700], 3],
    [[0, 500, 1000], 2],
    [[0, 1200], 1],
    [[0, 0, 0, 1200], 3],
    [[0, 0, 0, 0, 0, 1200], 3],
    [[0, 601], 2],
  ])('comes to the same as in fail2ban: %p → %i', (times, count) => {
    expect(countAfter(times)).toBe(count);
  });

  test.each<[readonly number[], number]>([
    [[700, 0, 100], 3],
    [[1000, 0, 0, 1000], 4],
  ])('counts failures that are older than the last one, wherever they are: %p → %i', (times, count) => {
    expect(countAfter(times)).toBe(count);
  });

  test('follows a findtime that changes', () => {
    const settings = { maxRetry: 1000, findTimeSec: 600, maxMatches: 5 };
    const window = new FailWindow(settings);
    for (const at of [0, 0, 0, 0]) window.add(failure(at));
    settings.findTimeSec = 10;
    expect(window.add(failure(20)).weight).toBe(3);
  });
});

describe('roundHalfEven', () => {
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [2.500001, 3],
    [2.4999, 2],
    [-0.5, 0],
    [7, 7],
  ])('takes %p to %p', (value, rounded) => {
    expect(roundHalfEven(value)).toBe(rounded);
  });
});

describe('FailWindow', () => {
  test('lets an id go when it has failed often enough, and starts anew with it', () => {
    const window = windowOf({ maxRetry: 3 });
    expect(window.add(failure(0)).due).toBeUndefined();
    expect(window.add(failure(1)).due).toBeUndefined();
    const { due } = window.add(failure(2));
    expect(due).toMatchObject({ id: '192.0.2.1', timeSec: T0 + 2, sinceSec: T0, weight: 3, failures: 3 });
    expect(window.size).toBe(0);
    expect(window.add(failure(3))).toMatchObject({ weight: 1, due: undefined });
    expect(window.failedTotal).toBe(4);
  });

  test('lets an id go at its first failure where maxretry is 1', () => {
    expect(windowOf({ maxRetry: 1 }).add(failure(0)).due?.failures).toBe(1);
  });

  test('follows a maxretry that changes', () => {
    const settings = { maxRetry: 5, findTimeSec: 600, maxMatches: 5 };
    const window = new FailWindow(settings);
    window.add(failure(0));
    settings.maxRetry = 2;
    expect(window.add(failure(1)).due).toBeDefined();
  });

  test('does not mix ids', () => {
    const window = windowOf({ maxRetry: 2 });
    window.add(failure(0));
    expect(window.add(failure(0, { id: '192.0.2.2' })).due).toBeUndefined();
    expect(window.size).toBe(2);
  });

  test('keeps the time of the latest failure, and its kind, not of the one that came in last', () => {
    const window = windowOf();
    window.add(failure(10, { timeKind: 'int' }));
    window.add(failure(5));
    expect(window.get('192.0.2.1')).toMatchObject({ timeSec: T0 + 10, timeKind: 'int' });
    window.add(failure(11));
    expect(window.get('192.0.2.1')).toMatchObject({ timeSec: T0 + 11, timeKind: 'float' });
  });

  test.each([
    [2, ['line at 2', 'line at 3']],
    [0, []],
    [9, ['line at 0', 'line at 1', 'line at 2', 'line at 3']],
  ])('keeps the last %i lines', (maxMatches, lines) => {
    const window = windowOf({ maxMatches });
    for (const at of [0, 1, 2, 3]) window.add(failure(at));
    expect(window.get('192.0.2.1')?.matches.map(({ text }) => text)).toEqual(lines);
  });

  test('keeps what was captured in the first failure', () => {
    const window = windowOf();
    window.add(failure(0, { data: { user: 'ann' } }));
    window.add(failure(1, { data: { user: 'bob', port: '22' } }));
    expect(window.get('192.0.2.1')?.data).toEqual({ user: 'ann' });
  });

  test('counts an attempt with several lines as one failure that weighs more', () => {
    const window = windowOf({ maxRetry: 4 });
    expect(window.add(failure(0, { weight: 3 })).weight).toBe(3);
    expect(window.failedTotal).toBe(1);
    expect(window.add(failure(1)).due).toMatchObject({ failures: 2, weight: 4 });
  });

  test('lets those weigh more who were banned before, and does not make failures of it', () => {
    const window = windowOf({ maxRetry: 5 });
    window.add(failure(0));
    expect(window.burden('192.0.2.1', 2)).toMatchObject({ weight: 3, due: undefined });
    expect(window.burden('192.0.2.1', 2)?.due).toMatchObject({ weight: 5, failures: 1 });
    expect(window.burden('192.0.2.1', 2)).toBeUndefined();
    expect(window.failedTotal).toBe(1);
  });

  test('forgets who has not failed for findtime', () => {
    const window = windowOf();
    window.add(failure(0));
    window.add(failure(100, { id: '192.0.2.2' }));
    window.add(failure(200));
    expect(window.prune(T0 + 699)).toBe(0);
    expect(window.prune(T0 + 700)).toBe(1);
    expect(window.list().map(({ id }) => id)).toEqual(['192.0.2.1']);
    expect(window.prune(T0 + 799)).toBe(0);
    expect(window.prune(T0 + 800)).toBe(1);
    expect(window.size).toBe(0);
  });

  test('does not forget an id that was let go and has failed again since', () => {
    const window = windowOf({ maxRetry: 2 });
    window.add(failure(0));
    window.add(failure(1));
    window.add(failure(500));
    expect(window.prune(T0 + 700)).toBe(0);
    expect(window.size).toBe(1);
  });

  test('makes room for new ids at the expense of those that failed longest ago, and counts them', () => {
    const window = windowOf({ maxFailing: 2 });
    window.add(failure(0, { id: 'a', family: undefined }));
    window.add(failure(1, { id: 'b', family: undefined }));
    window.add(failure(2, { id: 'a', family: undefined }));
    window.add(failure(3, { id: 'c', family: undefined }));
    expect(window.list().map(({ id }) => id)).toEqual(['a', 'c']);
    expect(window.evicted).toBe(1);
  });

  test('goes on from what was kept as if nothing had happened in between', () => {
    const settings = { maxRetry: 4, findTimeSec: 600, maxMatches: 5 };
    const first = new FailWindow(settings);
    for (const at of [0, 0, 0]) first.add(failure(at));
    const kept = JSON.parse(JSON.stringify(first.list())) as Failing[];
    const second = new FailWindow(settings);
    second.load(kept);
    expect(second.list()).toEqual(first.list());
    expect(second.add(failure(1200))).toEqual(first.add(failure(1200)));
    expect(second.prune(T0 + 1800)).toBe(1);
  });

  test('hands out records that later failures do not change', () => {
    const window = windowOf();
    window.add(failure(0));
    const [before] = window.list();
    window.add(failure(1));
    expect(before).toMatchObject({ weight: 1, failures: 1 });
  });

  test('stays quick with 100,000 ids that fail, are let go and are forgotten', () => {
    const window = windowOf({ maxRetry: 2 });
    const began = performance.now();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 100_000; i++) {
        window.add(failure(round, { id: `id${i}`, family: undefined, matches: [] }));
        if (i % 100 === 0) window.prune(T0 + round);
      }
    }
    expect(window.prune(T0 + 10_000)).toBe(100_000);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

test('a copy that is told of all changes is the window', () => {
  let state = 7;
  const random = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n;
  const window = windowOf({ maxRetry: 4, findTimeSec: 50, maxFailing: 20 });
  const copy = new Map<string, Failing>();
  for (let step = 0; step < 2000; step++) {
    const id = `id${random(40)}`;
    const kind = random(20);
    if (kind === 0) window.prune(T0 + step);
    else if (kind === 1) window.forget(id);
    else if (kind === 2) window.burden(id, 1);
    else window.add(failure(step, { id }));
    if (random(3) > 0) continue;
    const { changed, gone } = window.changes;
    for (const one of changed) copy.set(one.id, one);
    for (const one of gone) copy.delete(one);
    window.noteSaved();
    const sorted = (all: Iterable<Failing>) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(sorted(copy.values())).toEqual(sorted(window.list()));
  }
  expect(window.evicted).toBeGreaterThan(0);
});

describe('with somebody who keeps the details', () => {
  /** Knows whatever it was told at the last save. */
  function attic() {
    const kept = new Map<string, Failing>();
    const asked: string[] = [];
    return {
      kept,
      asked,
      isBehind: false,
      details(id: string) {
        asked.push(id);
        return kept.get(id);
      },
    };
  }

  function save(window: FailWindow, { kept }: ReturnType<typeof attic>): void {
    const { changed, gone } = window.changes;
    for (const one of changed) kept.set(one.id, structuredClone(one));
    for (const id of gone) kept.delete(id);
    window.noteSaved();
  }

  test('comes to the same as without, whenever it is saved', () => {
    let state = 11;
    const random = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n;
    const settings = { maxRetry: 4, findTimeSec: 50, maxFailing: 30 };
    const keeper = attic();
    const [one, other] = [windowOf(settings), windowOf(settings, keeper)];
    for (let step = 0; step < 3000; step++) {
      const id = `id${random(50)}`;
      const kind = random(20);
      const data = { user: `u${step}` };
      const results = [one, other].map((window) => {
        if (kind === 0) return window.prune(T0 + step);
        if (kind === 1) return window.burden(id, 1);
        if (kind === 2) return window.shift(kind);
        return window.add(failure(step, { id, data, timeKind: step % 2 ? 'int' : 'float' }));
      });
      expect(results[1]).toEqual(results[0]);
      keeper.isBehind = random(4) === 0;
      if (random(3) === 0) {
        save(other, keeper);
        one.noteSaved();
      }
    }
    expect(other.list()).toEqual(one.list());
    expect(keeper.asked.length).toBeGreaterThan(100);
  });

  test('asks for them only when an id fails again', () => {
    const keeper = attic();
    const window = windowOf({ maxRetry: 3 }, keeper);
    for (const id of ['a', 'b', 'c']) window.add(failure(0, { id }));
    save(window, keeper);
    window.prune(T0 + 1);
    window.add(failure(1, { id: 'd' }));
    expect(keeper.asked).toEqual([]);
    expect(window.add(failure(1, { id: 'b' })).due).toBeUndefined();
    expect(window.add(failure(2, { id: 'b' })).due?.matches).toHaveLength(3);
    expect(keeper.asked).toEqual(['b']);
  });

  test('goes on without the lines where they are lost', () => {
    const keeper = attic();
    const window = windowOf({ maxRetry: 2 }, keeper);
    window.add(failure(0));
    save(window, keeper);
    keeper.kept.clear();
    expect(window.add(failure(1)).due).toMatchObject({ failures: 2, matches: [{ text: 'line at 1' }] });
  });

  test('keeps what could not be written yet', () => {
    const keeper = { details: () => undefined, isBehind: true };
    const window = windowOf({}, keeper);
    window.add(failure(0));
    window.noteSaved();
    expect(window.get('192.0.2.1')?.matches).toHaveLength(1);
    keeper.isBehind = false;
    window.noteSaved();
    expect(window.get('192.0.2.1')?.matches).toHaveLength(0);
  });
});

test('a bound that is lowered holds at once', () => {
  const settings = { maxRetry: 9, findTimeSec: 600, maxMatches: 5, maxFailing: 10 };
  const window = new FailWindow(settings);
  for (let i = 0; i < 10; i++) window.add(failure(i, { id: `id${i}` }));
  expect(window.evicted).toBe(0);
  settings.maxFailing = 4;
  window.trim();
  expect([...window.ids()]).toEqual(['id6', 'id7', 'id8', 'id9']);
  expect(window.evicted).toBe(6);
  expect(window.changes.gone).toHaveLength(6);
});
