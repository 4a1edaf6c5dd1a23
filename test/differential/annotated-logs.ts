/**
 * The annotated sample logs of an installed fail2ban, read as they are and never copied: file → lines with the filter
 * options they are meant for and whether they are failures.
 *
 * A comment before a line holds JSON: `failJSON` the expectation, `filterOptions` the options of what follows (one or
 * several sets), `fileOptions` options of the whole file, `addFILE` another file to read here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOGS = '/usr/lib/python3/dist-packages/fail2ban/tests/files/logs';

export interface AnnotatedLine {
  readonly at: string;
  readonly text: string;
  readonly options: Readonly<Record<string, string>>;
  readonly match: boolean;
  readonly host: string | undefined;
}

interface Annotation {
  readonly match?: boolean;
  readonly host?: string;
  readonly constraint?: string;
}

type Options = Record<string, string>;

export function annotatedLogsInstalled(): boolean {
  return existsSync(LOGS);
}

/** Newer filters have none in the version that is installed. */
export function hasAnnotatedLog(name: string): boolean {
  return existsSync(join(LOGS, name));
}

/** Every line once for each set of options it is meant for. */
export function readAnnotatedLog(name: string, filter = name): AnnotatedLine[] {
  const lines: AnnotatedLine[] = [];
  let common: Options = {};
  let sets: Options[] = [{}];
  let pending: Annotation | undefined;
  for (const [index, text] of readFileSync(join(LOGS, name), 'utf8').split(/\r?\n/).entries()) {
    const [, keyword, json] = /^#+ ?(failJSON|filterOptions|fileOptions|addFILE): ?(.*)$/.exec(text) ?? [];
    if (keyword !== undefined) {
      const value: unknown = JSON.parse(json ?? '');
      if (keyword === 'failJSON') pending = value as Annotation;
      else if (keyword === 'fileOptions') common = value as Options;
      else if (keyword === 'addFILE') lines.push(...readAnnotatedLog(value as string, filter));
      else sets = (Array.isArray(value) ? value : [value]) as Options[];
    } else if (text.trim() !== '' && !text.startsWith('#')) {
      for (const set of pending ? sets : []) {
        const options = { ...common, ...set };
        if (!holds(pending?.constraint, filter, options)) continue;
        lines.push({
          at: `${name}:${index + 1}`,
          text: `${options['test.prefix-line'] ?? ''}${text}`,
          options: Object.fromEntries(Object.entries(options).filter(([key]) => !key.startsWith('test.'))),
          match: pending?.match ?? false,
          host: pending?.host,
        });
      }
      pending = undefined;
    }
  }
  return lines;
}

/** @throws {Error} a condition of a form not known here */
function holds(constraint: string | undefined, name: string, options: Options): boolean {
  if (constraint === undefined) return true;
  const [, subject, operator, value] =
    /^(name|opts\.get\('mode'\)) (==|!=) '([^']*)'$/.exec(constraint) ?? [];
  if (subject === undefined) throw new Error(`unknown constraint: ${constraint}`);
  const actual = subject === 'name' ? name : options['mode'];
  return (actual === value) === (operator === '==');
}
