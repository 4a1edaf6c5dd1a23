/**
 * Action stage: an action that is a file of commands. Decides for each request which bans are due and by which command;
 * carrier.ts carries them out, environment.ts keeps what they need around them. Source: bans.md §4.3.
 */
import type { ActionCommandName } from '../config/plans.js';
import type { ActionMark, Ban, HeldBan, LeaveReason } from '../records.js';
import type { Action } from './action.js';
import type { ActionMemory, ActionOutcome, ActionStep, CheckResult, Presence } from './actions.js';
import { Carrier, groupBy } from './carrier.js';
import type { CommandTable } from './command-table.js';
import { type ActionContext, Commands } from './context.js';
import { Environment } from './environment.js';
import { Families } from './families.js';
import { askFor, type Listing, listFamily } from './presence.js';

export class CommandAction implements Action {
  readonly #commands: Commands;
  readonly #environment: Environment;
  readonly #carrier: Carrier;

  constructor(
    readonly name: string,
    private readonly table: CommandTable,
    memory: ActionMemory,
    private readonly context: ActionContext,
  ) {
    const families = new Families(table.properties, context.allowIpv6);
    families.remember(memory);
    const commands = new Commands(table, context);
    const environment = new Environment(name, commands, families, context);
    this.#commands = commands;
    this.#environment = environment;
    this.#carrier = new Carrier({ action: name, commands, families, environment, context });
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
    const passesRestored = this.table.flag('norestored') === true;
    const bansIt = this.#having('actionban');
    const [over, due] = split(bans, (ban) => (ban.restored && passesRestored) || !bansIt(ban));
    this.#end('ban', over.map(passedOver));
    await this.#carrier.many('ban', due, { work: (ban) => this.#carrier.carryOut('ban', 'actionban', ban) });
  }

  async unban(bans: readonly (Ban | HeldBan)[], _reason: LeaveReason): Promise<void> {
    const unbansIt = this.#having('actionunban');
    const [over, due] = split(bans, (ban) => !unbansIt(ban) || !this.#mayHold(ban));
    this.#end('unban', over.map(passedOver));
    for (const ban of over) this.#stateOf(ban).held.delete(ban.id);
    const [sure, unsure] = split(due, (ban) => isSure(markOf(ban, this.name)));
    await this.#carrier.many('unban', sure, {
      work: (ban) => this.#carrier.carryOut('unban', 'actionunban', ban),
    });
    await this.#carrier.each('unban', unsure, async (ban) => {
      // It may not be there: then its unban fails, rightly.
      const outcome = await this.#carrier.takeBackQuietly(ban);
      const mark = markOf(ban, this.name);
      const neverStood = typeof mark === 'object' && mark.state === 'failed' && mark.step === 'ban';
      return neverStood ? done(ban) : outcome;
    });
  }

  async redo(bans: readonly Ban[]): Promise<void> {
    const passesRestored = this.table.flag('norestored') === true;
    const [over, asked] = split(bans, (ban) => ban.restored && passesRestored);
    this.#end('ban', over.map(passedOver));
    const [bansIt, unbansIt] = [this.#having('actionban'), this.#having('actionunban')];
    const [final, due] = split(asked, (ban) => !unbansIt(ban) || !bansIt(ban));
    for (const ban of final) this.#hold(ban);
    this.#end('ban', final.map(done));
    await this.#putBack('ban', due, (ban) => this.#replace('ban', ban));
  }

  async reban(bans: readonly Ban[]): Promise<void> {
    const [own, others] = split(bans, this.#having('actionreban'));
    await this.#carrier.each('reban', own, (ban) => this.#carrier.carryOut('reban', 'actionreban', ban));
    const [due, over] = split(others, this.#having('actionban'));
    this.#end('reban', over.map(passedOver));
    // Where its rules were built anew it cannot be there any more.
    const [there, gone] = split(due, (ban) => this.#stateOf(ban).held.has(ban.id));
    await this.#putBack('reban', there, (ban) => this.#replace('reban', ban));
    await this.#carrier.many('ban', gone, {
      step: 'reban',
      work: (ban) => this.#carrier.carryOut('reban', 'actionban', ban),
    });
  }

  /**
   * Bans of which nobody knows whether they are there. Where that can be found out only the others are banned: the
   * action can list what is there, or its rules were only just built.
   */
  async #putBack(
    step: 'ban' | 'reban',
    bans: readonly Ban[],
    replace: (ban: Ban) => Promise<ActionOutcome>,
  ): Promise<void> {
    for (const [family, group] of groupBy(bans, (ban) => this.#carrier.familyKey(ban))) {
      // Its failure comes back with each ban.
      await this.#environment.ensureStarted(family);
      const { fresh, held } = this.#carrier.stateOf(family);
      const listing = fresh ? undefined : await this.#list(family, group);
      const count = (id: string) =>
        fresh ? (held.has(id) ? 1 : 0) : listing?.has(id) ? Math.max(1, listing.count(id)) : 0;
      const [known, unknown] = fresh || listing ? [group, []] : [[], group];
      const [missing, present] = split(known, ({ id }) => count(id) === 0);
      const [once, more] = split(present, ({ id }) => count(id) === 1);
      for (const ban of once) this.#hold(ban);
      this.#end(step, once.map(done));
      await this.#carrier.each(step, [...more, ...unknown], replace);
      await this.#carrier.many('ban', missing, {
        step,
        work: (ban) => this.#carrier.carryOut(step, 'actionban', ban),
      });
    }
  }

  async #list(family: string, bans: readonly Ban[]): Promise<Listing | undefined> {
    return bans.length === 0 ? undefined : listFamily(this.#commands, family);
  }

  async #replace(step: 'ban' | 'reban', ban: Ban): Promise<ActionOutcome> {
    if (this.#having('actionunban')(ban)) await this.#carrier.takeBackQuietly(ban);
    return this.#carrier.carryOut(step, 'actionban', ban);
  }

  async prolong(bans: readonly Ban[]): Promise<void> {
    const prolongs = this.#having('actionprolong');
    const due = bans.filter((ban) => prolongs(ban) && this.#mayHold(ban));
    await this.#carrier.each('prolong', due, (ban) =>
      this.#carrier.carryOut('prolong', 'actionprolong', ban),
    );
  }

  async flush(bans: readonly (Ban | HeldBan)[], reason: LeaveReason): Promise<void> {
    const rest: (Ban | HeldBan)[] = [];
    for (const [family, group] of groupBy(bans, (ban) => this.#carrier.familyKey(ban))) {
      if (await this.#flushFamily(family, group)) continue;
      for (const ban of group) rest.push(ban);
    }
    if (rest.length > 0) await this.unban(rest, reason);
  }

  /** @returns false when the bans have to go one by one */
  async #flushFamily(family: string, bans: readonly (Ban | HeldBan)[]): Promise<boolean> {
    const { journal, jail } = this.context;
    if (!this.#commands.has('actionflush', family)) return false;
    const held = bans.filter((ban) => this.#mayHold(ban));
    const state = this.#carrier.stateOf(family);
    if (held.length > 0) {
      this.#say('NOTICE', `[${jail}] Flush ticket(s) with ${this.name}`);
      journal.begin(
        this.name,
        'unban',
        held.map(({ id }) => id),
      );
      const failed =
        (await this.#commands.run('actionflush', family)) &&
        (await this.#commands.run('actionflush', family));
      if (failed !== undefined) {
        this.#say('ERROR', `Failed to flush bans in jail '${jail}' action '${this.name}': ${failed}`);
        this.#say('INFO', 'No flush occurred, do consistency check');
        const { state: found } = await this.#environment.checkAndRepair(family, { family }, true);
        // Built anew, it is empty; else one by one.
        if (found !== 'repaired' || state.holds) return false;
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
    const found = new Map<string, Presence>();
    for (const [family, group] of groupBy(bans, (ban) => this.#carrier.familyKey(ban))) {
      const canAsk = this.table.extra('actionverify', family) !== undefined;
      const listing = group.length > 1 || !canAsk ? await this.#list(family, group) : undefined;
      await this.context.executor.together(async () => {
        for (const ban of group) {
          const presence = listing
            ? listing.has(ban.id)
              ? 'present'
              : 'absent'
            : await askFor(this.#commands, family, ban);
          found.set(ban.id, presence);
        }
      });
    }
    return found;
  }

  stop(only?: 'idle'): Promise<void> {
    return this.#environment.stopAll(only);
  }

  reload(): Promise<void> {
    return this.#environment.reloadAll();
  }

  /** Not where it was never banned: its rules may never have been there. */
  #mayHold(ban: Ban | HeldBan): boolean {
    const mark = markOf(ban, this.name);
    if (mark === 'none' || mark?.state === 'skipped') return false;
    // An id that failed may have left something behind, but not where the family has never had a ban.
    const isUnsure = mark === undefined || (mark.state === 'failed' && mark.step === 'ban');
    return isUnsure ? this.#stateOf(ban).holds : true;
  }

  #hold(ban: Ban): void {
    this.#stateOf(ban).held.add(ban.id);
  }

  #stateOf(ban: Ban) {
    return this.#carrier.stateOf(this.#carrier.familyKey(ban));
  }

  /** For which bans is there such a command? Asked once for each family. */
  #having(name: ActionCommandName): (ban: Ban) => boolean {
    const known = new Map<string, boolean>();
    return (ban) => {
      const family = this.#carrier.familyKey(ban);
      let has = known.get(family);
      if (has === undefined) known.set(family, (has = this.#commands.has(name, family)));
      return has;
    };
  }

  #end(step: ActionStep, outcomes: readonly ActionOutcome[]): void {
    if (outcomes.length > 0) this.context.journal.end(this.name, step, outcomes);
  }

  #say(level: 'ERROR' | 'NOTICE' | 'INFO', message: string): void {
    this.context.log({ level, logger: 'actions', message });
  }
}

function done({ id }: Ban): ActionOutcome {
  return { id, ok: true };
}

function passedOver({ id }: Ban): ActionOutcome {
  return { id, ok: true, skipped: true };
}

/** `none`: it is known that the action has never tried. Undefined: marks are not at hand. */
function markOf(ban: Ban | HeldBan, action: string): ActionMark | 'none' | undefined {
  if (!('marks' in ban)) return undefined;
  return ban.marks[action] ?? 'none';
}

function isSure(mark: ActionMark | 'none' | undefined): boolean {
  if (mark === undefined || mark === 'none' || mark.state === 'done') return true;
  return mark.state === 'failed' && mark.step === 'unban';
}

function split<T>(items: readonly T[], test: (item: T) => boolean): [yes: T[], no: T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
