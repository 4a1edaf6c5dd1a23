import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { detach } from '../src/core/detach.js';

test.each(['', 'a', 'short', 'x'.repeat(100), 'jürgen – 漢字 😀', '\ud800'])('the text stays %j', (text) => {
  expect(detach(text)).toBe(text);
});

test('a piece of a large text does not keep it', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const pieceOf = (i: number, keep: (piece: string) => string) => {
    const large = Buffer.alloc(1 << 19, `line ${i} `).toString('latin1');
    return keep(large.slice(100, 140));
  };
  const before = used();
  const pieces = Array.from({ length: 32 }, (_, i) => pieceOf(i, detach));
  expect(used() - before).toBeLessThan(4 << 20);
  // So does the test see what it looks for.
  const slices = Array.from({ length: 32 }, (_, i) => pieceOf(i, (piece) => piece));
  expect(used() - before).toBeGreaterThan(12 << 20);
  expect([pieces.length, slices.length]).toEqual([32, 32]);
});
