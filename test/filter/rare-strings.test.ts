/** Looking for strings by their rarest character finds the line that looking for them one by one finds. */
import { describe, expect, test } from '@jest/globals';
import { RareStrings } from '../../src/core/filter/rare-strings.js';
import { seeded } from '../differential/exact-random.js';

/** Where the first line from `at` on begins that holds one of them. */
function firstLine(strings: readonly string[], block: string, at: number): number {
  const places = strings.map((text) => block.indexOf(text, at)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : block.lastIndexOf('\n', Math.min(...places)) + 1;
}

function lineOf(block: string, end: number): number {
  return end === Infinity ? -1 : block.lastIndexOf('\n', end - 1) + 1;
}

describe('by their rarest character', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %d', (seed) => {
    const random = seeded(seed);
    const pick = (letters: string) => letters[Math.floor(random() * letters.length)]!;
    const word = (letters: string, length: number) => Array.from({ length }, () => pick(letters)).join('');
    // Few letters, so that strings hold each other, and their rare character more than once.
    const strings = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      word('kqzQ', 2 + Math.floor(random() * 4)),
    );
    const rare = RareStrings.of(strings)!;
    expect(rare).toBeDefined();
    for (let round = 0; round < 4; round++) {
      const block = Array.from({ length: 30 }, () => `${word('kqzQ    ', Math.floor(random() * 14))}\n`).join(
        '',
      );
      // As a sweep asks: line after line, sometimes from the same one again, now and then from an earlier one.
      for (let at = 0; at < block.length; ) {
        expect(lineOf(block, rare.nextEnd(block, at))).toBe(firstLine(strings, block, at));
        if (random() < 0.1) at = block.lastIndexOf('\n', Math.floor(at * random())) + 1;
        if (random() < 0.8) at = block.indexOf('\n', at) + 1;
      }
    }
  });

  test('not where all characters are frequent, nor for many strings', () => {
    expect(RareStrings.of(['to one'])).toBeUndefined();
    expect(RareStrings.of(Array.from({ length: 9 }, (_, i) => `zq${i}`))).toBeUndefined();
    expect(RareStrings.of([])).toBeUndefined();
  });

  test('two strings with one rare character are looked for together', () => {
    const rare = RareStrings.of([': reject:', ': milter-reject:'])!;
    const block = 'a j\nb: milter-reject: x\nc: reject:\n';
    expect(lineOf(block, rare.nextEnd(block, 0))).toBe(4);
    expect(lineOf(block, rare.nextEnd(block, 24))).toBe(24);
    expect(rare.nextEnd(block, 34)).toBe(Infinity);
  });
});
