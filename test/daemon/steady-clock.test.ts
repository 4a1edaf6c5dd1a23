/** A clock that is set while the server runs moves bans and failures with it; a machine that sleeps does not. */
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { SteadyClock } from '../../src/core/daemon/steady-clock.js';
import { BanBook } from '../../src/core/jail/ban-book.js';
import { FailWindow } from '../../src/core/jail/window.js';
import { ban, NOW } from '../store/samples.js';

const DAY = 86_400;

function make({ knowsBoot = true } = {}) {
  const wall = new ManualClock(NOW);
  let boot = 1000;
  let awake = 1000;
  const clock = new SteadyClock({
    wall,
    bootSec: () => (knowsBoot ? boot : undefined),
    awakeSec: () => awake,
  });
  return {
    clock,
    /** Time passes as it does. */
    pass(sec: number) {
      wall.advance(sec);
      boot += sec;
      awake += sec;
    },
    sleep(sec: number) {
      wall.advance(sec);
      boot += sec;
    },
    set: (sec: number) => wall.advance(sec),
  };
}

describe('the clock of jails', () => {
  test('passes as time does', () => {
    const { clock, pass } = make();
    pass(5);
    expect(clock.nowSec()).toBe(NOW + 5);
    expect(clock.look()).toBeUndefined();
    pass(1);
    expect(clock.nowSec()).toBe(NOW + 6);
  });

  test.each([DAY, -DAY, 60, -60])('notices that it was set by %d s when it looks, not before', (bySec) => {
    const { clock, pass, set } = make();
    pass(5);
    set(bySec);
    expect(clock.nowSec()).toBe(NOW + 5);
    pass(1);
    expect(clock.look()).toEqual({ bySec, atSec: NOW + 6 });
    expect(clock.nowSec()).toBe(NOW + 6 + bySec);
    expect(clock.look()).toBeUndefined();
  });

  test('takes small corrections and the sleep of the machine for what they are', () => {
    const { clock, pass, set, sleep } = make();
    set(2);
    pass(1);
    expect(clock.look()).toBeUndefined();
    expect(clock.nowSec()).toBe(NOW + 3);
    sleep(DAY);
    expect(clock.look()).toBeUndefined();
    expect(clock.nowSec()).toBe(NOW + 3 + DAY);
  });

  test('where nobody knows how long the machine is up, its sleep counts as nothing', () => {
    const { clock, sleep } = make({ knowsBoot: false });
    sleep(DAY);
    expect(clock.look()).toEqual({ bySec: DAY, atSec: NOW });
  });
});

describe.each([DAY, -DAY])('a clock that is set by %d s', (bySec) => {
  test('leaves bans what they had to go', () => {
    const book = new BanBook();
    book.add(ban('192.0.2.1', { timeSec: NOW - 500, banTimeSec: 600 }), NOW);
    book.add(ban('192.0.2.2', { timeSec: NOW - 10, banTimeSec: 600 }), NOW);
    book.add(ban('192.0.2.3', { timeSec: NOW, banTimeSec: -1 }), NOW);
    expect(book.shift(bySec, NOW)).toHaveLength(3);
    expect(book.nextEndSec).toBe(NOW + 100 + bySec);
    expect(book.expire(NOW + 100 + bySec)).toEqual([]);
    expect(book.expire(NOW + 101 + bySec).map(({ id }) => id)).toEqual(['192.0.2.1']);
    expect(book.expire(NOW + 10 * DAY).map(({ id }) => id)).toEqual(['192.0.2.2']);
    expect(book.list().map(({ id }) => id)).toEqual(['192.0.2.3']);
  });

  test('leaves failures as old as they are', () => {
    const window = new FailWindow({ maxRetry: 3, findTimeSec: 600, maxMatches: 5 });
    const failure = { id: 'x', family: undefined, timeKind: 'float', matches: [], data: {} } as const;
    window.add({ ...failure, timeSec: NOW - 590 });
    window.add({ ...failure, timeSec: NOW });
    window.shift(bySec);
    expect(window.changes.changed).toHaveLength(1);
    expect(window.prune(NOW + 599 + bySec)).toBe(0);
    expect(window.add({ ...failure, timeSec: NOW + 1 + bySec }).due).toBeDefined();
    window.add({ ...failure, id: 'y', timeSec: NOW + bySec });
    expect(window.prune(NOW + 600 + bySec)).toBe(1);
  });
});

test('bans of after the clock was set are left alone', () => {
  const book = new BanBook();
  book.add(ban('192.0.2.1', { timeSec: NOW }), NOW);
  book.add(ban('192.0.2.2', { timeSec: NOW + DAY }), NOW);
  expect(book.shift(DAY, NOW).map(({ id }) => id)).toEqual(['192.0.2.1']);
  expect(book.get('192.0.2.2')?.timeSec).toBe(NOW + DAY);
});
