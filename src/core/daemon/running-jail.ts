/**
 * Daemon: one jail of a running server: takes batches in, keeps time, and does one thing after the other.
 *
 * A fault domain of its own: what goes wrong here is a state of this jail, said in its status and in the log, and stops
 * nobody else. Everything that changes the jail runs through `do`, in order.
 */
import type { Clock } from '../clock.js';
import type { Log } from '../events.js';
import type { Jail } from '../jail/jail.js';
import { lookAfter, lookAtRules } from '../jail/look-after.js';
import { isRebooted, noteBoot, type World } from '../jail/open-jail.js';
import type { LogPosition } from '../records.js';
import type { FoundBatch, MatchOrder } from './matcher/messages.js';

export interface RunningJailOptions {
  readonly world: World;
  /** Begins to read, or begins anew. */
  readonly match: (order: MatchOrder) => void;
  readonly drop: (jail: string) => void;
  /** The batch is judged and on disk. */
  readonly done: (batch: FoundBatch) => void;
  /** Does it belong to the present run of the matcher? */
  readonly isCurrent: (batch: FoundBatch) => boolean;
}

export type JailState = 'stopped' | 'running' | 'stopping';

/** Positions without failures are written down this often. */
const POSITIONS_EVERY_SEC = 5;
const RULES_EVERY_SEC = 30;
const PRUNE_EVERY_SEC = 5;
/** A command that failed is tried again after this long, doubled each time. */
const RETRY_SEC = 10;
const MAX_RETRY_SEC = 600;

export class RunningJail {
  readonly jail: Jail;
  state: JailState = 'stopped';
  /** Logs that are followed now. */
  paths: readonly string[] = [];
  /** What is wrong, by what it is about: a log, the filter, an action. */
  readonly problems = new Map<string, string>();
  readonly #options: RunningJailOptions;
  readonly #positions = new Map<string, LogPosition>();
  #tail: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #nextPositionsSec = 0;
  #nextRulesSec = 0;
  #nextPruneSec = 0;
  #nextRetrySec = Number.POSITIVE_INFINITY;
  #retryAfterSec = RETRY_SEC;

  constructor(jail: Jail, options: RunningJailOptions) {
    this.jail = jail;
    this.#options = options;
  }

  /** Work on this jail, after all that was asked before. A failure is the asker's; the next one goes on. */
  do<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  get order(): MatchOrder {
    const { jail } = this;
    return {
      jail: jail.name,
      plan: { ...jail.plan, actions: [], commands: [] },
      findTimeSec: jail.settings.findTimeSec,
      positions: this.#options.world.store.positions(jail.name),
    };
  }

  /** Bans of before stand again, then reading begins. */
  async start(): Promise<void> {
    await this.do(async () => {
      const { world } = this.#options;
      const { name } = this.jail;
      if (this.state === 'running') return;
      await this.jail.restore();
      const { broken } = await lookAfter(this.jail, {
        rebooted: isRebooted(name, world),
        onDistrusted: () => noteBoot(name, world),
      });
      for (const { action, reason } of broken) this.problems.set(action, reason);
      this.state = 'running';
      this.#say('INFO', `Jail '${name}' started`);
      this.#schedule();
    });
    if (!this.jail.idle) this.#options.match(this.order);
  }

  /** @param keep the firewall keeps its rules and the store its bans: somebody goes on from here */
  async stop(reason: 'stop' | 'removed', keep = false): Promise<void> {
    this.#options.drop(this.jail.name);
    clearTimeout(this.#timer);
    await this.do(async () => {
      if (this.state === 'stopped') return;
      this.state = 'stopping';
      this.jail.commit(this.#takePositions());
      if (!keep) {
        this.jail.release(reason);
        await this.jail.enforce();
        await this.jail.actions.stop();
      }
      this.state = 'stopped';
      this.#say('INFO', `Jail '${this.jail.name}' stopped`);
    });
  }

  /** Another plan is in force: reading begins anew where it ended. */
  rematch(): void {
    void this.do(() => {
      this.jail.commit(this.#takePositions());
      if (this.state === 'running' && !this.jail.idle) this.#options.match(this.order);
    });
  }

  setIdle(idle: boolean): void {
    this.jail.idle = idle;
    if (idle) this.#options.drop(this.jail.name);
    else this.rematch();
  }

  /** Failures the matcher found. */
  take(batch: FoundBatch): void {
    void this.do(async () => {
      if (!this.#options.isCurrent(batch) || this.state !== 'running') return;
      if (batch.position) this.#positions.set(batch.path, batch.position);
      if (batch.failures.length > 0) {
        for (const failure of batch.failures) await this.jail.judge(failure);
        this.jail.commit(this.#takePositions());
        await this.#enforce();
      }
      this.#schedule();
    })
      .catch((error: unknown) => this.#fault(error))
      .finally(() => this.#options.done(batch));
  }

  /** Runs what is owed now. */
  async settle(): Promise<void> {
    await this.do(() => this.#enforce());
  }

  async #enforce(): Promise<void> {
    this.jail.expire();
    await this.jail.enforce();
    const owes = this.jail.isOwing;
    if (!owes) {
      this.#retryAfterSec = RETRY_SEC;
      this.#nextRetrySec = Number.POSITIVE_INFINITY;
    } else if (this.#nextRetrySec === Number.POSITIVE_INFINITY) {
      this.#nextRetrySec = this.#clock.nowSec() + this.#retryAfterSec;
      this.#retryAfterSec = Math.min(MAX_RETRY_SEC, this.#retryAfterSec * 2);
    }
  }

  /** What time brings: ends of bans, retries, a look at the rules, positions. */
  async #keep(): Promise<void> {
    const nowSec = this.#clock.nowSec();
    if (nowSec >= this.#nextPruneSec) {
      this.jail.prune();
      this.#nextPruneSec = nowSec + PRUNE_EVERY_SEC;
    }
    if (nowSec >= this.#nextRulesSec) {
      const isFirst = this.#nextRulesSec === 0;
      this.#nextRulesSec = nowSec + RULES_EVERY_SEC;
      if (!isFirst) await this.#lookAtRules();
    }
    const isRetry = nowSec >= this.#nextRetrySec;
    if (isRetry) this.#nextRetrySec = Number.POSITIVE_INFINITY;
    const { nextEndSec } = this.jail;
    if (isRetry || this.jail.lostCount > 0 || (nextEndSec !== undefined && nextEndSec < nowSec)) {
      await this.#enforce();
    }
    if (nowSec >= this.#nextPositionsSec) {
      this.#nextPositionsSec = nowSec + POSITIONS_EVERY_SEC;
      const positions = this.#takePositions();
      if (positions.length > 0) this.jail.commit(positions);
    }
  }

  async #lookAtRules(): Promise<void> {
    const { broken } = await lookAtRules(this.jail);
    for (const name of this.jail.actions.names) this.problems.delete(name);
    for (const { action, reason } of broken) this.problems.set(action, reason);
  }

  #takePositions(): LogPosition[] {
    const positions = [...this.#positions.values()];
    this.#positions.clear();
    return positions;
  }

  /** The next moment at which there is something to do. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.state !== 'running') return;
    const nowSec = this.#clock.nowSec();
    const endSec = this.jail.nextEndSec ?? Number.POSITIVE_INFINITY;
    // A ban ends when now is later than its end.
    const nextSec = Math.min(endSec + 0.001, this.#nextRetrySec, nowSec + POSITIONS_EVERY_SEC);
    const delayMs = Math.max(1, Math.min((nextSec - nowSec) * 1000, POSITIONS_EVERY_SEC * 1000));
    this.#timer = setTimeout(() => {
      void this.do(() => this.#keep())
        .catch((error: unknown) => this.#fault(error))
        .finally(() => this.#schedule());
    }, delayMs);
  }

  get #clock(): Clock {
    return this.#options.world.clock;
  }

  #fault(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.problems.set('jail', message);
    this.#say('ERROR', `[${this.jail.name}] ${message}`);
  }

  #say(level: Parameters<Log>[0]['level'], message: string): void {
    this.#options.world.log({ level, logger: 'jail', message });
  }
}
