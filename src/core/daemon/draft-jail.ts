/**
 * Daemon: a jail that commands are making (`add J`, `set J …`) and that has not been started: a plan that grows, and
 * nothing that runs. `start J` opens a real one by the plan.
 */
import type { JailActions } from '../action/actions.js';
import type { JailPlan } from '../config/plans.js';
import type { IgnoreRules } from '../filter/ignore.js';
import type { JailFace, ManualBan } from '../jail/face.js';
import { ignoreRules, type World } from '../jail/open-jail.js';
import { readsJournal } from '../jail/open-logs.js';
import { type JailSettings, settingsOf } from '../jail/settings.js';
import type { BanId } from '../records.js';

export class DraftJail implements JailFace {
  readonly name: string;
  plan: JailPlan;
  readonly backend: string;
  readonly settings: JailSettings;
  readonly ignore: IgnoreRules;
  readonly actions: JailActions = NO_ACTIONS;
  idle = false;
  readonly #owed: ((jail: JailFace) => unknown)[] = [];
  readonly counts = { failing: 0, failedTotal: 0, banned: 0, bannedTotal: 0 };

  /** @throws {F2bError} there is no such backend */
  constructor(name: string, backend: string, world: Pick<World, 'log' | 'resolver' | 'clock'>) {
    this.name = name;
    this.plan = emptyPlan(name, backend);
    this.backend = readsJournal(this.plan) ? 'systemd' : 'polling';
    this.settings = settingsOf(this.plan);
    this.ignore = ignoreRules(this.plan, world);
  }

  get logPaths(): readonly string[] {
    return this.backend === 'systemd' ? [] : this.plan.logPaths.flatMap(({ value }) => value.files);
  }

  get journalMatches(): readonly (readonly string[])[] {
    return this.plan.filter.journalmatch.map(({ value }) => value);
  }

  adopt(plan: JailPlan): void {
    this.plan = plan;
    Object.assign(this.settings, settingsOf(plan));
  }

  bans(): [] {
    return [];
  }

  failing(): [] {
    return [];
  }

  ban(ids: readonly BanId[], options?: ManualBan): number {
    this.#owed.push((jail) => jail.ban(ids, options));
    return ids.length;
  }

  unban(): [] {
    return [];
  }

  unbanAll(): number {
    return 0;
  }

  async attempt(id: BanId, lines: readonly string[]): Promise<boolean> {
    this.#owed.push((jail) => jail.attempt(id, lines));
    return true;
  }

  async enforce(): Promise<void> {}

  /** Bans and failures that were told to the draft are the jail's. */
  async handOver(jail: JailFace): Promise<void> {
    for (const tell of this.#owed) await tell(jail);
  }
}

const NO_ACTIONS: JailActions = {
  names: [],
  start: async () => [],
  ban: async () => {},
  unban: async () => {},
  prolong: async () => {},
  reban: async () => {},
  redo: async () => {},
  flush: async () => {},
  check: async () => [],
  verify: async () => new Map(),
  stop: async () => {},
  reload: async () => {},
  action: () => undefined,
};

/** What a jail is before anything is set: the server's defaults hold. */
export function emptyPlan(name: string, backend: string): JailPlan {
  return {
    name,
    origin: undefined,
    backend: { value: backend },
    filter: {
      name: '',
      options: {},
      prefregex: undefined,
      failregex: [],
      ignoreregex: [],
      maxlines: undefined,
      datepattern: undefined,
      usedns: undefined,
      logtimezone: undefined,
      logencoding: undefined,
      journalmatch: [],
    },
    maxRetry: undefined,
    maxMatches: undefined,
    findTime: undefined,
    banTime: undefined,
    growth: {
      increment: undefined,
      factor: undefined,
      formula: undefined,
      multipliers: undefined,
      maxTime: undefined,
      rndTime: undefined,
      overallJails: undefined,
    },
    ignoreSelf: undefined,
    ignoreIp: [],
    ignoreCommand: undefined,
    ignoreCache: undefined,
    logPaths: [],
    actions: [],
    commands: [],
  };
}
