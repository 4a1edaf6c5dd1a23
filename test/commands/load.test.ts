/** f2b starts, or says why not, whatever became of the files it starts from. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildIfStale, ROOT, run } from './f2b.js';

// A folder whose name would not stand in a URL as it is.
const folder = mkdtempSync(join(tmpdir(), 'f2b load%20#-'));
const dist = join(folder, 'dist');
const cacheIn = (dir: string) => readdirSync(dir).find((name) => name.endsWith('.cache')) as string;
const ask = () =>
  run(process.execPath, [join(folder, 'bin/run.js'), 'regex', 'from 192.0.2.1', 'from <HOST>']);
const REJECTED = "process.stdout.write(String(require('./dist/load.cjs').script.cachedDataRejected))";
const isRejected = async () => (await run(process.execPath, ['-e', REJECTED], { cwd: folder })).stdout;

beforeAll(() => {
  buildIfStale();
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function expectWorks(): Promise<void> {
  const { status, stdout, stderr } = await ask();
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('1 matched');
}

describe('the command line starts', () => {
  test('from the code made at its build', async () => {
    expect(await isRejected()).toBe('false');
    await expectWorks();
  });

  test.each([
    ['damaged', (bytes: Buffer) => bytes.map((byte, i) => (i % 997 === 64 ? byte ^ 0xff : byte))],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['full of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['empty', () => Buffer.alloc(0)],
  ])('without it, where it is %s', async (_, damage) => {
    const path = join(dist, cacheIn(dist));
    const whole = readFileSync(path);
    writeFileSync(path, damage(whole));
    // Nothing was offered to V8.
    expect(await isRejected()).toBe('undefined');
    await expectWorks();
    writeFileSync(path, whole);
  });

  test('without it, where it is missing', async () => {
    rmSync(join(dist, cacheIn(dist)));
    await expectWorks();
  });

  test('not at all from a bundle that is damaged, and says so', async () => {
    writeFileSync(join(dist, 'command-line.cjs'), '');
    const { status, stdout, stderr } = await ask();
    expect([status, stdout]).toEqual([255, '']);
    expect(stderr).toMatch(
      /^f2b: \S.*command-line\.cjs is damaged; install f2b again, or build it with npm run build\n$/,
    );
  });
});
