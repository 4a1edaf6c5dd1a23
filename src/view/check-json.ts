/**
 * View: the findings of `f2b check` as one JSON object: the problems, and how many there are of what.
 */
import type { CheckReport, Finding } from '../core/config/check/index.js';

export interface CheckJson {
  readonly folder: string;
  readonly problems: readonly Finding[];
  readonly counts: {
    readonly errors: number;
    readonly warnings: number;
    readonly files: number;
    readonly jails: number;
  };
  /** Names of the jails that were checked. */
  readonly jails: readonly string[];
}

export function checkAsJson({ dir, findings, errors, warnings, files, jails }: CheckReport): CheckJson {
  return {
    folder: dir,
    problems: findings,
    counts: { errors, warnings, files, jails: jails.length },
    jails,
  };
}
