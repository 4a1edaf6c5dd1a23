import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { detach } from '../src/core/detach.js';

test.each(['', 'a', 'short', 'x'.repeat(100), 'jürgen – 漢字 😀', '\ud800'])('the text stays %j', (text) => {
  expect(detach(text)).toBe(text);
});

/** MiB that 32 pieces of half-megabyte texts keep alive, each made by `keep`; in a process of its own, undisturbed. */
function keptBy(keep: string): number {
  const script = `
    const keep = ${keep};
    const pieceOf = (i) => keep(Buffer.alloc(1 << 19, 'line ' + i + ' ').toString('latin1').slice(100, 140));
    const used = () => (gc(), gc(), process.memoryUsage().heapUsed);
    const before = used();
    const pieces = Array.from({ length: 32 }, (_, i) => pieceOf(i));
    console.log(JSON.stringify({ kept: (used() - before) / 2 ** 20, pieces: pieces.length }));`;
  const out = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  const { kept, pieces } = JSON.parse(out) as { kept: number; pieces: number };
  expect(pieces).toBe(32);
  return kept;
}

test('a piece of a large text does not keep it', () => {
  expect(keptBy(detach.toString())).toBeLessThan(4);
  // So does the test see what it looks for.
  expect(keptBy('(piece) => piece')).toBeGreaterThan(12);
});
