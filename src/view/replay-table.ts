/**
 * View: a replay on a terminal: whom the jail would have banned, address by address, who of them is likely no attacker,
 * and who got away; of two settings, what they come to and where they differ.
 *
 * ReplayReport → text for a terminal of a given width. Everything from logs is escaped; with colour level 0 the text is
 * the same without it.
 */
import { basename } from 'node:path';
import { Chalk, type ChalkInstance } from 'chalk';
import { type CourseReport, neverBanned, type ReplayReport } from '../core/scan/replay.js';
import type { AddressRecord } from '../core/scan/replay-addresses.js';
import type { Difference } from '../core/scan/replay-compare.js';
import type { ReplayBan } from '../core/scan/replay-course.js';
import { localText } from '../core/time/local-text.js';
import { escapeControls } from './escape.js';
import { spanText } from './moment.js';
import { type Cell, type Column, plainTable } from './plain-table.js';
import { sumsText } from './replay-text.js';
import {
  changesText,
  count,
  emptyText,
  hoursText,
  loginsText,
  periodText,
  settingsText,
} from './replay-words.js';
import type { TerminalView } from './status-table.js';

/** So many rows of a table are shown. */
const SHOWN = 40;
/** And so many of those who got away. */
const SHOWN_FAILING = 10;
/** From this width on there is room for what is not needed. */
const ROOMY = 90;

export function renderReplayTable(report: ReplayReport, view: TerminalView): string {
  return new Page(report, view).text();
}

class Page {
  readonly #paint: ChalkInstance;

  constructor(
    private readonly report: ReplayReport,
    private readonly view: TerminalView,
  ) {
    this.#paint = new Chalk({ level: view.colors });
  }

  text(): string {
    const { report } = this;
    const empty = emptyText(report);
    const parts =
      report.b === undefined
        ? [this.#banned(), this.#alarms(), this.#failing(), this.#sums(report.a)]
        : [this.#sides(report.b), this.#differences(), this.#alarms(), this.#failing()];
    const body = empty === undefined ? parts : [`${empty}\n`];
    return [this.#head(), ...body].filter((part) => part !== '').join('\n');
  }

  #head(): string {
    const { bold, dim } = this.#paint;
    const { jail, lines, failures, addresses, files, ignored } = this.report;
    const names = files.map(({ path }) => escapeControls(basename(path)));
    const logs =
      names.length > 3 ? `${names[0]} … ${names.at(-1)} (${names.length} files)` : names.join(', ');
    const who = ignored.size > 0 ? `, ${count(ignored.size, 'address', 'addresses')} ignored` : '';
    return [
      `${bold(escapeControls(jail))}  ${settingsText(this.report)}\n`,
      dim(`${logs}: ${count(lines, 'line')}, ${periodText(this.report)}\n`),
      dim(`${count(failures, 'failure')} of ${count(addresses.size, 'address', 'addresses')}${who}\n`),
    ].join('');
  }

  /** One row an address. */
  #banned(): string {
    const { bold, dim } = this.#paint;
    const bans = grouped(this.report.a.course.bans);
    const rows = [...bans].map(([id, all]): Cell[] => {
      const record = this.report.addresses.get(id);
      const last = all.at(-1)!;
      return [
        { text: id, paint: record?.logins ? this.#paint.yellow : bold },
        { text: String(all.length), paint: all.length > 1 ? String : dim },
        { text: localText(all[0]!.timeSec) },
        { text: endText(last, all[0]!) },
        { text: String(record?.failures ?? last.failures) },
        { text: record ? loginCount(record) : '', paint: this.#paint.yellow },
        { text: regexText(all[0]!), paint: dim },
      ];
    });
    return this.#table(rows, [
      { title: 'would be banned' },
      { title: 'times', align: 'right' },
      { title: 'first' },
      { title: 'last until', align: 'right' },
      { title: 'failures', align: 'right' },
      { title: 'logins', align: 'right' },
      { title: 'by', gives: true },
    ]);
  }

  /** Those who also got in. */
  #alarms(): string {
    const { a, b, addresses } = this.report;
    const banned = new Set([...a.course.bans, ...(b?.course.bans ?? [])].map(({ id }) => id));
    const lines = [...banned].flatMap((id) => {
      const record = addresses.get(id);
      const lost = Math.max(...[a, b].map((side) => side?.course.lockedOut.get(id) ?? 0));
      const text = record && loginsText(record, { lost, isBanned: true });
      return text === undefined ? [] : [`${this.#paint.yellow(`! ${escapeControls(id)}`)} ${text}\n`];
    });
    return cut(lines, SHOWN, (more) =>
      this.#paint.dim(`  ${count(more, 'more address', 'more addresses')} of this kind\n`),
    );
  }

  #failing(): string {
    const { dim } = this.#paint;
    const failing = neverBanned(this.report);
    if (failing.length === 0) return '';
    const rows = failing
      .slice(0, SHOWN_FAILING)
      .map((record): Cell[] => [
        { text: record.id },
        { text: String(record.failures) },
        { text: localText(record.firstSec) },
        { text: record.failures > 1 ? localText(record.lastSec) : '' },
        { text: loginCount(record), paint: this.#paint.yellow },
      ]);
    const table = this.#table(rows, [
      { title: 'failing, never banned' },
      { title: 'failures', align: 'right' },
      { title: 'first' },
      { title: 'last' },
      { title: 'logins', align: 'right' },
    ]);
    const more = failing.length - rows.length;
    return more > 0
      ? `${table}${dim(`${count(more, 'address', 'addresses')} more, with fewer failures\n`)}`
      : table;
  }

  #sums(side: CourseReport): string {
    return `${this.#paint.bold(sumsText(side))}\n`;
  }

  // ── two settings ──

  #sides(b: CourseReport): string {
    const { a } = this.report;
    const { bold, dim, green, red } = this.#paint;
    const row = (
      label: string,
      of: (side: CourseReport) => number,
      show = (value: number) => value.toLocaleString('en'),
    ): Cell[] => {
      const [one, other] = [of(a), of(b)];
      const paint = one === other ? dim : bold;
      const change = other - one;
      const sign = change > 0 ? '+' : '-';
      const text = change === 0 ? '' : `${sign}${show(Math.abs(change))}`;
      return [
        { text: label },
        { text: show(one), paint },
        { text: show(other), paint },
        { text, paint: change > 0 ? red : green },
      ];
    };
    const rows = [
      row('addresses banned', (side) => side.addresses),
      row('bans', (side) => side.bans),
      row('time banned', (side) => side.bannedSec, hoursText),
      ...(a.permanent + b.permanent > 0 ? [row('bans without an end', (side) => side.permanent)] : []),
      ...(a.alsoLoggedIn + b.alsoLoggedIn > 0
        ? [
            row('banned, but also logged in', (side) => side.alsoLoggedIn),
            row('logins kept out', (side) => side.loginsLost),
          ]
        : []),
    ];
    const table = this.#table(rows, [
      { title: '' },
      { title: 'A', align: 'right' },
      { title: 'B', align: 'right' },
      { title: '', align: 'right' },
    ]);
    return `A: as it is   B: ${changesText(this.report)}\n${table}`;
  }

  #differences(): string {
    const { comparison } = this.report;
    if (!comparison) return '';
    const { onlyA, onlyB, otherwise, alike } = comparison;
    const parts = [
      this.#onlyOne('only A bans', onlyA, ({ a }) => a),
      this.#onlyOne('only B bans', onlyB, ({ b }) => b),
      this.#otherwise(otherwise),
      this.#paint.dim(`${count(alike, 'address is', 'addresses are')} banned alike\n`),
    ];
    return parts.filter((part) => part !== '').join('\n');
  }

  #onlyOne(
    title: string,
    differences: readonly Difference[],
    of: (each: Difference) => readonly ReplayBan[],
  ): string {
    const rows = differences.map((each): Cell[] => {
      const bans = of(each);
      const record = this.report.addresses.get(each.id);
      return [
        { text: each.id, paint: record?.logins ? this.#paint.yellow : this.#paint.bold },
        { text: String(bans.length) },
        { text: localText(bans[0]!.timeSec) },
        { text: endText(bans.at(-1)!, bans[0]!) },
        { text: String(record?.failures ?? '') },
        { text: record ? loginCount(record) : '', paint: this.#paint.yellow },
      ];
    });
    return this.#table(rows, [
      { title },
      { title: 'times', align: 'right' },
      { title: 'first' },
      { title: 'last until', align: 'right' },
      { title: 'failures', align: 'right' },
      { title: 'logins', align: 'right' },
    ]);
  }

  #otherwise(differences: readonly Difference[]): string {
    const rows = differences.map(({ id, a, b }): Cell[] => [
      { text: id, paint: this.report.addresses.get(id)?.logins ? this.#paint.yellow : this.#paint.bold },
      { text: `${a.length} for ${lengthText(a)}` },
      { text: localText(a[0]!.timeSec) },
      { text: `${b.length} for ${lengthText(b)}` },
      { text: shiftText(b[0]!.timeSec - a[0]!.timeSec) },
    ]);
    return this.#table(rows, [
      { title: 'both, not alike' },
      { title: 'A', align: 'right' },
      { title: 'first' },
      { title: 'B', align: 'right' },
      { title: 'first' },
    ]);
  }

  /** Without columns that say nothing in any row; what gives way is left out where there is no room at all. */
  #table(rows: readonly Cell[][], all: readonly Column[]): string {
    if (rows.length === 0) return '';
    const { columns: width } = this.view;
    const shown = rows.slice(0, SHOWN);
    const isKept = all.map(
      ({ gives }, i) => (!gives || width >= ROOMY) && shown.some((row) => row[i]?.text !== ''),
    );
    const table = plainTable(
      shown.map((row) => row.filter((_, i) => isKept[i])),
      { columns: all.filter((_, i) => isKept[i]), width, paint: this.#paint },
    );
    const more = rows.length - SHOWN;
    return more > 0
      ? `${table}${this.#paint.dim(`${more.toLocaleString('en')} more: f2b replay … | less\n`)}`
      : table;
  }
}

function grouped(bans: readonly ReplayBan[]): ReadonlyMap<string, readonly ReplayBan[]> {
  const groups = new Map<string, ReplayBan[]>();
  for (const ban of bans) {
    const group = groups.get(ban.id);
    if (group) group.push(ban);
    else groups.set(ban.id, [ban]);
  }
  return groups;
}

/** The day is only told where it is not that of the first ban. */
function endText({ untilSec }: ReplayBan, { timeSec }: ReplayBan): string {
  if (!Number.isFinite(untilSec)) return 'for ever';
  const [end, first] = [localText(untilSec), localText(timeSec)];
  return end.slice(0, 10) === first.slice(0, 10) ? end.slice(11) : end;
}

/** `sshd.conf:31` */
function regexText({ matches }: ReplayBan): string {
  const { regex } = matches.at(-1) ?? {};
  return regex === undefined ? '' : basename(regex);
}

function loginCount({ logins }: AddressRecord): string {
  return logins ? String(logins.count) : '';
}

function lengthText(bans: readonly ReplayBan[]): string {
  const seconds = bans.reduce((sum, { timeSec, untilSec }) => sum + untilSec - timeSec, 0);
  return Number.isFinite(seconds) ? spanText(seconds) : 'ever';
}

function shiftText(seconds: number): string {
  if (Math.abs(seconds) < 1) return 'at the same time';
  return `${spanText(seconds)} ${seconds < 0 ? 'earlier' : 'later'}`;
}

function cut(lines: readonly string[], limit: number, rest: (more: number) => string): string {
  const more = lines.length - limit;
  return [...lines.slice(0, limit), ...(more > 0 ? [rest(more)] : [])].join('');
}
