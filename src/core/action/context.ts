/** Action stage: what an action is given to work with; the same for all actions of a jail, but for its journal's name. */
import type { Clock } from '../clock.js';
import type { ActionCommandName } from '../config/plans.js';
import type { Log } from '../events.js';
import type { ActionJournal } from './actions.js';
import type { CommandResult } from './command-runner.js';
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

/** A list of all bans of a large set. */
const ANSWER_CHARS = 1 << 25;

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

  /** One of the action's own keys, with what it prints; undefined where its file has none. */
  async ask(
    name: 'actionverify' | 'actionlist',
    family: string,
    subject: Subject,
  ): Promise<CommandResult | undefined> {
    const text = this.table.extra(name, family);
    if (!text?.trim()) return undefined;
    const { timeoutMs } = this.table;
    const command = await fillDynamic(text, { family, ...subject }, this.context.tags);
    return this.context.executor.execute(command, { timeoutMs, quiet: true, keepChars: ANSWER_CHARS });
  }

  /** The bulk command with its text. */
  async feed(
    command: string,
    family: string,
    { input, quiet }: { input: string; quiet: boolean },
  ): Promise<CommandResult> {
    const { timeoutMs } = this.table;
    const filled = await fillDynamic(command, { family }, this.context.tags);
    return this.context.executor.execute(filled, { timeoutMs, input, quiet });
  }

  /** The same for two families whose commands are the same. */
  key(name: ActionCommandName, family: string): string {
    const text = this.table.text(name, family);
    return text.includes('<family>') ? `${family} ${text}` : text;
  }
}
