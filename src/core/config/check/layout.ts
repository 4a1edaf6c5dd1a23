/**
 * The text of a configuration file → its logical lines, each option with the lines that continue it.
 *
 * The reader's own grammar (ini-lines.ts), but nothing is folded away: a linter wants to see what a reader throws out
 * (inline comments, continuation lines that look like options, duplicates).
 */
import {
  type ContinuationLine,
  type HeaderLine,
  type OptionStart,
  readIniLines,
  type StrayLine,
  splitLines,
} from '../ini-lines.js';

export type { ContinuationLine, HeaderLine, StrayLine };

export interface OptionLine extends OptionStart {
  readonly continuations: readonly ContinuationLine[];
}

export type LayoutLine = OptionLine | HeaderLine | StrayLine;

export interface Layout {
  readonly file: string;
  readonly lines: readonly string[];
  /** Continuations stand in their options; blank and comment lines are left out. */
  readonly entries: readonly LayoutLine[];
}

export function readLayout(text: string, file: string): Layout {
  const lines = splitLines(text);
  const entries: LayoutLine[] = [];
  let continuations: ContinuationLine[] = [];
  for (const line of readIniLines(lines)) {
    if (line.kind === 'blank') continue;
    if (line.kind === 'continuation') continuations.push(line);
    else if (line.kind === 'option') {
      continuations = [];
      entries.push({ ...line, continuations });
    } else entries.push(line);
  }
  return { file, lines, entries };
}
