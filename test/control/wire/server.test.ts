/** The server's end of the socket: who may listen where, and peers that misbehave. */
import { chmodSync, chownSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CLOSE, END } from '../../../src/core/control/wire/frames.js';
import { Peer, SocketFolder, until } from './folder.js';

let folder: SocketFolder;
beforeEach(() => {
  folder = new SocketFolder();
});
afterEach(() => folder.remove());

describe('the socket', () => {
  test('is for its owner only, and so is a folder that is made for it', async () => {
    const path = join(folder.path, 'run/f2b/f2b.sock');
    await folder.serve({ path });
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'run/f2b')).mode & 0o777).toBe(0o700);
  });

  test('is gone when the server has ended', async () => {
    const server = await folder.serve();
    await server.close();
    expect(lstatSync(folder.socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('is refused while another server answers', async () => {
    await folder.serve();
    await expect(folder.serve()).rejects.toThrow('Fail2ban seems to be already running');
    const peer = await Peer.open(folder.socket);
    peer.send(`N.${END}`);
    expect(await peer.reply()).toBeNull();
  });

  test('takes the place of one that nobody listens on', async () => {
    await leaveStale(folder.socket);
    await folder.serve();
    await expect(Peer.open(folder.socket)).resolves.toBeDefined();
  });

  test('leaves a stale one where that is asked for, and goes on with force', async () => {
    await leaveStale(folder.socket);
    await expect(folder.serve({ keepStale: true })).rejects.toThrow(
      'Fail2ban seems to be in unexpected state (not running but the socket exists)',
    );
    expect(lstatSync(folder.socket).isSocket()).toBe(true);
    await folder.serve({ keepStale: true, force: true });
  });

  test.each([{}, { force: true }])('is not made through a planted link (%j)', async (options) => {
    const target = join(folder.path, 'target');
    symlinkSync(target, folder.socket);
    await expect(folder.serve(options)).rejects.toThrow('is a symbolic link');
    expect(lstatSync(target, { throwIfNoEntry: false })).toBeUndefined();
    expect(lstatSync(folder.socket).isSymbolicLink()).toBe(true);
  });

  test.each([{}, { force: true }])('does not take the place of a file (%j)', async (options) => {
    writeFileSync(folder.socket, 'precious');
    await expect(folder.serve(options)).rejects.toThrow('is there already, and is no socket');
    expect(statSync(folder.socket).size).toBe(8);
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;

  asRoot.each([{}, { force: true }])(
    'leaves one of somebody else alone, dead or not (%j)',
    async (options) => {
      await leaveStale(folder.socket);
      chownSync(folder.socket, 12_345, 12_345);
      await expect(folder.serve(options)).rejects.toThrow('belongs to somebody else (user 12345)');
      expect(lstatSync(folder.socket)).toMatchObject({ uid: 12_345 });
    },
  );

  asRoot('is not made in a folder of somebody else', async () => {
    const theirs = join(folder.path, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, 12_345, 12_345);
    await expect(folder.serve({ path: join(theirs, 's') })).rejects.toThrow('belongs to somebody else');
  });

  test('is not made where others could put one of theirs', async () => {
    const shared = join(folder.path, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    await expect(folder.serve({ path: join(shared, 's') })).rejects.toThrow('could put another socket');
    chmodSync(shared, 0o1777);
    await expect(folder.serve({ path: join(shared, 's') })).resolves.toBeDefined();
  });

  test('has a path that the system does not cut off', async () => {
    const path = join(folder.path, 'x'.repeat(120));
    await expect(folder.serve({ path })).rejects.toThrow('more than 107 bytes');
  });

  test('is refused where its folder cannot be made', async () => {
    const said = 'the folder /proc/f2b/run of the socket cannot be made: ENOENT';
    await expect(folder.serve({ path: '/proc/f2b/run/s' })).rejects.toThrow(said);
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await expect(folder.serve({ path: join(file, 's') })).rejects.toThrow('cannot be made: EEXIST');
  });
});

describe('a connection', () => {
  test('takes several requests, one after the other', async () => {
    await folder.serve();
    const peer = await Peer.open(folder.socket);
    for (const [i, text] of ['one', 'two', 'three'].entries()) {
      peer.send(`S'${text}'\n.${END}`);
      expect(await peer.reply(i + 1)).toBe(text);
    }
  });

  test('has one request at a time, answered in order, though they come all at once', async () => {
    let atOnce = 0;
    let most = 0;
    await folder.serve({
      answer: async (request) => {
        most = Math.max(most, ++atOnce);
        await sleep(5);
        atOnce--;
        return request;
      },
    });
    const peer = await Peer.open(folder.socket);
    peer.send(Array.from({ length: 20 }, (_, i) => `K${String.fromCharCode(i)}.${END}`).join(''));
    await peer.reply(20);
    expect(peer.replies.map((reply) => reply[1])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most).toBe(1);
  });

  test('does not wait for another one', async () => {
    let release: (reply: Buffer) => void = () => {};
    await folder.serve({
      answer: async (request) =>
        request.toString() === 'N.' ? request : new Promise<Buffer>((resolve) => (release = resolve)),
    });
    const [slow, quick] = [await Peer.open(folder.socket), await Peer.open(folder.socket)];
    slow.send(`K\x01.${END}`);
    quick.send(`N.${END}`);
    expect(await quick.reply()).toBeNull();
    expect(slow.replies).toHaveLength(0);
    release(Buffer.from('K\x01.'));
    expect(await slow.reply()).toBe(1);
  });

  test('ends without a reply when the peer says good-bye', async () => {
    await folder.serve();
    const peer = await Peer.open(folder.socket);
    peer.send(Buffer.concat([CLOSE, END]));
    await peer.closed();
    expect(peer.received).toHaveLength(0);
  });

  test('still gets its answer when the peer has closed its side', async () => {
    await folder.serve({ answer: async (request) => sleep(50).then(() => request) });
    const peer = await Peer.open(folder.socket);
    peer.send(`N.${END}`);
    peer.end();
    expect(await peer.reply()).toBeNull();
    await peer.closed();
  });

  test('that is open when the server ends gets its answer, then ends', async () => {
    const server = await folder.serve({ answer: async (request) => sleep(100).then(() => request) });
    const [busy, quiet] = [await Peer.open(folder.socket), await Peer.open(folder.socket)];
    busy.send(`N.${END}`);
    await sleep(20);
    await server.close();
    expect(await busy.reply()).toBeNull();
    await Promise.all([busy.closed(), quiet.closed()]);
  });

  test('that has no answer ends, and the server goes on', async () => {
    let count = 0;
    await folder.serve({
      answer: async (request) => {
        if (++count === 1) throw new Error('a bug');
        return count === 2 ? undefined : request;
      },
    });
    for (let i = 0; i < 2; i++) {
      const peer = await Peer.open(folder.socket);
      peer.send(`N.${END}`);
      await peer.closed();
    }
    const peer = await Peer.open(folder.socket);
    peer.send(`N.${END}`);
    expect(await peer.reply()).toBeNull();
    expect(folder.troubles).toEqual(['a request could not be answered: Error: a bug']);
  });
});

describe('a peer cannot hold the server', () => {
  /** Somebody else is served meanwhile. */
  const expectServed = async () => {
    const peer = await Peer.open(folder.socket);
    peer.send(`N.${END}`);
    expect(await peer.reply()).toBeNull();
  };

  test('by half a message', async () => {
    await folder.serve({ limits: { transferMs: 100 } });
    const peer = await Peer.open(folder.socket);
    peer.send('S');
    await expectServed();
    await peer.closed();
  });

  test('by a message that drips', async () => {
    await folder.serve({ limits: { transferMs: 200 } });
    const peer = await Peer.open(folder.socket);
    const drip = setInterval(() => peer.send('x'), 20);
    await peer.closed();
    clearInterval(drip);
    await expectServed();
  });

  test('by a message without end', async () => {
    await folder.serve({ limits: { maxBytes: 100_000 } });
    const peer = await Peer.open(folder.socket);
    for (let i = 0; i < 100; i++) peer.send(Buffer.alloc(10_000, 'x'));
    await peer.closed();
    expect(folder.troubles).toEqual(['a request was refused: the message is larger than 100000 bytes']);
    await expectServed();
  });

  test('by saying nothing', async () => {
    const server = await folder.serve({ limits: { idleMs: 100 } });
    const peer = await Peer.open(folder.socket);
    await until(() => server.connections === 1);
    await peer.closed();
    expect(server.connections).toBe(0);
  });

  test('by not taking its answer', async () => {
    const server = await folder.serve({
      answer: async () => Buffer.alloc(8 * 1024 * 1024, 'x'),
      limits: { transferMs: 200 },
    });
    const peer = await Peer.open(folder.socket);
    peer.stall();
    peer.send(`N.${END}`);
    await until(() => server.connections === 1);
    await until(() => server.connections === 0);
  });

  test('by many connections: the quietest has to go', async () => {
    const server = await folder.serve({ limits: { maxConnections: 5 } });
    const first = await Peer.open(folder.socket);
    const others: Peer[] = [];
    for (let i = 0; i < 10; i++) {
      const peer = await Peer.open(folder.socket);
      peer.send(`N.${END}`);
      await peer.reply();
      others.push(peer);
    }
    await first.closed();
    expect(server.connections).toBeLessThanOrEqual(5);
    expect(others.at(-1)?.isClosed).toBe(false);
    await expectServed();
  });

  test('by going away in the middle', async () => {
    const server = await folder.serve({ answer: async () => sleep(30).then(() => Buffer.alloc(1e6)) });
    for (let i = 0; i < 20; i++) {
      const peer = await Peer.open(folder.socket);
      peer.send(`N.${END}N.`);
      peer.end();
    }
    await until(() => server.connections === 0);
  });
});

/** A socket whose server has died. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer();
  const other = `${path}.live`;
  await new Promise<void>((resolve) => server.listen(other, resolve));
  // Closing would remove it under its old name only.
  const { renameSync } = await import('node:fs');
  renameSync(other, path);
  await new Promise((resolve) => server.close(resolve));
}
