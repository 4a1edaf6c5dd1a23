/**
 * Following logs that are written, rotated, packed, truncated and removed at random, by followers that come and go:
 * sequences against a model, with notification and without.
 */
import { describe, expect, jest, test } from '@jest/globals';
import { findEncoding, UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { type FollowScript, followSequence } from './follow-world.js';

// Where the machine is so busy that a reader gets no turn between two rotations, lines are lost that are nobody's fault. What
// is wrong with the reader shows each time.
jest.retryTimes(2);

const AT_ONCE = 8;
const utf8 = { encoding: UTF8_ENCODING, encode: (text: string) => Buffer.from(text) };

async function failures(from: number, count: number, script: FollowScript): Promise<string[]> {
  const found: string[] = [];
  let next = from;
  const play = async () => {
    while (next < from + count && found.length === 0) {
      const failure = await followSequence(next++, script);
      if (failure !== undefined) found.push(failure);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  return found;
}

describe('logs that are rotated, copied, packed, truncated and removed at random give each line once and in order', () => {
  test('where changes are told and nobody looks by himself', async () => {
    expect(await failures(1, 90, { ...utf8, notify: true })).toEqual([]);
  }, 120_000);

  test('where nobody tells and the files are looked at', async () => {
    expect(await failures(10_000, 90, { ...utf8, notify: false })).toEqual([]);
  }, 120_000);

  test('where a newline is two bytes', async () => {
    const encoding = await findEncoding('utf-16-le');
    const script = { encoding, encode: (text: string) => Buffer.from(text, 'utf16le'), notify: true };
    expect(await failures(20_000, 30, script)).toEqual([]);
  }, 120_000);
});
