/**
 * Values as they are written, in every section of a file, whether or not anybody reads them now: the plain ones can be
 * judged without knowing more.
 */
import type { Origin } from '../../errors.js';
import { DEFAULT, INCLUDES } from '../tree.js';
import type { FindingLog } from './finding.js';
import { ACTION_JUDGES, FILTER_JUDGES, GLOBAL_JUDGES, JAIL_JUDGES, type Judgement } from './judge-value.js';
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
    const text = [entry.value, ...entry.continuations.map(({ value }) => value)].join('\n').trim();
    // What refers to something else is judged when that is known.
    if (!judge || /%|<\w/.test(text)) continue;
    const jail = kind === 'jail' && entry.section !== DEFAULT ? entry.section : undefined;
    const origin = { file: layout.file, line: entry.line };
    reportValue({ option: entry.key, judge, jail, text, origin }, log);
  }
}

export interface ValueSubject {
  readonly option: string;
  readonly judge: (text: string, option: string) => Judgement | undefined;
  readonly jail: string | undefined;
  readonly text: string;
  readonly origin: Origin | undefined;
}

/** Says what is wrong with a value, unless the comment in it is the whole reason and known already. */
export function reportValue({ option, judge, jail, text, origin }: ValueSubject, log: FindingLog): void {
  const wrong = judge(text, option);
  if (!wrong || log.has(origin, ['inline-comment', 'swallowed-line'])) return;
  const { level = 'error', code, message, got, expected, suggestion } = wrong;
  log[level](code, message, { origin, got, expected, suggestion, jail });
}
