/**
 * The configuration as a client sends it to a server: command by command, as values of the wire. What `reload` and `start`
 * of fail2ban's client do.
 */
import {
  type Command,
  findConfig,
  type LoadedConfig,
  loadConfig,
  plain,
  statePaths,
} from '../core/config/index.js';
import type { Value } from '../core/control/index.js';
import { ConfigError } from '../core/errors.js';
import { reprString } from '../core/python-repr.js';
import { stateOwner } from './settings.js';

export interface StreamRequest {
  /** `-c` */
  readonly config: string | undefined;
  /** Folder of the package. */
  readonly root: string;
  /** This jail only. */
  readonly jail?: string | undefined;
  /** Values that win over fail2ban.conf. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
}

export interface ConfigStream {
  readonly loaded: LoadedConfig;
  readonly commands: readonly Value[];
}

/** @throws {ConfigError} fail2ban would refuse it, or has no such jail */
export function readConfigStream({ config, root, jail, overrides }: StreamRequest): ConfigStream {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  const only = jail === undefined ? undefined : new Set([jail]);
  const state = statePaths(stateOwner(process.env));
  const loaded = loadConfig({ folder, mode: 'dump', only, overrides, state });
  if (loaded.fatal) throw loaded.fatal.error;
  const isKnown = (name: string) =>
    loaded.disabled.includes(name) || [...loaded.jails, ...loaded.skipped].some((each) => each.name === name);
  if (jail !== undefined && !isKnown(jail)) {
    throw new ConfigError('no-jail', `No section: ${reprString(jail)}`);
  }
  return { loaded, commands: loaded.stream().map(asValue) };
}

function asValue(command: Command): Value {
  return wireValue(plain(command));
}

function wireValue(item: unknown): Value {
  if (Array.isArray(item)) return item.map(wireValue);
  if (typeof item !== 'object' || item === null) return (item ?? null) as Value;
  return new Map(Object.entries(item).map(([name, value]) => [name, wireValue(value)]));
}
