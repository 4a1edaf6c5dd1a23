/**
 * Source stage: a rotated file, packed or not, as a stream of its unpacked bytes.
 */
import type { FileHandle } from 'node:fs/promises';
import { CHUNK_BYTES, unpacked } from './file.js';
import { FirstLine, type KnownContent, readRange, Tail, withFile } from './identity.js';

/** The bytes of the file from its start. One buffer is filled anew; `onRead` hears how many packed bytes were read. */
export async function* unpackedBytes(
  path: string,
  handle: FileHandle,
  onRead: (bytes: number) => void = () => {},
): AsyncIterable<Buffer> {
  yield* unpacked(path, rawBytes(handle, onRead));
}

async function* rawBytes(handle: FileHandle, onRead: (bytes: number) => void): AsyncIterable<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    onRead(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}

/** @throws {SourceError} damaged, or packed with what f2b does not unpack */
export async function packedFirstLine(path: string): Promise<string> {
  return withFile(path, async (handle) => {
    const line = new FirstLine();
    for await (const chunk of unpackedBytes(path, handle)) {
      line.push(chunk);
      if (line.hash !== '') break;
    }
    return line.hash;
  });
}

/** Does the packed file hold the known content, and perhaps more? @throws {SourceError} as above */
export async function packedContinues(path: string, known: KnownContent): Promise<boolean> {
  if (known.offsetBytes <= 0) return false;
  return withFile(path, async (handle) => {
    const line = new FirstLine();
    const tail = new Tail();
    let at = 0;
    for await (const chunk of unpackedBytes(path, handle)) {
      line.push(chunk);
      if (line.hash !== '' && known.firstLineHash !== '' && line.hash !== known.firstLineHash) return false;
      const room = known.offsetBytes - at;
      tail.push(chunk, Math.min(room, chunk.length));
      at += chunk.length;
      if (at >= known.offsetBytes) break;
    }
    if (at < known.offsetBytes || (known.firstLineHash !== '' && line.hash !== known.firstLineHash))
      return false;
    return known.tailHash === '' || tail.hash === known.tailHash;
  });
}

/** Length of what is packed, as gzip notes it in the last four bytes of a file of one member; a hint, no more. */
export async function packedSize(path: string, sizeBytes: number): Promise<number | undefined> {
  if (!path.endsWith('.gz') || sizeBytes < 18) return undefined;
  return withFile(path, async (handle) => {
    const bytes = await readRange(handle, sizeBytes - 4, sizeBytes);
    return bytes.length === 4 ? bytes.readUInt32LE(0) : undefined;
  });
}
