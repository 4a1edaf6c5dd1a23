/**
 * View: `f2b status` and `f2b banned` on a terminal: tables of jails and of bans, with what is wrong about them.
 *
 * An outline of the jails → text for a terminal of a given width. A ban that is not in force never looks like one
 * that is. Everything from logs is escaped; with colour level 0 the text is the same without it.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type { JailOutline, Outline, StandingBan } from '../core/control/index.js';
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
export function renderOverview(outline: Outline, { colors, columns }: TerminalView): string {
  const paint = new Chalk({ level: colors });
  const { jails } = outline;
  const rows = jails.map((jail) => overviewRow(jail, paint));
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
  const skipped = outline.skipped.map(
    ({ name, message }) => `${paint.red(`${name} does not run`)}  ${escapeControls(message)}\n`,
  );
  const off = outline.disabled.length;
  const disabled = off === 0 ? '' : paint.dim(`${off} more ${off === 1 ? 'is' : 'are'} not enabled\n`);
  const problems = [
    ...outline.problems,
    ...jails.flatMap((jail) =>
      jail.problems.map(({ of, message }) => ({ of: `${jail.name}: ${of}`, message })),
    ),
  ].map(({ of, message }) => `${paint.red(escapeControls(of))}  ${escapeControls(message)}\n`);
  return [table, ...problems, ...skipped, disabled].join('');
}

function overviewRow(jail: JailOutline, paint: ChalkInstance): (Cell | string)[] {
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
    { text: troubleText(jail), paint: paint.red },
  ];
}

function readsText(jail: JailOutline): string {
  if (jail.backend.startsWith('systemd')) return 'journal';
  return jail.logPaths.length === 0 ? 'nothing' : jail.logPaths.join(' ');
}

function troubleText({ idle, notApplied = 0, leaving = 0, problems }: JailOutline): string {
  return [
    idle ? 'idle' : '',
    notApplied > 0 ? `${notApplied} not applied` : '',
    leaving > 0 ? `${leaving} not taken back` : '',
    problems.length > 0 ? 'see below' : '',
  ]
    .filter((word) => word !== '')
    .join(', ');
}

export interface JailView extends TerminalView {
  /** Without the list of bans. */
  readonly short: boolean;
  /** Unix time. */
  readonly nowSec: number;
}

export function renderJailStatus(jail: JailOutline, view: JailView): string {
  const { colors, columns, short, nowSec } = view;
  const paint = new Chalk({ level: colors });
  const { failing, failedTotal, banned, bannedTotal } = jail.counts;
  const facts: [string, string][] = [
    ['reads', readsText(jail)],
    ['failing', `${failing} now, ${failedTotal} failures in all`],
    ['banned', `${banned} now, ${bannedTotal} in all`],
    ['actions', jail.actions.join(', ') || 'none: bans are only written down'],
  ];
  const evicted = evictedText(jail);
  if (evicted !== undefined) facts.push(['forgotten', evicted]);
  const changed = Object.entries(jail.changed).map(changeText);
  if (changed.length > 0)
    facts.push(['by hand', `${changed.join(', ')} (f2b reload ${jail.name} takes it back)`]);
  const trouble = troubleText({ ...jail, problems: [] });
  if (trouble !== '') facts.push(['trouble', trouble]);
  for (const { of, message } of jail.problems) facts.push(['trouble', `${of}: ${message}`]);
  const width = Math.max(...facts.map(([label]) => label.length));
  const head = facts.map(([label, text]) => {
    const shown = label === 'trouble' ? paint.red(escapeControls(text)) : escapeControls(text);
    return `${paint.cyan(label.padEnd(width))}  ${shown}\n`;
  });
  const bans = short ? '' : renderBans(jail.bans, { paint, columns, nowSec });
  return `${paint.bold(jail.name)}\n${head.join('')}${bans === '' ? '' : `\n${bans}`}`;
}

/** Undefined: all who are failing are remembered. */
export function evictedText({ counts }: JailOutline): string | undefined {
  const { evicted = 0 } = counts;
  if (evicted === 0) return undefined;
  return `${evicted} made room for others before their time: more were failing than maxfailing allows`;
}

/** `maxretry 7`, `ignoreip +192.0.2.1 -10.0.0.0/8`. */
function changeText([name, value]: [string, Json]): string {
  const label = name.replace(/^action\//, '').replace('/', ' ');
  if (typeof value !== 'object' || value === null) return value === true ? label : `${label} ${value}`;
  const { add = [], drop = [] } = value as Readonly<Record<string, readonly string[]>>;
  return [label, ...add.map((item) => `+${item}`), ...drop.map((item) => `-${item}`)].join(' ');
}

/** Everybody who is banned, jail by jail. */
export function renderBanned({ jails, nowSec }: Outline, { colors, columns }: TerminalView): string {
  const paint = new Chalk({ level: colors });
  const parts = jails.filter(({ bans }) => bans.length > 0);
  if (parts.length === 0) return 'Nobody is banned.\n';
  return parts
    .map(({ name, bans }) => `${paint.bold(name)}\n${renderBans(bans, { paint, columns, nowSec })}`)
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
      { text: ban.id, paint: isSound(standing) ? paint.bold : paint.red },
      ...(narrow ? [] : [{ text: localText(ban.timeSec) }]),
      { text: Number.isFinite(end) ? localText(end) : 'for ever' },
      { text: Number.isFinite(end) ? leftText(end, nowSec) : '', paint: paint.dim },
      {
        text: standing === 'unknown' ? '' : String(ban.banCount),
        paint: ban.banCount > 1 ? paint.yellow : paint.dim,
      },
      { text: whyText(each), paint: isSound(standing) ? paint.dim : paint.red },
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

/** Nothing is known to be wrong with it. */
function isSound(standing: StandingBan['standing']): boolean {
  return standing === 'applied' || standing === 'unknown';
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
  if (standing === 'unknown') return '';
  if (ban.origin === 'manual') return 'by hand';
  if (ban.origin === 'import') return 'taken over from fail2ban';
  return `${ban.failures} ${ban.failures === 1 ? 'failure' : 'failures'}`;
}
