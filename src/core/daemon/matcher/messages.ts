/**
 * Daemon: what the control desk and the matcher tell each other. Plain data, copied between threads.
 */
import type { JailPlan } from '../../config/plans.js';
import type { LogRecord } from '../../events.js';
import type { FoundFailure } from '../../jail/found.js';
import type { LogPosition } from '../../records.js';

/** What the matcher needs to know of a jail. Functions and commands are left out: they cannot be copied. */
export interface MatchOrder {
  readonly jail: string;
  readonly plan: JailPlan;
  readonly findTimeSec: number;
  readonly positions: readonly LogPosition[];
  /** Logs that were followed already: nobody needs to be told of them again. */
  readonly known: readonly string[];
}

export type ToMatcher =
  /** Begin to read, or begin anew with another plan. */
  | { readonly kind: 'match'; readonly order: MatchOrder; readonly run: number }
  | { readonly kind: 'drop'; readonly jail: string }
  /** The batch is judged and on disk. */
  | { readonly kind: 'done'; readonly jail: string; readonly run: number }
  | { readonly kind: 'addLog'; readonly jail: string; readonly path: string; readonly mode: 'head' | 'tail' }
  | { readonly kind: 'removeLog'; readonly jail: string; readonly path: string };

/** Lines of one log, looked through. */
export interface FoundBatch {
  readonly jail: string;
  /** Which `match` it belongs to: what a jail that was begun anew has read before is passed over. */
  readonly run: number;
  readonly path: string;
  readonly failures: readonly FoundFailure[];
  readonly lines: number;
  readonly position: LogPosition | undefined;
  readonly live: boolean;
  /** Time of the last dated line, and when it was read. */
  readonly lastSec: number | undefined;
}

export type FromMatcher =
  | { readonly kind: 'beat' }
  | { readonly kind: 'found'; readonly batch: FoundBatch }
  /** Logs that are followed now. */
  | { readonly kind: 'logs'; readonly jail: string; readonly paths: readonly string[] }
  /** `message` undefined: no longer. */
  | {
      readonly kind: 'problem';
      readonly jail: string;
      readonly of: string;
      readonly message: string | undefined;
    }
  | { readonly kind: 'log'; readonly record: LogRecord };

/** As it goes from thread to thread: what is large is quicker to copy as text. All of it is JSON. */
export function packed(message: FromMatcher): FromMatcher | string {
  return message.kind === 'found' ? JSON.stringify(message) : message;
}

export function unpacked(message: FromMatcher | string): FromMatcher {
  return typeof message === 'string' ? (JSON.parse(message) as FromMatcher) : message;
}

/** Between two beats. */
export const BEAT_MS = 1000;
