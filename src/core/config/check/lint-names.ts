/**
 * Option and section names of one file that nobody knows and nothing refers to.
 *
 * Any name may be invented for use as `%(name)s` or `<name>`; one that nothing uses and that is near a known name is a
 * typing error, and in a jail section it is of no use in any case. Source: config.md §3–§5.
 */

import { FORMATS } from '../../fields/format.js';
import { isFormat, TAG_OPTION } from '../field-options.js';
import { DEFAULT, INCLUDES } from '../tree.js';
import { didYouMean, type FindingLog } from './finding.js';
import { FIELD_FILTER_OPTIONS, INCLUDE_OPTIONS, OPTIONS, SECTIONS, SYNONYMS } from './known-names.js';
import type { HeaderLine, Layout, OptionLine } from './layout.js';
import { distance, nearest } from './nearest.js';
import type { FileKind } from './source-files.js';
import type { Vocabulary } from './vocabulary.js';

export interface NamesContext {
  readonly kind: FileKind;
  readonly log: FindingLog;
  /** What the values of all files of this kind refer to. */
  readonly used: Vocabulary;
  /** Which files define an option, of those of this kind. */
  readonly defined: ReadonlyMap<string, ReadonlySet<string>>;
  /** A file that others include: it may define what only some of them use. */
  readonly included: boolean;
}

export function lintNames(layout: Layout, context: NamesContext): void {
  for (const entry of layout.entries) {
    if (entry.kind === 'header') lintSection(entry, layout.file, context);
    if (entry.kind === 'option') lintOption(entry, layout, context);
  }
}

function lintSection({ name, line }: HeaderLine, file: string, { kind, log, used }: NamesContext): void {
  const origin = { file, line };
  const mark = name.indexOf('?');
  const base = mark === -1 ? name : name.slice(0, mark);
  const known = SECTIONS[kind];
  if (mark !== -1 && !/^\?family=inet[46]$/.test(name.slice(mark))) {
    log.warning('unknown-condition', `no ban ever meets the condition of [${name}]`, {
      origin,
      got: name.slice(mark),
      expected: '?family=inet4 or ?family=inet6',
    });
  }
  if (known.includes(base)) return;
  if (kind === 'jail') {
    const meant = known.find((other) => distance(other.toLowerCase(), base.toLowerCase()) <= 1);
    const misplaced = base === 'Definition' || base === 'Init';
    if (meant === undefined && !misplaced) return;
    log.error('unknown-section', `[${name}] is read as a jail of that name`, {
      origin,
      got: `[${name}]`,
      suggestion: didYouMean(meant && `[${meant}]`, `[${base}] belongs into a filter or an action.`),
    });
    return;
  }
  if (used.hasSection(base)) return;
  const near = nearest(base, known);
  const details = { origin, got: `[${name}]`, expected: known.map((other) => `[${other}]`).join(', ') };
  if (near !== undefined) {
    const suggestion = didYouMean(`[${near}]`);
    log.error('unknown-section', `nothing reads the section [${name}]`, { ...details, suggestion });
  } else log.warning('unknown-section', `nothing reads the section [${name}]`, details);
}

function lintOption(option: OptionLine, layout: Layout, context: NamesContext): void {
  const { file } = layout;
  const { kind, log, used } = context;
  const { key, written, section } = option;
  const origin = { file, line: option.line };
  const details = { origin, find: written, got: written };
  const where = kind === 'jail' ? `[${section}]` : `[${section}] of ${WHAT[kind]}`;
  if (section === INCLUDES) {
    if ((INCLUDE_OPTIONS as readonly string[]).includes(key)) return;
    if (used.has(key)) return;
    log.error('unknown-option', `${written} has no meaning in [${INCLUDES}]`, {
      ...details,
      expected: INCLUDE_OPTIONS.join(', '),
      suggestion: didYouMean(nearest(key, INCLUDE_OPTIONS)),
    });
    return;
  }
  const known = kind === 'filter' && hasFormat(layout) ? FIELD_FILTER_OPTIONS : optionsOf(kind, section);
  if (key === 'format' && kind === 'filter') lintFormat(option, layout, context);
  if (known === FIELD_FILTER_OPTIONS && TAG_OPTION.test(key)) return;
  if (known.includes(key) || used.has(key) || used.has(written)) return;
  const near = knownOption(key, known);
  if (near !== undefined) {
    const suggestion = didYouMean(near);
    log.error('unknown-option', `nobody knows the option ${written} in ${where}`, { ...details, suggestion });
    return;
  }
  if (kind === 'filter' || kind === 'action') {
    // Anything may be a parameter there, but these are meant for a jail.
    if (OPTIONS.jail.includes(key) && !context.included) {
      const suggestion = 'Set it in the jail.';
      log.warning('misplaced-option', `${written} has no effect in ${WHAT[kind]}`, {
        ...details,
        suggestion,
      });
    }
    return;
  }
  if (context.included) return;
  const variable = closeVariable(key, file, context);
  if (variable !== undefined) {
    const suggestion = didYouMean(variable);
    log.error('unknown-option', `nobody knows the option ${written} in ${where}`, { ...details, suggestion });
  } else if (section !== DEFAULT) {
    log.warning('unknown-option', `nothing uses the option ${written} of ${where}`, {
      ...details,
      suggestion: `Remove it, or use it somewhere as %(${key})s.`,
    });
  }
}

function knownOption(key: string, known: readonly string[]): string | undefined {
  const synonym = SYNONYMS[key];
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const near = nearest(key, known);
  // `action_mw` is a variant of action that somebody made, no slip.
  return near !== undefined && /^[_-]/.test(key.slice(near.length)) && key.startsWith(near)
    ? undefined
    : near;
}

const WHAT = { base: 'the server', jail: 'a jail', filter: 'a filter', action: 'an action' } as const;

function optionsOf(kind: FileKind, section: string): readonly string[] {
  return kind === 'base' && section === 'Thread' ? ['stacksize'] : OPTIONS[kind];
}

/**
 * A format that does not exist may be an option that the filter has made up, if something makes use of it: the file
 * itself, or one that it is read together with.
 */
function lintFormat(option: OptionLine, layout: Layout, { log, used, included }: NamesContext): void {
  const { value } = option;
  if (isFormat(value) || /%|<\w/.test(value) || value.trim() === '') return;
  const near = nearest(value.trim().toLowerCase(), FORMATS);
  const isAlone = !included && !options(layout).some(({ section }) => section === INCLUDES);
  if (options(layout).some((other) => USES_FORMAT.test(other.value))) return;
  if (used.has('format') && near === undefined && !isAlone) return;
  log.error('bad-format', `there is no format ${value}`, {
    origin: { file: layout.file, line: option.line },
    got: value,
    expected: FORMATS.join(', '),
    suggestion: didYouMean(near),
  });
}

const USES_FORMAT = /<format>|<[^<>]*<format>|%\((?:known\/)?format\)s/;

function options({ entries }: Layout): OptionLine[] {
  return entries.filter((entry) => entry.kind === 'option');
}

/** Are lines decoded before this filter matches them? */
function hasFormat({ entries }: Layout): boolean {
  return entries.some((entry) => entry.kind === 'option' && entry.key === 'format');
}

/** One letter off a variable that is used. `log1` for `log2` is no slip, nor are two variables of the same file. */
function closeVariable(key: string, file: string, { used, defined }: NamesContext): string | undefined {
  if (key.length < 4) return undefined;
  const bare = key.replace(/[-_]/g, '');
  for (const name of used.names()) {
    if (
      name.length < 4 ||
      (defined.get(name)?.has(file) ?? true) ||
      name.replace(/\d/g, '') === key.replace(/\d/g, '')
    )
      continue;
    if (distance(name.toLowerCase().replace(/[-_]/g, ''), bare) <= 1) return name;
  }
  return undefined;
}
