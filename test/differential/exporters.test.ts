/**
 * Programs that speak to the socket themselves (Prometheus exporters, dashboards, scripts): with Python's pickle in any
 * protocol, or with pickles as Go's ogórek makes them. Both servers answer them with the same values of the same types,
 * in the same opcodes, since other decoders than Python's tell a number from a long number and a list from a tuple.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildIfStale, ROOT } from '../commands/f2b.js';
import { hasPython, python } from '../control/wire/python.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

const suite = hasFail2banServer && hasPython ? describe : describe.skip;

/** What an exporter or a dashboard asks, one connection each. */
const REQUESTS: readonly (readonly string[])[] = [
  ['ping'],
  ['status'],
  ['status', 'one'],
  ['status', 'two'],
  ['status', 'one', 'short'],
  ['get', 'one', 'bantime'],
  ['get', 'one', 'findtime'],
  ['get', 'one', 'maxretry'],
  ['get', 'two', 'bantime'],
  ['get', 'two', 'findtime'],
  ['get', 'one', 'failregex'],
  ['get', 'one', 'ignoreregex'],
  ['get', 'one', 'ignoreip'],
  ['get', 'one', 'ignorecommand'],
  ['get', 'one', 'logpath'],
  ['get', 'one', 'actions'],
  ['get', 'one', 'banip'],
  ['get', 'one', 'usedns'],
  ['get', 'one', 'datepattern'],
  ['get', 'loglevel'],
  ['get', 'dbpurgeage'],
  ['get', 'dbmaxmatches'],
  ['banned'],
  ['banned', '192.0.2.1'],
  ['status', 'none'],
  ['get', 'one', 'none'],
  ['nope'],
  [],
];

interface Reply {
  /** Python's notation: the types are seen in it. */
  readonly value: string;
  /** Names and arguments, without what only says where something is remembered. */
  readonly opcodes: readonly (readonly [string, string])[];
}

/** Sends bytes, takes the answer to pieces. */
const CLIENT = `
import io, json, pickle, pickletools, socket, sys
END = b'<F2B_END_COMMAND>'
given = json.load(sys.stdin)

def ask(path, data):
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(20)
        wire.connect(path)
        wire.sendall(data + END)
        reply = b''
        while not reply.endswith(END):
            part = wire.recv(4096)
            if not part:
                raise Exception('hung up')
            reply += part
        wire.sendall(b'<F2B_CLOSE_COMMAND>' + END)
    return reply[:-len(END)]

class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        # An exporter does not have fail2ban's own exceptions either.
        return super().find_class(module, name) if module == 'builtins' else type(module + '.' + name, (Exception,), {})

def shown(value):
    return '%s %r' % (type(value).__name__, value)

def told(data):
    passed = {'PROTO', 'FRAME', 'MEMOIZE', 'BINPUT', 'LONG_BINPUT', 'BINGET', 'LONG_BINGET'}
    return {
        'value': shown(Reader(io.BytesIO(data)).load()),
        'opcodes': [(op.name, repr(arg)) for op, arg, _ in pickletools.genops(data) if op.name not in passed],
    }

if 'raw' in given:
    messages = [bytes.fromhex(text) for text in given['raw']]
else:
    messages = [pickle.dumps(words, given['protocol']) for words in given['requests']]
print(json.dumps([[told(ask(path, data)) for path in given['sockets']] for data in messages]))
`;

/** A list of texts in Go's ogórek: no memo, no frames, byte strings up to protocol 2. */
function ogorek(words: readonly string[], protocol: number): string {
  const header = protocol < 2 ? '' : `\x80${String.fromCharCode(protocol)}`;
  const texts = words.map((word) => {
    const size = String.fromCharCode(word.length);
    if (protocol === 0) return `S"${word}"\n`;
    if (protocol <= 2) return `U${size}${word}`;
    if (protocol === 3) return `X${size}\0\0\0${word}`;
    return `\x8c${size}${word}`;
  });
  const list = protocol === 0 ? `(${texts.join('')}l` : `](${texts.join('')}e`;
  return Buffer.from(`${header}${list}.`, 'latin1').toString('hex');
}

suite('whoever speaks to the socket itself', () => {
  let stock: Fail2banServer;
  let own: ChildProcess;
  let sockets: readonly string[];

  beforeAll(async () => {
    buildIfStale();
    stock = new Fail2banServer({
      one: { bantime: '1h', findtime: '10m', maxretry: 5, ignoreip: '127.0.0.1/8 ::1' },
      two: { bantime: -1, findtime: 86_400, maxretry: 2, 'bantime.increment': 'true' },
    });
    await stock.start();
    const at = (name: string) => join(stock.folder, name);
    const places = [
      `--socket=${at('own.sock')}`,
      `--pidfile=${at('own.pid')}`,
      `--logtarget=${at('own.log')}`,
    ];
    const args = [join(ROOT, 'bin/run.js'), 'server', '-c', at('conf'), ...places];
    own = spawn(process.execPath, args, { stdio: 'ignore' });
    sockets = [at('socket'), at('own.sock')];
    await stock.until('ours answers', () => {
      try {
        return both([['ping']])[0]?.[1]?.value.includes('pong') === true;
      } catch {
        return false;
      }
    });
    for (const words of [
      ['set', 'one', 'banip', '192.0.2.1', '2001:db8::1', '198.51.100.0/24'],
      ['set', 'two', 'banip', '192.0.2.7'],
      ['set', 'one', 'attempt', '192.0.2.9'],
    ]) {
      both([words]);
    }
    // fail2ban's own threads have to come to it.
    await stock.until('both have them', () => {
      return both([['status', 'one']])[0]?.every(({ value }) => value.includes('2001:db8::1')) === true;
    });
    await sleep(500);
  }, 60_000);

  afterAll(async () => {
    own?.kill('SIGTERM');
    if (own) await new Promise((done) => own.on('exit', done));
    await stock?.stop();
  });

  const both = (requests: readonly (readonly string[])[], protocol = 2) =>
    python<(readonly [Reply, Reply])[]>(CLIENT, { sockets, requests, protocol });

  function expectSame(pairs: readonly (readonly [Reply, Reply])[]): void {
    expect(pairs).toHaveLength(REQUESTS.length);
    for (const [i, [theirs, ours]] of pairs.entries()) {
      expect({ asked: REQUESTS[i], ...ours }).toEqual({ asked: REQUESTS[i], ...theirs });
    }
  }

  test.each([0, 1, 2, 3, 4, 5])('in Python, protocol %i', (protocol) => {
    expectSame(both(REQUESTS, protocol));
  });

  test.each([0, 1, 2, 3, 4])('in Go, protocol %i', (protocol) => {
    const raw = REQUESTS.map((words) => ogorek(words, protocol));
    expectSame(python(CLIENT, { sockets, raw }));
  });

  test('gets what exporters count on: numbers in pairs in lists', () => {
    const [status, one, banTime, ever] = both([
      ['status'],
      ['status', 'one'],
      ['get', 'one', 'bantime'],
      ['get', 'two', 'bantime'],
    ]).map(([, ours]) => ours.value);
    expect(status).toBe("tuple (0, [('Number of jail', 2), ('Jail list', 'one, two')])");
    expect(one).toContain("[('Filter', [('Currently failed', 1), ('Total failed', 1), ('File list', [");
    expect(one).toContain("('Actions', [('Currently banned', 3), ('Total banned', 3), ('Banned IP list', [");
    expect(banTime).toBe('tuple (0, 3600)');
    expect(ever).toBe('tuple (0, -1)');
  });

  test('gets a version', () => {
    for (const { value } of both([['version']])[0] ?? [])
      expect(value).toMatch(/^tuple \(0, '\d+\.\d+\.\d+.*'\)$/);
  });
});
