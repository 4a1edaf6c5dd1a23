/**
 * The default date templates: 17 layouts, and the list of 31 entries made from them.
 *
 * First come anchored copies (`{^LN-BEG}`, weight 100) of the 14 layouts that are not anchored anyway, then all 17.
 * Entries for one year's window of `%ExY` are made once and shared by all detectors. Source: filter.md §2.2, regex.md §4.
 */
import { bound } from './boundaries.js';
import { type Directive, directivesFor, expandDirectives } from './directives.js';
import { epochRegex, tai64nRegex } from './epoch.js';
import { Template } from './template.js';

export const LN_BEG = '{^LN-BEG}';
export const UNB = '{UNB}';

/** In the order of preference before any line was seen. `Epoch` and `TAI64N` are made of no directives. */
export const defaultPatterns: readonly string[] = [
  '%ExY(?P<_sep>[-/.])%m(?P=_sep)%d(?:T|  ?)%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?',
  '(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?',
  '(?:%a )?%b %d %ExY %k:%M:%S(?:\\.%f)?',
  '%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) %k:%M:%S',
  '%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?%H:%M:%S(?:\\.%f)?(?: %z)?',
  '%m/%d/%ExY:%H:%M:%S',
  '%m-%d-%ExY %k:%M:%S(?:\\.%f)?',
  'Epoch',
  '{^LN-BEG}%H:%M:%S',
  '^<%m/%d/%Exy@%H:%M:%S>',
  '%Exy%Exm%Exd  ?%H:%M:%S',
  '%b %d, %ExY %I:%M:%S %p',
  '^%b-%d-%Exy %k:%M:%S',
  '%ExY%Exm%Exd(?:-|T|  ?)%ExH:?%ExM:?%ExS(?:[.,]%f)?(?:\\s*%z)?',
  '(?:%Z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?',
  '(?:%z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?',
  'TAI64N',
];

const ANCHORED_WEIGHT = 100;

/**
 * A template from a pattern with directives; its first `{^LN-BEG}` or `{UNB}` sets the boundaries.
 * @throws {DateError} for an unknown directive
 */
export function fieldTemplate(
  pattern: string,
  directives: ReadonlyMap<string, Directive>,
  weight = 1,
): Template {
  const prefix = pattern.startsWith(LN_BEG) ? LN_BEG : pattern.startsWith(UNB) ? UNB : '';
  const expanded = expandDirectives(pattern.slice(prefix.length), directives);
  const bounded = bound(expanded.regex, {
    begin: prefix === LN_BEG ? 'line' : prefix === UNB ? 'none' : 'word',
    end: prefix === UNB ? 'none' : 'word',
  });
  const name = bounded.atLineBegin ? LN_BEG + expanded.name : expanded.name;
  return new Template({ ...bounded, name, pattern, reader: { kind: 'fields' }, weight });
}

export function epochTemplate(anchored: boolean, long: boolean, weight = 1): Template {
  return new Template({
    name: `${anchored ? LN_BEG : ''}${long ? 'LongEpoch' : 'Epoch'}`,
    pattern: '',
    regex: epochRegex(anchored, long),
    atLineBegin: anchored,
    anchored,
    cutsWhole: true,
    reader: { kind: 'epoch', number: 1 },
    weight,
  });
}

export function tai64nTemplate(anchored: boolean, weight = 1): Template {
  return new Template({
    name: `${anchored ? LN_BEG : ''}TAI64N`,
    pattern: '',
    regex: tai64nRegex(anchored),
    atLineBegin: anchored,
    anchored,
    cutsWhole: true,
    reader: { kind: 'tai64n' },
    weight,
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
  const plain = defaultPatterns.map((pattern) => defaultTemplate(pattern, false));
  const copies = defaultPatterns
    .filter((_, index) => !plain[index]?.anchored)
    .map((pattern) => defaultTemplate(pattern, true));
  return [...copies, ...plain];

  function defaultTemplate(pattern: string, copy: boolean): Template {
    const weight = copy ? ANCHORED_WEIGHT : 1;
    if (pattern === 'Epoch') return epochTemplate(copy, false, weight);
    if (pattern === 'TAI64N') return tai64nTemplate(copy, weight);
    return fieldTemplate(copy ? LN_BEG + pattern : pattern, directives, weight);
  }
}
