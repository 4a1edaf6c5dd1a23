/**
 * Docker's own log files (json-file): each line of a container is an object `{"log": "…\n", "stream": …, "time": …}`.
 *
 * A line of more than 16 KB comes in pieces, of which only the last ends in a newline. Whoever can make a line that long
 * decides what a piece begins with, so the pieces behind the first are never taken for lines, nor is the first.
 */
import type { JsonObject } from './path.js';

export interface DockerLine {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

const NAMES = new Set(['log', 'stream', 'time', 'attrs']);

/** Undefined for an object that is something else. */
export function dockerLineOf(object: JsonObject): DockerLine | undefined {
  const { log, stream, time } = object;
  if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
  return Object.keys(object).every((name) => NAMES.has(name)) ? { log, stream, time } : undefined;
}

/** Puts aside what is only a piece of a line. */
export class DockerPieces {
  /** Streams that are amid a line. */
  #open: readonly string[] = [];

  snapshot(): unknown {
    return this.#open;
  }

  restore(snapshot: unknown): void {
    this.#open = snapshot as readonly string[];
  }

  /** Is this the whole of a line? To be asked of all, in order. */
  isWhole({ log, stream }: DockerLine): boolean {
    const isOpen = this.#open.includes(stream);
    const ends = log.endsWith('\n');
    if (ends && isOpen) this.#open = this.#open.filter((other) => other !== stream);
    else if (!ends && !isOpen) this.#open = [...this.#open, stream].slice(-2);
    return ends && !isOpen;
  }
}
