/**
 * "Did you mean": a name nobody knows → the known name that was probably meant.
 *
 * Distance is Levenshtein's with swapped neighbours as one step. Case, `-`, `_` and `.` cost nothing, so that
 * `max-retry` finds `maxretry`. Short names must be close: a third of the letters at most may differ.
 */

import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The nearest of the candidates, or undefined when none is near. The first of equals wins. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = simplify(name);
  const limit = wanted.length < 2 ? 0 : Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const simple = simplify(candidate);
    if (Math.abs(simple.length - wanted.length) >= bestDistance) continue;
    const found = distance(wanted, simple);
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/** Steps from one text to the other: a letter more, less, another one, or two swapped. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + same,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] as number) + 1);
      }
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}

/** Base name of the file of the same folder that is nearest to one that does not exist. */
export function nearestFile(path: string): string | undefined {
  try {
    return nearest(basename(path), readdirSync(dirname(path)));
  } catch {
    return undefined;
  }
}
