/**
 * The text of a configuration file → its logical lines: which line is a header, an option, a continuation, a comment.
 *
 * The same grammar as ini-file.ts, but nothing is folded away: a linter wants to see what a reader throws out (inline
 * comments, continuation lines that look like options, duplicates). Lines count from 1, offsets from 0.
 */
import { indentOf, isBlank, strip, stripEnd } from '../python-text.js';

interface Base {
  readonly line: number;
  /** The physical line. */
  readonly text: string;
  /** Offset of the inline comment that ends the value, or -1. */
  readonly comment: number;
}

export interface OptionLine extends Base {
  readonly kind: 'option';
  readonly section: string;
  /** As written. */
  readonly written: string;
  /** As read: in lower case. */
  readonly key: string;
  /** Text behind the delimiter, comment left out. */
  readonly value: string;
  readonly valueAt: number;
  readonly continuations: ContinuationLine[];
}

export interface ContinuationLine extends Base {
  readonly kind: 'continuation';
  readonly value: string;
}

export interface HeaderLine extends Base {
  readonly kind: 'header';
  readonly name: string;
}

/** Neither header nor option, or an option before the first header. */
export interface StrayLine extends Base {
  readonly kind: 'stray' | 'before-section';
}

export type LayoutLine = OptionLine | HeaderLine | StrayLine;

export interface Layout {
  readonly file: string;
  readonly lines: readonly string[];
  /** Continuations stand in their options; blank and comment lines are left out. */
  readonly entries: readonly LayoutLine[];
}

export function readLayout(text: string, file: string): Layout {
  const lines = text.split(/\r\n|\r|\n/);
  const entries: LayoutLine[] = [];
  let section: string | undefined;
  let current: OptionLine | undefined;
  let indent = 0;
  for (const [index, line] of lines.entries()) {
    const comment = commentStart(line);
    const value = strip(comment === -1 ? line : line.slice(0, comment));
    if (value === '') continue;
    const base = { line: index + 1, text: line, comment };
    const depth = indentOf(line);
    if (current && depth > indent) {
      current.continuations.push({ ...base, kind: 'continuation', value });
      continue;
    }
    indent = depth;
    const header = /^\[([^\n]+)\]/.exec(value)?.[1];
    if (header !== undefined) {
      [section, current] = [header, undefined];
      entries.push({ ...base, kind: 'header', name: header });
    } else if (section === undefined) {
      entries.push({ ...base, kind: 'before-section' });
      // Nothing behind this line is read.
      return { file, lines, entries };
    } else {
      const delimiter = value.search(/[=:]/);
      if (delimiter <= 0) {
        entries.push({ ...base, kind: 'stray' });
        continue;
      }
      const written = stripEnd(value.slice(0, delimiter));
      const rest = value.slice(delimiter + 1);
      const text = strip(rest);
      const valueAt = line.indexOf(value) + delimiter + 1 + Math.max(0, rest.indexOf(text));
      current = {
        ...base,
        kind: 'option',
        section,
        written,
        key: written.toLowerCase(),
        value: text,
        valueAt,
        continuations: [],
      };
      entries.push(current);
    }
  }
  return { file, lines, entries };
}

/** As ini-file.ts has it: a whole line, or ` ;` behind text. */
function commentStart(line: string): number {
  const first = strip(line)[0];
  if (first === '#' || first === ';') return 0;
  for (let at = line.indexOf(';'); at !== -1; at = line.indexOf(';', at + 1)) {
    if (at === 0 || isBlank(line[at - 1] as string)) return at;
  }
  return -1;
}
