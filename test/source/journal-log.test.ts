/**
 * Reading a journal in runs: real journal files, made with systemd-journal-remote, through the real journalctl.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { LogPosition } from '../../src/core/records.js';
import { cursorSec } from '../../src/core/source/journal.js';
import { openJournalLog } from '../../src/core/source/journal-log.js';
import { readAll, texts } from './helpers.js';

const REMOTE = '/lib/systemd/systemd-journal-remote';
const present = existsSync(REMOTE) && spawnSync('journalctl', ['--version']).status === 0;
if (!present) console.warn('systemd-journal-remote or journalctl is not installed: journals are not tested');

const START_SEC = 1_795_143_845;
const folder = mkdtempSync(join(tmpdir(), 'f2b-journal-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A journal of the entries numbered so, a second apart. */
function journal(name: string, numbers: readonly number[]): string {
  const path = join(folder, name);
  const input = numbers.map((number) => {
    const micros = `${START_SEC + number}000000`;
    return [
      `__REALTIME_TIMESTAMP=${micros}`,
      `__MONOTONIC_TIMESTAMP=${1 + number}000000`,
      '_BOOT_ID=0123456789abcdef0123456789abcdef',
      // A writer whose clock is an hour ahead: what was read is told by the journal's own time.
      `_SOURCE_REALTIME_TIMESTAMP=${START_SEC + 3600 + number}000000`,
      `SYSLOG_IDENTIFIER=${number % 2 === 0 ? 'even' : 'odd'}`,
      `MESSAGE=m${number}`,
      '\n',
    ].join('\n');
  });
  rmSync(path, { force: true });
  const made = spawnSync(REMOTE, ['-o', path, '-'], { input: input.join('') });
  if (made.status !== 0) throw new Error(String(made.stderr));
  return path;
}

const upTo = (to: number, from = 0) => Array.from({ length: to - from }, (_, i) => from + i);

interface RunOptions {
  readonly sinceSec?: number;
  readonly matches?: readonly (readonly string[])[];
}

async function run(file: string, stored: LogPosition | undefined, options: RunOptions = {}) {
  const { sinceSec = START_SEC, matches = [] } = options;
  const log = await openJournalLog({ files: [file], matches }, stored, { sinceSec });
  const context = texts([...(await log.context())]).map((text) => text.replace(/.*: /, ''));
  const lines = texts(await readAll(log)).map((text) => text.replace(/.*: /, ''));
  const position = JSON.parse(JSON.stringify(log.position() ?? null)) as LogPosition | null;
  return { lines, context, notices: log.notices, position: position ?? undefined };
}

const names = (numbers: readonly number[]) => numbers.map((number) => `m${number}`);

(present ? describe : describe.skip)('a journal', () => {
  test('is read from the start of the window the first time', async () => {
    const file = journal('first.journal', upTo(10));
    const { lines, position, context } = await run(file, undefined, { sinceSec: START_SEC + 4 });
    expect(lines).toEqual(names(upTo(10, 4)));
    expect(context).toEqual([]);
    expect(position).toMatchObject({ path: 'systemd-journal', lastSec: START_SEC + 9, offsetBytes: 0 });
    expect(cursorSec(position?.cursor ?? '')).toBe(START_SEC + 9);
  });

  test('goes on behind the last entry, and gives what came before as context', async () => {
    const first = await run(journal('go.journal', upTo(5)), undefined);
    const next = await run(journal('go2.journal', upTo(9)), first.position);
    expect(next.lines).toEqual(names(upTo(9, 5)));
    expect(next.context).toEqual(names(upTo(5)));
    expect(next.notices).toEqual([]);
    const last = await run(join(folder, 'go2.journal'), next.position);
    expect(last).toMatchObject({ lines: [], notices: [], position: next.position });
  });

  test('goes on behind the last entry that matched', async () => {
    const matches = [['SYSLOG_IDENTIFIER=even']];
    const first = await run(journal('match.journal', upTo(6)), undefined, { matches });
    expect(first.lines).toEqual(names([0, 2, 4]));
    const next = await run(journal('match2.journal', upTo(10)), first.position, { matches });
    expect(next).toMatchObject({ lines: names([6, 8]), notices: [], context: names([0, 2, 4]) });
  });

  test('that no longer has the last entry loses nothing newer, and says so', async () => {
    const first = await run(journal('vacuum.journal', upTo(3)), undefined);
    const next = await run(journal('vacuum2.journal', upTo(9, 5)), first.position);
    expect(next.lines).toEqual(names(upTo(9, 5)));
    expect(next.notices).toEqual([expect.stringMatching(/no longer has the entry/)]);
  });

  test('is not read from further back than the window', async () => {
    const first = await run(journal('old.journal', upTo(3)), undefined);
    const next = await run(journal('old2.journal', upTo(20)), first.position, { sinceSec: START_SEC + 15 });
    expect(next.lines).toEqual(names(upTo(20, 15)));
  });

  test('with a position of fail2ban, which has a time only, goes on behind that time', async () => {
    const imported = {
      path: 'systemd-journal',
      offsetBytes: 0,
      firstLineHash: '',
      tailHash: '',
      lastSec: START_SEC + 3,
    };
    const { lines } = await run(journal('import.journal', upTo(6)), imported);
    expect(lines).toEqual(names([4, 5]));
  });

  test('whose cursor journalctl does not understand goes by the time, and says so', async () => {
    const stored = {
      path: 'systemd-journal',
      offsetBytes: 0,
      firstLineHash: '',
      tailHash: '',
      cursor: `nonsense;t=${((START_SEC + 3) * 1e6).toString(16)}`,
    };
    const { lines, notices, context } = await run(journal('bogus.journal', upTo(6)), stored);
    expect(lines).toEqual(names([4, 5]));
    expect(context).toEqual([]);
    expect(notices).toEqual([expect.stringMatching(/its time decides/)]);
  });

  test('without new entries keeps its position', async () => {
    const file = journal('none.journal', upTo(2));
    const none = await run(file, undefined, { matches: [['SYSLOG_IDENTIFIER=nobody']] });
    expect(none).toMatchObject({ lines: [], position: undefined });
  });
});
