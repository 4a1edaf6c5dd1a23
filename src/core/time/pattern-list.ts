/**
 * The `datepattern` option → the list of templates and the title fail2ban-regex prints for it.
 *
 * Several lines are several templates; keywords stand for whole lists. `{DEFAULT}` and a lone `{^LN-BEG}` count only
 * when no line makes a template of its own. Errors are thrown here, before any line is read.
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
  if (!datepattern) return { templates: defaultTemplates(year), title: undefined };
  const directives = directivesFor(year);
  const own: Template[] = [];
  let lineBeginOnly = false;
  for (const line of datepattern.split('\n')) {
    const pattern = line.trim();
    if (pattern === '' || keyword(pattern) === '{DEFAULT}') continue;
    if (keyword(pattern) === LN_BEG) lineBeginOnly = true;
    else addTemplates(own, pattern, directives);
  }
  for (const template of own) template.compile();
  const defaults = defaultTemplates(year).filter((template) => !lineBeginOnly || template.anchored);
  const templates = own.length > 0 ? own : defaults;
  const name = templates.length > 2 ? 'Default Detectors' : templates[0]?.name;
  return { templates, title: `${datepattern} : ${name}` };
}

/** A template that only `{DATE}` makes again is left out; one that is written again is a mistake. */
function addTemplates(list: Template[], pattern: string, directives: ReadonlyMap<string, Directive>): void {
  const key = keyword(pattern);
  if (key.includes('{DATE}')) {
    for (const inner of defaultPatterns) {
      const whole = insertDate(pattern, inner.replace(LN_BEG, ''));
      const template = templateOf(whole, keyword(whole), directives);
      if (!hasName(list, template.name)) list.push(template);
    }
  } else {
    const template = templateOf(pattern, key, directives);
    if (hasName(list, template.name)) {
      throw new DateError('date-duplicate', `There is already a template with name ${template.name}`, {
        hint: 'Remove one of the two lines of datepattern.',
      });
    }
    list.push(template);
  }
}

function hasName(list: readonly Template[], name: string): boolean {
  return list.some((template) => template.name === name);
}

/** Keywords are known in any case, unless directives are present. */
function keyword(pattern: string): string {
  return pattern.includes('%') ? pattern : pattern.toUpperCase();
}

function insertDate(pattern: string, inner: string): string {
  return pattern.replace(pattern.includes('%') ? /\{DATE\}/g : /\{DATE\}/gi, () => inner);
}

function templateOf(pattern: string, key: string, directives: ReadonlyMap<string, Directive>): Template {
  switch (key) {
    case 'EPOCH':
    case 'LEPOCH':
      return epochTemplate(false, key === 'LEPOCH');
    case '^EPOCH':
    case `${LN_BEG}EPOCH`:
      return epochTemplate(true, false);
    case '^LEPOCH':
    case `${LN_BEG}LEPOCH`:
      return epochTemplate(true, true);
    case 'TAI64N':
      return tai64nTemplate(false);
    case '^TAI64N':
    case `${LN_BEG}TAI64N`:
      return tai64nTemplate(true);
    case '{NONE}':
      return fieldTemplate(`${UNB}^`, directives);
    default:
      return /\{L?EPOCH\}/.test(key) ? numberTemplate(pattern, key) : fieldTemplate(pattern, directives);
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
