/**
 * Action stage: carries bans out, one command each or many in one text, and tells the journal before and after.
 *
 * Bans that are due + a step → what became of each. A command that fails is followed by actioncheck and repair and runs
 * once more. Nothing is called done that did not say so. Whose turn it is, is decided by CommandAction. Source: bans.md §4.3.
 */
import type { ActionCommandName } from '../config/plans.js';
import type { Ban } from '../records.js';
import type { ActionOutcome, ActionStep } from './actions.js';
import { BULK_LEAST, Bulk, type BulkStep } from './bulk.js';
import { runChunk } from './bulk-run.js';
import type { ActionContext, Commands } from './context.js';
import { familyOf } from './dynamic-tags.js';
import type { Environment } from './environment.js';
import type { Families, FamilyState } from './families.js';
import { inChunks } from './journaled.js';
import { askFor } from './presence.js';

export type Work<T extends Ban = Ban> = (ban: T) => Promise<ActionOutcome>;

export interface CarrierParts {
  readonly action: string;
  readonly commands: Commands;
  readonly families: Families;
  readonly environment: Environment;
  readonly context: ActionContext;
}

export class Carrier {
  constructor(private readonly parts: CarrierParts) {}

  /** One after the other, their commands in one shell. */
  async each<T extends Ban>(step: ActionStep, bans: readonly T[], work: Work<T>): Promise<void> {
    const { action, commands, families, context } = this.parts;
    // What cannot be taken back must not be done twice: each on its own.
    const single = !commands.has('actionunban', families.names()[0] ?? '');
    const run = () => inChunks(bans, { action, step, journal: context.journal, single, work });
    await (bans.length > 1 ? context.executor.together(run) : run());
  }

  /** In bulk where the action can, the rest one after the other. `step` is what the journal is told. */
  async many<T extends Ban>(
    kind: BulkStep,
    bans: readonly T[],
    { step = kind, work }: { step?: ActionStep; work: Work<T> },
  ): Promise<void> {
    const rest: T[] = [];
    for (const [family, group] of groupBy(bans, (ban) => this.familyKey(ban))) {
      const bulk = group.length < BULK_LEAST ? undefined : Bulk.of(this.parts.commands.table, kind, family);
      const fit: T[] = [];
      const unfit: T[] = [];
      for (const ban of group) (bulk?.takes(ban) ? fit : unfit).push(ban);
      const isWorth = bulk !== undefined && fit.length >= BULK_LEAST;
      for (const ban of isWorth ? unfit : group) rest.push(ban);
      if (isWorth) await this.#bulk(bulk, { kind, step, family, bans: fit });
    }
    if (rest.length > 0) await this.each(step, inOrderOf(bans, rest), work);
  }

  async #bulk(
    bulk: Bulk,
    { kind, step, family, bans }: { kind: BulkStep; step: ActionStep; family: string; bans: readonly Ban[] },
  ): Promise<void> {
    const { action, commands, environment, context } = this.parts;
    const { journal, executor } = context;
    const state = this.stateOf(family);
    await executor.together(async () => {
      for (let at = 0; at < bans.length; at += bulk.size) {
        const chunk = bans.slice(at, at + bulk.size);
        const ids = chunk.map(({ id }) => id);
        journal.begin(action, step, ids);
        let outcomes: ActionOutcome[] = [];
        try {
          const unstarted = kind === 'unban' ? undefined : await environment.ensureStarted(family);
          if (unstarted !== undefined) outcomes = ids.map((id) => ({ id, ok: false, reason: unstarted }));
          else {
            let runs = 0;
            outcomes = await runChunk(chunk, {
              bulk,
              // The first failure is news, the others are the search for its cause.
              run: (some) =>
                commands.feed(bulk.command, family, { input: bulk.text(some), quiet: runs++ > 0 }),
              mend: () => this.#mend(kind, family, undefined),
              single: (ban, unsure) => this.#culprit(step, ban, unsure),
            });
          }
        } finally {
          for (const { id, ok } of outcomes) {
            if (ok) note(state, kind, id);
          }
          journal.end(action, step, outcomes);
        }
      }
    });
  }

  async #culprit(step: ActionStep, ban: Ban, unsure: boolean): Promise<ActionOutcome> {
    const unbans = step === 'unban';
    if (unsure && !unbans) await this.takeBackQuietly(ban);
    return this.carryOut(step, unbans ? 'actionunban' : 'actionban', ban);
  }

  /** One ban, one command, with everything that follows when it fails. */
  async carryOut(step: ActionStep, name: ActionCommandName, ban: Ban): Promise<ActionOutcome> {
    const { action, context, commands } = this.parts;
    const family = this.familyKey(ban);
    const reason = await this.#tryTwice(step, name, ban);
    // What is not there needs no taking back.
    const isGone =
      reason !== undefined && step === 'unban' && (await askFor(commands, family, ban)) === 'absent';
    if (reason === undefined || isGone) {
      note(this.stateOf(family), step, ban.id);
      return { id: ban.id, ok: true };
    }
    const doing = { ban: 'banning', unban: 'unbanning', prolong: 'prolonging', reban: 'rebanning' }[step];
    context.log({
      level: 'ERROR',
      logger: 'actions',
      message:
        `Failed to execute ${step} jail '${context.jail}' action '${action}' ` +
        `info 'ActionInfo({'ip': '${ban.id}', 'family': '${familyOf(ban) ?? ''}'})': Error ${doing} ${ban.id}`,
    });
    return { id: ban.id, ok: false, reason };
  }

  /** @returns why it failed in the end */
  async #tryTwice(step: ActionStep, name: ActionCommandName, ban: Ban): Promise<string | undefined> {
    const { commands, environment } = this.parts;
    const family = this.familyKey(ban);
    if (step !== 'unban') {
      const reason = await environment.ensureStarted(family);
      if (reason !== undefined) return reason;
    }
    const first = await commands.run(name, family, { ban });
    if (first === undefined) return undefined;
    const broken = await this.#mend(step, family, ban);
    if (broken !== undefined) return `${first}; ${broken}`;
    return commands.run(name, family, { ban });
  }

  /** @returns why the rules do not stand, undefined when they do or nobody can tell */
  async #mend(step: ActionStep, family: string, ban: Ban | undefined): Promise<string | undefined> {
    const { commands, environment } = this.parts;
    const mayRepair = step !== 'unban' || commands.table.flag('actionrepair_on_unban') === true;
    const check = await environment.checkAndRepair(family, ban ? { ban } : { family }, mayRepair);
    return check.state === 'broken' ? (check.reason ?? 'its rules do not stand') : undefined;
  }

  /** Its failure is no news: nobody knows whether it is there. */
  async takeBackQuietly(ban: Ban): Promise<ActionOutcome> {
    const family = this.familyKey(ban);
    const reason = await this.parts.commands.run('actionunban', family, { ban, quiet: true });
    this.stateOf(family).held.delete(ban.id);
    return { id: ban.id, ok: reason === undefined, reason };
  }

  familyKey(ban: Ban): string {
    return this.parts.families.of({ family: familyOf(ban) });
  }

  stateOf(family: string): FamilyState {
    return this.parts.families.get(family);
  }
}

function note(state: FamilyState, step: ActionStep, id: string): void {
  if (step === 'unban') state.held.delete(id);
  else state.held.add(id);
}

/** `some` of `all`, in the order of `all`. */
function inOrderOf<T>(all: readonly T[], some: readonly T[]): readonly T[] {
  if (some.length === all.length) return all;
  const chosen = new Set(some);
  return all.filter((item) => chosen.has(item));
}

export function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
