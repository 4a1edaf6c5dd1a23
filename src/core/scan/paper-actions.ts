/**
 * Scan: actions on paper, for dry runs and replays. Everything succeeds at once and nothing is run.
 */
import type { ActionJournal, ActionStep, JailActions } from '../action/actions.js';
import type { ActionPlan } from '../config/plans.js';
import type { Ban } from '../records.js';

export class PaperActions implements JailActions {
  readonly names: readonly string[];

  constructor(
    plans: readonly ActionPlan[],
    private readonly journal: ActionJournal,
  ) {
    this.names = plans.map(({ name }) => name);
  }

  async start() {
    return [];
  }

  async ban(bans: readonly Ban[], only = this.names) {
    this.#succeed('ban', bans, only);
  }

  async unban(bans: readonly Ban[], _reason: unknown, only = this.names) {
    this.#succeed('unban', bans, only);
  }

  async prolong() {}

  async reban(bans: readonly Ban[], only = this.names) {
    this.#succeed('reban', bans, only);
  }

  async redo(bans: readonly Ban[], only = this.names) {
    this.#succeed('ban', bans, only);
  }

  async flush(bans: readonly Ban[]) {
    this.#succeed('unban', bans, this.names);
  }

  async check() {
    return [];
  }

  async verify() {
    return new Map();
  }

  async stop() {}

  async reload() {}

  action() {
    return undefined;
  }

  #succeed(step: ActionStep, bans: readonly Ban[], only: readonly string[]): void {
    const outcomes = bans.map(({ id }) => ({ id, ok: true }));
    for (const action of only) this.journal.end(action, step, outcomes);
  }
}
