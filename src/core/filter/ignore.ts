/**
 * Filter stage: whose failures do not count. The contract; ignore-list.ts and ignore-command.ts do the work.
 */
import type { Ban, BanId } from '../records.js';

/** Why an id is ignored, in fail2ban's words: `ip`, `dns`, `command`, `self` … and what said so. */
export interface Ignored {
  readonly by: string;
  /** The rule as written, or the command. */
  readonly rule: string;
}

/** What an ignorecommand's tags can tell of the failure in question. */
export type IgnoreContext = Pick<Ban, 'jail' | 'timeSec' | 'timeKind' | 'failures' | 'matches' | 'data'>;

export interface IgnoreRules {
  /** `ignoreip`, `ignoreself`, then `ignorecommand` (through `ignorecache`). Never rejects. */
  judge(id: BanId, context: IgnoreContext): Promise<Ignored | undefined>;
  /** The same without names and commands: addresses and networks only. */
  judgeQuick(id: BanId): Ignored | undefined;
  /** @throws {UsageError} nothing that can be ignored */
  add(rule: string): void;
  /** @returns false when there is no such rule */
  remove(rule: string): boolean;
  /** As `get J ignoreip` lists them: networks, names and files first, then single addresses. */
  list(): readonly string[];
  ignoreSelf: boolean;
  ignoreCommand: string | undefined;
  /** `key="<ip>", max-count=10, max-time=5m` as written. @throws {ConfigError} */
  ignoreCache: string | undefined;
}
