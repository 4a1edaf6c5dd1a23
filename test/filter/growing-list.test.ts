import { expect, test } from '@jest/globals';
import { GrowingList } from '../../src/core/filter/growing-list.js';

test('a list keeps what it was when it is appended to, also twice', () => {
  const first = GrowingList.empty<number>().append([1, 2], 10);
  const second = first.append([3], 10);
  const other = first.append([4], 10);
  expect([first.toArray(), second.toArray(), other.toArray()]).toEqual([
    [1, 2],
    [1, 2, 3],
    [1, 2, 4],
  ]);
});

test('a list keeps the last items only, and no more memory than twice as many', () => {
  let list = GrowingList.empty<number>();
  for (let i = 0; i < 1000; i++) {
    list = list.append([i], 3);
    expect((list as unknown as { shared: { items: number[] } }).shared.items.length).toBeLessThanOrEqual(7);
  }
  expect(list.toArray()).toEqual([997, 998, 999]);
  expect(list.length).toBe(3);
});

test('renewing goes over each item once', () => {
  const first = GrowingList.empty<string>().append(['a', 'b'], 3);
  const seen: string[] = [];
  const renew = (list: GrowingList<string>) =>
    list.renew((item) => {
      seen.push(item);
      return item.toUpperCase();
    });
  renew(first);
  const second = first.append(['c', 'd'], 3);
  renew(second);
  renew(second);
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
  expect(second.toArray()).toEqual(['B', 'C', 'D']);
});
