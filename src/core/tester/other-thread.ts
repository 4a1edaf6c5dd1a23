/**
 * Tester: the other side of a test in segments, in a thread of its own (segment-worker.ts).
 *
 * Whatever becomes of the thread, the test goes on: notes that do not come are done without.
 */
import { Worker } from 'node:worker_threads';
import type { OtherSide, SegmentNote, SegmentSetup } from './segment.js';

/** A thread of Node's, which compiles much of itself anew, and what it loads. */
const START_MS = 250;

/** Keeps both threads together well below 200 MB. */
const YOUNG_GENERATION_MB = 16;

export interface OtherThreadOptions {
  /** See ResolverOptions. */
  readonly ipv6: boolean;
}

export class OtherThread implements OtherSide {
  readonly startMs: number = START_MS;
  readonly #module: string | URL;
  readonly #options: OtherThreadOptions;
  #worker: Worker | undefined;
  readonly #notes = new Map<number, SegmentNote>();
  readonly #waiting = new Map<number, (note: SegmentNote | undefined) => void>();
  #ended = false;

  /** @param module the bundled segment-worker.ts */
  constructor(module: string | URL, options: OtherThreadOptions) {
    this.#module = module;
    this.#options = options;
  }

  begin(setup: SegmentSetup): void {
    const worker = new Worker(this.#module, {
      workerData: this.#options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on('message', (note: SegmentNote) => this.#take(note));
    worker.on('error', () => this.#end());
    worker.on('exit', () => this.#end());
    worker.postMessage(setup);
    this.#worker = worker;
  }

  note(index: number): Promise<SegmentNote | undefined> {
    const note = this.#notes.get(index);
    this.#notes.delete(index);
    if (note || this.#ended) return Promise.resolve(note);
    return new Promise((resolve) => this.#waiting.set(index, resolve));
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#worker?.terminate();
  }

  #take(note: SegmentNote): void {
    const resolve = this.#waiting.get(note.index);
    this.#waiting.delete(note.index);
    if (resolve) resolve(note);
    else this.#notes.set(note.index, note);
  }

  #end(): void {
    this.#ended = true;
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}
