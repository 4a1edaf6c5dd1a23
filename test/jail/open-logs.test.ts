import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JailPlan } from '../../src/core/config/plans.js';
import { openLogs, readsJournal } from '../../src/core/jail/open-logs.js';
import type { StreamedProcess } from '../../src/core/process.js';
import type { LogPosition } from '../../src/core/records.js';

const root = mkdtempSync(join(tmpdir(), 'f2b-open-logs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});

const at = (name: string) => join(folder, name);

interface Wanted {
  readonly logs?: readonly (readonly [pattern: string, mode?: string])[];
  readonly backend?: string;
  readonly encoding?: string;
  readonly journalmatch?: readonly (readonly string[])[];
}

/** What of a plan decides about its logs. */
function plan({ logs = [], backend = 'auto', encoding, journalmatch = [] }: Wanted): JailPlan {
  return {
    name: 'j',
    backend: { value: backend },
    filter: {
      logencoding: encoding === undefined ? undefined : { value: encoding },
      journalmatch: journalmatch.map((value) => ({ value })),
    },
    logPaths: logs.map(([pattern, mode = 'head']) => ({ value: { pattern, mode, files: [] } })),
  } as unknown as JailPlan;
}

async function run(wanted: Wanted, positions: readonly LogPosition[] = []) {
  const options = { positions, localeEncoding: 'UTF-8', nowSec: 1_795_143_845, findTimeSec: 600 };
  const opened = await openLogs(plan(wanted), options);
  const lines: Record<string, string[]> = {};
  const after: LogPosition[] = [];
  for (const source of opened.sources) {
    const read: string[] = [];
    for await (const batch of source.batches()) read.push(...batch.lines.map(({ text }) => text));
    lines[source.path.slice(folder.length + 1)] = read;
    const position = source.position();
    if (position) after.push(position);
  }
  const problems = opened.problems.map(({ path, error }) => [path, error.code]);
  return { ...opened, problems, lines, after };
}

describe('the logs of a jail', () => {
  test('are those its globs find now, each with its position', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const wanted: Wanted = { logs: [[at('*.log')]] };
    const first = await run(wanted);
    expect(first).toMatchObject({ backend: 'polling', lines: { 'a.log': ['a'] }, problems: [] });
    appendFileSync(at('a.log'), 'a2\n');
    writeFileSync(at('b.log'), 'b\n');
    const second = await run(wanted, first.after);
    expect(second.lines).toEqual({ 'a.log': ['a2'], 'b.log': ['b'] });
  });

  test('begin at their end where the word is tail', async () => {
    writeFileSync(at('a.log'), 'a\n');
    writeFileSync(at('b.log'), 'b\n');
    const { lines } = await run({
      logs: [
        [at('a.log'), 'TAIL'],
        [at('b.log'), 'head'],
      ],
    });
    expect(lines).toEqual({ 'a.log': [], 'b.log': ['b'] });
  });

  test('with another word are one problem', async () => {
    writeFileSync(at('b.log'), 'b\n');
    const { lines, problems } = await run({ logs: [[at('a'), 'b.log'], [at('b.log')]] });
    expect(problems).toEqual([[at('a'), 'log-mode']]);
    expect(lines).toEqual({ 'b.log': ['b'] });
  });

  test('that cannot be read are one problem each, and the others go on', async () => {
    writeFileSync(at('b.log'), 'b\n');
    mkdirSync(at('folder.log'));
    const { lines, problems } = await run({ logs: [[at('none.log')], [at('folder.log')], [at('b.log')]] });
    expect(problems).toEqual([
      [at('none.log'), 'log-missing'],
      [at('folder.log'), 'source-eisdir'],
    ]);
    expect(lines).toEqual({ 'b.log': ['b'] });
  });

  test('are read once under several names', async () => {
    writeFileSync(at('b.log'), 'b\n');
    symlinkSync(at('b.log'), at('a.log'));
    const wanted: Wanted = { logs: [[at('a.log')], [at('*.log')], [at('b.log')]] };
    const first = await run(wanted);
    expect(first.lines).toEqual({ 'b.log': ['b'] });
    const byLink = first.after.map((position) => ({ ...position, path: at('a.log') }));
    expect((await run(wanted, byLink)).lines).toEqual({ 'a.log': [] });
  });

  test('take what a log was before its rotation as part of it, and say so', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const wanted: Wanted = { logs: [[at('a.log*')]] };
    const first = await run(wanted);
    renameSync(at('a.log'), at('a.log.1'));
    appendFileSync(at('a.log.1'), 'a2\n');
    writeFileSync(at('a.log'), 'a3\n');
    const second = await run(wanted, first.after);
    expect(second.lines).toEqual({ 'a.log': ['a2', 'a3'] });
    expect(second.notices).toEqual([expect.stringMatching(/a\.log\.1 is what .*a\.log was before/)]);
  });

  test('that were rotated and not made anew are found, although no glob finds them', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const wanted: Wanted = { logs: [[at('*.log')]] };
    const first = await run(wanted);
    renameSync(at('a.log'), at('a.log.1'));
    appendFileSync(at('a.log.1'), 'a2\n');
    const second = await run(wanted, first.after);
    expect(second).toMatchObject({ lines: { 'a.log': ['a2'] }, problems: [], vanished: [] });
  });

  test('that have vanished are reported, with the position that is kept', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const wanted: Wanted = { logs: [[at('*.log')]] };
    const first = await run(wanted);
    rmSync(at('a.log'));
    const second = await run(wanted, first.after);
    expect(second.problems).toEqual([[at('a.log'), 'source-enoent']]);
    expect(second.vanished).toEqual(first.after);
  });

  test('that are no longer configured are not read', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const { after } = await run({ logs: [[at('a.log')]] });
    writeFileSync(at('b.log'), 'b\n');
    expect((await run({ logs: [[at('b.log')]] }, after)).lines).toEqual({ 'b.log': ['b'] });
  });

  test('are decoded as the jail says', async () => {
    writeFileSync(at('a.log'), Buffer.from([0xe9, 0x0a]));
    expect((await run({ logs: [[at('a.log')]], encoding: 'latin1' })).lines).toEqual({ 'a.log': ['é'] });
    expect((await run({ logs: [[at('a.log')]], encoding: 'auto' })).lines).toEqual({ 'a.log': ['\ufffd'] });
  });

  test('in an unknown encoding are an error', async () => {
    await expect(run({ logs: [], encoding: 'klingon' })).rejects.toMatchObject({ code: 'encoding-unknown' });
  });
});

describe('the backend', () => {
  test.each([
    ['auto', false],
    ['polling', false],
    ['pyinotify', false],
    ['Systemd', true],
    ['systemd[journalflags=1]', true],
  ])('%s reads the journal: %s', (backend, expected) => {
    expect(readsJournal(plan({ backend }))).toBe(expected);
  });

  test('that nobody knows is an error in the words of fail2ban', async () => {
    await expect(run({ backend: 'gamin' })).rejects.toMatchObject({
      code: 'backend-unknown',
      message: "Unknown backend gamin. Must be among ['pyinotify', 'polling', 'systemd'] or 'auto'",
    });
  });
});

describe('the journal of a jail', () => {
  const started: string[][] = [];
  const start = (file: string, args: readonly string[]): StreamedProcess => {
    started.push([file, ...args]);
    return { stderrTail: () => '', async *output() {} };
  };
  const options = { localeEncoding: 'UTF-8', nowSec: 1000, findTimeSec: 600, start };
  beforeEach(() => void started.splice(0));

  test('is asked for with the options of the backend and the matches', async () => {
    const backend = 'systemd[journalpath="/j", rotated=on, namespace=n]';
    const wanted = plan({ backend, journalmatch: [['_COMM=sshd']] });
    const { sources, notices } = await openLogs(wanted, { ...options, positions: [] });
    expect(sources.map(({ path }) => path)).toEqual(['systemd-journal']);
    expect(notices).toEqual([]);
    const [call] = started;
    expect(call).toEqual(
      expect.arrayContaining(['--since=@400.000000', '--directory=/j', '--namespace=n', '_COMM=sshd']),
    );
  });

  test('without a match is read whole, and that is said', async () => {
    const { notices } = await openLogs(plan({ backend: 'systemd' }), { ...options, positions: [] });
    expect(notices).toEqual([expect.stringMatching(/no journalmatch/)]);
  });

  test('with a match that is none is one problem', async () => {
    const wanted = plan({ backend: 'systemd', journalmatch: [['--vacuum-size=1']] });
    const { problems, sources } = await openLogs(wanted, { ...options, positions: [] });
    expect(sources).toEqual([]);
    expect(problems).toMatchObject([{ path: 'systemd-journal', error: { code: 'journal-match' } }]);
  });
});
