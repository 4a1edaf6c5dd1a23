/**
 * View: what a scan did, as text: a line for each event, in a pipe nothing at all when nothing happened.
 *
 * ScanReport → text for standard output (events) and for standard error (what needs a person). Everything from logs is
 * escaped. Colours are chalk's; with level 0 the text is the same without them.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import { endOf, type HeldBan } from '../core/records.js';
import type { ScanReport } from '../core/scan/scan.js';
import type { JailScan, UnsettledBan } from '../core/scan/scan-jail.js';
import { localText } from '../core/time/local-text.js';
import { escapeControls } from './escape.js';

export interface ScanTextOptions {
  readonly colors: ColorSupportLevel;
  /** A person watches: quiet jails and totals are shown too. */
  readonly verbose: boolean;
}

export function renderScan(report: ScanReport, options: ScanTextOptions): string {
  const page = new Page(options.colors, report.dryRun);
  const events = report.jails.map((jail) => page.events(jail)).join('');
  return options.verbose ? `${events}${page.summary(report)}` : events;
}

/** Mistakes and bans that are not as they should be: for standard error. */
export function renderScanProblems(report: ScanReport, colors: ColorSupportLevel): string {
  const page = new Page(colors, report.dryRun);
  return report.jails.map((jail) => page.problems(jail)).join('');
}

class Page {
  readonly #chalk: ChalkInstance;

  constructor(
    colors: ColorSupportLevel,
    private readonly dryRun: boolean,
  ) {
    this.#chalk = new Chalk({ level: colors });
  }

  events({ jail, banned, prolonged, unbanned, restored, notices, logs }: JailScan): string {
    const { red, green, yellow, dim } = this.#chalk;
    const would = this.dryRun ? 'would be ' : '';
    const lines = [
      ...unbanned.map((ban) => `${green(`${would}unbanned`)} ${idOf(ban)}${whyOf(ban)}`),
      ...(restored > 0
        ? [`${yellow(`${would}put back`)} ${count(restored, 'ban')} that the firewall had lost`]
        : []),
      ...banned.map(
        (ban) =>
          `${red(`${would}banned`)} ${idOf(ban)} ${untilOf(ban)} ${dim(`(${count(ban.failures, 'failure')})`)}`,
      ),
      ...prolonged.map((ban) => `${yellow(`${would}prolonged`)} ${idOf(ban)} ${untilOf(ban)}`),
      ...[...notices, ...logs.flatMap((log) => log.notices)].map((notice) => dim(escapeControls(notice))),
    ];
    return lines.map((line) => `${this.#name(jail)} ${line}\n`).join('');
  }

  problems({ jail, problems, unsettled }: JailScan): string {
    const { red, yellow, dim } = this.#chalk;
    const lines = [
      ...problems.map(({ of, message, hint }) => {
        const more = hint === undefined ? '' : `\n  ${dim(escapeControls(hint))}`;
        return `${yellow('problem')} ${about(of, message)}${more}`;
      }),
      ...unsettled.flatMap((each) => unsettledLines(each).map((line) => `${red(wordOf(each))} ${line}`)),
    ];
    return lines.map((line) => `${this.#name(jail)} ${line}\n`).join('');
  }

  summary({ jails, dryRun }: ScanReport): string {
    const sum = (of: (jail: JailScan) => number) => jails.reduce((total, jail) => total + of(jail), 0);
    const lines = sum(({ logs }) => logs.reduce((total, log) => total + log.lines, 0));
    const parts = [
      count(jails.length, 'jail'),
      count(lines, 'new line'),
      count(
        sum(({ failures }) => failures),
        'failure',
      ),
      `${sum(({ banned }) => banned.length)} banned`,
      `${sum(({ unbanned }) => unbanned.length)} unbanned`,
    ];
    const what = dryRun ? 'dry run, nothing was changed: ' : '';
    return `${this.#chalk.dim(`${what}${parts.join(', ')}`)}\n`;
  }

  #name(jail: string): string {
    return this.#chalk.bold(`${escapeControls(jail)}:`);
  }
}

function idOf({ id }: HeldBan): string {
  return escapeControls(id);
}

function untilOf(ban: HeldBan): string {
  const end = endOf(ban);
  return end === Number.POSITIVE_INFINITY ? 'for ever' : `until ${localText(end)}`;
}

function whyOf({ leaving }: HeldBan): string {
  return leaving === 'removed' ? ' (the jail is no longer enabled)' : '';
}

function wordOf({ what }: UnsettledBan): string {
  return what === 'not-applied' ? 'NOT APPLIED' : 'NOT LIFTED';
}

function unsettledLines({ ban, actions }: UnsettledBan): string[] {
  return actions.map(({ action, reason }) => `${idOf(ban)} by ${escapeControls(action)}: ${oneLine(reason)}`);
}

function about(of: string, message: string): string {
  return message.includes(of) ? oneLine(message) : `${escapeControls(of)}: ${oneLine(message)}`;
}

/** Output of commands may have several lines. */
function oneLine(text: string): string {
  return escapeControls(text.trim().replace(/\s*\n\s*/g, ' | '));
}

function count(number: number, word: string): string {
  // `toLocaleString` loads tables for all the world's numbers, which takes longer than most scans.
  const digits = String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${digits} ${word}${number === 1 ? '' : 's'}`;
}
