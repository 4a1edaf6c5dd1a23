/**
 * View: the findings of `f2b check` as text: file by file, each with its line, a caret under the place, and what to do.
 *
 * Findings → lines that start with `file:line:column`, as editors and other programs read them. Everything that comes
 * from a file is escaped. Colours are chalk's; with level 0 the text is the same without them.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type { CheckReport, Finding } from '../core/config/check/index.js';
import type { Origin } from '../core/errors.js';
import { escapeControls } from './escape.js';

export interface CheckTextOptions {
  readonly colors: ColorSupportLevel;
  readonly columns: number;
  /** The text of a line of a file, where it can be read. */
  readonly lineAt: (origin: Origin) => string | undefined;
}

const INDENT = '    ';
/** The least that is shown around a place. */
const MIN_WIDTH = 40;

export function renderCheck(report: CheckReport, options: CheckTextOptions): string {
  const page = new Page(options);
  let file: string | undefined;
  let text = '';
  for (const [index, finding] of report.findings.entries()) {
    if (index > 0) text += finding.file === file ? '' : '\n';
    file = finding.file;
    text += page.finding(finding, report.dir);
  }
  return `${text}${report.findings.length > 0 ? '\n' : ''}${page.summary(report)}\n`;
}

class Page {
  readonly #chalk: ChalkInstance;
  readonly #width: number;

  constructor(private readonly options: CheckTextOptions) {
    this.#chalk = new Chalk({ level: options.colors });
    this.#width = Math.max(MIN_WIDTH, options.columns - INDENT.length);
  }

  finding(finding: Finding, dir: string): string {
    const { level, message, got, expected, suggestion } = finding;
    const place = this.#chalk.bold(escapeControls(placeOf(finding, dir)));
    const word = level === 'error' ? this.#chalk.red(level) : this.#chalk.yellow(level);
    const excerpt = this.#excerpt(finding);
    const shown = excerpt === '' && got !== undefined ? [['got', shorten(got, this.#width)] as const] : [];
    const notes = [...shown, ['expected', expected] as const, ['jails', jailsOf(finding)] as const]
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => `${INDENT}${this.#chalk.dim(`${name}:`)} ${escapeControls(value as string)}\n`);
    const advice =
      suggestion === undefined ? '' : `${INDENT}${this.#chalk.cyan(escapeControls(suggestion))}\n`;
    return `${place}  ${word}  ${escapeControls(message)}\n${excerpt}${notes.join('')}${advice}`;
  }

  /** The line as written, or the expression it comes to, with a caret. */
  #excerpt({ file, line, column, expanded }: Finding): string {
    if (expanded) return this.#withCaret(expanded.text, expanded.index);
    const text = file !== undefined && line !== undefined ? this.options.lineAt({ file, line }) : undefined;
    if (text === undefined) return '';
    return this.#withCaret(
      text,
      column === undefined ? undefined : [...text].slice(0, column - 1).join('').length,
    );
  }

  #withCaret(text: string, index: number | undefined): string {
    const lead = text.length - text.trimStart().length;
    const at = index === undefined ? 0 : Math.max(0, index - lead);
    const all = text.trim();
    const half = Math.floor(this.#width / 2);
    const from =
      all.length <= this.#width || at <= half ? 0 : Math.min(at - half, all.length - this.#width + 2);
    const end = Math.min(all.length, from + this.#width - 2);
    const begin = from > 0 ? '…' : '';
    const before = begin + escapeControls(all.slice(from, at));
    const after = escapeControls(all.slice(Math.max(at, from), end)) + (end < all.length ? '…' : '');
    if (index === undefined) return `${INDENT}${before}${after}\n`;
    const caret = `${' '.repeat([...before].length)}^`;
    return `${INDENT}${before}${after}\n${INDENT}${this.#chalk.green(caret)}\n`;
  }

  summary({ dir, findings, errors, warnings, files, jails }: CheckReport): string {
    const checked = `${count(files, 'file')}, ${count(jails.length, 'jail')} checked`;
    if (findings.length === 0)
      return `${escapeControls(dir)}: ${this.#chalk.green('no mistakes')} (${checked})`;
    const found = [
      errors > 0 ? this.#chalk.red(count(errors, 'error')) : '',
      warnings > 0 ? this.#chalk.yellow(count(warnings, 'warning')) : '',
    ];
    return `${escapeControls(dir)}: ${found.filter(Boolean).join(', ')} (${checked})`;
  }
}

function placeOf({ file, line, column }: Finding, dir: string): string {
  return [file ?? dir, line, column].filter((part) => part !== undefined).join(':');
}

/** Only where several share a mistake. */
function jailsOf({ jails }: Finding): string | undefined {
  if (!jails) return undefined;
  const shown = jails.slice(0, 5).join(', ');
  return jails.length > 5 ? `${shown} and ${jails.length - 5} more` : shown;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
