/**
 * Jail stage: one jail at work. The only place where the stages meet: lines → filter → ignore → window → ban time →
 * ban book → store → actions.
 *
 * The same object serves `f2b scan`, a replay, a command that opens a jail for a moment, and the daemon. What it has
 * decided is written down by `commit`, in one transaction with how far the logs were read; `enforce` then runs what is
 * owed. Nothing is decided twice, whenever it is killed. open-jail.ts puts one together.
 */
import type { ActionJournal, CheckResult, JailActions } from '../action/actions.js';
import type { Clock } from '../clock.js';
import type { ActionPlan, JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { OperationMode } from '../filter/dating.js';
import type { IgnoreContext, IgnoreRules } from '../filter/ignore.js';
import type { LogLine } from '../filter/outcome.js';
import type { Resolver } from '../net/dns.js';
import {
  type Ban,
  type BanId,
  endOf,
  type Failing,
  type HeldBan,
  type LeaveReason,
  type LogPosition,
} from '../records.js';
import type { Store } from '../store/store.js';
import { localText } from '../time/local-text.js';
import { type ActionChanges, diffActions } from './action-changes.js';
import { BanBook } from './ban-book.js';
import { restoredBanTime, type Term } from './ban-time.js';
import { Enforcer } from './enforcer.js';
import type { JailCounts, JailFace, ManualBan } from './face.js';
import { formerActions, keepActions } from './former-actions.js';
import { FailureFinder, type FoundFailure, type LineTroubles } from './found.js';
import { Sentencing } from './sentencing.js';
import { type JailSettings, settingsOf } from './settings.js';
import { banTimeBefore, forgetWholeJail, noteBanTime } from './whole-jail.js';
import { FailWindow } from './window.js';

export interface JailOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Resolver;
  /** [0, 1), for bantime.rndtime. */
  readonly random: () => number;
  /** Identifies the running boot: rules do not outlive it. */
  readonly bootId: string;
  readonly ignore: IgnoreRules;
  /** Opens these actions with this journal. */
  readonly actions: (journal: ActionJournal, jail: Jail, plans: readonly ActionPlan[]) => JailActions;
  /** Default `catch-up`. */
  readonly mode?: OperationMode;
  readonly backend: string;
}

/** What has happened since somebody asked last. */
export interface JailNews {
  /** Failures that counted. */
  failures: number;
  readonly banned: HeldBan[];
  readonly prolonged: HeldBan[];
  /** Leaving or gone. */
  readonly unbanned: HeldBan[];
  /** Failures of ids that are ignored, by id. */
  readonly ignored: Map<string, number>;
}

export class Jail implements JailFace {
  readonly name: string;
  plan: JailPlan;
  readonly settings: JailSettings;
  ignore: IgnoreRules;
  actions: JailActions;
  idle = false;
  /** Logs that are read now: a glob may find more than it did when the plan was made. */
  followed: readonly string[] = [];
  readonly #options: JailOptions;
  readonly #window: FailWindow;
  readonly #book = new BanBook();
  readonly #sentencing: Sentencing;
  readonly #enforcer: Enforcer;
  #finder: FailureFinder | undefined;
  /** Bans that the store does not have as they are now. */
  readonly #unsaved = new Map<string, 'new' | 'changed' | 'leaving'>();
  /** Totals before this object began to count. */
  readonly #before: { readonly failed: number; readonly banned: number };
  #savedFailed = 0;
  /** Of the book's total: bans that were there when it was loaded. */
  readonly #loadedBanned: number;
  #savedBanned = 0;
  readonly #prolonged = new Set<string>();
  #news = noNews();
  /** More are failing than may be remembered: how many had been forgotten before that began. */
  #crowdSince: number | undefined;
  #evictedBefore = 0;

  constructor(plan: JailPlan, options: JailOptions) {
    const { store, clock, bootId } = options;
    this.name = plan.name;
    this.plan = plan;
    this.settings = settingsOf(plan);
    this.ignore = options.ignore;
    this.#options = options;
    this.#window = new FailWindow(this.settings, {
      attic: {
        details: (id) => store.oneFailing(plan.name, id),
        get isBehind() {
          return store.isBehind;
        },
      },
    });
    this.#window.load(store.eachFailing(plan.name));
    this.#before = store.totals(plan.name);
    this.#book.load(store.bans(plan.name));
    this.#loadedBanned = this.#book.bannedTotal;
    this.#sentencing = new Sentencing(plan.name, this.settings, options);
    this.#enforcer = new Enforcer({ jail: plan.name, store, book: this.#book, clock, bootId });
    this.actions = options.actions(this.#enforcer, this, plan.actions);
    this.#enforcer.attach(this.actions);
  }

  // ── what the control desk sees ──

  get backend(): string {
    return this.#options.backend;
  }

  get logPaths(): readonly string[] {
    if (this.backend === 'systemd') return [];
    return [...new Set([...this.plan.logPaths.flatMap(({ value }) => value.files), ...this.followed])];
  }

  get journalMatches(): readonly (readonly string[])[] {
    return this.backend === 'systemd' ? this.plan.filter.journalmatch.map(({ value }) => value) : [];
  }

  get counts(): JailCounts {
    return {
      failing: this.#window.size,
      failedTotal: this.#before.failed + this.#window.failedTotal,
      banned: this.#book.size,
      bannedTotal: this.#before.banned + this.#newBans,
      evicted: this.#window.evicted,
    };
  }

  bans(): readonly HeldBan[] {
    return this.#book.list();
  }

  leaving(): readonly HeldBan[] {
    return this.#book.leaving();
  }

  failing(isMeant: (id: string) => boolean = () => true): readonly Failing[] {
    const meant = [...this.#window.ids()].filter(isMeant);
    return meant.flatMap((id) => this.#window.get(id) ?? []);
  }

  /** Lines that could not be decided so far. */
  get troubles(): LineTroubles | undefined {
    return this.#finder?.troubles;
  }

  get #newBans(): number {
    return this.#book.bannedTotal - this.#loadedBanned;
  }

  /** The plan was changed by hand: settings hold at once, the filter for what is read from now on. */
  adopt(plan: JailPlan): void {
    const beforeSec = this.settings.banTimeSec;
    this.plan = plan;
    this.#finder = undefined;
    Object.assign(this.settings, settingsOf(plan));
    this.#window.trim();
    this.#noteCrowd();
    this.#followBanTime(beforeSec);
  }

  /** Another configuration is in force. Bans, failures and totals stay; for the actions call `renewActions`. */
  renew(plan: JailPlan, ignore: IgnoreRules): void {
    this.adopt(plan);
    this.ignore = ignore;
  }

  /**
   * The actions are those of the plan from now on; `enforce` carries out what that means for bans that stand.
   * @returns what could not be started
   */
  async renewActions({ dropped, reloaded, passing }: ActionChanges): Promise<readonly CheckResult[]> {
    if (dropped.length > 0) {
      this.commit();
      await this.#enforcer.drop(dropped);
    }
    this.actions = this.#options.actions(this.#enforcer, this, this.plan.actions);
    this.#enforcer.attach(this.actions);
    this.#enforcer.passOver(passing);
    this.#enforcer.oweAll();
    if (reloaded.length > 0) await this.actions.reload(reloaded);
    this.#keepActions();
    return this.actions.start();
  }

  /**
   * The actions were others when the jail was last looked after, by another configuration: these let go by their own
   * commands, and are remembered as long as they cannot.
   *
   * @param nothingStands the machine was started anew since then
   */
  async settleFormer(nothingStands: boolean): Promise<void> {
    const { store } = this.#options;
    const former = formerActions(this.name, store);
    const changes = former && diffActions(former, this.plan.actions);
    if (changes && nothingStands) {
      this.#enforcer.forget(changes.dropped);
      await this.renewActions({ ...changes, dropped: [] });
    } else if (changes) {
      this.#enforcer.attach(this.#options.actions(this.#enforcer, this, former));
      await this.renewActions(changes);
    } else this.#keepActions();
  }

  /** Writes down by what commands its bans are taken back, whatever the configuration will be. */
  #keepActions(): void {
    const { store } = this.#options;
    const { actions } = this.plan;
    const former = formerActions(this.name, store) ?? [];
    const held = this.#enforcer.holders();
    const own = new Set(actions.map(({ name }) => name));
    const stuck = former.filter(({ name }) => held.has(name) && !own.has(name));
    keepActions(this.name, store, [...actions, ...stuck]);
  }

  /** Bans without a time of their own have the jail's, whatever that is now. Source: bans.md §1. */
  #followBanTime(beforeSec: number): void {
    const { growth, banTimeSec } = this.settings;
    if (growth.increment) return;
    for (const { id } of this.#book.followBanTime(beforeSec, banTimeSec)) {
      if (this.#unsaved.get(id) !== 'new') this.#unsaved.set(id, 'changed');
    }
  }

  ban(ids: readonly BanId[], { banTimeSec }: ManualBan = {}): number {
    const timeSec = this.#options.clock.nowSec();
    const counts = this.#options.store.banCounts(
      this.name,
      ids.map(({ id }) => id),
    );
    let count = 0;
    for (const id of ids) {
      const ban: Ban = {
        // Not `...id`: an object literal that begins so takes ten times as long.
        id: id.id,
        family: id.family,
        jail: this.name,
        timeSec,
        timeKind: 'float',
        banTimeSec: banTimeSec ?? this.settings.banTimeSec,
        banCount: (counts.get(id.id) ?? 0) + 1,
        failures: 0,
        matches: [],
        data: {},
        restored: false,
        origin: 'manual',
      };
      if (this.#enter(ban)) count++;
    }
    return count;
  }

  unban(ids: readonly BanId[]): readonly string[] {
    const going = this.#book.unban(ids, 'manual');
    this.#dismiss(
      going,
      [...going, ...ids].map(({ id }) => id),
    );
    return going.map(({ id }) => id);
  }

  unbanAll(): number {
    const going = this.#book.leaveAll('manual');
    this.#dismiss(going, undefined);
    return going.length;
  }

  /** They leave by hand, and nobody remembers them, nor these ids (undefined: nor anybody): all at once on disk. */
  #dismiss(going: readonly HeldBan[], forgotten: readonly string[] | undefined): void {
    const { store } = this.#options;
    for (const ban of going) this.#leave(ban);
    const saved = going.map(({ id }) => id).filter((id) => this.#unsaved.get(id) === 'leaving');
    store.transaction(() => {
      store.forget(this.name, forgotten);
      store.leaveBans(this.name, saved, 'manual');
    });
    for (const id of saved) this.#unsaved.delete(id);
  }

  async attempt(id: BanId, lines: readonly string[]): Promise<boolean> {
    const { clock, log } = this.#options;
    const failure: FoundFailure = {
      ...id,
      timeSec: clock.nowSec(),
      timeKind: 'float',
      matches: lines.map((text) => ({ text })),
      data: {},
    };
    if (await this.#isIgnored(failure)) return false;
    const when = localText(failure.timeSec);
    log({ level: 'INFO', logger: 'filter', message: `[${this.name}] Attempt ${id.id} - ${when}` });
    this.#count(failure, Math.max(1, lines.length));
    return true;
  }

  /** What happened since the last call. */
  takeNews(): JailNews {
    const news = this.#news;
    this.#news = noNews();
    return news;
  }

  // ── reading ──

  /** @throws {PatternError | DateError} what is wrong with the filter */
  get finder(): FailureFinder {
    const { clock, resolver, log, mode = 'catch-up' } = this.#options;
    this.#finder ??= new FailureFinder(this.plan.filter, {
      ...{ jail: this.name, clock, resolver, log, mode },
      findTimeSec: this.settings.findTimeSec,
    });
    return this.#finder;
  }

  /** Takes in new lines; what they come to is in memory until `commit`. */
  async take(lines: readonly LogLine[]): Promise<void> {
    for (const failure of await this.finder.find(lines)) await this.judge(failure);
  }

  /** Counts a failure, or passes it over. */
  async judge(failure: FoundFailure): Promise<void> {
    await this.judgeAll([failure], () => {});
  }

  /**
   * The same for failures that were found together. Nothing of them is counted before all are, and `then` follows at
   * once: what it writes down is all of them or none.
   *
   * @param pause asked between two of them, in case others should have their turn
   */
  async judgeAll(
    failures: readonly FoundFailure[],
    then: () => void,
    pause: () => Promise<void> | undefined = () => undefined,
  ): Promise<void> {
    const counting: FoundFailure[] = [];
    for (const failure of failures) {
      const turn = pause();
      if (turn) await turn;
      if (await this.#passesOver(failure)) continue;
      const message = `[${this.name}] Found ${failure.id} - ${localText(failure.timeSec)}`;
      this.#options.log({ level: 'INFO', logger: 'filter', message });
      counting.push(failure);
    }
    this.#news.failures += counting.length;
    for (const failure of counting) this.#count(failure);
    this.#noteCrowd();
    then();
  }

  async #passesOver(failure: FoundFailure): Promise<boolean> {
    if (!(await this.#isIgnored(failure))) return false;
    const { ignored } = this.#news;
    ignored.set(failure.id, (ignored.get(failure.id) ?? 0) + 1);
    return true;
  }

  async #isIgnored(failure: FoundFailure): Promise<boolean> {
    const context: IgnoreContext = {
      jail: this.name,
      timeSec: failure.timeSec,
      timeKind: failure.timeKind,
      failures: 1,
      matches: failure.matches,
      data: failure.data,
    };
    return (await this.ignore.judge(failure, context)) !== undefined;
  }

  #count(failure: FoundFailure, weight?: number): void {
    const { due } = this.#window.add({ ...failure, weight });
    if (due) {
      this.#sentence(due);
      return;
    }
    const burden = this.#sentencing.burdenOf(failure);
    if (burden === 0) return;
    const burdened = this.#window.burden(failure.id, burden);
    if (burdened?.due) this.#sentence(burdened.due);
  }

  /** It has failed too often. */
  #sentence(due: Failing): void {
    const { failures, matches, data, id, family, timeSec, timeKind } = due;
    // Bans grow when they begin; one that stands is only prolonged, by the jail's own time.
    const held = this.#book.get(id);
    const term: Term = held
      ? { banTimeSec: this.settings.banTimeSec, banCount: held.banCount }
      : this.#sentencing.termOf(due);
    const ban: Ban = {
      id,
      family,
      jail: this.name,
      timeSec,
      timeKind,
      banTimeSec: term.banTimeSec,
      banCount: term.banCount,
      failures,
      matches,
      data,
      restored: false,
      origin: 'log',
    };
    if (this.#enter(ban)) this.#sentencing.announce(ban, term);
  }

  /** @returns whether it is new */
  #enter(ban: Ban): boolean {
    const { clock, log } = this.#options;
    const say = (level: 'DEBUG' | 'INFO' | 'NOTICE' | 'WARNING', text: string) =>
      log({ level, logger: 'actions', message: `[${this.name}] ${text}` });
    const admission = this.#book.add(ban, clock.nowSec());
    if (admission.kind === 'expired') {
      say('INFO', `Ignore ${ban.id}, expired bantime`);
      return false;
    }
    if (admission.kind === 'already') {
      say(admission.level as 'DEBUG' | 'NOTICE' | 'WARNING', `${ban.id} already banned`);
      if (!admission.prolonged) return false;
      if (this.#unsaved.get(ban.id) !== 'new') this.#unsaved.set(ban.id, 'changed');
      this.#news.prolonged.push(admission.ban);
      this.#prolonged.add(ban.id);
      return false;
    }
    say('NOTICE', `${ban.restored ? 'Restore Ban' : 'Ban'} ${ban.id}`);
    const { replaced } = admission;
    if (replaced) this.#doubt(replaced);
    this.#unsaved.set(ban.id, 'new');
    this.#news.banned.push(admission.ban);
    this.#enforcer.owe(ban.id);
    return true;
  }

  /** It comes back before it has left: what the firewall has of it is not certain. */
  #doubt({ id, marks }: HeldBan): void {
    for (const [action, mark] of Object.entries(marks)) {
      this.#book.mark(action, [[id, { ...mark, state: 'begun', step: 'ban' }]]);
    }
  }

  /** Lets go whoever has served the time. */
  expire(): readonly HeldBan[] {
    const expired = this.#book.expire(this.#options.clock.nowSec());
    for (const ban of expired) this.#leave(ban);
    return expired;
  }

  /** Forgets failures that are too old to count; fail2ban does so every five seconds. */
  prune(): void {
    this.#window.prune(this.#options.clock.nowSec());
    this.#noteCrowd();
  }

  /** Says when more are failing than may be remembered, and when that is over. */
  #noteCrowd(): void {
    const { size, evicted } = this.#window;
    const { maxFailing } = this.settings;
    const say = (level: 'WARNING' | 'NOTICE', text: string) =>
      this.#options.log({ level, logger: 'filter', message: `[${this.name}] ${text}` });
    if (this.#crowdSince === undefined) {
      if (evicted === this.#evictedBefore) return;
      this.#crowdSince = this.#evictedBefore;
      say(
        'WARNING',
        `More than ${maxFailing} are failing at once: those that failed longest ago are forgotten (maxfailing)`,
      );
    }
    this.#evictedBefore = evicted;
    if (size > maxFailing * CROWD_IS_OVER) return;
    say('NOTICE', `No longer so many are failing; ${evicted - this.#crowdSince} were forgotten (maxfailing)`);
    this.#crowdSince = undefined;
  }

  /** All bans leave: the jail is stopped or no longer in the configuration. */
  release(reason: 'stop' | 'removed'): void {
    for (const ban of this.#book.leaveAll(reason)) this.#leave(ban);
  }

  /** It is no longer in the configuration: what it still remembers of itself goes, unless some ban cannot be taken back. */
  windUp(): void {
    if (this.#book.leaving().length > 0) return;
    const { store } = this.#options;
    store.transaction(() => {
      store.saveFailing(this.name, []);
      keepActions(this.name, store, []);
      forgetWholeJail(this.name, store);
    });
  }

  #leave(ban: HeldBan): void {
    const word = ban.leaving === 'stop' ? 'Repeal Ban' : 'Unban';
    this.#options.log({ level: 'NOTICE', logger: 'actions', message: `[${this.name}] ${word} ${ban.id}` });
    if (this.#unsaved.get(ban.id) !== 'new') this.#unsaved.set(ban.id, 'leaving');
    this.#news.unbanned.push(ban);
    this.#enforcer.owe(ban.id);
  }

  /**
   * The clock was set by so many seconds, when it had been `untilSec`: nobody is let in earlier or later for it, and
   * failures stay as old as they are.
   */
  shiftTime(bySec: number, untilSec: number): void {
    this.#window.shift(bySec);
    for (const { id } of this.#book.shift(bySec, untilSec)) {
      if (!this.#unsaved.has(id)) this.#unsaved.set(id, 'changed');
    }
  }

  // ── keeping and carrying out ──

  /** Writes down all that has changed, together with how far the logs have been read. */
  commit(positions: readonly LogPosition[] = []): void {
    const { store, clock } = this.#options;
    const name = this.name;
    this.#window.prune(clock.nowSec());
    const added: HeldBan[] = [];
    const changed: HeldBan[] = [];
    const left = new Map<LeaveReason, string[]>();
    store.transaction(() => {
      for (const [id, change] of this.#unsaved) {
        const ban = this.#book.find(id);
        if (!ban) continue;
        if (change === 'new') added.push(ban);
        else if (change === 'changed') changed.push(ban);
        else if (ban.leaving) leavingFor(left, ban.leaving).push(id);
      }
      if (added.length > 0) store.addBans(added);
      if (changed.length > 0) store.updateBans(changed);
      for (const [reason, ids] of left) store.leaveBans(name, ids, reason);
      const failing = this.#window.changes;
      if (failing.changed.length + failing.gone.length > 0) {
        store.changeFailing(name, failing.changed, failing.gone);
      }
      const failed = this.#window.failedTotal - this.#savedFailed;
      const banned = this.#newBans - this.#savedBanned;
      if (failed > 0 || banned > 0) store.addTotals(name, { failed, banned });
      for (const position of positions) store.savePosition(name, position);
    });
    this.#window.noteSaved();
    this.#savedFailed = this.#window.failedTotal;
    this.#savedBanned = this.#newBans;
    this.#unsaved.clear();
  }

  async enforce(): Promise<void> {
    this.commit();
    await this.#enforcer.settle();
    const prolonged = [...this.#prolonged].flatMap((id) => this.#book.get(id) ?? []);
    this.#prolonged.clear();
    if (prolonged.length > 0) await this.actions.prolong(prolonged);
  }

  /**
   * A jail that was stopped starts again: whoever would still be banned is, without a second mail.
   *
   * Source: fail2ban's restore from its database (bans.md §3); bancount counts the ban once more there too.
   */
  async restore(): Promise<void> {
    const { store, clock } = this.#options;
    const { settings } = this;
    const nowSec = clock.nowSec();
    for (const past of store.restorable(this.name, nowSec)) {
      const { id, family, timeSec, banCount, failures, matches, data } = past;
      // Without increments a ban that the jail's own time would have ended is over.
      const isOver =
        !settings.growth.increment && settings.banTimeSec >= 0 && timeSec <= nowSec - settings.banTimeSec;
      if (isOver) continue;
      const found: FoundFailure = { id, family, timeSec, timeKind: 'int', matches, data };
      if (await this.#isIgnored(found)) continue;
      this.#enter({
        id,
        family,
        jail: this.name,
        timeSec,
        timeKind: 'int',
        banTimeSec: restoredBanTime(past.banTimeSec, settings),
        banCount: banCount + 1,
        failures,
        data,
        matches: settings.maxMatches > 0 ? matches.slice(-settings.maxMatches) : [],
        restored: true,
        origin: past.origin,
      });
    }
  }

  /**
   * Nothing of what was in force before is any more (a reboot): all bans are put back, and count as restored. That is
   * on disk when it returns.
   */
  restoreAll(): void {
    const known = new Set(this.#book.list().flatMap(({ id, restored }) => (restored ? id : [])));
    for (const { id } of this.#book.restore()) {
      this.#options.log({ level: 'NOTICE', logger: 'actions', message: `[${this.name}] Restore Ban ${id}` });
      if (known.has(id)) continue;
      if (this.#unsaved.get(id) !== 'new') this.#unsaved.set(id, 'changed');
    }
    this.commit();
    this.#enforcer.distrustAll();
  }

  /** The rules of an action stand again, but empty (actions call this when they have repaired them). */
  lost(action: string, family: string): void {
    this.#enforcer.lost(action, family);
  }

  /** Looks for bans that somebody took out of the firewall by hand: `enforce` puts them back. */
  async reconcile(): Promise<void> {
    await this.#enforcer.reconcile();
  }

  /** Commands failed and are owed still. */
  get isOwing(): boolean {
    return this.#enforcer.isOwing;
  }

  /** Bans that the firewall has lost and `enforce` puts back. */
  get lostCount(): number {
    return this.#enforcer.lostCount;
  }

  /** The next moment at which `expire` has something to do. */
  get nextEndSec(): number | undefined {
    return this.#book.nextEndSec;
  }

  /**
   * The jail's bantime is shorter than when it was last looked after: bans that are longer are cut, as fail2ban does when
   * it restores them. Otherwise longer ones stay: they were prolonged.
   */
  cutBanTimes(): void {
    const { store } = this.#options;
    const { banTimeSec, growth } = this.settings;
    const beforeSec = banTimeBefore(this.name, store);
    if (beforeSec === banTimeSec) return;
    if (!growth.increment && isShorter(banTimeSec, beforeSec)) {
      for (const ban of this.#book.list()) {
        if (ban.origin !== 'log' || endOf(ban) <= ban.timeSec + banTimeSec) continue;
        this.#book.setBanTime(ban.id, banTimeSec);
        this.#unsaved.set(ban.id, 'changed');
      }
    }
    this.commit();
    noteBanTime(this.name, store, banTimeSec);
  }
}

/** Of `maxfailing`: then a crowd of failing ids is no more. */
const CROWD_IS_OVER = 0.9;

/** -1 is for ever; undefined: not known. */
function isShorter(banTimeSec: number, than: number | undefined): boolean {
  if (banTimeSec < 0) return false;
  return than === undefined || than < 0 || banTimeSec < than;
}

function leavingFor(left: Map<LeaveReason, string[]>, reason: LeaveReason): string[] {
  const ids = left.get(reason) ?? [];
  left.set(reason, ids);
  return ids;
}

function noNews(): JailNews {
  return { failures: 0, banned: [], prolonged: [], unbanned: [], ignored: new Map() };
}
