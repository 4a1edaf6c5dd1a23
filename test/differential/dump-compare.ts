/**
 * One folder through `fail2ban-client -d` and through f2b's reader: the same lines, or both refuse.
 *
 * Several clients run at the same time; each takes most of its time to start.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type ConfigFolder, findConfig, loadConfig, showCommand } from '../../src/core/config/index.js';
import { ConfigError } from '../../src/core/errors.js';
import { run } from '../commands/f2b.js';
import type { Tree } from './dump-trees.js';

export const INSTALLED = spawnSync('fail2ban-client', ['--version']).status === 0;

export interface Dump {
  readonly refused: boolean;
  /** Lines of the stream; none where reading was given up. */
  readonly lines: readonly string[];
  /** Why, for people. */
  readonly reason: string;
  readonly code?: string | undefined;
}

/** Refused by f2b because references or tags multiply each other; fail2ban goes on until it has no memory left. */
export function tooLarge({ code }: Dump): boolean {
  return code === 'tag-length' || code === 'interpolation-length';
}

/** Puts the files of a tree into a folder. */
export function writeTree(dir: string, tree: Tree | Readonly<Record<string, string>>): void {
  const files = tree instanceof Map ? tree : Object.entries(tree as Record<string, string>);
  for (const [path, text] of files as Iterable<[string, string]>) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text.replaceAll('@DIR@', dir));
  }
}

/** Tags that multiply each other make fail2ban take all the memory there is. */
const LIMITED = 'ulimit -v 500000; ulimit -t 10; exec fail2ban-client -c "$0" -d';

export async function dumpOfFail2ban(dir: string): Promise<Dump> {
  const { status, stdout, stderr } = await run('sh', ['-c', LIMITED, dir]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('['));
  return { refused: status !== 0, lines, reason: stderr };
}

export function dumpOfF2b(dir: string): Dump {
  const folder: ConfigFolder = findConfig({ dir });
  const { fatal, usable, problems, stream } = loadConfig({ folder, mode: 'dump' });
  if (fatal && !(fatal.error instanceof ConfigError)) throw fatal.error;
  return {
    refused: fatal !== undefined || !usable,
    lines: stream().map(showCommand),
    reason: problems.map(({ message }) => message).join('\n'),
    code: fatal?.error.code,
  };
}

/** Work on every item, a few at a time, results in the order of the items. */
export async function mapInParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [i, item] of rest) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return results;
}
