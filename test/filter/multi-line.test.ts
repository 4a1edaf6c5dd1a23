import { describe, expect, test } from '@jest/globals';
import { LineBuffer, textOf } from '../../src/core/filter/multi-line.js';
import { failuresOf, idsOf, makeFilter, outcomesOf } from './make-filter.js';

// Dates are left out: undated lines match as well, and texts stay readable.
describe('a filter with maxlines', () => {
  const spread = { failregex: '^a <ADDR>$<SKIPLINES>^b$', maxlines: 4 };

  test('finds a match over several lines and reports those that it touches', () => {
    const [failure] = failuresOf(makeFilter(spread), 'a 1.2.3.4', 'x', 'y', 'b', 'b');
    expect(failure!.matches).toEqual(['a 1.2.3.4', 'b']);
    expect(failure!.data.get('skiplines0')).toBe('x\ny\n');
  });

  test('does not look further back than maxlines', () => {
    expect(idsOf(makeFilter(spread), 'a 1.2.3.4', 'x', 'y', 'z', 'b')).toEqual([]);
    expect(idsOf(makeFilter({ ...spread, maxlines: 5 }), 'a 1.2.3.4', 'x', 'y', 'z', 'b')).toEqual([
      '1.2.3.4',
    ]);
    expect(idsOf(makeFilter(spread, { maxLines: 2 }), 'a 1.2.3.4', 'x', 'b')).toEqual([]);
  });

  test('uses no line twice, but those that were skipped can still match', () => {
    const filter = makeFilter({ failregex: ['^a <ADDR>$<SKIPLINES>^b$'], maxlines: 6 });
    expect(idsOf(filter, 'a 1.1.1.1', 'a 2.2.2.2', 'b', 'b', 'b')).toEqual(['1.1.1.1', '2.2.2.2']);
  });

  test('tells which earlier lines a match took', () => {
    const outcomes = outcomesOf(
      makeFilter({ failregex: '^b <ADDR>\\nc$', maxlines: 3 }),
      'x',
      'b 1.2.3.4',
      'c',
    );
    expect(outcomes[2]!.hits[0]!.consumed.map((line) => line.after)).toEqual(['b 1.2.3.4']);
  });

  test('lets ^ and $ match at every line of failregex, not of prefregex and ignoreregex', () => {
    const texts = { failregex: ['^b <ADDR>\\nc$'], maxlines: 3 };
    expect(idsOf(makeFilter({ ...texts, ignoreregex: '^c' }), 'b 1.2.3.4', 'c')).toEqual(['1.2.3.4']);
    expect(idsOf(makeFilter({ ...texts, ignoreregex: '^b.*\\nc$' }), 'b 1.2.3.4', 'c')).toEqual([]);
    expect(
      idsOf(makeFilter({ ...texts, prefregex: '^x <F-CONTENT>.+</F-CONTENT>' }), 'y', 'x b 1.2.3.4', 'c'),
    ).toEqual([]);
  });

  test('ignores by the lines that matched, also after the fact', () => {
    const filter = makeFilter({ failregex: '^b <ADDR>\\nc$', ignoreregex: 'c\\n', maxlines: 3 });
    const outcomes = outcomesOf(filter, 'b 1.2.3.4', 'c', 'c');
    expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['no-failregex', 'ignored', 'no-failregex']);
  });

  test('ignores early by everything it holds', () => {
    const failregex = ['^b <ADDR>', '^c <ADDR>', '^d <ADDR>', '^e <ADDR>'];
    const filter = makeFilter({ failregex, ignoreregex: '^i', maxlines: 2 });
    const verdicts = outcomesOf(filter, 'i', 'b 1.2.3.4', 'x', 'x').map((outcome) => outcome.verdict);
    expect(verdicts).toEqual(['ignored-early', 'ignored-early', 'failure', 'no-failregex']);
  });

  test('finds the lines of a match within the content of prefregex', () => {
    const filter = makeFilter({
      prefregex: 'p <F-CONTENT>(?:.|\\n)+</F-CONTENT>$',
      failregex: '^b <ADDR>$',
      maxlines: 4,
    });
    const failures = failuresOf(filter, 'x', 'p x', 'ü', 'b 1.2.3.4');
    expect(failures.map((failure) => failure.matches)).toEqual([['b 1.2.3.4']]);
  });

  test('starts and ends matches between lines', () => {
    for (const failregex of ['\\nb <ADDR>\\n', '\\s+b <ADDR>$', '^b <ADDR>\\s+', '(?<=y\\n)b <ADDR>$']) {
      const failures = failuresOf(makeFilter({ failregex, maxlines: 3 }), 'x', 'y', 'b 1.2.3.4', 'c');
      expect(failures.map((failure) => failure.matches)).toEqual([['b 1.2.3.4']]);
    }
  });
});

describe('a line buffer', () => {
  const line = (after: string) => ({ before: '', date: '', after });

  test('drops the oldest line when it is full and comes back from a snapshot', () => {
    const buffer = new LineBuffer(2);
    buffer.push(line('a'));
    const before = buffer.snapshot();
    buffer.push(line('b'));
    buffer.push(line('c'));
    expect(buffer.text).toBe('b\nc\n');
    buffer.restore(before);
    expect(buffer.text).toBe('a\n');
  });

  test('takes out touched lines that were not skipped', () => {
    const buffer = new LineBuffer(9);
    for (const text of ['aa', 'bb', 'cc', 'dd']) buffer.push(line(text));
    expect(buffer.consume([1, 11], [[3, 6]]).map(textOf)).toEqual(['aa\n', 'cc\n', 'dd\n']);
    expect(buffer.text).toBe('bb\n');
  });
});
