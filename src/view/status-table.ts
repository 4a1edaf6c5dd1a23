/**
 * View: `f2b status` and `f2b banned` on a terminal: tables of jails and of bans, with what is wrong about them.
 *
 * Numbers and bans of the desk → text for a terminal of a given width. A ban that is not in force never looks like one
 * that is. Everything from logs is escaped; with colour level 0 the text is the same without it.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import { type Desk, type StandingBan, standingBans } from '../core/control/index.js';
import type { JailFace } from '../core/jail/face.js';
import { endOf, type Json } from '../core/records.js';
import { localText } from '../core/time/local-text.js';
import { troublesText } from './ban-notes.js';
import { escapeControls } from './escape.js';
import { distanceText } from './moment.js';
import { type Cell, plainTable } from './plain-table.js';

export interface TerminalView {
  readonly colors: ColorSupportLevel;
  readonly columns: number;
}

/** So many bans of a jail are shown; the latest. */
const SHOWN_BANS = 50;
/** Below this there is no room for when a ban began. */
const NARROW = 90;

/** All jails, one a row; what is off or broken below. */
export function renderOverview(desk: Desk, { colors, columns }: TerminalView): string {
  const paint = new Chalk({ level: colors });
  const jails = [...desk.jails.values()];
  const rows = jails.map((jail) => overviewRow(desk, jail, paint));
  const table =
    jails.length === 0
      ? 'No jail is enabled.\n'
      : plainTable(rows, {
          paint,
          width: columns,
          columns: [
            { title: 'jail' },
            { title: 'reads', gives: true },
            { title: 'failing', align: 'right' },
            { title: 'failed', align: 'right' },
            { title: 'banned', align: 'right' },
            { title: 'ever', align: 'right' },
            { title: '' },
          ],
        });
  const skipped = desk.skipped.map(
    ({ name, message }) => `${paint.red(`${name} does not run`)}  ${escapeControls(message)}\n`,
  );
  const off = desk.disabled.length;
  const disabled = off === 0 ? '' : paint.dim(`${off} more ${off === 1 ? 'is' : 'are'} not enabled\n`);
  return [table, ...skipped, disabled].join('');
}

function overviewRow(desk: Desk, jail: JailFace, paint: ChalkInstance): (Cell | string)[] {
  const { failing, failedTotal, banned, bannedTotal } = jail.counts;
  const number = (value: number): Cell => ({
    text: String(value),
    paint: value === 0 ? paint.dim : paint.bold,
  });
  return [
    { text: jail.name, paint: paint.bold },
    readsText(jail),
    number(failing),
    number(failedTotal),
    number(banned),
    number(bannedTotal),
    { text: troubleText(desk, jail), paint: paint.red },
  ];
}

function readsText(jail: JailFace): string {
  if (jail.backend.startsWith('systemd')) return 'journal';
  return jail.logPaths.length === 0 ? 'nothing' : jail.logPaths.join(' ');
}

function troubleText(desk: Desk, jail: JailFace): string {
  const all = standingBans(desk, jail);
  const count = (...wanted: string[]) => all.filter(({ standing }) => wanted.includes(standing)).length;
  const failed = count('failed', 'pending');
  const leaving = count('leaving');
  return [
    jail.idle ? 'idle' : '',
    failed > 0 ? `${failed} not applied` : '',
    leaving > 0 ? `${leaving} not taken back` : '',
  ]
    .filter((word) => word !== '')
    .join(', ');
}

export interface JailView extends TerminalView {
  /** Without the list of bans. */
  readonly short: boolean;
}

export function renderJailStatus(desk: Desk, jail: JailFace, { colors, columns, short }: JailView): string {
  const paint = new Chalk({ level: colors });
  const { failing, failedTotal, banned, bannedTotal } = jail.counts;
  const trouble = troubleText(desk, jail);
  const plan = desk.planOf(jail);
  const facts: [string, string][] = [
    ['reads', readsText(jail)],
    ['failing', `${failing} now, ${failedTotal} failures in all`],
    ['banned', `${banned} now, ${bannedTotal} in all`],
    ['actions', plan.actions.map(({ name }) => name).join(', ') || 'none: bans are only written down'],
  ];
  const changed = Object.entries(desk.store.overrides(jail.name)).map(changeText);
  if (changed.length > 0)
    facts.push(['by hand', `${changed.join(', ')} (f2b reload ${jail.name} takes it back)`]);
  if (trouble !== '') facts.push(['trouble', trouble]);
  const width = Math.max(...facts.map(([label]) => label.length));
  const head = facts.map(([label, text]) => {
    const shown = label === 'trouble' ? paint.red(escapeControls(text)) : escapeControls(text);
    return `${paint.cyan(label.padEnd(width))}  ${shown}\n`;
  });
  const bans = short
    ? ''
    : renderBans(standingBans(desk, jail), { paint, columns, nowSec: desk.clock.nowSec() });
  return `${paint.bold(jail.name)}\n${head.join('')}${bans === '' ? '' : `\n${bans}`}`;
}

/** `maxretry 7`, `ignoreip +192.0.2.1 -10.0.0.0/8`. */
function changeText([name, value]: [string, Json]): string {
  const label = name.replace(/^action\//, '').replace('/', ' ');
  if (typeof value !== 'object' || value === null) return value === true ? label : `${label} ${value}`;
  const { add = [], drop = [] } = value as Readonly<Record<string, readonly string[]>>;
  return [label, ...add.map((item) => `+${item}`), ...drop.map((item) => `-${item}`)].join(' ');
}

/** Everybody who is banned, jail by jail. */
export function renderBanned(desk: Desk, { colors, columns }: TerminalView): string {
  const paint = new Chalk({ level: colors });
  const jails = [...desk.jails.values()].map((jail) => [jail, standingBans(desk, jail)] as const);
  const parts = jails.filter(([, bans]) => bans.length > 0);
  if (parts.length === 0) return 'Nobody is banned.\n';
  const nowSec = desk.clock.nowSec();
  return parts
    .map(([jail, bans]) => `${paint.bold(jail.name)}\n${renderBans(bans, { paint, columns, nowSec })}`)
    .join('\n');
}

interface BansView {
  readonly paint: ChalkInstance;
  readonly columns: number;
  readonly nowSec: number;
}

function renderBans(bans: readonly StandingBan[], { paint, columns, nowSec }: BansView): string {
  if (bans.length === 0) return '';
  const shown = bans.slice(-SHOWN_BANS);
  const narrow = columns < NARROW;
  const rows = shown.map((each): Cell[] => {
    const { ban, standing } = each;
    const end = endOf(ban);
    return [
      { text: ban.id, paint: standing === 'applied' ? paint.bold : paint.red },
      ...(narrow ? [] : [{ text: localText(ban.timeSec) }]),
      { text: Number.isFinite(end) ? localText(end) : 'for ever' },
      { text: Number.isFinite(end) ? leftText(end, nowSec) : '', paint: paint.dim },
      { text: String(ban.banCount), paint: ban.banCount > 1 ? paint.yellow : paint.dim },
      { text: whyText(each), paint: standing === 'applied' ? paint.dim : paint.red },
    ];
  });
  const table = plainTable(rows, {
    paint,
    width: columns,
    columns: [
      { title: 'banned' },
      ...(narrow ? [] : [{ title: 'since' }]),
      { title: 'until' },
      { title: '' },
      { title: 'times', align: 'right' },
      { title: '', gives: true },
    ],
  });
  const hidden = bans.length - shown.length;
  const [first] = bans;
  const more =
    hidden > 0 && first
      ? paint.dim(`${hidden.toLocaleString('en')} earlier: f2b get ${first.ban.jail} banip --with-time\n`)
      : '';
  return `${table}${more}`;
}

function leftText(endSec: number, nowSec: number): string {
  return endSec < nowSec ? 'over' : distanceText(endSec, nowSec);
}

function whyText(each: StandingBan): string {
  const { ban, standing } = each;
  const troubles = troublesText(each);
  if (standing === 'failed') return `not applied: ${troubles}`;
  if (standing === 'pending') return 'not applied yet';
  if (standing === 'leaving') return `not taken back yet${troubles === '' ? '' : `: ${troubles}`}`;
  if (ban.origin === 'manual') return 'by hand';
  if (ban.origin === 'import') return 'taken over from fail2ban';
  return `${ban.failures} ${ban.failures === 1 ? 'failure' : 'failures'}`;
}
