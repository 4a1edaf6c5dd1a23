/**
 * Walks through pieces of a log and makes a record only of lines that may concern the filter.
 *
 * Pieces → outcomes of lines, and numbers of lines that plainly match nothing, in order. What the strings of the filter
 * (skim.ts) are not in, and what has its date where the lines before had it, is passed over at the speed of a search.
 * It must come to the same as matching line by line: test/filter/sweep.test.ts runs both.
 */
import { passed } from '../time/template.js';
import type { Dating } from './dating.js';
import type { LineOutcome, LogLine } from './outcome.js';
import type { LinePasser } from './passer/passer.js';
import type { Missed, Skim } from './skim.js';

/** A piece as a source hands it out (source/line.ts): whole ASCII lines, as text or still bytes, or a line that stands apart. */
export type SweptPiece = string | Buffer | Pick<LogLine, 'text' | 'ascii' | 'stamp'>;

/** Where so many lines of a block had to be looked at, and were not few, the rest of it is taken as text. */
const LOOKED_LINES = 32;
const FEW = 1 / 8;

/** A line with its number in the input. */
export interface NumberedLine extends LogLine {
  readonly number: number;
}

/** Who takes what a sweep finds. All of it is provisional until the sweep has ended. */
export interface SweepReceiver<D> {
  /** See Receiver.digest. */
  digest(outcome: LineOutcome): D;
  /** See OutcomeReceiver.missed. */
  readonly missed: ((missed: Missed) => D) | undefined;
  /** Are lines that match nothing just to be counted? */
  readonly countsMissed: boolean;
  /** Is it all the same to it why a line matched nothing? */
  readonly anyMiss?: boolean | undefined;
  take(digest: D, line: NumberedLine): void;
  /** So many lines in a row that match nothing. */
  takeMissed(digest: D, lines: number): void;
  /** An empty line or a comment, which is none of the filter's business; without this they are lines like all others. */
  pass?(): void;
  /** All that was taken since the sweep began was for nothing. */
  forget(): void;
}

/** What matches lines: with `skim` it may say of one just that it was missed. */
interface Matcher {
  match(line: LogLine): LineOutcome | Missed;
  readonly skim?: Skim;
  readonly dating?: Dating;
}

export class Sweep<D> {
  constructor(
    private readonly matcher: Matcher,
    /** Of the next line. */
    public number: number,
    private readonly receiver: SweepReceiver<D>,
  ) {}

  run(pieces: Iterable<SweptPiece>): void {
    for (const piece of pieces) {
      if (typeof piece === 'string') this.#walk(piece);
      else if (piece instanceof Uint8Array) this.#walkBytes(piece);
      else this.#match(lineApart(piece, this.number));
    }
  }

  #walk(block: string): void {
    this.#walkFrom(block, this.#walkKept(block));
  }

  #walkFrom(block: string, from: number): void {
    for (let at = from; at < block.length; ) {
      if (this.matcher.skim) {
        at = this.#passLines(block, at);
        if (at === block.length) return;
      }
      const newline = block.indexOf('\n', at);
      this.#match(lineIn(block, at, newline, this.number));
      at = newline + 1;
    }
  }

  /** Lines at the begin of a block of which the receiver wants to know each. @returns where they end */
  #walkKept(block: string): number {
    let at = 0;
    while (at < block.length && !this.receiver.countsMissed) {
      const newline = block.indexOf('\n', at);
      this.#match(lineIn(block, at, newline, this.number));
      at = newline + 1;
    }
    return at;
  }

  #walkBytes(block: Buffer): void {
    const { skim, dating } = this.matcher;
    const passer = skim?.passer;
    if (!skim || !passer?.load(block)) {
      this.#walk(block.toString('latin1'));
      return;
    }
    let at = this.receiver.countsMissed ? 0 : this.#walkKept(block.toString('latin1'));
    if (skim.isResting || !dating?.canPassBytes) {
      this.#walkText(block, at, passer);
      return;
    }
    const first = this.number;
    let looked = 0;
    while (at < block.length) {
      at = this.#passBytes(passer, block, at);
      if (at === block.length) return;
      if (++looked >= LOOKED_LINES && looked > (this.number - first) * FEW) {
        skim.rest();
        this.#walkText(block, at, passer);
        return;
      }
      const newline = block.indexOf(LF, at);
      const text = block.toString('latin1', at, stopOf(block, at, newline));
      this.#match({ text, ascii: true, block: undefined, at: 0, number: this.number, stamp: undefined });
      at = newline + 1;
    }
  }

  /** The rest of a block that the passer has taken in. */
  #walkText(block: Buffer, from: number, passer: LinePasser): void {
    const text = block.toString('latin1');
    this.matcher.skim?.takeHelp(text, passer);
    this.#walkFrom(text, from);
  }

  /** @returns where the next line begins that has to be looked at */
  #passBytes(passer: LinePasser, block: Buffer, at: number): number {
    const { skim, dating } = this.matcher as Required<Matcher>;
    dating.passBytes(passer, block, at);
    const { lines, next } = passed;
    if (lines > 0) this.#takePassed(skim, lines);
    return next;
  }

  #takePassed(skim: Skim, lines: number): void {
    skim.passed(lines);
    this.number += lines;
    this.receiver.takeMissed(this.receiver.missed!(skim.missedAs), lines);
  }

  /** @returns where the next line begins that has to be looked at */
  #passLines(block: string, at: number): number {
    const { skim, dating } = this.matcher as Required<Matcher>;
    const to = skim.nextLine(block, at);
    if (to === at) return at;
    dating.passLines(block, at, to);
    const { lines, next } = passed;
    if (lines === 0) return at;
    this.#takePassed(skim, lines);
    return next;
  }

  #match(line: NumberedLine): void {
    const { receiver } = this;
    this.number++;
    if (receiver.pass && isPassedOver(line.text)) {
      receiver.pass();
      return;
    }
    const outcome = this.matcher.match(line);
    const digest = typeof outcome === 'string' ? receiver.missed!(outcome) : receiver.digest(outcome);
    receiver.take(digest, line);
  }
}

/** All lines of some pieces, but for those that are passed over; and the number of the line behind them. */
export function linesOf(
  pieces: Iterable<SweptPiece>,
  number: number,
  receiver: Pick<SweepReceiver<unknown>, 'pass'>,
): { lines: NumberedLine[]; next: number } {
  const lines: NumberedLine[] = [];
  let next = number;
  const add = (line: NumberedLine): void => {
    next++;
    if (receiver.pass && isPassedOver(line.text)) receiver.pass();
    else lines.push(line);
  };
  for (const piece of pieces) {
    const block = piece instanceof Uint8Array ? piece.toString('latin1') : piece;
    if (typeof block !== 'string') add(lineApart(block, next));
    else
      for (let at = 0; at < block.length; ) {
        const newline = block.indexOf('\n', at);
        add(lineIn(block, at, newline, next));
        at = newline + 1;
      }
  }
  return { lines, next };
}

function lineIn(block: string, at: number, newline: number, number: number): NumberedLine {
  let stop = newline;
  while (stop > at && block.charCodeAt(stop - 1) === CR) stop--;
  const within = stop === newline ? block : undefined;
  return { text: block.slice(at, stop), ascii: true, block: within, at, number, stamp: undefined };
}

/** Where the line ends that has its newline there. */
function stopOf(block: Buffer, at: number, newline: number): number {
  let stop = newline;
  while (stop > at && block[stop - 1] === CR) stop--;
  return stop;
}

function lineApart(
  { text, ascii, stamp }: Exclude<SweptPiece, string | Buffer>,
  number: number,
): NumberedLine {
  return { text, ascii, block: undefined, at: 0, number, stamp };
}

/** An empty line or a comment: fail2ban-regex passes over them. */
function isPassedOver(text: string): boolean {
  return text.length === 0 || text.charCodeAt(0) === HASH;
}

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;
