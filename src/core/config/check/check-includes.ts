/**
 * `[INCLUDES]` of the files of one kind → includes that are not there, and includes that go in circles.
 *
 * fail2ban passes over both without a word. A missing `.local` is a place for one's own settings and no mistake.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { ConfigFolder } from '../find-config.js';
import { INCLUDES } from '../tree.js';
import { didYouMean, type FindingLog } from './finding.js';
import { INCLUDE_OPTIONS } from './known-names.js';
import type { Layout } from './layout.js';
import { nearestFile } from './nearest.js';

interface Include {
  readonly path: string;
  readonly written: string;
  readonly line: number;
}

/** @returns the files that others include */
export function checkIncludes(
  layouts: readonly Layout[],
  { folder, log }: { folder: ConfigFolder; log: FindingLog },
): ReadonlySet<string> {
  const graph = new Map(layouts.map((layout) => [layout.file, includesOf(layout, folder)]));
  const included = new Set<string>();
  for (const [file, includes] of graph) {
    for (const { path, written, line } of includes) {
      included.add(path);
      const origin = { file, line };
      if (!existsSync(path)) {
        if (path.endsWith('.local')) continue;
        log.error('missing-include', `the included file ${written} does not exist`, {
          origin,
          got: written,
          suggestion: didYouMean(
            nearestFile(path),
            'It is passed over without a word; remove it or create the file.',
          ),
        });
      } else if (leadsTo(path, file, graph)) {
        log.warning('include-loop', `${basename(path)} includes this file in turn`, {
          origin,
          got: written,
          suggestion: 'Remove one of the two; each file is read once only.',
        });
      }
    }
  }
  return included;
}

function includesOf({ file, entries }: Layout, folder: ConfigFolder): Include[] {
  const options = entries.filter(
    (entry) =>
      entry.kind === 'option' &&
      entry.section === INCLUDES &&
      (INCLUDE_OPTIONS as readonly string[]).includes(entry.key),
  );
  return options.flatMap((entry) => {
    if (entry.kind !== 'option') return [];
    return [entry, ...entry.continuations]
      .filter(({ value }) => value !== '' && !value.includes('%'))
      .map(({ value, line }) => ({
        path: folder.included(isAbsolute(value) ? value : join(dirname(file), value))[0] as string,
        written: value,
        line,
      }));
  });
}

function leadsTo(from: string, to: string, graph: ReadonlyMap<string, readonly Include[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (file === to) return true;
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...(graph.get(file) ?? []).map(({ path }) => path));
  }
  return false;
}
