/**
 * Gives a line its time and takes the date out of its text.
 *
 * Line → the fields below, overwritten by the next line. Undated lines belong to the last date while it is younger
 * than a minute. State: the detector's, and the last date; `snapshot` and `restore` undo a batch.
 */
import type { Clock } from '../clock.js';
import {
  type DateDetector,
  type DateHit,
  type DateTemplate,
  type DetectorNote,
  dateOf,
  type Stamp,
} from '../time/detector.js';
import { isBracketed, passed, standsAt } from '../time/template.js';
import type { LineOutcome, LogLine } from './outcome.js';
import type { LinePasser } from './passer/passer.js';

/** `test`: times are taken as they are. `catch-up`: reading what was written before. `live`: following a log. */
export type OperationMode = 'test' | 'catch-up' | 'live';

/** How long the last date holds for lines without one, and how far a live line may be from now. */
const NEAR_SEC = 60;

/** The state as plain values. */
export interface DatingNote {
  readonly detector: DetectorNote;
  readonly lastText: string;
  readonly lastStamp: Stamp | undefined;
}

const MAX_UNTOLD = 64;
const LF = 0x0a;

export class Dating {
  hit: DateHit | undefined;
  stamp: Stamp | undefined;
  stampFrom: LineOutcome['stampFrom'] = 'none';
  writtenStamp: Stamp | undefined;
  /** The span of the line that is cut; empty when nothing is. */
  cutStart = 0;
  cutEnd = 0;
  /** What stands for the date instead of the cut text: the last date, or what the source says. */
  borrowed: string | undefined;
  /** What the last date was: its text, and what it meant. */
  #lastText = '';
  #lastStamp: Stamp | undefined;
  /** Dates found since then that nobody has asked about, oldest first; never ones that cannot be read. */
  readonly #untold: (DateHit | Stretch)[] = [];
  #newestText = '';
  #newestTemplate: DateTemplate | undefined;

  constructor(
    private readonly detector: DateDetector,
    private readonly clock: Clock,
    public mode: OperationMode,
  ) {}

  /** The last time a line told, for what has none. */
  get lastStamp(): Stamp | undefined {
    this.#catchUp();
    return this.#lastStamp;
  }

  snapshot(): unknown {
    this.#catchUp();
    return [this.detector.snapshot(), this.#lastText, this.#lastStamp];
  }

  restore(snapshot: unknown): void {
    const [detector, text, stamp] = snapshot as [unknown, string, Stamp | undefined];
    this.#untold.length = 0;
    this.detector.restore(detector);
    this.#lastText = text;
    this.#lastStamp = stamp;
  }

  describe(): DatingNote {
    this.#catchUp();
    return { detector: this.detector.describe(), lastText: this.#lastText, lastStamp: this.#lastStamp };
  }

  /** See DateDetector.adopt. */
  adopt(before: DatingNote, after: DatingNote): void {
    this.#untold.length = 0;
    this.detector.adopt(before.detector, after.detector);
    this.#lastText = after.lastText;
    this.#lastStamp = after.lastStamp;
  }

  /** @throws {DateError} the date cannot be read at all (an unknown zone …): the line is lost, as in fail2ban. */
  read(line: LogLine): void {
    this.#clear();
    if (line.stamp) {
      this.hit = undefined;
      this.borrowed = line.stamp.text;
      this.#tell(line.stamp.text, { epochSec: line.stamp.epochSec, kind: 'float' }, 'source');
      return;
    }
    this.#readFound(this.detector.detect(line.text, line.ascii));
  }

  /**
   * For a line that is known to match nothing: finds its date and learns from it, but puts off what it means until
   * somebody asks. False when that cannot be, or when taking the date out joins what is around it: then all is
   * as after `read`.
   */
  pass(line: LogLine): boolean {
    if (line.stamp) {
      this.read(line);
      return false;
    }
    const { detector } = this;
    const end = detector.detectQuick(line.text, line.ascii);
    const start = detector.cutStart;
    // Where nothing is cut ({NONE}) the line has no time of its own.
    if (end < 0 || start === end) return true;
    if (isApart(line.text, start, end)) {
      // Lines of one second follow each other: most need no place of their own.
      const isNewest = this.#untold.length > 0 && this.#newestTemplate === detector.lastTemplate;
      if (isNewest && end - start === this.#newestText.length && standsAt(line.text, start, this.#newestText))
        return true;
      if (this.#putOff(detector.found(line.ascii, end))) return true;
    }
    this.#clear();
    this.#readFound(detector.found(line.ascii, end));
    return false;
  }

  /**
   * Like `pass` for lines of an ASCII block, from the one at `at` on and before `to`; as far as that is quick. `passed`
   * tells how far that is.
   */
  passLines(block: string, at: number, to: number): void {
    this.detector.passLines(block, at, to);
    if (passed.lines === 0) return;
    const newest = this.#untold.at(-1);
    // One block at a time: they are large.
    if (this.#untold.length >= MAX_UNTOLD || (newest instanceof Stretch && newest.block !== block))
      this.#catchUp();
    this.#untold.push(new Stretch(this.detector.lastTemplate as DateTemplate, block, at, passed.next));
    this.#newestText = '';
  }

  /** Is there any use in `passBytes`, once a date was found? */
  get canPassBytes(): boolean {
    return this.detector.lastTemplate === undefined || this.detector.table !== undefined;
  }

  /**
   * Like `passLines` for a block that is still bytes, which the passer has taken in. `passed.lines` and `passed.next`
   * tell how far it got.
   */
  passBytes(passer: LinePasser, block: Buffer, at: number): void {
    passed.lines = 0;
    passed.next = at;
    const { table } = this.detector;
    if (table === undefined || !passer.use(table)) return;
    passed.next = passer.pass(at);
    passed.lines = passer.lines;
    if (passed.lines === 0) return;
    const start = passer.lastStart;
    const last = block.toString('latin1', start, passed.next - 1);
    this.detector.learnPassed(last, passer.lastDateEnd - start, passed.lines);
    this.#tellLast(last, block, { from: at, to: start });
  }

  /** After `read`: does taking out the date bring nothing together that a pattern could take for one piece? */
  isApart(line: LogLine): boolean {
    return this.cutStart === this.cutEnd || isApart(line.text, this.cutStart, this.cutEnd);
  }

  /** The line's time is known from elsewhere. */
  tell(text: string, stamp: Stamp): void {
    this.#clear();
    this.#tell(text, stamp, 'line');
  }

  /** The date was read from a text that is not the line: nothing of the line is cut. */
  uncut(): void {
    this.cutStart = 0;
    this.cutEnd = 0;
    if (this.stampFrom !== 'source') this.borrowed = undefined;
  }

  #putOff(hit: DateHit): boolean {
    if (!this.detector.isSafe(hit)) return false;
    if (this.#untold.length >= MAX_UNTOLD) this.#catchUp();
    this.#untold.push(hit);
    this.#newestText = hit.text;
    this.#newestTemplate = hit.template;
    return true;
  }

  /** The last of the dates put off that is one. */
  #catchUp(): void {
    for (let i = this.#untold.length - 1; i >= 0; i--) {
      const dates = this.#untold[i]!;
      if (dates instanceof Stretch ? this.#tellStretch(dates) : this.#tellHit(dates)) break;
    }
    this.#untold.length = 0;
  }

  #tellHit(hit: DateHit): boolean {
    const stamp = this.detector.stamp(hit);
    if (!stamp) return false;
    this.#lastText = hit.text;
    this.#lastStamp = stamp;
    return true;
  }

  #tellStretch({ template, block, from, to }: Stretch): boolean {
    for (let end = to - 1; end > from; ) {
      const newline = block.lastIndexOf('\n', end - 1);
      const start = newline < from ? from : newline + 1;
      const hit = dateOf(block.slice(start, end), template);
      if (this.#tellHit(hit)) return true;
      end = start - 1;
    }
    return false;
  }

  /** The last date that is one: in `line`, or in the lines of the block in front of it. */
  #tellLast(line: string, block: Buffer, { from, to }: { readonly from: number; readonly to: number }): void {
    const template = this.detector.lastTemplate as DateTemplate;
    let told = this.#tellHit(dateOf(line, template));
    for (let end = to - 1; !told && end > from; ) {
      const newline = block.lastIndexOf(LF, end - 1);
      const start = newline < from ? from : newline + 1;
      told = this.#tellHit(dateOf(block.toString('latin1', start, end), template));
      end = start - 1;
    }
    if (told) this.#untold.length = 0;
  }

  #readFound(hit: DateHit | undefined): void {
    this.hit = hit;
    if (hit === undefined) {
      this.#borrow();
      return;
    }
    this.cutStart = hit.start;
    this.cutEnd = hit.end;
    if (hit.start === hit.end) {
      this.#borrow();
      if (this.stamp === undefined) this.#now();
      return;
    }
    const stamp = this.detector.stamp(hit);
    if (stamp) this.#tell(hit.text, stamp, 'line');
    else this.#borrow();
  }

  #clear(): void {
    this.writtenStamp = undefined;
    this.borrowed = undefined;
    this.cutStart = 0;
    this.cutEnd = 0;
  }

  #tell(text: string, stamp: Stamp, from: 'line' | 'source'): void {
    if (this.#untold.length > 0) this.#untold.length = 0;
    this.#lastText = text;
    this.#lastStamp = stamp;
    this.stamp = stamp;
    this.stampFrom = from;
    if (this.mode === 'live' && Math.abs(stamp.epochSec - this.clock.nowSec()) > NEAR_SEC) {
      this.writtenStamp = stamp;
      this.#now();
    }
  }

  /** No date, or one that is no valid time: the last one, while it holds, with the whole line as text. */
  #borrow(): void {
    if (this.#untold.length > 0) this.#catchUp();
    const last = this.#lastStamp;
    if (last && last.epochSec > this.clock.nowSec() - NEAR_SEC) {
      this.borrowed = this.#lastText;
      this.cutStart = 0;
      this.cutEnd = 0;
      this.stamp = last;
      this.stampFrom = 'last';
    } else if (this.mode === 'live') {
      this.#now();
    } else {
      this.stamp = undefined;
      this.stampFrom = 'none';
    }
  }

  #now(): void {
    this.stamp = { epochSec: this.clock.nowSec(), kind: 'float' };
    this.stampFrom = 'now';
  }
}

/** Lines of a block that have been passed. */
class Stretch {
  constructor(
    readonly template: DateTemplate,
    readonly block: string,
    readonly from: number,
    readonly to: number,
  ) {}
}

/**
 * Is the date at the line's start, with something behind it, or in brackets of its own? Required strings are cut
 * between brackets (literals.ts), so that none can come about by taking it out.
 */
function isApart(text: string, start: number, end: number): boolean {
  return start === 0 ? end < text.length : isBracketed(text, start, end);
}
