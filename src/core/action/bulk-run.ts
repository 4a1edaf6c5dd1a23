/**
 * Action stage: a chunk of bans through the bulk command. All of it or nothing, and who is to blame when it is nothing.
 *
 * One run does for a chunk that succeeds. Otherwise what is the matter with the firewall is seen to and the chunk runs
 * again; then it is halved, and halved again, until the culprits are alone: they take the ordinary way, which finds out
 * why. A chunk with many culprits, or whose tool is missing, takes that way altogether.
 */
import type { Ban } from '../records.js';
import type { ActionOutcome } from './actions.js';
import type { Bulk } from './bulk.js';
import type { CommandResult } from './command-runner.js';

export interface BulkWork {
  readonly bulk: Bulk;
  readonly run: (bans: readonly Ban[]) => Promise<CommandResult>;
  /** After the first failure: what can be mended is. @returns why nothing can be done, or undefined */
  readonly mend: () => Promise<string | undefined>;
  /** One ban, the ordinary way; `unsure`: it may be there already. */
  readonly single: (ban: Ban, unsure: boolean) => Promise<ActionOutcome>;
}

/** Runs that may fail before a chunk is given up as one. */
const MOST_FAILURES = 48;

export async function runChunk(bans: readonly Ban[], work: BulkWork): Promise<ActionOutcome[]> {
  const first = await work.run(bans);
  if (first.ok) return bans.map(done);
  // It may have got half way: nobody knows.
  if (first.timedOut || first.signal !== undefined) return each(bans, work, true);
  const reason = await work.mend();
  if (reason !== undefined) return bans.map(({ id }) => ({ id, ok: false, reason }));
  if (isMissing(first)) return each(bans, work, false);
  const search = { failures: 1 };
  return halve(bans, work, search);
}

async function halve(
  bans: readonly Ban[],
  work: BulkWork,
  search: { failures: number },
): Promise<ActionOutcome[]> {
  if (bans.length === 1 || search.failures > MOST_FAILURES) return each(bans, work, false);
  const result = await work.run(bans);
  if (result.ok) return bans.map(done);
  if (result.timedOut || result.signal !== undefined) return each(bans, work, true);
  search.failures++;
  const middle = bans.length >> 1;
  const before = await halve(bans.slice(0, middle), work, search);
  return [...before, ...(await halve(bans.slice(middle), work, search))];
}

async function each(bans: readonly Ban[], work: BulkWork, unsure: boolean): Promise<ActionOutcome[]> {
  const outcomes: ActionOutcome[] = [];
  for (const ban of bans) outcomes.push(await work.single(ban, unsure));
  return outcomes;
}

function done({ id }: Ban): ActionOutcome {
  return { id, ok: true };
}

/** The tool is not there, or cannot be run. */
function isMissing({ exitCode, startError }: CommandResult): boolean {
  return startError !== undefined || exitCode === 127 || exitCode === 126;
}
