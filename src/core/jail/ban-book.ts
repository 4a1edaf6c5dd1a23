/**
 * Jail stage: who is banned. The only owner of bans: nobody else makes, changes or ends one. Pure.
 *
 * Bans in → new, already banned (and perhaps prolonged) or too late. A ban that is to go is `leaving` until whoever
 * carries it out says that it has ended; until then it is no longer counted, yet not forgotten. A ban ends when now is
 * later than its end, not when it is equal. Source: spec bans.md §1; fail2ban 1.0.2, run.
 */
import type { Level } from '../events.js';
import { parseAddress } from '../net/address.js';
import { NetworkMap } from '../net/network-map.js';
import { type ActionMark, type Ban, type BanId, endOf, type HeldBan, type LeaveReason } from '../records.js';
import { DeadlineHeap } from './deadline-heap.js';

export type Admission =
  /** `replaced` was leaving: the firewall may still have it. */
  | { readonly kind: 'new'; readonly ban: HeldBan; readonly replaced: HeldBan | undefined }
  | {
      readonly kind: 'already';
      /** As it stands now. */
      readonly ban: HeldBan;
      readonly prolonged: boolean;
      /** How loudly fail2ban says `already banned`: the later the new failure, the stranger it is. */
      readonly level: Level;
      /** So long after the ban that the firewall deserves a look. */
      readonly suspicious: boolean;
    }
  /** It would have ended before now. */
  | { readonly kind: 'expired' };

/** From this many seconds on, failures of a banned id are more than log lines that were under way. */
const LATE_SEC = 3;
const VERY_LATE_SEC = 60;

export class BanBook {
  /** In order of banning. */
  readonly #standing = new Map<string, HeldBan>();
  readonly #leaving = new Map<string, HeldBan>();
  /** An item for each standing ban that ends, and stale ones. */
  readonly #ends = new DeadlineHeap();
  #total = 0;

  /** Bans that stand. */
  get size(): number {
    return this.#standing.size;
  }

  /** Bans ever made, restored ones too. */
  get bannedTotal(): number {
    return this.#total;
  }

  /** When `expire` has something to do at the earliest: any moment later than this one. */
  get nextEndSec(): number | undefined {
    for (let item = this.#ends.peek(); item; item = this.#ends.peek()) {
      if (this.#isDue(item.key, item.atSec)) return item.atSec;
      this.#ends.pop();
    }
    return undefined;
  }

  /** The ban that stands. */
  get(id: string): HeldBan | undefined {
    return this.#standing.get(id);
  }

  has(id: string): boolean {
    return this.#standing.has(id);
  }

  /** The ban that stands, or the one that is leaving. */
  find(id: string): HeldBan | undefined {
    return this.#standing.get(id) ?? this.#leaving.get(id);
  }

  /** Bans that stand, in order of banning. */
  list(): readonly HeldBan[] {
    return [...this.#standing.values()];
  }

  /** Bans that stand, in order of their end; at the same end in order of banning. */
  byEnd(): readonly HeldBan[] {
    return this.list()
      .map((ban) => ({ ban, end: endOf(ban) }))
      .sort((a, b) => (a.end === b.end ? 0 : a.end - b.end))
      .map(({ ban }) => ban);
  }

  /** Bans that are to go and have not ended yet. */
  leaving(): readonly HeldBan[] {
    return [...this.#leaving.values()];
  }

  /**
   * Enters a ban. Of an id that is banned already only the end moves, and only to later: the ban keeps its time.
   */
  add(ban: Ban, nowSec: number): Admission {
    if (endOf(ban) < nowSec) return { kind: 'expired' };
    const held = this.#standing.get(ban.id);
    if (held) return this.#meetAgain(held, ban);
    const replaced = this.#leaving.get(ban.id);
    this.#leaving.delete(ban.id);
    const entered: HeldBan = { ...ban, marks: NO_MARKS };
    this.#stand(entered);
    this.#total++;
    return { kind: 'new', ban: entered, replaced };
  }

  /** Bans that stand are put back from now on, after a reboot. @returns them */
  restore(): readonly HeldBan[] {
    for (const ban of this.list()) this.#standing.set(ban.id, { ...ban, restored: true });
    return this.list();
  }

  /**
   * The clock was set: bans that stand, and were made until then, go on for as long as they had to go on.
   * @returns them
   */
  shift(bySec: number, untilSec: number): readonly HeldBan[] {
    const moved = this.list().filter(({ timeSec }) => timeSec <= untilSec);
    for (const ban of moved) this.#standing.set(ban.id, { ...ban, timeSec: ban.timeSec + bySec });
    this.#awaitAll();
    return moved;
  }

  /** Sets the ban time of a ban that stands, longer or shorter. @returns the ban as it is now */
  setBanTime(id: string, banTimeSec: number): HeldBan | undefined {
    const held = this.#standing.get(id);
    return held && this.#change(held, { banTimeSec });
  }

  /**
   * The jail's bantime has changed: bans that have the old one follow it (fail2ban's tickets without a ban time of their
   * own), prolonged and increased ones do not. @returns those that changed
   */
  followBanTime(fromSec: number, toSec: number): readonly HeldBan[] {
    if (fromSec === toSec) return [];
    return this.list()
      .filter((ban) => ban.banTimeSec === fromSec)
      .map((ban) => this.#change(ban, { banTimeSec: toSec }));
  }

  /** Notes what an action has done about bans, standing or leaving; undefined takes the mark away. */
  mark(action: string, marks: Iterable<readonly [id: string, mark: ActionMark | undefined]>): void {
    // Bans that are treated alike share what they have of marks: before, and so behind.
    const changed = new Map<ActionMark | undefined, Map<HeldBan['marks'], HeldBan['marks']>>();
    for (const [id, mark] of marks) {
      const standing = this.#standing.get(id);
      const held = standing ?? this.#leaving.get(id);
      if (held === undefined) continue;
      let alike = changed.get(mark);
      if (!alike) changed.set(mark, (alike = new Map()));
      let after = alike.get(held.marks);
      if (!after) alike.set(held.marks, (after = withMark(held.marks, action, mark)));
      (standing ? this.#standing : this.#leaving).set(id, { ...held, marks: after });
    }
  }

  /** Bans whose end is past now leave. @returns them, earliest end first; at most `limit` */
  expire(nowSec: number, limit = Number.POSITIVE_INFINITY): readonly HeldBan[] {
    const expired: HeldBan[] = [];
    for (let item = this.#ends.peek(); item && item.atSec < nowSec; item = this.#ends.peek()) {
      if (expired.length >= limit) break;
      this.#ends.pop();
      if (this.#isDue(item.key, item.atSec)) expired.push(this.#leave(item.key, 'expired')!);
    }
    return expired;
  }

  /**
   * Bans of these ids leave. A network takes everything along that begins in it; an address does not touch the network
   * it is in. @returns them, in order of banning
   */
  unban(ids: readonly BanId[], reason: LeaveReason = 'manual'): readonly HeldBan[] {
    const going = this.match(ids);
    return going.map((ban) => this.#leave(ban.id, reason)!);
  }

  /** The bans that stand which `unban` would take, in order of banning. */
  match(ids: readonly BanId[]): readonly HeldBan[] {
    const networks = new NetworkMap<true>();
    for (const { id, family } of ids) {
      const address = family && id.includes('/') ? parseAddress(id) : undefined;
      if (address && !address.isSingle) networks.set(address, true);
    }
    if (networks.size === 0 && ids.length === 1) {
      const only = this.#standing.get(ids[0]!.id);
      return only ? [only] : [];
    }
    const exact = new Set(ids.map(({ id }) => id));
    return this.list().filter(({ id, family }) => {
      if (exact.has(id)) return true;
      const address = family && networks.size > 0 ? parseAddress(id) : undefined;
      return address !== undefined && networks.covers(address);
    });
  }

  /** All of them leave. */
  leaveAll(reason: LeaveReason): readonly HeldBan[] {
    const going = this.list().map((held): HeldBan => ({ ...held, leaving: reason }));
    this.#standing.clear();
    for (const ban of going) this.#leaving.set(ban.id, ban);
    return going;
  }

  /** These have left: every action that held them has taken them back. */
  end(ids: Iterable<string>): void {
    for (const id of ids) this.#leaving.delete(id);
  }

  /** Starts from what the store kept, in order of banning. @param bannedTotal bans ever made, these included */
  load(bans: Iterable<HeldBan>, bannedTotal?: number): void {
    this.#standing.clear();
    this.#leaving.clear();
    this.#ends.rebuild([]);
    for (const ban of bans) {
      if (ban.leaving === undefined) this.#stand(ban);
      else this.#leaving.set(ban.id, ban);
    }
    this.#total = bannedTotal ?? this.#standing.size;
  }

  #meetAgain(held: HeldBan, again: Ban): Admission {
    const lateSec = again.timeSec - held.timeSec;
    const banTimeSec = again.banTimeSec < 0 ? again.banTimeSec : Math.trunc(again.banTimeSec + lateSec);
    const prolonged = endOf({ ...held, banTimeSec }) > endOf(held);
    return {
      kind: 'already',
      ban: prolonged ? this.#change(held, { banTimeSec }) : held,
      prolonged,
      level: lateSec < LATE_SEC ? 'DEBUG' : lateSec < VERY_LATE_SEC ? 'NOTICE' : 'WARNING',
      suspicious: lateSec > LATE_SEC,
    };
  }

  #stand(ban: HeldBan): void {
    this.#standing.delete(ban.id);
    this.#standing.set(ban.id, ban);
    this.#await(ban);
  }

  #change(held: HeldBan, change: Pick<Ban, 'banTimeSec'>): HeldBan {
    const changed: HeldBan = { ...held, ...change };
    this.#standing.set(held.id, changed);
    this.#await(changed);
    return changed;
  }

  #leave(id: string, reason: LeaveReason): HeldBan | undefined {
    const held = this.#standing.get(id);
    if (held === undefined) return undefined;
    const leaving: HeldBan = { ...held, leaving: reason };
    this.#standing.delete(id);
    this.#leaving.set(id, leaving);
    return leaving;
  }

  /** Is this the end of a ban that stands, and not of one that was prolonged or has gone? */
  #isDue(id: string, atSec: number): boolean {
    const held = this.#standing.get(id);
    return held !== undefined && endOf(held) === atSec;
  }

  #await(ban: HeldBan): void {
    const atSec = endOf(ban);
    if (atSec !== Number.POSITIVE_INFINITY) this.#ends.push({ atSec, key: ban.id });
    if (this.#ends.size > 2 * this.#standing.size + 1000) this.#awaitAll();
  }

  #awaitAll(): void {
    const ends = this.list().map((held) => ({ atSec: endOf(held), key: held.id }));
    this.#ends.rebuild(ends.filter((item) => item.atSec !== Number.POSITIVE_INFINITY));
  }
}

const NO_MARKS: HeldBan['marks'] = Object.freeze({});

function withMark(marks: HeldBan['marks'], action: string, mark: ActionMark | undefined): HeldBan['marks'] {
  const { [action]: _, ...others } = marks;
  return mark === undefined ? others : { ...marks, [action]: mark };
}
