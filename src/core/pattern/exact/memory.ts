/**
 * The memory of failed states: what makes exponential patterns polynomial.
 *
 * A state is a memory point of the program, a position, and those register values that can matter from there on
 * (see MemoryPoint). One bit a state: in one piece for ordinary lines, page by page for huge ones, and never more than
 * a fixed size: then it only stops learning.
 */
import type { MemoryPoint } from './program.js';

const PAGE_BITS = 12;
const PAGE_WORDS = 1 << (PAGE_BITS - 5);
/** Up to 8 MiB at once (the system only hands out what is touched), else up to 16 MiB of pages. */
const MAX_FLAT_BITS = 1 << 26;
const MAX_PAGES = 1 << 15;
/** States with register values: as many as a step budget of the usual size can enter. */
const MAX_STATES = 1 << 20;

/** What it costs to look up a state with register values, and one of these when it changed, in steps of the search. */
const STATE_WORK = 4;
const VALUE_WORK = 6;

export class FailureMemory {
  /** Steps to be charged for slow look-ups since this was last set to 0. */
  work = 0;
  private readonly points: readonly MemoryPoint[];
  /** Bits by kind of state and position. */
  private readonly flat: Int32Array | undefined;
  private readonly pages = new Map<number, Int32Array>();
  private readonly wordsPerKind: number;
  private readonly pagesPerKind: number;
  /** States with register values: a trie of values whose leaf and position make the key. */
  private readonly branches = new Map<number, number>();
  private readonly states = new Set<number>();
  private readonly lastLooked: { kind: number; readonly values: Int32Array; branch: number }[] = [];
  private readonly span: number;
  private nextBranch: number;

  constructor(points: readonly MemoryPoint[], stateKinds: number, textLength: number) {
    this.points = points;
    this.wordsPerKind = (textLength >>> 5) + 1;
    if (stateKinds * this.wordsPerKind * 32 <= MAX_FLAT_BITS)
      this.flat = new Int32Array(stateKinds * this.wordsPerKind);
    this.pagesPerKind = (textLength >>> PAGE_BITS) + 1;
    // Larger than any position and than any count that a run can reach.
    this.span = Math.max(textLength, 1 << 24) + 2;
    this.nextBranch = stateKinds;
  }

  /** Is this state known to fail? */
  has(index: number, position: number, registers: Int32Array): boolean {
    const point = this.points[index] as MemoryPoint;
    const kind = kindOf(point, position, registers);
    if (point.values.length > 0) return this.states.has(this.keyOf(kind, index, position, registers));
    const bit = 1 << (position & 31);
    if (this.flat !== undefined)
      return ((this.flat[kind * this.wordsPerKind + (position >>> 5)] as number) & bit) !== 0;
    const page = this.pages.get(kind * this.pagesPerKind + (position >>> PAGE_BITS));
    return page !== undefined && ((page[(position >>> 5) & (PAGE_WORDS - 1)] as number) & bit) !== 0;
  }

  /** Remembers that this state fails. */
  mark(index: number, position: number, registers: Int32Array): void {
    const point = this.points[index] as MemoryPoint;
    const kind = kindOf(point, position, registers);
    if (point.values.length > 0) {
      if (this.states.size < MAX_STATES) this.states.add(this.keyOf(kind, index, position, registers));
      return;
    }
    let page = this.flat;
    let word = kind * this.wordsPerKind + (position >>> 5);
    if (page === undefined) {
      const key = kind * this.pagesPerKind + (position >>> PAGE_BITS);
      word = (position >>> 5) & (PAGE_WORDS - 1);
      page = this.pages.get(key);
      if (page === undefined) {
        if (this.pages.size >= MAX_PAGES) return;
        page = new Int32Array(PAGE_WORDS);
        this.pages.set(key, page);
      }
    }
    page[word] = (page[word] as number) | (1 << (position & 31));
  }

  private keyOf(kind: number, index: number, position: number, registers: Int32Array): number {
    const { values } = this.points[index] as MemoryPoint;
    this.work += STATE_WORK;
    // Mostly the same captures as the last time.
    const last = (this.lastLooked[index] ??= { kind: -1, values: new Int32Array(values.length), branch: 0 });
    let same = last.kind === kind;
    for (let i = 0; i < values.length; i++) {
      const value = registers[values[i] as number] as number;
      if (value !== last.values[i]) same = false;
      last.values[i] = value;
    }
    if (!same) {
      last.kind = kind;
      last.branch = this.branchOf(kind, last.values);
    }
    return last.branch * this.span + position;
  }

  private branchOf(kind: number, values: Int32Array): number {
    this.work += VALUE_WORK * values.length;
    let branch = kind;
    for (const value of values) {
      const key = branch * this.span + value + 1;
      let next = this.branches.get(key);
      if (next === undefined) {
        next = this.nextBranch++;
        this.branches.set(key, next);
      }
      branch = next;
    }
    return branch;
  }
}

function kindOf(point: MemoryPoint, position: number, registers: Int32Array): number {
  let kind = point.base;
  if (point.plain) return kind;
  let weight = 1;
  for (const round of point.rounds) {
    if (registers[round] === position) kind += weight;
    weight *= 2;
  }
  for (const group of point.asked) {
    const end = registers[2 * group + 1] as number;
    if (end >= 0 && end >= (registers[2 * group] as number)) kind += weight;
    weight *= 2;
  }
  return kind;
}
