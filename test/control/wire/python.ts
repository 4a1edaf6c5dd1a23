/** Python's own pickle, of its standard library, as the other side. Skipped, saying so, where there is no python3. */
import { spawnSync } from 'node:child_process';

export const hasPython = spawnSync('python3', ['-c', 'import pickle']).status === 0;
if (!hasPython) console.warn('python3 is not installed: pickles are not compared with its own');

/** Runs a script that reads JSON from standard input and prints JSON. */
export function python<T>(script: string, input: unknown): T {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}
