/**
 * One file of fail2ban's INI dialect → sections of options, each value with the line of every piece.
 *
 * The dialect is Python's ConfigParser (continuation lines, comments inside values, inline ` ;`, duplicates fatal).
 * This file only folds physical lines (ini-lines.ts) into logical ones and quotes them; the package `ini` decodes the
 * result, which it does faithfully once nothing is left to its own idea of comments, dots, brackets, booleans and
 * duplicates. Wording and line of each error are Python's. No file is opened here.
 */
import { parse as decodeIni } from 'ini';
import { ConfigError, type Origin } from '../errors.js';
import { repr, reprString } from '../python-repr.js';
import { readIniLines, splitLines } from './ini-lines.js';
import type { Traced } from './traced.js';

/** Options of a section by lower-case name, in order of appearance. */
export type IniSection = ReadonlyMap<string, Traced>;

export interface IniFile {
  readonly file: string;
  /** By name as written; `DEFAULT` is among them when it appears. */
  readonly sections: ReadonlyMap<string, IniSection>;
  /** Line of each section's header. */
  readonly headers: ReadonlyMap<string, Origin>;
  /** What ConfigParser would refuse, in the order it would come to it. The first one is fatal for fail2ban. */
  readonly errors: readonly ConfigError[];
}

/** Reads the text of one file. Never throws: what is wrong stands in `errors`, the rest is still read. */
export function parseIni(text: string, file: string): IniFile {
  const folded = foldLines(text, file);
  const decoded = decodeIni(folded.options.map(writeOption).join('\n')) as Record<
    string,
    Record<string, unknown>
  >;
  const sections = new Map<string, Map<string, Traced>>();
  for (const name of folded.headers.keys()) sections.set(name, new Map());
  for (const option of folded.options) {
    const value = decoded[slotOf(option.section)]?.[slotOf(option.key, option.lines[0])];
    const origins = option.lines.map((line) => ({ file, line }));
    sections.get(option.section)?.set(option.key, { text: String(value), origins });
  }
  return { file, sections, headers: folded.headers, errors: folded.errors };
}

interface FoldedOption {
  readonly section: string;
  readonly key: string;
  /** One entry a piece, and the line each was found at. */
  readonly pieces: string[];
  readonly lines: number[];
}

interface Folded {
  readonly options: FoldedOption[];
  readonly headers: Map<string, Origin>;
  readonly errors: ConfigError[];
}

function foldLines(text: string, file: string): Folded {
  const options: FoldedOption[] = [];
  const headers = new Map<string, Origin>();
  const errors: ConfigError[] = [];
  const seen = new Set<string>();
  const bogus: BogusLine[] = [];
  let current: FoldedOption | undefined;

  const lines = splitLines(text);
  /** Python shows lines with their end, which the last one may lack. */
  const rawOf = ({ line, text: raw }: BogusLine) => (line === lines.length ? raw : `${raw}\n`);
  for (const entry of readIniLines(lines)) {
    const at: Origin = { file, line: entry.line };
    switch (entry.kind) {
      case 'header':
        if (!headers.has(entry.name)) headers.set(entry.name, at);
        else if (entry.name !== 'DEFAULT') errors.push(duplicateSection(entry.name, at));
        break;
      case 'option': {
        const { section, key, value } = entry;
        current = { section, key, pieces: [value], lines: [entry.line] };
        const id = `${section}\n${key}`;
        if (seen.has(id)) errors.push(duplicateOption(section, key, at));
        else options.push(current);
        seen.add(id);
        break;
      }
      case 'continuation':
      case 'blank':
        current?.pieces.push(entry.kind === 'blank' ? '' : entry.value);
        current?.lines.push(entry.line);
        break;
      case 'stray':
        bogus.push(entry);
        break;
      case 'before-section':
        // Python stops here; going on would only repeat the complaint for each line.
        errors.push(noHeader(rawOf(entry), at));
    }
  }
  if (bogus.length > 0) {
    const shown = bogus.map((entry) => ({ line: entry.line, text: rawOf(entry) }));
    errors.push(...parsingErrors(shown, file));
  }
  return { options, headers, errors };
}

interface BogusLine {
  readonly line: number;
  readonly text: string;
}

/** `"section 0"` and `"key 12" = "value"`, so quoted that `ini` cannot mistake any of it. */
function writeOption(option: FoldedOption): string {
  while (option.pieces.length > 1 && option.pieces[option.pieces.length - 1] === '') {
    option.pieces.pop();
    option.lines.pop();
  }
  const key = quote(slotOf(option.key, option.lines[0]));
  return `[${quote(slotOf(option.section).replaceAll('.', '\\.'))}]\n${key}=${quote(option.pieces.join('\n'))}`;
}

/** The number keeps names like `__proto__` and `list[]` from meaning something to `ini`. */
function slotOf(name: string, line = 0): string {
  return `${name} ${line}`;
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/[\]=\u0085\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function duplicateSection(section: string, at: Origin): ConfigError {
  return new ConfigError(
    'duplicate-section',
    `While reading from ${reprString(at.file)} [line ${pad(at.line)}]: section ${reprString(section)} already exists`,
    { origin: at, section },
    { hint: 'Merge the two sections into one, or rename one of them.' },
  );
}

function duplicateOption(section: string, option: string, at: Origin): ConfigError {
  return new ConfigError(
    'duplicate-option',
    `While reading from ${reprString(at.file)} [line ${pad(at.line)}]: ` +
      `option ${reprString(option)} in section ${reprString(section)} already exists`,
    { origin: at, section, option },
    { hint: 'Remove one of the two lines; names are compared without case.' },
  );
}

function noHeader(line: string, at: Origin): ConfigError {
  const hint = line.startsWith('\ufeff')
    ? 'The file starts with a byte order mark; save it as UTF-8 without BOM.'
    : 'Put a header such as [DEFAULT] or [Definition] above the first option.';
  return new ConfigError(
    'no-section',
    `File contains no section headers.\nfile: ${reprString(at.file)}, line: ${at.line}\n${reprString(line)}`,
    { origin: at },
    { hint },
  );
}

/** ConfigParser collects these and reports them together; each still is an error of its own line. */
function parsingErrors(bogus: readonly BogusLine[], file: string): ConfigError[] {
  const list = bogus.map(({ line, text }) => `\n\t[line ${pad(line)}]: ${repr(text)}`).join('');
  return bogus.map(({ line }) => {
    return new ConfigError(
      'not-an-option',
      `Source contains parsing errors: ${reprString(file)}${list}`,
      { origin: { file, line } },
      { hint: 'Write `name = value`, or indent the line to continue the value above it.' },
    );
  });
}

function pad(line: number): string {
  return String(line).padStart(2);
}
