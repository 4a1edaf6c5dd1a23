/**
 * View: `f2b show`: a filter, an action or a jail as a page to read: what it does, options, a line that counts, what to paste.
 *
 * Details → text of a given width, colour on labels only. What comes from files is escaped. Lines to copy (samples and
 * configuration) are never broken.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type {
  ActionDetails,
  AnyDetails,
  FilterDetails,
  JailDetails,
  OptionEntry,
  Remark,
  ValueText,
} from '../core/catalogue/index.js';
import { escapeControls } from './escape.js';

export interface ShowView {
  readonly colors: ColorSupportLevel;
  readonly columns: number;
}

/** Text is easier to read when lines are not too long. */
const MAX_COLUMNS = 110;
const INDENT = '  ';

/** One page behind the other, an empty line between them. */
export function renderDetails(found: readonly AnyDetails[], view: ShowView): string {
  return found.map((details) => new Page(view).render(details)).join('\n');
}

class Page {
  readonly #paint: ChalkInstance;
  readonly #columns: number;

  constructor({ colors, columns }: ShowView) {
    this.#paint = new Chalk({ level: colors });
    this.#columns = Math.min(columns, MAX_COLUMNS);
  }

  render(details: AnyDetails): string {
    const { kind, name, what, file, inForce } = details;
    const place = kind === 'jail' && details.line !== undefined ? `${file}:${details.line}` : file;
    const head = `${this.#paint.cyan(kind)} ${this.#paint.bold(escapeControls(name))}\n`;
    const far = inForce
      ? ''
      : `${INDENT}${this.#paint.yellow('It ships with f2b; jails of this configuration do not find it.')}\n`;
    const body =
      kind === 'filter'
        ? this.#filter(details)
        : kind === 'action'
          ? this.#action(details)
          : this.#jail(details);
    return [
      head,
      what === '' ? '' : this.#text(what),
      `${INDENT}${this.#paint.dim(escapeControls(place))}\n`,
      far,
      ...body.filter((part) => part !== '').map((part) => `\n${part}`),
      ...this.#remarks(details.remarks),
    ].join('');
  }

  #filter({ modes, defaultMode, options, samples, paste, jails }: FilterDetails): string[] {
    const shownModes = modes.map(({ name, text }) =>
      name.split(', ').includes(defaultMode ?? '')
        ? { name, text: `${text} (the default)`.trim() }
        : { name, text },
    );
    const lines = samples.map(({ mode, lines: shown }) =>
      this.#block(mode === undefined ? 'a line that counts' : `with mode=${mode} also`, shown.join('\n')),
    );
    const others = jails.length > 1 ? ` (jails: ${jails.join(', ')})` : '';
    return [
      this.#values('modes', shownModes),
      this.#options('options', options),
      ...lines,
      this.#block(`for jail.local${others}`, paste),
    ];
  }

  #action({ options, example }: ActionDetails): string[] {
    const { text, needed } = example;
    const title = needed.length > 0 ? `for jail.local; to fill in: ${needed.join(', ')}` : 'for jail.local';
    return [this.#options('parameters', options), this.#block(title, text)];
  }

  #jail({
    enabled,
    port,
    filter,
    filterOptions,
    logs,
    logsElsewhere,
    settings,
    paste,
  }: JailDetails): string[] {
    const given = Object.entries(filterOptions).map(([name, value]) => `${name}=${value}`);
    const facts: [string, string][] = [
      ['enabled', enabled ? 'yes' : 'no'],
      ['filter', given.length > 0 ? `${filter}[${given.join(', ')}]` : filter],
      ['port', port ?? ''],
      ['reads', logs.join('\n')],
      ...logsElsewhere.map(({ sets, logs: paths }): [string, string] => [
        `  ${sets.join(', ')}`,
        paths.join('\n'),
      ]),
      ...settings.filter(isOwn).map(({ name, value }): [string, string] => [name, value.trim()]),
    ];
    return [
      this.#facts(facts.filter(([, text]) => text !== '')),
      this.#block('for jail.local', enabled ? '' : paste),
    ];
  }

  #facts(facts: readonly (readonly [string, string])[]): string {
    const width = Math.max(...facts.map(([label]) => label.length));
    return facts
      .map(([label, text]) => {
        const lines = text.split('\n').map((line) => escapeControls(line.trim()));
        const gap = `\n${INDENT}${' '.repeat(width + 2)}`;
        return `${INDENT}${this.#paint.cyan(escapeControls(label).padEnd(width))}  ${lines.join(gap)}\n`;
      })
      .join('');
  }

  #values(title: string, values: readonly ValueText[]): string {
    if (values.length === 0) return '';
    return `${this.#paint.cyan(title)}\n${this.#rows(values.map(({ name, text }) => [name, text]))}`;
  }

  /** Those that a head describes, each with its default; the others by name, or all where it describes none. */
  #options(title: string, options: readonly OptionEntry[]): string {
    if (options.length === 0) return '';
    const said = options.filter(({ text, values }) => text !== undefined || values.some((each) => each.text));
    const rest = options.filter((option) => !said.includes(option)).map(({ name }) => name);
    const shown = said.length > 0 ? said : options;
    const rows = shown.flatMap((option): [string, string][] => [
      [option.name, [option.text ?? '', defaultText(option)].filter((part) => part !== '').join(' ')],
      ...option.values.map(({ name, text }): [string, string] => [`  ${name}`, text]),
    ]);
    const also = said.length > 0 && rest.length > 0 ? this.#text(`also: ${rest.join(', ')}`) : '';
    return `${this.#paint.cyan(title)}\n${this.#rows(rows)}${also}`;
  }

  #rows(rows: readonly (readonly [string, string])[]): string {
    const width = Math.min(24, Math.max(...rows.map(([name]) => name.length)));
    return rows
      .map(([name, text]) => {
        const label = escapeControls(name);
        const lines = this.#wrap(text, this.#columns - width - 2 * INDENT.length);
        const gap = `\n${INDENT}${' '.repeat(width)}${INDENT}`;
        const first = label.length > width ? gap : `${' '.repeat(width - label.length)}${INDENT}`;
        return `${INDENT}${this.#paint.bold(label)}${lines.length > 0 ? first + lines.join(gap) : ''}\n`;
      })
      .join('');
  }

  #block(title: string, text: string): string {
    if (text === '') return '';
    const lines = text.replace(/\n$/, '').split('\n');
    return `${this.#paint.cyan(escapeControls(title))}\n${lines.map((line) => `${INDENT}${escapeControls(line)}\n`).join('')}`;
  }

  #remarks(remarks: readonly Remark[]): string[] {
    return remarks.map(({ text, isExample }, i) => {
      const title = i === 0 ? `${this.#paint.cyan('remarks')}\n` : '';
      const lines = text.split('\n').map((line) => `${INDENT}${INDENT}${escapeControls(line)}`.trimEnd());
      return `\n${title}${isExample ? `${lines.join('\n')}\n` : this.#text(text)}`;
    });
  }

  #text(text: string): string {
    return this.#wrap(text, this.#columns - INDENT.length)
      .map((line) => `${INDENT}${line}\n`)
      .join('');
  }

  #wrap(text: string, width: number): string[] {
    const lines: string[] = [];
    for (const word of escapeControls(text).split(/\s+/)) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width)
        lines[lines.length - 1] = `${last} ${word}`;
      else if (word !== '') lines.push(word);
    }
    return lines;
  }
}

/** Not what follows from the path set. */
function isOwn({ name, value }: { readonly name: string; readonly value: string }): boolean {
  return !(name === 'backend' && /^%\(\w+_backend\)s$/.test(value));
}

/** Long ones are scripts that nobody changes in brackets. */
const MAX_DEFAULT = 80;

function defaultText({ default: value, variants, values }: OptionEntry): string {
  const shown = (text: string) => {
    const [first = '', ...more] = text.trim().split('\n');
    return more.length > 0 || first.length > MAX_DEFAULT ? `${first.slice(0, MAX_DEFAULT)} …` : first;
  };
  if (value === undefined) return '';
  const all = [
    value === '' ? 'empty' : shown(value),
    ...variants.map((each) => `${shown(each.default)} where ${each.when}`),
  ];
  return values.some(({ name }) => name === value) && variants.length === 0
    ? `(default: ${value})`
    : `(default: ${all.join('; ')})`;
}
