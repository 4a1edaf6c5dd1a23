/** What a client gets that asks a desk over the wire. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ServerFace } from '../../../src/core/control/server-face.js';
import { PyTuple, type Value } from '../../../src/core/control/values.js';
import { decode } from '../../../src/core/control/wire/decode.js';
import { encode } from '../../../src/core/control/wire/encode.js';
import { END } from '../../../src/core/control/wire/frames.js';
import { type Pickled, PickledException } from '../../../src/core/control/wire/pickled.js';
import { type ServeOptions, serveDesk } from '../../../src/core/control/wire/serve-desk.js';
import { makeDesk } from '../make-desk.js';
import { Peer, SocketFolder } from './folder.js';

const FILES = {
  'fail2ban.conf': '[Definition]\nloglevel = INFO\ndbfile = None\n',
  'filter.d/one.conf': '[Definition]\nfailregex = ^bad <F-ID>\\S+</F-ID>$\n',
  'jail.conf':
    '[DEFAULT]\nfilter = one\nlogpath = /dev/null\nbackend = polling\n[a]\nenabled = true\n[b]\nenabled = true\n',
};

function make(options: ServeOptions = {}, server?: ServerFace) {
  const made = makeDesk(FILES);
  Object.assign(made.desk, { server });
  const answer = serveDesk(made.desk, options);
  const ask = async (request: Value): Promise<Pickled> =>
    decode(await answer(encode(request)), { exceptions: true });
  return { ...made, answer, ask };
}

const done = (value: Value) => new PyTuple([0, value]);
const refused = (name: string, ...args: Value[]) =>
  new PyTuple([1, new PickledException('builtins', name, args)]);

describe('a request', () => {
  test.each<[Value, Pickled]>([
    [['version'], done('1.1.2.dev1')],
    [new PyTuple(['version']), done('1.1.2.dev1')],
    [['get', 'a', 'maxretry'], done(3)],
    [['set', 'a', 'maxretry', 7], done(7)],
    [['set', 'a', 'ignoreself', false], done(false)],
    [['banned'], done([new Map([['a', []]]), new Map([['b', []]])])],
    [['foo'], refused('Exception', 'Invalid command')],
    [[], refused('IndexError', 'list index out of range')],
    [['get'], refused('IndexError', 'list index out of range')],
    ['version', refused('Exception', 'Invalid command')],
    [5, refused('Exception', 'Invalid command')],
    [null, refused('Exception', 'Invalid command')],
    [
      ['get', 'nope', 'maxretry'],
      new PyTuple([1, new PickledException('fail2ban.exceptions', 'UnknownJailException', ['nope'])]),
    ],
    [
      ['set', 'a', 'addlogpath', '/not/there'],
      refused('FileNotFoundError', 2, 'No such file or directory', '/not/there'),
    ],
    [
      ['set', 'a', 'addfailregex', 'abc('],
      new PyTuple([
        1,
        expect.objectContaining({ module: 'fail2ban.server.failregex', name: 'RegexException' }),
      ]),
    ],
  ])('%j', async (request, reply) => {
    const { ask } = make();
    expect(await ask(request)).toEqual(reply);
  });

  test('that cannot be read is answered by a text', async () => {
    const { answer } = make();
    const reply = await answer(Buffer.from("cos\nsystem\n(S'true'\ntR."));
    expect(decode(reply)).toBe("ERROR: global 'os.system' is forbidden");
  });

  test('addresses are calls of str', async () => {
    const { answer } = make();
    await answer(encode(['set', 'a', 'banip', '192.0.2.1']));
    const reply = await answer(encode(['get', 'a', 'banip']));
    expect(reply.toString('latin1')).toContain('builtins');
  });

  test('that is refused is for the log', async () => {
    const log: string[] = [];
    const { ask } = make({ onRefused: (message) => log.push(message) });
    await ask(['foo', 1]);
    expect(log).toEqual(["Command ['foo', 1] has failed. Received Exception('Invalid command')"]);
  });

  test('while the server stops is told so', async () => {
    const { ask } = make({ isStopping: () => true });
    expect(await ask(['ping'])).toEqual(['SHUTDOWN']);
  });
});

test('hostile and malformed messages are refused, and the server goes on answering', async () => {
  const folder = new SocketFolder();
  const { answer } = make();
  await folder.serve({ answer, limits: { maxBytes: 1_000_000, transferMs: 200 } });
  try {
    const noise = (seed: number, size: number) =>
      Buffer.from(
        Array.from({ length: size }, (_, i) => (Math.imul(seed + 1, 7919) * (i + 3) + i * i) & 0xff),
      );
    const messages = [
      ...Array.from({ length: 200 }, (_, i) => noise(i, 1 + (i % 90))),
      Buffer.from("cos\nsystem\n(S'touch /tmp/f2b-was-here'\ntR."),
      Buffer.from("cbuiltins\neval\n(S'1'\ntR."),
      Buffer.alloc(900_000, ']'),
      Buffer.alloc(900_000, '('),
      Buffer.from(`${']'.repeat(50_000)}${'a'.repeat(49_999)}.`),
      Buffer.from(']q\0h\0a.'),
      encode([[['deep'], new Map([['k', [1]]])]]),
      encode([new Map()]),
      encode(['get', 'x'.repeat(500_000), 'maxretry']),
      encode(['set', 'a', 'banip', '\0\n\x1b[2J']),
    ];
    for (const message of messages) {
      const peer = await Peer.open(folder.socket);
      peer.send(Buffer.concat([message, END]));
      expect(await peer.reply()).toBeDefined();
      peer.end();
    }
    // These have no end, or are none.
    const strays = [noise(1, 5000), Buffer.alloc(2_000_000, 'x'), Buffer.from('GET / HTTP/1.1\r\n\r\n'), END];
    for (const stray of strays) {
      const peer = await Peer.open(folder.socket);
      peer.send(stray);
    }
    const peer = await Peer.open(folder.socket);
    peer.send(Buffer.concat([encode(['version']), END]));
    expect(await peer.reply()).toEqual(done('1.1.2.dev1'));
    expect(existsSync('/tmp/f2b-was-here')).toBe(false);
  } finally {
    await folder.remove();
  }
});

describe('commands that only clients send', () => {
  test('server-stream goes command by command, up to the first that is refused', async () => {
    const { ask } = make();
    const stream = [['set', 'a', 'maxretry', 7], ['foo'], ['set', 'a', 'maxretry', 9]];
    expect(await ask(['server-stream', stream])).toEqual(refused('Exception', 'Invalid command'));
    expect(await ask(['get', 'a', 'maxretry'])).toEqual(done(7));
    expect(await ask(['server-stream', []])).toEqual(done(null));
    expect(await ask(['server-stream'])).toEqual(refused('IndexError', 'list index out of range'));
  });

  test('multi-set sets one after the other', async () => {
    const { ask } = make();
    expect(await ask(['multi-set', 'a', 'addignoreip', ['192.0.2.1', '192.0.2.2']])).toEqual(done(true));
    expect(await ask(['get', 'a', 'ignoreip'])).toEqual(done(['192.0.2.1', '192.0.2.2']));
  });

  test('reload takes the jail, a list of options, and the configuration as the client has read it', async () => {
    const asked: unknown[] = [];
    const { ask } = make({}, { reload: async (request: unknown) => void asked.push(request) } as ServerFace);
    expect(await ask(['reload', '--all', [], [['set', 'a', 'maxretry', 1]]])).toEqual(done('OK'));
    expect(await ask(['reload', 'a', ['--restart', '--unban']])).toEqual(done('OK'));
    expect(asked).toEqual([
      {
        ...{ jail: undefined, restart: false, unban: false, ifExists: false },
        stream: [['set', 'a', 'maxretry', 1]],
      },
      { jail: 'a', restart: true, unban: true, ifExists: false },
    ]);
  });
});

describe('commands that change something', () => {
  test('are carried out before the answer, also when they fail half-way', async () => {
    const { ask, jails } = make();
    await ask(['set', 'a', 'banip', '192.0.2.1', '192.0.2.2']);
    expect(
      jails.get('a')?.held.every(({ marks }) => Object.values(marks).every(({ state }) => state === 'done')),
    ).toBe(true);
    await ask(['set', 'a', 'unbanip', '--report-absent', '192.0.2.1', '192.0.2.9']);
    expect(jails.get('a')?.held.map(({ id }) => id)).toEqual(['192.0.2.2']);
  });

  test('wait for each other; those that look do not wait', async () => {
    const order: string[] = [];
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { ask } = make({
      settle: async () => {
        order.push('settle');
        await held;
      },
    });
    const first = ask(['set', 'a', 'maxretry', 1]).then(() => order.push('first'));
    const second = ask(['set', 'a', 'maxretry', 2]).then(() => order.push('second'));
    await ask(['get', 'a', 'maxretry']).then(() => order.push('look'));
    release();
    await Promise.all([first, second]);
    expect(order.slice(0, 2)).toEqual(['settle', 'look']);
    expect(order.indexOf('look')).toBeLessThan(order.indexOf('first'));
    expect(order.indexOf('first')).toBeLessThan(order.indexOf('second'));
  });
});
