import { describe, expect, test } from '@jest/globals';
import { LineKeeper } from '../../src/core/tester/line-keeper.js';

function keep(limit: number, slack: number, count: number): LineKeeper {
  const keeper = new LineKeeper(limit, slack);
  for (let i = 1; i <= count; i++) keeper.add({ text: `line ${i}`, number: i });
  return keeper;
}

describe('a list of lines', () => {
  test.each([
    [0, true, 0],
    [19, true, 19],
    [20, false, 19],
    [1000, false, 19],
  ])('of %i lines with the limit 20: complete is %s, %i are there', (count, complete, there) => {
    const result = keep(20, 3, count).result();
    expect(result.count).toBe(count);
    expect(result.complete).toBe(complete);
    expect(result.lines).toHaveLength(there);
  });

  test('without limit keeps everything', () => {
    expect(keep(Infinity, 0, 5000).result()).toMatchObject({ count: 5000, complete: true });
  });

  test('of a kind that is not wanted keeps nothing and still counts', () => {
    expect(keep(0, 0, 50).result()).toMatchObject({ count: 50, lines: [] });
  });

  test('gives back the first line with that text', () => {
    const keeper = keep(20, 3, 0);
    for (const [number, text] of ['a', 'b', 'a', 'c'].entries()) keeper.add({ text, number });
    keeper.takeBack('a');
    expect(keeper.result().lines.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test('is complete again when lines that filled it are taken back', () => {
    const keeper = keep(20, 3, 21);
    keeper.takeBack('line 21');
    keeper.takeBack('line 20');
    expect(keeper.result()).toMatchObject({ count: 19, complete: true });
    expect(keeper.result().lines).toHaveLength(19);
  });

  test('does not hold on to the large text that its lines are cut from', () => {
    const keeper = new LineKeeper(20, 0);
    const large = 'x'.repeat(1000);
    keeper.add({ text: large.slice(10, 40), number: 1 });
    expect(keeper.result().lines[0]?.text).toBe('x'.repeat(30));
  });
});
