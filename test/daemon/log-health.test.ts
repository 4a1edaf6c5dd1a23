/** What the matcher tells of logs that are not as they should be. */
import { expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { emptyPlan } from '../../src/core/daemon/draft-jail.js';
import { LogHealth } from '../../src/core/daemon/matcher/log-health.js';
import type { SourceLine } from '../../src/core/source/line.js';
import { localText } from '../../src/core/time/local-text.js';

const NOW = 1_795_000_000;

function line(text: string, stampSec?: number): SourceLine {
  const stamp = stampSec === undefined ? undefined : { text: '', epochSec: stampSec };
  return { text, ascii: true, number: 1, stamp };
}

function make(datepattern?: string) {
  const clock = new ManualClock(NOW);
  const { filter } = emptyPlan('one', 'polling');
  const health = new LogHealth(
    { ...filter, datepattern: datepattern ? { value: datepattern } : undefined },
    clock,
  );
  const told: [string, string | undefined][] = [];
  const look = () => {
    told.length = 0;
    health.look(['/a.log'], (of, message) => told.push([of, message]));
    return [...told];
  };
  const feed = (times: number, text: (sec: number) => string, journal = false) => {
    for (let i = 0; i < times; i++) {
      clock.advance(10);
      const pieces = [line(text(clock.nowSec()), journal ? clock.nowSec() - 3600 : undefined)];
      health.note({ path: '/a.log', live: true, pieces, lines: 1, matched: 0 });
    }
  };
  return { clock, look, feed };
}

test('dates that are an hour behind all the time are told with what to set, until they are right again', () => {
  const { look, feed } = make();
  feed(5, (sec) => `${localText(sec)} fine`);
  expect(look()).toEqual([]);
  feed(20, (sec) => `${localText(sec - 3600)} late`);
  expect(look()).toEqual([
    ['/a.log (dates)', expect.stringMatching(/1 h behind the clock\. .*logtimezone = UTC/)],
  ]);
  feed(1, (sec) => `${localText(sec)} fine`);
  expect(look()).toEqual([['/a.log (dates)', undefined]]);
  expect(look()).toEqual([]);
});

test('entries of a journal bring their time', () => {
  const { look, feed } = make();
  feed(20, () => 'no date', true);
  expect(look()).toEqual([['/a.log (dates)', expect.stringContaining('1 h behind the clock')]]);
});

test('lines without dates are told, unless the filter wants none', () => {
  const { look, feed } = make();
  feed(300, () => 'no date at all');
  expect(look()).toEqual([['/a.log (dates missing)', expect.stringContaining('100 % of the lines')]]);
  const other = make('{NONE}');
  other.feed(300, () => 'no date at all');
  expect(other.look()).toEqual([]);
});

test('a busy log that falls silent is told', () => {
  const { clock, look, feed } = make();
  feed(300, (sec) => `${localText(sec)} fine`);
  clock.advance(700);
  expect(look()).toEqual([['/a.log (silence)', expect.stringContaining('nothing has come from /a.log')]]);
});
