/**
 * The program of the exact matcher: flat instructions over a text, a position and registers.
 *
 * compile.ts makes it from the tree, run.ts runs it. Registers hold, in this order, start and end of every group
 * (-1 while unset), then whatever loops, look-arounds and atomic groups have to remember.
 */
import type { Ranges } from '../unicode.js';

/** Instructions; the comment gives the operands that follow in `code`. */
export const OP = {
  match: 0,
  fail: 1,
  /** unit */
  char: 2,
  /** index into `strings` */
  string: 3,
  /** index into `sets` */
  set: 4,
  /** to */
  jump: 5,
  /** other: goes on behind, `other` is tried when that fails */
  split: 6,
  /** index into `firsts`, other: like split, but straight to `other` when the next unit cannot begin what follows */
  splitIf: 7,
  /** to: goes to `to`, what stands behind is tried when that fails */
  splitLater: 8,
  /** an AT value, 1 for ASCII only */
  at: 9,
  /** register */
  save: 10,
  /** set, min, max (-1 for none), row of `firsts` for what follows or -1, memory point or -1 */
  runGreedy: 11,
  /** the same */
  runLazy: 12,
  /** set, min, max */
  runPossessive: 13,
  /** memory point: fails when this state was entered before */
  enter: 14,
  /** memory point: fails when this state is known to fail, and learns whether it does */
  learn: 15,
  /** width to step back, register for the height, register for the position */
  look: 16,
  /** register for the height, register for the position */
  lookEnd: 17,
  /** width to step back, register for the height, where to go on when the body fails */
  notLook: 18,
  /** register for the height */
  notLookEnd: 19,
  /** register for the height */
  atomic: 20,
  /** register for the height */
  atomicEnd: 21,
  /** group, fold (0 none, 1 Unicode, 2 ASCII) */
  reference: 22,
  /** group, where to go when it is unset */
  whenSet: 23,
  /** register: forgets where the last round began */
  roundReset: 24,
  /** register: a round begins here */
  roundBegin: 25,
  /** register, to: goes to `to` when the last round took no character */
  roundCheck: 26,
  /** register: fails when the last round took no character */
  roundFail: 27,
  /** register: counts from 0 */
  countReset: 28,
  /** register, min, to: counts on and goes to `to` while below min */
  countMin: 29,
  /** register, max, to: goes to `to` when max is reached */
  countMax: 30,
  /** register */
  countUp: 31,
} as const;

/** How many operands each instruction has, by its number. */
export const OPERANDS: readonly number[] = [
  0, 0, 1, 1, 1, 1, 1, 2, 1, 2, 1, 5, 5, 3, 1, 1, 3, 2, 3, 1, 1, 1, 2, 2, 1, 1, 2, 1, 1, 3, 3, 1,
];

/** Which operand (from 1) is a place in the program, for the instructions that have one. */
export const TARGET: Readonly<Record<number, number>> = {
  [OP.jump]: 1,
  [OP.split]: 1,
  [OP.splitIf]: 2,
  [OP.splitLater]: 1,
  [OP.notLook]: 3,
  [OP.whenSet]: 2,
  [OP.roundCheck]: 2,
  [OP.countMin]: 3,
  [OP.countMax]: 3,
};

/** Zero-width places. */
export const AT = {
  start: 0,
  'start-line': 1,
  end: 2,
  'end-line': 3,
  'abs-end': 4,
  boundary: 5,
  'not-boundary': 6,
} as const;

/**
 * A place in the program at which failed states are remembered, and what such a state consists of besides the
 * position. Everything that can change what happens from there on must be in here, or the memory would be wrong.
 */
export interface MemoryPoint {
  /** Registers of enclosing rounds: it matters whether the round began at this very position. */
  readonly rounds: readonly number[];
  /** Groups that a conditional further on asks for: it matters whether they are set. */
  readonly asked: readonly number[];
  /** Registers whose very value matters: counters, and groups that a reference further on compares with. */
  readonly values: readonly number[];
  /** Number of the first of the 2^(rounds + asked) kinds of state at this point. */
  readonly base: number;
  /** Nothing but the position counts, not even rounds and asked groups. */
  readonly plain: boolean;
}

export interface Program {
  readonly code: Int32Array;
  readonly strings: readonly string[];
  /** One row of 128 bytes per set: does it hold this ASCII character? */
  readonly setBits: Uint8Array;
  /** Per set its ranges, for other characters. */
  readonly setRanges: readonly Ranges[];
  /** Rows of 129 bytes: can a text with this first unit match? The last byte is for all units from 0x80 on. */
  readonly firsts: readonly Uint8Array[];
  readonly points: readonly MemoryPoint[];
  /** Number of kinds of state over all points. */
  readonly stateKinds: number;
  readonly registerCount: number;
  readonly groupCount: number;
  /** Every match starts at the start of the text. */
  readonly anchored: boolean;
  /** Units a match can start with, when there is such a restriction. */
  readonly first: Uint8Array | undefined;
}
