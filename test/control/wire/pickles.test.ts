/** Pickles, compared byte for byte with Python's own. */
import { describe, expect, test } from '@jest/globals';
import { IpText, PyFloat, PyTuple, received, type Value } from '../../../src/core/control/values.js';
import { decode } from '../../../src/core/control/wire/decode.js';
import { encode } from '../../../src/core/control/wire/encode.js';
import { PickledException } from '../../../src/core/control/wire/pickled.js';
import { repr } from '../../../src/core/python-repr.js';
import { hasPython, python } from './python.js';

/** What Python makes of it, and writes again. */
const READ_AND_WRITE = `
import sys, json, pickle
out = []
for text in json.load(sys.stdin):
  value = pickle.loads(bytes.fromhex(text))
  out.append([repr(value), pickle.dumps(value, 5).hex()])
print(json.dumps(out))`;

const long = 'long '.repeat(60);
const VALUES: readonly (readonly [string, Value])[] = [
  ['None', null],
  ['booleans', [true, false]],
  ['small numbers', [0, 1, 255, 256, 65_535, 65_536, -1, -128, -129, -32_769]],
  ['numbers at the edges', [2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1]],
  ['numbers beyond', [-(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n, 10n ** 30n, -(10n ** 30n)]],
  ['floats', [new PyFloat(600), 0.5, -1.25e-7, new PyFloat(1e300), new PyFloat(-0)]],
  ['floats that are no numbers', [new PyFloat(Number.POSITIVE_INFINITY), new PyFloat(Number.NaN)]],
  ['texts', ['', 'ab', 'naïve', '日本語', '🙂 face', 'line\nbreak\0']],
  ['a text of more than 255 bytes', long],
  ['a lone surrogate, as of a byte that is no UTF-8', 'byte \udcff end'],
  ['surrogates beside their like', '\udce4\udcf6 🙂 \ud83d'],
  ['an empty list', []],
  ['a list of one', ['only']],
  ['a list of a thousand', Array.from({ length: 1000 }, (_, i) => i)],
  ['a list of more', Array.from({ length: 2501 }, (_, i) => `n${i}`)],
  ['a list of a thousand and one', Array.from({ length: 1001 }, (_, i) => i)],
  ['lists in lists', [[['in']], [], [['two', 'three']]]],
  ['an empty dict', new Map()],
  ['a dict of one', new Map([['key', 1]])],
  [
    'a dict of some',
    new Map<string, Value>([
      ['k1', 1],
      ['k2', [2]],
      ['k3', new Map()],
    ]),
  ],
  ['a dict of a thousand and one', new Map(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i]))],
  ['tuples', [0, 1, 2, 3, 4, 5].map((size) => new PyTuple(Array.from({ length: size }, (_, i) => i)))],
  ['a reply', new PyTuple([0, 'pong'])],
  ['a status', new PyTuple([0, [new PyTuple(['Number of jail', 2]), new PyTuple(['Jail list', 'ab, cd'])]])],
];

(hasPython ? describe : describe.skip)('encode writes what Python writes', () => {
  const answers = hasPython
    ? python<[string, string][]>(
        READ_AND_WRITE,
        VALUES.map(([, value]) => encode(value).toString('hex')),
      )
    : [];

  test.each(VALUES.map(([name, value], i) => [name, value, i] as const))('%s', (_, value, i) => {
    const [text, bytes] = answers[i] as [string, string];
    expect(text).toBe(repr(value));
    expect(encode(value).toString('hex')).toBe(bytes);
  });

  test('exceptions are of their class, with their arguments', () => {
    const exceptions = [
      new PickledException('builtins', 'Exception', ['Invalid command']),
      new PickledException('builtins', 'KeyError', ['Invalid Action name: nope']),
      new PickledException('builtins', 'FileNotFoundError', [2, 'No such file or directory', '/x']),
      new PickledException('builtins', 'RuntimeError', []),
    ];
    const written = exceptions.map((exception) => encode(new PyTuple([1, exception])).toString('hex'));
    const read = python<[string, string][]>(READ_AND_WRITE, written);
    expect(read.map(([text]) => text)).toEqual([
      "(1, Exception('Invalid command'))",
      "(1, KeyError('Invalid Action name: nope'))",
      "(1, FileNotFoundError(2, 'No such file or directory'))",
      '(1, RuntimeError())',
    ]);
    expect(read.map(([, bytes]) => bytes)).toEqual(written);
  });

  test('an address is a call of str, and the second one names the same str', () => {
    const bytes = encode([new IpText('192.0.2.1'), new IpText('2001:db8::1')]);
    const [[text] = []] = python<[string, string][]>(READ_AND_WRITE, [bytes.toString('hex')]);
    expect(text).toBe("['192.0.2.1', '2001:db8::1']");
    expect(bytes.toString('latin1').split('builtins')).toHaveLength(2);
  });

  test('a str that is called after 256 other things is found too', () => {
    const values = [...Array.from({ length: 300 }, (_, i) => `t${i}`), new IpText('::1'), new IpText('::2')];
    const [[text] = []] = python<[string, string][]>(READ_AND_WRITE, [encode(values).toString('hex')]);
    expect(text).toMatch(/'t299', '::1', '::2'\]$/);
  });
});

/** Expressions of Python → their pickles by every protocol. */
const WRITE = `
import sys, json, pickle
print(json.dumps([[pickle.dumps(eval(text), p).hex() for p in range(6)] for text in json.load(sys.stdin)]))`;

const EXPRESSIONS: readonly (readonly [expression: string, shown?: string])[] = [
  ["['ping']"],
  ["('status', 'sshd')"],
  ['None'],
  ['[True, False, None]'],
  ['[0, 1, -1, 255, 256, 65535, 65536, 2**31, -2**31, 2**62, -2**63, 10**30, -10**30]'],
  ['[600.0, 0.1, -1e-9, 1e300, float("inf"), float("nan")]', '[600.0, 0.1, -1e-09, 1e+300, inf, nan]'],
  ["['naïve', '日本語', '🙂', 'a\\nb\\\\u0041 \\\\', '\\udcff', '\\x00']"],
  ["['x' * 300]"],
  ["['set', 'j', 'action', 'a', 'x', '{\"k\": 1}']"],
  ['[[], (), {}, [()]]'],
  ['[(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]'],
  ["{'a': 1, 'b': [2, {'c': None}]}"],
  ["[{'k%d' % i: i for i in range(1200)}]"],
  ['list(range(2500))'],
  ["[s for s in [['same']] for _ in range(3)]"],
  ["(lambda s: [s, s, s])('shared text')"],
  ['{7}', '[7]'],
  ['frozenset([7])', '[7]'],
  ['set()', '[]'],
];

(hasPython ? describe : describe.skip)('decode reads what Python writes', () => {
  const pickles = hasPython
    ? python<string[][]>(
        WRITE,
        EXPRESSIONS.map(([expression]) => expression),
      )
    : [];
  const shown = hasPython
    ? python<string[]>(
        'import sys, json\nprint(json.dumps([repr(eval(t)) for t in json.load(sys.stdin)]))',
        EXPRESSIONS.map(([expression]) => expression),
      )
    : [];

  test.each(EXPRESSIONS.map(([expression, text], i) => [expression, text, i] as const))(
    '%s, by every protocol',
    (_, text, i) => {
      for (const bytes of pickles[i] as string[]) {
        expect(repr(decode(Buffer.from(bytes, 'hex')))).toBe(text ?? shown[i]);
      }
    },
  );

  test('exceptions become data where they are expected', () => {
    const [pickles = []] = python<string[][]>(WRITE, ["(1, KeyError('nope'))"]);
    for (const bytes of pickles) {
      const reply = decode(Buffer.from(bytes, 'hex'), { exceptions: true });
      expect(reply).toEqual(new PyTuple([1, new PickledException('builtins', 'KeyError', ['nope'])]));
      expect(() => decode(Buffer.from(bytes, 'hex'))).toThrow(/forbidden/);
    }
  });

  test('an exception with something more on it is still data', () => {
    const [pickles = []] = python<string[][]>(WRITE, [
      "(lambda e: (setattr(e, 'note', {'deep': [1]}), e)[1])(ValueError('x', 2))",
    ]);
    for (const bytes of pickles) {
      expect(decode(Buffer.from(bytes, 'hex'), { exceptions: true })).toEqual(
        new PickledException('builtins', 'ValueError', ['x', 2]),
      );
    }
  });
});

describe('decode reads what encode writes', () => {
  test.each(VALUES)('%s', (_, value) => {
    expect(repr(decode(encode(value)))).toBe(repr(received(value)));
  });

  test('fail2ban’s own answer, as it is on the wire', () => {
    const bytes = Buffer.from(
      '8005952c000000000000004b005d948c086275696c74696e73948c037374729493948c0a31302e302e302e302f3894859452946186942e',
      'hex',
    );
    expect(decode(bytes)).toEqual(new PyTuple([0, ['10.0.0.0/8']]));
    expect(encode(new PyTuple([0, [new IpText('10.0.0.0/8')]])).equals(bytes)).toBe(true);
  });

  test('texts of Python 2', () => {
    expect(decode(Buffer.from("(lp0\nS'ping'\np1\na."))).toEqual(['ping']);
    expect(decode(Buffer.from('(lp0\nS"it\'s \\x41\\n\\\\"\np1\na.'))).toEqual(["it's A\n\\"]);
    expect(decode(Buffer.from(']q\0U\x04pingq\x01a.', 'latin1'))).toEqual(['ping']);
  });

  test('what was put aside anywhere is found again', () => {
    expect(decode(Buffer.from('(lp0\nNp1\nag1\naVx\np900\nag900\nag0\n0.'))).toEqual([null, null, 'x', 'x']);
    expect(decode(Buffer.from(']q\x05(X\x01\0\0\0aq\x09h\x09e.', 'latin1'))).toEqual(['a', 'a']);
  });

  test('what stands behind the end is passed over', () => {
    expect(decode(Buffer.concat([encode(['ping']), Buffer.from('more')]))).toEqual(['ping']);
  });
});
