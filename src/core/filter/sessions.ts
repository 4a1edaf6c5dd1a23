/**
 * Correlates lines of one session (`<F-MLFID>`): who connected is known on one line, that they failed on another.
 *
 * Groups of a hit that has a session id → the groups as the whole session knows them, the lines to report and whether
 * that is a failure, only context (`nofail`) or a failure whose address is still to come (`pending`).
 * At most 100 sessions, each for five minutes from its first line, however busy it is. Sessions are immutable records,
 * so a snapshot is a copy of a small map.
 */
import { PyTuple, repr } from '../python-repr.js';
import { GrowingList } from './growing-list.js';
import { isIdentified } from './identity.js';
import type { Groups } from './outcome.js';
import { GroupRecord, LazyRecord } from './record.js';
import { laidOver, type NamedGroups, vitalOf, type Who } from './vital.js';

/** What a line turns out to be once its session is taken into account. */
export interface SessionResult {
  readonly verdict: 'failure' | 'nofail' | 'pending';
  readonly groups: Groups;
  /** Lines to report, held-back ones first; empty unless `failure`. */
  readonly matches: readonly string[];
}

interface Session {
  readonly groups: Groups;
  readonly who: Who;
  readonly users: Users;
  readonly verdict: 'failure' | 'nofail' | 'pending';
  readonly pending: boolean;
  /** Lines of failures not yet reported. */
  readonly matches: GrowingList<string>;
  /** Context lines waiting for a failure. */
  readonly heldBack: GrowingList<string>;
  readonly untilSec: number;
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
  #sessions = new Map<string, Session>();
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
    return new Map(this.#sessions);
  }

  restore(snapshot: unknown): void {
    this.#sessions = new Map(snapshot as Map<string, Session>);
  }

  /**
   * Takes a hit into its session. `groups` has a non-null `mlfid`; `lines` is what the hit would report by itself.
   * Two users in one session make any line of it a failure: nobody has two names.
   */
  follow(groups: Groups, lines: readonly string[], nowSec: number): SessionResult {
    const vital = vitalOf(groups);
    const key = keyOf(vital.mlfid);
    const forget = Boolean(vital.mlfforget);
    let gained = Boolean(vital.mlfgained);
    let nofail = gained || Boolean(vital.nofail);
    const known = this.#find(key, nowSec);

    const users = withUser(known?.users, vital.user);
    const who = known ? laidOver(known.who, vital.who) : vital.who;
    let pending = known?.pending === true && !gained;
    let matches = known?.matches ?? NO_LINES;
    let heldBack = known?.heldBack ?? NO_LINES;
    if (known && known.verdict !== 'nofail' && !pending) matches = NO_LINES;

    const isFailure = pending || users.values.size > 1;
    if (isFailure) nofail = gained = false;
    const merged = new SessionGroups(who, {
      before: known?.groups,
      own: groups,
      users: known || !forget ? users.values : NO_USERS.values,
      isFailure,
    });
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
    if (forget) this.#sessions.delete(key);
    else {
      const untilSec = known?.untilSec ?? nowSec + this.#keepSec;
      this.#store(
        key,
        { groups: merged, who, users, verdict, pending, matches, heldBack, untilSec },
        known !== undefined,
      );
    }
    return { verdict, groups: merged, matches: verdict === 'failure' ? matches.toArray() : NOTHING };
  }

  /** What identifying a failure added to the groups of its session stays known to the session. */
  amend(groups: Groups): void {
    const key = keyOf(groups.get('mlfid'));
    const session = this.#sessions.get(key);
    if (session) this.#sessions.set(key, { ...session, groups });
  }

  #find(key: string, nowSec: number): Session | undefined {
    const session = this.#sessions.get(key);
    if (session && session.untilSec <= nowSec) {
      this.#sessions.delete(key);
      return undefined;
    }
    return session;
  }

  /** A session keeps its place in the queue; the oldest leaves first, busy or not. */
  #store(key: string, session: Session, isKnown: boolean): void {
    if (!isKnown && this.#sessions.size >= this.#maxSessions) {
      this.#sessions.delete(this.#sessions.keys().next().value!);
    }
    this.#sessions.set(key, session);
  }
}

interface SessionParts {
  /** What the session knew. */
  before: Groups | undefined;
  own: Groups;
  users: ReadonlySet<unknown>;
  /** Whatever the line says, it is no context. */
  isFailure: boolean;
}

/** Groups of a line over those of its session, laid together when they are asked for. */
class SessionGroups extends LazyRecord implements NamedGroups {
  #parts: SessionParts | undefined;
  /** How many have to be laid together; a long session is not kept as all of its lines. */
  readonly #depth: number;

  constructor(
    readonly who: Who,
    parts: SessionParts,
  ) {
    super();
    this.#parts = parts;
    const { before } = parts;
    this.#depth = before instanceof SessionGroups && before.#parts ? before.#depth + 1 : 1;
    if (this.#depth >= MAX_DEPTH) void this.record;
  }

  protected make(): GroupRecord {
    const { before, own, users, isFailure } = this.#parts as SessionParts;
    this.#parts = undefined;
    const merged = GroupRecord.copy(before ?? own);
    if (before) {
      merged.delete('nofail');
      merged.delete('mlfgained');
    }
    if (users.size > 0) merged.set('users', users);
    if (before) merged.overlay(own);
    merged.delete('mlfforget');
    if (isFailure) {
      merged.delete('nofail');
      merged.delete('mlfgained');
    }
    return merged;
  }
}

const MAX_DEPTH = 16;

/** Distinct users, by their text in Python's notation and as values. Never changed, so that sessions may share them. */
interface Users {
  readonly keys: readonly string[];
  readonly values: ReadonlySet<unknown>;
}

/** Lines kept of one session; fail2ban keeps all. */
const MAX_LINES = 1_000;
const NOTHING: readonly string[] = Object.freeze([]);
const NO_LINES = GrowingList.empty<string>();

const NO_USERS: Users = { keys: [], values: new Set() };

function withUser(users: Users = NO_USERS, user: unknown): Users {
  if (!user) return users;
  const key = keyOf(user);
  if (users.keys.includes(key)) return users;
  return { keys: [...users.keys, key], values: new Set(users.values).add(user) };
}

/** Tuples with the same items are the same key. */
function keyOf(value: unknown): string {
  return value instanceof PyTuple ? `\0${repr(value)}` : String(value);
}
