/** The client's end of the socket: answers, refusals, and servers that are not there or make no sense. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CommandError } from '../../../src/core/control/command-error.js';
import { PyTuple } from '../../../src/core/control/values.js';
import { ask, WireClient, WireError } from '../../../src/core/control/wire/client.js';
import { encode } from '../../../src/core/control/wire/encode.js';
import { END } from '../../../src/core/control/wire/frames.js';
import { type Pickled, PickledException } from '../../../src/core/control/wire/pickled.js';
import { SocketFolder } from './folder.js';

let folder: SocketFolder;
let raw: Server | undefined;
beforeEach(() => {
  folder = new SocketFolder();
});
afterEach(async () => {
  await new Promise((resolve) => (raw ? raw.close(resolve) : resolve(undefined)));
  raw = undefined;
  await folder.remove();
});

/** Every request gets this reply. */
const serve = (reply: Pickled) => folder.serve({ answer: async () => encode(reply) });

/** Writes these pieces, some time apart, to whoever comes. */
async function serveRaw(...pieces: (Buffer | string)[]): Promise<void> {
  raw = createServer(async (socket) => {
    socket.on('error', () => {}).resume();
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(20);
    }
    socket.destroySoon();
  });
  await new Promise<void>((resolve) => raw?.listen(folder.socket, resolve));
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error,
  );
}

test('tells the answer', async () => {
  await serve(new PyTuple([0, ['a', 1, null]]));
  expect(await ask(folder.socket, ['x'])).toEqual(['a', 1, null]);
});

test('asks again and again over one connection', async () => {
  const server = await folder.serve({
    answer: async (request) => encode(new PyTuple([0, request.length])),
  });
  const client = await WireClient.open(folder.socket);
  const sizes = [['a'], ['ab'], ['abc']].map((words) => client.request(words));
  expect(await Promise.all(sizes)).toEqual(
    [encode(['a']), encode(['ab']), encode(['abc'])].map((b) => b.length),
  );
  expect(server.connections).toBe(1);
  client.close();
  await sleep(50);
  expect(server.connections).toBe(0);
});

describe('a refusal is told in fail2ban-client’s words', () => {
  test.each<[PickledException, string, string]>([
    [
      new PickledException('fail2ban.exceptions', 'UnknownJailException', ['nope']),
      "Sorry but the jail 'nope' does not exist",
      "('nope',)",
    ],
    [
      new PickledException('fail2ban.exceptions', 'DuplicateJailException', ['sshd']),
      "The jail 'sshd' already exists",
      "('sshd',)",
    ],
    [
      new PickledException('builtins', 'IndexError', ['list index out of range']),
      'Sorry but the command is invalid',
      "('list index out of range',)",
    ],
    [
      new PickledException('builtins', 'Exception', ['Invalid command']),
      'Invalid command',
      "('Invalid command',)",
    ],
    [
      new PickledException('builtins', 'KeyError', ['Invalid Action name: x']),
      "'Invalid Action name: x'",
      "('Invalid Action name: x',)",
    ],
    [
      new PickledException('builtins', 'FileNotFoundError', [2, 'No such file or directory', '/x']),
      "[Errno 2] No such file or directory: '/x'",
      "(2, 'No such file or directory')",
    ],
    [new PickledException('builtins', 'ValueError', ['a', 2]), "('a', 2)", "('a', 2)"],
    [new PickledException('builtins', 'ValueError', []), '', '()'],
    [
      new PickledException('sqlite3', 'OperationalError', ['disk I/O error']),
      'disk I/O error',
      "('disk I/O error',)",
    ],
  ])('%j', async (exception, text, args) => {
    await serve(new PyTuple([1, exception]));
    const error = await failure(ask(folder.socket, ['x']));
    expect(error).toBeInstanceOf(CommandError);
    expect(error.message).toBe(text);
    expect((error as CommandError).argsText).toBe(args);
  });
});

describe('a server that cannot be reached', () => {
  test('has no socket', async () => {
    const error = await failure(ask(folder.socket, ['ping']));
    expect(error.message).toBe(`Failed to access socket path: ${folder.socket}. Is fail2ban running?`);
    expect(error).toMatchObject({ kind: 'no-socket', exitCode: 255 });
  });

  test('does not listen', async () => {
    writeFileSync(folder.socket, '');
    const error = await failure(ask(folder.socket, ['ping']));
    expect(error.message).toBe('Unable to contact server. Is it running?');
    expect(error).toMatchObject({ kind: 'no-answer' });
  });

  const asUser = process.geteuid?.() === 0 ? test : test.skip;
  asUser('lets nobody but its owner in', async () => {
    await serve(new PyTuple([0, 'pong']));
    chmodSync(folder.path, 0o755);
    process.seteuid?.(65_534);
    try {
      const error = await failure(ask(folder.socket, ['ping']));
      expect(error.message).toBe(`Permission denied to socket: ${folder.socket}, (you must be root)`);
      expect(error).toMatchObject({ kind: 'permission' });
    } finally {
      process.seteuid?.(0);
    }
  });

  test('has a path that is too long', async () => {
    const error = await failure(ask(join(folder.path, 'x'.repeat(120)), ['ping']));
    expect(error.message).toContain('more than 107 bytes');
  });
});

describe('a server that makes no sense', () => {
  test('answers nothing in time', async () => {
    await folder.serve({ answer: () => new Promise(() => {}) });
    const error = await failure(ask(folder.socket, ['ping'], { timeoutMs: 50 }));
    expect(error).toMatchObject({ kind: 'timeout' });
  });

  test('hangs up', async () => {
    await folder.serve({ answer: async () => undefined });
    expect(await failure(ask(folder.socket, ['ping']))).toMatchObject({ kind: 'no-answer' });
  });

  test.each<[string, string | Buffer, WireError['kind']]>([
    ['text', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'no-answer'],
    ['text with a marker', `HTTP/1.1 400${END}`, 'protocol'],
    ['half a reply', Buffer.concat([encode(['a', 'b']).subarray(0, 12), END]), 'no-answer'],
    ['a number', Buffer.concat([encode(5), END]), 'protocol'],
    ['an empty tuple', Buffer.concat([encode(new PyTuple([])), END]), 'protocol'],
    ['what it could not read', Buffer.concat([encode('ERROR: Ran out of input'), END]), 'protocol'],
    ['that it stops', Buffer.concat([encode(['SHUTDOWN']), END]), 'shutdown'],
    ['a thing to be called', Buffer.concat([Buffer.from("cos\nsystem\n(S'true'\ntR."), END]), 'protocol'],
  ])('says %s', async (_, bytes, kind) => {
    await serveRaw(bytes);
    const error = await failure(ask(folder.socket, ['ping'], { timeoutMs: 2000 }));
    expect(error).toBeInstanceOf(WireError);
    expect(error).toMatchObject({ kind });
  });

  test('says too much', async () => {
    await serveRaw(Buffer.alloc(50_000, 'x'));
    const error = await failure(ask(folder.socket, ['ping'], { maxBytes: 10_000 }));
    expect(error).toMatchObject({ kind: 'protocol' });
    expect(error.message).toContain('larger than 10000 bytes');
  });
});

test('a reply in pieces, with a marker in its text, is one reply', async () => {
  const reply = new PyTuple([0, [`ban ${END} me`, 'end']]);
  const bytes = Buffer.concat([encode(reply), END]);
  const inside = bytes.indexOf(END) + END.length;
  await serveRaw(bytes.subarray(0, 5), bytes.subarray(5, inside), bytes.subarray(inside));
  expect(await ask(folder.socket, ['x'])).toEqual([`ban ${END} me`, 'end']);
});
