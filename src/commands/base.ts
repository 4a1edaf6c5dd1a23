/**
 * What every command shares: `--json`, and the one place where an error becomes a message and an exit code.
 *
 * Core throws, commands render, this ends: an expected error (F2bError) is one message on standard error, with what to
 * do about it, and its exit code; with `--json` it is an object on standard output. Anything else is a bug of ours and
 * says so. A reader that goes away ends the command silently with 0, Ctrl-C with 130. (docs/exit-codes.md)
 */
import { Command } from '@oclif/core/command';
import { ConfigError, EXIT, F2bError, PatternError } from '../core/errors.js';
import { withCaret } from '../view/caret.js';
import { escapeControls } from '../view/escape.js';

/** The end of a command that has said everything already: only the exit code is left. */
export class Silent extends Error {
  constructor(readonly exitCode: number) {
    super('');
  }
}

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {};

  /** oclif hands every failure of `run` to this. */
  protected override async catch(error: Error): Promise<unknown> {
    process.exitCode = this.report(error);
    return undefined;
  }

  /** Says what went wrong and answers with the exit code. */
  protected report(error: unknown): number {
    if (error instanceof Silent) return error.exitCode;
    if (this.jsonEnabled()) {
      process.stdout.write(`${JSON.stringify({ error: errorObject(error) }, undefined, 2)}\n`);
    } else process.stderr.write(errorText(error));
    return exitCodeOf(error);
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Silent || error instanceof F2bError) return error.exitCode;
  const oclif = (error as { oclif?: { exit?: number } } | undefined)?.oclif;
  return oclif?.exit ?? EXIT.failure;
}

/** Message, place and remedy of an error, for a person. */
export function errorText(error: unknown): string {
  if (error instanceof F2bError) {
    const hint = error.hint === undefined ? '' : `${error.hint}\n`;
    const caret =
      error instanceof PatternError && error.index !== undefined ? withCaret(error.pattern, error.index) : '';
    return `ERROR: ${placeOf(error)}${escapeLines(error.message)}\n${caret}${escapeLines(hint)}`;
  }
  if ((error as { oclif?: unknown } | undefined)?.oclif) {
    return `ERROR: ${escapeLines((error as Error).message)}\n`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const where = process.env['F2B_DEBUG'] ? stack : `${error}\nSet F2B_DEBUG=1 for where it happened.`;
  return `ERROR: f2b has a bug: ${escapeLines(where)}\n`;
}

function placeOf(error: F2bError): string {
  return error instanceof ConfigError && error.origin ? `${error.origin.file}:${error.origin.line}: ` : '';
}

function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControls(line))
    .join('\n');
}

/** The same for a program. */
export function errorObject(error: unknown): Record<string, unknown> {
  if (!(error instanceof F2bError)) {
    const isUsage = (error as { oclif?: unknown } | undefined)?.oclif !== undefined;
    const message = isUsage ? (error as Error).message : String(error);
    return { code: isUsage ? 'usage' : 'internal', message, exitCode: exitCodeOf(error) };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error instanceof ConfigError && error.origin ? { origin: error.origin } : {}),
    ...(error instanceof PatternError ? { pattern: error.pattern, index: error.index } : {}),
    exitCode: error.exitCode,
  };
}

/** A closed pipe and Ctrl-C, for the life of the process. */
export function installSignals(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`ERROR: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT.failure);
  });
  process.stderr.on('error', () => {});
  process.once('SIGINT', () => process.exit(130));
}
