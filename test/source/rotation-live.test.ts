/**
 * Reading in runs while another thread writes and rotates the very same log: what a random sequence cannot show, namely
 * that a rotation between any two system calls of the reader does no harm.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from '@jest/globals';
import type { LogPosition } from '../../src/core/records.js';
import { UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { openLogFile } from '../../src/core/source/log-file.js';

const folder = mkdtempSync(join(tmpdir(), 'f2b-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a log that is written and rotated while it is read loses and doubles no line', async () => {
  const path = join(folder, 'app.log');
  const writer = new Worker(new URL('./rotating-writer.mjs', import.meta.url), {
    workerData: { path, forMs: 2500 },
  });
  let written: number | undefined;
  writer.on('message', (lines: number) => {
    written = lines;
  });
  let position: LogPosition | undefined;
  let expected = 0;
  let rotations = 0;
  const wrong: string[] = [];
  for (let isLast = false; !isLast; ) {
    isLast = written !== undefined;
    const log = await openLogFile(path, position, { encoding: UTF8_ENCODING });
    for await (const { lines } of log.batches()) {
      for (const { text } of lines) {
        const number = Number.parseInt(text, 10);
        if (number !== expected) wrong.push(`${number} in place of ${expected}`);
        expected = number + 1;
      }
    }
    if (log.change === 'rotated') rotations++;
    position = log.position();
    await sleep(Math.random() * 10);
  }
  await writer.terminate();
  expect(wrong).toEqual([]);
  expect(expected).toBe(written);
  expect(rotations).toBeGreaterThan(3);
});
