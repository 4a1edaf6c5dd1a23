/**
 * Runs other programs; the only user of execa. No shell is involved unless it is the program: arguments arrive as they
 * are.
 *
 * `streamProcess`: a program whose output is read; what goes wrong is one ProcessError. `startGroup`: a program that leads
 * a process group of its own, so that it can be ended together with everything it has started; what becomes of it is data.
 */
import type { Readable } from 'node:stream';
import { F2bError } from './errors.js';

export interface ProcessFailure {
  /** Its exit status; undefined when it was killed or never started. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  /** `ENOENT` and the like, when it could not be started. */
  readonly startError: string | undefined;
  readonly stderrTail: string;
}

export class ProcessError extends F2bError {
  constructor(
    readonly command: string,
    readonly failure: ProcessFailure,
    cause?: unknown,
  ) {
    super('process-failed', `${command} ${describe(failure)}`, { cause });
  }
}

function describe({ status, signal, startError, stderrTail }: ProcessFailure): string {
  const tail = stderrTail.trim() === '' ? '' : `: ${stderrTail.trim()}`;
  if (startError === 'ENOENT') return 'is not installed';
  if (startError !== undefined) return `cannot be started (${startError})${tail}`;
  return (signal === undefined ? `ended with status ${status}` : `was killed by ${signal}`) + tail;
}

export interface StreamedProcess {
  /** Its standard output, as it comes. Leaving the loop early ends the program. @throws {ProcessError} */
  output(): AsyncIterable<Buffer>;
  /** Ends the program, and with it its output, also while nothing comes. */
  end?(): void;
  /** The last part of its standard error, complete once the output has ended. */
  stderrTail(): string;
}

const TAIL_CHARS = 4096;

/** Starts `file` and hands out its standard output while it runs; its standard input is empty. */
export function streamProcess(file: string, args: readonly string[]): StreamedProcess {
  let stderrTail = '';
  let kill: (() => void) | undefined;
  let isEnded = false;
  return {
    stderrTail: () => stderrTail,
    end() {
      isEnded = true;
      kill?.();
    },
    async *output() {
      // Only here: most runs start no program.
      const { execa } = await import('execa');
      if (isEnded) return;
      const child = execa(file, args, { stdin: 'ignore', buffer: false, reject: false, encoding: 'buffer' });
      kill = () => void child.kill();
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderrTail = (stderrTail + text).slice(-TAIL_CHARS);
      });
      let complete = false;
      try {
        for await (const chunk of child.stdout) yield chunk as Buffer;
        complete = true;
      } finally {
        if (!complete) child.kill();
      }
      const result = await child;
      if (!result.failed) return;
      const failure: ProcessFailure = {
        status: result.exitCode,
        signal: result.signal,
        startError: result.exitCode === undefined && !result.signal ? (result.code ?? 'unknown') : undefined,
        stderrTail,
      };
      throw new ProcessError(file, failure, result.cause);
    },
  };
}

/** How a program ended. */
export interface ProcessEnd {
  /** Its exit status; undefined when it was killed or never started. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  /** `ENOENT` and the like, when it could not be started. */
  readonly startError: string | undefined;
}

export type OutputName = 'stdout' | 'stderr';

/** A running program and whatever it has started, as long as that has not left its process group. */
export interface ProcessGroup {
  /** Its pid, which is the id of the group; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** To its standard input; what it no longer reads is lost. */
  write(text: string): void;
  endInput(): void;
  /** Output as it comes, as UTF-8 text. */
  onOutput(listener: (text: string, from: OutputName) => void): void;
  /** The program itself has ended and its output has been read; what it left in the background goes on. */
  readonly ended: Promise<ProcessEnd>;
  /** To the whole group. @returns false when nobody is left */
  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

/** Output of a program that is gone is waited for so long: what it left in the background may keep the pipes open. */
const DRAIN_MS = 100;

export interface GroupOptions {
  /** Its standard input is written to; else it is empty. */
  readonly input?: boolean | undefined;
  /** Besides what it inherits. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts `file` as the leader of a session of its own. */
export async function startGroup(
  file: string,
  args: readonly string[],
  { input = false, env = {} }: GroupOptions = {},
): Promise<ProcessGroup> {
  const { execa } = await import('execa');
  const child = execa(file, args, {
    env,
    stdin: input ? 'pipe' : 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
  });
  const listeners: ((text: string, from: OutputName) => void)[] = [];
  for (const from of ['stdout', 'stderr'] as const) {
    child[from].setEncoding('utf8').on('data', (text: string) => {
      for (const listener of listeners) listener(text, from);
    });
    child[from].on('error', () => {});
  }
  // It may go away without having read everything.
  child.stdin?.on('error', () => {});
  const { pid } = child;
  return {
    pid,
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    onOutput: (listener) => void listeners.push(listener),
    ended: endOf(child),
    kill: (signal) => pid !== undefined && killGroup(pid, signal),
  };
}

/** To all of a process group. @returns false when nobody is left */
export function killGroup(id: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-id, signal);
    return true;
  } catch {
    return false;
  }
}

interface Child extends PromiseLike<{ exitCode?: number | undefined; code?: string | undefined }> {
  readonly pid?: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  once(event: 'exit', listener: (status: number | null, signal: string | null) => void): unknown;
}

/** The exit of the program counts, not the end of its output: that is only waited for a moment. */
async function endOf(child: Child): Promise<ProcessEnd> {
  const exit = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (status, signal) => {
      resolve({ status: status ?? undefined, signal: signal ?? undefined, startError: undefined });
    });
  });
  const settled = Promise.resolve(child).then(({ exitCode, code }) => ({
    status: exitCode,
    signal: undefined,
    startError: child.pid === undefined ? (code ?? 'unknown') : undefined,
  }));
  const end = await Promise.race([exit, settled]);
  if (end.startError !== undefined) return end;
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, DRAIN_MS);
  await settled;
  clearTimeout(timer);
  return end;
}
