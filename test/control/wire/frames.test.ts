/** Messages cut out of bytes, however these arrive. */
import { describe, expect, test } from '@jest/globals';
import { END, FrameReader, OversizeError } from '../../../src/core/control/wire/frames.js';

const MAX = 1000;

function reader(...pieces: (string | Buffer)[]): FrameReader {
  const frames = new FrameReader(MAX);
  for (const piece of pieces) frames.push(Buffer.from(piece as string));
  return frames;
}

describe('a request', () => {
  test('ends at the marker', () => {
    const frames = reader(`one${END}two${END}thr`);
    expect(frames.first()?.toString()).toBe('one');
    expect(frames.first()?.toString()).toBe('two');
    expect(frames.first()).toBeUndefined();
    frames.push(Buffer.from(`ee${END}`));
    expect(frames.first()?.toString()).toBe('three');
    expect(frames.size).toBe(0);
  });

  test('may come byte by byte', () => {
    const frames = reader();
    const found: string[] = [];
    for (const byte of Buffer.from(`one${END}${END}<F2B_END<F2B_END_COMMAND>`)) {
      frames.push(Buffer.from([byte]));
      const message = frames.first();
      if (message) found.push(message.toString());
    }
    expect(found).toEqual(['one', '', '<F2B_END']);
  });

  test('stays what it is when more arrives', () => {
    const frames = reader(`one${END}`);
    const message = frames.first();
    frames.push(Buffer.alloc(500, 'x'));
    frames.push(Buffer.alloc(400, 'x'));
    expect(message?.toString()).toBe('one');
  });

  test('has a largest size, marker or not', () => {
    expect(reader(Buffer.alloc(MAX, 'x'), END).first()).toHaveLength(MAX);
    expect(() => reader(Buffer.alloc(MAX + 1, 'x'), END).first()).toThrow(OversizeError);
    expect(() => reader(Buffer.alloc(MAX + 100, 'x')).first()).toThrow(OversizeError);
    expect(reader(Buffer.alloc(MAX, 'x')).first()).toBeUndefined();
  });

  test('costs no more when it comes in many pieces', () => {
    const frames = new FrameReader(4 * 1024 * 1024);
    const began = performance.now();
    for (let i = 0; i < 1_000_000; i++) {
      frames.push(PIECE);
      if (i % 4 === 0) frames.first();
    }
    expect(frames.size).toBe(3_000_000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('a reply', () => {
  const isWhole = (message: Buffer) => message.toString().endsWith('.');

  test('ends where it is whole, not at a marker inside it', () => {
    const frames = reader(`a${END}`);
    expect(frames.whole(isWhole)).toBeUndefined();
    frames.push(Buffer.from(`b.${END}`));
    expect(frames.whole(isWhole)?.toString()).toBe(`a${END}b.`);
  });

  test('has a largest size', () => {
    expect(() => reader(Buffer.alloc(MAX + 100, 'x')).whole(isWhole)).toThrow(OversizeError);
  });
});

const PIECE = Buffer.from('abc');
