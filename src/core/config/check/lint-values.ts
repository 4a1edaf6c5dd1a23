/**
 * Values as they are written, in every section of a file, whether or not anybody reads them now: the plain ones can be
 * judged without knowing more.
 */
import type { Traced } from '../traced.js';
import { DEFAULT, INCLUDES } from '../tree.js';
import type { FindingLog } from './finding.js';
import { ACTION_JUDGES, FILTER_JUDGES, GLOBAL_JUDGES, JAIL_JUDGES, type Judge } from './judge-value.js';
import type { Layout } from './layout.js';
import type { FileKind } from './source-files.js';

const JUDGES: Readonly<Record<FileKind, typeof JAIL_JUDGES>> = {
  base: GLOBAL_JUDGES,
  jail: JAIL_JUDGES,
  filter: FILTER_JUDGES,
  action: ACTION_JUDGES,
};

export function lintValues(layout: Layout, kind: FileKind, log: FindingLog): void {
  for (const entry of layout.entries) {
    if (entry.kind !== 'option' || entry.section === INCLUDES) continue;
    const judge = JUDGES[kind][entry.key];
    const lines = [entry, ...entry.continuations];
    const text = lines.map(({ value }) => value).join('\n');
    // What refers to something else is judged when that is known.
    if (!judge || /%|<\w/.test(text)) continue;
    const jail = kind === 'jail' && entry.section !== DEFAULT ? entry.section : undefined;
    const value = { text, origins: lines.map(({ line }) => ({ file: layout.file, line })) };
    reportValue({ option: entry.key, judge, jail, value }, log);
  }
}

export interface ValueSubject {
  readonly option: string;
  readonly judge: Judge;
  readonly jail: string | undefined;
  readonly value: Traced;
}

/** Says what is wrong with a value, unless the line it stands in has been found wrong as a whole. */
export function reportValue({ option, judge, jail, value }: ValueSubject, log: FindingLog): void {
  const lines = value.text.split('\n');
  for (const { level = 'error', code, message, got, expected, suggestion } of judge(value.text, option)) {
    const line = lines.findIndex((text) => text.includes(got));
    const origin = value.origins[Math.max(0, line)];
    if (log.has(origin, ['inline-comment', 'swallowed-line'])) continue;
    // `maxmatches = %(maxretry)s` is wrong where maxretry is.
    if (log.at(origin).some((known) => known.code === code && known.got === got && known.message !== message))
      continue;
    log[level](code, message, { origin, got, expected, suggestion, jail });
  }
}
