/** What a sweep finds comes to the same whether it is counted line by line or many lines at once. */
import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import type { NumberedLine } from '../../src/core/filter/sweep.js';
import { noCounts } from '../../src/core/source/line.js';
import { Collector } from '../../src/core/tester/collector.js';
import { packCounts } from '../../src/core/tester/line-digest.js';
import { Tally } from '../../src/core/tester/tally.js';
import { seeded } from '../differential/exact-random.js';
import { COUNTS } from './segmented.js';

const KINDS = ['missed', 'ignored', 'matched'] as const;
const DIGESTS = KINDS.map((kind) => packCounts({ kind, prefix: 'none', row: -1, ignoredBy: -1 })!);

const lineOf = (number: number): NumberedLine => ({
  ...{ number, text: `line ${number}`, ascii: true, block: undefined, at: 0, stamp: undefined },
});

function newCollector(limit: number): Collector {
  const counts = { prefregex: undefined, failregex: [], ignoreregex: [] };
  return new Collector(counts, { ...COUNTS, limit }, systemClock);
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))('seed %d', async (seed) => {
  const random = seeded(seed);
  const limit = Math.floor(random() * 30);
  const many = newCollector(limit);
  const single = newCollector(limit);
  const counts = noCounts();
  let number = 0;
  for (let sweep = 0; sweep < 6; sweep++) {
    const tally = new Tally(many, counts, () => {
      throw new Error('there are no outcomes here');
    });
    for (let i = 0; i < random() * 20; i++) {
      const digest = DIGESTS[Math.floor(random() ** 2 * 3)]!;
      // As a sweep does: lines that are only counted are passed together.
      if (tally.countsMissed && random() < 0.5) {
        const lines = 1 + Math.floor(random() * 5);
        tally.takeMissed(DIGESTS[0]!, lines);
        for (let k = 0; k < lines; k++) single.addPacked(lineOf(++number), DIGESTS[0]!);
      } else {
        tally.take(digest, lineOf(++number));
        single.addPacked(lineOf(number), digest);
      }
    }
    await tally.commit();
    expect(many.lists()).toEqual(single.lists());
  }
  expect(many.tested).toBe(number);
  expect(counts.lines).toBe(number);
});

test('a line that is kept no more is let go at once', async () => {
  const collector = newCollector(5);
  const tally = new Tally(collector, noCounts(), () => {});
  for (let number = 1; number <= 5 + COUNTS.maxlines + 1; number++) {
    expect(tally.countsMissed).toBe(false);
    tally.take(DIGESTS[0]!, lineOf(number));
  }
  expect(tally.countsMissed).toBe(true);
  tally.forget();
  expect(tally.countsMissed).toBe(false);
});
