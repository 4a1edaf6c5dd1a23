import { describe, expect, test } from '@jest/globals';
import { type LineCounts, packCounts, unpackCounts } from '../../src/core/tester/line-digest.js';

describe('the counts of a line', () => {
  const kinds = ['missed', 'ignored', 'matched'] as const;
  const prefixes = ['none', 'missed', 'matched'] as const;
  const indexes = [-1, 0, 1, 4095, 8190];

  test('come out of their number as they went in', () => {
    for (const kind of kinds)
      for (const prefix of prefixes)
        for (const row of indexes)
          for (const ignoredBy of indexes) {
            const counts: LineCounts = { kind, prefix, row, ignoredBy };
            const packed = packCounts(counts);
            expect(packed).toBeGreaterThanOrEqual(0);
            expect(unpackCounts(packed!)).toEqual(counts);
          }
  });

  test.each([
    { row: 8191, ignoredBy: -1 },
    { row: -1, ignoredBy: 8191 },
  ])('do not fit for %j', (counts) => {
    expect(packCounts({ kind: 'missed', prefix: 'none', ...counts })).toBeUndefined();
  });
});
