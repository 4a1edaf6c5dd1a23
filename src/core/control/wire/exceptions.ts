/**
 * Wire: refusals on their way: ours → a Python exception in a reply; an exception in a reply → what fail2ban-client says.
 *
 * Source: client.md §2, §5.
 */
import { F2bError } from '../../errors.js';
import { PyTuple, repr, str } from '../../python-repr.js';
import {
  asCommandError,
  CommandError,
  duplicateJail,
  missingArgument,
  unknownJail,
} from '../command-error.js';
import { PickledException } from './pickled.js';

/** Also for a bug of ours: whoever asked is told that there is one. */
export function exceptionOf(error: unknown): PickledException {
  const known = asCommandError(error);
  if (known instanceof CommandError) {
    const { module, name, args, filename } = known.exception;
    return new PickledException(module, name, filename === undefined ? args : [...args, filename]);
  }
  const message = known instanceof F2bError ? known.message : `f2b has a bug: ${String(known)}`;
  return new PickledException('builtins', known instanceof F2bError ? 'Exception' : 'RuntimeError', [
    message,
  ]);
}

export function refusalOf(exception: PickledException): CommandError {
  const { module, name, args } = exception;
  const [number, text, path, ...more] = args;
  if (module === 'builtins' && OS_ERROR.test(name) && typeof number === 'number' && more.length === 0) {
    if (text === undefined) return new CommandError(str(number), exception);
    const where = path === undefined ? '' : `: ${repr(path)}`;
    const filename = typeof path === 'string' ? path : undefined;
    return new CommandError(`[Errno ${number}] ${str(text)}${where}`, {
      ...{ module, name, filename },
      args: [number, text],
    });
  }
  return new CommandError(textOf(exception), exception);
}

function textOf({ name, args }: PickledException): string {
  const [first] = args;
  if (name === 'UnknownJailException') return unknownJail(str(first)).message;
  if (name === 'DuplicateJailException') return duplicateJail(str(first)).message;
  if (name === 'IndexError') return missingArgument().message;
  if (args.length === 0) return '';
  // Python prints a missing key as it would be written.
  if (args.length === 1) return name === 'KeyError' ? repr(first) : str(first);
  return repr(new PyTuple(args));
}

/** OSError and its children take number, text and path. */
const OS_ERROR = /^(?:OS|IO|File\w+|Permission|IsADirectory|NotADirectory|Connection\w*|Timeout)Error$/;
