import { describe, expect, test } from '@jest/globals';
import { DeadlineHeap } from '../../src/core/jail/deadline-heap.js';
import { seededRandom } from './seeded-random.js';

function drain(heap: DeadlineHeap): number[] {
  const moments: number[] = [];
  for (let item = heap.pop(); item; item = heap.pop()) moments.push(item.atSec);
  return moments;
}

describe('DeadlineHeap', () => {
  test('hands out the earliest first, whatever the order in which they came', () => {
    const random = seededRandom(7);
    for (let size = 0; size < 60; size++) {
      const heap = new DeadlineHeap();
      const moments = Array.from({ length: size }, () => Math.floor(random() * 20));
      for (const atSec of moments) heap.push({ atSec, key: String(atSec) });
      expect(heap.peek()?.atSec).toBe(size === 0 ? undefined : Math.min(...moments));
      expect(drain(heap)).toEqual(moments.sort((a, b) => a - b));
    }
  });

  test('keeps its order when pushes and pops alternate', () => {
    const random = seededRandom(8);
    const heap = new DeadlineHeap();
    const model: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      if (random() < 0.55) {
        const atSec = Math.floor(random() * 100);
        heap.push({ atSec, key: 'x' });
        model.push(atSec);
      } else {
        model.sort((a, b) => a - b);
        expect(heap.pop()?.atSec).toBe(model.shift());
      }
      expect(heap.size).toBe(model.length);
    }
  });

  test('can be filled anew', () => {
    const heap = new DeadlineHeap();
    heap.push({ atSec: 1, key: 'gone' });
    heap.rebuild([5, 3, 9, 4, 3].map((atSec) => ({ atSec, key: 'x' })));
    expect(drain(heap)).toEqual([3, 3, 4, 5, 9]);
  });
});
