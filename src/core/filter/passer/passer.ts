/**
 * Passes lines that cannot concern a filter while they are still bytes: WebAssembly looks at sixteen of them at a time.
 *
 * Strings, a table of dates and a block of ASCII lines → how many lines in a row hold no string and begin with a
 * date that is plain to see. What that means is for others to know (sweep.ts, ../../time/template.ts). The machine is
 * written in machine.as.ts; machine-code.ts is made from it.
 */
import type { DateTable } from '../../time/template.js';
import { howOften } from '../rare-strings.js';
import { MACHINE_CODE } from './machine-code.js';

// The types of Node 20 know the name only.
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Value {
  readonly value: number;
}

/** What machine.as.ts exports. */
interface Machine {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly MAX_STRINGS: Value;
  readonly MAX_TEXT: Value;
  readonly MAX_CELLS: Value;
  readonly MAX_BYTES: Value;
  readonly MASKS: Value;
  readonly STRINGS: Value;
  readonly BUCKETS: Value;
  readonly TEXT: Value;
  readonly CLASSES: Value;
  readonly TABLE: Value;
  readonly BYTES: Value;
  readonly lines: Value;
  readonly lastStart: Value;
  readonly lastDateEnd: Value;
  useTable(behindBracket: boolean): void;
  useBytes(length: number): void;
  pass(from: number): number;
  find(from: number): number;
}

const WINDOW = 3;
const BUCKET_COUNT = 8;
const ENTRY_BYTES = 16;
const MASK_BYTES = 16;

export class LinePasser {
  readonly #machine: Machine;
  readonly #memory: Uint8Array;
  readonly #bytesAt: number;
  readonly #maxBytes: number;
  #dates: DateTable | undefined;
  #loadedBytes = 0;

  private constructor(machine: Machine) {
    this.#machine = machine;
    this.#memory = new Uint8Array(machine.memory.buffer);
    this.#bytesAt = machine.BYTES.value;
    this.#maxBytes = machine.MAX_BYTES.value;
  }

  /** For ASCII strings of two characters and more; undefined where they are too many. */
  static of(strings: readonly string[]): LinePasser | undefined {
    const machine = start();
    const text = strings.join('');
    if (strings.length === 0 || strings.length > machine.MAX_STRINGS.value) return undefined;
    if (text.length > machine.MAX_TEXT.value || strings.some((string) => string.length < WINDOW - 1))
      return undefined;
    const passer = new LinePasser(machine);
    passer.#lookFor(strings);
    return passer;
  }

  /** Dates are to be found by this. False where it is too large. */
  use(dates: DateTable): boolean {
    if (dates === this.#dates) return true;
    const { CLASSES, TABLE, MAX_CELLS } = this.#machine;
    const { classes, table, behindBracket } = dates;
    if (table.length > MAX_CELLS.value) return false;
    this.#memory.set(classes, CLASSES.value);
    new Uint16Array(this.#memory.buffer, TABLE.value, table.length).set(table);
    this.#machine.useTable(behindBracket);
    this.#dates = dates;
    return true;
  }

  /** Takes in a block of whole ASCII lines. False where it is too large. */
  load(block: Uint8Array): boolean {
    if (block.length > this.#maxBytes) return false;
    this.#memory.set(block, this.#bytesAt);
    this.#machine.useBytes(block.length);
    this.#loadedBytes = block.length;
    return true;
  }

  /**
   * Passes lines of the block, from the one at `at` on. @returns where the first line begins that has to be looked at;
   * what was passed is told by the following.
   */
  pass(at: number): number {
    return this.#machine.pass(at);
  }

  /** A place in the first string at or behind the start of a line `at`; Infinity when there is none. */
  find(at: number): number {
    const found = this.#machine.find(at);
    return found < this.#loadedBytes ? found : Infinity;
  }

  /** How many lines. */
  get lines(): number {
    return this.#machine.lines.value;
  }

  /** Where the last one begins. */
  get lastStart(): number {
    return this.#machine.lastStart.value;
  }

  /** Where its date ends. */
  get lastDateEnd(): number {
    return this.#machine.lastDateEnd.value;
  }

  #lookFor(strings: readonly string[]): void {
    const { MASKS, STRINGS, BUCKETS, TEXT } = this.#machine;
    const memory = this.#memory;
    const view = new DataView(memory.buffer);
    // Windows that begin alike share a bucket, so that fewer places look as if a string was there.
    const sorted = strings
      .map((string) => ({ string, at: rarestWindow(string) }))
      .sort((a, b) => (a.string.slice(a.at) < b.string.slice(b.at) ? -1 : 1));
    let textAt = TEXT.value;
    for (const [i, { string, at }] of sorted.entries()) {
      const bucket = Math.floor((i * BUCKET_COUNT) / sorted.length);
      let window = 0;
      for (let k = 0; k < WINDOW; k++) {
        const low = MASKS.value + 2 * k * MASK_BYTES;
        // A string of two characters: the third may be any.
        const code = at + k < string.length ? string.charCodeAt(at + k) : undefined;
        for (let half = 0; half < MASK_BYTES; half++) {
          if (code === undefined || (code & 15) === half) memory[low + half]! |= 1 << bucket;
          if (code === undefined || code >> 4 === half) memory[low + MASK_BYTES + half]! |= 1 << bucket;
        }
        window |= (code ?? 0) << (8 * k);
      }
      for (const [k, value] of [window, at, string.length, textAt].entries())
        view.setUint32(STRINGS.value + i * ENTRY_BYTES + 4 * k, value, true);
      memory.set(Buffer.from(string, 'latin1'), textAt);
      textAt += string.length;
      view.setUint32(BUCKETS.value + 4 * (bucket + 1), i + 1, true);
    }
    // An empty bucket ends where the one before it does.
    for (let bucket = 1; bucket <= BUCKET_COUNT; bucket++) {
      const before = view.getUint32(BUCKETS.value + 4 * (bucket - 1), true);
      const own = view.getUint32(BUCKETS.value + 4 * bucket, true);
      view.setUint32(BUCKETS.value + 4 * bucket, Math.max(before, own), true);
    }
  }
}

let compiled: object | undefined;

function start(): Machine {
  compiled ??= new WebAssembly.Module(Buffer.from(MACHINE_CODE, 'base64'));
  return new WebAssembly.Instance(compiled).exports as Machine;
}

/** Where the three characters begin that are found together least often. */
function rarestWindow(string: string): number {
  let best = 0;
  let least = Infinity;
  for (let at = 0; at <= Math.max(0, string.length - WINDOW); at++) {
    const often = [...string.slice(at, at + WINDOW)].reduce((product, char) => product * howOften(char), 1);
    if (often < least) [best, least] = [at, often];
  }
  return best;
}
