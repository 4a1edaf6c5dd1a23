/**
 * Control stage: what a command answers, as fail2ban's server would answer it.
 *
 * Plain data of Python's kinds. Handlers make them, the wire pickles them, a client prints them (src/view/reply.ts).
 * JavaScript lacks three of Python's kinds: floats that are whole (`PyFloat`), tuples (`PyTuple`), and fail2ban's own
 * address objects (`IpText`), which a client receives as strings.
 */
import { PyFloat, PyTuple } from '../python-repr.js';

export { PyFloat, PyTuple };

/** An address, network or raw id. On the wire it is a call of `str`, as fail2ban's address objects are; client.md §5. */
export class IpText {
  constructor(readonly text: string) {}
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyFloat
  | PyTuple
  | IpText
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** As a client has it after unpickling: addresses are strings. */
export function received(value: Value): Value {
  if (value instanceof IpText) return value.text;
  if (value instanceof PyTuple) return new PyTuple((value.items as readonly Value[]).map(received));
  if (Array.isArray(value)) return value.map(received);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, received(item)]));
  return value;
}

/** Python's number for seconds: whole ones are int unless they were written as a float. */
export function secondsValue(seconds: number, kind: 'int' | 'float' = 'int'): Value {
  return kind === 'float' || !Number.isInteger(seconds) ? new PyFloat(seconds) : seconds;
}

export function pair(label: string, value: Value): PyTuple {
  return new PyTuple([label, value]);
}
