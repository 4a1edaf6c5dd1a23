/**
 * Catalogue: the comment at the head of a file → what the file says of itself.
 *
 *     # SERVICE: what it counts, in one sentence (may wrap).
 *     #
 *     # mode    normal      what it sees, the default first
 *     #         aggressive  what it sees
 *     # NAME    what the option does (default: VALUE)
 *     # NAME, NAME  what both do
 *     #
 *     # Free remarks, in paragraphs.
 *
 * Columns are parted by two blanks or more. Any file can be read: what is not in that form becomes a remark, and where a
 * table was begun and not kept to there is a complaint, for the tests of what ships. Nothing is opened here.
 */

/** One value that an option can have, and what it means. */
export interface ValueText {
  readonly name: string;
  readonly text: string;
}

export interface OptionText {
  readonly name: string;
  /** One line; empty where the values say it all. */
  readonly text: string;
  /** What stands behind `default:`, where the head says it. */
  readonly stated: string | undefined;
  readonly values: readonly ValueText[];
  /** Line in the file, from 1. */
  readonly line: number;
}

/** A paragraph; of an example the lines are kept, of everything else they are put on one. */
export interface Remark {
  readonly text: string;
  readonly isExample: boolean;
}

/** Something that is not in the form above. */
export interface Complaint {
  readonly line: number;
  readonly message: string;
}

export interface Header {
  /** The first sentence of the first paragraph that says something, on one line; empty where there is none. */
  readonly title: string;
  readonly options: readonly OptionText[];
  /** The other paragraphs. */
  readonly remarks: readonly Remark[];
  readonly complaints: readonly Complaint[];
}

/** What opens a file of fail2ban's without saying anything of it. */
const BOILERPLATE =
  /^(?:fail2ban (?:configuration|config|filter|action|jail)?(?: (?:configuration|config))? ?file\.?$|authors?:|\$revision|-\*-|vim?:)/i;

export function readHeader(text: string): Header {
  return headerOf(headLines(text));
}

/** A line of a comment without its mark. */
export interface CommentLine {
  readonly line: number;
  readonly text: string;
}

/** The first comment of a file: what stands above everything else. */
function headLines(text: string): CommentLine[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const start = lines.findIndex((line) => line.trim() !== '');
  const head: CommentLine[] = [];
  for (let i = Math.max(0, start); i < lines.length; i++) {
    const content = /^#(?: ?)(.*)$/.exec(lines[i] as string)?.[1];
    if (content === undefined) break;
    head.push({ line: i + 1, text: content.trimEnd() });
  }
  return head;
}

/** The same for a comment that stands somewhere else, above a section perhaps. */
export function headerOf(lines: readonly CommentLine[]): Header {
  let title = '';
  const options: OptionText[] = [];
  const remarks: Remark[] = [];
  const complaints: Complaint[] = [];
  for (const paragraph of paragraphsOf(lines)) {
    if (isTable(paragraph)) {
      const table = readTable(paragraph);
      options.push(...table.options);
      complaints.push(...table.complaints);
    } else if (title === '') {
      const [first, rest] = firstSentence(titleOf(paragraph));
      title = first;
      if (rest !== '') remarks.push({ text: rest, isExample: false });
    } else remarks.push(remarkOf(paragraph));
  }
  return { title, options, remarks, complaints };
}

function paragraphsOf(lines: readonly CommentLine[]): CommentLine[][] {
  const paragraphs: CommentLine[][] = [[]];
  for (const line of lines) {
    // Also a row of signs that only draws a line.
    if (/^[\s#=*-]*$/.test(line.text)) paragraphs.push([]);
    else paragraphs.at(-1)?.push(line);
  }
  return paragraphs.filter((paragraph) => paragraph.length > 0);
}

function titleOf(paragraph: readonly CommentLine[]): string {
  const end = paragraph.findIndex(({ text }) => BOILERPLATE.test(text.trim()));
  return joined(end === -1 ? paragraph : paragraph.slice(0, end));
}

/** What follows the first sentence is a remark. */
function firstSentence(text: string): [string, string] {
  const end = /(?<!\b(?:e\.g|i\.e|etc|vs|no|resp))[.!?](?= +["(]?\p{Lu})/u.exec(text);
  return end ? [text.slice(0, end.index + 1), text.slice(end.index + 1).trim()] : [text, ''];
}

/** Lines that are indented stay lines: they are an example. */
function remarkOf(paragraph: readonly CommentLine[]): Remark {
  const isExample = paragraph.some(({ text }) => /^ {2}/.test(text));
  if (!isExample) return { text: joined(paragraph), isExample };
  const indent = Math.min(...paragraph.map(({ text }) => text.length - text.trimStart().length));
  return { text: paragraph.map(({ text }) => text.slice(indent)).join('\n'), isExample };
}

function joined(paragraph: readonly CommentLine[]): string {
  return paragraph.map(({ text }) => text.trim()).join(' ');
}

/** NAME or NAME, NAME; two blanks; something; `Use:` and its like are no names of options. */
const ROW = /^([\w.?=-]+(?:, [\w.?=-]+)*)( {2,})(\S.*)$/;
/** VALUE or VALUE, VALUE; two blanks; something. */
const VALUE = /^(\S+(?:, \S+)*)( {2,})(\S.*)$/;

function isTable(paragraph: readonly CommentLine[]): boolean {
  return ROW.test(paragraph[0]?.text ?? '');
}

interface OpenOption {
  readonly name: string;
  readonly line: number;
  /** Where its values, or its text, begin. */
  readonly column: number;
  readonly text: string[];
  readonly values: { name: string; text: string[] }[];
}

function readTable(paragraph: readonly CommentLine[]): { options: OptionText[]; complaints: Complaint[] } {
  const open: OpenOption[] = [];
  const complaints: Complaint[] = [];
  for (const { line, text } of paragraph) {
    const indent = text.length - text.trimStart().length;
    let option = open.at(-1);
    let rest = text.trimStart();
    if (indent === 0) {
      const row = ROW.exec(text);
      if (!row) {
        const message = `"${text}" is no row of the options: NAME, two blanks or more, what it does; what belongs to the row above is indented`;
        complaints.push({ line, message });
        continue;
      }
      const [, name = '', gap = '', content = ''] = row;
      option = { name, line, column: name.length + gap.length, text: [], values: [] };
      open.push(option);
      rest = content;
    }
    if (!option) continue;
    const value = indent === 0 || indent === option.column ? VALUE.exec(rest) : null;
    if (value) option.values.push({ name: value[1] as string, text: [value[3] as string] });
    else (option.values.at(-1)?.text ?? option.text).push(rest);
  }
  return { options: open.flatMap(closed), complaints };
}

const STATED = /\s*\(default:? ((?:[^()]|\([^()]*\))*)\)/;

/** Several names in one row are several options. */
function closed({ name, line, text, values }: OpenOption): OptionText[] {
  const whole = text.join(' ');
  const said = {
    line,
    text: whole.replace(STATED, '').trim(),
    stated: STATED.exec(whole)?.[1],
    values: values.map((value) => ({ name: value.name, text: value.text.join(' ') })),
  };
  return name.split(', ').map((each) => ({ name: each, ...said }));
}
