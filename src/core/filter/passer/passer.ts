/**
 * Passes lines that cannot concern a filter while they are still bytes: WebAssembly looks at sixteen of them at a time.
 *
 * Strings, an automaton of dates and a block of ASCII lines → how many lines in a row hold no string and begin with a
 * date that is plain to see. What that means is for others to know (sweep.ts, ../../time/template.ts). The machine is
 * written in machine.as.ts; machine-code.ts is made from it.
 */
import type { Automaton } from '../../pattern/automaton.js';
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
  readonly TEXT: Value;
  readonly CLASSES: Value;
  readonly TABLE: Value;
  readonly BYTES: Value;
  readonly lines: Value;
  readonly lastStart: Value;
  readonly lastDateEnd: Value;
  useStrings(count: number): void;
  useTable(): void;
  useBytes(length: number): void;
  pass(from: number): number;
}

const WINDOW = 3;
const BUCKETS = 8;
const ENTRY_BYTES = 16;
const MASK_BYTES = 16;

export class LinePasser {
  readonly #machine: Machine;
  readonly #memory: Uint8Array;
  readonly #bytesAt: number;
  readonly #maxBytes: number;
  #automaton: Automaton | undefined;

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
  use(automaton: Automaton): boolean {
    if (automaton === this.#automaton) return true;
    const { CLASSES, TABLE, MAX_CELLS } = this.#machine;
    const { classes, table } = automaton;
    if (table.length > MAX_CELLS.value) return false;
    this.#memory.set(classes, CLASSES.value);
    new Uint16Array(this.#memory.buffer, TABLE.value, table.length).set(table);
    this.#machine.useTable();
    this.#automaton = automaton;
    return true;
  }

  /** Takes in a block of whole ASCII lines. False where it is too large. */
  load(block: Uint8Array): boolean {
    if (block.length > this.#maxBytes) return false;
    this.#memory.set(block, this.#bytesAt);
    this.#machine.useBytes(block.length);
    return true;
  }

  /**
   * Passes lines of the block, from the one at `at` on. @returns where the first line begins that has to be looked at;
   * what was passed is told by the following.
   */
  pass(at: number): number {
    return this.#machine.pass(at);
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
    const { MASKS, STRINGS, TEXT } = this.#machine;
    const memory = this.#memory;
    const entries = new DataView(memory.buffer, STRINGS.value);
    // Windows that begin alike share a bucket, so that fewer places look as if a string was there.
    const sorted = strings
      .map((string) => ({ string, window: rarestWindow(string) }))
      .sort((a, b) => (a.string.slice(a.window) < b.string.slice(b.window) ? -1 : 1));
    let textAt = TEXT.value;
    for (const [i, { string, window }] of sorted.entries()) {
      const bucket = 1 << Math.floor((i * BUCKETS) / sorted.length);
      for (let k = 0; k < WINDOW; k++) {
        const low = MASKS.value + 2 * k * MASK_BYTES;
        const code = string.charCodeAt(window + k);
        // A string of two characters: the third may be any.
        for (let half = 0; half < MASK_BYTES; half++) {
          if (Number.isNaN(code) || (code & 15) === half) memory[low + half]! |= bucket;
          if (Number.isNaN(code) || code >> 4 === half) memory[low + MASK_BYTES + half]! |= bucket;
        }
      }
      for (const [k, value] of [window, string.length, textAt, bucket].entries())
        entries.setUint32(i * ENTRY_BYTES + 4 * k, value, true);
      memory.set(Buffer.from(string, 'latin1'), textAt);
      textAt += string.length;
    }
    this.#machine.useStrings(sorted.length);
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
