/**
 * Source stage: a text given on the command line → lines.
 *
 * Lines end at `\n`; unlike a file's, the last one needs no newline.
 */
import { type LineBatch, type LineSource, noCounts, type SourceLine } from './line.js';
import type { SplitOptions } from './line-splitter.js';

export function textSource(texts: readonly string[], options: SplitOptions = {}): LineSource {
  const counts = noCounts();
  const lines: SourceLine[] = [];
  for (const [index, raw] of texts.entries()) {
    const text = raw.replace(/[\r\n]+$/, '');
    if (options.skipComments && (text === '' || text.startsWith('#'))) {
      counts.skipped++;
      continue;
    }
    counts.lines++;
    lines.push({ text, ascii: !/[^\x00-\x7f]/.test(text), number: index + 1 });
  }
  const readBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return {
    counts,
    sizeBytes: readBytes,
    async *batches(): AsyncIterable<LineBatch> {
      if (lines.length > 0) yield { lines, readBytes };
    },
  };
}
