/**
 * View: the report of `f2b regex` on a terminal: what was tested, one bar of what became of the lines, a table of the
 * expressions that hit (with the place they are written at), and the lines themselves.
 *
 * Values of the tester → text for a terminal of a given width. Log content is escaped: nothing in it reaches the
 * terminal raw. Colours are chalk's; with level 0 (NO_COLOR) the text is the same without them.
 */
import { stripVTControlCharacters } from 'node:util';
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import Table from 'cli-table3';
import { stripEnd } from '../core/config/python-text.js';
import { PyTuple, repr, str } from '../core/python-repr.js';
import type { LineList, RegexCount, TestResult } from '../core/tester/result.js';
import type { Use } from '../core/tester/uses.js';
import type { TemplateState } from '../core/time/detector.js';
import { ctime } from './ctime.js';
import { escapeControls } from './escape.js';
import type { ReportOptions } from './report.js';

export interface TerminalOptions extends ReportOptions {
  readonly columns: number;
  readonly colors: ColorSupportLevel;
}

const INDENT = '  ';
/** So many of a list that is too long to be printed. */
const PREVIEW_LINES = 10;
const MIN_COLUMNS = 60;
const MAX_COLUMNS = 160;

/** @param uses the settings in the order in which they became known */
export function renderTable(result: TestResult, uses: readonly Use[], options: TerminalOptions): string {
  const page = new Page(options);
  return [
    page.uses(uses),
    page.prefregex(result),
    page.counts('failregex', result.failregex),
    page.counts('ignoreregex', result.ignoreregex),
    result.dates ? page.dates(result.dates) : '',
    options.printMatched ? page.lines('matched', result.matched) : '',
    options.printIgnored ? page.lines('ignored', result.ignored) : '',
    options.printMissed ? page.lines('missed', result.missed) : '',
    page.verdict(result),
  ]
    .filter((part) => part !== '')
    .map((part) => `\n${part}`)
    .join('')
    .concat('\n');
}

const LABELS: Partial<Record<Use['kind'], string>> = {
  maxlines: 'lines at once',
  datepattern: 'dates',
  jail: 'jail',
  filter: 'filter',
  failregex: 'failregex',
  ignoreregex: 'ignoreregex',
  'log-file': 'log',
  'single-line': 'line',
  'multi-line': 'lines',
  journal: 'log',
  journalmatch: 'match',
};

class Page {
  readonly #paint: ChalkInstance;
  readonly #columns: number;

  constructor(private readonly options: TerminalOptions) {
    this.#paint = new Chalk({ level: options.colors });
    this.#columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, options.columns));
  }

  uses(uses: readonly Use[]): string {
    const rows: [label: string, value: string][] = [];
    for (const use of uses) {
      if (use.kind === 'maxlines' && use.value === 1) continue;
      // What only qualifies the row above stands in it.
      const row = rows.at(-1);
      const extra = this.#extra(use);
      if (extra !== undefined && row) row[1] += this.#paint.dim(` · ${extra}`);
      else if (extra === undefined) rows.push([LABELS[use.kind] ?? use.kind, this.#useValue(use)]);
    }
    const width = Math.max(0, ...rows.map(([label]) => label.length));
    return rows
      .map(([label, value]) => `${INDENT}${this.#paint.cyan(label.padEnd(width))}  ${value}\n`)
      .join('');
  }

  #extra(use: Use): string | undefined {
    if (use.kind === 'encoding') return use.name;
    if (use.kind === 'options') return this.#safe(showOptions(use.options));
    if (use.kind === 'real-options') return this.#safe(`in full: ${repr(use.options)}`);
    return undefined;
  }

  #useValue(use: Use): string {
    const { bold, dim } = this.#paint;
    switch (use.kind) {
      case 'maxlines':
        return String(use.value);
      case 'datepattern':
        return this.#safe(use.title);
      case 'jail':
        return bold(this.#safe(use.name));
      case 'filter':
        return (
          bold(this.#safe(use.name)) + (use.basedir === undefined ? '' : dim(` · ${this.#safe(use.basedir)}`))
        );
      case 'failregex':
      case 'ignoreregex':
      case 'single-line':
        return this.#fit(use.text, this.#columns - 18);
      case 'multi-line':
        return `${use.lines.length} of text`;
      case 'log-file':
        return bold(this.#safe(use.path));
      case 'journal':
        return bold('systemd journal');
      case 'journalmatch':
        return this.#safe(use.matches.map((group) => group.join(' ')).join(' + '));
      default:
        return '';
    }
  }

  /** The bar and what it means. */
  verdict(result: TestResult): string {
    const { tested, matched, ignored, missed } = result;
    const parts = [
      { name: 'matched', count: matched.count, paint: this.#paint.green },
      { name: 'ignored', count: ignored.count, paint: this.#paint.yellow },
      { name: 'missed', count: missed.count, paint: this.#paint.red },
    ];
    const widths = shares(
      parts.map(({ count }) => count),
      this.#columns - 2 * INDENT.length,
    );
    const bar = parts.map(({ paint }, index) => paint(BAR[index]?.repeat(widths[index] ?? 0) ?? '')).join('');
    const legend = parts.map(({ name, count, paint }, index) => {
      const percent = tested === 0 ? '' : this.#paint.dim(` ${percentage(count, tested)}`);
      return `${paint(BAR[index] ?? '')} ${this.#paint.bold(count.toLocaleString('en'))} ${name}${percent}`;
    });
    const seconds = result.elapsedSec < 0.01 ? '<0.01' : result.elapsedSec.toFixed(2);
    const total = this.#paint.dim(`${tested.toLocaleString('en')} ${plural('line', tested)} in ${seconds} s`);
    const plain = stripVTControlCharacters(`${INDENT}${legend.join('   ')}   ${total}`);
    const gap = plain.length > this.#columns ? `\n${INDENT}` : '   ';
    return `${tested === 0 ? '' : `${INDENT}${bar}\n`}${INDENT}${legend.join('   ')}${gap}${total}\n`;
  }

  prefregex({ prefregex }: TestResult): string {
    if (!prefregex) return '';
    const more = this.options.verbosity > 0 ? prefregex.samples.map((groups) => repr(groups)) : [];
    return this.#table('prefregex', [
      { hits: prefregex.hits, text: prefregex.regex, more, origin: prefregex.origin },
    ]);
  }

  counts(name: string, counts: readonly RegexCount[]): string {
    const all = counts.map(({ regex, hits, details }, index) => ({
      hits,
      number: index + 1,
      text: regex.value,
      more: details.map(showDetail),
      origin: regex.origin,
    }));
    const shown = this.options.verbosity > 0 ? all : all.filter(({ hits }) => hits > 0);
    const silent = all.length - shown.length;
    const note = silent > 0 ? `${INDENT}${this.#paint.dim(silentNote(name, silent, shown.length))}\n` : '';
    return (shown.length === 0 ? '' : this.#table(name, shown)) + note;
  }

  dates(templates: readonly TemplateState[]): string {
    const shown = templates.filter(({ hits }) => hits > 0 || this.options.verbosity > 0);
    if (shown.length === 0) return '';
    const rows = shown.map(({ hits, template, weight, currentWeight }) => ({
      hits,
      text: template.name,
      more: this.options.verboseDate
        ? [`weight ${currentWeight.toFixed(3)} (${weight.toFixed(3)})  ${template.pattern}`, template.regex]
        : [],
    }));
    return this.#table('date format', rows);
  }

  lines(kind: 'matched' | 'ignored' | 'missed', list: LineList): string {
    if (list.count === 0) return '';
    const { dim, bold } = this.#paint;
    const paint = { matched: this.#paint.green, ignored: this.#paint.yellow, missed: this.#paint.red }[kind];
    const shown = list.complete ? list.lines : list.lines.slice(0, PREVIEW_LINES);
    const width = Math.max(...shown.map(({ number }) => String(number).length), 1);
    const rows = shown.map((line) => {
      const number = dim(String(line.number).padStart(width));
      return `${INDENT}${number}  ${this.#hang(stripEnd(line.text), INDENT.length + width + 2)}\n`;
    });
    const rest = list.count - shown.length;
    const more =
      rest > 0 ? `${INDENT}${dim(`${rest.toLocaleString('en')} more: --print-all-${kind}`)}\n` : '';
    return `${INDENT}${paint(bold(`${kind} ${plural('line', list.count)}`))}\n${rows.join('')}${more}`;
  }

  /** Text that starts at `column` and goes on below its own start. */
  #hang(text: string, column: number): string {
    const width = this.#columns - column;
    const chars = [...escapeControls(text)];
    const pieces: string[] = [];
    for (let at = 0; at < chars.length; at += width) pieces.push(chars.slice(at, at + width).join(''));
    return pieces.join(`\n${' '.repeat(column)}`);
  }

  /** Hits, number, text and place; the text takes the width that the others leave. */
  #table(title: string, rows: readonly Row[]): string {
    const { dim, bold, cyan } = this.#paint;
    const places = rows.map(({ origin }) => placeOf(origin));
    const width = {
      hits: Math.max('hits'.length, ...rows.map(({ hits }) => String(hits).length)),
      number: 2,
      place: Math.max(0, ...places.map((place) => place.length)),
    };
    const gaps = 3 * GAP;
    const text = this.#columns - INDENT.length - width.hits - width.number - width.place - gaps;
    const table = new Table({
      chars: RULES,
      head: ['hits', '#', title, ''].map((word) => cyan(word)),
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
      colWidths: [width.hits + GAP, width.number + GAP, text + GAP, width.place + GAP],
      colAligns: ['right', 'right', 'left', 'left'],
    });
    for (const [index, row] of rows.entries()) {
      table.push([
        row.hits === 0 ? dim('0') : bold(String(row.hits)),
        dim(row.number === undefined ? '' : String(row.number)),
        [
          ...this.#wrap(row.text, text),
          ...(row.more ?? []).flatMap((line) => this.#wrap(line, text).map((piece) => dim(piece))),
        ].join('\n'),
        dim(places[index] ?? ''),
      ]);
    }
    const rule = dim('─'.repeat(this.#columns - INDENT.length));
    const lines = table
      .toString()
      .split('\n')
      .map((line) => (/^─+$/.test(line) ? rule : line));
    return lines
      .map((line) => `${INDENT}${line}`.trimEnd())
      .join('\n')
      .concat('\n');
  }

  /** Escaped text in pieces of at most `width`. A piece is styled as a whole: a table cell cannot be cut inside one. */
  #wrap(text: string, width: number): string[] {
    const chars = [...escapeControls(text)];
    const pieces: string[] = [];
    for (let at = 0; at === 0 || at < chars.length; at += width)
      pieces.push(chars.slice(at, at + width).join(''));
    return pieces;
  }

  #safe(text: string): string {
    return escapeControls(text, (escaped) => this.#paint.inverse(escaped));
  }

  #fit(text: string, width: number): string {
    const chars = [...text];
    return this.#safe(chars.length <= width ? text : `${chars.slice(0, width - 1).join('')}…`);
  }
}

/** The three parts stay apart without colour too. */
const BAR = ['█', '▓', '░'];

/** Blanks between two columns. */
const GAP = 2;

/** No lines but one below the head. */
const RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '─',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

interface Row {
  readonly hits: number;
  readonly number?: number;
  readonly text: string;
  /** Lines below the text. */
  readonly more?: readonly string[];
  readonly origin?: RegexCount['regex']['origin'];
}

function showDetail({ id, epochSec, multiple }: RegexCount['details'][number]): string {
  const shown = str(typeof id === 'object' ? new PyTuple(id) : id);
  return `${shown}  ${ctime(epochSec)}${multiple ? '  (several regexes matched)' : ''}`;
}

/** Cells of a bar for each count: proportional, and at least one for whatever is there. */
function shares(counts: readonly number[], width: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const cells = counts.map((count) => (count === 0 ? 0 : Math.max(1, Math.floor((count / total) * width))));
  const largest = counts.indexOf(Math.max(...counts));
  cells[largest] = (cells[largest] ?? 0) + width - cells.reduce((sum, count) => sum + count, 0);
  return cells;
}

function percentage(count: number, total: number): string {
  const percent = (count / total) * 100;
  if (count > 0 && percent < 0.1) return '<0.1 %';
  return `${percent === 0 || percent === 100 || percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

function silentNote(name: string, silent: number, shown: number): string {
  const others = shown === 0 ? '' : ' more';
  return `${silent}${others} ${name} without a hit (-v shows ${silent === 1 ? 'it' : 'them'})`;
}

function showOptions(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

const PLACE_CHARS = 28;

/** `sshd.conf:46` */
function placeOf(origin: RegexCount['regex']['origin']): string {
  if (!origin) return '';
  const place = `${origin.file.slice(origin.file.lastIndexOf('/') + 1)}:${origin.line}`;
  return place.length <= PLACE_CHARS ? place : `…${place.slice(place.length - PLACE_CHARS + 1)}`;
}
