import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { LineSource, SourceLine } from '../../src/core/source/line.js';

/** A folder that is removed when the tests of the file are done; answers the path of a new file in it. */
export function scratchFiles(): (name: string, content: string | Buffer) => string {
  const folder = mkdtempSync(join(tmpdir(), 'f2b-source-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}

export async function readAll(source: LineSource): Promise<SourceLine[]> {
  const lines: SourceLine[] = [];
  for await (const batch of source.batches()) lines.push(...batch.lines);
  return lines;
}

export const texts = (lines: readonly SourceLine[]): string[] => lines.map(({ text }) => text);
