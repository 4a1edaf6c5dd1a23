/**
 * Makes a filter's regular expressions ready: tags expanded, checked, compiled, sorted by what they can start with.
 *
 * FilterPlan → CompiledFilter. Compiling here is parsing; RegExp programs are made when first run.
 */

import type { FilterPlan } from '../config/plans.js';
import { PatternError, type Sourced } from '../errors.js';
import { type Condition, parseCondition } from '../fields/condition.js';
import { compileFormat, type FieldFormat, hasConditionsAsRules } from '../fields/format.js';
import { Pattern } from '../pattern/pattern.js';
import { expandTags, requireFailureId } from '../pattern/tags.js';
import { GroupReader } from './groups.js';
import type { UseDns } from './identity.js';

/** A failregex or prefregex with the reader of its groups. */
export interface Rule {
  readonly pattern: Pattern;
  readonly reader: GroupReader;
  /** Number of the group `content`, 0 when there is none. */
  readonly content: number;
  /** Numbers of the groups of `<SKIPLINES>`. */
  readonly skipLines: readonly number[];
  /** A rule of fields: it matches where this holds, whatever the text is. */
  readonly condition?: Condition | undefined;
}

export interface CompiledFilter {
  /** How lines are decoded; undefined where they are matched as they are. */
  readonly format: FieldFormat | undefined;
  readonly prefregex: Rule | undefined;
  readonly failregex: readonly Rule[];
  readonly ignoreregex: readonly Pattern[];
  /** Try ignoreregex before anything else? Source: fail2ban; only worth it with few of them. */
  readonly ignoreEarly: boolean;
  /** How many lines a match may span. */
  readonly maxLines: number;
  /** The failregexes (by index) that can match a text whose first UTF-16 unit is `unit`. */
  candidates(unit: number): readonly number[];
}

/** @throws {PatternError} with fail2ban's words for what is wrong with which regex. */
export function compileFilter(
  plan: FilterPlan,
  options: { usedns: UseDns; maxLines: number },
): CompiledFilter {
  const { usedns, maxLines } = options;
  const multiline = maxLines > 1;
  const { fields } = plan;
  const format = fields && compileFormat({ ...plan, fields, maxlines: maxLines });
  const prefregex = plan.prefregex && ruleOf(plan.prefregex, { usedns, label: 'prefregex' });
  const failregex = plan.failregex.map((source, i) => {
    if (fields && hasConditionsAsRules(fields)) return conditionRule(source, prefregex?.reader);
    const rule = ruleOf(source, { usedns, multiline, label: `failregex ${i + 1}` }, prefregex?.reader);
    if (!format || format.kind === 'docker') requireFailureId(rule.pattern.parsed, prefregex?.pattern.parsed);
    return rule;
  });
  const ignoreregex = plan.ignoreregex.map((source, i) =>
    compileText(source, { usedns, label: `ignoreregex ${i + 1}` }),
  );
  return {
    format,
    prefregex,
    failregex,
    ignoreregex,
    ignoreEarly: ignoreregex.length > 0 && ignoreregex.length < failregex.length - 2,
    maxLines,
    candidates: dispatchBy(failregex.map((rule) => rule.pattern)),
  };
}

interface TextOptions {
  readonly usedns: UseDns;
  readonly label: string;
  readonly multiline?: boolean;
}

function ruleOf(source: Sourced<string>, options: TextOptions, prefix?: GroupReader): Rule {
  const pattern = compileText(source, options);
  const names = pattern.parsed.groupIndex;
  return {
    pattern,
    reader: new GroupReader(pattern, prefix),
    content: names.get('content') ?? 0,
    skipLines: [...names].filter(([name]) => name.startsWith('skiplines')).map(([, group]) => group),
  };
}

/** The text of the line is of no interest: an expression that matches any. */
function conditionRule({ value, origin }: Sourced<string>, prefix?: GroupReader): Rule {
  const condition = parseCondition(value, { origin, label: 'condition' });
  const pattern = Pattern.compile('', { origin, label: 'condition' });
  return { pattern, reader: new GroupReader(pattern, prefix), content: 0, skipLines: [], condition };
}

/** A rule's expression as it is shown. */
export function sourceOf({ condition, pattern }: Rule): string {
  return condition?.text ?? pattern.source;
}

function compileText(source: Sourced<string>, options: TextOptions): Pattern {
  const { usedns, label, multiline = false } = options;
  const text = expandTags(source.value, { usedns });
  if (text === '') throw new PatternError('invalid', 'Cannot add empty regex', { pattern: text });
  try {
    return Pattern.compile(text, { multiline, origin: source.origin, label });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const message = `Unable to compile regular expression '${text}':\n${error.message}`;
    throw new PatternError(error.kind, message, { pattern: text, index: error.index });
  }
}

/** All patterns for texts whose start excludes none; a list for each first character, made when it first comes up. */
function dispatchBy(patterns: readonly Pattern[]): (unit: number) => readonly number[] {
  const lists = new Map<number, readonly number[]>();
  const ascii = new Array<readonly number[] | undefined>(128).fill(undefined);
  const listOf = (unit: number) =>
    patterns.flatMap((pattern, i) => (pattern.anchored && !pattern.canStartWith(unit) ? [] : [i]));
  return (unit) => {
    if (unit < 128) return (ascii[unit] ??= listOf(unit));
    let list = lists.get(unit);
    if (!list) lists.set(unit, (list = listOf(unit)));
    return list;
  };
}
