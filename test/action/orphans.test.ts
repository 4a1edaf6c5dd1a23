/** Commands of a process that was killed are waited for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { runOnce } from '../../src/core/action/command-runner.js';
import { ownerMark, waitForOrphans } from '../../src/core/action/orphans.js';
import { plainCommand } from '../../src/core/action/shell-command.js';

/** A command as another f2b would have started it, which has ended since. */
function command(seconds: number, owner: string) {
  return spawn('sleep', [String(seconds)], { env: { F2B_OWNER: owner }, stdio: 'ignore' });
}

describe('commands whose f2b is gone', () => {
  test('are waited for until they have ended', async () => {
    const gone = spawn('true', { stdio: 'ignore' });
    await once(gone, 'exit');
    const child = command(0.4, `${gone.pid}:12345`);
    const exit = once(child, 'exit').then(() => 'ended');
    expect(await waitForOrphans(5_000)).toBe(true);
    expect(
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 200, 'still there'))]),
    ).toBe('ended');
  });

  test('but not for long', async () => {
    const child = command(30, '999999999:1');
    const since = performance.now();
    expect(await waitForOrphans(100)).toBe(false);
    expect(performance.now() - since).toBeLessThan(2_000);
    child.kill();
    await once(child, 'exit');
  });

  test('a pid that somebody else has by now does not count', async () => {
    const child = command(30, `${process.pid}:1`);
    expect(await waitForOrphans(50)).toBe(false);
    child.kill();
    await once(child, 'exit');
  });

  test('those of a process that lives are its own business', async () => {
    const mark = (await ownerMark())['F2B_OWNER'] as string;
    expect(mark).toMatch(new RegExp(`^${process.pid}:\\d+$`));
    const child = command(30, mark);
    expect(await waitForOrphans(50)).toBe(true);
    child.kill();
    await once(child, 'exit');
  });

  test('every command carries the mark', async () => {
    const { stdoutTail } = await runOnce(plainCommand('echo "$F2B_OWNER"'), { timeoutMs: 10_000 });
    expect(stdoutTail.trim()).toBe((await ownerMark())['F2B_OWNER']);
  });
});
