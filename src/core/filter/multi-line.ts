/**
 * The last lines of a log as one text, for filters whose matches span lines (maxlines > 1).
 *
 * Lines in, one text out; a match comes back as offsets and takes the lines it touches out of the buffer, except
 * those that `<SKIPLINES>` passed over. The lines are an immutable list, so a snapshot costs nothing.
 */
import type { BufferedLine } from './outcome.js';

/** A range of offsets in the text. */
export type Span = readonly [start: number, end: number];

export class LineBuffer {
  #lines: readonly BufferedLine[] = [];

  constructor(readonly maxLines: number) {}

  snapshot(): unknown {
    return this.#lines;
  }

  restore(snapshot: unknown): void {
    this.#lines = snapshot as readonly BufferedLine[];
  }

  /** Adds a line, drops the oldest when there are too many. */
  push(line: BufferedLine): void {
    this.#lines = [...this.#lines, line].slice(-this.maxLines);
  }

  /** The lines without their dates, each with a newline behind it. */
  get text(): string {
    return this.#lines.map(textOf).join('');
  }

  /**
   * Takes out the whole lines that a match touches. A line is touched when more of it than its newline is matched.
   *
   * @returns them in order.
   */
  consume(match: Span, skipped: readonly Span[]): BufferedLine[] {
    const consumed: BufferedLine[] = [];
    const kept: BufferedLine[] = [];
    let start = 0;
    for (const line of this.#lines) {
      const end = start + textOf(line).length;
      const touched = match[0] < end - 1 && match[1] > start;
      const passedOver = skipped.some((span) => span[0] <= start && end <= span[1]);
      (touched && !passedOver ? consumed : kept).push(line);
      start = end;
    }
    this.#lines = kept;
    return consumed;
  }
}

/** A buffered line as patterns see it. */
export function textOf(line: BufferedLine): string {
  return `${line.before}${line.after}\n`;
}

/** A buffered line as it is stored with a failure. */
export function wholeOf(line: BufferedLine): string {
  return line.before + line.date + line.after;
}
