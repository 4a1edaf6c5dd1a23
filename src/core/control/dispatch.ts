/**
 * Control stage: words → the entry they name → its answer.
 *
 * Which words are looked at in which order, and what is said when they name nothing, is fail2ban's: it tells an unknown
 * sub-command before an unknown jail. Source: client.md §2, §3.
 */
import { asCommandError, CommandError, missingArgument } from './command-error.js';
import type { Desk } from './desk.js';
import type { Entry, GlobalEntry, JailEntry } from './entry.js';
import { findEntry } from './table.js';
import type { Value } from './values.js';

/** A command that has its entry. */
export type Located =
  | { readonly entry: GlobalEntry; readonly args: readonly string[] }
  | { readonly entry: JailEntry; readonly jail: string; readonly args: readonly string[] };

/** @throws {CommandError} there is no such command */
export function locate(words: readonly string[]): Located {
  const [first, second, third] = words;
  if (first !== 'set' && first !== 'get') {
    const entry = first === undefined ? undefined : findEntry('global', first);
    if (!isGlobal(entry)) throw new CommandError('Invalid command');
    return { entry, args: words.slice(1) };
  }
  if (second === undefined) throw missingArgument();
  const own = findEntry(first, second);
  if (isGlobal(own)) return { entry: own, args: words.slice(2) };
  if (third === undefined) throw missingArgument();
  const entry = findEntry(`${first}-jail`, third);
  if (!isOfJail(entry)) {
    throw new CommandError(
      first === 'set'
        ? `Invalid command '${third}' (no set action or not yet implemented)`
        : 'Invalid command (no get action or not yet implemented)',
    );
  }
  return { entry, jail: second, args: words.slice(3) };
}

/** @throws {CommandError | NoServerError} the command is refused */
export async function dispatch(desk: Desk, words: readonly string[]): Promise<Value> {
  return run(desk, locate(words));
}

export async function run(desk: Desk, located: Located): Promise<Value> {
  try {
    if ('jail' in located) return await located.entry.run(desk, desk.jail(located.jail), located.args);
    return await located.entry.run(desk, located.args);
  } catch (error) {
    throw asCommandError(error);
  }
}

function isGlobal(entry: Entry | undefined): entry is GlobalEntry {
  return entry !== undefined && !isOfJail(entry);
}

function isOfJail(entry: Entry | undefined): entry is JailEntry {
  return entry?.scope === 'set-jail' || entry?.scope === 'get-jail';
}
