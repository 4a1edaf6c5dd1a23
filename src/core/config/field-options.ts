/**
 * The options of a filter that say how its lines are decoded: `format` and what goes with it (docs/json-logs.md).
 *
 * Filter's file and brackets → FieldsPlan, undefined where lines are matched as they are. fail2ban does not know these options, so they are no
 * part of what is dumped. What they mean, and what is wrong with them, is known to the fields room.
 */
import type { Sourced } from '../errors.js';
import { type FieldsPlan, FORMATS, hasConditionsAsRules } from '../fields/format.js';
import { type Combined, combineOwn, type Definition } from './combined.js';
import { sourced, type Traced, tracedLines } from './traced.js';

export const FIELD_OPTIONS = ['format', 'address', 'time', 'message', 'condition'] as const;

/** Of `field-user` and its like, which name the field of a tag. */
export const TAG_OPTION = /^field-[a-z0-9_]+$/;

export function readFields(definition: Definition, combined: Combined): FieldsPlan | undefined {
  const { tree, options } = definition;
  const names = [...tree.options('Definition'), ...tree.options('Init'), ...options.brackets.keys()];
  if (!names.includes('format')) return undefined;
  const tags = [...new Set(names.filter((name) => TAG_OPTION.test(name)))];
  const values = combineOwn(definition, combined, new Set([...FIELD_OPTIONS, ...tags]));
  const format = filled(values.get('format'));
  if (!format || !isFormat(format.value) || /^plain$/i.test(format.value.trim())) return undefined;
  return {
    format: { ...format, value: format.value.trim().toLowerCase() },
    address: filled(values.get('address')),
    time: filled(values.get('time')),
    message: filled(values.get('message')),
    condition: tracedLines(values.get('condition') ?? NOTHING),
    tags: tags.flatMap((key) => {
      const paths = filled(values.get(key));
      return paths ? [{ key, paths }] : [];
    }),
  };
}

/** A filter's failregexes: conditions, where there is no text they could search. */
export function rulesOf(
  fields: FieldsPlan | undefined,
  failregex: readonly Sourced<string>[],
): readonly Sourced<string>[] {
  return fields && hasConditionsAsRules(fields) ? [...fields.condition, ...failregex] : failregex;
}

/** Is it a format that exists? Another one may be an option that a filter has made up. */
export function isFormat(text: string): boolean {
  return (FORMATS as readonly string[]).includes(text.trim().toLowerCase());
}

const NOTHING: Traced = { text: '', origins: [undefined] };

function filled(value: Traced | undefined): Sourced<string> | undefined {
  return value && value.text.trim() !== '' ? sourced(value.text, value) : undefined;
}
