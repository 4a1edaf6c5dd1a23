/** What is said of a log that cannot be read, and when. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SourceError } from '../../src/core/errors.js';
import { Patience } from '../../src/core/source/patience.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

function patience() {
  const said: string[] = [];
  const of = new Patience('/a.log', (kind, message) => said.push(`${kind} ${message ?? ''}`.trim()));
  return { of, said };
}

test('a problem is said once, and when it is over', () => {
  const { of, said } = patience();
  const error = new SourceError('x', 'cannot read /a.log: permission denied', { hint: 'Be root.' });
  of.failed(error);
  of.failed(error);
  of.wentWell();
  of.wentWell();
  expect(said).toEqual(['problem cannot read /a.log: permission denied. Be root.', 'problem']);
});

test('a file that is missing between two files of a rotation is no problem', () => {
  const { of, said } = patience();
  of.missing(true);
  jest.advanceTimersByTime(4000);
  of.missing(true);
  expect(said).toEqual([]);
  jest.advanceTimersByTime(1100);
  of.missing(true);
  expect(said).toEqual([expect.stringContaining('problem cannot read /a.log: there is no such file')]);
});

test('a file that was never there is one at once', () => {
  const { of, said } = patience();
  of.missing(false);
  expect(said).toHaveLength(1);
});

test('after more than fifty errors in a row, two seconds apart, the file counts as dropped until it can be read', () => {
  const { of, said } = patience();
  const error = new SourceError('x', 'no');
  for (let i = 0; i < 500; i++) of.failed(error);
  expect(of.isOver).toBe(false);
  for (let i = 0; i < 49; i++) {
    jest.advanceTimersByTime(2000);
    of.failed(error);
  }
  expect(of.isOver).toBe(false);
  jest.advanceTimersByTime(2000);
  of.failed(error);
  expect(of.isOver).toBe(true);
  expect(said).toEqual([
    'problem no',
    "notice Too many errors. Remove file '/a.log' from monitoring process",
    'removed',
  ]);
  of.wentWell();
  expect(of.isOver).toBe(false);
  expect(said.slice(3)).toEqual(['added', 'problem']);
});
