import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { openFile, openStream, unreadable } from '../../src/core/source/file.js';
import { readAll, scratchFiles, texts } from './helpers.js';

const utf8 = UTF8_ENCODING;
const file = scratchFiles();
const read = async (path: string) => readAll(await openFile(path, utf8));

describe('a file', () => {
  test('of several chunks yields every line once and in order', async () => {
    const content = Array.from({ length: 200_000 }, (_, i) => `line ${i} of a log é`);
    const path = file('long.log', `${content.join('\n')}\n`);
    expect(texts(await read(path))).toEqual(content);
  });

  test('says how long it is and how far it has been read', async () => {
    const path = file('progress.log', 'x'.repeat(99).concat('\n').repeat(30_000));
    const source = await openFile(path, utf8);
    expect(source.sizeBytes).toBe(3_000_000);
    const seen: number[] = [];
    for await (const { readBytes } of source.batches()) seen.push(readBytes);
    expect(seen.at(-1)).toBe(3_000_000);
    expect(seen.length).toBeGreaterThan(1);
  });

  test('may be empty', async () => {
    expect(await read(file('empty.log', ''))).toEqual([]);
  });

  test('that vanishes while it is read is read to its end', async () => {
    const path = file('vanishing.log', 'a\nb\n');
    const source = await openFile(path, utf8);
    unlinkSync(path);
    expect(texts(await readAll(source))).toEqual(['a', 'b']);
  });

  test('that shrinks while it is read ends early and does no harm', async () => {
    const path = file('shrinking.log', 'a\n'.repeat(2_000_000));
    const source = await openFile(path, utf8);
    let lines = 0;
    for await (const batch of source.batches()) {
      if (lines === 0) truncateSync(path, 0);
      lines += batch.lines.length;
    }
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(2_000_000);
  });

  test('is closed when its reader stops early', async () => {
    const source = await openFile(file('stopped.log', 'a\n'.repeat(2_000_000)), utf8);
    for await (const _ of source.batches()) break;
    await expect(readAll(source)).rejects.toThrow();
  });
});

describe('gzip', () => {
  const content = Array.from({ length: 100_000 }, (_, i) => `packed ${i}`);
  const packed = gzipSync(`${content.join('\n')}\n`);

  test('is unpacked, whatever the name of the file', async () => {
    expect(texts(await read(file('auth.log', packed)))).toEqual(content);
  });

  test('of several members is read as one', async () => {
    expect(texts(await read(file('two.gz', Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]))))).toEqual([
      'a',
      'b',
    ]);
  });

  test('that is damaged yields the lines before the damage, then one clear error', async () => {
    const source = await openFile(file('damaged.gz', packed.subarray(0, packed.length / 2)), utf8);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const batch of source.batches()) lines.push(...texts(batch.lines));
    })();
    await expect(reading).rejects.toMatchObject({
      name: 'SourceError',
      message: expect.stringMatching(/damaged\.gz is a damaged gzip file/),
    });
    expect(lines).toEqual(content.slice(0, lines.length));
  });

  test('from a pipe that hands over single bytes is unpacked', async () => {
    const bytes = [...gzipSync('a\nb\n')].map((byte) => Buffer.from([byte]));
    expect(texts(await readAll(openStream('standard input', Readable.from(bytes), utf8)))).toEqual([
      'a',
      'b',
    ]);
  });

  test('of other packers is named and refused', async () => {
    const path = file('log.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]));
    await expect(read(path)).rejects.toMatchObject({
      hint: expect.stringMatching(/xzcat .*log\.xz \| f2b regex -/),
    });
  });
});

describe('what cannot be read', () => {
  test('a missing file', async () => {
    await expect(openFile('/nowhere/x.log', utf8)).rejects.toMatchObject({
      name: 'SourceError',
      code: 'source-enoent',
      message: 'cannot read /nowhere/x.log: there is no such file',
    });
  });

  test('a folder', async () => {
    await expect(openFile(tmpdir(), utf8)).rejects.toMatchObject({
      code: 'source-eisdir',
      hint: expect.any(String),
    });
  });

  test('links that go round in circles', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'f2b-loop-'));
    symlinkSync(join(folder, 'b'), join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    await expect(openFile(join(folder, 'a'), utf8)).rejects.toMatchObject({ code: 'source-eloop' });
    rmSync(folder, { recursive: true });
  });

  test('a file without permission says who may', async () => {
    const path = file('secret.log', 'a\n');
    chmodSync(path, 0);
    // root may read everything: then the wording is all there is to see.
    const error =
      process.getuid?.() === 0
        ? unreadable(path, { code: 'EACCES' })
        : await openFile(path, utf8).catch((e) => e);
    expect(error).toMatchObject({ code: 'source-eacces', hint: expect.stringMatching(/root/) });
  });
});

describe('memory', () => {
  test('stays flat over a long file', async () => {
    const line = `${'x'.repeat(120)}\n`;
    const path = file('flat.log', line.repeat(600_000));
    global.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    for await (const _ of (await openFile(path, utf8)).batches())
      peak = Math.max(peak, process.memoryUsage().rss);
    expect(readFileSync(path).length).toBe(600_000 * 121);
    expect(peak - before).toBeLessThan(150e6);
  });
});
