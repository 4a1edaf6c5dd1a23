/**
 * Tester: what there is to count about one line, packed into a number, so that a million outcomes die young.
 *
 * A line has at most one row and one ignoreregex here; whatever has more to tell keeps its outcome (collector.ts).
 */

export type LineKind = 'missed' | 'ignored' | 'matched';

export interface LineCounts {
  readonly kind: LineKind;
  /** Did prefregex match? `none`: the line was not given to it. */
  readonly prefix: 'none' | 'missed' | 'matched';
  /** The failregex of the line's row, from 0; -1 for none. */
  readonly row: number;
  /** The ignoreregex that took the line back, from 0; -1 for none. */
  readonly ignoredBy: number;
}

const KINDS: readonly LineKind[] = ['missed', 'ignored', 'matched'];
const PREFIXES = ['none', 'missed', 'matched'] as const;
/** Bits for the number of a regex; 4 + 2 · 13 bits are a small integer to V8. */
const INDEX_BITS = 13;
const LAST_INDEX = (1 << INDEX_BITS) - 2;

/** Undefined for a filter with more expressions than fit. */
export function packCounts({ kind, prefix, row, ignoredBy }: LineCounts): number | undefined {
  if (row > LAST_INDEX || ignoredBy > LAST_INDEX) return undefined;
  const indexes = ((ignoredBy + 1) << INDEX_BITS) | (row + 1);
  return (indexes << 4) | (PREFIXES.indexOf(prefix) << 2) | KINDS.indexOf(kind);
}

export function kindOf(packed: number): LineKind {
  return KINDS[packed & 3]!;
}

export function unpackCounts(packed: number): LineCounts {
  return {
    kind: kindOf(packed),
    prefix: PREFIXES[(packed >> 2) & 3]!,
    row: ((packed >> 4) & (LAST_INDEX + 1)) - 1,
    ignoredBy: (packed >> (4 + INDEX_BITS)) - 1,
  };
}
