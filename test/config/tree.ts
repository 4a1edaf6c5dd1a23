/** Configuration trees for tests: files in a temporary folder that goes away when the tests of the file are done. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { findConfig, type LoadOptions, loadConfig, showCommand } from '../../src/core/config/index.js';

export type Files = Readonly<Record<string, string | Buffer>>;

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** A new folder with these files. */
export function folderOf(files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), 'f2b-config-'));
  made.push(dir);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

/** The same, read; a fail2ban.conf is there unless one is given. */
export function load(files: Files, options: Partial<LoadOptions> = {}) {
  const dir = folderOf({ 'fail2ban.conf': '[Definition]\n', ...files });
  const loaded = loadConfig({ folder: findConfig({ dir }), ...options });
  const stream = loaded.stream();
  return { ...loaded, dir, stream, lines: stream.map(showCommand) };
}

/** What the one jail `j` has for an option, as the dump prints it. */
export function valueIn(lines: readonly string[], option: string): string | undefined {
  const start = `['set', 'j', '${option}', `;
  return lines.find((line) => line.startsWith(start))?.slice(start.length, -1);
}
