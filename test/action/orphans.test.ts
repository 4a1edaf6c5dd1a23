/** Commands of a process that was killed end before their work is done over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { runOnce } from '../../src/core/action/command-runner.js';
import { runMany } from '../../src/core/action/many-runner.js';
import { endOrphans, ownerMark } from '../../src/core/action/orphans.js';
import { plainCommand } from '../../src/core/action/shell-command.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) if (child.pid) tryKill(-child.pid);
});

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** A command as another f2b would have started it. */
function command(script: string, owner: string, { detached = true } = {}): ChildProcess {
  const env = { PATH: process.env['PATH'], F2B_OWNER: owner };
  const child = spawn('sh', ['-c', script], { env, stdio: ['pipe', 'pipe', 'ignore'], detached });
  started.push(child);
  return child;
}

/** A process id that nobody has any more. */
async function goneId(): Promise<number> {
  const gone = spawn('true', { stdio: 'ignore' });
  await once(gone, 'exit');
  return gone.pid as number;
}

function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

describe('commands of an f2b that was killed', () => {
  test('are waited for until they have ended', async () => {
    const pid = await goneId();
    const child = command('sleep 0.4', `${pid}:12345`);
    const exit = once(child, 'exit');
    expect(await endOrphans(pid, 20_000)).toEqual({ found: 1, killed: 0 });
    expect(await exit).toEqual([0, null]);
  });

  test('are ended with everything they have started when they go on', async () => {
    const pid = await goneId();
    const child = command('sleep 60 & echo $!; wait', `${pid}:12345`);
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const exit = once(child, 'exit');
    expect(await endOrphans(pid, 100)).toEqual({ found: 1, killed: 1 });
    expect(await exit).toEqual([null, 'SIGTERM']);
    expect(runs(Number(line.toString()))).toBe(false);
  });

  test('are ended when they do not want to', async () => {
    const pid = await goneId();
    const child = command("trap '' TERM; echo; while :; do sleep 0.1; done", `${pid}:12345`);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    const exit = once(child, 'exit');
    expect(await endOrphans(pid, 0)).toEqual({ found: 1, killed: 1 });
    expect(await exit).toEqual([null, 'SIGKILL']);
  });

  test('count also when somebody else has the process id by now', async () => {
    const child = command('sleep 60', `${process.pid}:1`);
    const exit = once(child, 'exit');
    expect(await endOrphans(process.pid, 0)).toEqual({ found: 1, killed: 1 });
    await exit;
  });

  test.each<[string, () => Promise<string>, { detached?: boolean }]>([
    ['of a process that lives', async () => (await ownerMark())['F2B_OWNER'] as string, {}],
    ['of another one', async () => `${await goneId()}:12345`, {}],
    [
      'that lead no group, as what a command leaves in the background',
      async () => `${process.pid}:1`,
      { detached: false },
    ],
  ])('are left alone: such %s', async (_which, owner, options) => {
    const child = command('while :; do read x; done', await owner(), options);
    expect(await endOrphans(process.pid, 0)).toEqual({ found: 0, killed: 0 });
    expect(isAlive(child)).toBe(true);
    child.kill('SIGKILL');
  });
});

test('every command carries the mark', async () => {
  const mark = (await ownerMark())['F2B_OWNER'] as string;
  expect(mark).toMatch(new RegExp(`^${process.pid}:\\d+$`));
  const show = plainCommand('echo "$F2B_OWNER"');
  expect((await runOnce(show, { timeoutMs: 10_000 })).stdoutTail.trim()).toBe(mark);
  const many = runMany();
  expect((await many.run(show, { timeoutMs: 10_000 })).stdoutTail.trim()).toBe(mark);
  await many.close();
});
