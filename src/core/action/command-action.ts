/**
 * Action stage: an action that is a file of commands. Bans in → commands in fail2ban's order → what became of each ban.
 *
 * A command that fails is followed by actioncheck and repair, and runs once more. The journal knows a ban before its
 * command begins and when it has ended, a few at a time. Nothing is called done that did not say so. Source: bans.md §4.3.
 */
import type { ActionCommandName } from '../config/plans.js';
import type { Ban, HeldBan, LeaveReason } from '../records.js';
import type { Action } from './action.js';
import type { ActionMemory, ActionOutcome, ActionStep, CheckResult, Presence } from './actions.js';
import type { CommandTable } from './command-table.js';
import { type ActionContext, Commands } from './context.js';
import { familyOf } from './dynamic-tags.js';
import { Environment } from './environment.js';
import { Families } from './families.js';
import { inChunks } from './journaled.js';

export class CommandAction implements Action {
  readonly #commands: Commands;
  readonly #families: Families;
  readonly #environment: Environment;

  constructor(
    readonly name: string,
    private readonly table: CommandTable,
    memory: ActionMemory,
    private readonly context: ActionContext,
  ) {
    this.#commands = new Commands(table, context);
    this.#families = new Families(table.properties, context.allowIpv6);
    this.#families.remember(memory);
    this.#environment = new Environment(name, this.#commands, this.#families, context);
  }

  get properties(): ReadonlyMap<string, string | number | boolean> {
    return this.table.properties;
  }

  set(property: string, value: string | number | boolean): void {
    this.table.set(property, value);
  }

  async start(): Promise<readonly CheckResult[]> {
    return this.#environment.onDemand ? [] : this.#environment.startAll();
  }

  async ban(bans: readonly Ban[]): Promise<void> {
    const [passed, due] = split(
      bans,
      (ban) => (ban.restored && this.table.flag('norestored') === true) || !this.#has('actionban', ban),
    );
    this.#skip('ban', passed);
    await this.#each('ban', due, (ban) => this.#carryOut('ban', 'actionban', ban));
  }

  async unban(bans: readonly (Ban | HeldBan)[], _reason: LeaveReason): Promise<void> {
    const [passed, due] = split(bans, (ban) => !this.#mayHold(ban));
    this.#skip('unban', passed);
    await this.#each('unban', due, async (ban) => {
      const mark = markOf(ban, this.name);
      if (mark === undefined || mark === 'none' || mark.state === 'done') {
        return this.#carryOut('unban', 'actionunban', ban);
      }
      // It may not be there: then its unban fails, rightly.
      const outcome = await this.#takeBackQuietly(ban);
      return mark.state === 'failed' && mark.step === 'ban' ? done(ban) : outcome;
    });
  }

  async redo(bans: readonly Ban[]): Promise<void> {
    const [final, due] = split(bans, (ban) => !this.#has('actionunban', ban) || !this.#has('actionban', ban));
    for (const ban of final) this.#stateOf(ban).held.add(ban.id);
    this.#end('ban', final.map(done));
    await this.#each('ban', due, async (ban) => {
      await this.#takeBackQuietly(ban);
      return this.#carryOut('ban', 'actionban', ban);
    });
  }

  async prolong(bans: readonly Ban[]): Promise<void> {
    const due = bans.filter((ban) => this.#has('actionprolong', ban) && this.#mayHold(ban));
    await this.#each('prolong', due, (ban) => this.#carryOut('prolong', 'actionprolong', ban));
  }

  async reban(bans: readonly Ban[]): Promise<void> {
    const [passed, due] = split(
      bans,
      (ban) => !this.#has('actionreban', ban) && !this.#has('actionban', ban),
    );
    this.#skip('reban', passed);
    await this.#each('reban', due, async (ban) => {
      if (this.#has('actionreban', ban)) return this.#carryOut('reban', 'actionreban', ban);
      // Not emptied by a stop: it may still be there.
      if (this.#stateOf(ban).held.has(ban.id)) await this.#takeBackQuietly(ban);
      return this.#carryOut('reban', 'actionban', ban);
    });
  }

  async flush(bans: readonly (Ban | HeldBan)[], reason: LeaveReason): Promise<void> {
    const rest: (Ban | HeldBan)[] = [];
    for (const [family, group] of groupBy(bans, (ban) => this.#families.of(subjectOf(ban)))) {
      if (!(await this.#flushFamily(family, group))) rest.push(...group);
    }
    await this.unban(rest, reason);
  }

  /** @returns false when the bans have to go one by one */
  async #flushFamily(family: string, bans: readonly Ban[]): Promise<boolean> {
    const state = this.#families.get(family);
    if (!this.#commands.has('actionflush', family)) return false;
    if (state.holds) {
      this.#say('NOTICE', `[${this.context.jail}] Flush ticket(s) with ${this.name}`);
      const ids = bans.map(({ id }) => id);
      this.context.journal.begin(this.name, 'unban', ids);
      const reason = await this.#commands.run('actionflush', family);
      if (reason !== undefined) {
        this.#say(
          'ERROR',
          `Failed to flush bans in jail '${this.context.jail}' action '${this.name}': ${reason}`,
        );
        this.#say('INFO', 'No flush occurred, do consistency check');
        await this.#environment.checkAndRepair(family, { family }, true);
        return !state.holds;
      }
      state.emptied();
    }
    this.#end('unban', bans.map(done));
    return true;
  }

  check(): Promise<readonly CheckResult[]> {
    return this.#environment.checkAll();
  }

  async verify(bans: readonly Ban[]): Promise<ReadonlyMap<string, Presence>> {
    return new Map(bans.map(({ id }) => [id, 'unknown']));
  }

  stop(only?: 'idle'): Promise<void> {
    return this.#environment.stopAll(only);
  }

  reload(): Promise<void> {
    return this.#environment.reloadAll();
  }

  /** One ban, one command, with everything that follows when it fails. */
  async #carryOut(step: ActionStep, name: ActionCommandName, ban: Ban): Promise<ActionOutcome> {
    const family = this.#families.of(subjectOf(ban));
    const state = this.#families.get(family);
    const reason = await this.#tryTwice(step, name, ban);
    if (reason === undefined) {
      if (step === 'unban') state.held.delete(ban.id);
      else state.held.add(ban.id);
      return done(ban);
    }
    const doing = { ban: 'banning', unban: 'unbanning', prolong: 'prolonging', reban: 'rebanning' }[step];
    this.#say(
      'ERROR',
      `Failed to execute ${step} jail '${this.context.jail}' action '${this.name}' ` +
        `info 'ActionInfo({'ip': '${ban.id}', 'family': '${familyOf(ban) ?? ''}'})': Error ${doing} ${ban.id}`,
    );
    return { id: ban.id, ok: false, reason };
  }

  /** @returns why it failed in the end */
  async #tryTwice(step: ActionStep, name: ActionCommandName, ban: Ban): Promise<string | undefined> {
    const family = this.#families.of(subjectOf(ban));
    if (step !== 'unban') {
      const reason = await this.#environment.ensureStarted(family);
      if (reason !== undefined) return reason;
    }
    const first = await this.#commands.run(name, family, { ban });
    if (first === undefined) return undefined;
    const mayRepair = step !== 'unban' || this.table.flag('actionrepair_on_unban') === true;
    const check = await this.#environment.checkAndRepair(family, { ban }, mayRepair);
    if (check.state === 'broken') return `${first}; ${check.reason}`;
    return this.#commands.run(name, family, { ban });
  }

  async #takeBackQuietly(ban: Ban): Promise<ActionOutcome> {
    const family = this.#families.of(subjectOf(ban));
    const reason = await this.#commands.run('actionunban', family, { ban, quiet: true });
    this.#families.get(family).held.delete(ban.id);
    return { id: ban.id, ok: reason === undefined, reason };
  }

  /** Not where it was never banned: its rules may never have been there. */
  #mayHold(ban: Ban | HeldBan): boolean {
    const mark = markOf(ban, this.name);
    if (mark === 'none' || (mark && mark.state === 'skipped')) return false;
    // An id that failed may have left something behind, but not where the family has never had a ban.
    const isUnsure = mark === undefined || (mark.state === 'failed' && mark.step === 'ban');
    return isUnsure ? this.#stateOf(ban).holds : true;
  }

  #stateOf(ban: Ban) {
    return this.#families.get(this.#families.of(subjectOf(ban)));
  }

  #has(name: ActionCommandName, ban: Ban): boolean {
    return this.#commands.has(name, this.#families.of(subjectOf(ban)));
  }

  #skip(step: ActionStep, bans: readonly Ban[]): void {
    this.#end(
      step,
      bans.map(({ id }) => ({ id, ok: true, skipped: true })),
    );
  }

  #end(step: ActionStep, outcomes: readonly ActionOutcome[]): void {
    if (outcomes.length > 0) this.context.journal.end(this.name, step, outcomes);
  }

  async #each<T extends Ban>(
    step: ActionStep,
    bans: readonly T[],
    work: (ban: T) => Promise<ActionOutcome>,
  ): Promise<void> {
    // What cannot be taken back must not be done twice: each on its own.
    const single = !this.#commands.has('actionunban', this.#families.names()[0] ?? '');
    const run = () =>
      inChunks(bans, { action: this.name, step, journal: this.context.journal, single, work });
    await (bans.length > 1 ? this.context.executor.together(run) : run());
  }

  #say(level: 'ERROR' | 'NOTICE' | 'INFO', message: string): void {
    this.context.log({ level, logger: 'actions', message });
  }
}

/** The family of a ban is that of its address. */
function subjectOf(ban: Ban): { family: ReturnType<typeof familyOf> } {
  return { family: familyOf(ban) };
}

function done({ id }: Ban): ActionOutcome {
  return { id, ok: true };
}

/** `none`: it is known that the action has never tried. Undefined: marks are not at hand. */
function markOf(ban: Ban | HeldBan, action: string) {
  if (!('marks' in ban)) return undefined;
  return ban.marks[action] ?? 'none';
}

function split<T>(items: readonly T[], test: (item: T) => boolean): [yes: T[], no: T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
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
