/**
 * Store stage: what a fail2ban database (versions 1 to 4) holds. It is read, never written to.
 *
 * File → bans, the latest ban of each id, log positions, and what could not be read. A running fail2ban may use it: its
 * state is that of one moment, taken under SQLite's own shared lock. Source: bans.md §6; fail2ban 1.0.2, run.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAnyArrayBuffer } from 'node:util/types';
import { parseAddress } from '../net/address.js';
import type { BanId, Json, MatchedLine, TicketData } from '../records.js';
import { type Connection, connect, type Row } from './driver.js';
import { fileError, StoreError } from './store-error.js';

/** A ban as fail2ban wrote it down. */
export interface ForeignBan extends BanId {
  readonly jail: string;
  /** Whole seconds. */
  readonly timeSec: number;
  /** -1: for ever; -2: nobody knows (from old versions). */
  readonly banTimeSec: number;
  readonly banCount: number;
  readonly failures: number;
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
}

export interface ForeignPosition {
  readonly jail: string;
  readonly path: string;
  /** Of the first line: SHA-1, or MD5 from the days of Python 2; for a journal, a time. Empty: there was none. */
  readonly hash: string;
  /** Bytes; for a journal, Unix time. */
  readonly position: number;
}

export interface ForeignData {
  readonly path: string;
  readonly version: number;
  readonly jails: readonly string[];
  /** All bans it remembers, in its order. */
  readonly bans: readonly ForeignBan[];
  /** The latest of each id in a jail: what a restart of fail2ban looks at. */
  readonly latest: readonly ForeignBan[];
  readonly positions: readonly ForeignPosition[];
  /** Rows that mean nothing. */
  readonly broken: readonly { readonly jail: string; readonly what: string; readonly reason: string }[];
}

/** fail2ban itself gives up after 5 s. */
const BUSY_MS = 10_000;

/** @throws {StoreError} it is not there, may not be read, or is none */
export function readFail2ban(path: string): ForeignData {
  if (!existsSync(path)) {
    throw new StoreError('store-missing', `There is no file ${path}`, {
      hint: "fail2ban's database is where dbfile in fail2ban.conf says: fail2ban-client get dbfile",
    });
  }
  try {
    if (!statSync(path).isFile() || !isSqlite(path)) throw none(path);
    // What is in a journal or log beside it belongs to it, but can only be read by writing: to a copy.
    if (isPending(`${path}-journal`) || isPending(`${path}-wal`)) return readCopy(path);
    return withDatabase(connect(path, { mode: 'read', busyMs: BUSY_MS }), path);
  } catch (error) {
    if (!(error instanceof StoreError)) throw fileError(error, path);
    if (error.code === 'store-damaged') throw broken(path, error);
    throw error;
  }
}

/** Source: the header of SQLite's file format. */
function isSqlite(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(16);
    readSync(file, start);
    return start.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(file);
  }
}

function isPending(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function readCopy(path: string): ForeignData {
  const folder = mkdtempSync(join(tmpdir(), 'f2b-import-'));
  try {
    const copy = join(folder, 'db');
    for (const end of ['', '-journal', '-wal']) {
      if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    }
    return withDatabase(connect(copy, { mode: 'write' }), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withDatabase(db: Connection, path: string): ForeignData {
  try {
    // One moment for all tables.
    db.exec('begin');
    const data = read(db, path);
    db.exec('commit');
    return data;
  } finally {
    if (db.inTransaction) db.exec('rollback');
    db.close();
  }
}

function read(db: Connection, path: string): ForeignData {
  const tables = new Set(
    db
      .prepare('select name from sqlite_master')
      .all([])
      .map((row) => row['name']),
  );
  if (!tables.has('fail2banDb') || !tables.has('bans')) throw none(path);
  const notes: ForeignData['broken'][number][] = [];
  const rowsOf = (table: string) => (tables.has(table) ? db.prepare(`select * from ${table}`).all([]) : []);
  const bansOf = (table: string) => rowsOf(table).flatMap((row) => banOf(row, notes) ?? []);
  const bans = bansOf('bans');
  return {
    path,
    version: Math.max(0, ...rowsOf('fail2banDb').map((row) => Number(row['version']) || 0)),
    jails: rowsOf('jails').map((row) => String(row['name'])),
    bans,
    latest: tables.has('bips') ? bansOf('bips') : latestOf(bans),
    positions: rowsOf('logs').flatMap((row) => positionOf(row) ?? []),
    broken: notes,
  };
}

/** Columns came with time: what is missing is not known. */
function banOf(row: Row, notes: ForeignData['broken'][number][]): ForeignBan | undefined {
  const { jail, ip } = row as { jail?: unknown; ip?: unknown };
  const timeSec = wholeNumber(row['timeofban']);
  if (typeof jail !== 'string' || typeof ip !== 'string' || ip === '' || timeSec === undefined) {
    const what = typeof ip === 'string' && ip !== '' ? ip : 'a row';
    notes.push({ jail: String(jail), what, reason: 'it has no id or no time' });
    return undefined;
  }
  const address = parseAddress(ip);
  const content = contentOf(row['data']);
  if (!content)
    notes.push({ jail, what: ip, reason: 'its matches cannot be read; it is taken without them' });
  const id = address?.text ?? ip;
  return {
    id,
    family: address?.family,
    jail,
    timeSec,
    banTimeSec: wholeNumber(row['bantime']) ?? UNKNOWN,
    banCount: Math.max(1, wholeNumber(row['bancount']) ?? 1),
    failures: Math.max(0, wholeNumber(content?.['failures']) ?? 0),
    matches: matchesOf(content?.['matches']),
    data: dataOf(content, id),
  };
}

const UNKNOWN = -2;

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : undefined;
}

type Content = Readonly<Record<string, Json>>;

/** JSON in a blob or a text. Undefined: something else, as the first versions had it. */
function contentOf(data: unknown): Content | undefined {
  if (data === null || data === undefined) return {};
  try {
    const text = isAnyArrayBuffer(data) ? Buffer.from(data).toString() : String(data);
    const content = JSON.parse(text) as Json;
    return typeof content === 'object' && content !== null && !Array.isArray(content)
      ? (content as Content)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A match is a line, or what stood before its date, the date, and what stood behind. */
function matchesOf(matches: Json | undefined): MatchedLine[] {
  if (!Array.isArray(matches)) return [];
  return (matches as readonly Json[]).flatMap((match) => {
    const parts = Array.isArray(match) ? (match as readonly Json[]) : [match];
    return parts.every((part) => typeof part === 'string') ? [{ text: parts.join('') }] : [];
  });
}

/** Captured groups; those that only repeat the id are left out. */
function dataOf(content: Content | undefined, id: string): TicketData {
  const groups = Object.entries(content ?? {}).filter(
    ([name, value]) => name !== 'matches' && name !== 'failures' && !(ID_GROUPS.has(name) && value === id),
  );
  return Object.fromEntries(groups);
}

const ID_GROUPS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'fid', 'ip']);

function positionOf(row: Row): ForeignPosition | undefined {
  const { jail, path, firstlinemd5: hash, lastfilepos: position } = row as Record<string, unknown>;
  if (typeof jail !== 'string' || typeof path !== 'string' || typeof position !== 'number') return undefined;
  return { jail, path, hash: typeof hash === 'string' ? hash : '', position };
}

/** As versions without a table of them did: by time, then by order. */
function latestOf(bans: readonly ForeignBan[]): ForeignBan[] {
  const latest = new Map<string, ForeignBan>();
  for (const ban of bans) {
    const key = JSON.stringify([ban.jail, ban.id]);
    const other = latest.get(key);
    if (!other || other.timeSec <= ban.timeSec) latest.set(key, ban);
  }
  return [...latest.values()];
}

function none(path: string): StoreError {
  return new StoreError('store-foreign', `${path} is not a fail2ban database`, {
    hint: "fail2ban's database is where dbfile in fail2ban.conf says: fail2ban-client get dbfile",
  });
}

function broken(path: string, cause: unknown): StoreError {
  return new StoreError('store-damaged', `The fail2ban database ${path} is damaged`, {
    cause,
    hint: 'fail2ban repairs it, as far as possible, when it starts. Nothing was imported.',
  });
}
