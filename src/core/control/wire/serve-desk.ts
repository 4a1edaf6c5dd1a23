/**
 * Wire: one request of a client → the command at the desk → the reply. The server's side of the protocol's meaning.
 *
 * `(0, value)`, or `(1, exception)` for what is refused; a text for what cannot be read; `['SHUTDOWN']` while the server
 * stops. Commands that change something go one after the other; those that only look do not wait for them.
 * Source: client.md §2, §5; fail2ban-server 1.0.2, asked.
 */
import { repr, str } from '../../python-repr.js';
import { CommandError, missingArgument } from '../command-error.js';
import type { Desk } from '../desk.js';
import { type Located, locate, run } from '../dispatch.js';
import { PyTuple, type Value } from '../values.js';
import { reloadRequest } from '../vocabulary/server.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { exceptionOf } from './exceptions.js';
import { PickleError } from './pickled.js';

export interface ServeOptions {
  /** A server that stops tells everybody so. */
  readonly isStopping?: (() => boolean) | undefined;
  /** Around each command: where a jail must not do two things at a time. Default: just does it. */
  readonly around?: ((located: Located, work: () => Promise<Value>) => Promise<Value>) | undefined;
  /** After a command that changes something. Default: `desk.settle()`. */
  readonly settle?: (() => Promise<unknown>) | undefined;
  /** `Command ['foo'] has failed. Received Exception('Invalid command')` */
  readonly onRefused?: ((message: string, error: unknown) => void) | undefined;
}

/** What `WireServer` needs to answer. */
export function serveDesk(desk: Desk, options: ServeOptions = {}): (request: Buffer) => Promise<Buffer> {
  const carry = new Carrier(desk, options);
  return async (request) => {
    let words: Value;
    try {
      words = decode(request) as Value;
    } catch (error) {
      if (!(error instanceof PickleError)) throw error;
      return encode(`ERROR: ${error.message}`);
    }
    if (options.isStopping?.()) return encode(['SHUTDOWN']);
    try {
      return encode(new PyTuple([0, await carry.out(words)]));
    } catch (error) {
      const exception = exceptionOf(error);
      const said = `${exception.name}(${exception.args.map(repr).join(', ')})`;
      options.onRefused?.(`Command ${repr(words)} has failed. Received ${said}`, error);
      return encode(new PyTuple([1, exception]));
    }
  };
}

/** Carries commands out as they come over the wire: words that may be values, and the forms that hold several. */
export class Carrier {
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly desk: Desk,
    private readonly options: ServeOptions = {},
  ) {}

  async out(request: Value): Promise<Value> {
    const words = itemsOf(request);
    switch (words[0]) {
      case 'server-stream':
        return this.#stream(words[1]);
      case 'multi-set':
        return this.#multiSet(words);
      case 'reload':
        return this.#reload(words);
      default:
        return this.#one(words.map(str));
    }
  }

  async #one(words: readonly string[]): Promise<Value> {
    if (words.length === 0) throw missingArgument();
    const located = locate(words);
    const { around = (_, work) => work() } = this.options;
    const work = () => around(located, () => run(this.desk, located));
    return located.entry.writes ? this.#changing(work) : work();
  }

  /** One after the other. */
  #changing(work: () => Promise<Value>): Promise<Value> {
    const result = this.#tail.then(async () => {
      try {
        return await work();
      } finally {
        // What was changed before a command fails is carried out all the same.
        await (this.options.settle?.() ?? this.desk.settle());
        // What was answered holds, whatever comes.
        await this.desk.store.durable();
      }
    });
    this.#tail = result.catch(() => {});
    return result;
  }

  /** A configuration as the client read it: command by command, up to the first that is refused. */
  async #stream(commands: Value | undefined): Promise<Value> {
    if (commands === undefined) throw missingArgument();
    for (const command of itemsOf(commands)) await this.out(command);
    return null;
  }

  /** `['reload', JAIL or --all, [OPTION, …], STREAM]`. Without a stream the server reads its configuration itself. */
  async #reload([reload, name, options = [], stream, ...more]: readonly Value[]): Promise<Value> {
    if (name === undefined || more.length > 0) throw new CommandError('Invalid command');
    const words = [str(reload), ...itemsOf(options).map(str), str(name)];
    const { server } = this.desk;
    if (stream === undefined || !server) return this.#one(words);
    const request = reloadRequest(words.slice(1));
    return this.#changing(async () => {
      await server.reload({ ...request, stream: itemsOf(stream) });
      return 'OK';
    });
  }

  /** `['multi-set', JAIL, NAME, [VALUE, …]]`, or `['multi-set', JAIL, 'action', ACTION, [[PROPERTY, VALUE], …]]`. */
  async #multiSet([, jail, name, ...rest]: readonly Value[]): Promise<Value> {
    const values = rest.at(-1);
    if (jail === undefined || name === undefined || values === undefined) throw missingArgument();
    const lead = ['set', ...[jail, name, ...rest.slice(0, -1)].map(str)];
    for (const value of itemsOf(values)) {
      const words = Array.isArray(value) || value instanceof PyTuple ? itemsOf(value) : [value];
      // A property that is nothing: it has no such command.
      if (words.at(-1) !== null) await this.#one([...lead, ...words.map(str)]);
    }
    return true;
  }
}

/** @throws {CommandError} it is neither a list nor a tuple */
function itemsOf(value: Value): readonly Value[] {
  if (value instanceof PyTuple) return value.items as readonly Value[];
  if (Array.isArray(value)) return value;
  throw new CommandError('Invalid command');
}
