import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, with nothing on its standard input unless `input` is given. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC', ...options.env };
  const child = spawn(file, args, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) =>
      done({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** Runs f2b as it is built; builds it before where a source file is newer. */
export function f2b(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  buildIfStale();
  return run(process.execPath, [join(ROOT, 'bin/run.js'), ...args], options);
}

let built = false;

export function buildIfStale(): void {
  if (built) return;
  const main = join(ROOT, 'dist/load.cjs');
  const since = existsSync(main) ? statSync(main).mtimeMs : 0;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const stale = sources.some(
    (file) => file.isFile() && statSync(join(file.parentPath, file.name)).mtimeMs > since,
  );
  if (stale) {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the build fails:\n${stderr}`);
  }
  built = true;
}
