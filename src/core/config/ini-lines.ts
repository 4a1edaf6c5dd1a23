/**
 * The physical lines of a configuration file → what each is: header, option, continuation of a value, blank within one.
 *
 * The one place that knows where options begin and values end (Python's ConfigParser): the reader folds the lines
 * (ini-file.ts), the linter looks at each (check/layout.ts). Comment lines, and blank ones outside values, are left out.
 * Lines count from 1, offsets from 0. Source: config.md §1.
 */
import { indentOf, isBlank, strip, stripEnd } from './python-text.js';

interface Base {
  readonly line: number;
  /** The physical line. */
  readonly text: string;
  /** Offset of the inline comment that ends the value, or -1. */
  readonly comment: number;
}

export interface HeaderLine extends Base {
  readonly kind: 'header';
  readonly name: string;
}

export interface OptionStart extends Base {
  readonly kind: 'option';
  readonly section: string;
  /** As written. */
  readonly written: string;
  /** As read: in lower case. */
  readonly key: string;
  /** Text behind the delimiter, comment left out. */
  readonly value: string;
  readonly valueAt: number;
}

/** More of the value of the last option. */
export interface ContinuationLine extends Base {
  readonly kind: 'continuation';
  readonly value: string;
}

/** Stands inside a value if more of it follows. */
export interface BlankLine extends Base {
  readonly kind: 'blank';
}

/** Neither header nor option; or something before the first header, behind which nothing is read. */
export interface StrayLine extends Base {
  readonly kind: 'stray' | 'before-section';
}

export type IniLine = HeaderLine | OptionStart | ContinuationLine | BlankLine | StrayLine;

/** The lines of a text, as Python counts them. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

export function* readIniLines(lines: readonly string[]): Generator<IniLine, void, undefined> {
  let section: string | undefined;
  let inValue = false;
  let indent = 0;
  for (const [index, text] of lines.entries()) {
    const comment = commentStart(text);
    const value = strip(comment === -1 ? text : text.slice(0, comment));
    const base = { line: index + 1, text, comment };
    if (value === '') {
      // A comment line leaves no trace in a value, a blank one does.
      if (comment === -1 && inValue) yield { ...base, kind: 'blank' };
      continue;
    }
    const depth = indentOf(text);
    if (inValue && depth > indent) {
      yield { ...base, kind: 'continuation', value };
      continue;
    }
    indent = depth;
    const name = /^\[([^\n]+)\]/.exec(value)?.[1];
    if (name !== undefined) {
      [section, inValue] = [name, false];
      yield { ...base, kind: 'header', name };
      continue;
    }
    if (section === undefined) {
      yield { ...base, kind: 'before-section' };
      return;
    }
    const delimiter = value.search(/[=:]/);
    if (delimiter <= 0) {
      yield { ...base, kind: 'stray' };
      // After `= value` Python goes on as if an option without a name had been opened.
      if (delimiter === 0) inValue = false;
      continue;
    }
    inValue = true;
    yield { ...base, kind: 'option', section, ...optionIn(text, value, delimiter) };
  }
}

function optionIn(
  text: string,
  stripped: string,
  delimiter: number,
): Pick<OptionStart, 'key' | 'value' | 'valueAt' | 'written'> {
  const written = stripEnd(stripped.slice(0, delimiter));
  const rest = stripped.slice(delimiter + 1);
  const value = strip(rest);
  const valueAt = text.indexOf(stripped) + delimiter + 1 + Math.max(0, rest.indexOf(value));
  return { written, key: written.toLowerCase(), value, valueAt };
}

/** Where the comment of a line begins, or -1. Only ` ;` starts one inside a line, quotes do not protect. */
function commentStart(line: string): number {
  const first = strip(line)[0];
  if (first === '#' || first === ';') return 0;
  for (let at = line.indexOf(';'); at !== -1; at = line.indexOf(';', at + 1)) {
    if (at === 0 || isBlank(line[at - 1] as string)) return at;
  }
  return -1;
}
