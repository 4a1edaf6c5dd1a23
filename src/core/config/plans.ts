/**
 * What a configuration means, frozen: the only thing later stages see of it. Every value knows where it was written.
 */
import type { Sourced } from '../errors.js';

/** Everything that decides how lines are matched. */
export interface FilterPlan {
  readonly name: string;
  /** Bracket options in force, `{}` when none. */
  readonly options: Readonly<Record<string, string>>;
  readonly prefregex: Sourced<string> | undefined;
  /** Tags of the configuration resolved, `<HOST>` and its family still in place. */
  readonly failregex: readonly Sourced<string>[];
  readonly ignoreregex: readonly Sourced<string>[];
  readonly maxlines: Sourced<number> | undefined;
  readonly datepattern: Sourced<string> | undefined;
  readonly usedns: Sourced<string> | undefined;
  readonly logtimezone: Sourced<string> | undefined;
  readonly logencoding: Sourced<string> | undefined;
  /** One entry an option line, shell-split. */
  readonly journalmatch: readonly Sourced<readonly string[]>[];
}
