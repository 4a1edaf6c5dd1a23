/**
 * Source stage: the files that a followed log was before, kept open for the lines that a writer who has not noticed the
 * rotation still adds to them.
 *
 * There are at most two: the one before the log, which its position knows too (the mark), and one that was taken to a place
 * where nobody else finds it. A file without a name is let go when it is quiet.
 */
import type { HeldFile } from './held-file.js';
import { isSameFile } from './identity.js';
import type { Piece } from './line.js';

interface LateFile {
  readonly held: HeldFile;
  readonly isMark: boolean;
  changedMs: number;
  saidHalf: boolean;
}

/** A file without a name is let go when nobody has written to it for so long. */
export const QUIET_MS = 10_000;

/** A writer that has not noticed a rotation for so long is not expected to notice at any moment. */
const WARM_MS = 60_000;

export class LateFiles {
  #files: readonly LateFile[] = [];

  constructor(
    private readonly path: string,
    private readonly say: (kind: 'notice', message: string) => void,
  ) {}

  get handles(): readonly HeldFile[] {
    return this.#files.map(({ held }) => held);
  }

  find(file: { device: number; inode: number }): HeldFile | undefined {
    return this.handles.find((held) => isSameFile(held.file, file));
  }

  /** From now on these and what has gone elsewhere before. @returns those that nobody needs any more; not closed yet */
  keep(mark: HeldFile | undefined, elsewhere: HeldFile | undefined): readonly HeldFile[] {
    const before = this.#files;
    const known = (held: HeldFile, isMark: boolean): LateFile => {
      const { changedMs = performance.now(), saidHalf = false } =
        before.find((one) => one.held === held) ?? {};
      return { held, isMark, changedMs, saidHalf };
    };
    const other = elsewhere ?? before.find(({ held, isMark }) => !isMark && held !== mark)?.held;
    const kept: LateFile[] = [];
    if (mark) kept.push(known(mark, true));
    if (other && other !== mark) kept.push(known(other, false));
    this.#files = kept;
    const dropped = before.filter(({ held }) => !this.handles.includes(held));
    for (const late of dropped) this.#sayHalf(late);
    return dropped.map(({ held }) => held);
  }

  /** May a writer still be at one of them? */
  get areWarm(): boolean {
    return this.#files.some(({ changedMs }) => performance.now() - changedMs < WARM_MS);
  }

  /** What has been added. `onLines` hears of a file before its lines are handed out. */
  async *read(buffer: () => Buffer, onLines: (held: HeldFile) => void): AsyncGenerator<Piece[], void> {
    for (const late of this.#files) {
      const { held } = late;
      let growth = await held.read(buffer());
      while (growth) {
        if (growth.pieces.length > 0) {
          late.changedMs = performance.now();
          onLines(held);
          yield growth.pieces;
        }
        if (growth.atEnd) break;
        growth = await held.read(buffer());
      }
      const isQuiet = performance.now() - late.changedMs > QUIET_MS;
      if (isQuiet) this.#sayHalf(late);
      if (!growth || (isQuiet && (await held.isUnlinked()))) await this.#drop(late);
    }
  }

  /** Hands the file over: it is none of these any more. */
  release(held: HeldFile): void {
    this.#files = this.#files.filter((one) => one.held !== held);
  }

  async close(): Promise<void> {
    const { handles } = this;
    this.#files = [];
    await Promise.all(handles.map((held) => held.close().catch(() => {})));
  }

  async #drop(late: LateFile): Promise<void> {
    this.release(late.held);
    this.#sayHalf(late);
    await late.held.close();
  }

  #sayHalf(late: LateFile): void {
    const { halfBytes } = late.held;
    if (halfBytes === 0 || late.saidHalf) return;
    late.saidHalf = true;
    this.say(
      'notice',
      `${this.path} was rotated in the middle of a line: ${halfBytes} bytes of it wait for an end that may never come`,
    );
  }
}
