/**
 * What goes wrong while a configuration is read, as values: nothing here prints, and nothing hides the next one.
 */
import { ConfigError, F2bError, type Origin } from '../errors.js';

/**
 * `fatal`   fail2ban gives up on the whole configuration
 * `error`   a jail is left out, or a file is
 * `warning` a value is missing or replaced by another one
 * `notice`  worth knowing, no harm done
 */
export type ProblemLevel = 'fatal' | 'error' | 'warning' | 'notice';

export interface Problem {
  readonly level: ProblemLevel;
  /** Stable and machine readable, such as `wrong-int`. */
  readonly code: string;
  /** In fail2ban's own wording where it has one. */
  readonly message: string;
  readonly jail?: string | undefined;
  readonly origin?: Origin | undefined;
  readonly hint?: string | undefined;
}

/** Collects problems; reading goes on behind each. */
export class ProblemLog {
  readonly list: Problem[] = [];

  add(level: ProblemLevel, code: string, message: string, more: Partial<Problem> = {}): void {
    const same = this.list.some((p) => p.code === code && p.message === message && p.jail === more.jail);
    if (!same) this.list.push({ level, code, message, ...more });
  }

  addError(level: ProblemLevel, error: unknown, more: Partial<Problem> = {}): void {
    if (!(error instanceof F2bError)) throw error;
    const origin = error instanceof ConfigError ? error.origin : undefined;
    this.add(level, error.code, error.message, { origin, hint: error.hint, ...more });
  }
}
