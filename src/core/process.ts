/**
 * Runs other programs; the only user of execa. No shell is involved: arguments arrive as they are.
 *
 * A program that cannot be started, fails or is killed is one ProcessError with its status, signal and the end of
 * what it said on its standard error.
 */
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
  /** The last part of its standard error, complete once the output has ended. */
  stderrTail(): string;
}

const TAIL_CHARS = 4096;

/** Starts `file` and hands out its standard output while it runs; its standard input is empty. */
export function streamProcess(file: string, args: readonly string[]): StreamedProcess {
  let stderrTail = '';
  return {
    stderrTail: () => stderrTail,
    async *output() {
      // Only here: most runs start no program.
      const { execa } = await import('execa');
      const child = execa(file, args, { stdin: 'ignore', buffer: false, reject: false, encoding: 'buffer' });
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
