import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A function that answers a new path in a folder of its own; everything goes after the last test. */
export function scratch(): (name?: string) => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return (name = 'f2b.sqlite3') => {
    const folder = mkdtempSync(join(tmpdir(), 'f2b-store-'));
    folders.push(folder);
    return join(folder, name);
  };
}
