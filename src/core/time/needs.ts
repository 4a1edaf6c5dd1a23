/**
 * What a line must contain before a default template can match: a cheap look that spares most of the 31 searches.
 *
 * Bits, so that a template needs several kinds of text and a line lacks several. Only for ASCII lines (elsewhere `\d` has
 * more digits than ten). Asked when all templates are about to be tried: for lines without a date, and where it changes.
 */

export const NEED = {
  /** `12:34:56` */
  clock: 1,
  /** The name of a month. */
  month: 2,
  /** `2026-`, `2026/` or `2026.` */
  leadingYear: 4,
  /** `5-6-2` or `5/6/2` */
  numericDay: 8,
  /** `261121 ` */
  sixDigits: 16,
  /** `20261121` */
  eightDigits: 32,
  /** Ten digits. */
  epoch: 64,
  /** `@4000000041f4104f00000000` */
  label: 128,
} as const;

const LOOKS: readonly (readonly [bit: number, look: RegExp])[] = [
  [NEED.month, /jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec/i],
  [NEED.leadingYear, /2\d{3}[-/.]/],
  [NEED.numericDay, /\d[-/]\d\d?[-/]\d/],
  [NEED.sixDigits, /\d{6} /],
  [NEED.eightDigits, /2\d{7}/],
  [NEED.epoch, /\d{10}/],
  [NEED.label, /@[\da-f]{24}/],
];

/** The bits of all that an ASCII line does not contain. */
export function missingIn(line: string): number {
  let missing = 0;
  if (!/\d:\d\d?:\d/.test(line)) {
    missing = NEED.clock;
    if (!/\d{8}|@/.test(line)) return ~0;
  }
  for (const [bit, look] of LOOKS) if (!look.test(line)) missing |= bit;
  return missing;
}
