/**
 * Reading in runs, as cron does, while a log is written and rotated: random sequences against a model.
 */
import { describe, expect, test } from '@jest/globals';
import { findEncoding, UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { playSequence, type Script } from './rotation-world.js';

const utf8: Script = { encoding: UTF8_ENCODING, encode: (text) => Buffer.from(text) };

async function failures(from: number, count: number, script: Script): Promise<string[]> {
  const found: string[] = [];
  for (let seed = from; seed < from + count && found.length === 0; seed++) {
    const failure = await playSequence(seed, script);
    if (failure !== undefined) found.push(failure);
  }
  return found;
}

describe('a log that is rotated, copied, packed, truncated and removed at random', () => {
  test('gives every complete line that is still there exactly once and in order', async () => {
    expect(await failures(1, 300, utf8)).toEqual([]);
  });

  test('does so where a newline is two bytes', async () => {
    const encoding = await findEncoding('utf-16-le');
    const script: Script = { encoding, encode: (text) => Buffer.from(text, 'utf16le') };
    expect(await failures(5000, 60, script)).toEqual([]);
  });
});
