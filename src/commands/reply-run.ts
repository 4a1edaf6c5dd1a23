/**
 * Runs one command of the vocabulary: words → a server, or a desk → answer → view. Loaded only when there is something to run.
 *
 * Standard output is fail2ban-client's, byte for byte; what it cannot say (a ban that the firewall refused, lines of a
 * block list that were passed over) goes to standard error and into `--json`. Exit code 1: done, but not all of it is in
 * force.
 */
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { type BlockList, readBlockList } from '../core/control/block-list.js';
import {
  banIdOf,
  CommandError,
  type Entry,
  type Located,
  locate,
  type Outline,
  type OutlinedBans,
  type Value,
} from '../core/control/index.js';
import { EXIT, SourceError, UsageError } from '../core/errors.js';
import { systemHost } from '../core/filter/ignore-self.js';
import { renderBanNotes } from '../view/ban-notes.js';
import { escapeControls } from '../view/escape.js';
import { renderReply } from '../view/reply.js';
import { replyAsJson } from '../view/reply-json.js';
import { type Counter, openCounter } from './counter.js';
import type { OwnOptions } from './words.js';

export interface CommandRun {
  readonly words: readonly string[];
  readonly options: OwnOptions;
  readonly json: boolean;
  /** Folder of the package. */
  readonly root: string;
  /** What `onTerminal` and `asJson` need to know of bans, and of which jail; default: nothing, of all. */
  readonly outline?: { readonly bans: OutlinedBans; readonly jail: string | undefined } | undefined;
  /** Instead of fail2ban's text on a terminal. */
  readonly onTerminal?: ((outline: Outline, columns: number) => string | undefined) | undefined;
  /** What else is worth knowing, for standard error; told of unsettled bans only. */
  readonly notes?: ((outline: Outline) => string) | undefined;
  /** The result for programs; default the answer as it is. */
  readonly asJson?: ((outline: Outline) => unknown) | undefined;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function runCommand(wanted: CommandRun): Promise<unknown> {
  const { words, options, json, root } = wanted;
  const located = tryLocate(words);
  const command = `f2b ${words.slice(0, 3).join(' ')}`;
  const { config, socket, waitSec, from } = options;
  const writes = 'entry' in located && located.entry.writes;
  const counter = await openCounter({ config, socket, root, waitSec, writes, command });
  try {
    if (!json) warn(counter.notices);
    const list = from === undefined ? undefined : await blockList(counter, words, from);
    const known = 'entry' in located ? located : undefined;
    const meant = known && list ? withIds(known, list) : known;
    const sent = list ? [...words, ...list.ids.map(({ id }) => id)] : words;
    const { outcome, unsettled, isNew } = await counter.handle(sent, meant);
    if ('error' in outcome) {
      process.stderr.write(renderBanNotes(unsettled));
      throw outcome.error;
    }
    const asked = new Set(meant?.args.map((word) => banIdOf(word).id));
    // What failed before and has nothing to do with this command is told, but is no failure of it.
    if (unsettled.some((each) => asked.has(each.ban.id) || isNew(each))) process.exitCode = EXIT.mistakes;
    const { value } = outcome;
    if (json) {
      if (wanted.asJson) return wanted.asJson(await outlineFor(counter, wanted));
      return replyAsJson({ words, value, unsettled, refused: list?.refused });
    }
    await print(wanted, { entry: known?.entry ?? {}, counter, value });
    const notes = process.stdout.isTTY ? '' : await notesFor(counter, wanted);
    process.stderr.write(refusedText(list, from) + renderBanNotes(unsettled) + notes);
    return undefined;
  } finally {
    counter.close();
  }
}

/** Words that this f2b does not know are for a server to refuse, or not. */
function tryLocate(words: readonly string[]): Located | { readonly error: unknown } {
  try {
    return locate(words);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { error };
  }
}

function outlineFor(counter: Counter, { outline }: CommandRun): Promise<Outline> {
  return counter.outline(outline?.bans ?? 'none', outline?.jail);
}

async function notesFor(counter: Counter, { notes, outline }: CommandRun): Promise<string> {
  return notes ? notes(await counter.outline('unsettled', outline?.jail)) : '';
}

async function print(
  wanted: CommandRun,
  { entry, counter, value }: { entry: Pick<Entry, 'show'>; counter: Counter; value: Value },
): Promise<void> {
  const { words, onTerminal } = wanted;
  const { stdout } = process;
  const shown =
    stdout.isTTY && onTerminal ? onTerminal(await outlineFor(counter, wanted), stdout.columns) : undefined;
  if (shown !== undefined) {
    stdout.write(shown);
    return;
  }
  const text = renderReply(entry, words, value);
  const safe = stdout.isTTY ? text.split('\n').map(escapeTabbed).join('\n') : text;
  stdout.write(`${safe}\n`);
}

/** Layouts hold tabs of their own. */
function escapeTabbed(line: string): string {
  return line
    .split('\t')
    .map((part) => escapeControls(part))
    .join('\t');
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`WARNING: ${escapeControls(line)}\n`);
}

/** @throws {UsageError | SourceError} it is not for this command, or cannot be read */
async function blockList(counter: Counter, words: readonly string[], from: string): Promise<BlockList> {
  const [set, jail = '', name, ...more] = words;
  if (set !== 'set' || name !== 'banip' || more.length > 0) {
    throw new UsageError('usage', '--from FILE belongs to f2b set JAIL banip, and stands for its addresses', {
      exitCode: EXIT.unreadable,
    });
  }
  const ignore = await counter.ignoreRules(jail);
  return readBlockList(await readList(from), { ignore, own: systemHost.addresses() });
}

async function readList(from: string): Promise<string> {
  if (from === '-') return readAll(process.stdin);
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SourceError('list-unreadable', `the block list ${from} cannot be read: ${code ?? message}`, {
      cause: error,
    });
  }
}

function withIds(located: Located, { ids }: BlockList): Located {
  return { ...located, args: ids.map(({ id }) => id) };
}

/** So many refused lines are shown. */
const SHOWN_REFUSALS = 20;

function refusedText(list: BlockList | undefined, from: string | undefined): string {
  if (!list || list.refused.length === 0) return '';
  const name = from === '-' ? 'standard input' : from;
  const shown = list.refused
    .slice(0, SHOWN_REFUSALS)
    .map(({ line, text, reason }) => `WARNING: ${name}:${line}: ${escapeControls(text)}: ${reason}\n`);
  const more = list.refused.length - shown.length;
  return shown.join('') + (more > 0 ? `WARNING: ${name}: ${more} more lines refused\n` : '');
}
