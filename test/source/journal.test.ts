import { describe, expect, test } from '@jest/globals';
import { ProcessError, type StreamedProcess } from '../../src/core/process.js';
import { entryStamp, entryText, openJournal } from '../../src/core/source/journal.js';
import { readAll, texts } from './helpers.js';

/** Stands in for journalctl and remembers how it was called. */
function fakeJournalctl(output: string, failure?: ProcessError) {
  const calls: string[][] = [];
  const start = (file: string, args: readonly string[]): StreamedProcess => {
    calls.push([file, ...args]);
    return {
      stderrTail: () => (failure ? failure.failure.stderrTail : ''),
      async *output() {
        for (let at = 0; at < output.length; at += 7) yield Buffer.from(output.slice(at, at + 7));
        if (failure) throw failure;
      },
    };
  };
  return { start, calls };
}

describe('the text of an entry', () => {
  const base = {
    _HOSTNAME: 'srv',
    SYSLOG_IDENTIFIER: 'sshd',
    SYSLOG_PID: '7',
    _PID: '8',
    _COMM: 'sshd-x',
    MESSAGE: 'hi',
  };
  test.each([
    ['host, name, pid and message', base, 'srv sshd[7]: hi'],
    ['the real pid where the writer gave none', { ...base, SYSLOG_PID: undefined }, 'srv sshd[8]: hi'],
    ['the command where the writer gave no name', { ...base, SYSLOG_IDENTIFIER: '' }, 'srv sshd-x[7]: hi'],
    ['no pid', { ...base, SYSLOG_PID: undefined, _PID: undefined }, 'srv sshd: hi'],
    ['no host', { ...base, _HOSTNAME: undefined }, 'sshd[7]: hi'],
    ['an empty message', { ...base, MESSAGE: '' }, 'srv sshd[7]: '],
    ['no message', { ...base, MESSAGE: undefined }, 'srv sshd[7]: '],
    [
      'newlines spelled out, so that an entry is one line',
      { ...base, MESSAGE: 'a\nb\n' },
      'srv sshd[7]: a\\nb\\n',
    ],
    ['bytes that are no text', { ...base, MESSAGE: [97, 255, 0, 98] }, 'srv sshd[7]: a\ufffd\0b'],
    ['the first of several messages', { ...base, MESSAGE: ['one', 'two'] }, 'srv sshd[7]: one'],
    [
      'the time since boot for the kernel',
      { _HOSTNAME: 'srv', SYSLOG_IDENTIFIER: 'kernel', MESSAGE: 'oops', __MONOTONIC_TIMESTAMP: '12345678' },
      'srv kernel: [   12.345678] oops',
    ],
  ])('shows %s', (_, entry, expected) => {
    expect(entryText(entry)).toBe(expected);
  });
});

describe('the time of an entry', () => {
  test('is that of its writer, in microseconds', () => {
    const stamp = entryStamp({
      _SOURCE_REALTIME_TIMESTAMP: '1795260855434912',
      __REALTIME_TIMESTAMP: '1795260855440021',
    });
    expect(stamp.epochSec).toBe(1795260855.434912);
    expect(stamp.text).toMatch(/^2026-11-\d\dT\d\d:\d\d:15\.434912[+-]\d\d:\d\d $/);
  });

  test('has no fraction when it is zero', () => {
    expect(entryStamp({ __REALTIME_TIMESTAMP: '1795260855000000' }).text).toMatch(/:15[+-]\d\d:\d\d $/);
  });
});

describe('reading', () => {
  const entries = `${JSON.stringify({ MESSAGE: 'é', SYSLOG_IDENTIFIER: 'a' })}\n${JSON.stringify({ MESSAGE: 'b', SYSLOG_IDENTIFIER: 'b' })}\n`;

  test('hands out a line an entry', async () => {
    const { start } = fakeJournalctl(entries);
    const lines = await readAll(await openJournal({}, start));
    expect(texts(lines)).toEqual(['a: é', 'b: b']);
    expect(lines.map(({ ascii, number }) => [ascii, number])).toEqual([
      [false, 1],
      [true, 2],
    ]);
  });

  test('passes files, folder, namespace and matches to journalctl', async () => {
    const { start, calls } = fakeJournalctl('');
    await readAll(
      await openJournal(
        {
          files: ['/a.journal'],
          namespace: 'ns',
          matches: [
            ['_COMM=x', '_UID=0'],
            ['_COMM=y', '+', '_COMM=z'],
          ],
        },
        start,
      ),
    );
    const [call] = calls;
    expect(call?.slice(0, 2)).toEqual(['journalctl', '--output=json']);
    expect(call).toEqual(expect.arrayContaining(['--namespace=ns', '--file=/a.journal']));
    expect(call?.slice(call.indexOf('--'))).toEqual([
      '--',
      '_COMM=x',
      '_UID=0',
      '+',
      '_COMM=y',
      '+',
      '_COMM=z',
    ]);
  });

  test.each([
    [undefined, ['--system', '--merge']],
    [4, ['--system', '--merge']],
    [1, []],
    [8, ['--user', '--merge']],
    [12, ['--merge']],
  ])('flags %s mean %j', async (flags, expected) => {
    const { start, calls } = fakeJournalctl('');
    await openJournal({ flags, path: '/nowhere', rotated: true }, start);
    const [call] = calls;
    expect(call?.filter((arg) => ['--system', '--user', '--merge'].includes(arg))).toEqual(expected);
    expect(call).toContain('--directory=/nowhere');
  });

  test.each(['--vacuum-size=1', '/usr/bin/x', 'comm=x', 'x', '-o', ''])(
    'a match that is none is refused: %j',
    async (match) => {
      const { start, calls } = fakeJournalctl('');
      await expect(openJournal({ matches: [[match]] }, start)).rejects.toMatchObject({
        code: 'journal-match',
      });
      expect(calls).toEqual([]);
    },
  );

  test('a failing journalctl is one clear error', async () => {
    const failure = new ProcessError('journalctl', {
      status: 1,
      signal: undefined,
      startError: undefined,
      stderrTail: 'Failed to open x: No such file or directory\n',
    });
    const { start } = fakeJournalctl('', failure);
    await expect(readAll(await openJournal({}, start))).rejects.toMatchObject({
      name: 'SourceError',
      message:
        'cannot read the systemd journal: journalctl ended with status 1: Failed to open x: No such file or directory',
    });
  });

  test('a missing journalctl says what to do', async () => {
    const failure = new ProcessError('journalctl', {
      status: undefined,
      signal: undefined,
      startError: 'ENOENT',
      stderrTail: '',
    });
    const { start } = fakeJournalctl('', failure);
    await expect(readAll(await openJournal({}, start))).rejects.toMatchObject({
      message: 'cannot read the systemd journal: journalctl is not installed',
      hint: expect.stringMatching(/Install systemd/),
    });
  });
});
