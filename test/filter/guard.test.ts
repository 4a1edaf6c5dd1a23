import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS, Guard, type GuardLimits, type LineMachine } from '../../src/core/filter/guard.js';
import type { Pattern } from '../../src/core/pattern/pattern.js';
import { idsOf, lineOf, makeFilter, outcomesOf } from './make-filter.js';

/** Sums its lines; has `stuckFor` many lines to be stuck on, each for so long as its count says. */
class Adder implements LineMachine<number, number> {
  sum = 0;
  calls = 0;
  stuck = new Map<number, number>();
  match(line: number): number {
    this.calls++;
    this.sum += line;
    const times = this.stuck.get(line) ?? 0;
    if (times > 0) {
      this.stuck.set(line, times - 1);
      for (;;);
    }
    return this.sum;
  }
  snapshot(): unknown {
    return this.sum;
  }
  restore(snapshot: unknown): void {
    this.sum = snapshot as number;
  }
  giveUp(): number {
    return Number.NaN;
  }
}

/** All outcomes with their places, as a guard hands them out. */
function runAll(
  machine: Adder,
  lines: readonly number[],
  range: { from: number; to: number },
  limits: GuardLimits,
): number[] {
  const outcomes: number[] = [];
  new Guard(limits).run<number, number, { sum: number; index: number }>(machine, lines, range, {
    digest: (sum, index) => ({ sum, index }),
    take: ({ sum, index }, place) => {
      expect(place).toBe(index);
      outcomes[index - range.from] = sum;
    },
  });
  return outcomes;
}

const quick: GuardLimits = { ...DEFAULT_LIMITS, batchMs: 20, lineMs: 10 };

function sums(to: number): number[] {
  return Array.from({ length: to }, (_, i) => ((i + 1) * (i + 2)) / 2);
}

describe('a guarded run', () => {
  const lines = Array.from({ length: 100 }, (_, i) => i + 1);

  test('gives the outcomes of all lines in order, over several batches', () => {
    const limits = { ...quick, batchLines: 7 };
    expect(runAll(new Adder(), lines, { from: 0, to: 100 }, limits)).toEqual(sums(100));
    expect(runAll(new Adder(), lines, { from: 2, to: 4 }, limits)).toEqual([3, 7]);
  });

  test('does an interrupted batch again from where it began, and loses nothing', () => {
    const adder = new Adder();
    adder.stuck.set(50, 3);
    expect(runAll(adder, lines, { from: 0, to: 100 }, quick)).toEqual(sums(100));
  });

  test('gives up on a line that no pattern can be blamed for, and goes on behind it', () => {
    const adder = new Adder();
    adder.stuck.set(3, Number.POSITIVE_INFINITY);
    const outcomes = runAll(adder, [1, 2, 3, 4], { from: 0, to: 4 }, { ...quick, lineMs: 1 });
    expect(outcomes).toEqual([1, 3, Number.NaN, 7]);
  });
});

describe('a filter with a pattern that blows up', () => {
  const failregex = ['^(?:a|a)*b <ADDR>$', '^a+ <ADDR>$'];
  const attack = `${'a'.repeat(40)} 1.2.3.4`;

  test('decides the line all the same, by the exact matcher, and keeps all others', () => {
    const demoted: Pattern[] = [];
    const filter = makeFilter(
      { failregex },
      { limits: { ...quick, onDemote: (pattern) => demoted.push(pattern) } },
    );
    const started = Date.now();
    expect(idsOf(filter, 'b 1.1.1.1', attack, 'b 1.1.1.2', attack)).toEqual([
      '1.1.1.1',
      '1.2.3.4',
      '1.1.1.2',
      '1.2.3.4',
    ]);
    expect(Date.now() - started).toBeLessThan(3000);
    expect(demoted.map((pattern) => pattern.label)).toEqual(['failregex 1']);
    expect(filter.patterns.map((pattern) => pattern.engine)).toEqual(['exact', 'regexp']);
  });

  test('does not lose the state of the lines before: sessions, dates', () => {
    const filter = makeFilter(
      {
        prefregex: '^<F-MLFID>s</F-MLFID> <F-CONTENT>.+</F-CONTENT>$',
        failregex: ['^<F-NOFAIL>c</F-NOFAIL> <ADDR>', '^(?:a|a)*b$', '^a+$', '^l$'],
      },
      { limits: quick },
    );
    const verdicts = outcomesOf(filter, 's c 1.2.3.4', `s ${'a'.repeat(40)}`, 's l').map(
      (outcome) => outcome.verdict,
    );
    expect(verdicts).toEqual(['nofail', 'failure', 'failure']);
  });

  test('names the patterns that spent their budget on a line', () => {
    const filter = makeFilter({ failregex: ['^(a*)*\\1b <ADDR>$', '^a+ <ADDR>$'] }, { limits: quick });
    filter.patterns[0]!.demote();
    const [outcome] = outcomesOf(filter, `${'a'.repeat(3000)} 1.2.3.4`, 'x');
    expect(outcome!.exceeded.map((pattern) => pattern.label)).toEqual(['failregex 1']);
    expect(outcome!.verdict).toBe('failure');
    expect(filter.process(lineOf('x')).exceeded).toEqual([]);
  });
});
