/**
 * Filter stage: everything that keeps a failure from counting, in fail2ban's order: ignoreself, ignoreip, ignorecommand.
 *
 * Plan of a jail → IgnoreRules. Who is ignored is said in the log (`[j] Ignore 1.2.3.4 by ip`).
 */
import type { Clock } from '../clock.js';
import type { JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { Resolver } from '../net/dns.js';
import type { BanId } from '../records.js';
import type { IgnoreContext, Ignored, IgnoreRules } from './ignore.js';
import { IgnoreCommand, type IgnoreShell } from './ignore-command.js';
import type { IgnoreFiles } from './ignore-file.js';
import { IgnoreList } from './ignore-list.js';
import { IgnoreSelf, type OwnHost, systemHost } from './ignore-self.js';

export interface IgnoreOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs ignorecommand; without it a command is an error in the log each time it is needed. */
  readonly shell?: IgnoreShell | undefined;
  /** Default: this machine. */
  readonly host?: OwnHost | undefined;
  /** Default: the file system. */
  readonly files?: IgnoreFiles | undefined;
}

export type IgnorePlan = Pick<JailPlan, 'name' | 'ignoreIp' | 'ignoreSelf' | 'ignoreCommand' | 'ignoreCache'>;

/** @throws {ConfigError} ignorecache makes no sense */
export function openIgnoreRules(plan: IgnorePlan, options: IgnoreOptions): IgnoreRules {
  return new Rules(plan, options);
}

class Rules implements IgnoreRules {
  ignoreSelf: boolean;
  readonly #log: Log;
  readonly #self: IgnoreSelf;
  readonly #list: IgnoreList;
  readonly #command: IgnoreCommand;

  constructor(plan: IgnorePlan, options: IgnoreOptions) {
    const { resolver, clock, log, shell, files, host = systemHost } = options;
    const jail = plan.name;
    this.#log = log;
    this.ignoreSelf = plan.ignoreSelf?.value ?? true;
    this.#self = new IgnoreSelf({ host, resolver, clock });
    this.#list = new IgnoreList({ jail, resolver, clock, log, files });
    this.#command = new IgnoreCommand({ jail, shell, clock, log });
    for (const { value } of plan.ignoreIp) if (value.trim() !== '') this.#list.add(value);
    this.#command.command = plan.ignoreCommand?.value;
    this.#command.cache = plan.ignoreCache?.value;
  }

  get ignoreCommand(): string | undefined {
    return this.#command.command;
  }

  set ignoreCommand(command: string | undefined) {
    this.#command.command = command;
  }

  get ignoreCache(): string | undefined {
    return this.#command.cache;
  }

  set ignoreCache(text: string | undefined) {
    this.#command.cache = text;
  }

  judgeQuick(id: BanId): Ignored | undefined {
    return (this.ignoreSelf ? this.#self.matchQuick(id) : undefined) ?? this.#list.matchQuick(id);
  }

  async judge(id: BanId, context: IgnoreContext): Promise<Ignored | undefined> {
    const ignored =
      this.judgeQuick(id) ??
      (this.ignoreSelf ? await this.#self.match(id) : undefined) ??
      (await this.#list.match(id)) ??
      (await this.#command.match(id, context));
    if (ignored) {
      const message = `[${context.jail}] Ignore ${id.id} by ${ignored.by}`;
      this.#log({ level: 'INFO', logger: 'filter', message });
    }
    return ignored;
  }

  add(rule: string): void {
    this.#list.add(rule);
  }

  remove(rule: string): boolean {
    return this.#list.remove(rule);
  }

  list(): readonly string[] {
    return this.#list.list();
  }
}
