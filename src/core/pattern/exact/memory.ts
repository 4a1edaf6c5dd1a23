/**
 * The memory of failed states: what makes exponential patterns polynomial.
 *
 * A state is a memory point of the program, a position, and those register values that can matter from there on
 * (see MemoryPoint). Grows page by page as states are entered, never past a fixed size: then it only stops learning.
 */
import type { MemoryPoint } from './program.js';

const PAGE_BITS = 12;
const PAGE_WORDS = 1 << (PAGE_BITS - 5);
/** 16 MiB of pages, and as many states with register values as a step budget of the usual size can enter. */
const MAX_PAGES = 1 << 15;
const MAX_STATES = 1 << 20;

export class FailureMemory {
  private readonly points: readonly MemoryPoint[];
  /** Bits by kind of state and position. */
  private readonly pages = new Map<number, Int32Array>();
  private readonly pagesPerKind: number;
  /** States with register values: a trie of values whose leaf and position make the key. */
  private readonly branches = new Map<number, number>();
  private readonly states = new Set<number>();
  private readonly span: number;
  private nextBranch: number;

  constructor(points: readonly MemoryPoint[], stateKinds: number, textLength: number) {
    this.points = points;
    this.pagesPerKind = (textLength >>> PAGE_BITS) + 1;
    // Larger than any position and than any count that a run can reach.
    this.span = Math.max(textLength, 1 << 24) + 2;
    this.nextBranch = stateKinds;
  }

  /** Is this state known to fail? */
  has(index: number, position: number, registers: Int32Array): boolean {
    const point = this.points[index] as MemoryPoint;
    const kind = kindOf(point, position, registers);
    if (point.values.length > 0) return this.states.has(this.keyOf(kind, point, position, registers));
    const page = this.pages.get(kind * this.pagesPerKind + (position >>> PAGE_BITS));
    return (
      page !== undefined &&
      ((page[(position >>> 5) & (PAGE_WORDS - 1)] as number) & (1 << (position & 31))) !== 0
    );
  }

  /** Remembers that this state fails. */
  mark(index: number, position: number, registers: Int32Array): void {
    const point = this.points[index] as MemoryPoint;
    const kind = kindOf(point, position, registers);
    if (point.values.length > 0) {
      if (this.states.size < MAX_STATES) this.states.add(this.keyOf(kind, point, position, registers));
      return;
    }
    const key = kind * this.pagesPerKind + (position >>> PAGE_BITS);
    let page = this.pages.get(key);
    if (!page) {
      if (this.pages.size >= MAX_PAGES) return;
      page = new Int32Array(PAGE_WORDS);
      this.pages.set(key, page);
    }
    const word = (position >>> 5) & (PAGE_WORDS - 1);
    page[word] = (page[word] as number) | (1 << (position & 31));
  }

  private keyOf(kind: number, point: MemoryPoint, position: number, registers: Int32Array): number {
    let branch = kind;
    for (const register of point.values) {
      const key = branch * this.span + (registers[register] as number) + 1;
      let next = this.branches.get(key);
      if (next === undefined) {
        next = this.nextBranch++;
        this.branches.set(key, next);
      }
      branch = next;
    }
    return branch * this.span + position;
  }
}

function kindOf(point: MemoryPoint, position: number, registers: Int32Array): number {
  let kind = point.base;
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
