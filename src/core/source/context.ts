/**
 * Source stage: a plan of what to read → the last complete lines before it.
 *
 * Filters that remember (sessions, several lines at a time) look at them again before they go on; failures in them have
 * been counted. Best effort: packed files are not unpacked for it, and what cannot be read is no context.
 */
import type { Encoding } from './encodings.js';
import { readRange, withFile } from './identity.js';
import { noCounts, type SourceLine } from './line.js';
import { fileEncoding, HEAD_BYTES } from './line-ends.js';
import { lineSplitter } from './line-splitter.js';
import type { ReadPlan } from './resume.js';
import { isPacked } from './rotated.js';

/** How much of what was read before a filter may look at again. */
export const CONTEXT_BYTES = 64 * 1024;

export async function contextLines(
  { pieces, rotated }: ReadPlan,
  encoding: Encoding,
): Promise<readonly SourceLine[]> {
  const [first] = pieces;
  if (!first) return [];
  const lines = first.packed ? [] : await linesBefore(first.path, first.known.offsetBytes, encoding);
  const left = CONTEXT_BYTES - first.known.offsetBytes;
  if (left <= 0 || first.packed || first.role === 'late') return lines;
  if (!rotated || rotated.offsetBytes <= 0 || isPacked(rotated.path)) return lines;
  return [...(await linesBefore(rotated.path, rotated.offsetBytes, encoding, left)), ...lines];
}

/** Complete lines in the last `bytes` bytes before `to`, which is the end of a line. */
async function linesBefore(
  path: string,
  to: number,
  encoding: Encoding,
  bytes = CONTEXT_BYTES,
): Promise<SourceLine[]> {
  if (to === 0) return [];
  return withFile(path, async (handle) => {
    const form = fileEncoding(encoding, await readRange(handle, 0, HEAD_BYTES));
    const unit = form.newline.length;
    const start = Math.max(0, to - bytes);
    const from = start - (start % unit);
    const read = await readRange(handle, from, to);
    const lines = lineSplitter(form.from(from), noCounts(), { skipHoles: true }).push(read);
    // The first one is only whole at the start of the file.
    return from === 0 ? lines : lines.slice(1);
  }).catch(() => []);
}
