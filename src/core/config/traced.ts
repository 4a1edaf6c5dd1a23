/**
 * Text that knows, line by line, where it was written: what values are while they are put together.
 *
 * Interpolation and tags replace spans of a value by other values (`splice`); the lines of the result keep the place
 * of the file they come from, so that the third failregex of a filter still points at its own line.
 */
import type { Origin, Sourced } from '../errors.js';

/** `origins` has one entry for each line of `text` (split at `\n`); undefined for text nobody wrote. */
export interface Traced {
  readonly text: string;
  readonly origins: readonly (Origin | undefined)[];
}

/** Text whose lines all have one origin. */
export function traced(text: string, origin?: Origin | undefined): Traced {
  return { text, origins: new Array<Origin | undefined>(countLines(text)).fill(origin) };
}

/** Where the first line that holds anything was written. */
export function originOf(value: Traced): Origin | undefined {
  const lines = value.text.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  return value.origins[Math.max(0, first)];
}

/** The value as one unit. */
export function sourced<T>(value: T, from: Traced): Sourced<T> {
  return { value, origin: originOf(from) };
}

/** Lines stripped, empty ones left out, each with its own origin. */
export function tracedLines(value: Traced): Sourced<string>[] {
  return value.text
    .split('\n')
    .map((line, i) => ({ value: line, origin: value.origins[i] }))
    .filter((line) => line.value !== '');
}

/** Replaces `outer.text[start, end)` by `inner`. A line that is wholly inner text takes the inner origin. */
export function splice(outer: Traced, [start, end]: readonly [number, number], inner: Traced): Traced {
  return append(append(slice(outer, 0, start), inner), slice(outer, end));
}

/** Two texts one behind the other. Where they share a line, the one with text on it has the say, and the first of two. */
export function append(first: Traced, second: Traced): Traced {
  if (second.text === '') return first;
  if (first.text === '') return second;
  const last = first.origins[first.origins.length - 1];
  // Text that nobody wrote (`%(__name__)s`, a doubled `%`) does not hide where the rest of its line stands.
  const shared = first.text.endsWith('\n') ? second.origins[0] : (last ?? second.origins[0]);
  return {
    text: first.text + second.text,
    origins: [...first.origins.slice(0, -1), shared, ...second.origins.slice(1)],
  };
}

/** Every `search` of a value replaced by `inner`, in one pass; lines get their origins as by `splice`. */
export function replaceText(value: Traced, search: string, inner: Traced): Traced {
  const parts = value.text.split(search);
  const pieces: string[] = [];
  const origins: (Origin | undefined)[] = [];
  let fresh = true;
  const add = ({ text, origins: [first, ...more] }: Traced) => {
    if (text === '') return;
    if (fresh) origins.pop();
    if (fresh) origins.push(first);
    origins.push(...more);
    pieces.push(text);
    fresh = text.endsWith('\n');
  };
  let line = 0;
  for (const [i, text] of parts.entries()) {
    if (i > 0) add(inner);
    const lines = countLines(text);
    add({ text, origins: value.origins.slice(line, line + lines) });
    line += lines - 1 + countLines(search) - 1;
  }
  return pieces.length > 0
    ? { text: pieces.join(''), origins }
    : { text: '', origins: inner.origins.slice(0, 1) };
}

/** A part of a value that starts at `start` and ends before `end`. */
export function slice(value: Traced, start: number, end: number = value.text.length): Traced {
  const text = value.text.slice(start, end);
  const first = countLines(value.text.slice(0, start)) - 1;
  return { text, origins: value.origins.slice(first, first + countLines(text)) };
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
