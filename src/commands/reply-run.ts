/**
 * Runs one command of the vocabulary: words → desk → answer → view. Loaded only when there is something to run.
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
  type Desk,
  type Entry,
  type Located,
  locate,
  run,
  type StandingBan,
  unsettledBans,
  type Value,
} from '../core/control/index.js';
import { EXIT, SourceError, UsageError } from '../core/errors.js';
import { systemHost } from '../core/filter/ignore-self.js';
import { renderBanNotes } from '../view/ban-notes.js';
import { escapeControls } from '../view/escape.js';
import { renderReply } from '../view/reply.js';
import { replyAsJson } from '../view/reply-json.js';
import { openDesk } from './desk.js';
import type { OwnOptions } from './words.js';

export interface CommandRun {
  readonly words: readonly string[];
  readonly options: OwnOptions;
  readonly json: boolean;
  /** Folder of the package. */
  readonly root: string;
  /** Instead of fail2ban's text on a terminal. */
  readonly onTerminal?: ((desk: Desk, columns: number) => string | undefined) | undefined;
  /** What else is worth knowing, for standard error. */
  readonly notes?: ((desk: Desk) => string) | undefined;
  /** The result for programs; default the answer as it is. */
  readonly asJson?: ((desk: Desk) => unknown) | undefined;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function runCommand(wanted: CommandRun): Promise<unknown> {
  const { words, options, json, root, asJson, notes } = wanted;
  const located = locate(words);
  const command = `f2b ${words.slice(0, 3).join(' ')}`;
  const { config, waitSec, from } = options;
  const { writes } = located.entry;
  const opened = await openDesk({ config, root, waitSec, writes, command });
  try {
    const { desk } = opened;
    if (!json) warn(opened.notices);
    const list = from === undefined ? undefined : await blockList(desk, words, from);
    const before = new Set(
      (writes ? [...desk.jails.values()] : []).flatMap((jail) => unsettledBans(desk, jail)).map(keyOf),
    );
    const { value, settled } = await carryOut(desk, list ? withIds(located, list) : located);
    const unsettled = settled.flatMap((jail) => unsettledBans(desk, jail));
    const asked = new Set(located.args.map((word) => banIdOf(word).id));
    // What failed before and has nothing to do with this command is told, but is no failure of it.
    if (unsettled.some((each) => asked.has(each.ban.id) || !before.has(keyOf(each))))
      process.exitCode = EXIT.mistakes;
    if (json) return asJson?.(desk) ?? replyAsJson({ words, value, unsettled, refused: list?.refused });
    print(wanted, { entry: located.entry, desk, value });
    process.stderr.write(refusedText(list, from) + renderBanNotes(unsettled) + (notes?.(desk) ?? ''));
    return undefined;
  } finally {
    opened.close();
  }
}

function keyOf({ ban, standing }: StandingBan): string {
  return `${ban.jail}\n${ban.id}\n${standing}`;
}

/** What was changed before a command fails is carried out all the same. */
async function carryOut(desk: Desk, located: Located) {
  let outcome: { value: Value } | { error: unknown };
  try {
    outcome = { value: await run(desk, located) };
  } catch (error) {
    outcome = { error };
  }
  const settled = await desk.settle({ alone: true });
  if ('value' in outcome) return { value: outcome.value, settled };
  process.stderr.write(renderBanNotes(settled.flatMap((jail) => unsettledBans(desk, jail))));
  throw outcome.error;
}

function print(
  { words, onTerminal }: CommandRun,
  { entry, desk, value }: { entry: Entry; desk: Desk; value: Value },
): void {
  const shown = process.stdout.isTTY ? onTerminal?.(desk, process.stdout.columns) : undefined;
  if (shown !== undefined) {
    process.stdout.write(shown);
    return;
  }
  const text = renderReply(entry, words, value);
  const safe = process.stdout.isTTY ? text.split('\n').map(escapeTabbed).join('\n') : text;
  process.stdout.write(`${safe}\n`);
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
async function blockList(desk: Desk, words: readonly string[], from: string): Promise<BlockList> {
  const [set, jail = '', name, ...more] = words;
  if (set !== 'set' || name !== 'banip' || more.length > 0) {
    throw new UsageError('usage', '--from FILE belongs to f2b set JAIL banip, and stands for its addresses', {
      exitCode: EXIT.unreadable,
    });
  }
  const { ignore } = desk.jail(jail);
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
