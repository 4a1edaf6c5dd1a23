/**
 * Runs TypeScript in a process of another time zone: a process takes its zone from TZ once, when it starts.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** The root of the package: jest starts there. */
const ROOT = process.cwd();

/** `source` is a module that may import from `./src/…`; what it prints as JSON comes back. */
export function runInZone(timeZone: string, source: string): unknown {
  const [bundle] = buildSync({
    stdin: { contents: source, loader: 'ts', resolveDir: ROOT },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  }).outputFiles;
  const output = execFileSync(process.execPath, ['--input-type=module', '-'], {
    input: bundle?.text ?? '',
    cwd: join(ROOT, 'test'),
    env: { ...process.env, TZ: timeZone, NODE_OPTIONS: '' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output);
}
