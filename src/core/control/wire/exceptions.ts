/**
 * Wire: refusals on their way: ours → a Python exception in a reply; an exception in a reply → what fail2ban-client says.
 *
 * Source: client.md §2, §5.
 */
import { F2bError } from '../../errors.js';
import { PyTuple, repr, str } from '../../python-repr.js';
import { asCommandError, CommandError, missingArgument, unknownJail } from '../command-error.js';
import { PickledException } from './pickled.js';

/** Also for a bug of ours: whoever asked is told that there is one. */
export function exceptionOf(error: unknown): PickledException {
  const known = asCommandError(error);
  if (known instanceof CommandError) {
    const { module, name, args } = known.exception;
    return new PickledException(module, name, args);
  }
  const message = known instanceof F2bError ? known.message : `f2b has a bug: ${String(known)}`;
  return new PickledException('builtins', known instanceof F2bError ? 'Exception' : 'RuntimeError', [
    message,
  ]);
}

export function refusalOf(exception: PickledException): CommandError {
  return new CommandError(textOf(exception), exception);
}

function textOf({ module, name, args }: PickledException): string {
  const [first, second, third] = args;
  if (name === 'UnknownJailException') return unknownJail(str(first)).message;
  if (name === 'DuplicateJailException') return `The jail ${repr(first)} already exists`;
  if (name === 'IndexError') return missingArgument().message;
  if (module === 'builtins' && args.length >= 2 && typeof first === 'number' && OS_ERROR.test(name)) {
    return `[Errno ${first}] ${str(second)}${third === undefined ? '' : `: ${repr(third)}`}`;
  }
  if (args.length === 0) return '';
  // Python prints a missing key as it would be written.
  if (args.length === 1) return name === 'KeyError' ? repr(first) : str(first);
  return repr(new PyTuple(args));
}

/** OSError and its children take number, text and path. */
const OS_ERROR =
  /^(?:OS|IO|FileNotFound|FileExists|Permission|IsADirectory|NotADirectory|Connection\w*|Timeout)Error$/;
