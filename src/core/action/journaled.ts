/**
 * Action stage: many bans, one command each, written to the journal a few at a time: `begin` of all of them, the commands,
 * `end` of all of them. The faster the commands, the more go together; a crash leaves at most these uncertain. Mails and
 * the like, one at a time, make room for the firewall when others are waiting for it: the rest stays owed.
 */
import type { Ban } from '../records.js';
import type { ActionJournal, ActionOutcome, ActionStep } from './actions.js';

export interface JournaledWork<T> {
  readonly action: string;
  readonly step: ActionStep;
  readonly journal: ActionJournal;
  /** Never more than one at a time. */
  readonly single: boolean;
  readonly work: (ban: T) => Promise<ActionOutcome>;
}

const FIRST = 4;
const MOST = 256;
/** About so long may outcomes wait to be written down. */
const TARGET_MS = 250;

export async function inChunks<T extends Ban>(
  bans: readonly T[],
  { action, step, journal, single, work }: JournaledWork<T>,
): Promise<void> {
  let size = single ? 1 : FIRST;
  for (let at = 0; at < bans.length; ) {
    if (single && step === 'ban' && at > 0 && journal.isAwaited) return;
    const chunk = bans.slice(at, at + size);
    at += chunk.length;
    journal.begin(
      action,
      step,
      chunk.map(({ id }) => id),
    );
    const since = performance.now();
    const outcomes: ActionOutcome[] = [];
    try {
      for (const ban of chunk) outcomes.push(await work(ban));
    } finally {
      journal.end(action, step, outcomes);
    }
    const tookMs = performance.now() - since;
    if (!single) size = tookMs < TARGET_MS / 2 ? Math.min(MOST, size * 2) : Math.max(1, size >> 1);
  }
}
