/**
 * Tester: a long log in segments, that two threads share: this side takes them from the front, the other from the back.
 *
 * What lines count as depends on the lines before them, so the other side guesses the state in which a segment begins:
 * it runs the lines in front of it first. Its note tells the state it began with; only if that is the one the lines
 * before really left is the note used, else the segment is run again (run-segments.ts).
 */
import type { FilterPlan } from '../config/plans.js';
import type { FilterNote } from '../filter/line-filter.js';
import type { SourceCounts } from '../source/line.js';
import type { CollectedNote, CollectOptions } from './collector.js';

/** What the other side has to know. Plain values, to be sent to another thread. */
export interface SegmentSetup {
  readonly plan: FilterPlan;
  readonly collect: CollectOptions;
  /** By name: see findEncoding. */
  readonly encoding: string;
  readonly fd: number;
  readonly sizeBytes: number;
  readonly segmentBytes: number;
  /** See Claims. */
  readonly claims: SharedArrayBuffer;
}

/** Everything that lines of a segment depend on, and leave. */
export interface SegmentState {
  readonly filter: FilterNote;
  readonly lastPrefix: boolean | undefined;
}

/** What the other side has found in a segment; `found` is undefined where its lines are not for guessing. */
export interface SegmentNote {
  readonly index: number;
  readonly found: SegmentFound | undefined;
}

export interface SegmentFound {
  readonly before: SegmentState;
  readonly after: SegmentState;
  readonly counts: CollectedNote;
  readonly source: SourceCounts;
}

/** Segments of one size; the last one is what is left. */
export class Grid {
  readonly count: number;

  constructor(
    readonly sizeBytes: number,
    readonly segmentBytes: number,
  ) {
    this.count = Math.max(1, Math.ceil(sizeBytes / segmentBytes));
  }

  /** Neither so many that they cost more than they bring, nor so few that one side waits for the other. */
  static of(sizeBytes: number): Grid {
    const few = Math.min(MAX_BYTES, Math.max(MIN_BYTES, Math.ceil(sizeBytes / 24)));
    return new Grid(sizeBytes, Math.max(few, Math.ceil(sizeBytes / MAX_COUNT)));
  }

  /** Where a segment begins, before that is moved to the start of a line. */
  startOf(index: number): number {
    return Math.min(this.sizeBytes, index * this.segmentBytes);
  }

  segment(index: number): { readonly from: number; readonly to: number } {
    return { from: this.startOf(index), to: this.startOf(index + 1) };
  }
}

const MIN_BYTES = 1024 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

/** Who does what: the segments that nobody has taken are those from `front` up to `back`. */
export class Claims {
  /** Both in one word, so that they change together. */
  readonly #word: Int32Array;

  constructor(readonly shared: SharedArrayBuffer) {
    this.#word = new Int32Array(shared);
  }

  static over(grid: Grid): Claims {
    const claims = new Claims(new SharedArrayBuffer(4));
    claims.#word[0] = pack(0, grid.count);
    return claims;
  }

  /** The next one; undefined when all are taken. */
  takeFirst(): number | undefined {
    const taken = this.#take((front, back) => [front + 1, back]);
    return taken?.front;
  }

  /** A share of those left, from the back; undefined when there is none. */
  takeLast(share: number): { readonly from: number; readonly to: number } | undefined {
    const few = (left: number) => Math.max(1, Math.floor(left * share));
    const taken = this.#take((front, back) => [front, back - few(back - front)]);
    return taken && { from: taken.back - few(taken.back - taken.front), to: taken.back };
  }

  #take(
    next: (front: number, back: number) => readonly [number, number],
  ): { readonly front: number; readonly back: number } | undefined {
    for (;;) {
      const word = Atomics.load(this.#word, 0);
      const front = word >>> 16;
      const back = word & MAX_COUNT;
      if (front >= back) return undefined;
      if (Atomics.compareExchange(this.#word, 0, word, pack(...next(front, back))) === word)
        return { front, back };
    }
  }
}

const MAX_COUNT = 0xffff;

function pack(front: number, back: number): number {
  return (front << 16) | back;
}

/** Who does the other side's work. */
export interface OtherSide {
  /** How long it takes to start: it is begun where much more than that is left to do. */
  readonly startMs: number;
  begin(setup: SegmentSetup): void;
  /** The note about a segment that the other side has taken; undefined when there will be none. */
  note(index: number): Promise<SegmentNote | undefined>;
  /** Nothing more is wanted; it is over when the other side has let go of the file. */
  stop(): Promise<void>;
}
