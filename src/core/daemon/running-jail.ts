/**
 * Daemon: one jail of a running server: takes batches in, keeps time, and lets its actions work.
 *
 * A fault domain of its own: what goes wrong here is a state of this jail, said in its status and in the log, and stops
 * nobody else. Two queues: `#reading` counts what was found and writes it down, `do` is what runs commands, so that a
 * slow command holds up neither the counting nor another jail. What concerns both waits for both.
 */
import type { CheckResult } from '../action/actions.js';
import type { Clock } from '../clock.js';
import { globMatches } from '../config/glob.js';
import type { JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { Jail } from '../jail/jail.js';
import { lookAfter, lookAtRules } from '../jail/look-after.js';
import { ignoreRules, isRebooted, noteBoot, type World } from '../jail/open-jail.js';
import type { LogPosition } from '../records.js';
import type { FoundBatch, MatchOrder } from './matcher/messages.js';
import { diffByHand, diffPlans, type PlanDiff } from './plan-diff.js';
import { settingLines } from './setting-lines.js';
import type { ClockStep } from './steady-clock.js';

export interface RunningJailOptions {
  readonly world: World;
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  /** Begins to read, or begins anew. */
  readonly match: (order: MatchOrder) => void;
  readonly drop: (jail: string) => void;
  /** The batch is judged and on disk. */
  readonly done: (batch: FoundBatch) => void;
  /** Does it belong to the present run of the matcher? */
  readonly isCurrent: (batch: FoundBatch) => boolean;
  /** Asked in long work: may it go on? */
  readonly pause: () => Promise<void> | undefined;
}

export type JailState = 'stopped' | 'starting' | 'running' | 'stopping';

/** Positions without failures are written down this often. */
const POSITIONS_EVERY_SEC = 5;
const RULES_EVERY_SEC = 30;
const PRUNE_EVERY_SEC = 5;
/** A command that failed is tried again after this long, doubled each time. */
const RETRY_SEC = 10;
const MAX_RETRY_SEC = 600;

/** What a problem is about, besides logs and actions: the jail itself. */
const WHOLE = 'jail';

export class RunningJail {
  readonly jail: Jail;
  state: JailState = 'stopped';
  /** What is wrong, by what it is about: a log, the filter, an action. */
  readonly problems = new Map<string, string>();
  readonly #readingProblems = new Set<string>();
  readonly #options: RunningJailOptions;
  readonly #positions = new Map<string, LogPosition>();
  /** The plan that matcher and actions go by. */
  #applied: JailPlan;
  /** Its logs are followed, or were until now. */
  #isBegun = false;
  #adoption: Promise<void> | undefined;
  #working: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();
  #enforcement: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  // Moments that no change of the clock moves.
  #nextPositionsSec = 0;
  #nextRulesSec = nowSec() + RULES_EVERY_SEC;
  #nextPruneSec = 0;
  #nextRetrySec = Number.POSITIVE_INFINITY;
  #retryAfterSec = RETRY_SEC;

  constructor(jail: Jail, options: RunningJailOptions) {
    this.jail = jail;
    this.#options = options;
    this.#applied = jail.plan;
  }

  /** Work that runs commands, after all that was asked before. A failure is the asker's; the next one goes on. */
  do<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#working.then(work);
    this.#working = result.catch(() => {});
    return result;
  }

  /** Work that counts, after all that was found before. */
  #read<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#reading.then(work);
    this.#reading = result.catch(() => {});
    return result;
  }

  /** Neither counting nor a command is under way meanwhile. */
  #alone<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#read(() => this.do(work));
  }

  get order(): MatchOrder | undefined {
    const { jail } = this;
    if (this.state !== 'running' || jail.idle) return undefined;
    return {
      jail: jail.name,
      plan: { ...jail.plan, actions: [], commands: [] },
      findTimeSec: jail.settings.findTimeSec,
      positions: this.#options.world.store.positions(jail.name),
      known: this.#isBegun ? jail.followed : [],
    };
  }

  /** Bans of before stand again, then reading begins. */
  async start(): Promise<void> {
    await this.#alone(async () => {
      const { world } = this.#options;
      const { name } = this.jail;
      if (this.state !== 'stopped') return;
      this.state = 'starting';
      await this.jail.restore();
      const { broken } = await lookAfter(this.jail, {
        rebooted: isRebooted(name, world),
        onDistrusted: () => noteBoot(name, world),
      });
      this.#noteBroken(broken);
      this.state = 'running';
      this.#say('INFO', `Jail '${name}' started`);
      this.#noteOwing();
      this.#begin();
    });
  }

  /** @param keep the firewall keeps its rules and the store its bans: somebody goes on from here */
  async stop(reason: 'stop' | 'removed', keep = false): Promise<void> {
    this.#options.drop(this.jail.name);
    clearTimeout(this.#timer);
    await this.#alone(async () => {
      if (this.state === 'stopped') return;
      this.state = 'stopping';
      this.jail.commit(this.#takePositions());
      if (!keep) {
        this.jail.release(reason);
        await this.jail.enforce();
        await this.jail.actions.stop();
        if (reason === 'removed') this.jail.windUp();
      }
      this.state = 'stopped';
      this.#say('INFO', `Jail '${this.jail.name}' stopped`);
    });
  }

  /** The configuration says something else now. Bans, failures, positions and totals stay. */
  async renew(plan: JailPlan): Promise<void> {
    await this.#alone(async () => {
      const { jail } = this;
      const diff = diffPlans(jail.plan, plan);
      jail.commit(this.#takePositions());
      jail.renew(plan, ignoreRules(plan, this.#options.world));
      const isWoken = jail.idle;
      jail.idle = false;
      await this.#apply(diff);
      if (isWoken && !diff.readsOtherwise) this.#begin();
    });
  }

  /** The plan was changed by hand (`set J …`); many such changes in a row are carried out at once. */
  adopted(): void {
    this.#adoption ??= this.#alone(async () => {
      this.#adoption = undefined;
      this.jail.commit(this.#takePositions());
      this.#tellChanges();
      await this.#apply(diffByHand(this.#applied, this.jail.plan));
    }).catch((error: unknown) => this.#fault(error));
  }

  /** As fail2ban tells of each value that is set. */
  #tellChanges(): void {
    const { localeEncoding, world } = this.#options;
    const before = new Set(settingLines(this.#applied, localeEncoding).map(({ message }) => message));
    for (const record of settingLines(this.jail.plan, localeEncoding)) {
      if (!before.has(record.message)) world.log(record);
    }
  }

  async #apply({ readsOtherwise, actions }: Pick<PlanDiff, 'readsOtherwise' | 'actions'>): Promise<void> {
    this.#applied = this.jail.plan;
    if (this.state !== 'running') return;
    if (readsOtherwise) {
      this.#forgetLogs();
      this.#begin();
    }
    if (actions) {
      for (const name of this.jail.actions.names) this.problems.delete(name);
      this.#noteBroken(await this.jail.renewActions(actions));
    }
    await this.#enforce();
    this.#schedule();
  }

  /** Logs that the plan no longer names. */
  #forgetLogs(): void {
    const { jail } = this;
    const patterns = jail.plan.logPaths.map(({ value }) => value.pattern);
    const isNamed = (path: string) =>
      jail.backend === 'systemd' ||
      patterns.some((pattern) => pattern === path || globMatches(pattern, path));
    for (const path of jail.followed.filter((each) => !isNamed(each))) {
      this.#say('INFO', `Removed logfile: '${path}'`, 'filter');
    }
    jail.followed = jail.followed.filter(isNamed);
  }

  /** Something is wrong with its logs or its filter; undefined: no longer. */
  noteReading(of: string, message: string | undefined): void {
    if (message === undefined) {
      this.problems.delete(of);
      this.#readingProblems.delete(of);
    } else {
      this.problems.set(of, message);
      this.#readingProblems.add(of);
    }
  }

  /** Reads on from where the store says that reading has come to. */
  #begin(): void {
    const { order } = this;
    if (order) {
      // Whoever reads now finds out for himself.
      for (const of of this.#readingProblems) this.noteReading(of, undefined);
      this.#options.match(order);
      this.#isBegun = true;
    }
    this.#schedule();
  }

  /** At once: what was read since the last commit is read again when it wakes up. */
  setIdle(idle: boolean): void {
    this.jail.idle = idle;
    if (idle) this.#options.drop(this.jail.name);
    else {
      void this.#alone(() => {
        this.#commit();
        this.#begin();
      }).catch((error: unknown) => this.#fault(error));
    }
  }

  /** The clock was set. At once: whatever is under way goes on by the time as it is now. */
  shiftTime({ bySec, atSec }: ClockStep): void {
    this.jail.shiftTime(bySec, atSec);
    this.#enforceSoon();
  }

  /** Failures the matcher found. */
  take(batch: FoundBatch): void {
    void this.#read(async () => {
      if (!this.#options.isCurrent(batch) || this.state !== 'running' || this.jail.idle) return;
      const { failures, position, path } = batch;
      const written = () => {
        if (position) this.#positions.set(path, position);
        if (failures.length > 0) this.#commit();
      };
      await this.jail.judgeAll(failures, written, this.#options.pause);
      if (failures.length > 0) this.#enforceSoon();
    })
      .catch((error: unknown) => this.#fault(error))
      .finally(() => this.#options.done(batch));
  }

  /** Runs what is owed, after the commands that are under way. */
  async settle(): Promise<void> {
    await this.#adoption;
    await this.do(() => this.#enforce());
    this.#schedule();
  }

  #enforceSoon(): void {
    this.#enforcement ??= this.do(async () => {
      this.#enforcement = undefined;
      await this.#enforce();
    })
      .catch((error: unknown) => this.#fault(error))
      .finally(() => this.#schedule());
  }

  async #enforce(): Promise<void> {
    this.jail.expire();
    // Nobody asks for it here: it would only grow.
    this.jail.takeNews();
    await this.jail.enforce();
    this.#noteOwing();
  }

  #noteOwing(): void {
    if (!this.jail.isOwing) {
      this.#retryAfterSec = RETRY_SEC;
      this.#nextRetrySec = Number.POSITIVE_INFINITY;
    } else if (this.#nextRetrySec === Number.POSITIVE_INFINITY) {
      this.#nextRetrySec = nowSec() + this.#retryAfterSec;
      this.#retryAfterSec = Math.min(MAX_RETRY_SEC, this.#retryAfterSec * 2);
    }
  }

  /** What time brings: ends of bans, retries, a look at the rules, positions. */
  async #keep(): Promise<void> {
    const now = nowSec();
    if (now >= this.#nextPruneSec) {
      this.jail.prune();
      this.#nextPruneSec = now + PRUNE_EVERY_SEC;
    }
    if (now >= this.#nextRulesSec) {
      this.#nextRulesSec = now + RULES_EVERY_SEC;
      await this.#lookAtRules();
    }
    const isRetry = now >= this.#nextRetrySec;
    if (isRetry) this.#nextRetrySec = Number.POSITIVE_INFINITY;
    const { nextEndSec } = this.jail;
    const isEnd = nextEndSec !== undefined && nextEndSec < this.#clock.nowSec();
    if (isRetry || isEnd || this.jail.lostCount > 0) await this.#enforce();
    if (now >= this.#nextPositionsSec) {
      this.#nextPositionsSec = now + POSITIONS_EVERY_SEC;
      if (this.#positions.size > 0) this.#commit();
    }
  }

  async #lookAtRules(): Promise<void> {
    const { broken } = await lookAtRules(this.jail);
    for (const name of this.jail.actions.names) this.problems.delete(name);
    this.#noteBroken(broken);
  }

  #noteBroken(broken: readonly Pick<CheckResult, 'action' | 'reason'>[]): void {
    for (const { action, reason } of broken) this.problems.set(action, reason ?? 'it does not work');
  }

  #commit(): void {
    const positions = this.#takePositions();
    try {
      this.jail.commit(positions);
      this.problems.delete(WHOLE);
    } catch (error) {
      // They are still right, unless something later has come.
      for (const position of positions) {
        if (!this.#positions.has(position.path)) this.#positions.set(position.path, position);
      }
      throw error;
    }
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
    const endSec = (this.jail.nextEndSec ?? Number.POSITIVE_INFINITY) - this.#clock.nowSec();
    // A ban ends when now is later than its end.
    const delaySec = Math.min(endSec + 0.001, this.#nextRetrySec - nowSec(), POSITIONS_EVERY_SEC);
    this.#timer = setTimeout(
      () => {
        void this.do(() => this.#keep())
          .catch((error: unknown) => this.#fault(error))
          .finally(() => this.#schedule());
      },
      Math.max(1, delaySec * 1000),
    );
  }

  get #clock(): Clock {
    return this.#options.world.clock;
  }

  #fault(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const isKnown = this.problems.get(WHOLE) === message;
    this.problems.set(WHOLE, message);
    if (!isKnown) this.#say('ERROR', `[${this.jail.name}] ${message}`);
  }

  #say(level: Parameters<Log>[0]['level'], message: string, logger = 'jail'): void {
    this.#options.world.log({ level, logger, message });
  }
}

/** Seconds since this process began: no change of the clock moves it. */
function nowSec(): number {
  return performance.now() / 1000;
}
