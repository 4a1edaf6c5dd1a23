/**
 * Source stage: a file, or a stream such as standard input → batches of lines.
 *
 * Reads in pieces of 192 KiB into one buffer, whatever the size of the file; gzip files are unpacked on the way.
 * Reading stops at the end the file has at that moment. Nothing is followed and no position is kept: that is the
 * server's business. Every way in which a path can be unreadable is one SourceError that says what to do.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceError } from '../errors.js';
import type { Encoding, NarrowEncoding } from './encodings.js';
import {
  type LineBatch,
  type LineSource,
  noCounts,
  type OpenFile,
  type PieceBatch,
  type SourceCounts,
} from './line.js';
import { lineSplitter, type SplitOptions } from './line-splitter.js';
import { PieceSplitter } from './piece-splitter.js';

export const CHUNK_BYTES = 192 * 1024;
/** For readers of pieces, who make no line before they look at it. */
const LARGE_CHUNK_BYTES = 256 * 1024;

/** Opens `path` for reading. @throws {SourceError} missing, no permission, a folder … */
export async function openFile(
  path: string,
  encoding: Encoding,
  options: SplitOptions = {},
): Promise<LineSource> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
    return new FileSource(path, handle, stat.isFile() ? stat.size : undefined, encoding, options);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A source over a stream of bytes, `name` is for messages (`standard input`). */
export function openStream(
  name: string,
  stream: Readable,
  encoding: Encoding,
  options: SplitOptions = {},
): LineSource {
  return new StreamSource(name, stream, encoding, options);
}

class FileSource implements LineSource {
  readonly counts = noCounts();
  #readBytes = 0;

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    readonly sizeBytes: number | undefined,
    private readonly encoding: Encoding,
    private readonly options: SplitOptions,
  ) {}

  batches(): AsyncIterable<LineBatch> {
    return this.#closing(split(this.path, this.#chunks(CHUNK_BYTES), this.#work()));
  }

  pieces(): AsyncIterable<PieceBatch> | undefined {
    const { encoding } = this;
    if (encoding.wide) return undefined;
    return this.#closing(inPieces(this.path, this.#chunks(LARGE_CHUNK_BYTES), { ...this.#work(), encoding }));
  }

  async openFile(): Promise<OpenFile | undefined> {
    const { path, encoding, sizeBytes, handle } = this;
    // Files of the kernel have no size.
    if (encoding.wide || !sizeBytes) return undefined;
    const head = Buffer.alloc(MAGIC_BYTES);
    const { bytesRead } = await handle.read(head, 0, MAGIC_BYTES, 0);
    if (packerOf(head.subarray(0, bytesRead))) return undefined;
    return { path, fd: handle.fd, sizeBytes, encoding, close: () => handle.close() };
  }

  #work(): SplitWork {
    const { encoding, counts, options } = this;
    return { encoding, counts, options, readBytes: () => this.#readBytes };
  }

  async *#closing<T>(batches: AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* batches;
    } finally {
      await this.handle.close();
    }
  }

  async *#chunks(size: number): AsyncIterable<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(size);
    for (;;) {
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      this.#readBytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

class StreamSource implements LineSource {
  readonly counts = noCounts();
  readonly sizeBytes = undefined;
  #readBytes = 0;

  constructor(
    private readonly name: string,
    private readonly stream: Readable,
    private readonly encoding: Encoding,
    private readonly options: SplitOptions,
  ) {}

  batches(): AsyncIterable<LineBatch> {
    return split(this.name, this.#chunks(), this.#work());
  }

  pieces(): AsyncIterable<PieceBatch> | undefined {
    const { encoding } = this;
    return encoding.wide ? undefined : inPieces(this.name, this.#chunks(), { ...this.#work(), encoding });
  }

  #work(): SplitWork {
    const { encoding, counts, options } = this;
    return { encoding, counts, options, readBytes: () => this.#readBytes };
  }

  async *#chunks(): AsyncIterable<Buffer> {
    for await (const chunk of this.stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      this.#readBytes += bytes.length;
      yield bytes;
    }
  }
}

interface SplitWork {
  readonly encoding: Encoding;
  readonly counts: SourceCounts;
  readonly options: SplitOptions;
  readBytes(): number;
}

async function* split(name: string, raw: AsyncIterable<Buffer>, work: SplitWork): AsyncIterable<LineBatch> {
  const splitter = lineSplitter(work.encoding, work.counts, work.options);
  try {
    for await (const chunk of unpacked(name, raw)) {
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield { lines, readBytes: work.readBytes() };
      // Nobody needs them any more: a dead array in the old generation would keep them alive until a full collection.
      lines.fill(undefined as never);
      lines.length = 0;
    }
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw unreadable(name, cause);
  }
  const lines = splitter.end();
  if (lines.length > 0) yield { lines, readBytes: work.readBytes() };
}

async function* inPieces(
  name: string,
  raw: AsyncIterable<Buffer>,
  work: SplitWork & { readonly encoding: NarrowEncoding },
): AsyncIterable<PieceBatch> {
  const splitter = PieceSplitter.ofTexts(work.encoding, work.counts, work.options);
  try {
    for await (const chunk of unpacked(name, raw)) {
      const pieces = splitter.push(chunk);
      if (pieces.length > 0) yield { pieces, readBytes: work.readBytes() };
      pieces.length = 0;
    }
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw unreadable(name, cause);
  }
  splitter.end();
}

/** Looks at the first bytes: gzip is unpacked, other packers are named and refused, all else passes as it is. */
export async function* unpacked(name: string, raw: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const chunks = raw[Symbol.asyncIterator]();
  try {
    let first = await chunks.next();
    // A pipe may hand over its very first bytes one at a time.
    while (!first.done && first.value.length < MAGIC_BYTES) {
      const head = Buffer.from(first.value);
      const next = await chunks.next();
      if (next.done) {
        first = { done: false, value: head };
        break;
      }
      first = { done: false, value: Buffer.concat([head, next.value]) };
    }
    if (first.done) return;
    const packer = packerOf(first.value);
    if (packer && packer.tool !== 'gzip') {
      throw new SourceError(
        'source-packed',
        `${name} is packed with ${packer.tool}, which f2b does not unpack`,
        {
          hint: `Unpack it on the way: ${packer.cat} ${name} | f2b regex - REGEX`,
        },
      );
    }
    const rest = { [Symbol.asyncIterator]: () => chunks };
    if (packer) yield* gunzip(name, first.value, rest);
    else {
      yield first.value;
      yield* rest;
    }
  } finally {
    await chunks.return?.();
  }
}

function packerOf(head: Buffer): (typeof PACKERS)[number] | undefined {
  return PACKERS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
}

const MAGIC_BYTES = 6;
const PACKERS = [
  { tool: 'gzip', cat: 'zcat', magic: Buffer.from([0x1f, 0x8b]) },
  { tool: 'xz', cat: 'xzcat', magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  { tool: 'zstd', cat: 'zstdcat', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { tool: 'bzip2', cat: 'bzcat', magic: Buffer.from('BZh') },
] as const;

async function* gunzip(name: string, first: Buffer, rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzipper = createGunzip({ chunkSize: CHUNK_BYTES });
  const feeding = feed(gunzipper, first, rest);
  feeding.catch((error) => gunzipper.destroy(error as Error));
  try {
    for await (const chunk of gunzipper) yield chunk as Buffer;
    await feeding;
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw new SourceError('source-gzip', `${name} is a damaged gzip file: ${(cause as Error).message}`, {
      cause,
      hint: 'The lines before the damage have been read; gzip -t tells more.',
    });
  } finally {
    gunzipper.destroy();
  }
}

/** The packed bytes are copied: the reader fills its buffer anew while zlib still works on the last piece. */
async function feed(
  gunzipper: ReturnType<typeof createGunzip>,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
): Promise<void> {
  const write = (chunk: Buffer) =>
    new Promise<void>((resolve, reject) =>
      gunzipper.write(Buffer.from(chunk), (error) => (error ? reject(error) : resolve())),
    );
  await write(first);
  for await (const chunk of rest) await write(chunk);
  gunzipper.end();
}

/** One wording for every way in which a path or stream cannot be read. */
export function unreadable(name: string, cause: unknown): SourceError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const [message, hint] = REASONS[code] ?? [(cause as Error)?.message ?? String(cause), undefined];
  return new SourceError(`source-${code.toLowerCase() || 'unreadable'}`, `cannot read ${name}: ${message}`, {
    cause: cause instanceof Error ? cause : undefined,
    hint,
  });
}

const REASONS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'Check the path; a log that has just been rotated may have a new name.'],
  ENOTDIR: ['a part of the path is not a folder', 'Check the path.'],
  EACCES: ['permission denied', 'Run it as a user who may read the file (root, or a member of group adm).'],
  EPERM: ['permission denied', 'Run it as a user who may read the file (root, or a member of group adm).'],
  EISDIR: ['it is a folder', 'Name the log file in it.'],
  ELOOP: ['its symbolic links go round in circles', 'Mend the link.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
  EIO: ['the device reports an error', 'See dmesg: the disk or the file system may be damaged.'],
};
