/**
 * View: a loaded configuration → what `f2b dump --json` prints.
 */
import type { Command, LoadedConfig, Problem, SkippedJail, Word } from '../core/config/index.js';
import type { Origin, Sourced } from '../core/errors.js';

/** A word of a command, or a list of such. Whole numbers beyond 2^53 are texts of digits, so that none is lost. */
export type JsonWord = { readonly value: unknown; readonly origin?: Origin } | readonly JsonWord[];

export interface DumpJson {
  readonly folder: string;
  /** Where a client finds the server; not part of the stream. */
  readonly client: { readonly socket?: JsonWord; readonly pidfile?: JsonWord };
  readonly commands: readonly (readonly JsonWord[])[];
  readonly skipped: readonly SkippedJail[];
  readonly problems: readonly Problem[];
}

export function dumpAsJson(loaded: LoadedConfig): DumpJson {
  const { folder, global, skipped, problems } = loaded;
  return {
    folder: folder.dir,
    client: global ? { socket: wordAsJson(global.socket), pidfile: wordAsJson(global.pidfile) } : {},
    commands: loaded.stream().map((command: Command) => command.map(wordAsJson)),
    skipped,
    problems,
  };
}

function wordAsJson(word: Word): JsonWord {
  if (isList(word)) return word.map(wordAsJson);
  const { value, origin } = word;
  return { value: numbersAsJson(value), ...(origin ? { origin } : {}) };
}

function isList(word: Word): word is readonly Word[] {
  return Array.isArray(word);
}

function numbersAsJson(value: Sourced<unknown>['value']): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbersAsJson(inner)]));
}
