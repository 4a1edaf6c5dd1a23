/**
 * View: a replay as lines in order of time: bans with the log lines they rest on, then logins, who failed and was not
 * banned, and a summary. What a pipe gets, and a terminal with `--lines`.
 *
 * Every line but those of the log (indented, behind the place of their regex) begins with a time or the jail's name, so
 * that grep and awk can tell them apart. Everything from logs is escaped.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import { type CourseReport, neverBanned, type ReplayReport } from '../core/scan/replay.js';
import type { ReplayBan } from '../core/scan/replay-course.js';
import { localText } from '../core/time/local-text.js';
import { escapeControls } from './escape.js';
import {
  changesText,
  count,
  emptyText,
  hoursText,
  loginsText,
  periodText,
  settingsText,
  untilText,
} from './replay-words.js';

export interface ReplayTextOptions {
  readonly colors: ColorSupportLevel;
  /** With the log lines of each ban. */
  readonly lines: boolean;
}

/** Piece by piece: a long log may give a lot of it. */
export function* renderReplay(report: ReplayReport, options: ReplayTextOptions): Iterable<string> {
  const page = new Page(report, options);
  yield* page.bans();
  yield* page.logins();
  yield* page.failing();
  yield* page.summary();
}

type Side = 'A' | 'B' | 'A and B';

interface SidedBan {
  readonly side: Side;
  readonly ban: ReplayBan;
}

class Page {
  readonly #paint: ChalkInstance;
  readonly #jail: string;
  /** Ids that only the one bans. */
  readonly #only: Readonly<Record<'A' | 'B', ReadonlySet<string>>>;

  constructor(
    private readonly report: ReplayReport,
    private readonly options: ReplayTextOptions,
  ) {
    this.#paint = new Chalk({ level: options.colors });
    const { onlyA = [], onlyB = [] } = report.comparison ?? {};
    this.#only = { A: new Set(onlyA.map(({ id }) => id)), B: new Set(onlyB.map(({ id }) => id)) };
    this.#jail = this.#paint.bold(`${escapeControls(report.jail)}:`);
  }

  *bans(): Iterable<string> {
    for (const { side, ban } of sidedBans(this.report)) {
      yield this.#banLine(ban, side);
      if (this.options.lines) for (const match of ban.matches) yield this.#matchLine(match);
    }
  }

  #banLine(ban: ReplayBan, side: Side | undefined): string {
    const { red, yellow, dim } = this.#paint;
    const id = escapeControls(ban.id);
    const notes = [
      count(ban.failures, 'failure'),
      ban.nth > 1 ? `ban no. ${ban.nth}` : '',
      ban.prolonged > 0 ? `prolonged ${count(ban.prolonged, 'time')}` : '',
    ].filter((note) => note !== '');
    const bans = side === 'A and B' ? 'ban' : 'bans';
    const what = side === undefined ? `${red('banned')} ${id}` : `${yellow(side)} ${bans} ${id}`;
    const place = `${escapeControls(ban.place.path)}:${ban.place.line}`;
    const never = this.#never(ban.id, side);
    return `${localText(ban.timeSec)} ${this.#jail} ${what} ${untilText(ban)} ${dim(`(${notes.join(', ')})`)}${never} ${dim(place)}\n`;
  }

  /** `, B never`: the other side does not ban it at all. */
  #never(id: string, side: Side | undefined): string {
    if (side === 'A' && this.#only.A.has(id)) return ', B never';
    if (side === 'B' && this.#only.B.has(id)) return ', A never';
    return '';
  }

  #matchLine({ text, regex }: ReplayBan['matches'][number]): string {
    return `    ${this.#paint.dim(`${escapeControls(regex ?? '?')}:`)} ${escapeControls(text)}\n`;
  }

  *logins(): Iterable<string> {
    const { addresses, a, b } = this.report;
    const banned = new Set([...a.course.bans, ...(b?.course.bans ?? [])].map(({ id }) => id));
    for (const record of addresses.list()) {
      const lost = Math.max(...[a, b].map((side) => side?.course.lockedOut.get(record.id) ?? 0));
      const text = loginsText(record, { lost, isBanned: banned.has(record.id) });
      if (text !== undefined)
        yield `${this.#jail} ${this.#paint.yellow(escapeControls(record.id))} ${text}\n`;
    }
  }

  *failing(): Iterable<string> {
    for (const { id, failures, firstSec, lastSec } of neverBanned(this.report)) {
      const when = failures === 1 ? localText(firstSec) : `${localText(firstSec)} to ${localText(lastSec)}`;
      yield `${this.#jail} not banned: ${escapeControls(id)} ${count(failures, 'failure')}, ${when}\n`;
    }
  }

  *summary(): Iterable<string> {
    const { report } = this;
    const { lines, failures, addresses, ignored, a, b, comparison } = report;
    const empty = emptyText(report);
    if (empty !== undefined) {
      yield `${this.#jail} ${empty}\n`;
      if (ignored.size === 0) return;
    }
    const ignoredCount = [...ignored.values()].reduce((sum, each) => sum + each, 0);
    const parts = [
      count(lines, 'line'),
      periodText(report),
      `${count(failures, 'failure')} of ${count(addresses.size, 'address', 'addresses')}`,
      ...(ignored.size > 0 ? [`${count(ignoredCount, 'failure')} of ${ignored.size} ignored`] : []),
    ];
    yield `${this.#jail} ${parts.join(', ')}\n`;
    if (!b || !comparison) {
      yield `${this.#jail} ${sumsText(a)}\n`;
      return;
    }
    yield `${this.#jail} A (${settingsText(report)}): ${sumsText(a)}\n`;
    yield `${this.#jail} B (${changesText(report)}): ${sumsText(b)}\n`;
    const { onlyA, onlyB, otherwise, alike } = comparison;
    yield `${this.#jail} addresses only A bans: ${onlyA.length}, only B: ${onlyB.length}, both at other times or for longer: ${otherwise.length}, both alike: ${alike}\n`;
  }
}

export function sumsText({
  bans,
  addresses,
  bannedSec,
  permanent,
  alsoLoggedIn,
  loginsLost,
}: CourseReport): string {
  if (bans === 0) return 'nobody is banned';
  return [
    `${count(bans, 'ban')} of ${count(addresses, 'address', 'addresses')}`,
    `banned for ${hoursText(bannedSec)} in all${permanent > 0 ? ` (${permanent} for ever, counted to the end of the log)` : ''}`,
    ...(alsoLoggedIn > 0 ? [`${alsoLoggedIn} of them also logged in`] : []),
    ...(loginsLost > 0 ? [`${count(loginsLost, 'login')} would have been kept out`] : []),
  ].join(', ');
}

/** Bans of both sides in order of time; what both have alike is there once. */
function* sidedBans({ a, b }: ReplayReport): Iterable<{ side: Side | undefined; ban: ReplayBan }> {
  const inTime = (one: SidedBan, other: SidedBan) => one.ban.timeSec - other.ban.timeSec;
  if (!b) {
    for (const ban of [...a.course.bans].sort((one, other) => one.timeSec - other.timeSec))
      yield { side: undefined, ban };
    return;
  }
  const keyOf = ({ id, timeSec, untilSec }: ReplayBan) => `${id} ${timeSec} ${untilSec}`;
  const inA = new Set(a.course.bans.map(keyOf));
  const inB = new Set(b.course.bans.map(keyOf));
  const bans: SidedBan[] = [
    ...a.course.bans.map((ban): SidedBan => ({ side: inB.has(keyOf(ban)) ? 'A and B' : 'A', ban })),
    ...b.course.bans.filter((ban) => !inA.has(keyOf(ban))).map((ban): SidedBan => ({ side: 'B', ban })),
  ];
  yield* bans.sort(inTime);
}
