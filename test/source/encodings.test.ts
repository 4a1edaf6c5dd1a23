import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { findEncoding } from '../../src/core/source/encodings.js';

async function decode(name: string, bytes: Buffer): Promise<{ text: string; clean: boolean }> {
  const encoding = await findEncoding(name);
  if (encoding.wide) throw new Error(`${name} is wide`);
  return encoding.decode(bytes);
}

describe('names of encodings', () => {
  test.each([
    'utf-8',
    'UTF8',
    'utf_8',
    'U8',
    'latin1',
    'ISO-8859-1',
    'L1',
    'ascii',
    'US-ASCII',
    'cp1252',
    'windows-1251',
    'koi8-r',
    'KOI8_U',
    'gbk',
    'shift_jis',
    'euc-jp',
    'big5',
    'iso8859-15',
    'cp866',
    'utf-16',
    'utf_32_be',
  ])('of Python are known: %s', async (name) => {
    expect((await findEncoding(name)).name).toBe(name);
  });

  test.each(['foo', '', 'base64', 'hex', 'cp', 'auto'])('that are none are refused: %j', async (name) => {
    await expect(findEncoding(name)).rejects.toThrow(/unknown encoding/);
  });
});

describe('decoding', () => {
  test('latin1 knows every byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { text, clean } = await decode('latin1', bytes);
    expect(clean).toBe(true);
    expect([...text].map((char) => char.charCodeAt(0))).toEqual([...bytes]);
  });

  test('ascii replaces each byte above 127', async () => {
    expect(await decode('ascii', Buffer.from([0x61, 0xc3, 0xa9, 0x62]))).toEqual({
      text: 'a\ufffd\ufffdb',
      clean: false,
    });
  });

  test('utf-8-sig takes the byte order mark away, utf-8 does not', async () => {
    expect((await decode('utf-8-sig', Buffer.from('\ufeffa'))).text).toBe('a');
    expect((await decode('utf-8', Buffer.from('\ufeffa'))).text).toBe('\ufeffa');
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  const names = [
    'cp1250',
    'cp1251',
    'cp1252',
    'cp1254',
    'cp1257',
    'cp437',
    'cp850',
    'cp866',
    'koi8-r',
    'koi8-u',
    'iso8859-2',
    'iso8859-5',
    'iso8859-7',
    'iso8859-15',
  ];
  (python ? test.each(names) : test.skip.each(names))('%s means every byte as Python does', async (name) => {
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, i) => i + 128));
    const script = `import sys; sys.stdout.buffer.write(bytes(range(128,256)).decode('${name}','replace').encode())`;
    const { stdout } = spawnSync('python3', ['-c', script]);
    expect((await decode(name, bytes)).text).toBe(stdout.toString('utf8'));
  });

  (python ? test : test.skip)('random bytes become what Python makes of them', async () => {
    let seed = 12345;
    const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
    const pick = [
      0x61, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xc3, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0x9f, 0xa0,
      0x90,
    ];
    const samples = Array.from({ length: 3000 }, () =>
      Buffer.from(
        Array.from({ length: 1 + (random() % 8) }, () => pick[(random() >> 8) % pick.length] as number),
      ),
    );
    const script =
      'import sys\nfor l in sys.stdin:\n sys.stdout.buffer.write(bytes.fromhex(l.strip()).decode("utf-8","replace").encode()+b"\\n")';
    const { stdout } = spawnSync('python3', ['-c', script], {
      input: samples.map((s) => s.toString('hex')).join('\n'),
    });
    const expected = stdout.toString('utf8').split('\n').slice(0, -1);
    const decoded = await Promise.all(samples.map((sample) => decode('utf-8', sample)));
    expect(decoded.map(({ text }) => text)).toEqual(expected);
  });
});
