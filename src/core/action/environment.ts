/**
 * Action stage: what a firewall action needs around its bans (chains, sets): start, check, repair, stop, by family.
 *
 * The journal is told before a command that changes it runs and when it is through, so that after a crash a family is
 * known to stand, known not to, or `starting`: half of it may be there, and it is taken down quietly and built anew.
 * Source: bans.md §4.2, §4.3.
 */
import type { CheckResult } from './actions.js';
import type { ActionContext, Commands } from './context.js';
import type { Subject } from './dynamic-tags.js';
import type { Families, StartState } from './families.js';

export class Environment {
  constructor(
    private readonly action: string,
    private readonly commands: Commands,
    private readonly families: Families,
    private readonly context: ActionContext,
  ) {}

  /** Does it wait for the first ban? */
  get onDemand(): boolean {
    return this.commands.table.flag('actionstart_on_demand') ?? this.families.conditional;
  }

  /** actionstart of all families, once where the commands are the same. @returns what could not be started */
  async startAll(): Promise<readonly CheckResult[]> {
    const results: CheckResult[] = [];
    for (const family of this.families.names()) {
      const reason = await this.ensureStarted(family);
      if (reason !== undefined) results.push({ action: this.action, family, state: 'broken', reason });
    }
    return results;
  }

  /** @returns why it could not be started */
  async ensureStarted(family: string): Promise<string | undefined> {
    for (const name of this.#startedFor(family)) {
      const { state } = this.families.get(name);
      if (state === 'started') continue;
      if (state === 'starting') await this.#clearAway(name);
      const reason = await this.#start(name);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** A raw id has no family of its own: what stands will do, else everything is built. */
  #startedFor(family: string): readonly string[] {
    const names = this.families.names();
    if (family !== '' || names.includes('')) return [family];
    const standing = names.filter((name) => this.families.get(name).state === 'started');
    return standing.length > 0 ? standing : names;
  }

  /** Half of it may stand: its actionstart failed, or was cut off by a crash. */
  async #clearAway(family: string): Promise<void> {
    await this.commands.run('actionstop', family, { quiet: true });
    const state = this.families.get(family);
    const lost = state.holds;
    state.emptied();
    if (lost) this.context.onRepair(this.action, family);
  }

  async #start(family: string): Promise<string | undefined> {
    if (this.#sharesStart(family)) {
      this.#note(family, 'started');
      return undefined;
    }
    if (!this.commands.has('actionstart', family)) {
      this.families.get(family).state = 'started';
      return undefined;
    }
    this.#note(family, 'starting');
    const reason = await this.commands.run('actionstart', family);
    if (reason === undefined) this.#isNew(family);
    this.#note(family, reason === undefined ? 'started' : 'starting');
    if (reason !== undefined) this.#say('ERROR', `Failed to start ${this.#where}: ${reason}`);
    return reason;
  }

  #isNew(family: string): void {
    const state = this.families.get(family);
    state.emptied();
    state.fresh = true;
  }

  #sharesStart(family: string): boolean {
    const key = this.commands.key('actionstart', family);
    return this.families
      .known()
      .some(
        ([other, { state }]) =>
          other !== family && state === 'started' && this.commands.key('actionstart', other) === key,
      );
  }

  /** actioncheck, and repair where that fails. `subject`: the ban that failed, for `<family>`. */
  async checkAndRepair(family: string, subject: Subject, mayRepair: boolean): Promise<CheckResult> {
    const result = (state: CheckResult['state'], reason?: string): CheckResult => ({
      action: this.action,
      family,
      state,
      reason,
    });
    if (!this.commands.has('actioncheck', family)) return result('unchecked');
    const failed = await this.commands.run('actioncheck', family, subject);
    if (failed === undefined) return result('sound');
    if (!mayRepair) {
      this.#say('ERROR', 'Invariant check failed. Unban is impossible.');
      return result('broken', failed);
    }
    this.#say('ERROR', 'Invariant check failed. Trying to restore a sane environment');
    const reason = await this.#repair(family, subject);
    if (reason === undefined) {
      this.context.onRepair(this.action, family);
      return result('repaired');
    }
    this.#say('CRITICAL', 'Unable to restore environment');
    return result('broken', reason);
  }

  async #repair(family: string, subject: Subject): Promise<string | undefined> {
    if (this.commands.has('actionrepair', family)) {
      const reason = await this.commands.run('actionrepair', family, subject);
      if (reason !== undefined) return reason;
      // Something was gone, nobody knows which bans went with it.
      this.families.get(family).fresh = false;
    } else {
      const state = this.families.get(family);
      if (state.state !== 'stopped') await this.commands.run('actionstop', family, subject);
      state.emptied();
      this.#note(family, 'starting');
      const reason = await this.commands.run('actionstart', family, subject);
      if (reason !== undefined) return reason;
      this.#isNew(family);
      this.#note(family, 'started');
    }
    const reason = await this.commands.run('actioncheck', family, subject);
    if (reason !== undefined) this.#note(family, 'starting');
    return reason;
  }

  /** Every family that stands. */
  async checkAll(): Promise<readonly CheckResult[]> {
    const results: CheckResult[] = [];
    for (const [family, { state }] of this.families.known()) {
      if (state === 'started') results.push(await this.checkAndRepair(family, { family }, true));
    }
    return results;
  }

  /** actionstop of what stands, once where the commands are the same. `idle`: only what holds no bans. */
  async stopAll(only?: 'idle'): Promise<void> {
    if (only === 'idle' && !this.onDemand) return;
    const done = new Set<string>();
    const all = this.families.known().filter(([, { state }]) => state !== 'stopped');
    const going = all.filter(([, { holds }]) => only === undefined || !holds);
    // What stands for another family too stays as long as that one does.
    const kept = new Set(
      all
        .filter((entry) => !going.includes(entry))
        .map(([family]) => this.commands.key('actionstop', family)),
    );
    for (const [family, state] of going) {
      const key = this.commands.key('actionstop', family);
      if (done.has(key) || kept.has(key)) {
        this.#note(family, undefined);
        state.emptied();
        continue;
      }
      done.add(key);
      const quiet = state.state === 'starting';
      this.#note(family, 'starting');
      const reason = await this.commands.run('actionstop', family, { quiet });
      // After a crash there may have been nothing to stop.
      this.#note(family, reason === undefined || quiet ? undefined : 'starting');
      state.emptied();
      if (reason !== undefined && !quiet) this.#say('ERROR', `Failed to stop ${this.#where}: ${reason}`);
    }
  }

  async reloadAll(): Promise<void> {
    const done = new Set<string>();
    for (const [family, { state }] of this.families.known()) {
      const key = this.commands.key('actionreload', family);
      if (state !== 'started' || done.has(key)) continue;
      done.add(key);
      const reason = await this.commands.run('actionreload', family);
      if (reason !== undefined) this.#say('ERROR', `Failed to reload ${this.#where}: ${reason}`);
    }
  }

  #note(family: string, state: Exclude<StartState, 'stopped'> | undefined): void {
    const known = this.families.get(family);
    const next = state ?? 'stopped';
    if (known.state === next) return;
    known.state = next;
    this.context.journal.family(this.action, family, state);
  }

  get #where(): string {
    return `jail '${this.context.jail}' action '${this.action}'`;
  }

  #say(level: 'ERROR' | 'CRITICAL', message: string): void {
    this.context.log({ level, logger: 'CommandAction', message });
  }
}
