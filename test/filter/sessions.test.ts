import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { failuresOf, makeFilter, NOW_SEC, outcomesOf } from './make-filter.js';

const TEXT = {
  prefregex: '^<F-MLFID>s\\d+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$',
  failregex: [
    '^<F-NOFAIL>connect</F-NOFAIL> <ADDR>',
    '^login <F-USER>\\S+</F-USER>( <ADDR>)?',
    '^<F-NOFAIL>publickey <F-USER>\\S+</F-USER></F-NOFAIL>',
    '^<F-MLFFORGET><F-NOFAIL>bye</F-NOFAIL></F-MLFFORGET>',
    '^<F-MLFGAINED>accepted <F-USER>\\S+</F-USER></F-MLFGAINED>',
    '^<F-MLFFORGET>die</F-MLFFORGET>',
    '^hid <F-ID>\\S+</F-ID>',
  ],
};

/** One text a line: verdict, and for failures address and lines. */
function tell(...texts: string[]): string[] {
  return outcomesOf(makeFilter(TEXT), ...texts).map((outcome) => {
    const failure = outcome.hits[0]?.failure;
    return failure
      ? `${failure.data.get('ip4') ?? failure.data.get('fid')}: ${failure.matches.join(' | ')}`
      : outcome.verdict;
  });
}

// Each expectation is what fail2ban-regex 1.0.2 gives for these lines with `-o row`, `-o msg` and in its counts.
describe('a session', () => {
  test('whose address came with context reports both lines', () => {
    expect(tell('s1 connect 1.2.3.4', 's1 login joe')).toEqual([
      'nofail',
      '1.2.3.4: s1 connect 1.2.3.4 | s1 login joe',
    ]);
  });

  test('29 whose address comes later is pending until then', () => {
    expect(tell('s1 login joe', 's1 connect 1.2.3.4')).toEqual([
      'pending',
      '1.2.3.4: s1 login joe | s1 connect 1.2.3.4',
    ]);
  });

  test('28 with two users fails even in its context lines', () => {
    expect(tell('s1 connect 1.2.3.4', 's1 publickey joe', 's1 publickey bob')).toEqual([
      'nofail',
      'nofail',
      '1.2.3.4: s1 connect 1.2.3.4 | s1 publickey joe | s1 publickey bob',
    ]);
    expect(tell('s1 publickey joe', 's1 publickey bob', 's1 connect 1.2.3.4')).toEqual([
      'nofail',
      'pending',
      '1.2.3.4: s1 publickey joe | s1 publickey bob | s1 connect 1.2.3.4',
    ]);
  });

  test('reports no line twice', () => {
    expect(tell('s1 connect 1.2.3.4', 's1 login joe', 's1 login joe').slice(1)).toEqual([
      '1.2.3.4: s1 connect 1.2.3.4 | s1 login joe',
      '1.2.3.4: s1 login joe',
    ]);
  });

  test('that is forgotten knows nothing any more', () => {
    expect(tell('s1 connect 1.2.3.4', 's1 bye', 's1 login joe')).toEqual(['nofail', 'nofail', 'pending']);
  });

  test('that gets in is no longer pending', () => {
    expect(tell('s1 login joe', 's1 accepted joe', 's1 connect 1.2.3.4')).toEqual([
      'pending',
      'nofail',
      'nofail',
    ]);
  });

  test('that gets in as a second user stays suspect, without the lines before', () => {
    expect(tell('s1 login a', 's1 accepted b', 's1 connect 1.2.3.4')).toEqual([
      'pending',
      'pending',
      '1.2.3.4: s1 accepted b | s1 connect 1.2.3.4',
    ]);
  });

  test('does not know of others', () => {
    expect(tell('s1 connect 1.2.3.4', 's2 login joe')).toEqual(['nofail', 'pending']);
  });

  test('gathers what its lines say, in order of appearance', () => {
    const [, second] = failuresOf(makeFilter(TEXT), 's1 connect 1.2.3.4', 's1 login joe', 's1 login bob');
    expect([...second!.data]).toEqual([
      ['mlfid', 's1'],
      ['ip4', '1.2.3.4'],
      ['ip6', null],
      ['users', new Set(['joe', 'bob'])],
      ['user', 'bob'],
    ]);
  });

  test('keeps an address that is not the id', () => {
    const failures = failuresOf(
      makeFilter(TEXT),
      's1 hid k',
      's1 login j',
      's1 connect 1.2.3.4',
      's1 login k',
    );
    expect(failures.map((failure) => [...failure.data.keys()].join())).toEqual([
      'mlfid,fid',
      'mlfid,fid,users,user',
      'mlfid,fid,users,user,ip4,ip',
    ]);
  });
});

describe('the memory of sessions', () => {
  test('ends five minutes after the first line of a session, however busy it is', () => {
    const clock = new ManualClock(NOW_SEC);
    const filter = makeFilter(TEXT, { clock });
    outcomesOf(filter, 's1 connect 1.2.3.4');
    clock.advance(200);
    outcomesOf(filter, 's1 publickey joe');
    clock.advance(99);
    expect(failuresOf(filter, 's1 login joe')).toHaveLength(1);
    clock.advance(1);
    expect(failuresOf(filter, 's1 login joe')).toHaveLength(0);
  });

  test('holds a hundred, the oldest goes first', () => {
    const filter = makeFilter(TEXT);
    for (let i = 1; i <= 105; i++) outcomesOf(filter, `s${i} connect 1.2.3.4`, 's3 publickey joe');
    expect(failuresOf(filter, 's9 login joe', 's105 login joe')).toHaveLength(2);
    expect(outcomesOf(filter, 's4 login joe')[0]!.verdict).toBe('pending');
  });
});

describe('with all failregexes checked', () => {
  test('context that names nobody makes the next line count, as in fail2ban-regex', () => {
    const verdicts = (checkAll: boolean) =>
      outcomesOf(
        makeFilter(TEXT, { checkAll }),
        's1 publickey joe',
        's1 connect 1.2.3.4',
        's1 connect 1.2.3.4',
      ).map((outcome) => outcome.verdict);
    expect(verdicts(true)).toEqual(['nofail', 'failure', 'nofail']);
    expect(verdicts(false)).toEqual(['nofail', 'nofail', 'nofail']);
  });
});
