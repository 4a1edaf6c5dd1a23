/**
 * Wire: the server's end of the socket: takes connections, cuts requests out of their bytes, sends what is answered.
 *
 * One request of a connection is outstanding at a time, and what it sends meanwhile is not read. A peer that sends half a
 * message, too much, nonsense, or does not take its answer, costs its own connection and nothing else: there are limits of
 * size, time and number. What a request means is not known here. Source: client.md §5.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { F2bError } from '../../errors.js';
import { CLOSE, END, FrameReader, OversizeError } from './frames.js';
import { type PlaceOptions, preparePlace } from './socket-path.js';

export interface WireServerOptions extends PlaceOptions {
  readonly path: string;
  /** Request → reply, both without marker. Undefined: the connection ends without one. Must not throw. */
  readonly answer: (request: Buffer) => Promise<Buffer | undefined>;
  /** Something is odd enough for the log. */
  readonly onTrouble?: ((message: string) => void) | undefined;
  readonly limits?: Partial<WireLimits> | undefined;
}

export interface WireLimits {
  /** Of one request. */
  readonly maxBytes: number;
  /** When there are more, the one that has been quiet longest has to go. */
  readonly maxConnections: number;
  /** From the first byte of a request to its last, and for a reply to be taken. */
  readonly transferMs: number;
  /** A connection may be quiet for so long between requests. */
  readonly idleMs: number;
}

export const WIRE_LIMITS: WireLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxConnections: 64,
  transferMs: 30_000,
  idleMs: 600_000,
};

export class WireServer {
  readonly #options: WireServerOptions;
  readonly #limits: WireLimits;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  constructor(options: WireServerOptions) {
    this.#options = options;
    this.#limits = { ...WIRE_LIMITS, ...options.limits };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** @throws {F2bError} the place is taken or not safe, or the system refuses */
  async listen(): Promise<void> {
    const { path } = this.#options;
    await preparePlace(path, this.#options);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => reject(refused(path, error));
      this.#server.once('error', fail);
      const ready = () => {
        this.#server.off('error', fail);
        this.#server.on('error', (error) => this.#options.onTrouble?.(`socket: ${error.message}`));
        resolve();
      };
      // The socket exists before anybody could change its mode; so it is made with the right one.
      const umask = process.umask(0o177);
      try {
        this.#server.listen(path, ready);
      } finally {
        process.umask(umask);
      }
    });
    chmodSync(path, 0o600);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Nobody is let in any more, and the socket is gone. Who waits for an answer gets it within `graceMs`. */
  async close(graceMs = 1000): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.finish();
    const late = setTimeout(() => {
      for (const connection of this.#connections) connection.end();
    }, graceMs);
    await closed;
    clearTimeout(late);
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#limits.maxConnections && !this.#makeRoom()) {
      this.#options.onTrouble?.('too many connections: one more was refused');
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {
      limits: this.#limits,
      answer: this.#options.answer,
      onTrouble: (message) => this.#options.onTrouble?.(message),
      onEnd: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }

  /** @returns false when all of them wait for an answer */
  #makeRoom(): boolean {
    const quiet = [...this.#connections].filter(({ isBusy }) => !isBusy);
    const [first] = quiet.sort((a, b) => a.quietSince - b.quietSince);
    first?.end();
    return first !== undefined;
  }
}

interface ConnectionOptions {
  readonly limits: WireLimits;
  readonly answer: WireServerOptions['answer'];
  readonly onTrouble: (message: string) => void;
  readonly onEnd: () => void;
}

class Connection {
  isBusy = false;
  quietSince = performance.now();
  readonly #reader: FrameReader;
  #timer: NodeJS.Timeout | undefined;
  /** The request that is being received has begun; its time does not begin anew with each byte. */
  #isReceiving = false;
  #isLast = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: ConnectionOptions,
  ) {
    this.#reader = new FrameReader(options.limits.maxBytes);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.finish());
    socket.on('error', () => this.end());
    socket.on('close', () => {
      clearTimeout(this.#timer);
      options.onEnd();
    });
    this.#wait(options.limits.idleMs);
  }

  /** After the answer that is under way, if any. */
  finish(): void {
    this.#isLast = true;
    if (!this.isBusy) this.end();
  }

  end(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#reader.push(bytes);
    if (!this.isBusy) this.#next();
  }

  #next(): void {
    let request: Buffer | undefined;
    try {
      request = this.#reader.first();
    } catch (error) {
      if (!(error instanceof OversizeError)) throw error;
      this.options.onTrouble(`a request was refused: ${error.message}`);
      this.end();
      return;
    }
    if (request === undefined) {
      if (this.#isLast) {
        this.end();
        return;
      }
      if (this.#reader.size > 0 && !this.#isReceiving) this.#wait(this.options.limits.transferMs);
      this.#isReceiving = this.#reader.size > 0;
      this.socket.resume();
      return;
    }
    this.#isReceiving = false;
    if (request.equals(CLOSE)) {
      this.end();
      return;
    }
    this.isBusy = true;
    this.socket.pause();
    clearTimeout(this.#timer);
    void this.#serve(request);
  }

  async #serve(request: Buffer): Promise<void> {
    let reply: Buffer | undefined;
    try {
      reply = await this.options.answer(request);
    } catch (error) {
      this.options.onTrouble(`a request could not be answered: ${String(error)}`);
    }
    if (this.socket.destroyed) return;
    if (reply === undefined) {
      this.end();
      return;
    }
    this.#wait(this.options.limits.transferMs);
    this.socket.write(Buffer.concat([reply, END]), () => {
      this.isBusy = false;
      this.quietSince = performance.now();
      if (this.socket.destroyed) return;
      this.#wait(this.options.limits.idleMs);
      this.#next();
    });
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), ms);
    // Who waits for a peer does not keep the process alive.
    this.#timer.unref();
  }
}

function refused(path: string, error: NodeJS.ErrnoException): F2bError {
  if (error.code === 'EADDRINUSE') {
    return new F2bError('already-running', 'Fail2ban seems to be already running', { cause: error });
  }
  const hint = error.code === 'EACCES' ? 'You must be root, or name another place with --socket.' : undefined;
  return new F2bError('socket', `the socket ${path} cannot be made: ${error.code ?? error.message}`, {
    cause: error,
    hint,
  });
}
