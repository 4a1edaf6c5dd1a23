/**
 * The installed fail2ban-regex as an oracle for dates: one run tells for many lines what is cut and what time it is,
 * another the order of the templates with hits and weights.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OracleOptions {
  readonly datepattern?: string | undefined;
  /** --TZ */
  readonly timeZone?: string | undefined;
  /** The TZ it runs in; that of this process when left out. */
  readonly processZone?: string;
}

/** A line as the oracle sees it: the text without the date, and the time (undefined where it shows none). */
export interface OracleRow {
  readonly rest: string;
  readonly time: string;
}

export interface OracleTemplate {
  readonly name: string;
  readonly hits: number;
  readonly currentWeight: string;
  readonly weight: string;
  readonly pattern: string;
  readonly regex: string;
}

export interface OracleReport {
  readonly title: string | undefined;
  readonly templates: readonly OracleTemplate[];
  /** What it said instead of a report. */
  readonly error: string | undefined;
}

/** Every line ends with this word. */
export const END = 'end';
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const EVERYTHING = `^<F-REST>.*</F-REST><F-ID>${END}</F-ID>$`;

export const installedVersion: string | undefined = (() => {
  const result = spawnSync('fail2ban-regex', ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim().split(' ').pop() : undefined;
})();

export function oracleRows(lines: readonly string[], options: OracleOptions = {}): OracleRow[] {
  const output = run(lines, options, ['-o', '<time>\t<F-REST>']);
  return output
    .split('\n')
    .slice(0, -1)
    .map((row) => {
      const tab = row.indexOf('\t');
      return { time: row.slice(0, tab), rest: row.slice(tab + 1) + END };
    });
}

export function oracleReport(lines: readonly string[], options: OracleOptions = {}): OracleReport {
  const output = run(lines, options, ['-v', '--VD']);
  const title = /^Use {6}datepattern : (.*?)\nUse /ms.exec(output)?.[1]?.trimEnd();
  const section = /^Date template hits:\n(.*?)\n`-$/ms.exec(output)?.[1] ?? '';
  const rows = section.split('\n').slice(1);
  const templates: OracleTemplate[] = [];
  for (let at = 0; at + 2 < rows.length; at += 3) {
    const head = /^\| {2}\[(\d+)\] (.*)$/.exec(rows[at] ?? '');
    const weights = /^\| {6}# weight: ([\d.]+) \(([\d.]+)\), pattern: (.*)$/.exec(rows[at + 1] ?? '');
    const regex = /^\| {6}# regex: {3}(.*)$/.exec(rows[at + 2] ?? '');
    if (!head || !weights || !regex)
      throw new Error(`unexpected report:\n${rows.slice(at, at + 3).join('\n')}`);
    templates.push({
      name: head[2] ?? '',
      hits: Number(head[1]),
      currentWeight: weights[1] ?? '',
      weight: weights[2] ?? '',
      pattern: weights[3] ?? '',
      regex: regex[1] ?? '',
    });
  }
  const error = [...output.matchAll(/^(?:ERROR: |[\w.]*[Ee]rror: )(.*)$/gm)].pop()?.[1];
  return { title, templates, error };
}

function run(lines: readonly string[], options: OracleOptions, args: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'f2b-dates-'));
  try {
    const file = join(dir, 'log');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    const pattern = options.datepattern === undefined ? [] : ['-d', options.datepattern];
    const zone = options.timeZone === undefined ? [] : ['--TZ', options.timeZone];
    const result = spawnSync('fail2ban-regex', [...args, ...pattern, ...zone, file, EVERYTHING], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: options.processZone ?? OWN_ZONE },
    });
    return result.stdout + result.stderr;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
