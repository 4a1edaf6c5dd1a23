/**
 * Whoever answers a command of the vocabulary: a server that listens on the configured socket, ours or fail2ban's, or a
 * desk that is opened for the one command. The user does not have to care which.
 */
import type { Located, Outline, OutlinedBans, StandingBan, Value } from '../core/control/index.js';
import type { IgnoreRules } from '../core/filter/ignore.js';
import { findServer } from './find-server.js';

export interface CounterRequest {
  /** `-c` */
  readonly config: string | undefined;
  /** `-s`: there has to be a server. */
  readonly socket: string | undefined;
  /** Folder of the package. */
  readonly root: string;
  /** Something may be changed. */
  readonly writes: boolean;
  /** How long to wait for another f2b that writes. */
  readonly waitSec?: number | undefined;
  /** `f2b set sshd banip` */
  readonly command: string;
}

/** What came of a command, also where it failed half-way. */
export interface Handled {
  readonly outcome: { readonly value: Value } | { readonly error: unknown };
  /** Bans of the jails concerned that are not as they should be. */
  readonly unsettled: readonly StandingBan[];
  /** Was it so before? Then it is told, but is no failure of the command. */
  readonly isNew: (ban: StandingBan) => boolean;
}

export interface Counter {
  /** Things worth a warning. */
  readonly notices: readonly string[];
  /** @param located undefined: only a server may know these words */
  handle(words: readonly string[], located: Located | undefined): Promise<Handled>;
  outline(bans: OutlinedBans, jail: string | undefined): Promise<Outline>;
  /** Whom a jail ignores. */
  ignoreRules(jail: string): Promise<Pick<IgnoreRules, 'judgeQuick' | 'list'>>;
  close(): void;
}

/** @throws {F2bError} nobody can answer */
export async function openCounter(request: CounterRequest): Promise<Counter> {
  const found = await findServer(request);
  if (found) {
    const { ServerCounter } = await import('./server-counter.js');
    return new ServerCounter(found.client, request);
  }
  const { openLocalCounter } = await import('./local-counter.js');
  return openLocalCounter(request);
}
