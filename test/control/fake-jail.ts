/** A jail in memory, as the control desk sees it: bans and failures are lists, its firewall always obeys (or never). */
import type { ActionHandle, JailActions, Presence } from '../../src/core/action/actions.js';
import type { Clock } from '../../src/core/clock.js';
import type { JailPlan } from '../../src/core/config/plans.js';
import type { IgnoreRules } from '../../src/core/filter/ignore.js';
import type { JailFace, ManualBan } from '../../src/core/jail/face.js';
import { settingsOf } from '../../src/core/jail/settings.js';
import { parseAddress } from '../../src/core/net/address.js';
import type { ActionMark, BanId, Failing, HeldBan } from '../../src/core/records.js';

export class FakeJail implements JailFace {
  readonly name: string;
  readonly backend: string;
  readonly settings;
  readonly ignore: IgnoreRules;
  readonly actions: JailActions;
  idle = false;
  /** What its actions say to every ban. */
  failure: string | undefined;
  presence: Presence = 'present';
  held: HeldBan[] = [];
  failures: Failing[] = [];
  failedTotal = 0;
  bannedTotal = 0;

  constructor(
    readonly plan: JailPlan,
    private readonly clock: Clock,
  ) {
    this.name = plan.name;
    const backend = plan.backend.value;
    this.backend = backend === 'auto' ? 'polling' : backend;
    this.settings = settingsOf(plan);
    this.ignore = new FakeIgnore(plan.ignoreIp.map(({ value }) => value));
    this.actions = this.#actions();
  }

  get counts() {
    return {
      failing: this.failures.length,
      failedTotal: this.failedTotal,
      banned: this.held.length,
      bannedTotal: this.bannedTotal,
    };
  }
  get logPaths() {
    return this.plan.logPaths.flatMap(({ value }) => value.files);
  }
  get journalMatches() {
    return this.plan.filter.journalmatch.map(({ value }) => value);
  }
  bans() {
    return this.held;
  }
  failing(isMeant: (id: string) => boolean = () => true) {
    return this.failures.filter(({ id }) => isMeant(id));
  }

  ban(ids: readonly BanId[], { banTimeSec = this.settings.banTimeSec }: ManualBan = {}): number {
    const fresh = ids.filter(({ id }, i) => ids.findIndex((other) => other.id === id) === i);
    const added = fresh.filter(({ id }) => !this.held.some((ban) => ban.id === id));
    for (const { id, family } of added) {
      this.held.push({
        id,
        family,
        jail: this.name,
        timeSec: this.clock.nowSec(),
        timeKind: 'float',
        banTimeSec,
        banCount: 1,
        failures: 0,
        matches: [],
        data: {},
        restored: false,
        origin: 'manual',
        marks: {},
      });
      this.failures = this.failures.filter((each) => each.id !== id);
    }
    this.bannedTotal += added.length;
    return added.length;
  }

  unban(ids: readonly BanId[]): readonly string[] {
    const gone = this.held.filter((ban) => ids.some((id) => covers(id, ban)));
    this.held = this.held.filter((ban) => !gone.includes(ban));
    return gone.map(({ id }) => id);
  }

  unbanAll(): number {
    return this.held.splice(0).length;
  }

  async attempt(id: BanId, lines: readonly string[]): Promise<boolean> {
    if (this.ignore.judgeQuick(id)) return false;
    const old = this.failures.find((each) => each.id === id.id);
    const count = Math.max(1, lines.length);
    this.failedTotal += 1;
    const failures = (old?.failures ?? 0) + count;
    const nowSec = this.clock.nowSec();
    const next: Failing = {
      ...id,
      timeSec: nowSec,
      timeKind: 'float',
      sinceSec: old?.sinceSec ?? nowSec,
      weight: failures,
      failures,
      matches: [...(old?.matches ?? []), ...lines.map((text) => ({ text }))],
      data: {},
    };
    this.failures = [...this.failures.filter((each) => each !== old), next];
    if (failures >= this.settings.maxRetry) this.ban([id]);
    return true;
  }

  async enforce(): Promise<void> {
    const mark: ActionMark = {
      state: this.failure === undefined ? 'done' : 'failed',
      atSec: this.clock.nowSec(),
      step: 'ban',
      tries: 1,
      reason: this.failure,
    };
    const marks = Object.fromEntries(this.plan.actions.map(({ name }) => [name, mark]));
    this.held = this.held.map((ban) => ({ ...ban, marks }));
  }

  #actions(): JailActions {
    const nothing = async () => {};
    return {
      names: this.plan.actions.map(({ name }) => name),
      start: async () => [],
      ban: nothing,
      unban: nothing,
      prolong: nothing,
      reban: nothing,
      redo: nothing,
      flush: nothing,
      check: async () => [],
      verify: async (bans) =>
        new Map(
          bans.map(({ id }) => [id, new Map(this.plan.actions.map(({ name }) => [name, this.presence]))]),
        ),
      stop: nothing,
      reload: nothing,
      action: (): ActionHandle | undefined => undefined,
    };
  }
}

class FakeIgnore implements IgnoreRules {
  ignoreSelf = true;
  ignoreCommand: string | undefined;
  ignoreCache: string | undefined;
  constructor(private rules: string[]) {}
  async judge(id: BanId) {
    return this.judgeQuick(id);
  }
  judgeQuick(id: BanId) {
    const rule = this.rules.find((each) => covers({ id: each, family: undefined }, id));
    return rule === undefined ? undefined : { by: 'ip', rule };
  }
  add(rule: string) {
    this.rules.push(parseAddress(rule)?.text ?? rule);
  }
  remove(rule: string) {
    const index = this.rules.indexOf(parseAddress(rule)?.text ?? rule);
    if (index >= 0) this.rules.splice(index, 1);
    return index >= 0;
  }
  list() {
    const single = (rule: string) => parseAddress(rule)?.isSingle ?? false;
    return [...this.rules.filter((rule) => !single(rule)), ...this.rules.filter(single)];
  }
}

function covers(outer: Pick<BanId, 'id'> & Partial<BanId>, inner: Pick<BanId, 'id'>): boolean {
  if (outer.id === inner.id) return true;
  const [a, b] = [parseAddress(outer.id), parseAddress(inner.id)];
  return a !== undefined && b !== undefined && a.contains(b);
}
