/**
 * The filter stage: one log line → one outcome (who failed, what was ignored, what was missed and why).
 *
 * Date cut → early ignore → prefregex → failregex in order → late ignore → session → identity. Holds a jail's whole
 * matching state (date learning, sessions, multi-line buffer) and nothing else; names are looked up afterwards
 * (identity.ts). `run` and `processBatch` are guarded by a deadline, `process` is one line without a guard.
 */
import { type Clock, systemClock } from '../clock.js';
import type { FilterPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import { isAscii } from '../fields/condition.js';
import { timeTextOf } from '../fields/values.js';
import { running } from '../pattern/budget.js';
import type { Match, Pattern } from '../pattern/pattern.js';
import { DateDetector, type Stamp } from '../time/detector.js';
import { BatchClock } from './batch-clock.js';
import { type CompiledFilter, compileFilter, type Rule } from './compile.js';
import { Dating, type DatingNote, type OperationMode } from './dating.js';
import { type DecodedLine, FieldReader } from './field-reader.js';
import { capturedText, withGroups } from './groups.js';
import type { GrowingList } from './growing-list.js';
import { DEFAULT_LIMITS, Guard, type GuardLimits, type LineMachine, type Receiver } from './guard.js';
import { FoundFailure, isIdentified, readUseDns, type UseDns } from './identity.js';
import { DatedOutcome } from './line-outcome.js';
import { LineBuffer, type Span, textOf, wholeOf } from './multi-line.js';
import type { BufferedLine, Failure, Groups, LineOutcome, LogLine, RegexHit } from './outcome.js';
import { type SessionNote, Sessions } from './sessions.js';
import { type Missed, Skim } from './skim.js';
import { linesOf, Sweep, type SweepReceiver, type SweptPiece } from './sweep.js';
import { whoOf } from './vital.js';

export interface LineFilterOptions {
  readonly clock?: Clock;
  /** Overrides the filter's own. */
  readonly usedns?: UseDns | undefined;
  /** Overrides the filter's own. */
  readonly maxLines?: number | undefined;
  /** Go on after the first failregex that matched. Default false. */
  readonly checkAll?: boolean;
  /** Default `test`. */
  readonly mode?: OperationMode;
  /** While catching up, lines older than this are not looked at. */
  readonly findTimeSec?: number | undefined;
  readonly limits?: Partial<GuardLimits>;
  /**
   * Time goes by what the lines say, as if each were read when it was written: for replays. `clock` then only tells the
   * year of dates that have none. Default false.
   */
  readonly logTime?: boolean | undefined;
}

/** Who takes the outcomes of lines. */
export interface OutcomeReceiver<D> extends Receiver<LineOutcome, D> {
  /**
   * The digest of a line that plainly matches nothing: where it is there, such lines make no outcome. It is much
   * quicker where few lines concern the filter. A line that is too old as well may come out either way.
   */
  readonly missed?: ((missed: Missed) => D) | undefined;
  /** Is it all the same to it why a line matched nothing? */
  readonly anyMiss?: boolean | undefined;
}

/** The state of a filter as plain values. */
export interface FilterNote {
  readonly dating: DatingNote;
  readonly sessions: readonly SessionNote[];
}

/** Will lines count the same after either? How often dates were found does not matter while there is no choice. */
export function isAlike(one: FilterNote, other: FilterNote): boolean {
  return sameness(one) === sameness(other);
}

function sameness({ dating: { detector, lastText, lastStamp }, sessions }: FilterNote): string {
  const { ranking, winner } = detector;
  return JSON.stringify([ranking.order, ranking.used, winner, lastText, lastStamp, sessions]);
}

interface SkimmingMachine extends LineMachine<LogLine, LineOutcome | Missed> {
  readonly skim: Skim;
  readonly dating: Dating;
}

/** A filter that takes its time is better served by batches that become smaller. */
const MAX_INTERRUPTED = 2;
/** After so many in batches a sweep is tried again. */
const AGAIN_SWEEPS = 1000;

/** Fewer lines at a time are matched one by one. */
const SKIMMED_LINES = 64;

export class LineFilter implements LineMachine<LogLine, LineOutcome> {
  readonly plan: FilterPlan;
  readonly usedns: UseDns;
  readonly compiled: CompiledFilter;
  readonly detector: DateDetector;
  findTimeSec: number | undefined;
  /** Are failures to have the lines they come from? Sessions remember less where they are not. */
  keepsLines = true;
  /** Says which year a date without one is in. */
  readonly #dateClock: BatchClock;
  /** The present, for sessions and for lines without a date. */
  readonly #clock: Clock;
  readonly #checkAll: boolean;
  readonly #dating: Dating;
  readonly #sessions: Sessions;
  readonly #buffer: LineBuffer | undefined;
  /** For lines that have to be decoded, with a finder of the dates that are not the filter's own. */
  readonly #fields: FieldReader | undefined;
  readonly #outerDates: DateDetector;
  readonly #guard: Guard;
  /**
   * The filter as a machine that makes no outcome of a line that cannot match, by whether it matters why; made when it is
   * first of use, null where it cannot be.
   */
  readonly #skimming = new Map<boolean, SkimmingMachine | null>();
  /** How many sweeps were, of late. */
  #interrupted = 0;
  #sweptSince = 0;
  #demoted = false;

  /** @throws {PatternError | DateError} what is wrong with the filter, in fail2ban's words. */
  constructor(plan: FilterPlan, options: LineFilterOptions = {}) {
    this.plan = plan;
    this.usedns = options.usedns ?? readUseDns(plan.usedns?.value);
    this.findTimeSec = options.findTimeSec;
    this.#dateClock = new BatchClock(options.clock ?? systemClock);
    this.#clock = options.logTime
      ? { nowSec: () => this.lastStamp?.epochSec ?? this.#dateClock.nowSec() }
      : this.#dateClock;
    this.#checkAll = options.checkAll ?? false;
    this.#sessions = new Sessions({ keepsContextPending: this.#checkAll });
    const maxLines = options.maxLines ?? plan.maxlines?.value ?? 1;
    this.compiled = compileFilter(plan, { usedns: this.usedns, maxLines });
    this.#buffer = maxLines > 1 ? new LineBuffer(maxLines) : undefined;
    this.detector = new DateDetector({
      datepattern: plan.datepattern?.value,
      logtimezone: plan.logtimezone?.value,
      clock: this.#dateClock,
    });
    this.#dating = new Dating(this.detector, this.#clock, options.mode ?? 'test');
    const { format } = this.compiled;
    this.#fields = format && new FieldReader(format, plan.datepattern?.value);
    this.#outerDates = format
      ? new DateDetector({ logtimezone: plan.logtimezone?.value, clock: this.#dateClock })
      : this.detector;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const onDemote = (pattern: Pattern): void => {
      this.#demoted = true;
      limits.onDemote?.(pattern);
    };
    this.#guard = new Guard({ ...limits, onDemote });
  }

  get mode(): OperationMode {
    return this.#dating.mode;
  }

  /** A log that has been read to its end goes from `catch-up` to `live`. */
  set mode(mode: OperationMode) {
    this.#dating.mode = mode;
  }

  /** The log that the next lines are from: only there a line may have been begun before. */
  set log(path: string) {
    if (this.#fields) this.#fields.log = path;
  }

  /** The last time a line told. */
  get lastStamp(): Stamp | undefined {
    return this.#dating.lastStamp;
  }

  /** All expressions of the filter: prefregex, failregex, ignoreregex. */
  get patterns(): readonly Pattern[] {
    const { prefregex, failregex, ignoreregex } = this.compiled;
    return [
      ...(prefregex ? [prefregex.pattern] : []),
      ...failregex.map((rule) => rule.pattern),
      ...ignoreregex,
    ];
  }

  /** The outcomes of all lines, in order; in bounded time. */
  run(lines: readonly LogLine[]): LineOutcome[] {
    const outcomes: LineOutcome[] = [];
    this.processBatch(lines, 0, lines.length, {
      digest: (outcome) => outcome,
      take: (outcome) => void outcomes.push(outcome),
    });
    return outcomes;
  }

  /** Like `run` for `lines[from]` to `lines[to - 1]`, handing out what the receiver wants to keep of each outcome. */
  processBatch<D>(lines: readonly LogLine[], from: number, to: number, receiver: OutcomeReceiver<D>): void {
    const { missed } = receiver;
    // Reading what the patterns need takes longer than matching a few lines.
    if (missed === undefined || to - from < SKIMMED_LINES) {
      this.#guard.run<LogLine, LineOutcome, D>(this, lines, { from, to }, receiver);
      return;
    }
    const skimming = this.#skim(receiver.anyMiss);
    if (skimming === null) {
      this.#guard.run<LogLine, LineOutcome, D>(this, lines, { from, to }, receiver);
      return;
    }
    this.#guard.run<LogLine, LineOutcome | Missed, D>(
      skimming,
      lines,
      { from, to },
      {
        digest: (outcome, index) =>
          typeof outcome === 'string' ? missed(outcome) : receiver.digest(outcome, index),
        take: (digest, index) => receiver.take(digest, index),
      },
    );
  }

  /**
   * Like `processBatch` for pieces of which most lines need no record of their own. They are read under the same
   * deadline, and once more when it has passed. `number` is the first line's; that of the line behind the last one is
   * answered.
   */
  sweep<D>(read: () => Iterable<SweptPiece>, number: number, receiver: SweepReceiver<D>): number {
    if (this.#interrupted < MAX_INTERRUPTED) {
      const skimming = receiver.missed === undefined ? null : this.#skim(receiver.anyMiss);
      const sweep = new Sweep(skimming ?? this, number, receiver);
      if (this.#guard.attempt(this, () => sweep.run(read()))) return sweep.number;
      this.#interrupted++;
      receiver.forget();
    } else if (++this.#sweptSince === AGAIN_SWEEPS) {
      // The machine may just have been busy.
      this.#interrupted = 0;
      this.#sweptSince = 0;
    }
    const { lines, next } = linesOf(read(), number, receiver);
    this.processBatch(lines, 0, lines.length, {
      digest: (outcome) => receiver.digest(outcome),
      missed: receiver.missed,
      anyMiss: receiver.anyMiss,
      take: (digest, index) => receiver.take(digest, lines[index]!),
    });
    return next;
  }

  /** One line without a deadline. */
  process(line: LogLine): LineOutcome {
    this.#dateClock.tick();
    return this.match(line);
  }

  snapshot(): unknown {
    this.#dateClock.tick();
    return [
      this.#dating.snapshot(),
      this.#sessions.snapshot(),
      this.#buffer?.snapshot(),
      this.#fields?.snapshot(),
    ];
  }

  restore(snapshot: unknown): void {
    const [dating, sessions, buffer, fields] = snapshot as [unknown, unknown, unknown, unknown];
    this.#dating.restore(dating);
    this.#sessions.restore(sessions);
    this.#buffer?.restore(buffer);
    this.#fields?.restore(fields);
  }

  /**
   * The state as plain values: all that decides what further lines count as, but not what sessions would report.
   * Undefined where that does not tell all: while lines are matched together or decoded, or once a pattern has been stuck.
   */
  describe(): FilterNote | undefined {
    const sessions = this.#sessions.describe();
    if (this.#buffer || this.#fields || this.#demoted || sessions === undefined) return undefined;
    return { dating: this.#dating.describe(), sessions };
  }

  /** Takes over what lines did to a filter of the same plan that began with an equal state, and had no choice of dates. */
  adopt(before: FilterNote, after: FilterNote): void {
    this.#dateClock.tick();
    this.#dating.adopt(before.dating, after.dating);
    this.#sessions.adopt(after.sessions, this.#clock.nowSec());
  }

  giveUp(line: LogLine, reason: string): LineOutcome {
    const outcome = new DatedOutcome(line, new Dating(this.detector, this.#clock, this.mode));
    outcome.verdict = 'error';
    outcome.error = reason;
    return outcome;
  }

  match(line: LogLine): LineOutcome {
    return this.#fields ? this.#matchFields(line, this.#fields) : this.#match(line, false);
  }

  #skim(anyMiss = false): SkimmingMachine | null {
    const known = this.#skimming.get(anyMiss);
    if (known !== undefined) return known;
    const made = this.#makeSkimming(anyMiss);
    this.#skimming.set(anyMiss, made);
    return made;
  }

  #makeSkimming(anyMiss: boolean): SkimmingMachine | null {
    const skim = Skim.of(this.compiled, { anyMiss });
    if (!skim) return null;
    return {
      skim,
      dating: this.#dating,
      match: (line) => this.#matchOrMiss(line, skim),
      snapshot: () => this.snapshot(),
      restore: (snapshot) => this.restore(snapshot),
      giveUp: (line, reason) => this.giveUp(line, reason),
    };
  }

  /** A line that holds nothing the filter looks for makes no outcome. */
  #matchOrMiss(line: LogLine, skim: Skim): LineOutcome | Missed {
    const judged = line.ascii && line.text.length > 0 ? skim.judge(line) : undefined;
    if (judged === undefined) return this.#match(line, false);
    const dating = this.#dating;
    try {
      if (judged !== 'ask-prefregex') return dating.pass(line) ? judged : this.#match(line, true);
      dating.read(line);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      return this.giveUp(line, error.message);
    }
    const hasPrefix = dating.isApart(line) ? skim.hasPrefix(withoutDate(line, dating)) : undefined;
    if (hasPrefix === undefined) return this.#match(line, true);
    return hasPrefix ? 'no-failregex' : 'no-prefregex';
  }

  #match(line: LogLine, isDated: boolean): LineOutcome {
    if (running.exceeded.length > 0) running.exceeded = [];
    const dating = this.#dating;
    try {
      if (!isDated) dating.read(line);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      return this.giveUp(line, error.message);
    }
    const outcome = new DatedOutcome(line, dating);
    if (this.#isTooOld(outcome)) outcome.verdict = 'too-old';
    else if (this.#buffer) this.#matchLines(outcome, this.#buffer);
    else this.#matchText(outcome, line, dating);
    if (running.exceeded.length > 0) outcome.exceeded = running.exceeded;
    return outcome;
  }

  #isTooOld(outcome: DatedOutcome): boolean {
    if (this.findTimeSec === undefined || outcome.stamp === undefined || this.mode !== 'catch-up')
      return false;
    return outcome.stamp.epochSec < this.#clock.nowSec() - this.findTimeSec;
  }

  /** A line by itself. */
  #matchText(outcome: DatedOutcome, line: LogLine, dating: Dating): void {
    const { compiled } = this;
    const { ascii } = line;
    let current = withoutDate(line, dating);
    if (compiled.ignoreEarly && this.#ignoredEarly(outcome, current)) return;
    if (compiled.prefregex) {
      const prefix = this.#matchPrefix(outcome, compiled.prefregex, { text: current, ascii });
      if (!prefix) return;
      current = capturedText(prefix, compiled.prefregex.content) || current;
    }
    let hits: RegexHit[] | undefined;
    const candidates = compiled.candidates(current.charCodeAt(0));
    for (let i = 0; i < candidates.length; i++) {
      const regex = candidates[i]!;
      const rule = compiled.failregex[regex]!;
      const match = rule.pattern.search(current, ascii);
      if (match === undefined) continue;
      const found = {
        regex,
        rule,
        match,
        consumed: NOTHING,
        lines: this.keepsLines ? [outcome.whole] : NO_LINES,
      };
      const hit = this.#takeHit(outcome, found, current);
      // Most lines have one hit: a literal is no larger than that.
      if (hits) hits.push(hit);
      else hits = [hit];
      if (!this.#checkAll) break;
    }
    if (hits) conclude(outcome, hits);
  }

  /** A line that is decoded first. What is no such line matches nothing. */
  #matchFields(line: LogLine, fields: FieldReader): LineOutcome {
    if (running.exceeded.length > 0) running.exceeded = [];
    const dating = this.#dating;
    const read = fields.read(line);
    let head = '';
    try {
      if (read?.kind === 'wrapped') {
        dating.read(read.line);
        if (read.time !== undefined && dating.stampFrom !== 'line') this.#tellTime(read.time);
        return this.#match(read.line, true);
      }
      head = this.#dateFields(line, read);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      return this.giveUp(line, error.message);
    }
    const outcome = new DatedOutcome(line, dating);
    if (this.#isTooOld(outcome)) outcome.verdict = 'too-old';
    else if (read && this.#isAfterPrefix(outcome, read, head)) this.#matchDecoded(outcome, read, fields);
    if (running.exceeded.length > 0) outcome.exceeded = running.exceeded;
    return outcome;
  }

  /**
   * The time: what the source says, what the named field says, the date before the object, when docker got the line.
   *
   * @returns what stands before the object, without its date
   */
  #dateFields({ stamp }: LogLine, read: DecodedLine | undefined): string {
    const dating = this.#dating;
    const { prefix = '', ascii = true, time } = read ?? {};
    let head = prefix;
    if (stamp || time !== undefined || prefix === '') {
      dating.read({ text: time ?? '', ascii: isAscii(time ?? ''), stamp });
      const hit = stamp || prefix === '' ? undefined : this.#outerDates.detect(prefix, ascii);
      if (hit) head = prefix.slice(0, hit.start) + prefix.slice(hit.end);
    } else {
      dating.read({ text: prefix, ascii });
      head = prefix.slice(0, dating.cutStart) + prefix.slice(dating.cutEnd);
    }
    const isDated = dating.stampFrom === 'line' || dating.stampFrom === 'source';
    if (!isDated && read?.wrapperTime !== undefined) this.#tellTime(read.wrapperTime);
    dating.uncut();
    return head;
  }

  /** A time that is not written by the service, but by who keeps its log. */
  #tellTime(written: string): void {
    const text = timeTextOf(written, false) ?? '';
    const hit = this.#outerDates.detect(text, isAscii(text));
    const stamp = hit && this.#outerDates.stamp(hit);
    if (stamp) this.#dating.tell(text, stamp);
  }

  /**
   * Prefregex is asked about what stands before the object, with `{}` for the object, which has to be all of its content:
   * words before the object could be a client's. Where there is no prefregex nothing may stand there.
   */
  #isAfterPrefix(outcome: DatedOutcome, { prefix, ascii }: DecodedLine, head: string): boolean {
    if (prefix === '') return true;
    const { prefregex } = this.compiled;
    if (!prefregex) return false;
    const match = this.#matchPrefix(outcome, prefregex, { text: `${head}{}\n`, ascii });
    if (match === undefined) return false;
    if (capturedText(match, prefregex.content) === '{}') return true;
    outcome.verdict = 'no-prefregex';
    return false;
  }

  #matchDecoded(outcome: DatedOutcome, read: DecodedLine, fields: FieldReader): void {
    const { compiled } = this;
    const found = fields.textOf(read);
    if (found === undefined) return;
    const text = `${found}\n`;
    const ascii = isAscii(text);
    if (compiled.ignoreEarly && this.#ignoredEarly(outcome, text)) return;
    if (!fields.isMeant(read)) return;
    const hits: RegexHit[] = [];
    for (const regex of compiled.candidates(text.charCodeAt(0))) {
      const rule = compiled.failregex[regex]!;
      if (rule.condition && !rule.condition.holds(read.root)) continue;
      const match = rule.pattern.search(text, ascii);
      if (match === undefined) continue;
      const twin = fields.twinIn(read);
      if (twin !== undefined) {
        outcome.verdict = 'error';
        outcome.error = `a field stands twice in the line: ${JSON.stringify(twin)}`;
        return;
      }
      const lines = this.keepsLines ? [outcome.whole] : NO_LINES;
      const over = fields.groupsOf(read);
      hits.push(this.#takeHit(outcome, { regex, rule, match, consumed: NOTHING, lines, over }, text));
      if (!this.#checkAll) break;
    }
    if (hits.length > 0) conclude(outcome, hits);
  }

  /** A line together with the ones before it. */
  #matchLines(outcome: DatedOutcome, buffer: LineBuffer): void {
    const { compiled } = this;
    const newest: BufferedLine = { before: outcome.before, date: outcome.date, after: outcome.after };
    buffer.push(newest);
    if (compiled.ignoreEarly && this.#ignoredEarly(outcome, buffer.text)) return;
    const hits: RegexHit[] = [];
    let view = this.#viewOf(outcome, buffer);
    for (const [regex, rule] of compiled.failregex.entries()) {
      if (!view) break;
      const match = rule.pattern.search(view.text, view.ascii);
      if (!match) continue;
      const { start } = view;
      const shift = (span: Span): Span => [span[0] + start, span[1] + start];
      const skipped = rule.skipLines
        .map((group) => rule.pattern.span(match, group))
        .filter((span) => span !== undefined)
        .map(shift);
      const touched = buffer.consume(shift([match.start, match.end]), skipped);
      const consumed = touched.filter((line) => line !== newest);
      const found = {
        regex,
        rule,
        match,
        consumed,
        lines: this.keepsLines ? touched.map(wholeOf) : NO_LINES,
      };
      hits.push(this.#takeHit(outcome, found, touched.map(textOf).join('')));
      if (!this.#checkAll) break;
      view = this.#viewOf(outcome, buffer);
    }
    if (hits.length > 0) conclude(outcome, hits);
  }

  /** What failregexes see of the buffer: all of it, or the content that prefregex finds. */
  #viewOf(outcome: DatedOutcome, buffer: LineBuffer): View | undefined {
    const { prefregex } = this.compiled;
    const { text } = buffer;
    const ascii = isAscii(text);
    if (!prefregex) return { text, start: 0, ascii };
    const prefix = this.#matchPrefix(outcome, prefregex, { text, ascii });
    if (!prefix) return undefined;
    const content = capturedText(prefix, prefregex.content);
    if (!content) return { text, start: 0, ascii };
    return { text: content, start: prefregex.pattern.span(prefix, prefregex.content)?.[0] ?? 0, ascii };
  }

  #matchPrefix(
    outcome: DatedOutcome,
    rule: Rule,
    searched: { text: string; ascii: boolean },
  ): Match | undefined {
    const prefix = rule.pattern.search(searched.text, searched.ascii);
    if (prefix) {
      outcome.prefix = prefix;
      outcome.prefixRule = rule;
    } else if (!outcome.prefix) outcome.verdict = 'no-prefregex';
    return prefix;
  }

  #ignoredEarly(outcome: DatedOutcome, text: string): boolean {
    const ignoredBy = this.#ignoredBy(outcome, text);
    if (ignoredBy < 0) return false;
    outcome.verdict = 'ignored-early';
    outcome.ignoredBy = ignoredBy;
    return true;
  }

  /** Index of the first ignoreregex that matches, or -1. When all regexes are checked, the others are noted too. */
  #ignoredBy(outcome: DatedOutcome, text: string): number {
    const { ignoreregex } = this.compiled;
    const ascii = this.#fields ? isAscii(text) : outcome.line.ascii && !this.#buffer;
    const first = ignoreregex.findIndex((pattern) => pattern.test(text, ascii));
    if (first < 0 || !this.#checkAll) return first;
    for (let i = first + 1; i < ignoreregex.length; i++) {
      if (ignoreregex[i]!.test(text, ascii)) outcome.ignoredAlso = [...outcome.ignoredAlso, i];
    }
    return first;
  }

  #takeHit(outcome: DatedOutcome, found: FoundHit, text: string): RegexHit {
    const { regex, rule, match, consumed, lines, over } = found;
    const own = rule.reader.readOver(outcome.prefix, match);
    const groups = over ? withGroups(own, over) : own;
    const ignoredBy = this.#ignoredBy(outcome, text);
    if (ignoredBy >= 0) return hitOf({ regex, groups, consumed, lines }, 'ignored', undefined, ignoredBy);
    if (groups.vital.mlfid === null) {
      const nofail = this.mode === 'test' && Boolean(groups.vital.nofail);
      return this.#failure(outcome, { regex, groups, consumed, lines }, nofail ? 'nofail' : 'failure');
    }
    const session = this.#sessions.follow(groups, lines, this.#clock.nowSec());
    const reportable = { regex, groups: session.groups, consumed, lines: session.matches };
    if (session.verdict !== 'failure') return hitOf(reportable, session.verdict);
    const hit = this.#failure(outcome, reportable, 'failure');
    // Identifying adds to the groups only where there is an id beside the address.
    const data = whoOf(session.groups).fid === null ? undefined : hit.failure?.data;
    if (data !== undefined && data !== session.groups) this.#sessions.amend(data);
    return hit;
  }

  #failure(outcome: DatedOutcome, hit: Reportable, verdict: 'failure' | 'nofail'): RegexHit {
    const { groups, lines } = hit;
    const who = whoOf(groups);
    if (!isIdentified(who)) return hitOf(hit, 'anonymous');
    return hitOf(hit, verdict, new FoundFailure(who, groups, this.usedns, lines, outcome.stamp));
  }
}

/** Hits are all made here, in one shape. */
function hitOf(
  { regex, groups, consumed }: Reportable,
  verdict: RegexHit['verdict'],
  failure?: Failure,
  ignoredBy?: number,
): RegexHit {
  return { regex, verdict, ignoredBy, groups, consumed, failure };
}

/** A text to search, and where it starts in the buffer. */
interface View {
  readonly text: string;
  readonly start: number;
  readonly ascii: boolean;
}

interface FoundHit {
  readonly regex: number;
  readonly rule: Rule;
  readonly match: Match;
  readonly consumed: readonly BufferedLine[];
  /** Whole lines that the match touches. */
  readonly lines: readonly string[];
  /** Values of named fields. */
  readonly over?: Groups | undefined;
}

interface Reportable {
  readonly regex: number;
  readonly groups: Groups;
  readonly consumed: readonly BufferedLine[];
  readonly lines: readonly string[] | GrowingList<string>;
}

const NOTHING: readonly BufferedLine[] = Object.freeze([]);
const NO_LINES: readonly string[] = Object.freeze([]);

/** The line without its date, with a newline at its end; where it can be, a slice of the text it came in. */
function withoutDate({ text, block, at = 0 }: LogLine, { cutStart, cutEnd }: Dating): string {
  if (cutStart > 0) return `${text.slice(0, cutStart)}${text.slice(cutEnd)}\n`;
  return block === undefined ? `${text.slice(cutEnd)}\n` : block.slice(at + cutEnd, at + text.length + 1);
}

/** What several hits make of a line: in fail2ban-regex one hit that is ignored or `nofail` makes the line so. */
const PRECEDENCE = ['ignored', 'nofail', 'failure', 'pending'] as const;

function conclude(outcome: DatedOutcome, hits: readonly RegexHit[]): void {
  outcome.hits = hits;
  const verdict =
    hits.length === 1
      ? (hits[0] as RegexHit).verdict
      : PRECEDENCE.find((one) => hits.some((hit) => hit.verdict === one));
  if (verdict !== undefined && verdict !== 'anonymous') outcome.verdict = verdict;
}
