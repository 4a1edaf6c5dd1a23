/**
 * The default date templates: 17 layouts, and the list of 31 entries made from them.
 *
 * First come anchored copies (`{^LN-BEG}`, weight 100) of the 14 layouts that are not anchored anyway, then all 17.
 * Entries for one year's window of `%ExY` are made once and shared by all detectors. Source: filter.md §2.2, regex.md §4.
 */
import { bound } from './boundaries.js';
import { type Directive, directivesFor, expandDirectives } from './directives.js';
import { epochRegex, tai64nRegex } from './epoch.js';
import { NEED } from './needs.js';
import { Template, type TemplateParts } from './template.js';

export const LN_BEG = '{^LN-BEG}';
export const UNB = '{UNB}';

/** In the order of preference before any line was seen; `Epoch` and `TAI64N` are made of no directives. With needs. */
const LAYOUTS: readonly (readonly [pattern: string, needs: number])[] = [
  ['%ExY(?P<_sep>[-/.])%m(?P=_sep)%d(?:T|  ?)%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?', NEED.clock | NEED.leadingYear],
  ['(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?', NEED.clock | NEED.month],
  ['(?:%a )?%b %d %ExY %k:%M:%S(?:\\.%f)?', NEED.clock | NEED.month],
  ['%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) %k:%M:%S', NEED.clock | NEED.numericDay],
  ['%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?%H:%M:%S(?:\\.%f)?(?: %z)?', NEED.clock | NEED.month],
  ['%m/%d/%ExY:%H:%M:%S', NEED.clock | NEED.numericDay],
  ['%m-%d-%ExY %k:%M:%S(?:\\.%f)?', NEED.clock | NEED.numericDay],
  ['Epoch', NEED.epoch],
  ['{^LN-BEG}%H:%M:%S', NEED.clock],
  ['^<%m/%d/%Exy@%H:%M:%S>', NEED.clock | NEED.numericDay],
  ['%Exy%Exm%Exd  ?%H:%M:%S', NEED.clock | NEED.sixDigits],
  ['%b %d, %ExY %I:%M:%S %p', NEED.clock | NEED.month],
  ['^%b-%d-%Exy %k:%M:%S', NEED.clock | NEED.month],
  ['%ExY%Exm%Exd(?:-|T|  ?)%ExH:?%ExM:?%ExS(?:[.,]%f)?(?:\\s*%z)?', NEED.eightDigits],
  ['(?:%Z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?', NEED.clock | NEED.month],
  ['(?:%z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?', NEED.clock | NEED.month],
  ['TAI64N', NEED.label],
];

export const defaultPatterns: readonly string[] = LAYOUTS.map(([pattern]) => pattern);

const ANCHORED_WEIGHT = 100;

/** What is known of a default template beyond its regex. */
type Known = Pick<TemplateParts, 'weight' | 'needs'>;

/**
 * A template from a pattern with directives; its first `{^LN-BEG}` or `{UNB}` sets the boundaries.
 * @throws {DateError} for an unknown directive
 */
export function fieldTemplate(
  pattern: string,
  directives: ReadonlyMap<string, Directive>,
  known: Known = {},
): Template {
  const prefix = pattern.startsWith(LN_BEG) ? LN_BEG : pattern.startsWith(UNB) ? UNB : '';
  const expanded = expandDirectives(pattern.slice(prefix.length), directives);
  const bounded = bound(expanded.regex, {
    begin: prefix === LN_BEG ? 'line' : prefix === UNB ? 'none' : 'word',
    end: prefix === UNB ? 'none' : 'word',
  });
  const name = bounded.atLineBegin ? LN_BEG + expanded.name : expanded.name;
  return new Template({ ...bounded, name, pattern, reader: { kind: 'fields' }, ...known });
}

export function epochTemplate(anchored: boolean, long: boolean, known: Known = {}): Template {
  return new Template({
    name: `${anchored ? LN_BEG : ''}${long ? 'LongEpoch' : 'Epoch'}`,
    pattern: '',
    regex: epochRegex(anchored, long),
    atLineBegin: anchored,
    anchored,
    cutsWhole: true,
    reader: { kind: 'epoch', number: 1 },
    ...known,
  });
}

export function tai64nTemplate(anchored: boolean, known: Known = {}): Template {
  return new Template({
    name: `${anchored ? LN_BEG : ''}TAI64N`,
    pattern: '',
    regex: tai64nRegex(anchored),
    atLineBegin: anchored,
    anchored,
    cutsWhole: true,
    reader: { kind: 'tai64n' },
    ...known,
  });
}

const cache = new Map<string, readonly Template[]>();

/** The 31 entries as they are in a given year. */
export function defaultTemplates(year: number): readonly Template[] {
  const directives = directivesFor(year);
  const window = directives.get('ExY')?.regex ?? '';
  let templates = cache.get(window);
  if (!templates) {
    templates = buildDefaults(directives);
    cache.set(window, templates);
  }
  return templates;
}

function buildDefaults(directives: ReadonlyMap<string, Directive>): readonly Template[] {
  const plain = LAYOUTS.map((layout) => defaultTemplate(layout, directives, false));
  const unanchored = LAYOUTS.filter((_, index) => !plain[index]?.anchored);
  return [...unanchored.map((layout) => defaultTemplate(layout, directives, true)), ...plain];
}

function defaultTemplate(
  [pattern, needs]: (typeof LAYOUTS)[number],
  directives: ReadonlyMap<string, Directive>,
  anchored: boolean,
): Template {
  const known = { weight: anchored ? ANCHORED_WEIGHT : 1, needs };
  if (pattern === 'Epoch') return epochTemplate(anchored, false, known);
  if (pattern === 'TAI64N') return tai64nTemplate(anchored, known);
  return fieldTemplate(anchored ? LN_BEG + pattern : pattern, directives, known);
}
