/**
 * Daemon: a server's life: configuration → jails that run → reload → stop.
 *
 * Owns the running jails and the matcher; what people ask of it goes through its desk (control stage). Each jail is its
 * own fault domain: one that cannot run is at the desk with its reason, the others run. A reload reads everything first
 * and then swaps; what is wrong in it leaves what runs as it is.
 */
import type { LoadedConfig } from '../config/index.js';
import type { JailPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import type { Log } from '../events.js';
import { FailureFinder } from '../jail/found.js';
import type { Jail } from '../jail/jail.js';
import { openJail, type World } from '../jail/open-jail.js';
import { Matcher } from './matcher/matcher.js';
import type { FoundBatch } from './matcher/messages.js';
import { diffPlans } from './plan-diff.js';
import { RunningJail } from './running-jail.js';

export interface ServerOptions {
  readonly world: World;
  /** Module of the matcher thread. */
  readonly matcherModule: URL;
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  /** `Fail2Ban v…` of the log. */
  readonly version: string;
  /** Changes of a plan that were made by hand and outlive the server. */
  readonly prepare?: ((plan: JailPlan) => JailPlan) | undefined;
}

/** A jail of the configuration that does not run, and why. */
export interface FailedJail {
  readonly name: string;
  readonly message: string;
}

export interface ReloadRequest {
  /** This jail only. */
  readonly jail?: string | undefined;
  /** Stop and start instead of swapping. */
  readonly restart?: boolean | undefined;
  /** Let everybody go. */
  readonly unban?: boolean | undefined;
  /** No mistake when there is no such jail. */
  readonly ifExists?: boolean | undefined;
}

export class Server {
  /** At the desk: jails that run or could. */
  readonly jails = new Map<string, Jail>();
  readonly failed = new Map<string, FailedJail>();
  readonly #running = new Map<string, RunningJail>();
  readonly #matcher: Matcher;
  readonly #options: ServerOptions;
  #turn: Promise<unknown> = Promise.resolve();

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
        if (running) running.paths = paths;
      },
      onProblem: (jail, of, message) => {
        const problems = this.#running.get(jail)?.problems;
        if (message === undefined) problems?.delete(of);
        else problems?.set(of, message);
      },
      orderOf: (jail) => this.#running.get(jail)?.order,
    });
  }

  running(jail: string): RunningJail | undefined {
    return this.#running.get(jail);
  }

  /** How often the matcher had to be started anew. */
  get matcherRestarts(): number {
    return this.#matcher.restarts;
  }

  /** Everything of this configuration runs, or is in `failed`. */
  async start(config: LoadedConfig): Promise<void> {
    this.#matcher.start();
    await this.#inTurn(async () => {
      this.#noteSkipped(config);
      for (const plan of config.jails) await this.#open(plan);
    });
  }

  /**
   * @param keep leaves rules and bans as they are for whoever goes on from here
   */
  async stop(keep = false): Promise<void> {
    await this.#inTurn(async () => {
      this.#say('INFO', 'Shutdown in progress...');
      this.#say('INFO', 'Stopping all jails');
      for (const running of this.#running.values()) await running.stop('stop', keep);
      await this.#matcher.stop();
      this.#say('INFO', 'Exiting Fail2ban');
    });
  }

  /** @throws {F2bError} there is no such jail */
  async stopJail(name: string): Promise<void> {
    await this.#inTurn(() => this.#close(name, 'stop'));
  }

  /**
   * The configuration as it is now takes the place of the one that runs.
   *
   * @throws {F2bError} something in it is wrong: jails that are right run by it, the others as before
   */
  async reload(config: LoadedConfig, request: ReloadRequest = {}): Promise<void> {
    if (config.fatal) throw config.fatal.error;
    await this.#inTurn(async () => {
      const { jail: only, restart = false, unban = false, ifExists = false } = request;
      const isMeant = (name: string) => only === undefined || name === only;
      this.#say('INFO', only === undefined ? 'Reload all jails' : `Reload jail ${only}`);
      if (only !== undefined && !config.jails.some(({ name }) => name === only) && !this.#running.has(only)) {
        if (ifExists) return;
        throw new F2bError('no-jail', `No section: '${only}'`);
      }
      const mistakes = [...config.skipped.filter(({ name }) => isMeant(name)).map(({ message }) => message)];
      this.#noteSkipped(config);
      const skipped = new Set(config.skipped.map(({ name }) => name));
      for (const name of [...this.#running.keys()].filter(isMeant)) {
        const isGone = !skipped.has(name) && !config.jails.some((plan) => plan.name === name);
        if (unban) await this.#unbanAll(name);
        if (isGone) await this.#close(name, 'removed');
      }
      for (const plan of config.jails.filter(({ name }) => isMeant(name))) {
        const mistake = this.#running.has(plan.name)
          ? await this.#swap(plan, restart)
          : await this.#open(plan);
        if (mistake !== undefined) mistakes.push(mistake);
      }
      this.#say('INFO', 'Reload finished.');
      if (mistakes.length > 0) throw new F2bError('reload', mistakes.join('\n'));
    });
  }

  /** Follows what the plan of a jail says now: it was changed by hand. */
  rematch(name: string): void {
    this.#running.get(name)?.rematch();
  }

  async #unbanAll(name: string): Promise<void> {
    const running = this.#running.get(name);
    await running?.do(() => void running.jail.unbanAll());
    await running?.settle();
  }

  /** @returns why it does not run */
  async #open(written: JailPlan): Promise<string | undefined> {
    const plan = this.#options.prepare?.(written) ?? written;
    const { name } = plan;
    this.#say('INFO', `Creating new jail '${name}'`, 'jail');
    if (name.length >= LONG_NAME) {
      const advice = 'might be too long and some commands might not function correctly. Please shorten';
      this.#say('WARNING', `Jail name '${name}' ${advice}`, 'jail');
    }
    const mistake = this.#mistakeIn(plan);
    if (mistake !== undefined) {
      this.failed.set(name, { name, message: mistake });
      this.#say('ERROR', `Jail '${name}' not started: ${mistake}`, 'jail');
      return mistake;
    }
    this.failed.delete(name);
    const jail = openJail(plan, this.#options.world);
    const running = new RunningJail(jail, {
      world: this.#options.world,
      match: (order) => this.#matcher.match(order),
      drop: (dropped) => this.#matcher.drop(dropped),
      done: (batch) => this.#matcher.done(batch),
      isCurrent: (batch: FoundBatch) => this.#matcher.isCurrent(batch),
    });
    this.jails.set(name, jail);
    this.#running.set(name, running);
    await running.start();
    return undefined;
  }

  async #close(name: string, reason: 'stop' | 'removed', keep = false): Promise<void> {
    const running = this.#running.get(name);
    if (!running) throw new F2bError('no-jail', `Sorry but the jail '${name}' does not exist`);
    await running.stop(reason, keep);
    this.#running.delete(name);
    this.jails.delete(name);
  }

  /** Another plan for a jail that runs. Bans, failures and positions stay. @returns why it runs on as before */
  async #swap(written: JailPlan, restart: boolean): Promise<string | undefined> {
    const plan = this.#options.prepare?.(written) ?? written;
    const { name } = plan;
    const running = this.#running.get(name) as RunningJail;
    const mistake = this.#mistakeIn(plan);
    if (mistake !== undefined) return `Jail '${name}' goes on as before: ${mistake}`;
    const diff = diffPlans(running.jail.plan, plan);
    if (restart || diff.backendChanged) {
      if (diff.backendChanged) {
        const reason = `'${running.jail.plan.backend.value}' != '${plan.backend.value}'`;
        this.#say('INFO', `Restart jail '${name}' (reason: ${reason})`);
      }
      await this.#close(name, 'stop');
      return this.#open(plan);
    }
    this.#say('INFO', `Reload jail '${name}'`);
    if (!diff.isSame) {
      await running.do(() => running.jail.dropActions(diff.goneActions));
      await this.#close(name, 'stop', true);
      await this.#open(plan);
    }
    this.#say('INFO', `Jail '${name}' reloaded`);
    return undefined;
  }

  /** Does everything compile? Found out before anything is touched. */
  #mistakeIn(plan: JailPlan): string | undefined {
    const { clock, resolver } = this.#options.world;
    try {
      const options = { jail: plan.name, clock, resolver, log: () => {}, findTimeSec: undefined };
      void new FailureFinder(plan.filter, { ...options, mode: 'catch-up' });
      return undefined;
    } catch (error) {
      if (error instanceof F2bError) return error.message;
      throw error;
    }
  }

  #noteSkipped({ skipped }: LoadedConfig): void {
    this.failed.clear();
    for (const { name, message } of skipped) this.failed.set(name, { name, message });
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

/** Source: fail2ban warns from here on, for the names of chains and sets. */
const LONG_NAME = 26;
