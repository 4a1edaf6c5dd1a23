/**
 * Wire: the client's end of the socket: words → the server's answer.
 *
 * A server of ours or fail2ban's. What it refuses is a CommandError with the text that fail2ban-client shows; when there
 * is none, or it does not answer, that is a WireError in fail2ban's words. Source: client.md §1.1, §2, §5.
 */
import { connect, type Socket } from 'node:net';
import { F2bError } from '../../errors.js';
import { PyTuple, type Value } from '../values.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { refusalOf } from './exceptions.js';
import { CLOSE, END, FrameReader } from './frames.js';
import { type Pickled, PickledException, PickleError } from './pickled.js';
import { checkLength } from './socket-path.js';

export type WireTrouble = 'no-socket' | 'no-answer' | 'permission' | 'timeout' | 'protocol' | 'shutdown';

export class WireError extends F2bError {
  readonly kind: WireTrouble;

  constructor(kind: WireTrouble, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`wire-${kind}`, message, options);
    this.kind = kind;
  }
}

export interface ClientOptions {
  /** How long a reply may take; 0: as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** Of a reply. */
  readonly maxBytes?: number | undefined;
}

/** A list of 100,000 bans takes two megabytes. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;
const MAX_REPLY_VALUES = 8_000_000;
const DEFAULT_TIMEOUT_MS = 120_000;

export class WireClient {
  readonly #reader: FrameReader;
  #waiting: { resolve: (reply: Pickled) => void; reject: (error: Error) => void } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: WireError | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly options: ClientOptions,
  ) {
    this.#reader = new FrameReader(options.maxBytes ?? MAX_REPLY_BYTES);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => this.#fail(lost(error)));
    socket.on('close', () => this.#fail(lost()));
  }

  /** @throws {WireError} */
  static async open(path: string, options: ClientOptions = {}): Promise<WireClient> {
    checkLength(path);
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(unreachable(path, error)));
    });
    return new WireClient(socket, options);
  }

  /** One after the other. @throws {CommandError} the server refuses; {WireError} it does not answer */
  async request(words: readonly Value[]): Promise<Value> {
    const reply = this.#turn.then(() => this.#exchange(words));
    this.#turn = reply.catch(() => {});
    return answerOf(await reply);
  }

  /** Says good-bye. */
  close(): void {
    if (this.socket.destroyed) return;
    this.#failure ??= lost();
    this.socket.end(Buffer.concat([CLOSE, END]));
    // A server that never closes its side holds nobody.
    this.socket.unref();
  }

  async #exchange(words: readonly Value[]): Promise<Pickled> {
    if (this.#failure) throw this.#failure;
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Pickled>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        if (timeoutMs > 0) timer = setTimeout(() => this.#fail(timedOut(timeoutMs)), timeoutMs);
        this.socket.write(Buffer.concat([encode(words), END]));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  #take(bytes: Buffer): void {
    let reply: Pickled | undefined;
    const isWhole = (message: Buffer): boolean => {
      try {
        reply = decode(message, { exceptions: true, maxValues: MAX_REPLY_VALUES });
        return true;
      } catch (error) {
        if (error instanceof PickleError && error.truncated) return false;
        throw error;
      }
    };
    try {
      this.#reader.push(bytes);
      if (this.#reader.whole(isWhole)) this.#waiting?.resolve(reply as Pickled);
    } catch (error) {
      const { message } = error as Error;
      this.#fail(
        new WireError('protocol', `the server’s reply makes no sense: ${message}`, { cause: error }),
      );
    }
  }

  #fail(error: WireError): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.socket.destroy();
  }
}

/** One request over a connection of its own. @throws {CommandError | WireError} */
export async function ask(
  path: string,
  words: readonly Value[],
  options: ClientOptions = {},
): Promise<Value> {
  const client = await WireClient.open(path, options);
  try {
    return await client.request(words);
  } finally {
    client.close();
  }
}

/** `(0, value)`, `(1, exception)`, `['SHUTDOWN']`, or a text about what could not be read. */
function answerOf(reply: Pickled): Value {
  if (reply instanceof PyTuple) {
    const [code, value = null] = reply.items as readonly Pickled[];
    if (value instanceof PickledException) throw refusalOf(value);
    if (code === 0) return value as Value;
  }
  if (Array.isArray(reply) && reply[0] === 'SHUTDOWN') {
    throw new WireError('shutdown', 'The server is shutting down');
  }
  if (typeof reply === 'string') throw new WireError('protocol', `the server could not read it: ${reply}`);
  throw new WireError('protocol', 'the server’s reply is none of fail2ban’s');
}

function unreachable(path: string, error: NodeJS.ErrnoException): WireError {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new WireError('no-socket', `Failed to access socket path: ${path}. Is fail2ban running?`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new WireError('permission', `Permission denied to socket: ${path}, (you must be root)`, {
        cause: error,
      });
    default:
      return new WireError('no-answer', 'Unable to contact server. Is it running?', { cause: error });
  }
}

function lost(cause?: Error): WireError {
  return new WireError('no-answer', 'The server has closed the connection without an answer', { cause });
}

function timedOut(ms: number): WireError {
  return new WireError('timeout', `The server has not answered within ${ms / 1000} seconds`);
}
