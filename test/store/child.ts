import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Child {
  readonly process: ChildProcess;
  /** The next line it says; undefined at its end. */
  line(): Promise<string | undefined>;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
}

export interface Program {
  (...args: string[]): Child;
  /** What starts it. */
  command(...args: string[]): { readonly file: string; readonly args: string[] };
}

/** Bundles one of children/*.ts; the answer starts it as a process of its own. All are gone after the last test. */
export function program(name: string): Program {
  // Inside node_modules, so that it finds the driver.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.store-test-'));
  // Some tests start it as somebody else.
  chmodSync(folder, 0o755);
  const file = join(folder, `${name}.mjs`);
  const source = join(import.meta.dirname, 'children', `${name}.ts`);
  const options = {
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  };
  // A process of its own: esbuild does not run inside of jest.
  const script = `import { build } from 'esbuild'; await build(${JSON.stringify(options)});`;
  const built = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const running = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    return follow(child, () => running.delete(child));
  };
  const command = (...args: string[]) => ({ file: process.execPath, args: [file, ...args] });
  return Object.assign(start, { command });
}

function follow(child: ChildProcess, onEnd: () => void): Child {
  let output = '';
  let errors = '';
  let taken = 0;
  let over = false;
  let wake = () => {};
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    wake();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((done) => {
    child.on('close', (code) => {
      over = true;
      onEnd();
      wake();
      done({ code, output, errors });
    });
  });
  return {
    process: child,
    ended,
    async line() {
      for (;;) {
        const end = output.indexOf('\n', taken);
        if (end >= 0) {
          const line = output.slice(taken, end);
          taken = end + 1;
          return line;
        }
        if (over) return undefined;
        await new Promise<void>((resume) => {
          wake = resume;
        });
      }
    },
  };
}
