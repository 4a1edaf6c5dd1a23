/**
 * Wire: what may stand in a message, and what is wrong with one that is refused.
 */
import { F2bError } from '../../errors.js';
import type { PythonException } from '../command-error.js';
import type { PyTuple, Value } from '../values.js';

/** A Python exception as data: nobody raises it. */
export class PickledException implements PythonException {
  constructor(
    readonly module: string,
    readonly name: string,
    readonly args: readonly Value[],
  ) {}
}

/** A reply is `(0, value)` or `(1, exception)`; nothing else holds exceptions. */
export type Pickled = Value | PickledException | ReplyTuple;

/** A tuple that may hold an exception. */
export interface ReplyTuple extends PyTuple {}

/** The message cannot be read. `truncated`: it ends too early, more of it may be under way. */
export class PickleError extends F2bError {
  readonly truncated: boolean;

  constructor(message: string, { truncated = false } = {}) {
    super(truncated ? 'pickle-truncated' : 'pickle', message);
    this.truncated = truncated;
  }
}
