/**
 * Control stage: a command that is refused, in fail2ban's words and with the Python exception its server would answer.
 *
 * `message` is what a client prints on standard output, `args` what it shows behind `NOK:`. Source: client.md §2, §5.
 */
import { ConfigError, F2bError, PatternError } from '../errors.js';
import { PyTuple, repr } from '../python-repr.js';
import type { Value } from './values.js';

export interface PythonException {
  readonly module: string;
  readonly name: string;
  readonly args: readonly Value[];
  /** Python keeps it apart from the arguments of an OSError, and makes one of three again. */
  readonly filename?: string | undefined;
}

export class CommandError extends F2bError {
  readonly exception: PythonException;

  constructor(message: string, exception: Partial<PythonException> = {}, options: { hint?: string } = {}) {
    super('command', message, options);
    this.exception = { module: 'builtins', name: 'Exception', args: [message], ...exception };
  }

  /** `('Invalid command',)` */
  get argsText(): string {
    return repr(new PyTuple(this.exception.args));
  }
}

/** There is no server, and without one the command has no meaning. */
export class NoServerError extends F2bError {
  constructor(command: string, hint: string) {
    super('no-server', `${command}: there is no server that could do it`, { hint });
  }
}

export function unknownJail(name: string, hint?: string): CommandError {
  return new CommandError(
    `Sorry but the jail ${repr(name)} does not exist`,
    { module: 'fail2ban.exceptions', name: 'UnknownJailException', args: [name] },
    hint === undefined ? {} : { hint },
  );
}

export function duplicateJail(name: string): CommandError {
  return new CommandError(`The jail ${repr(name)} already exists`, {
    module: 'fail2ban.exceptions',
    name: 'DuplicateJailException',
    args: [name],
  });
}

export function missingArgument(hint?: string): CommandError {
  return new CommandError(
    'Sorry but the command is invalid',
    { name: 'IndexError', args: ['list index out of range'] },
    hint === undefined ? {} : { hint },
  );
}

export function valueError(message: string): CommandError {
  return new CommandError(message, { name: 'ValueError' });
}

/** Prints its argument in quotes, as Python prints a KeyError. */
export function keyError(key: string): CommandError {
  return new CommandError(repr(key), { name: 'KeyError', args: [key] });
}

/** What other rooms refuse, as fail2ban's server would answer it. Bugs stay what they are. */
export function asCommandError(error: unknown): unknown {
  if (!(error instanceof F2bError) || error instanceof CommandError || error instanceof NoServerError)
    return error;
  const options = error.hint === undefined ? {} : { hint: error.hint };
  return new CommandError(error.message, exceptionOf(error), options);
}

function exceptionOf(error: F2bError): Partial<PythonException> {
  if (error instanceof PatternError) return { module: 'fail2ban.server.failregex', name: 'RegexException' };
  if (error.code === 'encoding-unknown') return { name: 'LookupError' };
  if (error.code === 'time-syntax')
    return { name: error.message.startsWith('name ') ? 'NameError' : 'SyntaxError' };
  return error instanceof ConfigError || error.code === 'time-zone' ? { name: 'ValueError' } : {};
}
