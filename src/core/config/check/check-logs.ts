/**
 * A jail's `logpath` → the lines that match no file, and what could have been meant.
 *
 * A file that an included paths-*.conf names is the distribution's idea of where a service logs: that all of them are
 * missing is worth a warning; one the jail files name themselves is a mistake. Source: config.md §6.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mayBeLog } from '../../null-device.js';
import { readLogPaths } from '../log-paths.js';
import type { Traced } from '../traced.js';
import { type CheckContext, ignoredProblems } from './context.js';
import { didYouMean } from './finding.js';
import { nearest } from './nearest.js';

export interface LogSubject {
  readonly jail: string;
  readonly logpath: Traced;
  /** What becomes of the jail when there is no file: it reads the journal, is left out, or that is a mistake. */
  readonly instead: 'journal' | 'nothing' | undefined;
  /** jail.conf, jail.local, jail.d: not what they include. */
  readonly mainFiles: ReadonlySet<string>;
}

export function checkLogs(subject: LogSubject, { log, hasJournal }: CheckContext): void {
  const { jail, logpath, mainFiles } = subject;
  const paths = readLogPaths(logpath, { jail, problems: ignoredProblems() });
  const anyFile = paths.some(({ value }) => value.files.length > 0);
  for (const { value, origin } of paths) {
    const { pattern, mode, files } = value;
    if (!/^(?:head|tail)$/i.test(mode)) {
      if (log.has(origin, ['swallowed-line', 'inline-comment'])) continue;
      log.error('bad-logpath', `logpath ends with a word that is neither head nor tail`, {
        origin,
        got: `${pattern} ${mode}`,
        jail,
        suggestion: existsSync(`${pattern} ${mode}`)
          ? 'Put head behind a path that has blanks in it.'
          : didYouMean(
              mode.startsWith('/') ? undefined : nearest(mode, ['head', 'tail']),
              'Write one path a line; a path with blanks needs head or tail behind it.',
            ),
      });
    } else if (files.length === 0) {
      const distribution = origin !== undefined && !mainFiles.has(origin.file);
      const journal = subject.instead === 'journal' && hasJournal;
      // One of the places a distribution knows is enough, and the journal is as good as any.
      if (distribution && (anyFile || journal)) continue;
      const level = anyFile || distribution || subject.instead ? 'warning' : 'error';
      const lack = journal ? 'reads the journal instead' : 'has no log to read';
      const rest = anyFile ? '' : `; jail ${jail} ${lack}`;
      log[level]('no-log', `no file matches ${pattern}${rest}`, {
        origin,
        find: pattern,
        got: pattern,
        jail,
        suggestion: otherPath(pattern),
      });
    } else {
      // A folder among what a glob matches may be on purpose, as long as there are files too.
      const logs = files.filter((file) => kindOf(file) === undefined);
      for (const file of logs.length > 0 && pattern !== files[0] ? [] : files) {
        const kind = kindOf(file);
        if (kind === undefined) continue;
        log.error('not-a-log', `${file} is ${kind}, not a file that could be read as a log`, {
          origin,
          find: pattern,
          got: pattern,
          jail,
          suggestion: kind === FOLDER ? `Name the logs in it: ${join(file, '*.log')}` : 'Name a log file.',
        });
      }
    }
  }
  if (paths.length === 0) {
    log.error('no-logpath', `logpath of jail ${jail} is empty`, { origin: logpath.origins[0], jail });
  }
}

const FOLDER = 'a folder';

/** What it is instead of a file; undefined for a file, or what cannot be looked at. */
function kindOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || mayBeLog(stats)) return undefined;
  if (stats.isDirectory()) return FOLDER;
  return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
}

function otherPath(pattern: string): string {
  if (/\{[^}]*,[^}]*\}/.test(pattern))
    return 'Braces mean nothing here; write each path on a line of its own.';
  if (pattern.includes('**'))
    return '** reaches into one folder only; write each level on a line of its own.';
  if (!pattern.startsWith('/')) return 'Write an absolute path.';
  return didYouMean(
    nearestPath(pattern),
    'Correct the path; with a journal only, set backend = systemd.',
  ) as string;
}

/** Replaces the first part of the path that does not exist by the nearest name beside it, where that leads somewhere. */
function nearestPath(pattern: string): string | undefined {
  const parts = pattern.split('/');
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] as string;
    const dir = parts.slice(0, i).join('/') || '/';
    if (/[*?[]/.test(part) || existsSync(join(dir, part))) continue;
    if (!existsSync(dir)) return undefined;
    const near = nearest(part, list(dir));
    if (near === undefined) return undefined;
    const fixed = [...parts.slice(0, i), near, ...parts.slice(i + 1)].join('/');
    return existsSync(/[*?[]/.test(basename(fixed)) ? dirname(fixed) : fixed) ? fixed : undefined;
  }
  return undefined;
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
