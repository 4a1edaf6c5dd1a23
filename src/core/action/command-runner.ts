/**
 * Action stage: runs one command of an action with `/bin/sh` → what became of it, as data; never rejects.
 *
 * A command leads its own process group. After its timeout the group is sent SIGTERM, 0.2 s later SIGKILL. Only the end
 * of what it prints is kept. Source: bans.md §4.6.
 */
import { type ProcessGroup, startGroup } from '../process.js';
import { ownerMark } from './orphans.js';
import { END_OF_TEXT, onWholeText, type ShellCommand, shellArguments } from './shell-command.js';

export interface RunOptions {
  readonly timeoutMs: number;
  /** For its standard input; without, that is empty. It arrives whole, or the command does not run. */
  readonly input?: string | undefined;
  /** Characters of its output that are kept, from the end; 4096 unless told. */
  readonly keepChars?: number | undefined;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** `ENOENT` and the like: it was never started. */
  readonly startError: string | undefined;
  readonly stdoutTail: string;
  readonly stderrTail: string;
}

export interface CommandRunner {
  run(command: ShellCommand, options: RunOptions): Promise<CommandResult>;
  /** One shell for many commands, which cost less so; the same results. The caller closes it. */
  many(): ManyRunner;
}

export interface ManyRunner extends Pick<CommandRunner, 'run'> {
  close(): Promise<void>;
}

export const KILL_AFTER_MS = 200;
const KEEP_CHARS = 4096;

/** @returns a result whatever happens to the command */
export async function runOnce(command: ShellCommand, options: RunOptions): Promise<CommandResult> {
  const { timeoutMs, input, keepChars = KEEP_CHARS } = options;
  let group: ProcessGroup;
  try {
    const whole = input === undefined ? command : onWholeText(command);
    group = await startGroup('/bin/sh', shellArguments(whole), {
      input: input !== undefined,
      env: await ownerMark(),
    });
  } catch (error) {
    return neverStarted((error as NodeJS.ErrnoException).code ?? String(error));
  }
  const tails = { stdout: '', stderr: '' };
  group.onOutput((text, from) => {
    tails[from] = (tails[from] + text).slice(-keepChars);
  });
  if (input !== undefined) {
    group.write(input + END_OF_TEXT);
    group.endInput();
  }
  const deadline = withDeadline(group, timeoutMs);
  const end = await group.ended;
  const timedOut = await deadline.stop();
  if (end.startError !== undefined) return neverStarted(end.startError);
  return {
    ok: end.status === 0 && !timedOut,
    exitCode: end.status,
    signal: end.signal,
    timedOut,
    startError: undefined,
    stdoutTail: tails.stdout,
    stderrTail: tails.stderr,
  };
}

export function neverStarted(startError: string): CommandResult {
  return {
    ok: false,
    exitCode: undefined,
    signal: undefined,
    timedOut: false,
    startError,
    stdoutTail: '',
    stderrTail: '',
  };
}

/** SIGTERM to the group when time is up, 0.2 s later SIGKILL to what is left of it. `stop` tells whether it was. */
export function withDeadline(group: ProcessGroup, timeoutMs: number): { stop(): Promise<boolean> } {
  let killed: Promise<void> | undefined;
  const kill = async () => {
    group.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS));
    group.kill('SIGKILL');
  };
  const term = setTimeout(
    () => {
      killed = kill();
    },
    // A timer does not wait longer than 2^31 ms.
    Math.min(timeoutMs, 2 ** 31 - 1),
  );
  return {
    async stop() {
      clearTimeout(term);
      // What the shell has started may still be there when the shell itself is gone.
      await killed;
      return killed !== undefined;
    },
  };
}
