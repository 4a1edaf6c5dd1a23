/**
 * Finds the date in a line: which template, which span is cut, what time it means. (filter.md §2)
 *
 * Line → DateHit, one detector per jail. The rule of §2.5 is kept to the letter, and the outcome of a line depends on
 * the lines before it: templates gain hits and move up, and the one that won last is tried first at its old place.
 * `detect` and `detectQuick` learn the same; `stamp` learns nothing and is only worth asking for lines that match.
 */
import type { Clock } from '../clock.js';
import type { Match } from '../pattern/pattern.js';
import type { Reading, ReadingContext } from './fields.js';
import { localDay } from './local-time.js';
import { missingIn } from './needs.js';
import { parsePatternList } from './pattern-list.js';
import { Ranking, type RankingNote, type RankingSnapshot, type Slot } from './ranking.js';
import { type DateTable, found, passed, type Template } from './template.js';
import { parseLogTimeZone } from './zones.js';

/** A moment as fail2ban's number types show it: local and epoch stamps print as floats, zone stamps as integers. */
export interface Stamp {
  readonly epochSec: number;
  readonly kind: 'float' | 'int';
}

/** One entry of a detector's list, in fail2ban's words. */
export interface DateTemplate {
  /** As `fail2ban-regex` prints it: `{^LN-BEG}ExYear…`. */
  readonly name: string;
  /** As written, with tokens: `%Y-%m-%d %H:%M:%S`; empty for Epoch and TAI64N. */
  readonly pattern: string;
  /** The regular expression made from it (Python syntax), for --verbose-date. */
  readonly regex: string;
  /** Tied to the start or the end of the line: a match is taken at once. */
  readonly anchored: boolean;
}

export interface TemplateState {
  readonly template: DateTemplate;
  readonly hits: number;
  /** Template weight, and weight in force (hits × weight / distance) as --verbose-date prints them. */
  readonly weight: number;
  readonly currentWeight: number;
}

export interface DateHit {
  readonly template: DateTemplate;
  /** Span of capture group 1, the part that is cut; UTF-16 offsets into the line. */
  readonly start: number;
  readonly end: number;
  /** The text of that span. */
  readonly text: string;
  /** Made when it is asked for. Its text may be the line up to where a date was looked for. */
  readonly match: Match;
}

export interface DetectorOptions {
  /** The `datepattern` option as written (may hold several lines); undefined for the defaults. */
  datepattern?: string | undefined;
  /** `logtimezone` / --TZ. */
  logtimezone?: string | undefined;
  clock: Clock;
}

/** The last winner: its index and where it matched, with the characters on both sides of both ends. */
interface Winner {
  index: number;
  start: number;
  end: number;
  beforeStart: number;
  atStart: number;
  beforeEnd: number;
  atEnd: number;
}

/** A detector as plain values. */
export interface DetectorNote {
  readonly ranking: RankingNote;
  readonly winner: Readonly<Winner>;
}

interface Snapshot {
  readonly ranking: RankingSnapshot;
  readonly winner: Winner;
}

const NO_WINNER: Winner = {
  index: -1,
  start: 1,
  end: 0,
  beforeStart: -1,
  atStart: -1,
  beforeEnd: -1,
  atEnd: -1,
};

export class DateDetector {
  /** What `Use datepattern` prints: `PATTERN : NAME`, or undefined with the plain defaults in force. */
  readonly title: string | undefined;
  /** Of the last `detectQuick` that found a date: where the cut begins. */
  cutStart = 0;
  /** How often a date was found by trying all templates: only then it matters how often each has been of use. */
  choices = 0;
  readonly #clock: Clock;
  readonly #zoneMinutes: number | undefined;
  #context: ReadingContext = { nowSec: Number.NaN, zoneMinutes: undefined };
  readonly #ranking: Ranking;
  #winner: Winner = { ...NO_WINNER };
  /** The text the last date was looked for in: the line, or the line up to the old end of the date. */
  #searched = '';

  /** @throws {DateError | PatternError} */
  constructor(options: DetectorOptions) {
    const list = parsePatternList(options.datepattern, localDay(options.clock.nowSec()).year);
    this.title = list.title;
    this.#clock = options.clock;
    this.#zoneMinutes = parseLogTimeZone(options.logtimezone);
    this.#ranking = new Ranking(list.templates);
  }

  /** Entries in their current order. */
  get templates(): readonly TemplateState[] {
    return this.#ranking.states;
  }

  /** Finds the date and learns from it (hits, order, last winner). */
  detect(line: string, ascii: boolean): DateHit | undefined {
    const end = this.detectQuick(line, ascii);
    return end < 0 ? undefined : this.found(ascii, end);
  }

  /** The template of the last date found. */
  get lastTemplate(): DateTemplate | undefined {
    return this.#ranking.slots[this.#winner.index]?.template;
  }

  /** The date that `detectQuick` has just found, as a record; `end` is what it answered. */
  found(ascii: boolean, end: number): DateHit {
    const winner = this.#winner;
    const template = (this.#ranking.slots[winner.index] as Slot).template;
    const search = { text: this.#searched, ascii, from: winner.start };
    return new Hit(template, { start: this.cutStart, end }, search);
  }

  /** End of the cut, or -1; `cutStart` is its start. The same as `detect`, without making a record of it. */
  detectQuick(line: string, ascii: boolean): number {
    const index = this.#find(line, ascii);
    if (index < 0) return -1;
    const end = found.cutEnd;
    this.cutStart = found.cutStart;
    this.#learn(line, index);
    return end;
  }

  /**
   * Passes lines of an ASCII block, from the one at `at` on and before `to`, that have their date where the last winner
   * is sure to find it: the same as `detectQuick` for each of them. `passed` (template.ts) tells how far it got.
   */
  passLines(block: string, at: number, to: number): void {
    const template = this.#sureTemplate();
    passed.lines = 0;
    passed.next = at;
    if (!template) return;
    template.passLines(block, at, to);
    if (passed.lines > 0)
      this.learnPassed(block.slice(passed.start, passed.next - 1), passed.end, passed.lines);
  }

  /** What `passLines` goes by, for whoever looks at bytes; undefined while it passes nothing. */
  get table(): DateTable | undefined {
    return this.#sureTemplate()?.table;
  }

  /** Learns from lines that were passed by `table`: the last of them, and where its date ends. */
  learnPassed(last: string, dateEnd: number, lines: number): void {
    found.start = 0;
    found.end = dateEnd;
    this.#learn(last, this.#winner.index, lines);
  }

  /** The last winner, where it is sure to find the date of a line that has it. */
  #sureTemplate(): Template | undefined {
    const template = this.#ranking.slots[this.#winner.index]?.template;
    return template?.anchored && template.isSafe ? template : undefined;
  }

  /**
   * The time a hit means; undefined when the fields make no valid date (Feb 30) or nothing is cut (`{NONE}`).
   * @throws {DateError} unknown zone abbreviation, a month without a day
   */
  stamp(hit: DateHit): Stamp | undefined {
    const nowSec = this.#clock.nowSec();
    if (this.#context.nowSec !== nowSec) this.#context = { nowSec, zoneMinutes: this.#zoneMinutes };
    const context = this.#context;
    const template = hit.template as Template;
    const known = hit instanceof Hit ? hit.readAgain(context) : undefined;
    return (known ?? template.read(hit.text, context, () => hit.match)).stamp;
  }

  /** Is `stamp` sure not to throw for this hit? */
  isSafe(hit: DateHit): boolean {
    return (hit.template as Template).isSafe;
  }

  /** The state as plain values, for another detector of the same templates. */
  describe(): DetectorNote {
    return { ranking: this.#ranking.describe(), winner: { ...this.#winner } };
  }

  /** Takes over what lines did to another detector that began like this one and had no choice to make. */
  adopt(before: DetectorNote, after: DetectorNote): void {
    this.#ranking.adopt(before.ranking, after.ranking);
    this.#winner = { ...after.winner };
  }

  /** Everything `detect` changes, as a value cheap to take (called once per batch), and back. */
  snapshot(): unknown {
    const taken: Snapshot = { ranking: this.#ranking.snapshot(), winner: { ...this.#winner } };
    return taken;
  }

  restore(snapshot: unknown): void {
    const taken = snapshot as Snapshot;
    this.#ranking.restore(taken.ranking);
    this.#winner = { ...taken.winner };
  }

  /** Index of the winning entry, its spans in `found`; -1 without a date. */
  #find(line: string, ascii: boolean): number {
    const last = this.#winner;
    this.#searched = line;
    let best = -1;
    let skip = -1;
    if (last.index >= 0) {
      const { template } = this.#ranking.slots[last.index] as Slot;
      const inside = !template.anchored && looksAlike(line, last);
      if (this.#findAgain(template, line, ascii, inside)) {
        if (this.#ranking.slots.length === 1 || template.anchored) return last.index;
        if (found.start === last.start && found.end === last.end) return last.index;
        best = last.index;
      }
      if (!inside) skip = last.index;
    }
    const chosen = this.#scan(line, ascii, best, skip);
    if (chosen >= 0) this.choices++;
    return chosen;
  }

  /** The last winner once more: at its old place if the surroundings look alike, else anywhere. */
  #findAgain(template: Template, line: string, ascii: boolean, inside: boolean): boolean {
    const last = this.#winner;
    if (!inside) return template.find(line, ascii, 0);
    const text = last.end < line.length ? line.slice(0, last.end) : line;
    if (!template.findAt(text, ascii, last.start) && !template.find(text, ascii, last.start)) return false;
    this.#searched = text;
    return true;
  }

  /** All entries in order; `best` is the last winner if it was found at another place, its spans in `found`. */
  #scan(line: string, ascii: boolean, best: number, skip: number): number {
    const { slots } = this.#ranking;
    const missing = ascii ? missingIn(line) : 0;
    const candidate = { ...found, text: this.#searched };
    if (best < 0) candidate.start = Infinity;
    this.#searched = line;
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index] as Slot;
      if (index === skip || (slot.template.needs & missing) !== 0) continue;
      if (!slot.template.find(line, ascii, 0)) continue;
      if (slot.template.anchored) return index;
      const next = slots[index + 1];
      if (!next || (found.start === 0 && slot.hits > 0 && next.hits === 0)) return index;
      if (found.start <= slot.distance && found.start <= this.#winner.start) return index;
      if (found.start < candidate.start) {
        Object.assign(candidate, found, { text: line });
        best = index;
      }
    }
    if (best >= 0) {
      this.#searched = candidate.text;
      const { text: _, ...spans } = candidate;
      Object.assign(found, spans);
    }
    return best;
  }

  #learn(line: string, index: number, times = 1): void {
    this.#ranking.count(index, found.start, this.#clock.nowSec(), times);
    const winner = this.#winner;
    const repeated = index === winner.index;
    winner.start = found.start;
    winner.end = found.end;
    winner.beforeStart = charAt(line, found.start - 1);
    winner.atStart = charAt(line, found.start);
    winner.beforeEnd = charAt(line, found.end - 1);
    winner.atEnd = charAt(line, found.end);
    winner.index = repeated ? index : this.#ranking.moveUp(index);
  }
}

/** The date that a template finds in an ASCII line, as it has done before. */
export function dateOf(line: string, template: DateTemplate): DateHit {
  (template as Template).find(line, true, 0);
  return new Hit(
    template as Template,
    { start: found.cutStart, end: found.cutEnd },
    { text: line, ascii: true, from: 0 },
  );
}

class Hit implements DateHit {
  readonly template: Template;
  readonly start: number;
  readonly end: number;
  private readonly searched: string;
  private readonly ascii: boolean;
  private readonly from: number;
  private found: Match | undefined = undefined;

  constructor(template: Template, cut: { start: number; end: number }, search: Search) {
    this.template = template;
    this.start = cut.start;
    this.end = cut.end;
    this.searched = search.text;
    this.ascii = search.ascii;
    this.from = search.from;
  }

  get text(): string {
    return this.searched.slice(this.start, this.end);
  }

  readAgain(context: ReadingContext): Reading | undefined {
    return this.template.readAgain(this.searched, this.start, this.end, context);
  }

  get match(): Match {
    this.found ??= this.template.compile().search(this.searched, this.ascii, this.from) as Match;
    return this.found;
  }
}

/** How a match was found, to find it again. */
interface Search {
  readonly text: string;
  readonly ascii: boolean;
  readonly from: number;
}

/** The character outside is the same, or the one inside is and is neither letter nor digit: for both ends. */
function looksAlike(line: string, last: Winner): boolean {
  const startsAlike =
    charAt(line, last.start - 1) === last.beforeStart ||
    (charAt(line, last.start) === last.atStart && !isAlphanumeric(last.atStart));
  if (!startsAlike) return false;
  return (
    charAt(line, last.end) === last.atEnd ||
    (charAt(line, last.end - 1) === last.beforeEnd && !isAlphanumeric(last.beforeEnd))
  );
}

/** -1 outside of the line. */
function charAt(line: string, index: number): number {
  return index >= 0 && index < line.length ? line.charCodeAt(index) : -1;
}

function isAlphanumeric(unit: number): boolean {
  return unit >= 0 && /[\p{L}\p{N}]/u.test(String.fromCharCode(unit));
}
