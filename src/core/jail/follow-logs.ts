/**
 * Jail stage: the logs of a jail and how far each was read → a follower that goes on from there and does not end.
 *
 * The living counterpart of open-logs.ts: the same logs are found by the same rules, but what is missing or cannot be read
 * now is a notice, and is read when it comes. Only an unknown backend, encoding or journal option is refused.
 */
import { dirname } from 'node:path';
import { glob, isGlob } from '../config/glob.js';
import type { JailPlan } from '../config/plans.js';
import { findEncoding } from '../source/encodings.js';
import type { LogFollower } from '../source/follow.js';
import { type FoundFiles, followFiles } from '../source/follow-files.js';
import { findLogs, journalOptions, type OpenLogsOptions, readsJournal } from './open-logs.js';

export interface FollowLogsOptions extends OpenLogsOptions {
  /** False: files are looked at from time to time only. */
  readonly notify?: boolean | undefined;
}

/** @throws {F2bError} an unknown backend, encoding, journal option or match */
export async function followLogs(plan: JailPlan, options: FollowLogsOptions): Promise<LogFollower> {
  const { positions, localeEncoding } = options;
  if (readsJournal(plan)) return followJournals(plan, options);
  const name = plan.filter.logencoding?.value ?? 'auto';
  const encoding = await findEncoding(name.toLowerCase() === 'auto' ? localeEncoding : name);
  const configured = plan.logPaths.map(({ value }) => value);
  return followFiles({
    encoding,
    positions,
    notify: options.notify,
    find: async (added, known): Promise<FoundFiles> => {
      const more = added.map(({ path, mode }) => ({ pattern: path, mode }));
      const patterns = [...configured, ...more];
      const { logs, problems, notices } = await findLogs(patterns, known);
      return {
        files: logs,
        problems: new Map(problems.map(({ path, error }) => [path, withHint(error)])),
        notices,
        folders: patterns.flatMap(({ pattern }) => foldersOf(pattern)),
      };
    },
  });
}

async function followJournals(plan: JailPlan, options: FollowLogsOptions): Promise<LogFollower> {
  const { followJournal, JOURNAL_PATH } = await import('../source/follow-journal.js');
  const matches = plan.filter.journalmatch.map(({ value }) => value);
  const { positions, nowSec, findTimeSec, start } = options;
  return followJournal({
    journal: () => ({ ...journalOptions(plan.backend.value), matches }),
    position: positions.find(({ path }) => path === JOURNAL_PATH),
    sinceSec: nowSec - findTimeSec,
    start,
    notices:
      matches.length > 0
        ? []
        : [`Jail ${plan.name} has no journalmatch: every entry of the journal is matched`],
  });
}

function withHint({ message, hint }: { message: string; hint?: string | undefined }): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

/** Where files that match would appear: the folder of the last part, and of each part that stands for many names. */
function foldersOf(pattern: string): readonly string[] {
  const folders: string[] = [];
  for (let at = pattern; at !== dirname(at); at = dirname(at)) {
    const folder = dirname(at);
    if (isGlob(at) || at === pattern) folders.push(...(isGlob(folder) ? glob(folder) : [folder]));
    else if (folders.length > 0) break;
  }
  return folders;
}
