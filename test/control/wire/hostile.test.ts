/** Pickles that are out to do harm, or were cut, or never were any: refused in bounded time and memory. */
import { describe, expect, test } from '@jest/globals';
import { decode } from '../../../src/core/control/wire/decode.js';
import { encode } from '../../../src/core/control/wire/encode.js';
import { PickleError } from '../../../src/core/control/wire/pickled.js';
import { hasPython, python } from './python.js';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');

/** Answers the refusal. Anything else than a PickleError is a bug. */
function refusal(bytes: Buffer, options = {}): string | undefined {
  try {
    decode(bytes, options);
    return undefined;
  } catch (error) {
    if (error instanceof PickleError) return error.message;
    throw error;
  }
}

describe('decode refuses', () => {
  test.each([
    ["cos\nsystem\n(S'true'\ntR.", "global 'os.system' is forbidden"],
    ["cposix\nsystem\n(S'true'\ntR.", "global 'posix.system' is forbidden"],
    ['c__builtin__\neval\n.', "global '__builtin__.eval' is forbidden"],
    ['cbuiltins\ngetattr\n.', "global 'builtins.getattr' is forbidden"],
    ['csubprocess\nPopen\n.', "global 'subprocess.Popen' is forbidden"],
    ['cbuiltins\nstr.join\n.', "global 'builtins.str.join' is forbidden"],
    ['cbuiltins\nException\n(tR.', "global 'builtins.Exception' is forbidden"],
    ['\x8c\x02os\x8c\x06system\x93.', "global 'os.system' is forbidden"],
    ["(S'true'\nios\nsystem\n.", 'an instance is not plain data'],
    ["(cbuiltins\nstr\nS'x'\no.", 'an instance is not plain data'],
    ['cbuiltins\nstr\n)\x81.', 'an instance is not plain data'],
    ['cbuiltins\nstr\n)}\x92.', 'an instance is not plain data'],
    ['Psome id\n.', 'a persistent id is not plain data'],
    ['\x82\x01.', 'an extension is not plain data'],
    ['C\x03abc.', 'bytes is not plain data'],
    ['cbuiltins\nstr\n.', 'builtins.str itself is not plain data'],
    ['cbuiltins\nstr\n]R.', 'arguments are not a tuple'],
    ['cbuiltins\nstr\n)R.', 'builtins.str has other arguments than plain data'],
    ['cbuiltins\nstr\n(]tR.', 'builtins.str has other arguments than plain data'],
    ["cbuiltins\nset\n(S'ab'\ntR.", 'builtins.set has other arguments than plain data'],
    ["S'x'\n)R.", 'only str and exceptions have arguments'],
    [']}b.', 'state of an object is not plain data'],
    ['}K\x01K\x02s.', 'keys of a dict have to be text'],
    ['}(K\x01u.', 'odd number of items for DICT'],
    ['\x80\x06.', 'unsupported pickle protocol: 6'],
    ['.', 'unpickling stack underflow'],
    ['a.', 'unpickling stack underflow'],
    ['K\x01K\x01a.', 'unpickling stack underflow'],
    ['(.', 'unpickling stack underflow'],
    ['e.', 'could not find MARK'],
    ['h\x05.', 'Memo value not found at index 5'],
    ['g99\n.', 'Memo value not found at index 99'],
    ['\x93.', 'unpickling stack underflow'],
    ['K\x01K\x02\x93.', 'STACK_GLOBAL requires str'],
    ['Ixyz\n.', "invalid literal for int() with base 10: 'xyz'"],
    ['I1e5\n.', "invalid literal for int() with base 10: '1e5'"],
    ['Fx\n.', "could not convert string to float: 'x'"],
    ["S'open\n.", 'the STRING opcode argument must be quoted'],
    ['U\x01\xff.', "'ascii' codec can't decode the text"],
    ['V\\U00110000\n.', '\\Uxxxxxxxx out of range'],
    ['hello', 'Memo value not found at index 101'],
    ['\xff\xfe', "invalid load key, '\\xff'."],
    ['GET / HTTP/1.1\r\n\r\n', 'a persistent id is not plain data'],
    ['', 'Ran out of input'],
  ])('%j', (text, message) => {
    expect(refusal(bytesOf(text))).toContain(message);
  });

  test.each([
    ['a text', 'X\xff\xff\xff\x7f'],
    ['a long text', '\x8d\xff\xff\xff\xff\xff\xff\xff\x7f'],
    ['a number', '\x8b\xff\xff\xff\x7f'],
    ['a number of a hundred bytes', `\x8a\x64${'\x01'.repeat(100)}.`],
    ['digits without end', `I${'9'.repeat(10_000)}\n.`],
    ['a frame', '\x80\x05\x95\xff\xff\xff\xff\xff\xff\xff\xff].'],
    ['a place in memory', 'j\xff\xff\xff\xff.'],
  ])('lengths beyond all measure: %s', (_, text) => {
    expect(refusal(bytesOf(text))).toBeDefined();
  });

  test('lists in lists, deeper than anything has to be', () => {
    expect(refusal(bytesOf(`${']'.repeat(50_000)}${'a'.repeat(49_999)}.`))).toBe('nested too deeply');
    expect(refusal(bytesOf(`${'('.repeat(50_000)}${'t'.repeat(50_000)}.`))).toBe('nested too deeply');
  });

  test('a list that holds itself', () => {
    expect(refusal(bytesOf(']q\0h\0a.'))).toBe('nested too deeply');
    expect(refusal(bytesOf(']q\0(h\0h\0h\0e.'))).toMatch(/nested too deeply|too many values/);
  });

  test('a few bytes that come to billions of values', () => {
    // Each list holds the one before ten times.
    const levels = Array.from({ length: 20 }, (_, i) => {
      const last = String.fromCharCode(i);
      return `](${`h${last}`.repeat(10)}e\x94`;
    });
    expect(refusal(bytesOf(`]\x94${levels.join('')}.`))).toBe('too many values');
  });

  test('a text that stands in many places', () => {
    const text = 'x'.repeat(100_000);
    const message = Buffer.concat([
      bytesOf('](\x8d'),
      Buffer.from(new BigUint64Array([100_000n]).buffer),
      bytesOf(`${text}\x94${'h\0'.repeat(5000)}e.`),
    ]);
    expect(refusal(message)).toBe('too much text');
  });

  test('more values than a request has', () => {
    const before = process.memoryUsage().rss;
    expect(refusal(Buffer.alloc(16 * 1024 * 1024, ']'))).toBe('too many values');
    expect(refusal(Buffer.alloc(16 * 1024 * 1024, 'N'))).toBe('too many values');
    expect(refusal(Buffer.concat([bytesOf(']'), Buffer.alloc(16 * 1024 * 1024, '2')]))).toBe(
      'too many values',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  test('every message that ends too early, as one of which more may come', () => {
    const whole = encode([
      'set',
      'sshd',
      'x',
      [1, 70_000, 2 ** 40, 0.5, null, 'long '.repeat(60)],
      new Map([['k', 1]]),
    ]);
    for (let size = 0; size < whole.length; size++) {
      expect(() => decode(whole.subarray(0, size))).toThrow(expect.objectContaining({ truncated: true }));
    }
  });
});

describe('decode survives', () => {
  test('twenty thousand random messages', () => {
    const random = randomBytes(7);
    for (let i = 0; i < 20_000; i++) refusal(random(1 + (i % 60)), { exceptions: i % 2 === 0 });
  });

  test('messages of random opcodes', () => {
    const random = randomBytes(11);
    for (let i = 0; i < 20_000; i++) {
      const picks = random(2 + (i % 40));
      refusal(bytesOf([...picks].map((byte) => OPCODES[byte % OPCODES.length]).join('')), {
        exceptions: true,
      });
    }
  });

  test('whole messages with single bytes changed', () => {
    const whole = encode(['set', 'sshd', 'addignoreip', '192.0.2.1', [1, 2.5, true], new Map([['k', 'v']])]);
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0x28, 0x2e, 0x52, 0x63, 0x80, 0x93, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        refusal(changed);
      }
    }
  });
});

(hasPython ? test : test.skip)('what Python makes of objects with a reducer of their own is refused', () => {
  const script = `
import sys, json, pickle, os
class Harm:
  def __reduce__(self): return (os.system, ('exit 1',))
json.load(sys.stdin)
print(json.dumps([pickle.dumps(['ping', Harm()], p).hex() for p in range(6)]))`;
  for (const bytes of python<string[]>(script, null)) {
    expect(refusal(Buffer.from(bytes, 'hex'))).toMatch(/^global '\w+\.system' is forbidden$/);
    expect(refusal(Buffer.from(bytes, 'hex'), { exceptions: true })).toMatch(/is forbidden$/);
  }
});

const OPCODES = [
  ...['(', ')', '.', '0', '1', '2', 'N', ']', '}', 'l', 'd', 't', 'a', 'e', 's', 'u', 'R', 'b', 'i', 'o'],
  ...['K\x01', 'h\0', 'q\0', 'I5\n', 'F0.5\n', "S'a'\n", 'Vb\n', 'U\x01c', '\x8c\x01d', '\x8a\x01\x05'],
  ...[
    '\x80\x05',
    '\x85',
    '\x86',
    '\x87',
    '\x88',
    '\x89',
    '\x8f',
    '\x90',
    '\x91',
    '\x93',
    '\x94',
    'p1\n',
    'g1\n',
  ],
  ...['cbuiltins\nstr\n', 'cbuiltins\nKeyError\n', 'cbuiltins\nset\n', '\x95\0\0\0\0\0\0\0\0'],
];

/** The same ones every time. */
function randomBytes(seed: number): (size: number) => Buffer {
  let state = seed;
  return (size) =>
    Buffer.from(
      Array.from({ length: size }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 16) & 0xff;
      }),
    );
}
