/**
 * Where the date of a line is looked for: in the line, or in what a filter that decodes its lines takes its time from.
 *
 * For those who look at the dates of a log without matching it: replays, and the watch over a log's health.
 */
import type { FilterPlan } from '../config/plans.js';
import { isAscii } from '../fields/condition.js';
import { compileFormat } from '../fields/format.js';
import { FieldReader } from './field-reader.js';
import type { LogLine } from './outcome.js';

export type DatedText = Pick<LogLine, 'text' | 'ascii'>;

/** @throws {PatternError} the filter's fields cannot be used */
export function dateTexts(plan: Pick<FilterPlan, 'fields' | 'datepattern'>): (line: DatedText) => DatedText {
  const { fields } = plan;
  if (!fields) return (line) => line;
  const none = { prefregex: undefined, failregex: [], ignoreregex: [], maxlines: 1 };
  const reader = new FieldReader(compileFormat({ fields, ...none }), plan.datepattern?.value);
  return (line) => {
    const read = reader.read(line);
    if (read?.kind === 'wrapped') return read.line;
    const text = read && (read.time ?? (read.prefix || read.wrapperTime));
    return text === undefined ? line : { text, ascii: isAscii(text) };
  };
}
