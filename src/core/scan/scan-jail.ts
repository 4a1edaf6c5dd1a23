/**
 * Scan: one jail, once: what stood before is looked after, what is new in its logs is read, who has failed too often is
 * banned, who has served the time is let in again.
 *
 * Jail → what happened. All of it is on disk when this returns; whatever interrupts it, the next scan goes on. Mistakes
 * of one log or action are part of the answer and do not stop the rest.
 */
import { F2bError } from '../errors.js';
import type { LineTroubles } from '../jail/found.js';
import type { Jail, JailNews } from '../jail/jail.js';
import { lookAfter } from '../jail/look-after.js';
import type { OpenedLogs } from '../jail/open-logs.js';
import { type ActionMark, failedMarks, type HeldBan, type LogPosition, perMarks } from '../records.js';
import type { LogSource } from '../source/log-file.js';

export interface ScanProblem {
  /** What it is about: a log, an action, the filter. */
  readonly of: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** How much of a log was read. */
export interface LogScan {
  readonly path: string;
  readonly lines: number;
  readonly notices: readonly string[];
}

/** A ban that is not as the book says, and why. */
export interface UnsettledBan {
  readonly ban: HeldBan;
  /** `not-applied`: it does not keep anybody out. `not-lifted`: it still does. */
  readonly what: 'not-applied' | 'not-lifted';
  readonly actions: readonly { readonly action: string; readonly reason: string }[];
}

export interface JailScan extends JailNews {
  readonly jail: string;
  readonly logs: readonly LogScan[];
  /** Bans that were put back because the firewall had lost them. */
  readonly restored: number;
  /** Worth knowing, but nothing is wrong. */
  readonly notices: readonly string[];
  readonly unsettled: readonly UnsettledBan[];
  readonly problems: readonly ScanProblem[];
}

/** Of all logs of a jail together; the size is unknown for journals. */
export interface ReadProgress {
  readonly readBytes: number;
  readonly sizeBytes: number | undefined;
  readonly lines: number;
}

export interface ScanJailOptions {
  /** The machine was started anew since the jail was last looked after. */
  readonly rebooted: boolean;
  /** What it says is on disk: nothing stands that stood before. */
  readonly onLookedAfter?: (() => void) | undefined;
  readonly open: () => Promise<OpenedLogs>;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

interface Said {
  readonly problems: ScanProblem[];
  readonly notices: string[];
}

/** Lines between two commits: what a kill makes the next scan read again. */
const COMMIT_LINES = 200_000;

export async function scanJail(jail: Jail, options: ScanJailOptions): Promise<JailScan> {
  const said: Said = { problems: [], notices: [] };
  const { problems } = said;
  const { rebooted, onLookedAfter: onDistrusted } = options;
  // Whoever is owed something should not wait until a long log has been read.
  const { restored, broken } = await lookAfter(jail, { rebooted, onDistrusted });
  problems.push(...broken.map(({ action, reason }) => ({ of: action, message: reason })));
  const logs = jail.idle ? [] : await readLogs(jail, options, said);
  jail.expire();
  await jail.enforce();
  await jail.actions.stop('idle');
  noteTroubles(jail, problems);
  return {
    jail: jail.name,
    logs,
    restored,
    ...jail.takeNews(),
    unsettled: unsettledOf(jail),
    ...said,
  };
}

async function readLogs(jail: Jail, options: ScanJailOptions, said: Said): Promise<LogScan[]> {
  const { problems } = said;
  let opened: OpenedLogs;
  try {
    // A filter that cannot be used is said before logs are looked at.
    jail.finder.prime([]);
    opened = await options.open();
  } catch (error) {
    problems.push(problemOf('jail', error));
    return [];
  }
  const { sources } = opened;
  said.notices.push(...opened.notices);
  for (const { path, error } of opened.problems) problems.push(problemOf(path, error));
  for (const source of sources) {
    const context = await source.context();
    jail.finder.filter.log = source.path;
    jail.finder.prime(context);
  }
  const scans: LogScan[] = [];
  const sizes = sources.map((source) => source.sizeBytes);
  const sizeBytes = sizes.reduce<number | undefined>(add, 0);
  let bytesBefore = 0;
  let linesBefore = 0;
  for (const source of sources) {
    let uncommitted = 0;
    let lines = 0;
    let readBytes = 0;
    jail.finder.filter.log = source.path;
    try {
      for await (const batch of source.batches()) {
        await jail.take(batch.lines);
        lines += batch.lines.length;
        uncommitted += batch.lines.length;
        readBytes = batch.readBytes;
        options.onProgress?.({ readBytes: bytesBefore + readBytes, sizeBytes, lines: linesBefore + lines });
        if (uncommitted < COMMIT_LINES) continue;
        jail.commit(positionsOf(source, jail));
        uncommitted = 0;
      }
    } catch (error) {
      problems.push(problemOf(source.path, error));
    }
    jail.commit(positionsOf(source, jail));
    bytesBefore += readBytes;
    linesBefore += lines;
    scans.push({ path: source.path, lines, notices: source.notices });
  }
  return scans;
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function positionsOf(source: LogSource, jail: Jail): LogPosition[] {
  const position = source.position();
  if (!position) return [];
  const lastSec = jail.finder.filter.lastStamp?.epochSec;
  return [lastSec === undefined ? position : { ...position, lastSec }];
}

function problemOf(of: string, error: unknown): ScanProblem {
  if (!(error instanceof F2bError)) throw error;
  return { of, message: error.message, hint: error.hint };
}

function noteTroubles({ troubles }: Jail, problems: ScanProblem[]): void {
  if (troubles) problems.push(...problemsOf(troubles));
}

/** Patterns that ran out of their budget, lines that nobody could read. */
export function problemsOf({ exceeded, errors, lastError }: LineTroubles): readonly ScanProblem[] {
  const problems = Array.from(exceeded, ([pattern, count]) => ({
    of: 'filter',
    message: `this expression ran out of its budget on ${count} line${count === 1 ? '' : 's'}, which count as not matching: ${pattern}`,
  }));
  if (errors === 0) return problems;
  return [...problems, { of: 'filter', message: `${errors} lines could not be read: ${lastError ?? ''}` }];
}

/** Everything that is not as it should be, standing or leaving. */
export function unsettledOf(jail: Pick<Jail, 'bans' | 'leaving' | 'actions'>): UnsettledBan[] {
  const reasonsOf = (entries: readonly (readonly [string, ActionMark])[]) =>
    entries.map(([action, { reason, state }]) => ({
      action,
      reason:
        reason ??
        (state === 'done' ? 'how to take it back is not known any more' : 'its command was cut off'),
    }));
  const troublesOf = perMarks((marks) => {
    const missing = jail.actions.names
      .filter((action) => marks[action] === undefined)
      .map((action) => ({ action, reason: 'its command has not run yet' }));
    return [...reasonsOf(failedMarks({ marks })), ...missing];
  });
  const standing = jail
    .bans()
    .filter((ban) => troublesOf(ban).length > 0)
    .map((ban): UnsettledBan => ({ ban, what: 'not-applied', actions: troublesOf(ban) }));
  const leaving = jail.leaving().map((ban): UnsettledBan => {
    return { ban, what: 'not-lifted', actions: reasonsOf(Object.entries(ban.marks)) };
  });
  return [...standing, ...leaving];
}
