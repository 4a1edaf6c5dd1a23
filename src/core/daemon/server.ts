/**
 * Daemon: a server's life: configuration → jails that run → reload → stop.
 *
 * Owns the running jails and the matcher; what people ask of it goes through its desk (control stage). Each jail is its
 * own fault domain: one that cannot run is in `failed` with its reason, the others run. A reload finds out first whether
 * everything in it can run, and then swaps; what is wrong in it leaves all that runs as it is.
 */
import type { JailPlan } from '../config/plans.js';
import { parseTime } from '../config/times.js';
import type { JailHealth, Problem, ReloadRequest } from '../control/server-face.js';
import { F2bError } from '../errors.js';
import type { Log } from '../events.js';
import { durationText } from '../jail/duration-text.js';
import type { JailFace } from '../jail/face.js';
import { formerActions } from '../jail/former-actions.js';
import { isRebooted, noteBoot, openJail, type World } from '../jail/open-jail.js';
import { mistakeIn } from './check-plan.js';
import { DraftJail, emptyPlan } from './draft-jail.js';
import { Matcher } from './matcher/matcher.js';
import { Pacer } from './pacer.js';
import { diffPlans, meaningOf } from './plan-diff.js';
import { RunningJail } from './running-jail.js';
import { backendLines, settingLines } from './setting-lines.js';
import type { SteadyClock } from './steady-clock.js';

export interface ServerOptions {
  readonly world: World;
  /** The clock of this world, where it may be set while the server runs. */
  readonly clock?: SteadyClock | undefined;
  /** Module of the matcher thread. */
  readonly matcherModule: URL;
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  /** How long bans are remembered, as written: `1d`. */
  readonly purgeAge?: (() => string) | undefined;
  /** Changes of a plan that were made by hand before the server was there; the next reload drops them. */
  readonly prepare?: ((plan: JailPlan) => JailPlan) | undefined;
  /** Rests, by what was said before the server was there. */
  readonly isIdle?: ((jail: string) => boolean) | undefined;
}

/** A jail of the configuration that does not run, and why. */
export interface FailedJail {
  readonly name: string;
  readonly message: string;
}

/** What a configuration comes to: as it is read, or as a client has read it. */
export interface Plans {
  readonly jails: readonly JailPlan[];
  readonly skipped: readonly FailedJail[];
  readonly disabled: readonly string[];
}

export class Server {
  /** At the desk: jails that run, and drafts. */
  readonly jails = new Map<string, JailFace>();
  readonly failed = new Map<string, FailedJail>();
  disabled: readonly string[] = [];
  readonly #running = new Map<string, RunningJail>();
  readonly #matcher: Matcher;
  readonly #options: ServerOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  readonly #pacer = new Pacer();
  readonly #problems = new Map<string, string>();
  readonly #housekeeping: NodeJS.Timeout[] = [];

  constructor(options: ServerOptions) {
    const { world, matcherModule, localeEncoding } = options;
    this.#options = options;
    this.#matcher = new Matcher({
      module: matcherModule,
      localeEncoding,
      allowIpv6: world.allowIpv6,
      log: world.log,
      onFound: (batch) => this.#running.get(batch.jail)?.take(batch),
      onLogs: (jail, paths) => {
        const running = this.#running.get(jail);
        if (running) running.jail.followed = paths;
      },
      onProblem: (jail, of, message) => this.#running.get(jail)?.noteReading(of, message),
      orderOf: (jail) => this.#running.get(jail)?.order,
    });
  }

  running(jail: string): RunningJail | undefined {
    return this.#running.get(jail);
  }

  /** All of them, in the order in which they were opened. */
  get allRunning(): readonly RunningJail[] {
    return [...this.#running.values()];
  }

  /** How often the matcher had to be started anew. */
  get matcherRestarts(): number {
    return this.#matcher.restarts;
  }

  /** About all of it: what no jail has. */
  get problems(): readonly Problem[] {
    return [...this.#problems].map(([of, message]) => ({ of, message }));
  }

  health(): readonly JailHealth[] {
    return [...this.jails.values()].map((face) => {
      const { name, idle } = face;
      const running = this.#running.get(name);
      if (!running) return { name, idle, state: 'draft', logs: [], problems: [] };
      const problems = [...running.problems].map(([of, message]) => ({ of, message }));
      return { name, idle, state: running.state, logs: [...running.jail.followed], problems };
    });
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Everything of this configuration runs, or is in `failed`. */
  async start(plans: Plans): Promise<void> {
    this.#matcher.start();
    await this.#inTurn(async () => {
      this.#noteSkipped(plans);
      const { prepare = (plan) => plan, isIdle } = this.#options;
      await this.#retire(plans);
      const opened: RunningJail[] = [];
      for (const written of plans.jails) {
        if (this.#isStopping) return;
        const plan = prepare(written);
        const mistake = await this.#mistakeIn(plan);
        if (mistake !== undefined) {
          this.#fail(plan.name, mistake);
          continue;
        }
        const running = this.#open(plan);
        if (!running) continue;
        running.jail.idle = isIdle?.(plan.name) ?? false;
        opened.push(running);
      }
      await Promise.all(opened.map((running) => this.#begin(running)));
      this.#purge();
      this.#housekeeping.push(
        setInterval(() => this.#purge(), PURGE_EVERY_MS).unref(),
        setInterval(() => this.#lookAtClock(), CLOCK_EVERY_MS).unref(),
      );
    });
  }

  /** Jails that were killed in the midst of things, and are no longer in the configuration, let everybody go. */
  async #retire({ jails, skipped }: Plans): Promise<void> {
    const { world } = this.#options;
    const known = new Set([...jails, ...skipped].map(({ name }) => name));
    for (const name of world.store.jails().filter((jail) => !known.has(jail))) {
      try {
        const actions = formerActions(name, world.store) ?? [];
        const jail = openJail({ ...emptyPlan(name, 'polling'), actions }, world);
        const rebooted = isRebooted(name, world);
        if (rebooted) jail.restoreAll();
        await jail.settleFormer(rebooted);
        noteBoot(name, world);
        jail.release('removed');
        await jail.enforce();
        await jail.actions.stop();
        jail.windUp();
      } catch (error) {
        this.#say(
          'ERROR',
          `Jail '${name}', which is no longer there, cannot be wound up: ${textOf(error)}`,
          'jail',
        );
      }
    }
  }

  /** All jails at once: none may see a time that others do not. */
  #lookAtClock(): void {
    const step = this.#options.clock?.look();
    if (!step) return;
    const [word, size] = step.bySec > 0 ? ['forward', step.bySec] : ['back', -step.bySec];
    const message = `The clock was set ${word} by ${durationText({ seconds: Math.round(size), kind: 'int' })}: bans and failures move with it`;
    this.#say('WARNING', message);
    for (const running of this.#running.values()) running.shiftTime(step);
  }

  /** What is older than anybody wants to know of goes. */
  #purge(): void {
    const { world, purgeAge } = this.#options;
    if (!purgeAge) return;
    try {
      const { seconds } = parseTime(purgeAge());
      if (seconds > 0) world.store.purge(world.clock.nowSec(), seconds);
    } catch (error) {
      this.#say('WARNING', `Old bans could not be purged: ${textOf(error)}`, 'database');
    }
  }

  /** @param keep leaves rules and bans as they are for whoever goes on from here */
  async stop(keep = false): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#housekeeping) clearInterval(timer);
    await this.#inTurn(async () => {
      this.#say('INFO', 'Shutdown in progress...');
      this.#say('INFO', 'Stopping all jails');
      // Nobody is banned any more while others are let go.
      for (const [name, { jail }] of this.#running) {
        this.#matcher.drop(name);
        this.#tellRemoved(jail.followed);
      }
      for (const [name, running] of this.#running) {
        await running.stop('stop', keep).catch((error: unknown) => {
          this.#say('ERROR', `Jail '${name}' did not stop cleanly: ${textOf(error)}`, 'jail');
        });
      }
      await this.#matcher.stop();
    });
  }

  /** A jail that is made by commands: a draft until `startJail`. @throws {F2bError} there is no such backend */
  addJail(name: string, backend: string): void {
    const draft = new DraftJail(name, backend, this.#options.world);
    this.jails.set(name, draft);
    this.failed.delete(name);
    this.#greet(draft);
  }

  /** @throws {F2bError} why it cannot run */
  async startJail(name: string): Promise<void> {
    await this.#inTurn(async () => {
      const draft = this.jails.get(name);
      if (!(draft instanceof DraftJail)) return;
      const mistake = await this.#mistakeIn(draft.plan);
      if (mistake !== undefined) throw new F2bError('jail', mistake);
      const running = this.#open(draft.plan, { isDraft: true });
      if (running) {
        running.jail.idle = draft.idle;
        await this.#begin(running);
        await draft.handOver(running.jail);
        await running.settle();
      }
      const failed = this.failed.get(name);
      if (failed) throw new F2bError('jail', failed.message);
    });
  }

  /** @throws {F2bError} there is no such jail */
  async stopJail(name: string): Promise<void> {
    await this.#inTurn(() => this.#close(name, 'stop'));
  }

  /** The plan of a jail was changed by hand. */
  adopted(name: string): void {
    this.#running.get(name)?.adopted();
  }

  /**
   * The configuration as it is now takes the place of the one that runs.
   *
   * @throws {F2bError} what is wrong with it: then everything is as before. A jail that could not run before and still
   *   cannot is no reason to refuse the rest.
   */
  async reload(plans: Plans, request: ReloadRequest = {}): Promise<void> {
    await this.#inTurn(async () => {
      const { jail: only, restart = false, unban = false, ifExists = false } = request;
      if (only !== undefined && !isKnown(only, plans)) {
        if (ifExists) return;
        throw new F2bError('no-jail', `No section: '${only}'`);
      }
      const isMeant = ({ name }: { readonly name: string }) => only === undefined || name === only;
      const meant = {
        jails: plans.jails.filter(isMeant),
        skipped: plans.skipped.filter(isMeant),
        disabled: plans.disabled,
      };
      const stillFailing = await this.#assertSound(meant);
      this.#say('INFO', only === undefined ? 'Reload all jails' : `Reload jail ${only}`);
      const wanted = new Set([...meant.jails, ...meant.skipped].map(({ name }) => name));
      for (const name of this.jails.keys()) {
        if (!isMeant({ name })) continue;
        if (unban) await this.#unbanAll(name);
        if (!wanted.has(name)) await this.#close(name, 'removed');
      }
      this.disabled = plans.disabled;
      for (const name of [...this.failed.keys()]) if (isMeant({ name })) this.failed.delete(name);
      for (const failed of stillFailing) this.failed.set(failed.name, failed);
      const opened: RunningJail[] = [];
      const reloaded: string[] = [];
      for (const plan of meant.jails) {
        if (this.failed.has(plan.name)) continue;
        const running = await this.#swap(plan, restart);
        if (running) opened.push(running);
        else reloaded.push(plan.name);
      }
      for (const { message } of meant.skipped) this.#say('ERROR', message, 'transmitter');
      for (const name of reloaded) this.#say('INFO', `Jail '${name}' reloaded`);
      await Promise.all(opened.map((running) => this.#begin(running)));
      this.#say('INFO', 'Reload finished.');
    });
  }

  /**
   * Can all of it run? Jails that do not run now may be as they are.
   *
   * @returns jails that were failing and still do
   * @throws {F2bError} a jail that runs now could not any more, or a new one cannot
   */
  async #assertSound({ jails, skipped }: Plans): Promise<readonly FailedJail[]> {
    const failing: FailedJail[] = [...skipped];
    for (const plan of jails) {
      const known = this.#running.get(plan.name)?.jail.plan;
      if (known && meaningOf(known.filter) === meaningOf(plan.filter) && isSameMachine(known, plan)) continue;
      const mistake = await this.#mistakeIn(plan);
      if (mistake !== undefined)
        failing.push({ name: plan.name, message: `Jail '${plan.name}': ${mistake}` });
      // The desk has its turn between two jails.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const worse = failing.filter(({ name }) => !this.failed.has(name));
    if (worse.length === 0) return failing;
    const message = worse.map((jail) => jail.message).join('\n');
    this.#say('ERROR', `Reload refused, everything is as before: ${message}`);
    throw new F2bError('reload', message, { hint: 'Nothing was changed: the server goes on as before.' });
  }

  async #unbanAll(name: string): Promise<void> {
    const running = this.#running.get(name);
    running?.jail.unbanAll();
    await running?.settle();
  }

  /** At the desk, but nothing runs yet. @returns undefined when it cannot: it is in `failed` */
  #open(plan: JailPlan, { isDraft = false } = {}): RunningJail | undefined {
    const { world } = this.#options;
    const { name } = plan;
    try {
      const jail = openJail(plan, world);
      if (!isDraft) {
        this.#greet(jail);
        this.#tellSettings(plan);
      }
      const running = new RunningJail(jail, {
        world,
        localeEncoding: this.#options.localeEncoding,
        match: (order) => this.#matcher.match(order),
        drop: (dropped) => this.#matcher.drop(dropped),
        done: (batch) => this.#matcher.done(batch),
        isCurrent: (batch) => this.#matcher.isCurrent(batch),
        pause: this.#pacer.pause,
      });
      this.failed.delete(name);
      this.jails.set(name, running.jail);
      this.#running.set(name, running);
      return running;
    } catch (error) {
      this.#fail(name, textOf(error));
      return undefined;
    }
  }

  #greet({ name, backend }: JailFace): void {
    this.#say('INFO', `Creating new jail '${name}'`, 'jail');
    for (const record of backendLines(name, backend)) this.#options.world.log(record);
    if (name.length < LONG_NAME) return;
    const advice = 'might be too long and some commands might not function correctly. Please shorten';
    this.#say('WARNING', `Jail name '${name}' ${advice}`, 'jail');
  }

  #tellSettings(plan: JailPlan): void {
    const { world, localeEncoding } = this.#options;
    for (const record of settingLines(plan, localeEncoding)) world.log(record);
  }

  async #begin(running: RunningJail): Promise<void> {
    const { name } = running.jail;
    try {
      await running.start();
    } catch (error) {
      this.#running.delete(name);
      this.jails.delete(name);
      this.#fail(name, textOf(error));
    }
  }

  async #close(name: string, reason: 'stop' | 'removed'): Promise<void> {
    const running = this.#running.get(name);
    if (!running && !this.jails.has(name)) {
      throw new F2bError('no-jail', `Sorry but the jail '${name}' does not exist`);
    }
    if (running) this.#tellRemoved(running.jail.followed);
    await running?.stop(reason);
    this.#running.delete(name);
    this.jails.delete(name);
  }

  /**
   * Another plan for a jail: bans, failures and positions stay.
   *
   * @returns the jail where it has to begin anew
   */
  async #swap(plan: JailPlan, restart: boolean): Promise<RunningJail | undefined> {
    const { name } = plan;
    const running = this.#running.get(name);
    if (!running) return this.#open(plan);
    const { backendChanged, isSame } = diffPlans(running.jail.plan, plan);
    if (restart || backendChanged) {
      if (backendChanged) {
        const reason = `'${running.jail.plan.backend.value}' != '${plan.backend.value}'`;
        this.#say('INFO', `Restart jail '${name}' (reason: ${reason})`);
      }
      await this.#close(name, 'stop');
      return this.#open(plan);
    }
    this.#say('INFO', `Reload jail '${name}'`);
    this.#tellSettings(plan);
    if (!isSame || running.jail.idle) await running.renew(plan);
    return undefined;
  }

  #tellRemoved(paths: readonly string[]): void {
    for (const path of paths) this.#say('INFO', `Removed logfile: '${path}'`, 'filter');
  }

  #mistakeIn(plan: JailPlan): Promise<string | undefined> {
    return mistakeIn(plan, this.#options.world);
  }

  #fail(name: string, message: string): void {
    this.failed.set(name, { name, message });
    this.#say('ERROR', `Jail '${name}' not started: ${message}`, 'jail');
  }

  #noteSkipped({ skipped, disabled }: Plans): void {
    this.disabled = disabled;
    for (const { name, message } of skipped) {
      this.failed.set(name, { name, message });
      this.#say('ERROR', message, 'transmitter');
    }
  }

  /** Starting, stopping and reloading do not mix. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #say(level: Parameters<Log>[0]['level'], message: string, logger = 'server'): void {
    this.#options.world.log({ level, logger, message });
  }
}

function isKnown(name: string, { jails, skipped, disabled }: Plans): boolean {
  return [...jails, ...skipped].some((jail) => jail.name === name) || disabled.includes(name);
}

/** Besides the filter, all that can be a mistake. */
function isSameMachine(before: JailPlan, after: JailPlan): boolean {
  return (
    before.backend.value === after.backend.value &&
    meaningOf([before.ignoreIp, before.ignoreCache]) === meaningOf([after.ignoreIp, after.ignoreCache])
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Source: fail2ban warns from here on, for the names of chains and sets. */
const LONG_NAME = 26;
/** As fail2ban does. */
const PURGE_EVERY_MS = 3_600_000;
const CLOCK_EVERY_MS = 1000;
