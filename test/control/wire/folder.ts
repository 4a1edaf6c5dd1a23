/** A folder for sockets, a server in it, and peers that behave as the test wants. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from '../../../src/core/control/wire/decode.js';
import { END } from '../../../src/core/control/wire/frames.js';
import type { Pickled } from '../../../src/core/control/wire/pickled.js';
import { WireServer, type WireServerOptions } from '../../../src/core/control/wire/server.js';

export class SocketFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'f2b-wire-'));
  readonly socket = join(this.path, 'f2b.sock');
  readonly troubles: string[] = [];
  readonly #servers: WireServer[] = [];

  /** Answers a request with itself, unless told otherwise. */
  async serve(options: Partial<WireServerOptions> = {}): Promise<WireServer> {
    const server = new WireServer({
      path: this.socket,
      answer: async (request) => request,
      onTrouble: (message) => this.troubles.push(message),
      ...options,
    });
    this.#servers.push(server);
    await server.listen();
    return server;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close(10).catch(() => {})));
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One that writes what it likes and remembers what it got. */
export class Peer {
  readonly #socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(path: string): Promise<Peer> {
    const socket = connect(path);
    const peer = new Peer(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return peer;
  }

  send(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  /** Takes nothing any more. */
  stall(): void {
    this.#socket.pause();
  }

  /** Whole replies so far. */
  get replies(): Buffer[] {
    const all = this.received.toString('latin1').split(END.toString());
    return all.slice(0, -1).map((text) => Buffer.from(text, 'latin1'));
  }

  async reply(count = 1): Promise<Pickled> {
    await until(() => this.replies.length >= count || this.isClosed);
    const reply = this.replies[count - 1];
    if (!reply) throw new Error('no reply');
    return decode(reply, { exceptions: true });
  }

  async closed(): Promise<void> {
    await until(() => this.isClosed);
  }
}

export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error('not in time');
}
