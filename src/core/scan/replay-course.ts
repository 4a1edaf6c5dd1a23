/**
 * Replay: what a jail would have done with certain settings. One course of events for each side of a comparison.
 *
 * Failures and logins in order of time → the bans. The jail is the real one (jail.ts) on paper: its clock is the log's,
 * its store forgets, its actions do nothing. Bans end when the log says that their time has come.
 */
import { ManualClock } from '../clock.js';
import type { JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { IgnoreRules } from '../filter/ignore.js';
import type { FoundFailure } from '../jail/found.js';
import { Jail } from '../jail/jail.js';
import type { JailSettings } from '../jail/settings.js';
import type { Resolver } from '../net/dns.js';
import { type BanId, endOf, type HeldBan, type MatchedLine, type Reputation } from '../records.js';
import { MemoryStore } from '../store/memory.js';
import { PaperActions } from './paper-actions.js';
import type { LogPlace } from './replay-event.js';

/** A ban that would have been. */
export interface ReplayBan extends BanId {
  /** Of the failure that was one too many. */
  readonly timeSec: number;
  /** Infinity: for ever. Failures while it stands may move it. */
  readonly untilSec: number;
  /** How often failures while it stood made it longer. */
  readonly prolonged: number;
  /** Which ban of this id it is in the replay: 1, 2, … */
  readonly nth: number;
  readonly failures: number;
  readonly matches: readonly MatchedLine[];
  /** The line that decided it. */
  readonly place: LogPlace;
}

export interface CourseOptions {
  readonly resolver: Resolver;
  readonly log: Log;
  readonly ignore: IgnoreRules;
  /** After how long the history is forgotten (`dbpurgeage`). */
  readonly purgeAgeSec: number | undefined;
}

/** fail2ban looks for failures that are too old so often. */
const PRUNE_SEC = 5;

export class Course {
  /** In order of time. */
  readonly bans: ReplayBan[] = [];
  /** Logins from an address while it would have been banned. */
  readonly lockedOut = new Map<string, number>();
  readonly #jail: Jail;
  readonly #clock = new ManualClock(0);
  readonly #history: History;
  /** Index in `bans` of the ban that stands. */
  readonly #standing = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #prunedSec = Number.NEGATIVE_INFINITY;

  constructor(
    readonly plan: JailPlan,
    { resolver, log, ignore, purgeAgeSec }: CourseOptions,
  ) {
    this.#history = new History(this.#clock, purgeAgeSec);
    this.#jail = new Jail(plan, {
      ...{ resolver, log, ignore, clock: this.#clock, store: this.#history },
      random: seededRandom(),
      bootId: '',
      actions: (journal) => new PaperActions([], journal),
      backend: 'polling',
    });
  }

  get settings(): JailSettings {
    return this.#jail.settings;
  }

  /** @returns false when it is ignored */
  async take(failure: FoundFailure, place: LogPlace): Promise<boolean> {
    this.#moveTo(failure.timeSec);
    await this.#jail.judge(failure);
    const { failures, banned, prolonged } = this.#jail.takeNews();
    for (const ban of banned) this.#begin(ban, place);
    for (const ban of prolonged) this.#prolong(ban);
    return failures > 0;
  }

  login(id: string, timeSec: number): void {
    const ban = this.bans[this.#standing.get(id) ?? -1];
    if (!ban || timeSec < ban.timeSec || timeSec > ban.untilSec) return;
    this.lockedOut.set(id, (this.lockedOut.get(id) ?? 0) + 1);
  }

  /** Time does not run backwards, even where a log does. */
  #moveTo(timeSec: number): void {
    if (timeSec > this.#clock.nowSec()) this.#clock.set(timeSec);
    const nowSec = this.#clock.nowSec();
    const { nextEndSec } = this.#jail;
    if (nextEndSec !== undefined && nextEndSec < nowSec) {
      for (const { id } of this.#jail.expire()) this.#standing.delete(id);
    }
    if (nowSec - this.#prunedSec < PRUNE_SEC) return;
    this.#jail.prune();
    this.#prunedSec = nowSec;
  }

  #begin(ban: HeldBan, place: LogPlace): void {
    const { id, family, timeSec, failures, matches } = ban;
    const nth = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, nth);
    this.#standing.set(id, this.bans.length);
    this.bans.push({
      id,
      family,
      timeSec,
      untilSec: endOf(ban),
      prolonged: 0,
      nth,
      failures,
      matches,
      place,
    });
    this.#history.note(ban);
  }

  #prolong(ban: HeldBan): void {
    const index = this.#standing.get(ban.id) ?? -1;
    const before = this.bans[index];
    if (!before) return;
    this.bans[index] = { ...before, untilSec: endOf(ban), prolonged: before.prolonged + 1 };
    this.#history.note(ban);
  }
}

/** A store that keeps nothing but who was banned how often: nothing is committed in a replay. */
class History extends MemoryStore {
  readonly #latest = new Map<string, Reputation>();

  constructor(
    private readonly clock: ManualClock,
    private readonly purgeAgeSec: number | undefined,
  ) {
    super();
  }

  note({ id, family, jail, timeSec, banTimeSec, banCount }: HeldBan): void {
    this.#latest.set(id, { id, family, jail, timeSec, banTimeSec, banCount });
  }

  override reputation(id: string): Reputation | undefined {
    const latest = this.#latest.get(id);
    return latest && this.#isForgotten(latest) ? undefined : latest;
  }

  /** As `purge` of a store has it. */
  #isForgotten({ timeSec, banTimeSec }: Reputation): boolean {
    if (this.purgeAgeSec === undefined || banTimeSec < 0) return false;
    return timeSec + 3 * banTimeSec < this.clock.nowSec() - this.purgeAgeSec;
  }
}

/** The same numbers each time, in [0, 1): two replays of a log agree. */
function seededRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
