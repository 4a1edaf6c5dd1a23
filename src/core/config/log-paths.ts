/**
 * `logpath` → globs with their mode and the files they stand for now.
 *
 * Each line is a glob, optionally a blank and a word; the line is cut at its last blank, so that a path with blanks needs
 * an explicit ` head` or ` tail`. Source: jail.conf(5) "logpath", config.md §6.
 */
import { existsSync } from 'node:fs';
import type { Sourced } from '../errors.js';
import { glob } from './glob.js';
import type { LogPathPlan } from './plans.js';
import type { ProblemLog } from './problems.js';
import { type Traced, tracedLines } from './traced.js';

export function readLogPaths(
  value: Traced,
  { jail, problems }: { jail: string; problems: ProblemLog },
): Sourced<LogPathPlan>[] {
  return tracedLines(value).map(({ value: line, origin }) => {
    const blank = line.lastIndexOf(' ');
    const pattern = blank === -1 ? line : line.slice(0, blank);
    const mode = blank === -1 ? 'head' : line.slice(blank + 1);
    const found = glob(pattern);
    if (found.length === 0) {
      problems.add('notice', 'no-file', `No file(s) found for glob ${pattern}`, { jail, origin });
    }
    const files = found.filter((file) => {
      if (existsSync(file)) return true;
      const message = `File ${file} is a dangling link, thus cannot be monitored`;
      problems.add('warning', 'dangling-link', message, { jail, origin });
      return false;
    });
    return { value: { pattern, mode, files }, origin };
  });
}
