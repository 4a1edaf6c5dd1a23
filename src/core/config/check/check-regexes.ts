/**
 * The expressions and date patterns of a filter → those that do not compile, name no host, or hold a tag nobody knows.
 *
 * Input is a filter with the configuration's tags filled in. The place in an expression is found again in its line where
 * it stands there as it is; the expanded expression goes along with the finding.
 */
import { F2bError, PatternError, type Sourced } from '../../errors.js';
import { type FieldsSubject, hasConditionsAsRules, mistakesIn } from '../../fields/format.js';
import type { ParsedPattern } from '../../pattern/nodes.js';
import { Pattern } from '../../pattern/pattern.js';
import { expandTags, hasFailureId } from '../../pattern/tags.js';
import { parsePatternList } from '../../time/pattern-list.js';
import type { FilterPlan } from '../plans.js';
import { type Traced, tracedLines } from '../traced.js';
import type { ConfigTree } from '../tree.js';
import type { CheckContext } from './context.js';
import { firstLine, lineOf } from './context.js';
import { didYouMean } from './finding.js';
import { REGEX_TAGS } from './known-names.js';
import { nearest } from './nearest.js';

export interface FilterSubject {
  readonly plan: FilterPlan;
  readonly jail: string | undefined;
  /** Names of options a tag could have meant. */
  readonly names: Iterable<string>;
  /** What failregex would be with other options, see `otherModes`. */
  readonly otherModes?: readonly Sourced<string>[] | undefined;
  /** False for a filter no jail uses: it may get options from one. */
  readonly complete: boolean;
}

export function checkRegexes(subject: FilterSubject, context: CheckContext): void {
  const { plan, jail } = subject;
  const { fields } = plan;
  if (fields) checkFields({ ...plan, fields, maxlines: plan.maxlines?.value ?? 1 }, jail, context);
  const usedns = plan.usedns?.value.toLowerCase() === 'no' ? 'no' : 'warn';
  const compile = (source: Sourced<string> | undefined, label: string): ParsedPattern | undefined =>
    source &&
    compileOne(source, { label, usedns, multiline: (plan.maxlines?.value ?? 1) > 1 }, subject, context);
  const prefregex = compile(plan.prefregex, 'prefregex');
  for (const source of fields && hasConditionsAsRules(fields) ? [] : plan.failregex) {
    const parsed = compile(source, 'failregex');
    // Whose failure it is has been looked for with the fields.
    if (fields?.format.value === 'json') continue;
    // What the prefregex would have brought is not known when it is broken.
    if (!parsed || (plan.prefregex && !prefregex) || hasFailureId(parsed, prefregex)) continue;
    // What a jail or a prefregex would add is not known, and a tag that was no tag is reported already.
    if (
      subject.complete
        ? hasSlips(source.value, subject)
        : (subject.jail ?? unknownTags(source.value).length > 0)
    ) {
      continue;
    }
    context.log.error('no-host', 'failregex says nowhere whose failure it is', {
      origin: source.origin,
      got: source.value,
      expected: '<HOST>, <ADDR>, <F-ID>…</F-ID> or another tag of an address',
      jail,
      suggestion: /<(?:HOST|ADDR)(?!>)/.test(source.value)
        ? 'Close the tag: <HOST>.'
        : 'Put <HOST> in place of the address.',
    });
  }
  for (const source of plan.ignoreregex) compile(source, 'ignoreregex');
  // Expressions of the modes that are not in use now.
  for (const { value, origin } of subject.otherModes ?? []) {
    compileOne(
      { value, origin },
      { label: 'failregex', usedns, multiline: false },
      { ...subject, complete: false },
      context,
    );
  }
  checkDatePattern(subject, context);
}

function checkFields(subject: FieldsSubject, jail: string | undefined, context: CheckContext): void {
  for (const { message, origin, got, index, hint } of mistakesIn(subject)) {
    const line = index === undefined ? undefined : origin && context.files.lineAt(origin);
    const column = line === undefined ? undefined : columnOf(line, got, index as number);
    context.log.error('bad-fields', message, { origin, column, got, jail, suggestion: hint });
  }
}

/**
 * A failregex `<mdre-<mode>>` stands for any option of that shape: the lines of all of them, tags filled in.
 * What is only a part of an expression is left alone.
 */
export function otherModes(tree: ConfigTree, values: ReadonlyMap<string, Traced>): Sourced<string>[] {
  const written = tree.own('Definition', 'failregex')?.text.split('\n') ?? [];
  const shapes = written
    .map((line) => /^<([\w-]*)<[\w-]+>([\w-]*)>$/.exec(line.trim()))
    .filter((shape) => shape !== null);
  return [...values]
    .filter(([name]) =>
      shapes.some(
        ([, lead = '', tail = '']) => lead + tail !== '' && name.startsWith(lead) && name.endsWith(tail),
      ),
    )
    .flatMap(([, value]) => tracedLines(value));
}

interface CompileOptions {
  readonly label: string;
  readonly usedns: 'no' | 'warn';
  readonly multiline: boolean;
}

function compileOne(
  source: Sourced<string>,
  { label, usedns, multiline }: CompileOptions,
  subject: FilterSubject,
  context: CheckContext,
): ParsedPattern | undefined {
  const text = expandTags(source.value, { usedns });
  if (subject.complete) checkTags(source, label, subject, context);
  try {
    return Pattern.compile(text, { multiline: multiline && label === 'failregex' }).parsed;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const index = error.index === undefined ? undefined : unitOffset(text, error.index);
    const unsupported = error.kind === 'unsupported';
    const line = source.origin && context.files.lineAt(source.origin);
    context.log.error(
      unsupported ? 'unsupported-regex' : 'bad-regex',
      unsupported
        ? `${label} is beyond what f2b can carry over: ${firstLine(error.message)}`
        : `${label} does not compile: ${firstLine(error.message)}`,
      {
        origin: source.origin,
        column: line !== undefined && index !== undefined ? columnOf(line, text, index) : undefined,
        got: source.value,
        jail: subject.jail,
        suggestion: error.hint ?? REMEDIES.find(([pattern]) => pattern.test(error.message))?.[1],
        expanded: { text, index },
      },
    );
    return undefined;
  }
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/missing \), unterminated/, 'Close the group with ), or write \\( for the character.'],
  [/unbalanced parenthesis/, 'Remove the ), or write \\) for the character.'],
  [/unterminated character set/, 'Close the set with ], or write \\[ for the character.'],
  [/nothing to repeat/, 'Write a backslash before the character if it is meant itself.'],
  [/multiple repeat/, 'Write a backslash before the second one if it is meant itself.'],
  [
    /redefinition of group name/,
    'Use each tag or name once in an expression; alternatives need names of their own.',
  ],
  [/bad escape/, 'Write the character without backslash, or two backslashes for a backslash.'],
  [/unknown group name/, 'Refer to a group that stands before.'],
];

/** The column of a place of the expanded text, where its surroundings stand in the line exactly once. */
function columnOf(line: string, text: string, index: number): number | undefined {
  for (const [before, after] of [
    [8, 8],
    [4, 4],
    [0, 10],
    [10, 0],
    [0, 4],
    [0, 1],
  ] as const) {
    const lead = text.slice(Math.max(0, index - before), index);
    const part = lead + text.slice(index, index + after);
    const at = part === '' ? -1 : line.indexOf(part);
    if (at !== -1 && line.indexOf(part, at + 1) === -1)
      return [...line.slice(0, at + lead.length)].length + 1;
  }
  return undefined;
}

function unitOffset(text: string, codePoints: number): number {
  return [...text].slice(0, codePoints).join('').length;
}

const TAG = /(?<!\(\?P?|\\)<(\/?)([A-Za-z_][\w./-]*?)(\/?)>/g;
const F_TAG = /^F-[A-Z0-9_]+$/;

/** Names of tags that neither the configuration nor the expression language knows. */
function unknownTags(text: string): { readonly tag: string; readonly name: string }[] {
  return [...text.matchAll(TAG)]
    .map(([tag, , name]) => ({ tag, name: name as string }))
    .filter(({ name }) => !(REGEX_TAGS as readonly string[]).includes(name) && !F_TAG.test(name));
}

/** A tag nobody knows is text: `<NOSRV>` stands in logs. One that is near a known name is a slip, a small one may be. */
function checkTags(
  source: Sourced<string>,
  label: string,
  subject: FilterSubject,
  context: CheckContext,
): void {
  const { jail, names } = subject;
  const { log } = context;
  for (const { tag, name } of unknownTags(source.value)) {
    const near = nearTag(name, names);
    if (madeByOption(tag, name, near, subject, context)) continue;
    if (near === undefined && name === name.toUpperCase()) continue;
    const level = isSlip(name, near) ? 'error' : 'warning';
    log[level]('unknown-tag', `nobody knows the tag ${tag} in ${label}; it stands for itself`, {
      origin: source.origin,
      got: tag,
      jail,
      suggestion: didYouMean(near && `<${near}>`, `If the log really says ${tag}, write [<]${tag.slice(1)}`),
    });
  }
}

/** `<mdre-agressive>` stands nowhere: it is `<mdre-<mode>>` with a mode the filter does not have. */
function madeByOption(
  tag: string,
  name: string,
  near: string | undefined,
  { plan, jail }: FilterSubject,
  { files, log }: CheckContext,
): boolean {
  const option = Object.entries(plan.options).find(([, value]) => value.length > 1 && name.includes(value));
  if (!option || jail === undefined || lineOf(tag, files.of('filter'), '')) return false;
  const [key, value] = option;
  const [lead = '', tail = ''] = name.split(value, 2);
  const meant =
    near?.startsWith(lead) && near.endsWith(tail)
      ? near.slice(lead.length, near.length - tail.length)
      : undefined;
  const layouts = files.of('jail');
  const origin =
    lineOf(`${key}=${value}`, layouts, 'filter', jail) ??
    lineOf(`${key}="${value}"`, layouts, 'filter', jail) ??
    lineOf(value, layouts, key, jail) ??
    lineOf(value, layouts, key);
  log.error('unknown-mode', `filter ${plan.name} has nothing for ${key} ${JSON.stringify(value)}`, {
    origin,
    find: value,
    got: value,
    jail,
    suggestion: didYouMean(meant, `It would need an option ${name}.`),
  });
  return true;
}

function nearTag(name: string, names: Iterable<string>): string | undefined {
  return REGEX_TAGS.find((known) => known === name.toUpperCase()) ?? nearest(name, [...REGEX_TAGS, ...names]);
}

/** Two letters are near to too much. */
function isSlip(name: string, near: string | undefined): boolean {
  return near !== undefined && name.length > 2;
}

function hasSlips(text: string, { names, plan }: FilterSubject): boolean {
  const values = Object.values(plan.options).filter((value) => value.length > 1);
  return unknownTags(text).some(
    ({ name }) => isSlip(name, nearTag(name, names)) || values.some((value) => name.includes(value)),
  );
}

function checkDatePattern({ plan, jail }: FilterSubject, { log, year }: CheckContext): void {
  const pattern = plan.datepattern;
  if (!pattern) return;
  const details = { origin: pattern.origin, got: pattern.value, jail };
  try {
    const { templates } = parsePatternList(pattern.value, year);
    for (const template of templates) if (template.pattern !== '') template.compile();
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    const expanded =
      error instanceof PatternError
        ? {
            text: error.pattern,
            index: error.index === undefined ? undefined : unitOffset(error.pattern, error.index),
          }
        : undefined;
    log.error('bad-datepattern', `datepattern cannot be used: ${firstLine(error.message)}`, {
      ...details,
      suggestion: error.hint,
      expanded,
    });
    return;
  }
  if (/%|EPOCH|TAI64N|\{DATE\}|\{DEFAULT\}|\{NONE\}|LN-BEG/i.test(pattern.value)) return;
  log.warning('date-without-fields', 'datepattern has no field of a date in it', {
    ...details,
    expected: '%%Y-%%m-%%d %%H:%%M:%%S, {DATE}, Epoch, TAI64N …',
  });
}
