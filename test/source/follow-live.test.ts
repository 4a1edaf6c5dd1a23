/**
 * Following while another thread writes and rotates without rest; and with the real logrotate, where it is installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { readers, scratchFolders } from './follow-harness.js';

// Where the machine is so busy that a reader gets no turn between two rotations, lines are lost that are nobody's fault. What
// is wrong with the reader shows each time.
jest.retryTimes(2);

const folder = scratchFolders();
const read = readers();
const writers: Worker[] = [];
afterEach(async () => {
  await Promise.all(writers.splice(0).map((writer) => writer.terminate()));
});

function startWriter(module: string, workerData: object): Worker {
  const writer = new Worker(new URL(module, import.meta.url), { workerData });
  writers.push(writer);
  return writer;
}

/** Lines of the writers are numbered. */
function wrong(lines: readonly string[], from = 0): string[] {
  const numbers = lines.map((line) => Number.parseInt(line, 10));
  return numbers
    .flatMap((number, i) => (number === from + i ? [] : [`${number} in place of ${from + i}`]))
    .slice(0, 5);
}

describe.each([
  ['told of changes', {}],
  ['that looks', { notify: false, pollMs: 10 }],
])('a reader %s', (_, options) => {
  test('loses and doubles no line of a log that is written and rotated meanwhile', async () => {
    const path = join(folder(), 'app.log');
    const writer = startWriter('./rotating-writer.mjs', { path, forMs: 2500 });
    let written = Number.POSITIVE_INFINITY;
    writer.on('message', (lines: number) => {
      written = lines;
    });
    const reading = await read([path], options);
    await reading.until(() => reading.lines.length >= written, 10_000);
    await sleep(100);
    expect(wrong(reading.lines)).toEqual([]);
    expect(reading.lines).toHaveLength(written);
    const rotations = reading.notices.filter((notice) => notice.startsWith('rotated')).length;
    expect(rotations).toBeGreaterThan(0);
  }, 20_000);
});

const present = spawnSync('logrotate', ['--version']).status === 0;
if (!present) console.warn('logrotate is not installed: following its rotations is not tested');

/** All lines of a log and of what it was before. */
function linesOf(home: string, name: string): string[] {
  const names = readdirSync(home).filter((one) => one.startsWith(name));
  return names.flatMap((one) => {
    const bytes = readFileSync(join(home, one));
    return (one.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').slice(0, -1);
  });
}

(present ? describe : describe.skip)('rotations by logrotate', () => {
  test.each([
    ['create', 'create 0600'],
    ['nocreate', 'nocreate'],
    ['create, packed', 'create 0600\ncompress'],
    ['create, packed a rotation later', 'create 0600\ncompress\ndelaycompress'],
    ['create, with dates', 'create 0600\ndateext\ndateformat -%Y%m%d-%s'],
    ['copytruncate', 'copytruncate'],
    ['copytruncate, packed', 'copytruncate\ncompress'],
  ])(
    'with %s lose and double no line',
    async (_, settings) => {
      const home = folder();
      const names = ['a', 'b', 'c'];
      const paths = names.map((name) => join(home, `${name}.log`));
      const config = join(home, 'rotate.conf');
      writeFileSync(config, `${home}/*.log {\nrotate 20\nmissingok\n${settings}\n}\n`, { mode: 0o600 });
      const copies = settings.startsWith('copytruncate');
      // What a writer adds to a log that is being packed is in no file afterwards: only who had it open has seen it.
      const isWhole = copies || !/compress$/.test(settings) || settings.includes('delaycompress');
      for (const path of paths) startWriter('./reopening-writer.mjs', { path, copies });
      const reading = await read(paths);
      let before = 0;
      for (let i = 0; i < 5; i++) {
        await sleep(copies ? 200 : 1100 / 5);
        if (settings.includes('dateext')) await sleep(800);
        // What is written between copy and truncation is lost by logrotate itself. Writers that do not come to open the log
        // anew between two rotations, and readers that do not come to read it, are those of a machine that is too busy.
        const counts = await Promise.all(writers.map((writer) => told(writer, copies ? 'pause' : 'reopen')));
        const now = counts.reduce((sum, lines) => sum + lines, 0);
        await reading.until(() => reading.lines.length >= (isWhole && i > 0 ? before : now), 10_000);
        before = now;
        execFileSync('logrotate', ['-f', '-s', join(home, 'state'), config], { stdio: 'ignore' });
        if (copies) for (const writer of writers) writer.postMessage('go on');
      }
      await sleep(100);
      const written = await Promise.all(writers.map((writer) => told(writer, 'end')));
      const total = written.reduce((sum, lines) => sum + lines, 0);
      await reading.until(() => reading.lines.length >= total, 10_000);
      await sleep(100);
      for (const [i, path] of paths.entries()) {
        const lines = reading.byPath.get(path) ?? [];
        // Those are read when their handle is looked at again: none is lost, but they may come behind newer ones.
        if (!isWhole) lines.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
        expect(wrong(lines)).toEqual([]);
        expect(reading.byPath.get(path)).toHaveLength(written[i] as number);
        if (isWhole) expect(linesOf(home, `${names[i]}.log`)).toHaveLength(written[i] as number);
      }
      await Promise.all(writers.map((writer) => writer.terminate()));
    },
    30_000,
  );
});

/** Says it and waits for the answer. */
function told(writer: Worker, word: string): Promise<number> {
  return new Promise((resolve) => {
    writer.once('message', resolve);
    writer.postMessage(word);
  });
}
