/**
 * Wire: what a decoded value comes to. A few bytes can name the same large thing again and again, or a thing in itself; so
 * it is counted as often as it stands there, and the whole is bounded.
 */
import { PyTuple } from '../values.js';
import { PickledException, PickleError } from './pickled.js';

export interface Limits {
  readonly maxValues: number;
  /** Of text. */
  readonly maxChars: number;
  /** Lists in lists. */
  readonly maxDepth: number;
}

/** @throws {PickleError} it comes to more than that */
export function measure(root: unknown, { maxValues, maxChars, maxDepth }: Limits): void {
  let values = 0;
  let chars = 0;
  const visit = (value: unknown, depth: number): void => {
    if (++values > maxValues) throw new PickleError('too many values');
    if (typeof value === 'string') {
      chars += value.length;
      if (chars > maxChars) throw new PickleError('too much text');
      return;
    }
    const items = insideOf(value);
    if (!items) return;
    if (depth >= maxDepth) throw new PickleError('nested too deeply');
    for (const item of items) visit(item, depth + 1);
  };
  visit(root, 0);
}

function insideOf(value: unknown): Iterable<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PickledException) return value.args;
  return value instanceof Map ? [...value].flat() : undefined;
}
