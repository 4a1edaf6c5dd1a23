/**
 * Correlates lines of one session (`<F-MLFID>`): who connected is known on one line, that they failed on another.
 *
 * Groups of a hit that has a session id → the groups as the whole session knows them, the lines to report and whether
 * that is a failure, only context (`nofail`) or a failure whose address is still to come (`pending`).
 * At most 100 sessions, each for five minutes from its first line, however busy it is. Sessions are immutable records,
 * so a snapshot is a copy of a small map.
 */
import { detach } from '../detach.js';
import { PyTuple, repr } from '../python-repr.js';
import { GrowingList } from './growing-list.js';
import { isIdentified } from './identity.js';
import type { Groups } from './outcome.js';
import { GroupRecord, LazyRecord } from './record.js';
import { laidOver, type NamedGroups, NOBODY, vitalOf, type Who } from './vital.js';

/** What a session knows after a line, and what the line turns out to be once its session is taken into account. */
export interface Session {
  readonly verdict: 'failure' | 'nofail' | 'pending';
  readonly groups: Groups;
  readonly who: Who;
  readonly users: Users;
  readonly pending: boolean;
  /** Lines of failures not yet reported, held-back ones first: those to report if it is one. */
  readonly matches: GrowingList<string>;
  /** Context lines waiting for a failure. */
  readonly heldBack: GrowingList<string>;
  readonly untilSec: number;
  /** It holds no piece of the log's text any more. */
  readonly isDetached: boolean;
}

/** A session as plain values: all that decides what its next lines count as. */
export interface SessionNote {
  readonly key: string;
  readonly verdict: Session['verdict'];
  readonly who: Who;
  readonly users: readonly string[];
  readonly pending: boolean;
}

/** The place of a session in the queue. */
interface Slot {
  readonly key: string;
  session: Session;
  /** For how many batches it has held pieces of the log's text. */
  batches: number;
}

export interface SessionsOptions {
  readonly maxSessions?: number;
  readonly keepSec?: number;
  /**
   * Context that names nobody makes the session pending, so that its next line counts as a failure. Only the tester
   * with all regexes checked does that. Source: fail2ban-regex 1.0.2, run.
   */
  readonly keepsContextPending?: boolean;
}

/** The session memory of one jail. */
export class Sessions {
  #sessions = new Map<string, Slot>();
  /** The slot asked for last: the lines of a session often follow each other. */
  #last: Slot | undefined;
  readonly #maxSessions: number;
  readonly #keepSec: number;
  readonly #keepsContextPending: boolean;

  constructor(options: SessionsOptions = {}) {
    this.#maxSessions = options.maxSessions ?? 100;
    this.#keepSec = options.keepSec ?? 300;
    this.#keepsContextPending = options.keepsContextPending ?? false;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** State as a value, for a batch that may have to be undone. */
  snapshot(): unknown {
    const slots: Slot[] = [];
    for (const slot of this.#sessions.values()) {
      // What is kept for more than some batches is cut loose from the log; most sessions are gone before.
      if (!slot.session.isDetached && ++slot.batches >= MAX_BATCHES) {
        slot.session = detachedSession(slot.session);
        slot.batches = 0;
      }
      slots.push({ key: slot.key, session: slot.session, batches: 0 });
    }
    return slots;
  }

  restore(snapshot: unknown): void {
    this.#last = undefined;
    this.#sessions = new Map((snapshot as Slot[]).map((slot) => [slot.key, { ...slot }]));
  }

  /** In the order of the queue; undefined where one is about something that is no text. */
  describe(): readonly SessionNote[] | undefined {
    const notes: SessionNote[] = [];
    for (const { key, session } of this.#sessions.values()) {
      const { verdict, who, users, pending } = session;
      if (Object.values(who).some((value) => value !== null && typeof value !== 'string')) return undefined;
      notes.push({ key, verdict, who: { ...who }, users: users.keys, pending });
    }
    return notes;
  }

  /** Takes over what another cache described. The lines of those sessions, and all they captured, are not known here. */
  adopt(notes: readonly SessionNote[], nowSec: number): void {
    this.#last = undefined;
    this.#sessions.clear();
    for (const { key, verdict, who, users, pending } of notes) {
      const session: Session = {
        ...NO_SESSION,
        verdict,
        who,
        users: Users.of(users),
        pending,
        groups: GroupRecord.copy(new Map()),
        untilSec: nowSec + this.#keepSec,
      };
      this.#sessions.set(key, { key, session, batches: 0 });
    }
  }

  /**
   * Takes a hit into its session. `groups` has a non-null `mlfid`; `lines` is what the hit would report by itself.
   * Two users in one session make any line of it a failure: nobody has two names.
   */
  follow(groups: Groups, lines: readonly string[], nowSec: number): Session {
    const vital = vitalOf(groups);
    const key = keyOf(vital.mlfid);
    const forget = Boolean(vital.mlfforget);
    let gained = Boolean(vital.mlfgained);
    let nofail = gained || Boolean(vital.nofail);
    const slot = this.#find(key, nowSec);
    const known = slot?.session;

    const users = (known?.users ?? Users.none).with(vital.user);
    const who = known ? laidOver(known.who, vital.who) : vital.who;
    let pending = known?.pending === true && !gained;
    let matches = known?.matches ?? NO_LINES;
    let heldBack = known?.heldBack ?? NO_LINES;
    if (known && known.verdict !== 'nofail' && !pending) matches = NO_LINES;

    const isFailure = pending || users.keys.length > 1;
    if (isFailure) nofail = gained = false;
    const shownUsers = known || !forget ? users : Users.none;
    const merged = new SessionGroups(who, known?.groups, groups, shownUsers, isFailure);
    if (nofail) {
      if (!forget) heldBack = heldBack.append(lines, MAX_LINES);
    } else {
      // A failure by its user, not by its line: that says somebody got in.
      const own = gained ? NOTHING : lines;
      if (heldBack.length > 0) matches = heldBack.append(matches.toArray(), MAX_LINES);
      matches = matches.append(own, MAX_LINES);
      heldBack = NO_LINES;
    }
    const named = isIdentified(who);
    pending = !named && (!nofail || this.#keepsContextPending);
    const verdict = nofail ? 'nofail' : named ? 'failure' : 'pending';
    const untilSec = known?.untilSec ?? nowSec + this.#keepSec;
    const session: Session = {
      verdict,
      groups: merged,
      who,
      users,
      pending,
      matches,
      heldBack,
      untilSec,
      isDetached: false,
    };
    if (forget) this.#delete(key);
    else if (slot) slot.session = session;
    else this.#add({ key: detach(key), session, batches: 0 });
    return session;
  }

  /** What identifying a failure added to the groups of its session stays known to the session. */
  amend(groups: Groups): void {
    const slot = this.#sessions.get(keyOf(groups.get('mlfid')));
    if (slot) slot.session = { ...slot.session, groups };
  }

  #find(key: string, nowSec: number): Slot | undefined {
    const slot = this.#last?.key === key ? this.#last : this.#sessions.get(key);
    if (slot === undefined) return undefined;
    if (slot.session.untilSec <= nowSec) {
      this.#delete(key);
      return undefined;
    }
    this.#last = slot;
    return slot;
  }

  #delete(key: string): void {
    this.#last = undefined;
    const slot = this.#sessions.get(key);
    if (!slot) return;
    this.#sessions.delete(key);
    // A dead slot in the old generation would keep its session alive until the next full collection.
    slot.session = NO_SESSION;
  }

  /** A session keeps its place in the queue; the oldest leaves first, busy or not. */
  #add(slot: Slot): void {
    if (this.#sessions.size >= this.#maxSessions) this.#delete(this.#sessions.keys().next().value!);
    this.#sessions.set(slot.key, slot);
    this.#last = slot;
  }
}

function detachedSession(session: Session): Session {
  const groups = GroupRecord.copy(session.groups);
  groups.forEach((value, name) => {
    groups.set(name, detachedValue(value));
  });
  const { fid, ip4, ip6, dns, cidr } = session.who;
  const who = {
    fid: detachedValue(fid),
    ip4: detachedValue(ip4),
    ip6: detachedValue(ip6),
    dns: detachedValue(dns),
    cidr: detachedValue(cidr),
  };
  session.matches.renew(detach);
  session.heldBack.renew(detach);
  return { ...session, groups, who, isDetached: true };
}

function detachedValue(value: unknown): unknown {
  return typeof value === 'string' ? detach(value) : value;
}

/** Groups of a line over those of its session, laid together when they are asked for. */
class SessionGroups extends LazyRecord implements NamedGroups {
  /** How many have to be laid together, 0 when that has been done; a long session is not kept as all of its lines. */
  #depth: number;

  constructor(
    readonly who: Who,
    /** What the session knew. */
    private below: Groups | undefined,
    private own: Groups | undefined,
    private readonly users: Users,
    /** Whatever the line says, it is no context. */
    private readonly isFailure: boolean,
  ) {
    super();
    this.#depth = below instanceof SessionGroups ? below.#depth + 1 : 1;
    if (this.#depth >= MAX_DEPTH) void this.record;
  }

  /** In one go: the groups in between are not made. */
  protected make(): GroupRecord {
    const layers: SessionGroups[] = [];
    let base: Groups | undefined = this;
    while (base instanceof SessionGroups && base.#depth > 0) {
      layers.push(base);
      base = base.below;
    }
    let merged = base && GroupRecord.copy(base);
    for (let i = layers.length - 1; i >= 0; i--) merged = layers[i]!.layOver(merged);
    this.#depth = 0;
    this.below = this.own = undefined;
    return merged as GroupRecord;
  }

  /** Changes `below` where there is one. */
  private layOver(below: GroupRecord | undefined): GroupRecord {
    const own = this.own as Groups;
    const merged = below ?? GroupRecord.copy(own);
    if (below) dropFlags(merged);
    if (this.users.keys.length > 0) merged.set('users', this.users.values);
    if (below) merged.overlay(own);
    merged.delete('mlfforget');
    if (this.isFailure) dropFlags(merged);
    return merged;
  }
}

function dropFlags(groups: GroupRecord): void {
  groups.delete('nofail');
  groups.delete('mlfgained');
}

const MAX_BATCHES = 1;
const MAX_DEPTH = 16;

/** Distinct users, by their text in Python's notation and as values. Never changed, so that sessions may share them. */
class Users {
  #values: ReadonlySet<unknown> | undefined;

  private constructor(
    readonly keys: readonly string[],
    private readonly items: readonly unknown[],
  ) {}

  static readonly none = new Users([], []);

  static of(keys: readonly string[]): Users {
    return keys.length === 0 ? Users.none : new Users(keys, keys);
  }

  get values(): ReadonlySet<unknown> {
    this.#values ??= new Set(this.items);
    return this.#values;
  }

  with(user: unknown): Users {
    if (!user || (this.keys.length === 1 && this.keys[0] === user)) return this;
    const key = keyOf(user);
    if (this.keys.includes(key)) return this;
    return new Users([...this.keys, detach(key)], [...this.items, detachedValue(user)]);
  }
}

/** Lines kept of one session; fail2ban keeps all. */
const MAX_LINES = 1_000;
const NOTHING: readonly string[] = Object.freeze([]);
const NO_LINES = GrowingList.empty<string>();
const NO_SESSION: Session = Object.freeze({
  verdict: 'nofail',
  groups: new Map(),
  who: NOBODY,
  users: Users.none,
  pending: false,
  matches: NO_LINES,
  heldBack: NO_LINES,
  untilSec: 0,
  isDetached: true,
});

/** Tuples with the same items are the same key. */
function keyOf(value: unknown): string {
  return value instanceof PyTuple ? `\0${repr(value)}` : String(value);
}
