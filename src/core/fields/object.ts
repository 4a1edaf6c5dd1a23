/**
 * The JSON object of a line, and whether a name that matters stands twice in it.
 *
 * JSON.parse takes the last of two fields of one name. A service that writes what a client sends without quoting it lets
 * the client add a second one, so a line that is about to count is read once more: a twin on the way to any field in use
 * makes it worthless. Neither step recurses, so no depth of nesting is too deep.
 */
import type { FieldPath, JsonObject } from './path.js';

/** Longer texts are not decoded. */
const MAX_CHARS = 4 * 1024 * 1024;

/** Undefined for what is not exactly one object. */
export function parseObject(text: string): JsonObject | undefined {
  if (text.length > MAX_CHARS || text.charCodeAt(0) !== OPEN) return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Names that matter, as a tree: each with those below it. */
export type Wanted = ReadonlyMap<string, Wanted>;

export function wantedOf(paths: Iterable<FieldPath>): Wanted {
  const root = new Map<string, Wanted>();
  for (const path of paths) {
    let node = root;
    for (const name of path) {
      let below = node.get(name) as Map<string, Wanted> | undefined;
      if (!below) node.set(name, (below = new Map()));
      node = below;
    }
  }
  return root;
}

/** The name that stands twice in an object on the way to a field that is wanted. `text` is valid JSON. */
export function twinIn(text: string, wanted: Wanted): string | undefined {
  const stack: Frame[] = [];
  let top: Frame | undefined;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (top?.awaitsName) {
          top.awaitsName = false;
          const name = top.wanted && nameOf(text.slice(at, end));
          if (name !== undefined && top.wanted?.has(name)) {
            if (top.seen.has(name)) return name;
            top.seen.add(name);
          }
          top.name = name;
        }
        at = end - 1;
        break;
      }
      case OPEN:
      case OPEN_ARRAY: {
        const isObject = text.charCodeAt(at) === OPEN;
        const below = top ? wantedBelow(top) : wanted;
        top = { isObject, wanted: below, seen: new Set(), awaitsName: isObject, name: undefined, index: 0 };
        stack.push(top);
        break;
      }
      case CLOSE:
      case CLOSE_ARRAY:
        stack.pop();
        top = stack.at(-1);
        break;
      case COMMA:
        if (top?.isObject) top.awaitsName = true;
        else if (top) top.index++;
    }
  }
  return undefined;
}

interface Frame {
  readonly isObject: boolean;
  readonly wanted: Wanted | undefined;
  readonly seen: Set<string>;
  awaitsName: boolean;
  /** Of the value that comes next. */
  name: string | undefined;
  index: number;
}

function wantedBelow({ isObject, wanted, name, index }: Frame): Wanted | undefined {
  const below = isObject ? name : String(index);
  return below === undefined ? undefined : wanted?.get(below);
}

/** Where the string that begins at `at` is over. */
function endOfString(text: string, at: number): number {
  for (let end = at; ; ) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

function nameOf(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
