/**
 * Tester: the other side of a test in segments, in a thread of its own (segment-worker.ts).
 *
 * Whatever becomes of the thread, the test goes on: notes that do not come are done without.
 */
import { Worker } from 'node:worker_threads';
import type { OtherSide, SegmentNote, SegmentSetup } from './segment.js';

/** Keeps both threads together well below 200 MB. */
const YOUNG_GENERATION_MB = 16;

export interface OtherThreadOptions {
  /** See ResolverOptions. */
  readonly ipv6: boolean;
}

export class OtherThread implements OtherSide {
  readonly #worker: Worker;
  readonly #notes = new Map<number, SegmentNote>();
  readonly #waiting = new Map<number, (note: SegmentNote | undefined) => void>();
  #ended = false;

  /** @param module the bundled segment-worker.ts */
  constructor(module: string | URL, options: OtherThreadOptions) {
    const worker = new Worker(module, {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // Until there is something to do, nobody waits for it.
    worker.unref();
    worker.on('message', (note: SegmentNote) => this.#take(note));
    worker.on('error', () => this.#end());
    worker.on('exit', () => this.#end());
    this.#worker = worker;
  }

  begin(setup: SegmentSetup): void {
    this.#worker.ref();
    this.#worker.postMessage(setup);
  }

  note(index: number): Promise<SegmentNote | undefined> {
    const note = this.#notes.get(index);
    this.#notes.delete(index);
    if (note || this.#ended) return Promise.resolve(note);
    return new Promise((resolve) => this.#waiting.set(index, resolve));
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#worker.terminate();
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
