/**
 * Action stage: an action that cannot be used. Its bans fail, with the reason, so that nobody thinks they are in force.
 */
import type { ActionPlan } from '../config/plans.js';
import type { Ban } from '../records.js';
import type { Action } from './action.js';
import type { ActionStep, CheckResult, Presence } from './actions.js';
import type { ActionContext } from './context.js';

export class BrokenAction implements Action {
  readonly properties: ReadonlyMap<string, string | number | boolean> = new Map();

  constructor(
    readonly name: string,
    private readonly reason: string,
    private readonly context: ActionContext,
  ) {}

  /** Written in Python, and nothing of ours stands in for it. */
  static forPlugin(plan: ActionPlan, context: ActionContext): BrokenAction {
    return new BrokenAction(
      plan.name,
      `${plan.plugin} is a Python plug-in, which f2b cannot run; only smtp.py is built in`,
      context,
    );
  }

  set(): void {}

  async start(): Promise<readonly CheckResult[]> {
    const { log, jail } = this.context;
    log({
      level: 'ERROR',
      logger: 'actions',
      message: `Failed to start jail '${jail}' action '${this.name}': ${this.reason}`,
    });
    return [{ action: this.name, family: '', state: 'broken', reason: this.reason }];
  }

  ban = (bans: readonly Ban[]): Promise<void> => this.#fail('ban', bans);
  redo = (bans: readonly Ban[]): Promise<void> => this.#fail('ban', bans);
  reban = (bans: readonly Ban[]): Promise<void> => this.#fail('reban', bans);
  unban = (bans: readonly Ban[]): Promise<void> => this.#pass(bans);
  flush = (bans: readonly Ban[]): Promise<void> => this.#pass(bans);
  async prolong(): Promise<void> {}
  async stop(): Promise<void> {}
  async reload(): Promise<void> {}

  async check(): Promise<readonly CheckResult[]> {
    return [];
  }

  async verify(bans: readonly Ban[]): Promise<ReadonlyMap<string, Presence>> {
    return new Map(bans.map(({ id }) => [id, 'absent']));
  }

  async #fail(step: ActionStep, bans: readonly Ban[]): Promise<void> {
    const outcomes = bans.map(({ id }) => ({ id, ok: false, reason: this.reason }));
    if (outcomes.length > 0) this.context.journal.end(this.name, step, outcomes);
  }

  /** It never had them. */
  async #pass(bans: readonly Ban[]): Promise<void> {
    const outcomes = bans.map(({ id }) => ({ id, ok: true, skipped: true }));
    if (outcomes.length > 0) this.context.journal.end(this.name, 'unban', outcomes);
  }
}
