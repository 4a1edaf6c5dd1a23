/**
 * Puts a date regex between boundaries and makes sure that its group 1 is what gets cut from the line.
 *
 * Input: regex text with directives expanded, output: the text that is compiled, and whether a match counts as anchored.
 * A pattern without an unnamed group is wrapped whole (inside its outer `^` and `$`); `**` at an end drops the word
 * boundary there. All of it is decided by looking at the text, not by parsing: users see the result (--verbose-date),
 * and a pattern such as `[(]%Y` counts as having a group because fail2ban thinks so too.
 * Source: filter.md §2.4, and `fail2ban-regex --VD -d …` for the corner cases.
 */

export interface Boundaries {
  /** In front: `word` edge, `line` start and up to two non-word characters, or nothing. */
  readonly begin: 'word' | 'line' | 'none';
  readonly end: 'word' | 'none';
}

export interface BoundedRegex {
  readonly regex: string;
  /** The `line` boundary is in force; false when the pattern brings its own `^` or `**`. */
  readonly atLineBegin: boolean;
  /** Tied to the start or the end of the line: such a match is taken at once (filter.md §2.5). */
  readonly anchored: boolean;
  /** Group 1 holds everything between the outermost zero-width parts (and the two characters of `line`). */
  readonly cutsWhole: boolean;
}

export const WORD_BEGIN = '(?=^|\\b|\\W)';
export const LINE_BEGIN = '^(?:\\W{0,2})?';
export const WORD_END = '(?=\\b|\\W|$)';

const FLAGS = '(?:\\(\\?\\w+\\))';
/** All opening parentheses, at most one `?:`, then `^`; or `**` instead of the last two. */
const BEGINS_ITSELF = new RegExp(`^${FLAGS}?\\(*(?:(?:\\?:)?\\^|\\*\\*)`);
/** `$`, `$)`, `**`, `**)))`, `\b` or `\s` last of all. */
const ENDS_ITSELF = /(?:\$\)?|(?<!\\)\*\*\)*|(?<!\\)\\[bs])$/;
const UNNAMED_GROUP = /(?<!\\)\((?!\?)/;
const OUTER = new RegExp(`^(${FLAGS}*\\^?${FLAGS}*)(.*?)(\\$?)$`, 's');
const ANCHORED = new RegExp(`^${FLAGS}?\\(?\\^|\\$\\)?$`);
const FREE_BEGIN = new RegExp(`^(${FLAGS}?\\(*)\\*\\*`);
const FREE_END = /(?<!\\)\*\*(\)*)$/;
const FIRST_FLAGS = new RegExp(`(?<!\\\\)${FLAGS}`);

export function bound(text: string, boundaries: Boundaries): BoundedRegex {
  const trimmed = text.trim();
  // Python wants global flags in front of everything; the first ones are moved there.
  const flags = FIRST_FLAGS.exec(trimmed)?.[0] ?? '';
  let regex = trimmed.replace(FIRST_FLAGS, '');
  const begin = BEGINS_ITSELF.test(regex) ? 'none' : boundaries.begin;
  const end = ENDS_ITSELF.test(regex) ? 'none' : boundaries.end;
  const cutsWhole = !UNNAMED_GROUP.test(regex);
  if (cutsWhole) regex = regex.replace(OUTER, '$1($2)$3');
  const anchored = begin === 'line' || ANCHORED.test(regex);
  regex = regex.replace(FREE_BEGIN, '$1').replace(FREE_END, '$1');
  return {
    regex: flags + BEGIN[begin] + regex + (end === 'word' ? WORD_END : ''),
    atLineBegin: begin === 'line',
    anchored,
    cutsWhole,
  };
}

const BEGIN = { word: WORD_BEGIN, line: LINE_BEGIN, none: '' } as const;
