/**
 * Runs `f2b status`, `f2b stats` and `f2b banned`: the answer in fail2ban's words, as tables, or as JSON; and, whatever
 * the form, which bans are not in force. Loaded only when there is something to run.
 */
import type { Outline } from '../core/control/index.js';
import { renderBanNotes } from '../view/ban-notes.js';
import { escapeControls } from '../view/escape.js';
import { bannedAsJson, statsAsJson, statusAsJson } from '../view/status-json.js';
import { evictedText, renderBanned, renderJailStatus, renderOverview } from '../view/status-table.js';
import { runCommand } from './reply-run.js';
import { colorLevel } from './settings.js';
import type { OwnOptions } from './words.js';

export interface LookRequest {
  /** What follows the command's name. */
  readonly words: readonly string[];
  readonly options: OwnOptions;
  readonly json: boolean;
  readonly root: string;
}

const FLAVORS = ['basic', 'short', 'cymru', 'stats'];

export async function showStatus(request: LookRequest): Promise<unknown> {
  const [first, flavor = 'basic', ...more] = orderAll(request.words);
  const jail = first === '--all' ? undefined : first;
  const short = flavor === 'short';
  const bans = first !== undefined && !short;
  return runCommand({
    ...request,
    words: ['status', ...orderAll(request.words)],
    outline: { bans: bans ? 'all' : 'none', jail },
    asJson: (outline) => statusAsJson(outline, { bans }),
    onTerminal: (outline, columns) => {
      if (more.length > 0 || flavor === 'cymru' || flavor === 'stats') return undefined;
      const view = { colors: colorLevel(process.stdout, process.env), columns };
      if (first === undefined) return renderOverview(outline, view);
      const { nowSec, jails } = outline;
      return jails.map((each) => renderJailStatus(each, { ...view, short, nowSec })).join('\n');
    },
    notes: (outline) => {
      const unknown = FLAVORS.includes(flavor)
        ? ''
        : `WARNING: there is no flavor ${flavor}, this is basic. Flavors are basic, short and cymru\n`;
      return unknown + notesOn(outline);
    },
  });
}

/** `status short --all` means the same as `status --all short`. */
function orderAll(words: readonly string[]): string[] {
  return words.includes('--all') ? ['--all', ...words.filter((word) => word !== '--all')] : [...words];
}

export async function showStats({ words, ...request }: LookRequest): Promise<unknown> {
  return runCommand({ ...request, words: ['stats', ...words], asJson: statsAsJson, notes: notesOn });
}

export async function showBanned({ words, ...request }: LookRequest): Promise<unknown> {
  return runCommand({
    ...request,
    words: ['banned', ...words],
    outline: { bans: 'all', jail: undefined },
    asJson: (outline) => bannedAsJson(outline, words),
    onTerminal: (outline, columns) =>
      words.length > 0
        ? undefined
        : renderBanned(outline, { colors: colorLevel(process.stdout, process.env), columns }),
    notes: notesOn,
  });
}

/** On a terminal the tables say it; in a pipe fail2ban's text cannot. */
function notesOn({ jails, problems }: Outline): string {
  const all = [
    ...problems.map(({ of, message }) => `${of}: ${message}`),
    ...jails.flatMap((jail) => [
      ...jail.problems.map(({ of, message }) => `${jail.name}: ${of}: ${message}`),
      ...[evictedText(jail)].flatMap((text) => (text === undefined ? [] : `${jail.name}: ${text}`)),
    ]),
  ];
  const warnings = all.map((text) => `WARNING: ${escapeControls(text)}\n`).join('');
  return warnings + renderBanNotes(jails.flatMap(({ bans }) => bans));
}
