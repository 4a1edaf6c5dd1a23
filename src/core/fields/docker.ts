/**
 * Log files of containers. Docker's own (json-file): each line is an object `{"log": "…\n", "stream": …, "time": …}`. Those of
 * Kubernetes and podman (CRI): `TIME stdout F LINE`.
 *
 * A line of more than 16 KB comes in pieces, of which only the last ends in a newline, or is marked F and not P. Whoever can make a line that long
 * decides what a piece begins with, so the pieces behind the first are never taken for lines, nor is the first.
 */
import type { JsonObject } from './path.js';

export interface DockerLine {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

const NAMES = new Set(['log', 'stream', 'time', 'attrs']);

/** Docker's; undefined for an object that is something else. */
export function dockerLineOf(object: JsonObject): DockerLine | undefined {
  const { log, stream, time } = object;
  if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
  return Object.keys(object).every((name) => NAMES.has(name)) ? { log, stream, time } : undefined;
}

const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::[^ ]*)? /;

/** The same of a line of Kubernetes. */
export function criLineOf(text: string): DockerLine | undefined {
  const [head, time, stream, mark] = CRI.exec(text) ?? [];
  if (head === undefined) return undefined;
  const log = `${text.slice(head.length)}${mark === 'F' ? '\n' : ''}`;
  return { log, stream: stream as string, time: time as string };
}

/** More logs are not amid a line at a time. */
const MAX_OPEN = 1024;

/** Puts aside what is only a piece of a line. */
export class DockerPieces {
  /** The log that is read now: lines of several containers may come by turns. */
  log = '';
  /** Streams of logs that are amid a line. */
  #open: readonly string[] = [];

  snapshot(): unknown {
    return this.#open;
  }

  restore(snapshot: unknown): void {
    this.#open = snapshot as readonly string[];
  }

  /** Is this the whole of a line? To be asked of all, in order. */
  isWhole({ log, stream }: DockerLine): boolean {
    const key = `${stream} ${this.log}`;
    const isOpen = this.#open.includes(key);
    const ends = log.endsWith('\n');
    if (ends && isOpen) this.#open = this.#open.filter((other) => other !== key);
    else if (!ends && !isOpen) this.#open = [...this.#open, key].slice(-MAX_OPEN);
    return ends && !isOpen;
  }
}
