/**
 * Source stage: the systemd journal and the entry up to which it was read → the entries since then, and the new position.
 *
 * A cursor is exact. Where it is too long ago, or means nothing to journalctl, the time decides; where the journal no
 * longer has its entry, reading goes on behind the place it had. The user is told of both. Source: bans.md §6 (fail2ban
 * resumes at the later of the stored time and now − findtime).
 */
import { SourceError } from '../errors.js';
import type { LogPosition } from '../records.js';
import {
  cursorSec,
  entriesBefore,
  type JournalOptions,
  type JournalSource,
  openJournal,
  type StartProcess,
} from './journal.js';
import type { LineBatch, SourceCounts, SourceLine } from './line.js';
import type { LogSource } from './log-file.js';

export interface JournalLogOptions {
  /** Nothing older is read. */
  readonly sinceSec: number;
  readonly start?: StartProcess | undefined;
}

export interface JournalLogSource extends LogSource {
  /** Ends `batches`, also while nothing comes. */
  end(): void;
}

export const JOURNAL_PATH = 'systemd-journal';

const MICROSECOND = 1e-6;

/** What a filter may look at again. */
const CONTEXT_ENTRIES = 300;

interface Otherwise {
  /** What to do when journalctl does not understand the cursor. */
  readonly byTime: (() => Promise<JournalSource>) | undefined;
  readonly context: () => Promise<readonly SourceLine[]>;
}

/** @throws {SourceError} a match that is none */
export async function openJournalLog(
  journal: JournalOptions,
  stored: LogPosition | undefined,
  { sinceSec, start }: JournalLogOptions,
): Promise<JournalLogSource> {
  const lastSec = (stored?.cursor && cursorSec(stored.cursor)) || stored?.lastSec;
  const from = Math.max(sinceSec, lastSec === undefined ? 0 : lastSec + MICROSECOND);
  const byTime = () => openJournal({ ...journal, sinceSec: from }, start);
  const cursor = from === sinceSec ? undefined : stored?.cursor;
  const opened = cursor ? await openJournal({ ...journal, afterCursor: cursor }, start) : await byTime();
  const context = async () =>
    cursor ? entriesBefore(journal, { cursor, entries: CONTEXT_ENTRIES }, start).catch(() => []) : [];
  return new JournalLog(opened, stored, { byTime: cursor ? byTime : undefined, context });
}

class JournalLog implements JournalLogSource {
  readonly path = JOURNAL_PATH;
  readonly sizeBytes = undefined;
  readonly #said: string[] = [];
  #position: LogPosition | undefined;
  #isEnded = false;

  constructor(
    private journal: JournalSource,
    stored: LogPosition | undefined,
    private readonly otherwise: Otherwise,
  ) {
    this.#position = stored;
  }

  get counts(): SourceCounts {
    return this.journal.counts;
  }

  get notices(): readonly string[] {
    return [...this.#said, ...this.journal.notices];
  }

  position(): LogPosition | undefined {
    return this.#position;
  }

  end(): void {
    this.#isEnded = true;
    this.journal.end();
  }

  context(): Promise<readonly SourceLine[]> {
    return this.otherwise.context();
  }

  async *batches(): AsyncIterable<LineBatch> {
    try {
      yield* this.#entries();
    } catch (error) {
      const isCursor = error instanceof SourceError && /seek to cursor/.test(error.message);
      const { byTime } = this.otherwise;
      if (!isCursor || !byTime || this.#isEnded) throw error;
      this.#said.push('journalctl does not know the place that was read last: its time decides');
      this.journal = await byTime();
      yield* this.#entries();
    }
  }

  async *#entries(): AsyncIterable<LineBatch> {
    for await (const batch of this.journal.batches()) {
      const { last } = this.journal;
      if (last) this.#position = positionAt(last.cursor, last.epochSec);
      yield batch;
    }
  }
}

function positionAt(cursor: string, lastSec: number): LogPosition {
  return { path: JOURNAL_PATH, offsetBytes: 0, firstLineHash: '', tailHash: '', cursor, lastSec };
}
