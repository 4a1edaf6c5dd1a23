/**
 * Runs one `f2b dump`: folder → core → view. Loaded only when there is something to dump.
 */
import { findConfig, loadConfig, statePaths } from '../core/config/index.js';
import { EXIT } from '../core/errors.js';
import { renderCommands, renderProblems } from '../view/dump.js';
import { dumpAsJson } from '../view/dump-json.js';
import { Silent } from './base.js';
import { Output } from './output.js';
import { stateOwner } from './settings.js';

export interface DumpOptions {
  readonly config: string | undefined;
  readonly overrides: Readonly<Record<string, string>>;
  readonly format: 'lines' | 'pretty' | 'json';
  /** Folder of the package, for what ships with it. */
  readonly root: string;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function dump({ config, overrides, format, root }: DumpOptions): Promise<unknown> {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  const loaded = loadConfig({ folder, mode: 'dump', overrides, state: statePaths(stateOwner(process.env)) });
  const { fatal, problems, usable } = loaded;
  if (format !== 'json') process.stderr.write(renderProblems(problems));
  if (fatal) throw fatal.error;
  if (!usable) process.exitCode = EXIT.failure;
  if (format === 'json') return dumpAsJson(loaded);
  const output = new Output(process.stdout);
  for (const text of renderCommands(loaded.stream(), format)) await output.write(text);
  await output.flush();
  if (!usable) throw new Silent(EXIT.failure);
  return undefined;
}
