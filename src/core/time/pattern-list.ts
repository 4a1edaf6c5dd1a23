/**
 * The `datepattern` option → the list of templates and the title fail2ban-regex prints for it.
 *
 * Several lines are several templates; keywords stand for whole lists. `{DEFAULT}` counts only when no other line makes
 * a template, as in fail2ban (whose manual says otherwise); even so it lends a line that writes a default template out
 * the weight that this has among the defaults. Errors are thrown here, before any line is read.
 * Source: filter.md §2.4, regex.md §4.
 */
import { DateError } from '../errors.js';
import { bound } from './boundaries.js';
import { type Directive, directivesFor } from './directives.js';
import { epochDigits } from './epoch.js';
import { Template } from './template.js';
import {
  defaultPatterns,
  defaultTemplates,
  epochTemplate,
  fieldTemplate,
  LN_BEG,
  tai64nTemplate,
  UNB,
} from './templates.js';

export interface PatternList {
  readonly templates: readonly Template[];
  /** `PATTERN : NAME`; undefined when no datepattern is set. */
  readonly title: string | undefined;
}

/**
 * `year` is the present one: it sets the window of `%ExY`.
 * @throws {DateError | PatternError}
 */
export function parsePatternList(datepattern: string | undefined, year: number): PatternList {
  const defaults = defaultTemplates(year);
  if (!datepattern) return { templates: defaults, title: undefined };
  const directives = directivesFor(year);
  const own: Template[] = [];
  const lines = datepattern.split('\n');
  const weighs = lines.some((line) => ['{DEFAULT}', LN_BEG].includes(keyword(line.trim())));
  for (const line of lines) {
    const pattern = line.trim();
    const key = keyword(pattern);
    if (pattern === '' || key === '{DEFAULT}') continue;
    if (key === LN_BEG) {
      own.push(...unknownTo(own, defaults).filter((template) => template.anchored));
    } else if (key.includes('{DATE}')) {
      own.push(...unknownTo(own, dateTemplates(pattern, directives)));
    } else {
      const template = templateOf(pattern, key, directives);
      const twin = weighs ? defaults.find(({ name }) => name === template.name) : undefined;
      own.push(twin ? templateOf(pattern, key, directives, { weight: twin.weight }) : template);
      refuseDuplicate(own);
    }
  }
  for (const template of own) if (!defaults.includes(template)) template.compile();
  const templates = own.length > 0 ? own : defaults;
  const name = templates.length > 2 ? 'Default Detectors' : templates[0]?.name;
  return { templates, title: `${datepattern} : ${name}` };
}

/** What a keyword stands for is left out where it is present already. */
function unknownTo(list: readonly Template[], more: readonly Template[]): Template[] {
  return more.filter((template) => list.every((other) => other.name !== template.name));
}

/** What is written out is a mistake when it is present already. */
function refuseDuplicate(list: readonly Template[]): void {
  const { name } = list.at(-1) as Template;
  if (list.findIndex((template) => template.name === name) === list.length - 1) return;
  throw new DateError('date-duplicate', `There is already a template with name ${name}`, {
    hint: 'Remove one of the two lines of datepattern.',
  });
}

function dateTemplates(pattern: string, directives: ReadonlyMap<string, Directive>): Template[] {
  return defaultPatterns.map((layout) => {
    const whole = insertDate(pattern, layout.replace(LN_BEG, ''));
    return templateOf(whole, keyword(whole), directives);
  });
}

/** Keywords are known in any case, unless directives are present. */
function keyword(pattern: string): string {
  return pattern.includes('%') ? pattern : pattern.toUpperCase();
}

function insertDate(pattern: string, inner: string): string {
  return pattern.replace(pattern.includes('%') ? /\{DATE\}/g : /\{DATE\}/gi, () => inner);
}

function templateOf(
  pattern: string,
  key: string,
  directives: ReadonlyMap<string, Directive>,
  known: { readonly weight?: number } = {},
): Template {
  switch (key) {
    case 'EPOCH':
    case 'LEPOCH':
      return epochTemplate(false, key === 'LEPOCH', known);
    case '^EPOCH':
    case `${LN_BEG}EPOCH`:
      return epochTemplate(true, false, known);
    case '^LEPOCH':
    case `${LN_BEG}LEPOCH`:
      return epochTemplate(true, true, known);
    case 'TAI64N':
      return tai64nTemplate(false, known);
    case '^TAI64N':
    case `${LN_BEG}TAI64N`:
      return tai64nTemplate(true, known);
    case '{NONE}':
      return fieldTemplate(`${UNB}^`, directives);
    default:
      return /\{L?EPOCH\}/.test(key)
        ? numberTemplate(pattern, key)
        : fieldTemplate(pattern, directives, known);
  }
}

/** A pattern around an epoch number. All of it is cut; other directives have no meaning in it. */
function numberTemplate(pattern: string, key: string): Template {
  const digits = `(${epochDigits(key.includes('{LEPOCH}'))})`;
  const place = key === pattern ? /\{L?EPOCH\}/g : /\{L?EPOCH\}/gi;
  const bounded = bound(`(${pattern.replace(place, () => digits)})`, { begin: 'word', end: 'word' });
  return new Template({
    ...bounded,
    cutsWhole: true,
    name: pattern,
    pattern: '',
    reader: { kind: 'epoch', number: 2 },
  });
}
