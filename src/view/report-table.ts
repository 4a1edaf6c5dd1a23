/**
 * View: the report of `f2b regex` on a terminal: what was tested, one bar of what became of the lines, a table of the
 * expressions that hit (with the place they are written at), and the lines themselves.
 *
 * Values of the tester → text for a terminal of a given width. Log content is escaped: nothing in it reaches the
 * terminal raw. Colours are chalk's; with level 0 (NO_COLOR) the text is the same without them.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import Table from 'cli-table3';
import { stripEnd } from '../core/config/python-text.js';
import { PyTuple, repr, str } from '../core/python-repr.js';
import type { KeptLine, LineList, RegexCount, TestResult } from '../core/tester/result.js';
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
const MIN_COLUMNS = 60;
const MAX_COLUMNS = 160;

/** @param uses the settings in the order in which they became known */
export function renderTable(result: TestResult, uses: readonly Use[], options: TerminalOptions): string {
  const page = new Page(options);
  return [
    page.uses(uses),
    page.verdict(result),
    page.prefregex(result),
    page.counts('failregex', result.failregex),
    page.counts('ignoreregex', result.ignoreregex),
    result.dates ? page.dates(result.dates) : '',
    options.printMatched ? page.lines('matched', result.matched) : '',
    options.printIgnored ? page.lines('ignored', result.ignored) : '',
    options.printMissed ? page.lines('missed', result.missed) : '',
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
    return `${tested === 0 ? '' : `${INDENT}${bar}\n`}${INDENT}${legend.join('   ')}   ${total}\n`;
  }

  prefregex({ prefregex }: TestResult): string {
    if (!prefregex) return '';
    const rows = [this.#expression(prefregex.regex)];
    if (this.options.verbosity > 0) {
      rows.push(...prefregex.samples.map((groups) => this.#paint.dim(this.#safe(repr(groups)))));
    }
    return this.#table(
      ['hits', '', 'prefregex', ''],
      [[prefregex.hits, '', rows.join('\n'), place(prefregex.origin)]],
    );
  }

  counts(name: string, counts: readonly RegexCount[]): string {
    const all = counts.map((count, index) => ({ ...count, number: index + 1 }));
    const shown = this.options.verbosity > 0 ? all : all.filter(({ hits }) => hits > 0);
    const silent = all.length - shown.length;
    const note = silent > 0 ? `${INDENT}${this.#paint.dim(silentNote(name, silent, shown.length))}\n` : '';
    if (shown.length === 0) return note;
    const rows = shown.map(({ number, hits, regex, details }) => [
      hits,
      this.#paint.dim(String(number)),
      [this.#expression(regex.value), ...details.map((detail) => this.#detail(detail))].join('\n'),
      place(regex.origin),
    ]);
    return this.#table(['hits', '#', name, ''], rows) + note;
  }

  #detail({ id, epochSec, multiple }: RegexCount['details'][number]): string {
    const shown = this.#safe(str(typeof id === 'object' ? new PyTuple(id) : id));
    return `${shown}  ${this.#paint.dim(`${ctime(epochSec)}${multiple ? '  several regexes matched' : ''}`)}`;
  }

  dates(templates: readonly TemplateState[]): string {
    const shown = templates.filter(({ hits }) => hits > 0 || this.options.verbosity > 0);
    if (shown.length === 0) return '';
    const rows = shown.map(({ hits, template, weight, currentWeight }) => {
      const lines = [this.#expression(template.name)];
      if (this.options.verboseDate) {
        lines.push(
          this.#paint.dim(
            `weight ${currentWeight.toFixed(3)} (${weight.toFixed(3)})  ${this.#safe(template.pattern)}`,
          ),
          this.#paint.dim(this.#safe(template.regex)),
        );
      }
      return [hits, '', lines.join('\n'), ''];
    });
    return this.#table(['hits', '', 'date format', ''], rows);
  }

  lines(kind: 'matched' | 'ignored' | 'missed', list: LineList): string {
    if (list.count === 0) return '';
    const { dim, bold } = this.#paint;
    const paint = { matched: this.#paint.green, ignored: this.#paint.yellow, missed: this.#paint.red }[kind];
    const width = Math.max(...list.lines.map(({ number }) => String(number).length), 1);
    const rows = list.lines.map(
      (line) => `${INDENT}${dim(String(line.number).padStart(width))}  ${this.#line(line)}\n`,
    );
    const rest = list.count - list.lines.length;
    const more =
      rest > 0 ? `${INDENT}${dim(`… and ${rest.toLocaleString('en')} more: --print-all-${kind}`)}\n` : '';
    return `${INDENT}${paint(bold(`${kind} ${plural('line', list.count)}`))}\n${rows.join('')}${more}`;
  }

  #line(line: KeptLine): string {
    return this.#safe(stripEnd(line.text));
  }

  #expression(regex: string): string {
    return this.#safe(regex);
  }

  /** Hits, number, text and place; the text column takes what the others leave. */
  #table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
    const { dim, bold, cyan } = this.#paint;
    const cells = rows.map((row) => [
      row[0] === 0 ? dim('0') : bold(String(row[0])),
      ...row.slice(1).map(String),
    ]);
    const places = Math.max(0, ...rows.map((row) => String(row[3]).length));
    const hits = Math.max(4, ...rows.map((row) => String(row[0]).length));
    const placeWidth = places === 0 ? 0 : Math.min(places, 32);
    const text = this.#columns - INDENT.length - hits - 2 - 4 - 2 - (placeWidth === 0 ? 0 : placeWidth + 2);
    const widths = [hits + 2, 4, text + 2, ...(placeWidth === 0 ? [] : [placeWidth + 2])];
    const table = new Table({
      chars: PLAIN_CHARS,
      head: head.slice(0, widths.length).map((title) => cyan(title)),
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
      colWidths: widths,
      colAligns: ['right', 'right', 'left', 'left'],
      wordWrap: true,
      wrapOnWordBoundary: false,
    });
    for (const row of cells) {
      const kept = row.slice(0, widths.length);
      if (placeWidth > 0) kept[3] = dim(shortenLeft(kept[3] ?? '', placeWidth));
      table.push(kept);
    }
    return table
      .toString()
      .split('\n')
      .map((line) => `${INDENT}${line}`.trimEnd())
      .join('\n')
      .concat('\n');
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

const PLAIN_CHARS = {
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
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

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
  return `${silent}${others} ${name} without a hit${silent === 1 ? '' : 's'} (-v shows ${silent === 1 ? 'it' : 'them'})`.replace(
    'a hits',
    'a hit',
  );
}

function showOptions(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function place(origin: RegexCount['regex']['origin']): string {
  return origin ? `${origin.file.slice(origin.file.lastIndexOf('/') + 1)}:${origin.line}` : '';
}

function shortenLeft(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}
