/**
 * `f2b regex` on files that are no ordinary logs, through the program itself: each gives what fail2ban-regex gives, or
 * one clear error, a documented exit code, and never a stack trace.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { asHead, settle } from '../differential/head-differences.js';
import { type Finished, f2b, ROOT, type RunOptions, run } from './f2b.js';

const installed = spawnSync('fail2ban-regex', ['--version']).status === 0;
if (!installed) console.warn('fail2ban-regex is not installed: odd files are not compared with it');

const HIT = '2026-11-20 03:04:05 x 1.2.3.4';
const MISS = '2026-11-20 03:04:05 y';
const ROW = "['1.2.3.4',\t1795143845.0,\t{'ip4': '1.2.3.4', 'ip6': None, 'dns': None}],\n";
const REGEX = 'x <HOST>';

let folder: string;
let last: Finished | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2b-odd-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  // Whatever happened, nobody is shown the inside of the program.
  expect(last?.stderr ?? '').not.toMatch(/^\s+at |has a bug|node:internal|Warning:/m);
  expect(last?.stdout ?? '').not.toMatch(/^\s+at /m);
});

async function regex(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  last = await f2b(['regex', ...args], { cwd: folder, ...options });
  return last;
}

function utf16(text: string, order: 'le' | 'be', mark = false): Buffer {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

const TWO = `${HIT}\nfoo\n`;

/** Name, content, options; and what f2b says beside the result. */
const FILES: readonly [
  name: string,
  content: string | Buffer,
  options: string[],
  notes: RegExp | undefined,
][] = [
  [
    'no newline at the end',
    `${HIT}\n${HIT}`,
    [],
    /^note: the last line has no newline and was not read \(29 bytes\)$/,
  ],
  ['one line without a newline', HIT, [], /was not read/],
  ['empty', '', [], undefined],
  ['only newlines', '\n\n\r\n\n', [], undefined],
  ['NUL bytes', `2026-11-20 03:04:05 \0x 1.2.3.4\0\n\0\0\n${HIT}\n`, [], undefined],
  [
    'Latin-1 read as UTF-8',
    Buffer.from(`${HIT} j\xfcrgen\n`, 'latin1'),
    [],
    /^note: 1 line with bytes that are not valid/,
  ],
  ['Latin-1', Buffer.from(`${HIT} j\xfcrgen\n`, 'latin1'), ['-e', 'latin1'], undefined],
  ['UTF-16 read as UTF-8', utf16(TWO, 'le', true), [], /not valid in the encoding/],
  ['UTF-16 with a mark', utf16(TWO, 'le', true), ['-e', 'utf-16'], undefined],
  ['UTF-16LE', utf16(TWO, 'le'), ['-e', 'utf-16-le'], undefined],
  ['UTF-16BE', utf16(TWO, 'be'), ['-e', 'utf-16-be'], undefined],
  ['UTF-16LE read as UTF-8', utf16(TWO, 'le'), [], /was not read/],
  ['UTF-16LE read as UTF-16BE', utf16(TWO, 'le'), ['-e', 'utf-16-be'], /was not read/],
  [
    'a line of 10 MB that matches at its end',
    `2026-11-20 03:04:05 ${'ab 1.2.3 '.repeat(1_150_000)}x 1.2.3.4\n`,
    [],
    undefined,
  ],
  ['a byte order mark', `\ufeff${HIT}\n${HIT}\n`, [], undefined],
  ['CRLF', `${HIT}\r\n${MISS}\r\n`, [], undefined],
  ['lone CR', `${HIT}\r${HIT}\r${MISS}\n${HIT}\r\r\n`, [], undefined],
  [
    'escape sequences',
    `2026-11-20 03:04:05 \x1b[31mx\x1b]0;t\x07 x 1.2.3.4\u009b1m\n\x1b[2Jmiss\n`,
    [],
    undefined,
  ],
  [
    'lines that only look like text',
    Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 131 + (i >> 3)) & 0xff)),
    [],
    /not valid/,
  ],
];

describe('a file with', () => {
  test.each(FILES)('%s', async (_name, content, options, notes) => {
    writeFileSync(join(folder, 'odd.log'), content);
    for (const asked of [['-o', 'row'], ['-o', 'msg'], ['--print-all-matched']]) {
      const args = [...options, ...asked, 'odd.log', REGEX];
      const ours = await regex(args);
      expect(ours.status).toBe(0);
      if (notes) expect(ours.stderr.trimEnd()).toMatch(new RegExp(notes, 'm'));
      else expect(ours.stderr).toBe('');
      if (!installed) continue;
      const theirs = await run('fail2ban-regex', args, { cwd: folder });
      // Buffers compare fast where they are long.
      expect(settle(ours.stdout) === asHead(settle(theirs.stdout))).toBe(true);
    }
  });

  test('UTF-16, big end first, is read to its end (fail2ban-regex forgets the order after the first line)', async () => {
    writeFileSync(join(folder, 'odd.log'), utf16(`${HIT}\n${HIT}\n`, 'be', true));
    expect(await regex(['-e', 'utf-16', '-o', 'row', 'odd.log', REGEX])).toEqual({
      status: 0,
      stdout: ROW.repeat(2),
      stderr: '',
    });
  });

  test('random bytes gives a result', async () => {
    writeFileSync(join(folder, 'odd.log'), randomBytes(100_000));
    expect((await regex(['odd.log', REGEX])).status).toBe(0);
  });

  test('a line of 20 MB gives a result and says what was cut', async () => {
    writeFileSync(join(folder, 'odd.log'), `${HIT} ${'a'.repeat(20_000_000)}\n`);
    expect(await regex(['-o', 'row', 'odd.log', REGEX])).toEqual({
      status: 0,
      stdout: ROW,
      stderr: expect.stringMatching(/^note: 1 line too long: \d+ bytes were cut off\n$/) as unknown,
    });
  });
});

describe('gzip', () => {
  test('is unpacked', async () => {
    writeFileSync(join(folder, 'log.gz'), gzipSync(TWO));
    expect(await regex(['-o', 'row', 'log.gz', REGEX])).toEqual({ status: 0, stdout: ROW, stderr: '' });
  });

  test('that breaks off gives what was read before, the error and 255', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${HIT} ${(i * 2654435761) >>> 0}\n`).join('');
    const packed = gzipSync(lines);
    writeFileSync(join(folder, 'broken.gz'), packed.subarray(0, packed.length - 1000));
    const rows = await regex(['-o', 'id', 'broken.gz', REGEX]);
    expect(rows.status).toBe(255);
    expect(rows.stdout).toMatch(/^(1\.2\.3\.4\n){1000,}$/);
    expect(rows.stderr).toContain('ERROR: broken.gz is a damaged gzip file');
    const report = await regex(['broken.gz', REGEX]);
    expect(report.status).toBe(255);
    expect(report.stdout).toMatch(/^Lines: \d{4,} lines, 0 ignored, \d{4,} matched, 0 missed$/m);
  });

  test('that is none but in name is text', async () => {
    writeFileSync(join(folder, 'text.gz'), TWO);
    expect((await regex(['-o', 'row', 'text.gz', REGEX])).stdout).toBe(ROW);
  });

  test('of another kind is refused by name', async () => {
    writeFileSync(join(folder, 'log.xz'), Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3]));
    const { status, stderr, stdout } = await regex(['-o', 'row', 'log.xz', REGEX]);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toMatch(/^ERROR: log\.xz is packed with xz/);
  });
});

describe('what is no file', () => {
  test('a folder is one clear error', async () => {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    for (const asked of [['-o', 'row'], []]) {
      const { status, stderr } = await regex([...asked, 'logs', REGEX]);
      expect({ status, stderr }).toEqual({
        status: 255,
        stderr: 'ERROR: cannot read logs: it is a folder\nName the log file in it.\n',
      });
    }
  });

  test('a path of nothing is a line of log, and is said to be', async () => {
    const { status, stderr, stdout } = await regex(['-o', 'row', '/no/such/file.log', REGEX]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toBe('note: there is no file /no/such/file.log: it is tested as a line of log\n');
  });

  test.each([
    ['below a file', 'odd.log/x'],
    ['far too long', 'a'.repeat(5000)],
  ])('a path %s is a line of log', async (_what, path) => {
    writeFileSync(join(folder, 'odd.log'), TWO);
    expect((await regex(['-o', 'row', path, REGEX])).status).toBe(0);
  });

  test('a FIFO is read', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    spawn('sh', ['-c', `printf '${HIT}\\n${HIT}' > fifo`], { cwd: folder });
    const { status, stdout, stderr } = await regex(['-o', 'row', 'fifo', REGEX]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: ROW });
    expect(stderr).toContain('no newline');
  });

  test.each(['-', '/dev/stdin'])('%s reads a pipe', async (name) => {
    const { status, stdout } = await regex(['-o', 'row', name, REGEX], { input: TWO });
    expect({ status, stdout }).toEqual({ status: 0, stdout: ROW });
  });

  test('- unpacks gzip', async () => {
    expect((await regex(['-o', 'row', '-', REGEX], { input: gzipSync(TWO) })).stdout).toBe(ROW);
  });

  test('/dev/null is an empty log', async () => {
    expect(await regex(['-o', 'row', '/dev/null', REGEX])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a file that may not be read is one clear error', async () => {
    const path = join(folder, 'secret.log');
    writeFileSync(path, TWO);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o000);
    await f2b(['--version']);
    const program = [process.execPath, join(ROOT, 'bin/run.js'), 'regex', '-o', 'row', path, REGEX];
    // Root may read everything: it becomes nobody, who still has root's HOME.
    const [file, ...args] =
      process.getuid?.() === 0 ? ['setpriv', '--reuid', '65534', '--clear-groups', ...program] : program;
    last = await run(file as string, args, { env: { HOME: '/root' } });
    expect(last).toEqual({
      status: 255,
      stdout: '',
      stderr: `ERROR: cannot read ${path}: permission denied\nRun it as a user who may read the file (root, or a member of group adm).\n`,
    });
  });

  test('a file that is cut short while it is read ends there', async () => {
    const path = join(folder, 'shrinking.log');
    writeFileSync(path, `${HIT}\n`.repeat(2_000_000));
    const running = regex(['-o', 'id', path, REGEX]);
    setTimeout(() => truncateSync(path, 1000), 250);
    const { status, stdout } = await running;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1\.2\.3\.4\n/);
  });
});

describe('what is wrong with the expression', () => {
  test('is told on standard output as fail2ban-regex does, with a remedy beside it', async () => {
    const { status, stdout } = await regex(['x', 'x (<HOST>']);
    expect(status).toBe(255);
    expect(stdout).toMatch(/^ERROR: Unable to compile regular expression 'x \(/m);
  });

  test('has a caret below its place', async () => {
    const { stderr } = await regex(['x', 'x <HOST> a{2,1}']);
    expect(stderr).toMatch(/^ *\^/m);
  });

  test.each([
    ['a regex without an id', ['x', 'x y'], /^ERROR: No failure-id group in 'x y'$/m],
    ['an unknown filter file', ['x', './nothing.conf'], /^ERROR: /m],
    ['wrong brackets', ['x', './app.conf[a'], /^ERROR: /m],
  ])('%s ends with 255', async (_what, args, message) => {
    writeFileSync(join(folder, 'app.conf'), `[Definition]\nfailregex = ${REGEX}\n`);
    const { status, stdout, stderr } = await regex(args);
    expect({ status, said: message.test(stdout + stderr) }).toEqual({ status: 255, said: true });
  });

  test.each([
    ['a filter with an option nobody knows', ['-o', 'row', HIT, './app.conf[nonsense=1]'], ROW],
    ['an ignoreregex that is the name of a file', ['-o', 'row', HIT, REGEX, './app.conf'], ROW],
    ['an empty filter', ['-o', 'row', HIT, './empty.conf'], ''],
    ['an ignoreregex that matches', ['-o', 'row', HIT, REGEX, 'x'], ''],
  ])('%s is none', async (_what, args, expected) => {
    writeFileSync(join(folder, 'empty.conf'), '');
    writeFileSync(join(folder, 'app.conf'), `[Definition]\nfailregex = ${REGEX}\n`);
    const { status, stdout } = await regex(args);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expected });
    if (installed) expect((await run('fail2ban-regex', args, { cwd: folder })).stdout).toBe(expected);
  });
});

test('a line that cannot be processed is named beside --out', async () => {
  const { status, stderr } = await regex([
    '-o',
    'row',
    '-d',
    '^%Y-%m-%d %H:%M:%S %Z',
    '2026-11-20 03:04:05 QQQ x 1.2.3.4',
    REGEX,
  ]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^note: 1 line could not be processed, the first is line 1: /);
});

describe('a reader that goes away', () => {
  test.each([['--json'], ['--print-all-missed'], ['-o', 'row', '-i']])(
    'with %j ends it silently',
    async (...options) => {
      writeFileSync(join(folder, 'long.log'), `${MISS}\n`.repeat(100_000));
      const program = `"${process.execPath}" "${join(ROOT, 'bin/run.js')}" regex ${options.join(' ')} long.log '${REGEX}' | head -1`;
      await f2b(['--version']);
      last = await run('bash', ['--norc', '-c', `set -o pipefail; ${program}`], { cwd: folder });
      expect({ status: last.status, stderr: last.stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});
