/**
 * View: the report of `f2b regex` in fail2ban-regex's own words, byte for byte (what a pipe gets).
 *
 * Values of the tester → text; nothing is printed or looked up here. Three pieces, in the order in which they become
 * known: `renderOpening`, one `renderUse` for each setting, `renderReport`.
 * Source: fail2ban-regex 1.1.2; where its wording differs from 1.0.2 the tests name it.
 */
import { stripEnd } from '../core/config/python-text.js';
import { PyTuple, repr, str } from '../core/python-repr.js';
import type { FailureId, KeptLine, LineList, RegexCount, TestResult } from '../core/tester/result.js';
import type { Use } from '../core/tester/uses.js';
import type { TemplateState } from '../core/time/detector.js';
import { ctime } from './ctime.js';
import { debuggexUrl } from './debuggex.js';

export interface DebuggexOptions {
  readonly failregex: readonly string[];
  readonly ignoreregex: readonly string[];
  readonly multiline: boolean;
}

export interface ReportOptions {
  /** 0 … 4 (`-v`). */
  readonly verbosity: number;
  readonly verboseDate: boolean;
  /** `-D`: the expanded expressions to link to; undefined without it. */
  readonly debuggex?: DebuggexOptions | undefined;
  readonly printMatched: boolean;
  readonly printIgnored: boolean;
  readonly printMissed: boolean;
}

export function renderOpening(): string {
  return '\nRunning tests\n=============\n\n';
}

export function renderUse(use: Use): string {
  switch (use.kind) {
    case 'maxlines':
      return useLine('maxlines', String(use.value));
    case 'datepattern':
      return useLine('datepattern', use.title);
    case 'jail':
      return useLine('jail', use.name);
    case 'filter':
      return useLine(
        'filter file',
        use.basedir === undefined ? use.name : `${use.name}, basedir: ${use.basedir}`,
      );
    case 'options':
      return useLine(use.of === 'jail' ? 'jail/flt options' : 'filter options', repr(use.options));
    case 'real-options':
      return `Real${'filter options'.padStart(16)} : ${repr(use.options)}\n`;
    case 'failregex':
      return useLine('failregex line', shorten(use.text));
    case 'ignoreregex':
      return useLine('ignoreregex line', shorten(use.text));
    case 'log-file':
      return useLine('log file', use.path);
    case 'encoding':
      return useLine('encoding', use.name);
    case 'single-line':
      return useLine('single line', shorten(use.text));
    case 'multi-line':
      return renderTextLines(use.lines);
    case 'journal':
      return 'Use         systemd journal\n';
    case 'journalmatch':
      return useLine('journal match', use.matches.map((group) => group.join(' ')).join(' + '));
  }
}

function useLine(label: string, value: string): string {
  return `Use${label.padStart(17)} : ${value}\n`;
}

const SHOWN_CHARS = 53;
const SHOWN_LINES = 5;

function shorten(text: string): string {
  const chars = [...text];
  return chars.length <= SHOWN_CHARS ? text : `${chars.slice(0, SHOWN_CHARS - 3).join('')}...`;
}

function renderTextLines(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_LINES).map((line, index) => `|  ${index + 1}: ${shorten(line)}\n`);
  const more = lines.length > SHOWN_LINES ? '| ...\n' : '';
  return `Use      multi line : ${lines.length} line(s)\n${shown.join('')}${more}\`-\n`;
}

/** Everything from `Results` to the end. */
export function renderReport(result: TestResult, options: ReportOptions): string {
  return [
    '\n\nResults\n=======\n\n',
    renderPrefregex(result, options),
    renderCounts('Failregex', result.failregex, options),
    renderCounts('Ignoreregex', result.ignoreregex, options),
    result.dates ? renderDates(result.dates, options) : '',
    `Lines: ${result.tested} lines, ${result.ignored.count} ignored, ${result.matched.count} matched, ${result.missed.count} missed\n`,
    `[processed in ${result.elapsedSec.toFixed(2)} sec]\n\n`,
    ...renderLists(result, options),
  ].join('');
}

function renderPrefregex({ prefregex }: TestResult, { verbosity }: ReportOptions): string {
  if (!prefregex) return '';
  const rows = [prefregex.regex];
  if (verbosity > 0) {
    rows.push(...prefregex.samples.map((groups) => `    ${repr(groups)}`));
    if (prefregex.hits > prefregex.samples.length) rows.push('    ...');
  }
  return `Prefregex: ${prefregex.hits} total\n${rows.map((row) => `|  ${row}\n`).join('')}\`-\n\n`;
}

function renderCounts(title: string, counts: readonly RegexCount[], { verbosity }: ReportOptions): string {
  const total = counts.reduce((sum, { hits }) => sum + hits, 0);
  const rows = counts.flatMap((count, index) => {
    if (count.hits === 0 && verbosity === 0) return [];
    const row = `${String(index + 1).padStart(2)}) [${count.hits}] ${count.regex.value}`;
    return verbosity > 0 ? [row, ...count.details.map(renderDetail)] : [row];
  });
  return `${title}: ${total} total\n${renderBox('#) [# of hits] regular expression', rows)}\n`;
}

function renderDetail({ id, epochSec, multiple }: RegexCount['details'][number]): string {
  return `    ${showId(id)}  ${ctime(epochSec)}${multiple ? ' (multiple regex matched)' : ''}`;
}

function showId(id: FailureId | undefined): string {
  return str(typeof id === 'object' ? new PyTuple(id) : id);
}

function renderBox(title: string, rows: readonly string[]): string {
  if (rows.length === 0) return '';
  return `|-  ${title}\n${rows.map((row) => `|  ${row}\n`).join('')}\`-\n`;
}

function renderDates(templates: readonly TemplateState[], options: ReportOptions): string {
  const rows = templates
    .filter(({ hits }) => hits > 0 || options.verbosity > 0)
    .flatMap((state) => {
      const row = `|  [${state.hits}] ${state.template.name}\n`;
      if (!options.verboseDate) return [row];
      const weights = `${state.currentWeight.toFixed(3)} (${state.weight.toFixed(3)})`;
      return [
        row,
        `|      # weight: ${weights}, pattern: ${state.template.pattern}\n`,
        `|      # regex:   ${state.template.regex}\n`,
      ];
    });
  const box = rows.length > 0 ? `|- [# of hits] date format\n${rows.join('')}\`-\n` : '';
  return `Date template hits:\n${box}\n`;
}

function renderLists(result: TestResult, options: ReportOptions): string[] {
  const { failregex, ignoreregex, multiline = false }: Partial<DebuggexOptions> = options.debuggex ?? {};
  const lists: string[] = [];
  if (options.printMatched) {
    const lines = failregex ? result.matched.lines.filter((line) => !line.taken) : result.matched.lines;
    lists.push(
      renderList(
        'matched',
        { ...result.matched, lines },
        { originals: result.failregex, expanded: failregex, multiline },
      ),
    );
  }
  if (options.printIgnored) {
    lists.push(
      renderList('ignored', result.ignored, {
        originals: result.ignoreregex,
        expanded: ignoreregex,
        multiline,
      }),
    );
  }
  if (options.printMissed) {
    const list =
      failregex && result.missedBefore ? { ...result.missed, lines: result.missedBefore } : result.missed;
    lists.push(renderList('missed', list, { originals: result.failregex, expanded: failregex, multiline }));
  }
  return lists;
}

interface Links {
  readonly originals: readonly RegexCount[];
  readonly expanded: readonly string[] | undefined;
  readonly multiline: boolean;
}

function renderList(kind: 'matched' | 'ignored' | 'missed', list: LineList, links: Links): string {
  if (list.count === 0) return '';
  const title = `${kind[0]?.toUpperCase()}${kind.slice(1)} line(s):`;
  if (!list.complete) {
    return `${title} too many to print.  Use --print-all-${kind} to print all ${list.count} lines\n`;
  }
  const rows = list.lines.flatMap((line) => renderLine(line, links));
  if (rows.length === 0) return '';
  return `|- ${title}\n${rows.map((row) => `|  ${row}\n`).join('')}\`-\n`;
}

function renderLine(line: KeptLine, { originals, expanded, multiline }: Links): string[] {
  if (!expanded) return [stripEnd(line.text)];
  const text = line.joined ?? line.text;
  return expanded.map((regex, index) =>
    stripEnd(`${text} | ${originals[index]?.regex.value ?? ''} |  ${debuggexUrl(regex, text, multiline)}`),
  );
}
