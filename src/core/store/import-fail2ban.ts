/**
 * Store stage: takes over what a fail2ban database holds: bans that are in force, history with counts, log positions.
 *
 * ForeignData and what the jails say of it → one transaction on the store → a report of what was taken and what was not,
 * and why. Bans become intents: no action has carried them out yet, the next scan does. Importing again takes only what
 * is new, also when somebody has been unbanned in between. Source: bans.md §3 for what is in force.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { endOf, type HeldBan, type LogPosition, type PastBan } from '../records.js';
import type { ForeignBan, ForeignData, ForeignPosition } from './read-fail2ban.js';
import type { Store } from './store.js';

/** What a jail of the present configuration has to say. */
export interface ImportingJail {
  /** With which ban time a ban goes on that was for so long (-1: for ever, -2: not known). */
  banTimeSec(storedSec: number): number;
  readonly maxMatches: number;
  /** Is it on the ignore list by now? */
  isIgnored(ban: ForeignBan): boolean;
}

export interface ImportOptions {
  readonly nowSec: number;
  /** A text says why it does not take bans: there is no such jail, or it is disabled. */
  readonly jail: (name: string) => ImportingJail | string;
  /** Nothing is written. */
  readonly dryRun?: boolean | undefined;
}

export interface Skipped {
  readonly what: 'ban' | 'history' | 'position';
  /** The id or path. */
  readonly name: string;
  readonly reason: string;
}

export interface JailImport {
  readonly jail: string;
  /** In force, to be carried out. */
  readonly bans: readonly HeldBan[];
  /** Entries of history, those of `bans` among them. */
  readonly history: number;
  readonly positions: readonly LogPosition[];
  /** What an earlier import or f2b itself had already. */
  readonly known: { readonly history: number; readonly positions: number };
  readonly skipped: readonly Skipped[];
}

export interface ImportReport {
  readonly path: string;
  readonly version: number;
  /** By name; jails without anything to tell are left out. */
  readonly jails: readonly JailImport[];
}

/** Where nobody knows how long a ban was for. Source: fail2ban's own default. */
const DEFAULT_BAN_TIME_SEC = 600;

/** The latest bans that time alone does not rule out: who asks names or commands about ids asks about these. */
export function maybeInForce({ latest }: ForeignData, nowSec: number): ForeignBan[] {
  return latest.filter((ban) => endOf(ban) > nowSec);
}

export function importFail2ban(store: Store, data: ForeignData, options: ImportOptions): ImportReport {
  const { dryRun = false } = options;
  const names = new Set([
    ...data.jails,
    ...[...data.bans, ...data.latest, ...data.positions, ...data.broken].map(({ jail }) => jail),
  ]);
  const takeAll = () => {
    const jails = [...names].sort().map((name) => {
      const plan = planOf(store, { name, data, options });
      if (!dryRun) take(store, plan);
      return plan.report;
    });
    return { path: data.path, version: data.version, jails: jails.filter(saysSomething) };
  };
  return dryRun ? takeAll() : store.transaction(takeAll);
}

interface Plan {
  readonly report: JailImport;
  readonly history: readonly PastBan[];
  readonly seen: readonly (readonly [id: string, timeSec: number])[];
}

interface OneJail {
  readonly name: string;
  readonly data: ForeignData;
  readonly options: ImportOptions;
}

function planOf(store: Store, one: OneJail): Plan {
  const { name, data, options } = one;
  const { nowSec } = options;
  const answer = options.jail(name);
  const ours = typeof answer === 'string' ? undefined : answer;
  const isHere = ({ jail }: { readonly jail: string }) => jail === name;
  const skipped: Skipped[] = data.broken
    .filter(isHere)
    .map(({ what, reason }) => ({ what: 'history', name: what, reason }));

  const latest = data.latest.filter(isHere);
  const entries = merge(data.bans.filter(isHere), latest);
  const imported = store.imported(name);
  const isNew = (ban: ForeignBan) => ban.timeSec > (imported.get(ban.id) ?? Number.NEGATIVE_INFINITY);
  // Both may have read the same log.
  const own = new Map(store.past({ jail: name }).map((past) => [keyOf(past), past.origin]));
  const fresh = entries.filter((ban) => isNew(ban) && !own.has(keyOf(ban)));

  const held = new Set(store.bans(name).map(({ id }) => id));
  const bans: HeldBan[] = [];
  // They may be taken another time.
  const refused = new Set<string>();
  for (const ban of latest) {
    const banTimeSec = resolved(ban, ours);
    if (!isNew(ban) || endOf({ ...ban, banTimeSec }) <= nowSec) continue;
    const isOwn = (own.get(keyOf(ban)) ?? 'import') !== 'import';
    const reason = ours ? reasonAgainst(ban, { store, ours, held, isOwn }) : String(answer);
    if (reason === undefined) bans.push(heldBan(ban, banTimeSec, ours?.maxMatches));
    else {
      skipped.push({ what: 'ban', name: ban.id, reason });
      refused.add(ban.id);
    }
  }
  const taken = new Set(bans.map(({ id }) => id));
  const history = historyOf(fresh, { nowSec, ours, taken });
  const { positions, known } = positionsOf(store, one, skipped);
  return {
    report: {
      ...{ jail: name, bans, history: history.length, positions, skipped },
      known: { history: entries.length - fresh.length, positions: known },
    },
    history,
    seen: entries.filter((ban) => isNew(ban) && !refused.has(ban.id)).map(({ id, timeSec }) => [id, timeSec]),
  };
}

function take(store: Store, { report, history, seen }: Plan): void {
  const { jail, bans, positions } = report;
  store.addPast(history);
  store.addBans(bans);
  store.noteImported(jail, seen);
  for (const position of positions) store.savePosition(jail, position);
  if (bans.length > 0) store.addTotals(jail, { failed: 0, banned: bans.length });
}

function saysSomething({ bans, history, positions, known, skipped }: JailImport): boolean {
  return [bans.length, history, positions.length, known.history, known.positions, skipped.length].some(
    Boolean,
  );
}

/** All of `bans`, and what is in `latest` only (older than dbpurgeage), each once, oldest first. */
function merge(bans: readonly ForeignBan[], latest: readonly ForeignBan[]): ForeignBan[] {
  const all = new Map([...bans, ...latest].map((ban) => [keyOf(ban), ban]));
  return [...all.values()].sort((a, b) => a.timeSec - b.timeSec);
}

function keyOf({ id, timeSec }: { readonly id: string; readonly timeSec: number }): string {
  return `${Math.round(timeSec)} ${id}`;
}

function resolved({ banTimeSec }: ForeignBan, ours: ImportingJail | undefined): number {
  if (ours) return ours.banTimeSec(banTimeSec);
  return banTimeSec < -1 ? DEFAULT_BAN_TIME_SEC : banTimeSec;
}

function reasonAgainst(
  ban: ForeignBan,
  context: {
    readonly store: Store;
    readonly ours: ImportingJail;
    readonly held: ReadonlySet<string>;
    readonly isOwn: boolean;
  },
): string | undefined {
  const { store, ours, held, isOwn } = context;
  if (held.has(ban.id)) return 'f2b bans it already';
  if (isOwn) return 'f2b has banned it too, and taken it back';
  const reputation = store.reputation(ban.id, ban.jail);
  if (reputation && reputation.timeSec > ban.timeSec) return 'f2b has banned it later, and taken it back';
  if (ours.isIgnored(ban)) return 'the jail ignores it by now';
  return undefined;
}

function heldBan(ban: ForeignBan, banTimeSec: number, maxMatches = 0): HeldBan {
  return {
    ...ban,
    banTimeSec,
    timeKind: 'int',
    matches: maxMatches > 0 ? ban.matches.slice(-maxMatches) : [],
    // So that no mail is sent again for what fail2ban has reported.
    restored: true,
    origin: 'import',
    marks: {},
  };
}

/** When each ended: with the next ban of the same id at the latest. Those that are taken have not. */
function historyOf(
  bans: readonly ForeignBan[],
  context: {
    readonly nowSec: number;
    readonly ours: ImportingJail | undefined;
    readonly taken: ReadonlySet<string>;
  },
): PastBan[] {
  const { nowSec, ours, taken } = context;
  const nextSec = new Map<string, number>();
  return bans
    .toReversed()
    .map((ban): PastBan => {
      // Unknown ban times would look like bans for ever.
      const banTimeSec = ban.banTimeSec < -1 ? resolved(ban, ours) : ban.banTimeSec;
      const entry: PastBan = { ...ban, banTimeSec, origin: 'import' };
      const next = nextSec.get(ban.id);
      nextSec.set(ban.id, ban.timeSec);
      if (next === undefined && taken.has(ban.id)) return entry;
      const latestSec = next ?? nowSec;
      const endSec = endOf(entry);
      return endSec <= latestSec
        ? { ...entry, endedSec: endSec, endedBy: 'expired' }
        : { ...entry, endedSec: latestSec, endedBy: next === undefined ? 'stop' : 'removed' };
    })
    .reverse();
}

const JOURNAL_PATH = 'systemd-journal';

function positionsOf(
  store: Store,
  { name, data, options }: OneJail,
  skipped: Skipped[],
): { readonly positions: LogPosition[]; readonly known: number } {
  const own = new Set(store.positions(name).map(({ path }) => path));
  const positions: LogPosition[] = [];
  let known = 0;
  for (const foreign of data.positions) {
    if (foreign.jail !== name || foreign.position <= 0) continue;
    const { path } = foreign;
    if (own.has(path)) {
      known++;
      continue;
    }
    const jail = options.jail(name);
    const position = typeof jail === 'string' ? jail : positionOf(foreign);
    if (typeof position === 'string') skipped.push({ what: 'position', name: path, reason: position });
    else positions.push(position);
  }
  return { positions, known };
}

/** @returns a reason when it says nothing we could use */
function positionOf({ path, hash, position }: ForeignPosition): LogPosition | string {
  if (path === JOURNAL_PATH) {
    return { path, offsetBytes: 0, firstLineHash: '', tailHash: '', lastSec: position };
  }
  const firstLineHash = hash.length === 32 ? sha1ForMd5(path, hash) : hash;
  if (firstLineHash === undefined) return 'the log begins with another line by now';
  return /^[0-9a-f]{40}$/.test(firstLineHash)
    ? { path, offsetBytes: Math.trunc(position), firstLineHash, tailHash: '' }
    : 'nothing says which file it is about';
}

/** Databases from the days of Python 2 know the first line by its MD5: the log tells its SHA-1 when it is still the same. */
function sha1ForMd5(path: string, md5: string): string | undefined {
  const line = firstLine(path);
  const hash = (algorithm: string) => line && createHash(algorithm).update(line).digest('hex');
  return hash('md5') === md5 ? hash('sha1') : undefined;
}

const FIRST_LINE_BYTES = 64 * 1024;

/** With its newline; undefined when there is no whole one. */
function firstLine(path: string): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(FIRST_LINE_BYTES);
      const end = buffer.subarray(0, readSync(file, buffer)).indexOf(0x0a);
      return end < 0 ? undefined : buffer.subarray(0, end + 1);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
