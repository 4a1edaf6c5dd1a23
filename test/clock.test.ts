import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../src/core/clock.js';

describe('a manual clock', () => {
  test('stands still until it is told otherwise', () => {
    const clock = new ManualClock(100);
    expect(clock.nowSec()).toBe(100);
    clock.advance(2.5);
    expect(clock.nowSec()).toBe(102.5);
    clock.set(7);
    expect(clock.nowSec()).toBe(7);
  });
});
