/**
 * Source stage: the systemd journal and the entry up to which it was read → the entries since then, and the new position.
 *
 * A cursor is exact; where it is too long ago, or is that of an entry the journal no longer has, the time decides, and the
 * user is told. Source: bans.md §6 (fail2ban resumes at the later of the stored time and now − findtime).
 */
import type { LogPosition } from '../records.js';
import { type JournalOptions, openJournal, type StartProcess } from './journal.js';
import type { LineBatch, SourceCounts, SourceLine } from './line.js';
import type { LogSource } from './log-file.js';

export interface JournalLogOptions {
  /** Nothing older is read. */
  readonly sinceSec: number;
  readonly start?: StartProcess | undefined;
}

const PATH = 'systemd-journal';

/** @throws {SourceError} a match that is none */
export async function openJournalLog(
  journal: JournalOptions,
  stored: LogPosition | undefined,
  { sinceSec, start }: JournalLogOptions,
): Promise<LogSource> {
  const storedSec = stored?.lastSec ?? Number.NEGATIVE_INFINITY;
  const cursor = storedSec >= sinceSec ? stored?.cursor : undefined;
  const from = cursor === undefined ? { sinceSec: Math.max(sinceSec, storedSec) } : { afterCursor: cursor };
  return new JournalLog(await openJournal({ ...journal, ...from }, start), stored);
}

class JournalLog implements LogSource {
  readonly path = PATH;
  #position: LogPosition | undefined;

  constructor(
    private readonly journal: Awaited<ReturnType<typeof openJournal>>,
    stored: LogPosition | undefined,
  ) {
    this.#position = stored;
  }

  get counts(): SourceCounts {
    return this.journal.counts;
  }

  get sizeBytes(): undefined {
    return undefined;
  }

  get notices(): readonly string[] {
    return this.journal.notices ?? [];
  }

  position(): LogPosition | undefined {
    return this.#position;
  }

  async context(): Promise<readonly SourceLine[]> {
    return [];
  }

  async *batches(): AsyncIterable<LineBatch> {
    for await (const batch of this.journal.batches()) {
      const { last } = this.journal;
      if (last) {
        this.#position = {
          path: PATH,
          offsetBytes: 0,
          firstLineHash: '',
          tailHash: '',
          cursor: last.cursor,
          lastSec: last.epochSec,
        };
      }
      yield batch;
    }
  }
}
