/**
 * Tester: outcomes of lines, one at a time → the counts and lists of a TestResult. Memory stays bounded: lists stop
 * at their limit, and details are only kept when asked for.
 *
 * The rules are fail2ban-regex's: a line is ignored when any of its hits was taken back by an ignoreregex or is a
 * line of a session that is no failure (nofail), else matched when there is any row, else missed. Earlier lines that
 * a multi-line match has consumed go over from missed to matched.
 */
import type { Clock } from '../clock.js';
import type { BufferedLine, LineOutcome, RegexHit } from '../filter/outcome.js';
import type { SourceLine } from '../source/line.js';
import type { Entry } from './failures.js';
import { LineKeeper } from './line-keeper.js';
import type { KeptLine, LineList, PrefregexCount, RegexCount } from './result.js';

/** How many lines of each kind to keep: none, all, or fewer than `limit`. */
export type Keep = 'none' | 'all' | 'limited';

export interface CollectOptions {
  /** `-v`: keep hits and prefregex groups. */
  readonly details: boolean;
  /** `-D`: lines that matched together are shown joined, and missed lines stay where they are. */
  readonly debuggex: boolean;
  readonly matched: Keep;
  readonly ignored: Keep;
  readonly missed: Keep;
  /** From this number of lines on a list is not printed; also how many groups of prefregex are kept. */
  readonly limit: number;
  /** Lines a multi-line match can take back at most. */
  readonly maxlines: number;
  readonly checkAll: boolean;
}

/** What is counted up while lines are added. */
export interface Counts {
  readonly prefregex: PrefregexCount | undefined;
  readonly failregex: readonly RegexCount[];
  readonly ignoreregex: readonly RegexCount[];
}

/** A line of a session that is no failure: where only the first match counts, fail2ban does not hear of it. */
function isContext({ verdict, failure }: RegexHit): boolean {
  return verdict === 'nofail' && failure === undefined;
}

/** Lines with these verdicts have not been given to prefregex. */
const BEFORE_PREFREGEX: ReadonlySet<LineOutcome['verdict']> = new Set(['ignored-early', 'too-old', 'error']);

export class Collector {
  tested = 0;
  #matched: LineKeeper;
  #ignored: LineKeeper;
  #missed: LineKeeper;
  #missedBefore: LineKeeper | undefined;
  /** The last line that prefregex was run on. */
  #lastPrefix: LineOutcome | undefined;

  constructor(
    private readonly counts: Counts,
    private readonly options: CollectOptions,
    private readonly clock: Clock,
  ) {
    const limits: Record<Keep, number> = { none: 0, all: Infinity, limited: options.limit };
    const slack = options.maxlines;
    this.#matched = new LineKeeper(limits[options.matched], 0);
    this.#ignored = new LineKeeper(limits[options.ignored], 0);
    this.#missed = new LineKeeper(limits[options.missed], slack);
    if (options.debuggex) this.#missedBefore = new LineKeeper(limits[options.missed], slack);
  }

  add(line: SourceLine, outcome: LineOutcome, entries: readonly Entry[]): void {
    this.tested++;
    const { prefregex } = this.counts;
    if (prefregex) this.#addPrefregex(prefregex, outcome);
    this.#countIgnore(outcome.ignoredBy);
    for (let i = 0; i < outcome.ignoredAlso.length; i++) this.#countIgnore(outcome.ignoredAlso[i]);
    let ignored = outcome.ignoredBy !== undefined;
    const { hits } = outcome;
    for (let i = 0; i < hits.length; i++) {
      const hit = hits[i]!;
      if (hit.verdict === 'ignored') {
        this.#countIgnore(hit.ignoredBy);
        ignored = true;
      }
      for (let k = 0; k < hit.consumed.length; k++) this.#takeOver(hit.consumed[k]!, line.number);
    }
    let rows = 0;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (!this.options.checkAll && isContext(entry.hit)) continue;
      if (entry.hit.verdict === 'nofail') ignored = true;
      this.#addRow(entry, outcome, rows++);
    }
    this.#addLine(line, outcome, ignored ? 'ignored' : rows > 0 ? 'matched' : 'missed');
  }

  lists(): {
    matched: LineList;
    ignored: LineList;
    missed: LineList;
    missedBefore: readonly KeptLine[] | undefined;
  } {
    return {
      matched: this.#matched.result(),
      ignored: this.#ignored.result(),
      missed: this.#missed.result(),
      missedBefore: this.#missedBefore?.result().lines,
    };
  }

  #addPrefregex(prefregex: PrefregexCount, outcome: LineOutcome): void {
    // A line that never gets to prefregex counts as the line before it did, groups and all: so does fail2ban-regex.
    if (!BEFORE_PREFREGEX.has(outcome.verdict)) this.#lastPrefix = outcome;
    if (!this.#lastPrefix || this.#lastPrefix.verdict === 'no-prefregex') return;
    prefregex.hits++;
    if (!this.options.details || prefregex.samples.length >= this.options.limit) return;
    const groups = this.#lastPrefix.prefregex;
    if (groups) prefregex.samples.push(new Map(groups));
  }

  #countIgnore(index: number | undefined): void {
    const regex = index === undefined ? undefined : this.counts.ignoreregex[index];
    if (regex) regex.hits++;
  }

  #takeOver(consumed: BufferedLine, number: number): void {
    const text = consumed.before + consumed.date + consumed.after;
    this.#missed.takeBack(text);
    this.#matched.add({ text, number, taken: true });
  }

  #addRow(entry: Entry, outcome: LineOutcome, index: number): void {
    const regex = this.counts.failregex[entry.hit.regex];
    if (!regex) return;
    regex.hits++;
    if (!this.options.details) return;
    regex.details.push({
      id: entry.id,
      epochSec: (entry.failure?.stamp ?? outcome.stamp)?.epochSec ?? this.clock.nowSec(),
      multiple: index >= 2,
    });
  }

  #addLine(line: SourceLine, outcome: LineOutcome, kind: 'matched' | 'ignored' | 'missed'): void {
    const keeper = kind === 'matched' ? this.#matched : kind === 'ignored' ? this.#ignored : this.#missed;
    if (keeper.keeps) keeper.add(this.#kept(line, outcome));
    else keeper.pass();
    if (kind === 'missed') this.#missedBefore?.add(this.#kept(line, outcome));
  }

  #kept(line: SourceLine, outcome: LineOutcome): KeptLine {
    // Journal entries show their time in front; a date borrowed from an earlier line is not shown.
    const text = line.stamp ? line.stamp.text + line.text : line.text;
    return { text, number: line.number, joined: this.#joined(outcome) };
  }

  #joined(outcome: LineOutcome): string | undefined {
    if (!this.options.debuggex) return undefined;
    const consumed = outcome.hits.flatMap((hit) => hit.consumed);
    if (consumed.length === 0) return undefined;
    return [...consumed, outcome].map(({ before, after }) => before + after).join('\n');
  }
}
