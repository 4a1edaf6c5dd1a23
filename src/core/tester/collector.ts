/**
 * Tester: outcomes of lines, one at a time → the counts and lists of a TestResult. Memory stays bounded: lists stop
 * at their limit, and details are only kept when asked for.
 *
 * The rules are fail2ban-regex's: a line is ignored when any of its hits was taken back by an ignoreregex or is a
 * line of a session that is no failure (nofail), else matched when there is any row, else missed. Earlier lines that
 * a multi-line match has consumed go over from missed to matched.
 */
import type { Clock } from '../clock.js';
import { mayNeedLookup } from '../filter/identity.js';
import type { BufferedLine, LineOutcome, RegexHit } from '../filter/outcome.js';
import type { Missed } from '../filter/skim.js';
import { whoOf } from '../filter/vital.js';
import type { SourceLine } from '../source/line.js';
import type { Entry } from './failures.js';
import { kindOf, type LineKind, packCounts, unpackCounts } from './line-digest.js';
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

/** What a collector has counted, as plain values. */
export interface CollectedNote {
  readonly tested: number;
  readonly prefregex: number;
  readonly failregex: readonly number[];
  readonly ignoreregex: readonly number[];
  readonly lastPrefix: boolean | undefined;
  readonly matched: LineList;
  readonly ignored: LineList;
  readonly missed: LineList;
}

/** A line of a session that is no failure: where only the first match counts, fail2ban does not hear of it. */
function isContext({ verdict, failure }: RegexHit): boolean {
  return verdict === 'nofail' && failure === undefined;
}

/** Does the hit make a row? */
function isShown({ verdict }: RegexHit): boolean {
  return verdict !== 'ignored' && verdict !== 'anonymous';
}

/** Lines with these verdicts have not been given to prefregex. */
const BEFORE_PREFREGEX: ReadonlySet<LineOutcome['verdict']> = new Set(['ignored-early', 'too-old', 'error']);

const MATCHED = { matched: true };
const MISSED = { matched: false };

const PLAINLY_MISSED: Readonly<Record<Missed, number>> = {
  'no-prefregex': packCounts({ kind: 'missed', prefix: 'missed', row: -1, ignoredBy: -1 })!,
  'no-failregex': packCounts({ kind: 'missed', prefix: 'matched', row: -1, ignoredBy: -1 })!,
};

/** A line's counts, packed, or its outcome where they do not tell all. */
export type LineDigest = number | LineOutcome;

export class Collector {
  tested = 0;
  #matched: LineKeeper;
  #ignored: LineKeeper;
  #missed: LineKeeper;
  #missedBefore: LineKeeper | undefined;
  /** The last line that prefregex was run on. */
  #lastPrefix: { readonly matched: boolean; readonly outcome?: LineOutcome } | undefined;

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

  /**
   * What there is to count about a line, packed; the outcome itself where that does not tell all. Counts nothing yet.
   */
  digest(outcome: LineOutcome): LineDigest {
    const { hits, exceeded, error, ignoredAlso, verdict } = outcome;
    const { details, debuggex, checkAll } = this.options;
    if (
      details ||
      debuggex ||
      hits.length > 1 ||
      exceeded.length + ignoredAlso.length > 0 ||
      error !== undefined
    )
      return outcome;
    const prefix = BEFORE_PREFREGEX.has(verdict) ? 'none' : verdict === 'no-prefregex' ? 'missed' : 'matched';
    const hit = hits[0];
    if (!hit) {
      const { ignoredBy = -1 } = outcome;
      const kind = ignoredBy < 0 ? 'missed' : 'ignored';
      return packCounts({ kind, prefix, row: -1, ignoredBy }) ?? outcome;
    }
    if (hit.consumed.length > 0 || mayNeedLookup(whoOf(hit.groups))) return outcome;
    const { ignoredBy = -1 } = hit;
    const isRow = isShown(hit) && (checkAll || !isContext(hit));
    const isIgnored = hit.verdict === 'ignored' || (isRow && hit.verdict === 'nofail');
    const kind = isIgnored ? 'ignored' : isRow ? 'matched' : 'missed';
    return packCounts({ kind, prefix, row: isRow ? hit.regex : -1, ignoredBy }) ?? outcome;
  }

  /** The digest of a line that plainly matches nothing; undefined where more than counts is asked for. */
  get missed(): ((missed: Missed) => LineDigest) | undefined {
    return this.options.details || this.options.debuggex ? undefined : (missed) => PLAINLY_MISSED[missed];
  }

  /** How many more lines with this digest are kept, as things are now; of the others `addAlike` counts all there is. */
  roomFor(packed: number): number {
    const { room } = this.#keeperOf(kindOf(packed));
    // A match over several lines may make room again.
    return room > 0 && this.options.maxlines > 1 ? Infinity : room;
  }

  /** Counts a digest; `add` does the same with an outcome. */
  addPacked(line: SourceLine, packed: number): void {
    const keeper = this.#keeperOf(kindOf(packed));
    this.#count(packed, 1);
    if (keeper.keeps) keeper.add(keptLine(line));
    else keeper.pass();
  }

  /** Counts the same digest several times, for lines of which none is kept. */
  addAlike(packed: number, times: number): void {
    this.#count(packed, times);
    this.#keeperOf(kindOf(packed)).pass(times);
  }

  #count(packed: number, times: number): void {
    const { prefix, row, ignoredBy } = unpackCounts(packed);
    this.tested += times;
    const { prefregex, failregex, ignoreregex } = this.counts;
    if (prefregex) {
      if (prefix !== 'none') this.#lastPrefix = prefix === 'matched' ? MATCHED : MISSED;
      if (this.#lastPrefix?.matched) prefregex.hits += times;
    }
    if (ignoredBy >= 0) ignoreregex[ignoredBy]!.hits += times;
    if (row >= 0) failregex[row]!.hits += times;
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

  /** Did prefregex match on the last line that was given to it? A line that is not given to it counts as that one. */
  get lastPrefix(): boolean | undefined {
    return this.#lastPrefix?.matched;
  }

  /** Everything counted, as plain values. Only where no details are kept. */
  describe(): CollectedNote {
    return {
      tested: this.tested,
      prefregex: this.counts.prefregex?.hits ?? 0,
      failregex: this.counts.failregex.map(({ hits }) => hits),
      ignoreregex: this.counts.ignoreregex.map(({ hits }) => hits),
      lastPrefix: this.lastPrefix,
      ...this.lists(),
    };
  }

  /** Counts what another collector has counted on the lines that come next; `numberedFrom` is how many are before. */
  adopt(note: CollectedNote, numberedFrom: number): void {
    const { prefregex, failregex, ignoreregex } = this.counts;
    this.tested += note.tested;
    if (prefregex) prefregex.hits += note.prefregex;
    failregex.forEach((regex, i) => {
      regex.hits += note.failregex[i]!;
    });
    ignoreregex.forEach((regex, i) => {
      regex.hits += note.ignoreregex[i]!;
    });
    if (note.lastPrefix !== undefined) this.#lastPrefix = note.lastPrefix ? MATCHED : MISSED;
    this.#matched.adopt(note.matched, numberedFrom);
    this.#ignored.adopt(note.ignored, numberedFrom);
    this.#missed.adopt(note.missed, numberedFrom);
  }

  /** Begins as if lines had been before. */
  beginWith(lastPrefix: boolean | undefined): void {
    this.#lastPrefix = lastPrefix === undefined ? undefined : lastPrefix ? MATCHED : MISSED;
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
    if (!BEFORE_PREFREGEX.has(outcome.verdict))
      this.#lastPrefix = { matched: outcome.verdict !== 'no-prefregex', outcome };
    if (!this.#lastPrefix?.matched) return;
    prefregex.hits++;
    if (!this.options.details || prefregex.samples.length >= this.options.limit) return;
    const groups = this.#lastPrefix.outcome?.prefregex;
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

  #addLine(line: SourceLine, outcome: LineOutcome, kind: LineKind): void {
    const keeper = this.#keeperOf(kind);
    if (keeper.keeps) keeper.add(keptLine(line, this.#joined(outcome)));
    else keeper.pass();
    if (kind === 'missed') this.#missedBefore?.add(keptLine(line, this.#joined(outcome)));
  }

  #keeperOf(kind: LineKind): LineKeeper {
    return kind === 'matched' ? this.#matched : kind === 'ignored' ? this.#ignored : this.#missed;
  }

  #joined(outcome: LineOutcome): string | undefined {
    if (!this.options.debuggex) return undefined;
    const consumed = outcome.hits.flatMap((hit) => hit.consumed);
    if (consumed.length === 0) return undefined;
    return [...consumed, outcome].map(({ before, after }) => before + after).join('\n');
  }
}

/** Journal entries show their time in front; a date borrowed from an earlier line is not shown. */
function keptLine({ text, stamp, number }: SourceLine, joined?: string): KeptLine {
  return { text: stamp ? stamp.text + text : text, number, joined };
}
