/** Action stage: what an action is given to work with; the same for all actions of a jail, but for its journal's name. */
import type { Clock } from '../clock.js';
import type { ActionCommandName } from '../config/plans.js';
import type { Log } from '../events.js';
import type { ActionJournal } from './actions.js';
import type { CommandTable } from './command-table.js';
import { fillDynamic, type Subject, type TagSources } from './dynamic-tags.js';
import { type Executor, reasonOf } from './executor.js';

export interface ActionContext {
  readonly jail: string;
  readonly journal: ActionJournal;
  readonly log: Log;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly tags: TagSources;
  readonly allowIpv6: () => boolean;
  /** The rules of a family were gone and stand again: its bans have to be put back. */
  readonly onRepair: (action: string, family: string) => void;
}

/** Runs the commands of one action; the family chooses their properties. */
export class Commands {
  constructor(
    readonly table: CommandTable,
    private readonly context: ActionContext,
  ) {}

  has(name: ActionCommandName, family: string): boolean {
    return this.table.text(name, family).trim() !== '';
  }

  /** @returns why it failed; undefined when it succeeded or there is nothing to run */
  async run(
    name: ActionCommandName,
    family: string,
    { quiet, ...subject }: Subject & { quiet?: boolean | undefined } = {},
  ): Promise<string | undefined> {
    const text = this.table.text(name, family);
    if (text.trim() === '') return undefined;
    const { timeoutMs } = this.table;
    const command = await fillDynamic(text, { family, ...subject }, this.context.tags);
    const result = await this.context.executor.execute(command, { timeoutMs, quiet });
    return result.ok ? undefined : reasonOf(name, result, timeoutMs);
  }

  /** The same for two families whose commands are the same. */
  key(name: ActionCommandName, family: string): string {
    const text = this.table.text(name, family);
    return text.includes('<family>') ? `${family} ${text}` : text;
  }
}
