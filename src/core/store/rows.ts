/**
 * Store stage: records ↔ rows. Pure.
 *
 * What is looked up or compared by SQL has a column; matches, data and marks are JSON. An id is any text a log can
 * hold, so it is stored as a key that survives the driver (which ends a text at NUL and knows no half surrogates).
 */
import type { ActionMark, Ban, HeldBan, Json, LeaveReason, MatchedLine, PastBan } from '../records.js';
import type { Row, Value } from './driver.js';

/** Opens a key that is JSON; no id can begin so, since such ones are written as JSON too. */
const ESCAPE = '\u0001';
const NEEDS_ESCAPE = /^\u0001|[\0\p{Surrogate}]/u;

export function keyOf(id: string): string {
  return NEEDS_ESCAPE.test(id) ? ESCAPE + JSON.stringify(id) : id;
}

export function idOf(key: string): string {
  return key.startsWith(ESCAPE) ? (JSON.parse(key.slice(1)) as string) : key;
}

/** A list of ids as one parameter: `… in (select value from json_each(?))`. */
export function keyList(ids: Iterable<string>): string {
  return JSON.stringify(Array.from(ids, keyOf));
}

/** In this order; `seq` and `kept` are the caller's. */
export const BAN_COLUMNS = [
  'jail',
  'id',
  'family',
  'time',
  'time_kind',
  'ban_time',
  'ban_count',
  'failures',
  'origin',
  'restored',
  'leaving',
  'matches',
  'data',
  'marks',
] as const;

export function banValues(ban: HeldBan): Value[] {
  return [
    ban.jail,
    keyOf(ban.id),
    ban.family ?? null,
    ban.timeSec,
    ban.timeKind,
    Math.trunc(ban.banTimeSec),
    ban.banCount,
    ban.failures,
    ban.origin,
    ban.restored ? 1 : 0,
    ban.leaving ?? null,
    JSON.stringify(ban.matches),
    JSON.stringify(ban.data),
    marksJson(ban.marks),
  ];
}

export function banOf(row: Row): HeldBan {
  return {
    ...idPart(row),
    jail: row['jail'] as string,
    timeSec: row['time'] as number,
    timeKind: row['time_kind'] as Ban['timeKind'],
    banTimeSec: row['ban_time'] as number,
    banCount: row['ban_count'] as number,
    failures: row['failures'] as number,
    matches: parse<readonly MatchedLine[]>(row['matches'], '[]', NO_MATCHES),
    data: parse<Readonly<Record<string, Json>>>(row['data'], '{}', NO_DATA),
    restored: row['restored'] === 1,
    origin: row['origin'] as Ban['origin'],
    marks: parseMarks(row['marks'] as string),
    ...(row['leaving'] === null ? {} : { leaving: row['leaving'] as LeaveReason }),
  };
}

export const PAST_COLUMNS = [
  'jail',
  'id',
  'family',
  'time',
  'ban_time',
  'ban_count',
  'failures',
  'origin',
  'matches',
  'data',
  'ended',
  'ended_by',
] as const;

export function pastValues(past: PastBan): Value[] {
  return [
    past.jail,
    keyOf(past.id),
    past.family ?? null,
    past.timeSec,
    Math.trunc(past.banTimeSec),
    past.banCount,
    past.failures,
    past.origin,
    JSON.stringify(past.matches),
    JSON.stringify(past.data),
    past.endedSec ?? null,
    past.endedBy ?? null,
  ];
}

export function pastOf(row: Row): PastBan {
  return {
    ...idPart(row),
    jail: row['jail'] as string,
    timeSec: row['time'] as number,
    banTimeSec: row['ban_time'] as number,
    banCount: row['ban_count'] as number,
    failures: row['failures'] as number,
    matches: parse<readonly MatchedLine[]>(row['matches'], '[]', NO_MATCHES),
    data: parse<Readonly<Record<string, Json>>>(row['data'], '{}', NO_DATA),
    origin: row['origin'] as Ban['origin'],
    ...(row['ended'] === null ? {} : { endedSec: row['ended'] as number }),
    ...(row['ended_by'] === null ? {} : { endedBy: row['ended_by'] as LeaveReason }),
  };
}

const NO_MATCHES: readonly MatchedLine[] = Object.freeze([]);
const NO_DATA: Readonly<Record<string, Json>> = Object.freeze({});
const NO_MARKS: HeldBan['marks'] = Object.freeze({});

/** Most rows of a long block list have nothing to tell: that is not parsed. */
function parse<T>(text: unknown, empty: string, nothing: T): T {
  return text === empty ? nothing : (JSON.parse(text as string) as T);
}

function idPart(row: Row): Pick<Ban, 'id' | 'family'> {
  return { id: idOf(row['id'] as string), family: (row['family'] as Ban['family'] | null) ?? undefined };
}

/**
 * One action's mark as it lies in the column, inside a list: SQLite's json_patch then replaces it whole, where it would
 * mix two objects. `null` takes it away.
 */
export function markPatch(action: string, mark: ActionMark | undefined): string {
  return JSON.stringify({ [action]: mark === undefined ? null : [mark] });
}

function marksJson(marks: HeldBan['marks']): string {
  const packed = Object.entries(marks).map(([action, mark]) => [action, [mark]]);
  return packed.length === 0 ? '{}' : JSON.stringify(Object.fromEntries(packed));
}

/** Marks of one run are alike, so the last text is kept with what it means. */
function parseMarks(text: string): HeldBan['marks'] {
  if (text === '{}') return NO_MARKS;
  if (text === lastText) return lastMarks;
  const packed = JSON.parse(text) as Record<string, [ActionMark]>;
  lastText = text;
  lastMarks = Object.freeze(
    Object.fromEntries(Object.entries(packed).map(([action, [mark]]) => [action, Object.freeze(mark)])),
  );
  return lastMarks;
}

let lastText = '';
let lastMarks: HeldBan['marks'] = NO_MARKS;

/** Does not compile when a record has a field that no column keeps. */
type Unkept<Record, Kept extends string> = Exclude<keyof Record, Kept> extends never ? true : never;
type BanField =
  | 'id'
  | 'family'
  | 'jail'
  | 'timeSec'
  | 'banTimeSec'
  | 'banCount'
  | 'failures'
  | 'matches'
  | 'data'
  | 'origin';
true satisfies Unkept<HeldBan, BanField | 'timeKind' | 'restored' | 'marks' | 'leaving'>;
true satisfies Unkept<PastBan, BanField | 'endedSec' | 'endedBy'>;
