/**
 * Jail stage: lends the ignore rules the action stage's shell: tags filled in safely, a deadline, the end as data.
 */
import { runOnce } from '../action/command-runner.js';
import { fillDynamic, type TagSources } from '../action/dynamic-tags.js';
import { type ShellCommand, scriptOf } from '../action/shell-command.js';
import type { IgnoreContext } from '../filter/ignore.js';
import type { IgnoreShell, ShellCall } from '../filter/ignore-command.js';
import type { Ban, BanId } from '../records.js';

/** As for actions. Source: bans.md §4.1. */
const TIMEOUT_MS = 60_000;

class FilledCall implements ShellCall {
  constructor(readonly shell: ShellCommand) {}

  get command(): string {
    return scriptOf(this.shell);
  }

  get args(): readonly string[] {
    return this.shell.variables.map(([, value]) => value);
  }
}

export function ignoreShell(sources: TagSources): IgnoreShell {
  const fill = (text: string, id: BanId, context: IgnoreContext) =>
    fillDynamic(text, { ban: asBan(id, context) }, sources);
  return {
    fill: async (command, id, context) => new FilledCall(await fill(command, id, context)),
    async text(template, id, context) {
      const { command, variables } = await fill(template, id, context);
      return variables.reduce((text, [name, value]) => text.replaceAll(`$${name}`, () => value), command);
    },
    async run(call) {
      const end = await runOnce((call as FilledCall).shell, { timeoutMs: TIMEOUT_MS });
      const reason = end.timedOut ? 'it took too long' : (end.startError ?? end.signal);
      return { status: end.timedOut ? undefined : end.exitCode, reason };
    },
  };
}

/** What is known of somebody who is not banned. */
function asBan({ id, family }: BanId, context: IgnoreContext): Ban {
  return { ...context, id, family, banTimeSec: 0, banCount: 0, restored: false, origin: 'log' };
}
