/**
 * Runs `f2b status`, `f2b stats` and `f2b banned`: the answer in fail2ban's words, as tables, or as JSON; and, whatever
 * the form, which bans are not in force. Loaded only when there is something to run.
 */
import { type Desk, unsettledBans } from '../core/control/index.js';
import type { JailFace } from '../core/jail/face.js';
import { renderBanNotes } from '../view/ban-notes.js';
import { bannedAsJson, statsAsJson, statusAsJson } from '../view/status-json.js';
import { renderBanned, renderJailStatus, renderOverview } from '../view/status-table.js';
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
  return runCommand({
    ...request,
    words: ['status', ...orderAll(request.words)],
    asJson: (desk) => statusAsJson(desk, { jail, bans: first !== undefined && !short }),
    onTerminal: (desk, columns) => {
      if (more.length > 0 || flavor === 'cymru' || flavor === 'stats') return undefined;
      const view = { colors: colorLevel(process.stdout, process.env), columns };
      if (first === undefined) return renderOverview(desk, view);
      const jails = jail === undefined ? [...desk.jails.values()] : [desk.jail(jail)];
      return jails.map((face) => renderJailStatus(desk, face, { ...view, short })).join('\n');
    },
    notes: (desk) => {
      const unknown = FLAVORS.includes(flavor)
        ? ''
        : `WARNING: there is no flavor ${flavor}, this is basic. Flavors are basic, short and cymru\n`;
      return unknown + notesOn(desk, jail === undefined ? desk.jails.values() : [desk.jail(jail)]);
    },
  });
}

/** `status short --all` means the same as `status --all short`. */
function orderAll(words: readonly string[]): string[] {
  return words.includes('--all') ? ['--all', ...words.filter((word) => word !== '--all')] : [...words];
}

export async function showStats({ words, ...request }: LookRequest): Promise<unknown> {
  return runCommand({
    ...request,
    words: ['stats', ...words],
    asJson: statsAsJson,
    notes: (desk) => notesOn(desk, desk.jails.values()),
  });
}

export async function showBanned({ words, ...request }: LookRequest): Promise<unknown> {
  return runCommand({
    ...request,
    words: ['banned', ...words],
    asJson: (desk) => bannedAsJson(desk, words),
    onTerminal: (desk, columns) =>
      words.length > 0
        ? undefined
        : renderBanned(desk, { colors: colorLevel(process.stdout, process.env), columns }),
    notes: (desk) => notesOn(desk, desk.jails.values()),
  });
}

/** On a terminal the tables say it; in a pipe fail2ban's text cannot. */
function notesOn(desk: Desk, jails: Iterable<JailFace>): string {
  if (process.stdout.isTTY) return '';
  return renderBanNotes([...jails].flatMap((jail) => unsettledBans(desk, jail)));
}
