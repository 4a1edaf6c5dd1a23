/**
 * Source stage: logs that grow → their lines as they are written. The contract of a follower.
 *
 * follow-files.ts and follow-journal.ts do the work. Nothing is lost and nothing is handed out twice, whatever happens to
 * the files; a half-written line waits for its end.
 */
import type { LogPosition } from '../records.js';
import type { Piece, SourceLine } from './line.js';

export interface FollowedBatch {
  /** Log the lines are from: its path as configured, or `systemd-journal`. */
  readonly path: string;
  readonly pieces: readonly Piece[];
  /** Up to and including the last line of them. */
  readonly position: LogPosition | undefined;
  /** The log has been read to its end at least once: these lines have just been written. May come without lines. */
  readonly live: boolean;
}

/** Something about a log that a person should know; `undefined` message: it is over. */
export interface FollowNotice {
  readonly path: string;
  readonly kind: 'problem' | 'notice' | 'added' | 'removed' | 'rotated';
  readonly message: string | undefined;
}

export interface LogFollower {
  /** Logs that are followed now. */
  readonly paths: readonly string[];
  /** Set by the reader: much of what it gets matters to it, so that a large batch would take much memory. */
  isDense?: boolean;
  /** Ends after `stop`. One reader at a time. */
  batches(): AsyncIterable<FollowedBatch>;
  /** Lines before the ones that `batches` begins with, for filters that remember lines. */
  context(): Promise<readonly SourceLine[]>;
  add(path: string, mode: 'head' | 'tail'): Promise<void>;
  remove(path: string): void;
  onNotice(listener: (notice: FollowNotice) => void): void;
  /** Ends `batches` at once, between two batches. */
  stop(): Promise<void>;
}
