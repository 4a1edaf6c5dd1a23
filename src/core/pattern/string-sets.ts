/**
 * Small sets of strings, as literals.ts reckons with them: products, unions, and how telling a set is.
 *
 * A set here means "one of these is there". An empty string in it says nothing; no strings at all say "impossible".
 */

export type Strings = readonly string[];

/** A set grows no larger than this while it is multiplied out. */
export const MAX_PRODUCT = 64;

/** Every string of `left` followed by every string of `right`; undefined when that would be too many. */
export function product(left: Strings, right: Strings): Strings | undefined {
  if (left.length * right.length > MAX_PRODUCT) return undefined;
  return distinct(left.flatMap((head) => right.map((tail) => head + tail)));
}

/** Both together; undefined when that would be too many. */
export function union(left: Strings, right: Strings, limit = MAX_PRODUCT): Strings | undefined {
  const both = distinct([...left, ...right]);
  return both.length > limit ? undefined : both;
}

/** Drops every string that contains another one of the set: where it is, the shorter one is too. */
export function minimal(strings: Strings): Strings {
  const length = strings[0]?.length;
  if (strings.every((string) => string.length === length)) return strings;
  return strings.filter(
    (long) => !strings.some((short) => short.length < long.length && long.includes(short)),
  );
}

/**
 * How much a set tells: what its weakest string is worth, less what its size costs. Comparable between sets of one
 * pattern only; letters and digits count whole, punctuation less, blanks little, and after a dozen it hardly matters.
 */
export function worth(strings: Strings): number {
  let weakest = Number.POSITIVE_INFINITY;
  for (const string of strings) weakest = Math.min(weakest, weight(string));
  return weakest - 0.8 * Math.log2(strings.length);
}

/** The value of one string. */
export function weight(string: string): number {
  let sum = 0;
  for (let i = 0; i < string.length; i++) {
    const value = worthOfUnit(string.charCodeAt(i));
    sum += sum < 12 ? value : value / 10;
  }
  return sum;
}

function worthOfUnit(unit: number): number {
  const telling =
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit >= 0x80;
  return telling ? 1 : unit === 0x20 ? 0.3 : 0.6;
}

function distinct(strings: Strings): Strings {
  return strings.length < 2 ? strings : [...new Set(strings)];
}
