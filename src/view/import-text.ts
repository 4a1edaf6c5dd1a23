/**
 * View: what an import took over, as text: a line for each jail, then what was left out and why. Names from the database
 * are escaped.
 */
import { Chalk, type ColorSupportLevel } from 'chalk';
import type { ImportReport, JailImport, Skipped } from '../core/store/import-fail2ban.js';
import { escapeControls } from './escape.js';

export interface ImportTextOptions {
  readonly dryRun: boolean;
  readonly colors: ColorSupportLevel;
}

/** Of those that were left out for one reason, so many are named. */
const NAMED = 5;

export function renderImport(report: ImportReport, { dryRun, colors }: ImportTextOptions): string {
  const { bold, dim, yellow } = new Chalk({ level: colors });
  const { path, version, jails } = report;
  const verb = dryRun ? 'Would import' : 'Imported';
  const lines = [`${verb} from ${escapeControls(path)} ${dim(`(fail2ban, version ${version})`)}:`];
  if (jails.length === 0) lines.push('  nothing: it is empty');
  for (const jail of jails) {
    lines.push(`  ${bold(escapeControls(jail.jail))}: ${takenText(jail)}`);
    for (const text of skippedTexts(jail.skipped))
      lines.push(`    ${yellow('left out')} ${escapeControls(text)}`);
  }
  const bans = jails.reduce((sum, jail) => sum + jail.bans.length, 0);
  if (bans > 0 && !dryRun) lines.push('The next f2b scan carries these bans out.');
  return `${lines.join('\n')}\n`;
}

function takenText({ bans, history, positions, known }: JailImport): string {
  const knowns = known.history + known.positions;
  const parts = [
    ...(bans.length > 0 ? [`${count(bans.length, 'ban')} in force`] : []),
    ...(history > 0 ? [`${history} of history`] : []),
    ...(positions.length > 0 ? [count(positions.length, 'log position')] : []),
    ...(knowns > 0 ? [`${knowns} known already`] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** `3 bans (1.2.3.4, 1.2.3.5, 1.2.3.6): the jail ignores it by now` */
function skippedTexts(skipped: readonly Skipped[]): string[] {
  const groups = new Map<string, Skipped[]>();
  for (const one of skipped) {
    const key = JSON.stringify([one.what, one.reason]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].map((group) => {
    const [{ what, reason }] = group as [Skipped, ...Skipped[]];
    const names = group.slice(0, NAMED).map(({ name }) => name);
    if (group.length > NAMED) names.push('…');
    const things = what === 'history' ? `${group.length} of history` : count(group.length, WORDS[what]);
    return `${things} (${names.join(', ')}): ${reason}`;
  });
}

const WORDS = { ban: 'ban', position: 'log position' } as const;

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
