/** Real commands through `/bin/sh`, one shell each and one shell for all: both tell the same. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandResult, type RunOptions, runOnce } from '../../src/core/action/command-runner.js';
import { runMany } from '../../src/core/action/many-runner.js';
import {
  END_OF_TEXT,
  onWholeText,
  plainCommand,
  quoteWord,
  type ShellCommand,
  shellArguments,
} from '../../src/core/action/shell-command.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'f2b-shell-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const LONG = { timeoutMs: 20_000 };
type Run = (command: ShellCommand, options: RunOptions) => Promise<CommandResult>;

async function withMany(work: (run: Run) => Promise<void>): Promise<void> {
  const many = runMany();
  try {
    await work((command, options) => many.run(command, options));
  } finally {
    await many.close();
  }
}

const RUNNERS: readonly (readonly [string, (work: (run: Run) => Promise<void>) => Promise<void>])[] = [
  ['a shell each', (work) => work(runOnce)],
  ['one shell for all', withMany],
];

describe.each(RUNNERS)('with %s', (_name, using) => {
  test.each([
    ['true', { ok: true, exitCode: 0, stdoutTail: '', stderrTail: '' }],
    ['false', { ok: false, exitCode: 1 }],
    ['exit 3', { ok: false, exitCode: 3 }],
    ['echo out; echo err >&2; exit 4', { exitCode: 4, stdoutTail: 'out\n', stderrTail: 'err\n' }],
    ['printf "no line end"', { ok: true, stdoutTail: 'no line end' }],
    ['nosuchcommand', { ok: false, exitCode: 127 }],
    ['cat', { ok: true, stdoutTail: '' }],
    ['false; true', { ok: true }],
    ['true &&\nfalse', { ok: false, exitCode: 1 }],
    ['set -e; false; echo not here', { ok: false, stdoutTail: '' }],
    ["echo 'it''s'; # comment", { stdoutTail: 'its\n' }],
    ['', { ok: true }],
  ] as const)('%j comes to what it is', async (command, expected) => {
    await using(async (run) => {
      expect(await run(plainCommand(command), LONG)).toMatchObject(expected);
      // And leaves nothing behind for the next one.
      expect(await run(plainCommand('echo next'), LONG)).toMatchObject({ ok: true, stdoutTail: 'next\n' });
    });
  });

  test.each(['if true; then', 'echo "', "echo '", '( true', ')', '}', 'echo $(', 'case x in', '<<E\n'])(
    'a syntax error (%j) is a failure, and the end of nothing else',
    async (command) => {
      await using(async (run) => {
        const result = await run(plainCommand(command), { timeoutMs: 5_000 });
        expect(result.timedOut).toBe(false);
        if (!command.startsWith('<<')) expect(result.ok).toBe(false);
        expect(await run(plainCommand('echo next'), LONG)).toMatchObject({ ok: true, stdoutTail: 'next\n' });
      });
    },
  );

  test('a killed command is no success', async () => {
    await using(async (run) => {
      const result = await run(plainCommand('kill -9 $$; sleep 1'), LONG);
      expect(result).toMatchObject({ ok: false, signal: 'SIGKILL', timedOut: false });
      expect(await run(plainCommand('echo next'), LONG)).toMatchObject({ ok: true });
    });
  });

  test('after its timeout the whole group is ended, soon', async () => {
    await using(async (run) => {
      const file = join(dir, `late-${Math.random()}`);
      const since = performance.now();
      const result = await run(plainCommand(`echo begun; (sleep 1; touch '${file}') & sleep 5; true`), {
        timeoutMs: 300,
      });
      expect(result).toMatchObject({ ok: false, timedOut: true, stdoutTail: 'begun\n' });
      expect(performance.now() - since).toBeLessThan(3_000);
      expect(await run(plainCommand('echo next'), LONG)).toMatchObject({ ok: true, stdoutTail: 'next\n' });
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      expect(existsSync(file)).toBe(false);
    });
  });

  test('what does not listen to SIGTERM is killed', async () => {
    await using(async (run) => {
      const since = performance.now();
      const result = await run(plainCommand(`trap '' TERM; while :; do sleep 0.05; done`), {
        timeoutMs: 300,
      });
      expect(result).toMatchObject({ ok: false, timedOut: true });
      expect(performance.now() - since).toBeLessThan(4_000);
    });
  });

  test('what it leaves in the background is not waited for, and lives', async () => {
    await using(async (run) => {
      const file = join(dir, `background-${Math.random()}`);
      const since = performance.now();
      expect(await run(plainCommand(`(sleep 0.7; echo done > '${file}') & echo here`), LONG)).toMatchObject({
        ok: true,
        stdoutTail: 'here\n',
      });
      expect(performance.now() - since).toBeLessThan(600);
      expect(await run(plainCommand('echo next'), LONG)).toMatchObject({ stdoutTail: 'next\n' });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(readFileSync(file, 'utf8')).toBe('done\n');
    });
  });

  test('only the end of what it prints is kept', async () => {
    await using(async (run) => {
      const command = plainCommand('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done');
      const { ok, stdoutTail } = await run(command, LONG);
      expect(ok).toBe(true);
      expect(stdoutTail).toHaveLength(4096);
      expect(stdoutTail.endsWith('line 19999\n')).toBe(true);
      const more = await run(command, { ...LONG, keepChars: 1 << 20 });
      expect(more.stdoutTail.startsWith('line 0\n')).toBe(true);
    });
  });

  test('more than ten variables arrive, each as it is', async () => {
    const variables = Array.from({ length: 14 }, (_, i) => [`f2bV_v${i}`, `'${i}' "$0" \\ \`x\``] as const);
    const names = variables.map(([name]) => `"$${name}"`).join(' ');
    await using(async (run) => {
      const { stdoutTail } = await run({ command: `printf '%s\\n' ${names}`, variables }, LONG);
      expect(stdoutTail.split('\n').slice(0, -1)).toEqual(variables.map(([, value]) => value));
    });
  });

  test('a variable of one command is unknown to the next', async () => {
    await using(async (run) => {
      await run({ command: 'x=1; true "$f2bV_a"', variables: [['f2bV_a', 'secret']] }, LONG);
      const { stdoutTail } = await run(plainCommand('echo "[$f2bV_a$x]"'), LONG);
      expect(stdoutTail).toBe('[]\n');
    });
  });
});

describe('input', () => {
  test.each(['', '\n', 'a', 'a\n\n', ' a\\b\tc % "\'$x`` \u00e9\n'])('%j arrives as it is', async (input) => {
    const result = await runOnce(plainCommand('cat'), { ...LONG, input });
    expect(result).toMatchObject({ ok: true, stdoutTail: input, stderrTail: '' });
  });

  test.each(['', 'a\nb\n', `a\n${END_OF_TEXT.slice(0, -1)}`])(
    'cut off, as %j, is not used at all',
    (text) => {
      const args = shellArguments(onWholeText(plainCommand('cat; echo ran')));
      const { status, stdout, stderr } = spawnSync('/bin/sh', args, { input: text, encoding: 'utf8' });
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: '',
        stderr: 'the text for this command was cut off\n',
      });
    },
  );

  test('leaves values and the exit status of the command as they are', async () => {
    const command = {
      command: 'echo "$f2bV_a"; cat; exit 5 # done',
      variables: [['f2bV_a', 'b $(c)']],
    } as const;
    const result = await runOnce(command, { ...LONG, input: 'x\n' });
    expect(result).toMatchObject({ exitCode: 5, stdoutTail: 'b $(c)\nx\n' });
  });

  test('reaches the command, whatever its size', async () => {
    const input = 'add element x\n'.repeat(50_000);
    const result = await runOnce(plainCommand('wc -c'), { ...LONG, input });
    expect(result.stdoutTail.trim()).toBe(String(input.length));
  });

  test('that nobody reads is no failure', async () => {
    const input = 'x'.repeat(1_000_000);
    expect(await runOnce(plainCommand('true'), { ...LONG, input })).toMatchObject({ ok: true });
  });
});

describe('a shell for all', () => {
  test('takes a new one when the old has ended', async () => {
    await withMany(async (run) => {
      expect(await run(plainCommand('kill -9 $$'), LONG)).toMatchObject({ ok: false });
      expect(await run(plainCommand('echo $$'), LONG)).toMatchObject({ ok: true });
    });
  });

  test('is not taken in by a command that prints what looks like an end', async () => {
    await withMany(async (run) => {
      const { stdoutTail, exitCode } = await run(
        plainCommand(`printf '\\036f2b-%s 0\\036' 00000000000000000000000000000000; exit 7`),
        LONG,
      );
      expect(exitCode).toBe(7);
      expect(stdoutTail).toContain('f2b-0000');
    });
  });
});

describe('the script', () => {
  test('sets variables from arguments, beyond the tenth in braces', () => {
    const variables = Array.from({ length: 12 }, (_, i) => [`v${i}`, `value ${i}`] as const);
    const [flag, script, ...args] = shellArguments({ command: 'cmd', variables });
    expect(flag).toBe('-c');
    expect(script).toBe(
      `${Array.from({ length: 12 }, (_, i) => (i < 10 ? `v${i}=$${i} ` : `v${i}=\${${i}} `)).join('')}\ncmd`,
    );
    expect(args).toEqual(variables.map(([, value]) => value));
  });

  test('is the command alone where there are none', () => {
    expect(shellArguments(plainCommand('cmd'))).toEqual(['-c', 'cmd']);
  });

  test('a quoted word is one word', () => {
    expect(quoteWord("it's")).toBe(`'it'\\''s'`);
  });
});
