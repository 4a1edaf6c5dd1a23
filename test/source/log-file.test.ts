import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LogPosition } from '../../src/core/records.js';
import { findEncoding, UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { type LogFileOptions, openLogFile } from '../../src/core/source/log-file.js';
import { readAll, texts } from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'f2b-log-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let path: string;
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
  path = join(folder, 'app.log');
});

type Options = Partial<LogFileOptions>;

const open = (stored: LogPosition | undefined, options: Options = {}) =>
  openLogFile(path, stored, { encoding: UTF8_ENCODING, ...options });

/** A run: what it reads, and what it stores. */
async function run(stored?: LogPosition, options: Options = {}) {
  const log = await open(stored, options);
  const lines = texts(await readAll(log));
  const { change, notices, counts } = log;
  const position = JSON.parse(JSON.stringify(log.position() ?? null)) as LogPosition | null;
  return { lines, change, notices, counts, position: position ?? undefined };
}

const gzip = (file: string) => {
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
  unlinkSync(file);
};

describe('the first run', () => {
  test('reads from the start', async () => {
    writeFileSync(path, 'a\nb\n');
    expect(await run()).toMatchObject({ lines: ['a', 'b'], change: 'first', notices: [] });
  });

  test('does not read what the log was before', async () => {
    writeFileSync(`${path}.1`, 'old\n');
    writeFileSync(path, 'a\n');
    const { position, lines } = await run();
    expect(lines).toEqual(['a']);
    expect((await run(position)).lines).toEqual([]);
  });

  test('with tail begins at the end, and with a line that is half there at its start', async () => {
    writeFileSync(path, 'a\nb\nhal');
    const { lines, position } = await run(undefined, { mode: 'tail' });
    expect(lines).toEqual([]);
    appendFileSync(path, 'f\nc\n');
    expect((await run(position)).lines).toEqual(['half', 'c']);
  });

  test('of a log that is missing stores nothing', async () => {
    expect(await run()).toEqual(
      expect.objectContaining({ lines: [], change: 'missing', position: undefined }),
    );
  });
});

describe('a log that has grown', () => {
  test('gives the new lines', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\nc\n');
    expect(await run(position)).toMatchObject({ lines: ['b', 'c'], change: 'grown' });
  });

  test('gives a last line once its newline is there, whatever it was cut in', async () => {
    const bytes = Buffer.from('é€😀\r\nb\n');
    let position: LogPosition | undefined;
    const lines: string[] = [];
    for (let end = 1; end <= bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      const read = await run(position);
      position = read.position;
      lines.push(...read.lines);
      expect(position?.offsetBytes).toBe(bytes.subarray(0, end).lastIndexOf(0x0a) + 1);
    }
    expect(lines).toEqual(['é€😀', 'b']);
  });

  test('keeps the hash of the first line as fail2ban does', async () => {
    writeFileSync(path, 'first\nsecond\n');
    const { position } = await run();
    const sha1 = createHash('sha1').update('first\n').digest('hex');
    expect(position).toMatchObject({ firstLineHash: sha1, offsetBytes: 13 });
  });
});

describe('positions are exact behind every batch', () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `${i} ${'ä'.repeat(i % 23)} ${'x'.repeat(i % 61)}`);
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  const cases: [string, (text: string) => Buffer][] = [
    ['utf-8', (text) => Buffer.from(text)],
    ['latin1', (text) => Buffer.from(text, 'latin1')],
    ['utf-16-le', utf16],
    ['utf-16-be', (text) => utf16(text).swap16()],
    ['utf-16', (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(text)])],
    ['UTF-16', (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), utf16(text).swap16()])],
    ['utf-32-le', (text) => Buffer.from(Uint32Array.from([...text], (c) => c.codePointAt(0) ?? 0).buffer)],
  ];

  test.each(cases)('in %s', async (name, encode) => {
    const encoding = await findEncoding(name);
    const bytes = encode(`${lines.join('\r\n')}\r\n`);
    writeFileSync(path, bytes);
    const read: string[] = [];
    let position: LogPosition | undefined;
    let runs = 0;
    for (;;) {
      const log = await open(position, { encoding });
      let batches = 0;
      for await (const batch of log.batches()) {
        read.push(...texts(batch.lines));
        // Cut off behind the second batch: what is left comes in the next run.
        if (++batches === 2) break;
      }
      position = log.position();
      runs++;
      if (batches === 0) break;
    }
    expect(read).toEqual(lines);
    expect(position?.offsetBytes).toBe(bytes.length);
    expect(runs).toBeGreaterThan(2);
  });

  test('in a packed file, in unpacked bytes', async () => {
    const text = `${lines.join('\n')}\n`;
    writeFileSync(path, text.slice(0, 100_000));
    const first = await run();
    writeFileSync(path, text);
    renameSync(path, `${path}.1`);
    gzip(`${path}.1`);
    const log = await open(first.position);
    const read: string[] = [...first.lines];
    for await (const batch of log.batches()) {
      read.push(...texts(batch.lines));
      break;
    }
    expect(read.length).toBeGreaterThan(first.lines.length);
    expect(read.length).toBeLessThan(lines.length);
    const last = await run(log.position());
    expect([...read, ...last.lines]).toEqual(lines);
    expect(last.position?.offsetBytes).toBe(Buffer.byteLength(text));
  });
});

describe('odd bytes', () => {
  test('a hole that a power cut or a truncation has left in front of a line is passed over', async () => {
    writeFileSync(path, Buffer.concat([Buffer.alloc(500_000), Buffer.from('a\n\0\0b\n'), Buffer.alloc(7)]));
    const { lines, position } = await run();
    expect(lines).toEqual(['a', 'b']);
    appendFileSync(path, 'c\n');
    expect((await run(position)).lines).toEqual(['c']);
  });

  test('a writer that goes on at its old place after a truncation loses no line', async () => {
    writeFileSync(path, 'one\ntwo\n');
    const { position } = await run();
    copyFileSync(path, `${path}.1`);
    writeFileSync(path, Buffer.concat([Buffer.alloc(8), Buffer.from('three\n')]));
    expect((await run(position)).lines).toEqual(['three']);
  });

  test('a line longer than the limit is cut and reading goes on behind it', async () => {
    writeFileSync(path, `a\n${'x'.repeat(17 * 1024 * 1024)}`);
    const first = await run();
    expect(first.lines).toEqual(['a']);
    expect(first.position?.offsetBytes).toBe(2);
    appendFileSync(path, '\nb\n');
    const { lines, counts } = await run(first.position);
    expect(lines.map((line) => line.length < 100)).toEqual([false, true]);
    expect(lines.at(-1)).toBe('b');
    expect(counts.cutLines).toBe(1);
  });
});

describe('a rotated log', () => {
  test('several times between two runs is read through all its files', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\n');
    renameSync(path, `${path}.3`);
    gzip(`${path}.3`);
    writeFileSync(`${path}.2`, 'c\n');
    gzip(`${path}.2`);
    writeFileSync(`${path}.1`, 'd\n');
    writeFileSync(path, 'e\n');
    const read = await run(position);
    expect(read).toMatchObject({ lines: ['b', 'c', 'd', 'e'], change: 'rotated', notices: [] });
    expect((await run(read.position)).lines).toEqual([]);
  });

  test.each(['app.log.old', 'saved', 'app.log.save-by-hand'])('to %s is found there', async (name) => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\n');
    renameSync(path, join(folder, name));
    writeFileSync(path, 'c\n');
    expect((await run(position)).lines).toEqual(['b', 'c']);
  });

  test('and not made anew is read to its end and goes on when it comes back', async () => {
    writeFileSync(path, 'a\n');
    const first = await run();
    appendFileSync(path, 'b\n');
    renameSync(path, `${path}.1`);
    const gone = await run(first.position);
    expect(gone).toMatchObject({ lines: ['b'], change: 'rotated' });
    const still = await run(gone.position);
    expect(still).toMatchObject({ lines: [], change: 'rotated', notices: [] });
    gzip(`${path}.1`);
    const packed = await run(still.position);
    expect(packed.lines).toEqual([]);
    expect((await run(packed.position)).lines).toEqual([]);
    writeFileSync(path, 'c\n');
    expect((await run(packed.position)).lines).toEqual(['c']);
  });

  test('whose writer has not noticed yet loses no late line', async () => {
    writeFileSync(path, 'a\n');
    const first = await run();
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    const second = await run(first.position);
    appendFileSync(`${path}.1`, 'late\n');
    appendFileSync(path, 'b\n');
    const third = await run(second.position);
    expect(third.lines).toEqual(['late', 'b']);
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.2`, 'very late\n');
    writeFileSync(path, 'c\n');
    expect((await run(third.position)).lines).toEqual(['very late', 'c']);
  });

  test('this very moment, between looking and reading, is looked for again', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\n');
    const log = await open(position);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'c\n');
    expect(texts(await readAll(log))).toEqual(['b', 'c']);
  });

  test('packed this very moment too', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\n');
    renameSync(path, `${path}.1`);
    const log = await open(position);
    gzip(`${path}.1`);
    expect(texts(await readAll(log))).toEqual(['b']);
  });

  test('that is a link to a file of the day follows the link', async () => {
    const day = join(folder, 'app-2026-11-21.log');
    writeFileSync(day, 'a\n');
    symlinkSync(day, path);
    const { position } = await run();
    appendFileSync(day, 'b\n');
    const next = join(folder, 'app-2026-11-22.log');
    writeFileSync(next, 'c\n');
    unlinkSync(path);
    symlinkSync(next, path);
    expect((await run(position)).lines).toEqual(['b', 'c']);
  });

  test('into something f2b cannot unpack says what may be lost, and goes on', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    writeFileSync(`${path}.1.xz`, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]));
    unlinkSync(path);
    writeFileSync(path, 'c\n');
    const read = await run(position);
    expect(read.lines).toEqual(['c']);
    expect(read.notices).toEqual([
      expect.stringMatching(/read from its start/),
      expect.stringMatching(/app\.log\.1\.xz is packed with xz.*may be lost/),
    ]);
    const again = await run(read.position);
    expect(again).toMatchObject({ lines: [], notices: [] });
  });

  test('into a damaged gzip file gives what can be read, says so once, and goes on', async () => {
    writeFileSync(path, `a\n${'b\n'.repeat(50_000)}`);
    const { position } = await run();
    const text = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`).join('');
    const packed = gzipSync(readFileSync(path));
    writeFileSync(`${path}.2.gz`, packed);
    writeFileSync(`${path}.1.gz`, gzipSync(text).subarray(0, 60_000));
    rmSync(path);
    writeFileSync(path, 'c\n');
    const read = await run(position);
    expect(read.lines.at(-1)).toBe('c');
    expect(read.lines.length).toBeGreaterThan(1000);
    expect(read.notices).toEqual([expect.stringMatching(/damaged gzip file.*may be lost/)]);
    expect(await run(read.position)).toMatchObject({ lines: [], notices: [] });
  });
});

describe('a log that is copied and truncated', () => {
  test('is read to the end of the copy, then from its start', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    appendFileSync(path, 'b\n');
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, 'c\n');
    expect((await run(position)).lines).toEqual(['b', 'c']);
  });

  test('and written to the same size within a moment is noticed', async () => {
    writeFileSync(path, 'aaaa\nbbbb\n');
    const { position } = await run();
    writeFileSync(path, 'aaaa\ncccc\n');
    const read = await run(position);
    expect(read).toMatchObject({ lines: ['aaaa', 'cccc'], change: 'rewritten' });
    expect(read.notices).toEqual([expect.stringMatching(/was truncated/)]);
  });

  test('between whose copy and truncation a run was is not read twice', async () => {
    const text = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('');
    writeFileSync(path, text);
    const first = await run();
    appendFileSync(path, 'in the copy\n');
    copyFileSync(path, `${path}.1`);
    appendFileSync(path, 'not in the copy\n');
    const between = await run(first.position);
    expect(between.lines).toEqual(['in the copy', 'not in the copy']);
    truncateSync(path, 0);
    appendFileSync(path, 'new\n');
    expect((await run(between.position)).lines).toEqual(['new']);
  });
});

describe('a position that comes from fail2ban', () => {
  const imported = (firstLine: string, offsetBytes: number): LogPosition => ({
    path,
    offsetBytes,
    firstLineHash: firstLine === '' ? '' : createHash('sha1').update(firstLine).digest('hex'),
    tailHash: '',
  });

  test('holds where the first line is the same', async () => {
    writeFileSync(path, 'a\nb\nc\n');
    expect((await run(imported('a\n', 4))).lines).toEqual(['c']);
  });

  test('holds where it has no first line yet', async () => {
    writeFileSync(path, 'a\nb\nc\n');
    expect((await run(imported('', 2))).lines).toEqual(['b', 'c']);
  });

  test('does not hold where the first line is another', async () => {
    writeFileSync(path, 'x\nb\nc\n');
    expect((await run(imported('a\n', 4))).lines).toEqual(['x', 'b', 'c']);
  });

  test('does not make rotated files new', async () => {
    writeFileSync(`${path}.2`, 'very old\n');
    writeFileSync(`${path}.1`, 'old\n');
    writeFileSync(path, 'x\n');
    expect((await run(imported('a\n', 4))).lines).toEqual(['x']);
  });

  test('finds the rest of a file that was rotated in between', async () => {
    writeFileSync(`${path}.1`, 'a\nb\nc\n');
    writeFileSync(path, 'd\n');
    const read = await run(imported('a\n', 4));
    expect(read.lines).toEqual(['c', 'd']);
    expect((await run(read.position)).lines).toEqual([]);
  });
});

describe('the lines before', () => {
  test('are handed out whole and in order, and not read again', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} of the log`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    const { position } = await run();
    appendFileSync(path, 'new\n');
    const log = await open(position);
    const context = texts([...(await log.context())]);
    expect(context.length).toBeGreaterThan(2000);
    expect(context).toEqual(lines.slice(-context.length));
    expect(texts(await readAll(log))).toEqual(['new']);
  });

  test('reach back over a rotation', async () => {
    writeFileSync(path, 'a\nb\n');
    const first = await run();
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'c\n');
    const second = await run(first.position);
    appendFileSync(path, 'd\n');
    const log = await open(second.position);
    expect(texts([...(await log.context())])).toEqual(['a', 'b', 'c']);
  });

  test('are none in the first run', async () => {
    writeFileSync(path, 'a\n');
    expect(await (await open(undefined)).context()).toEqual([]);
  });
});

describe('what cannot be read', () => {
  test('a folder is refused', async () => {
    mkdirSync(path);
    await expect(run()).rejects.toMatchObject({ code: 'source-eisdir' });
  });

  test('a pipe is refused, and does not block', async () => {
    spawnSync('mkfifo', [path]);
    await expect(run()).rejects.toMatchObject({ code: 'source-no-file' });
  });

  test('a file without permission is refused at once', async () => {
    if (process.getuid?.() === 0) return;
    writeFileSync(path, 'a\n');
    chmodSync(path, 0);
    await expect(open(undefined)).rejects.toMatchObject({ code: 'source-eacces' });
  });

  test('a link among the files it was before is not followed', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    writeFileSync(join(folder, 'secret'), 'secret\n');
    symlinkSync(join(folder, 'secret'), `${path}.1`);
    unlinkSync(path);
    writeFileSync(path, 'b\n');
    expect((await run(position)).lines).toEqual(['b']);
  });

  test('a pipe in the place of a file, put there between looking and reading, does not block', async () => {
    writeFileSync(path, 'a\n');
    const log = await open(undefined);
    unlinkSync(path);
    spawnSync('mkfifo', [path]);
    await expect(readAll(log)).rejects.toMatchObject({ code: 'source-no-file' });
  });

  test('a log that is gone keeps its position', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    rmSync(path);
    const gone = await run(position);
    expect(gone).toMatchObject({ lines: [], change: 'missing', position });
    expect(gone.notices).toEqual([`${path} is gone`]);
  });

  test('a folder that is gone is a log that is gone', async () => {
    writeFileSync(path, 'a\n');
    const { position } = await run();
    rmSync(dirname(path), { recursive: true });
    expect(await run(position)).toMatchObject({ lines: [], change: 'missing', position });
  });
});

test('a gzip file keeps its content (the helper of these tests)', () => {
  writeFileSync(path, 'a\n');
  gzip(path);
  expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe('a\n');
});

test('the null device is a log without lines; another device is none', async () => {
  path = '/dev/null';
  expect(texts(await readAll(await open(undefined)))).toEqual([]);
  path = '/dev/zero';
  await expect(open(undefined).then(readAll)).rejects.toThrow('it is a pipe, socket or device');
});
