/**
 * Passes lines of ASCII text that hold none of some strings and begin with a date: AssemblyScript, run as WebAssembly.
 *
 * It sees sixteen characters at a time. passer.ts fills its memory and is the only one to call it; after a change,
 * `node scripts/drift.mjs --write` compiles it into machine-code.ts.
 */

/** Of all strings together, how many windows there may be, and how large a text and a table. */
export const MAX_STRINGS: i32 = 128;
export const MAX_TEXT: i32 = 16 * 1024;
export const MAX_CELLS: i32 = 32 * 1024;
export const MAX_BYTES: i32 = 128 * 1024;

/**
 * A window is three characters of a string. For each of them, a bit for each of eight buckets: by the low half of a
 * character which buckets have one there (16 bytes), and by its high half (16 bytes).
 */
export const MASKS: usize = memory.data(96);
/** Of each string, ordered by bucket: its window, where that begins in it, its length, its place in TEXT; 16 bytes. */
export const STRINGS: usize = memory.data(16 * 128);
/** By bucket: how many strings are in those before it. */
export const BUCKETS: usize = memory.data(4 * 9);
export const TEXT: usize = memory.data(16 * 1024);
/** An automaton of dates (pattern/automaton.ts): the class of each character, and the table. */
export const CLASSES: usize = memory.data(128);
export const TABLE: usize = memory.data(2 * 32 * 1024);
const ENDS: u32 = 0x8000;
const STUCK: u32 = 0x7fff;

/** For each of the first characters of a head: the state in front of it, and where the date found so far ends. */
const MEMORY_BYTES: usize = 32;
const STEPS: usize = memory.data(4 * 32);

/** The text, which ends with a newline; what is behind it is read, too, but does not matter. */
export const BYTES: usize = memory.data(128 * 1024 + 64);
const FOUND: usize = memory.data(16);

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const HASH: u32 = 0x23;

let inBrackets: bool = false;
let bytesEnd: usize = 0;
/** Between the two there is no string; at the second one there is, or the text ends. */
let searchedFrom: usize = 1;
let foundAt: usize = 0;

/** Of the last `pass`: how many lines; where the last of them begins, and where its date ends. */
export let lines: i32 = 0;
export let lastStart: usize = 0;
export let lastDateEnd: usize = 0;

/** There is another table now. Its dates are at the begin of lines; or between the first bracket and the one that closes it. */
export function useTable(behindBracket: bool): void {
  inBrackets = behindBracket;
  headBytes = 0;
}

/** There is a text of so many bytes now. */
export function useBytes(length: usize): void {
  bytesEnd = BYTES + length;
  searchedFrom = 1;
  foundAt = 0;
}

/** A place in the first string that begins in or behind the line at `from`; the length of the text when there is none. */
export function find(from: usize): usize {
  return search(BYTES + from) - BYTES;
}

function search(at: usize): usize {
  if (at < searchedFrom || at > foundAt) {
    searchedFrom = at;
    foundAt = findString(at);
  }
  return foundAt;
}

/** The head of the line passed last, how many of its characters told that it can be passed, and how long its date is. */
let head0 = i8x16.splat(0);
let head1 = i8x16.splat(0);
let headBytes: usize = 0;
let dateBytes: usize = 0;

/** Passes lines from the one that begins at `from` on. @returns where the first one begins that has to be looked at. */
export function pass(from: usize): usize {
  const at = BYTES + from;
  let stop = search(at);
  if (stop < bytesEnd) while (stop > at && <u32>load<u8>(stop - 1) !== LF) stop--;

  lines = 0;
  lastStart = from;
  lastDateEnd = from;
  let start = at;
  while (start < stop) {
    // Empty lines and comments are for others to look at.
    const char = <u32>load<u8>(start);
    if (char === LF || char === HASH) break;
    const head = inBrackets ? behindBracket(start) : start;
    if (head === 0) break;
    // Lines of one minute follow each other: what is known of a head holds as far as the next one is the same.
    const first = v128.load(head);
    const second = v128.load(head, 16);
    const same0 = i8x16.bitmask(i8x16.eq(first, head0));
    const same1 = i8x16.bitmask(i8x16.eq(second, head1));
    const same = <usize>ctz(~((same1 << 16) | same0));
    if (same < headBytes || headBytes === 0) {
      headBytes = readHead(head, same);
      if (headBytes === 0) break;
      head0 = first;
      head1 = second;
    }
    const newline = findNewline(head + headBytes - 1);
    if (<u32>load<u8>(newline - 1) === CR) break;
    lines++;
    lastStart = start - BYTES;
    lastDateEnd = head + dateBytes - BYTES;
    start = newline + 1;
  }
  return start - BYTES;
}

/** Where the first bracket of a line has opened; 0 where there is none. */
function behindBracket(start: usize): usize {
  const bracket = i8x16.splat(0x5b);
  const newline = i8x16.splat(<i8>LF);
  for (let at = start; at < bytesEnd; at += 16) {
    const chars = v128.load(at);
    const lanes = i8x16.bitmask(v128.or(i8x16.eq(chars, bracket), i8x16.eq(chars, newline)));
    if (lanes === 0) continue;
    const found = at + <usize>ctz(lanes);
    return <u32>load<u8>(found) === LF ? 0 : found + 1;
  }
  return 0;
}

/**
 * How many characters from the head of a line on tell that its date stands there, plain and apart (`dateBytes` then is where it
 * ends); 0 when it does not. So many of them are the same as in the head read before.
 */
function readHead(start: usize, same: usize): usize {
  let lead: usize = 0;
  if (!inBrackets && !isWord(<u32>load<u8>(start))) {
    const next = <u32>load<u8>(start + 1);
    if (next === LF) return 0;
    lead = isWord(next) ? 1 : 2;
  }
  const from = start + lead;
  let at = from;
  let state: u32 = 0;
  let end: usize = 0;
  if (headBytes !== 0 && same > 2) {
    const behind = min(same, MEMORY_BYTES - 1);
    const known = STEPS + (behind << 2);
    at = start + behind;
    state = <u32>load<u16>(known);
    end = <usize>load<u16>(known, 2);
  }
  for (; ; at++) {
    const length = at - start;
    if (length < MEMORY_BYTES) store<u32>(STEPS + (length << 2), state | ((<u32>end) << 16));
    const code = <u32>load<u8>(at);
    if (code === LF) return 0;
    const cell = <u32>load<u16>(TABLE + ((state + <u32>load<u8>(CLASSES + code)) << 1));
    if ((cell & ENDS) !== 0) end = length;
    state = cell & ~ENDS;
    if (state === STUCK) break;
  }
  if (end <= lead) return 0;
  if (inBrackets) {
    if (<u32>load<u8>(start + end) !== 0x5d) return 0;
  } else if (lead > 0) {
    const before = <u32>load<u8>(from - 1);
    const after = <u32>load<u8>(start + end);
    if (!((before === 0x5b && after === 0x5d) || (before === 0x28 && after === 0x29))) return 0;
  }
  dateBytes = end;
  return at + 1 - start;
}

function isWord(code: u32): bool {
  return code - 0x30 < 10 || (code | 0x20) - 0x61 < 26 || code === 0x5f;
}

/** Where the first string's window stands at or after `from`; the end of the text when there is none. */
function findString(from: usize): usize {
  const low0 = v128.load(MASKS);
  const high0 = v128.load(MASKS, 16);
  const low1 = v128.load(MASKS, 32);
  const high1 = v128.load(MASKS, 48);
  const low2 = v128.load(MASKS, 64);
  const high2 = v128.load(MASKS, 80);
  const half = i8x16.splat(15);
  const nothing = i8x16.splat(0);
  for (let at = from; at < bytesEnd; at += 16) {
    const one = v128.load(at);
    const two = v128.load(at, 1);
    const three = v128.load(at, 2);
    const buckets = v128.and(
      v128.and(
        v128.and(i8x16.swizzle(low0, v128.and(one, half)), i8x16.swizzle(high0, i8x16.shr_u(one, 4))),
        v128.and(i8x16.swizzle(low1, v128.and(two, half)), i8x16.swizzle(high1, i8x16.shr_u(two, 4))),
      ),
      v128.and(i8x16.swizzle(low2, v128.and(three, half)), i8x16.swizzle(high2, i8x16.shr_u(three, 4))),
    );
    if (!v128.any_true(buckets)) continue;
    v128.store(FOUND, buckets);
    let lanes = ~i8x16.bitmask(i8x16.eq(buckets, nothing)) & 0xffff;
    while (lanes !== 0) {
      const lane = <usize>ctz(lanes);
      lanes &= lanes - 1;
      if (isStringAt(at + lane, <u32>load<u8>(FOUND + lane))) return at + lane;
    }
  }
  return bytesEnd;
}

/** Does a string of these buckets have its window at `at`? */
function isStringAt(at: usize, buckets: u32): bool {
  const window = load<u32>(at) & 0xffffff;
  let left = buckets;
  while (left !== 0) {
    const bounds = BUCKETS + ((<usize>ctz(left)) << 2);
    left &= left - 1;
    const end = STRINGS + ((<usize>load<u32>(bounds, 4)) << 4);
    for (let entry = STRINGS + ((<usize>load<u32>(bounds)) << 4); entry < end; entry += 16) {
      const own = load<u32>(entry);
      // One of two characters ends with a zero.
      if (own !== (own < 0x10000 ? window & 0xffff : window)) continue;
      const start = at - <usize>load<u32>(entry, 4);
      const length = <usize>load<u32>(entry, 8);
      if (start < BYTES || start + length > bytesEnd) continue;
      const text = <usize>load<u32>(entry, 12);
      let same: usize = 0;
      while (same < length && load<u8>(start + same) === load<u8>(text + same)) same++;
      if (same === length) return true;
    }
  }
  return false;
}

/** The first newline at or after `from`: there is one. */
function findNewline(from: usize): usize {
  const newline = i8x16.splat(<i8>LF);
  for (let at = from; at < bytesEnd; at += 16) {
    const lanes = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    if (lanes !== 0) return at + <usize>ctz(lanes);
  }
  return bytesEnd - 1;
}
