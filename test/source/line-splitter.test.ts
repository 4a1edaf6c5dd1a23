import { describe, expect, test } from '@jest/globals';
import { type Encoding, findEncoding, UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { noCounts } from '../../src/core/source/line.js';
import { lineSplitter, type SplitOptions } from '../../src/core/source/line-splitter.js';

/** Splits `content` handed over in pieces of `size` bytes. */
function split(
  content: string | Buffer,
  size: number,
  options: SplitOptions = {},
  encoding: Encoding = UTF8_ENCODING,
) {
  const counts = noCounts();
  const splitter = lineSplitter(encoding, counts, options);
  const bytes = Buffer.from(content as string);
  const lines = [];
  // One buffer that is filled anew, as the file reader does.
  const piece = Buffer.alloc(Math.max(size, 1));
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(piece, 0, at, at + size);
    lines.push(...splitter.push(piece.subarray(0, length)));
  }
  lines.push(...splitter.end());
  return { lines, counts, texts: lines.map(({ text }) => text) };
}

const SIZES = [1, 2, 3, 5, 7, 1000];

describe('lines', () => {
  const cases: [string, string | Buffer, string[]][] = [
    ['end at a newline', 'a\nb\n', ['a', 'b']],
    ['lose carriage returns at their end', 'a\r\nb\r\r\n', ['a', 'b']],
    ['keep carriage returns inside', 'a\rb\n', ['a\rb']],
    ['may be empty', '\n\na\n', ['', '', 'a']],
    ['keep blanks at both ends', '  a \t\n', ['  a \t']],
    ['do not end at other separators', 'a\u2028b\x0bc\x85d\n', ['a\u2028b\x0bc\x85d']],
    ['keep NUL bytes', 'a\0b\n', ['a\0b']],
    ['keep a byte order mark', '\ufeffa\n', ['\ufeffa']],
    ['without a newline are not lines yet', 'a\nb', ['a']],
    ['keep characters whole at the edge of a chunk', 'aé€😀b\nc\n', ['aé€😀b', 'c']],
  ];
  test.each(cases)('%s', (_, content, expected) => {
    for (const size of SIZES) expect(split(content, size).texts).toEqual(expected);
  });

  test('know whether they are ASCII, one by one', () => {
    const { lines } = split('a\né\nb\n', 1000);
    expect(lines.map(({ ascii }) => ascii)).toEqual([true, false, true]);
  });

  test('carry their number, with comments and empty lines counted', () => {
    const { lines, counts } = split('a\n#b\n\nc\n #d\n', 4, { skipComments: true });
    expect(lines.map(({ number, text }) => [number, text])).toEqual([
      [1, 'a'],
      [4, 'c'],
      [5, ' #d'],
    ]);
    expect(counts.skipped).toBe(2);
  });

  test('the rest without a newline is counted', () => {
    for (const size of SIZES) expect(split('a\nbcd', size).counts.unterminatedBytes).toBe(3);
    expect(split('a\n', 1).counts.unterminatedBytes).toBe(0);
  });
});

describe('bytes that are no UTF-8', () => {
  // As Python's bytes.decode(errors='replace') answers.
  const cases: [Buffer, string][] = [
    [Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'a\ufffd\ufffdb'],
    [Buffer.from([0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd'],
    [Buffer.from([0xe2, 0x28, 0xa1]), '\ufffd(\ufffd'],
    [Buffer.from([0xf0, 0x28, 0x8c, 0xbc]), '\ufffd(\ufffd\ufffd'],
    [Buffer.from([0xf4, 0x90, 0x80, 0x80]), '\ufffd\ufffd\ufffd\ufffd'],
    [Buffer.from([0xe2, 0x82]), '\ufffd'],
  ];
  test.each(cases)('%j becomes %j', (bytes, expected) => {
    const { texts, counts } = split(Buffer.concat([bytes, Buffer.from('\nok\n')]), 2);
    expect(texts).toEqual([expected, 'ok']);
    expect(counts.undecodable).toBe(1);
  });
});

describe('a line that is too long', () => {
  test.each(SIZES)('is cut, marked and counted (chunks of %i bytes)', (size) => {
    const { texts, counts } = split(`${'x'.repeat(25)} from 1.2.3.4\nshort\n`, size, { maxLineBytes: 10 });
    expect(texts).toEqual(['xxxxxxxxxx [... 28 bytes cut ...]', 'short']);
    expect(counts.cutLines).toBe(1);
    expect(counts.cutBytes).toBe(28);
  });

  test('does not end where it was cut, so that nobody can choose its end', () => {
    const forged = 'user x from 6.6.6.6 and a lot more\n';
    const [line] = split(forged, 1000, { maxLineBytes: forged.indexOf(' and') }).texts;
    expect(line).toMatch(/6\.6\.6\.6 \[/);
    expect(line).not.toMatch(/from \S+$/);
  });

  test('exactly as long as allowed is whole', () => {
    for (const size of SIZES)
      expect(split('0123456789\n', size, { maxLineBytes: 10 }).texts).toEqual(['0123456789']);
  });

  test('holds no more memory than the limit while its end does not come', () => {
    const counts = noCounts();
    const splitter = lineSplitter(UTF8_ENCODING, counts, { maxLineBytes: 1000 });
    const piece = Buffer.alloc(1 << 20, 0x78);
    for (let i = 0; i < 200; i++) splitter.push(piece);
    splitter.end();
    expect(counts.unterminatedBytes).toBe(200 * piece.length);
  });
});

describe('encodings in which a newline is more than one byte', () => {
  const wide = (text: string, order: 'le' | 'be'): Buffer => {
    const bytes = Buffer.from(text, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  test.each([
    ['utf-16-le', wide('aé\r\nb\n', 'le')],
    ['utf-16-be', wide('aé\r\nb\n', 'be')],
    ['utf-16', wide('\ufeffaé\r\nb\n', 'le')],
    ['UTF-16', wide('\ufeffaé\r\nb\n', 'be')],
  ])('%s is split after decoding', async (name, bytes) => {
    const encoding = await findEncoding(name);
    for (const size of SIZES) expect(split(bytes, size, {}, encoding).texts).toEqual(['aé', 'b']);
  });

  test('a line feed that is half a character ends no line', async () => {
    const encoding = await findEncoding('utf-16-le');
    expect(split(wide('a\u010ab\u0a0a\n', 'le'), 3, {}, encoding).texts).toEqual(['a\u010ab\u0a0a']);
  });

  test('the rest without a newline is counted here too', async () => {
    const encoding = await findEncoding('utf-16-le');
    expect(split(wide('a\nbc', 'le'), 3, {}, encoding).counts.unterminatedBytes).toBe(2);
  });
});
