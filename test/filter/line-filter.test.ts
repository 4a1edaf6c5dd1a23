import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { PatternError } from '../../src/core/errors.js';
import { failuresOf, idsOf, lineOf, makeFilter, NOW_SEC, outcomesOf } from './make-filter.js';

/** What fail2ban-regex says to the same line and regex (gotchas.md, numbers there). */
describe('a failregex', () => {
  test.each([
    ['20 sees a newline at the end', 'x <ADDR>$', 'x 1.2.3.4', '1.2.3.4'],
    ['20 may match that newline', 'x <ADDR>\\n', 'x 1.2.3.4', '1.2.3.4'],
    ['21 takes a conditional group', '^(?P<q>")?x <ADDR>(?(q)")$', '"x 1.2.3.4"', '1.2.3.4'],
    ['21 takes the other branch', '^(?P<q>")?x <ADDR>(?(q)")$', 'x 1.2.3.4', '1.2.3.4'],
    ['23 knows a bracket first in a class', '^[]a] <ADDR>$', '] 1.2.3.4', '1.2.3.4'],
    ['23 knows {,n}', '^a{,3} <ADDR>$', 'aa 1.2.3.4', '1.2.3.4'],
    ['23 knows flags of a group', '^((?i)LOGIN|PLAIN) <ADDR>$', 'login 1.2.3.4', '1.2.3.4'],
    [
      '24 finds letters of any language',
      '^user <F-USER>\\w+</F-USER> <ADDR>$',
      'user jürgen 1.2.3.4',
      '1.2.3.4',
    ],
    ['24 finds digits of any language', '^\\d+ <ADDR>$', '٢٢ 1.2.3.4', '1.2.3.4'],
    ['24 lets . match U+2028', '^a.b <ADDR>$', 'a\u2028b 1.2.3.4', '1.2.3.4'],
    ['24 lets . match a carriage return', '^a.b <ADDR>$', 'a\rb 1.2.3.4', '1.2.3.4'],
    ['25 keeps what is no address', 'x <HOST>$', 'x 999.999.999.999', '999.999.999.999'],
    ['25 keeps leading zeros', 'x <HOST>$', 'x 001.002.003.004', '001.002.003.004'],
    ['25 keeps 1:2', 'x <HOST>$', 'x 1:2', '1:2'],
    ['25 takes 1.2.3 for a name', 'x <HOST>$', 'x 1.2.3', 'dns:1.2.3'],
    ['26 reads mapped addresses', 'x <HOST>$', 'x ::ffff:1.2.3.4', '1.2.3.4'],
    ['26 reads mapped addresses in hexadecimal', 'x <HOST>$', 'x ::ffff:102:304', '1.2.3.4'],
    ['26 masks a subnet', 'x <SUBNET>$', 'x 1.2.3.4/24', '1.2.3.0/24'],
    ['26 strips brackets', 'x <HOST>$', 'x [2001:DB8:0:0::1]', '2001:db8::1'],
    ['13 matches the text without its date', '^A  B <ADDR>$', 'A 2026-11-20 03:04:05 B 1.2.3.4', '1.2.3.4'],
    ['13 leaves what is around the date', '^\\[\\] x <ADDR>$', '[2026-11-20 03:04:05] x 1.2.3.4', '1.2.3.4'],
  ])('%s', (_name, failregex, line, id) => {
    expect(idsOf(makeFilter({ failregex }), line)).toEqual([id]);
  });

  test.each([
    ['20 \\Z is behind the newline', 'x <ADDR>\\Z', 'x 1.2.3.4'],
    ['21 an unset group is not an empty one', '^(?P<q>")?x <ADDR>(?P=q)$', 'x 1.2.3.4'],
    ['21 the condition holds', '^(?P<q>")?x <ADDR>(?(q)")$', '"x 1.2.3.4'],
    ['24 \\s is not U+FEFF', '^a\\s<ADDR>$', 'a\ufeff1.2.3.4'],
    ['26 ::FFFF: in capitals', '^x <HOST>$', 'x ::FFFF:1.2.3.4'],
  ])('%s: no match', (_name, failregex, line) => {
    const outcome = outcomesOf(makeFilter({ failregex }), line)[0]!;
    expect([outcome.verdict, outcome.hits]).toEqual(['no-failregex', []]);
  });

  test('22 keeps what a group captured in an earlier round of a loop', () => {
    const filter = makeFilter({ failregex: '^(?:(?P<user>[ab])|(?P<k> ))+<ADDR>$' });
    expect(failuresOf(filter, 'a  1.2.3.4')[0]!.data.get('user')).toBe('a');
  });

  test('24 gives the text of a group as it stands in the line', () => {
    const filter = makeFilter({ failregex: '^user <F-USER>\\w+</F-USER> <ADDR>$' });
    expect(failuresOf(filter, 'user jürgen 1.2.3.4')[0]!.data.get('user')).toBe('jürgen');
  });

  test.each([
    ['x', "No failure-id group in 'x'"],
    ['', 'Cannot add empty regex'],
    ['abc(<ADDR>', "Unable to compile regular expression 'abc(\\[?"],
    ['abc(<ADDR>', 'missing ), unterminated subpattern at position 3'],
    ['^login(?i) <ADDR>', 'global flags not at the start of the expression at position 6'],
    ['<ADDR> <ADDR>', "redefinition of group name 'ip4'"],
  ])('%p is refused: %s', (failregex, message) => {
    expect(() => makeFilter({ failregex })).toThrow(PatternError);
    expect(() => makeFilter({ failregex })).toThrow(message);
  });

  test('may have its id group in prefregex', () => {
    expect(
      idsOf(
        makeFilter({ prefregex: '^<ADDR> <F-CONTENT>.+</F-CONTENT>$', failregex: '^bad$' }),
        '1.2.3.4 bad',
      ),
    ).toEqual(['1.2.3.4']);
  });
});

describe('several failregexes', () => {
  const failregex = ['^a <ADDR>', '^<F-USER>a</F-USER> <ADDR>', '^b <ADDR>'];

  test('the first one that matches wins', () => {
    const [outcome] = outcomesOf(makeFilter({ failregex }), 'a 1.2.3.4');
    expect(outcome!.hits.map((hit) => hit.regex)).toEqual([0]);
  });

  test('all that match are reported with checkAll', () => {
    const [outcome] = outcomesOf(makeFilter({ failregex }, { checkAll: true }), 'a 1.2.3.4');
    expect(outcome!.hits.map((hit) => hit.regex)).toEqual([0, 1]);
  });

  test('one that names nobody ends the search like any other, and gives no failure', () => {
    const texts = { failregex: ['^a(?P<fid>x)?', '^a <ADDR>'] };
    const [first] = outcomesOf(makeFilter(texts), 'a 1.2.3.4');
    expect([first!.verdict, first!.hits.map((hit) => hit.verdict)]).toEqual(['no-failregex', ['anonymous']]);
    const [all] = outcomesOf(makeFilter(texts, { checkAll: true }), 'a 1.2.3.4');
    expect([all!.verdict, all!.hits.map((hit) => hit.verdict)]).toEqual([
      'failure',
      ['anonymous', 'failure'],
    ]);
  });
});

describe('prefregex', () => {
  const prefregex = '^ pre <F-CONTENT>.+</F-CONTENT>$';
  const line = '2026-11-20 03:04:05 pre bad 1.2.3.4';

  test('hands its content to the failregexes', () => {
    expect(idsOf(makeFilter({ prefregex, failregex: '^bad <ADDR>$' }), line)).toEqual(['1.2.3.4']);
  });

  test('that does not match ends the search', () => {
    const [outcome] = outcomesOf(
      makeFilter({ prefregex, failregex: '<ADDR>' }),
      '2026-11-20 03:04:05 bad 1.2.3.4',
    );
    expect(outcome!.verdict).toBe('no-prefregex');
    expect(outcome!.prefregex).toBeUndefined();
  });

  test('with empty content leaves the text as it is', () => {
    const filter = makeFilter({
      prefregex: '^<ADDR> <F-CONTENT>(?:x.*)?</F-CONTENT>',
      failregex: ['^x$', '^1'],
    });
    expect(outcomesOf(filter, '1.2.3.4 x', '1.2.3.4 ').map((outcome) => outcome.hits[0]?.regex)).toEqual([
      0, 1,
    ]);
  });

  test('gives its groups to the failure, in front; the failregex overrides what it matched itself', () => {
    const filter = makeFilter({
      prefregex: '^<F-USER>\\w+</F-USER> (?P<k>q)?(?P<l>r)? ?<F-CONTENT>.+</F-CONTENT>$',
      failregex: '^(?:<F-USER>a</F-USER> )?b <ADDR>(?P<l>y)?(?P<m>y)?$',
    });
    const rows = failuresOf(filter, 'joe q a b 1.2.3.4', 'joe r b 1.2.3.4').map((failure) => [
      ...failure.data,
    ]);
    expect(rows).toEqual([
      [
        ['user', 'a'],
        ['k', 'q'],
        ['l', null],
        ['ip4', '1.2.3.4'],
        ['ip6', null],
        ['m', null],
      ],
      // fail2ban 1.0.2 loses user and l here: its failregex hides them although it did not match them.
      [
        ['user', 'joe'],
        ['k', null],
        ['l', 'r'],
        ['ip4', '1.2.3.4'],
        ['ip6', null],
        ['m', null],
      ],
    ]);
    expect(outcomesOf(filter, 'joe r b 1.2.3.4')[0]!.prefregex!.get('content')).toBe('b 1.2.3.4');
  });
});

describe('ignoreregex', () => {
  const prefregex = '^ pre <F-CONTENT>.+</F-CONTENT>$';
  const line = '2026-11-20 03:04:05 pre bad 1.2.3.4';
  const many = ['^bad <ADDR>', '^x <ADDR>', '^y <ADDR>', '^z <ADDR>'];

  test.each([
    ['27 few failregexes: only the content is looked at', ['^bad <ADDR>'], '^ pre bad', 'failure'],
    ['27 many failregexes: the whole line is looked at first', many, '^ pre bad', 'ignored-early'],
    ['27 the content is looked at in both cases (few)', ['^bad <ADDR>'], '^bad', 'ignored'],
    ['27 the content is looked at in both cases (many)', many, '^bad', 'ignored'],
  ])('%s', (_name, failregex, ignoreregex, verdict) => {
    expect(outcomesOf(makeFilter({ prefregex, failregex, ignoreregex }), line)[0]!.verdict).toBe(verdict);
  });

  test('says which one it was', () => {
    const [late] = outcomesOf(makeFilter({ failregex: 'x <ADDR>', ignoreregex: ['foo', 'x'] }), 'x 1.2.3.4');
    expect([late!.hits[0]!.verdict, late!.hits[0]!.ignoredBy]).toEqual(['ignored', 1]);
    const [early] = outcomesOf(makeFilter({ failregex: many, ignoreregex: '1.2' }), 'x 1.2.3.4');
    expect([early!.verdict, early!.ignoredBy]).toEqual(['ignored-early', 0]);
  });
});

describe('the data of a failure', () => {
  test.each([
    ['x <F-ID/>', 'x [1.2.3.4]', [['fid', '[1.2.3.4]']]],
    [
      'x <ADDR> <F-ID/>',
      'x 1.2.3.4 k',
      [
        ['ip4', '1.2.3.4'],
        ['ip6', null],
        ['fid', 'k'],
        ['ip', '1.2.3.4'],
      ],
    ],
    [
      'x <ADDR> <F-ID/>',
      'x 1.2.3.4 1.2.3.4',
      [
        ['ip4', '1.2.3.4'],
        ['ip6', null],
        ['fid', '1.2.3.4'],
      ],
    ],
    [
      'x <F-ALT_USER>a</F-ALT_USER> <ADDR>',
      'x a 1.2.3.4',
      [
        ['alt_user', 'a'],
        ['ip4', '1.2.3.4'],
        ['ip6', null],
        ['user', 'a'],
      ],
    ],
  ])('%s on %p', (failregex, line, data) => {
    expect([...failuresOf(makeFilter({ failregex }), line)[0]!.data]).toEqual(data);
  });

  test('28 nofail without a session: a failure to the server, context to the tester', () => {
    const text = { failregex: '^<F-NOFAIL>x</F-NOFAIL> <ADDR>' };
    expect(outcomesOf(makeFilter(text, { mode: 'live' }), 'x 1.2.3.4')[0]!.verdict).toBe('failure');
    expect(outcomesOf(makeFilter(text), 'x 1.2.3.4')[0]!.verdict).toBe('nofail');
  });
});

describe('the time of a line', () => {
  const recent = '2026-11-21 08:59:30';
  const old = '2026-11-20 03:04:05';
  const failregex = '[xyz] <ADDR>';

  function timesOf(mode: 'test' | 'live', ...lines: string[]) {
    return failuresOf(makeFilter({ failregex }, { mode }), ...lines).map((failure) => [
      failure.stamp?.epochSec,
      failure.matches[0],
    ]);
  }

  test('is the one written in it', () => {
    expect(timesOf('test', `${old} x 1.1.1.1`)).toEqual([[1795143845, `${old} x 1.1.1.1`]]);
  });

  test('is the last date for a line without one, and that date is put in front, while it is less than a minute old', () => {
    expect(timesOf('test', `${recent} x 1.1.1.1`, 'y 2.2.2.2')[1]).toEqual([
      NOW_SEC - 30,
      `${recent}y 2.2.2.2`,
    ]);
    expect(timesOf('test', `${old} x 1.1.1.1`, 'y 2.2.2.2')[1]).toEqual([undefined, 'y 2.2.2.2']);
  });

  test('of a line with an impossible date is the last date; then nothing is cut', () => {
    expect(timesOf('test', `${recent} x 1.1.1.1`, '2026-02-30 01:02:03 z 3.3.3.3')[1]).toEqual([
      NOW_SEC - 30,
      `${recent}2026-02-30 01:02:03 z 3.3.3.3`,
    ]);
    expect(idsOf(makeFilter({ failregex: '^ z <ADDR>' }), '2026-02-30 01:02:03 z 3.3.3.3')).toEqual([
      '3.3.3.3',
    ]);
    expect(
      idsOf(makeFilter({ failregex: '^ z <ADDR>' }), `${recent} q`, '2026-02-30 01:02:03 z 3.3.3.3'),
    ).toEqual([]);
  });

  test('is unknown to the tester and now to a live filter where there is none', () => {
    expect(timesOf('test', 'x 1.1.1.1')).toEqual([[undefined, 'x 1.1.1.1']]);
    expect(timesOf('live', 'x 1.1.1.1')).toEqual([[NOW_SEC, 'x 1.1.1.1']]);
  });

  test('31 is now in a live filter when it is more than a minute off, and the written one is kept beside', () => {
    const filter = makeFilter({ failregex }, { mode: 'live' });
    const [off, near] = outcomesOf(filter, '2026-11-21 08:40:00 x 1.1.1.1', `${recent} x 1.1.1.1`);
    expect([off!.stamp!.epochSec, off!.writtenStamp!.epochSec, off!.stampFrom]).toEqual([
      NOW_SEC,
      NOW_SEC - 1200,
      'now',
    ]);
    expect([near!.stamp!.epochSec, near!.writtenStamp, near!.stampFrom]).toEqual([
      NOW_SEC - 30,
      undefined,
      'line',
    ]);
  });

  test('31 keeps old lines from being looked at while catching up', () => {
    const filter = makeFilter({ failregex }, { mode: 'catch-up', findTimeSec: 600 });
    const verdicts = outcomesOf(
      filter,
      '2026-11-21 08:40:00 x 1.1.1.1',
      '2026-11-21 08:50:00 x 1.1.1.1',
      'x 1.1.1.1',
    );
    expect(verdicts.map((outcome) => outcome.verdict)).toEqual(['too-old', 'failure', 'failure']);
  });

  test('comes with the line from a journal; nothing is cut', () => {
    const filter = makeFilter({ failregex: '^x <ADDR>$' });
    const stamp = { text: '2026-11-20T03:04:05 ', epochSec: 1795143845.5 };
    const outcome = filter.process({ ...lineOf('x 1.2.3.4'), stamp });
    expect(outcome.hits[0]!.failure!.matches).toEqual(['2026-11-20T03:04:05 x 1.2.3.4']);
    expect([outcome.stamp, outcome.stampFrom]).toEqual([{ epochSec: 1795143845.5, kind: 'float' }, 'source']);
  });

  test('is now with {NONE}, unless there was a date', () => {
    expect(
      failuresOf(makeFilter({ failregex, datepattern: '{NONE}' }), 'x 1.1.1.1')[0]!.stamp!.epochSec,
    ).toBe(NOW_SEC);
    const filter = makeFilter({ failregex: '<ADDR>', datepattern: '^WARNING:()**\n%Y-%m-%d %H:%M:%S' });
    const stamps = failuresOf(
      filter,
      `${old} x 1.1.1.1`,
      'WARNING: 2.2.2.2',
      `${recent} x 1.1.1.1`,
      'WARNING: 2.2.2.2',
    );
    expect(stamps.map((failure) => [failure.stamp!.epochSec, failure.matches[0]])).toEqual([
      [1795143845, `${old} x 1.1.1.1`],
      [NOW_SEC, 'WARNING: 2.2.2.2'],
      [NOW_SEC - 30, `${recent} x 1.1.1.1`],
      [NOW_SEC - 30, `${recent}WARNING: 2.2.2.2`],
    ]);
  });

  test('that cannot be told at all makes the line an error, and only that line', () => {
    const filter = makeFilter({ failregex, datepattern: '%Y-%m-%d %H:%M:%S %Z' });
    const [bad, good] = outcomesOf(
      filter,
      '2026-11-20 03:04:05 XYZ x 1.1.1.1',
      '2026-11-20 03:04:05 CET x 1.1.1.1',
    );
    expect(bad!.verdict).toBe('error');
    expect(bad!.error).toMatch(/XYZ/);
    expect(good!.verdict).toBe('failure');
  });
});

describe('an outcome', () => {
  test('tells what was cut out of the line', () => {
    const [outcome] = outcomesOf(makeFilter({ failregex: '<ADDR>' }), 'A 2026-11-20 03:04:05 B');
    expect([outcome!.before, outcome!.date, outcome!.after]).toEqual(['A ', '2026-11-20 03:04:05', ' B']);
    expect(outcome!.dateHit!.template.name).toContain('ExYear');
  });
});

describe('a snapshot of a filter', () => {
  test('brings back sessions, buffer and dates', () => {
    const clock = new ManualClock(NOW_SEC);
    const filter = makeFilter(
      { failregex: ['^<F-NOFAIL>c</F-NOFAIL> <F-MLFID>s</F-MLFID> <ADDR>', '^l <F-MLFID>s</F-MLFID>'] },
      { clock },
    );
    const before = filter.snapshot();
    outcomesOf(filter, '2026-11-21 08:59:30 x', 'c s 1.2.3.4');
    filter.restore(before);
    const [outcome] = outcomesOf(filter, 'l s');
    expect([outcome!.verdict, outcome!.stampFrom, filter.lastStamp]).toEqual(['pending', 'none', undefined]);
  });
});
