/**
 * The systemd journal: real journal files, made with systemd-journal-remote, through `f2b regex` (which asks journalctl)
 * and through fail2ban-regex (which has its own reader), side by side.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { f2b, run } from '../commands/f2b.js';
import { asHead, settle } from './head-differences.js';

const REMOTE = '/lib/systemd/systemd-journal-remote';
const present = existsSync(REMOTE) && spawnSync('journalctl', ['--version']).status === 0;
if (!present) console.warn('systemd-journal-remote or journalctl is not installed: journals are not tested');
const compared = present && readsJournals();
if (present && !compared) console.warn('fail2ban-regex cannot read journals: they are not compared with it');

function readsJournals(): boolean {
  const { status, stdout } = spawnSync(
    'fail2ban-regex',
    ['systemd-journal[journalfiles=/none]', 'x <HOST>'],
    {
      encoding: 'utf8',
    },
  );
  return status !== null && stdout !== null && !/library not found/.test(stdout);
}

interface Entry {
  readonly micros: number;
  readonly ident?: string;
  readonly pid?: number;
  readonly comm?: string;
  readonly unit?: string;
  readonly message: string;
  /** Without a time of the sender's. */
  readonly unsourced?: boolean;
}

const START = 1_795_143_845_123_456;
const ENTRIES: readonly Entry[] = [
  {
    micros: 0,
    ident: 'sshd',
    pid: 11,
    comm: 'sshd',
    unit: 'ssh.service',
    message: 'Failed for joe from 1.2.3.4 port 22',
  },
  {
    micros: 1_000_000,
    ident: 'sshd',
    pid: 12,
    comm: 'sshd',
    unit: 'ssh.service',
    message: 'Invalid bob from 1.2.3.5 port 23',
  },
  {
    micros: 1_876_544,
    ident: 'cron',
    pid: 13,
    comm: 'cron',
    unit: 'cron.service',
    message: 'x from 2001:db8::6 port 22',
  },
  { micros: 3_000_000, comm: 'noident', pid: 14, unit: 'cron.service', message: 'y from 1.2.3.7 port 1' },
  { micros: 4_000_000, ident: 'nopid', message: 'z from 1.2.3.8 port 1', unsourced: true },
  { micros: 5_000_000, ident: 'ü', pid: 15, comm: 'u', message: 'jürgen from 1.2.3.9 port 1  ' },
  { micros: 6_000_000, ident: 'lines', pid: 16, comm: 'l', message: 'two\nlines from 1.2.3.10 port 1' },
  { micros: 7_000_000, ident: 'miss', pid: 17, comm: 'm', message: '# nothing here' },
];

/** The export format of journals: `NAME=value`, or the name, a 64-bit length and the bytes. */
function exported(entry: Entry): Buffer {
  const time = String(START + entry.micros);
  const fields: Record<string, string | undefined> = {
    __REALTIME_TIMESTAMP: time,
    __MONOTONIC_TIMESTAMP: String(1_000_000 + entry.micros),
    _BOOT_ID: '0123456789abcdef0123456789abcdef',
    _SOURCE_REALTIME_TIMESTAMP: entry.unsourced ? undefined : time,
    _HOSTNAME: 'srv',
    SYSLOG_IDENTIFIER: entry.ident,
    _PID: entry.pid?.toString(),
    _COMM: entry.comm,
    _SYSTEMD_UNIT: entry.unit,
    MESSAGE: entry.message,
  };
  const lines = Object.entries(fields).map(([name, value]) => {
    if (value === undefined) return Buffer.alloc(0);
    if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
    return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
  });
  return Buffer.concat([...lines, Buffer.from('\n')]);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2b-journal-'));
  if (!present) return;
  const made = spawnSync(REMOTE, ['-o', join(folder, 'system.journal'), '-'], {
    input: Buffer.concat(ENTRIES.map(exported)),
  });
  if (made.status !== 0) throw new Error(String(made.stderr));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REGEX = 'from <HOST> port';

(present ? describe : describe.skip)('a journal file', () => {
  test('gives a line an entry, each with its own time', async () => {
    const log = `systemd-journal[journalfiles="${folder}/system.journal"]`;
    const { status, stdout, stderr } = await f2b(['regex', '-o', '<time> <msg>', log, REGEX]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      '1795143845.123456 2026-11-20T03:04:05.123456+00:00 srv sshd[11]: Failed for joe from 1.2.3.4 port 22',
      '1795143846.123456 2026-11-20T03:04:06.123456+00:00 srv sshd[12]: Invalid bob from 1.2.3.5 port 23',
    ]);
    expect(stdout).toContain('srv lines[16]: two\\nlines from 1.2.3.10 port 1\n');
  });

  test.each([
    [[], 7],
    [['-m', '_SYSTEMD_UNIT=ssh.service'], 2],
    [['-m', '_SYSTEMD_UNIT=ssh.service _COMM=cron'], 0],
    [['-m', '_SYSTEMD_UNIT=ssh.service _SYSTEMD_UNIT=cron.service'], 4],
    [['-m', '_SYSTEMD_UNIT=ssh.service + _COMM=cron'], 3],
    [['--journalmatch', '_COMM=none'], 0],
  ])('with %j gives %i failures, as fail2ban-regex does', async (options, failures) => {
    const log = `systemd-journal[journalfiles="${folder}/system.journal"]`;
    for (const asked of [
      ['-o', 'row'],
      ['-v', '--print-all-matched'],
    ]) {
      const args = [...options, ...asked, log, REGEX];
      const ours = await f2b(['regex', ...args]);
      expect(ours.status).toBe(0);
      if (asked[0] === '-o') expect(ours.stdout.split('\n').length - 1).toBe(failures);
      if (!compared) continue;
      const theirs = await run('fail2ban-regex', args);
      expect({ args, stdout: settle(ours.stdout) }).toEqual({ args, stdout: asHead(settle(theirs.stdout)) });
    }
  });

  test('is found in its folder', async () => {
    const { stdout } = await f2b(['regex', '-o', 'id', `systemd-journal[journalpath="${folder}"]`, REGEX]);
    expect(stdout.split('\n').length - 1).toBe(7);
  });

  test.each([
    [
      'a file that is not there',
      ['systemd-journal[journalfiles=/no/such.journal]', REGEX],
      /^ERROR: cannot read the systemd journal: /,
    ],
    [
      'a match that is none',
      ['-m', 'foo', 'systemd-journal', REGEX],
      /^ERROR: invalid journal match 'foo'$/m,
    ],
    ['an unknown option', ['systemd-journal[nonsense=1]', REGEX], /unknown option 'nonsense'/],
  ])('%s is one clear error', async (_what, args, message) => {
    const { status, stdout, stderr } = await f2b(['regex', '-o', 'row', ...args]);
    expect(status).toBe(255);
    expect(stdout + stderr).toMatch(message);
  });
});
