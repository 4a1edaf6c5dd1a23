/**
 * Control stage: how the jails of a server of fail2ban's are, from the answers that its vocabulary has.
 *
 * A few questions a jail → Outline. What fail2ban does not tell stays untold: whether a ban is in force above all.
 * Source: client.md §3, §4.
 */
import { parseAddress } from '../net/address.js';
import type { HeldBan } from '../records.js';
import { CommandError, unknownJail } from './command-error.js';
import type { JailOutline, Outline, OutlinedBans } from './outline.js';
import type { StandingBan } from './standing.js';
import { PyTuple, type Value } from './values.js';

export type AskServer = (words: readonly string[]) => Promise<Value>;

export interface ForeignRequest {
  readonly bans: OutlinedBans;
  /** Undefined: all. */
  readonly jail: string | undefined;
  readonly nowSec: number;
}

/** @throws {CommandError} there is no such jail */
export async function foreignOutline(ask: AskServer, request: ForeignRequest): Promise<Outline> {
  const names = jailsOf(await ask(['status']));
  if (request.jail !== undefined && !names.includes(request.jail)) throw unknownJail(request.jail);
  const jails: JailOutline[] = [];
  for (const name of request.jail === undefined ? names : [request.jail]) {
    jails.push(await outlineJail(ask, name, request));
  }
  const { nowSec } = request;
  return { jails, disabled: [], skipped: [], problems: [], nowSec, isForeign: true };
}

/**
 * The answers to `stats` and `status --all`, which servers before 1.1 do not have: made of those they do have.
 * Undefined for other commands.
 */
export async function foreignAnswer(ask: AskServer, words: readonly string[]): Promise<Value | undefined> {
  const [first, second, flavor] = words;
  if (first === 'stats' || first === 'statistics') return statistics(ask);
  if (first !== 'status' || second !== '--all') return undefined;
  const overview = await ask(['status']);
  const each = new Map<string, Value>();
  for (const name of jailsOf(overview)) {
    each.set(name, await ask(['status', name, ...(flavor === undefined ? [] : [flavor])]));
  }
  return [...itemsOf(overview), each];
}

async function statistics(ask: AskServer): Promise<Value> {
  const { jails } = await foreignOutline(ask, { bans: 'none', jail: undefined, nowSec: 0 });
  return new Map(
    jails.map(({ name, backend, counts }) => [
      name,
      [
        backend,
        new PyTuple([counts.failing, counts.failedTotal]),
        new PyTuple([counts.banned, counts.bannedTotal]),
      ],
    ]),
  );
}

async function outlineJail(ask: AskServer, name: string, { bans }: ForeignRequest): Promise<JailOutline> {
  const [filter, actions] = itemsOf(await ask(['status', name])).map(
    (section) => itemsOf(section)[1] ?? null,
  );
  const numberOf = (rows: Value | undefined, label: string) => Number(rowValue(rows, label) ?? 0);
  const matches = rowValue(filter, 'Journal matches');
  return {
    name,
    backend: matches === undefined ? 'polling' : 'systemd',
    idle: false,
    counts: {
      failing: numberOf(filter, 'Currently failed'),
      failedTotal: numberOf(filter, 'Total failed'),
      banned: numberOf(actions, 'Currently banned'),
      bannedTotal: numberOf(actions, 'Total banned'),
    },
    logPaths: textsOf(rowValue(filter, 'File list')),
    journalMatches: typeof matches === 'string' && matches !== '' ? matches.split(' + ') : textsOf(matches),
    actions: textsOf(await ask(['get', name, 'actions'])),
    changed: {},
    notApplied: undefined,
    leaving: undefined,
    bans: bans === 'all' ? bansOf(name, await withTimes(ask, name), rowValue(actions, 'Banned IP list')) : [],
    problems: [],
  };
}

/** Older servers do not know the times. */
async function withTimes(ask: AskServer, name: string): Promise<readonly string[]> {
  try {
    return textsOf(await ask(['get', name, 'banip', '--with-time']));
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

/** `1.2.3.4 ⇥2026-11-21 08:54:23 + 600 = 2026-11-21 09:04:23` */
const WITH_TIME = /^(.*) \t(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) \+ (-?\d+) = /s;

function bansOf(jail: string, lines: readonly string[], order: Value | undefined): StandingBan[] {
  const known = new Map<string, { timeSec: number; banTimeSec: number }>();
  for (const line of lines) {
    const [, id = '', year, month, day, hour, minute, second, banTime] = WITH_TIME.exec(line) ?? [];
    if (id === '') continue;
    const date = new Date(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
    known.set(id, { timeSec: date.getTime() / 1000, banTimeSec: Number(banTime) });
  }
  const ids = textsOf(order);
  return ids.map((id) => {
    const { timeSec = 0, banTimeSec = -1 } = known.get(id) ?? {};
    const ban: HeldBan = {
      ...{ id, jail, timeSec, banTimeSec, family: parseAddress(id)?.family },
      ...{ timeKind: 'int', banCount: 1, failures: 0, matches: [], data: {}, restored: false },
      ...{ origin: 'log', marks: {} },
    };
    return { ban, standing: 'unknown', troubles: [] };
  });
}

function jailsOf(overview: Value): string[] {
  return rowOf(overview, 'Jail list')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function itemsOf(value: Value | undefined): readonly Value[] {
  if (value instanceof PyTuple) return value.items as readonly Value[];
  return Array.isArray(value) ? value : [];
}

function rowValue(rows: Value | undefined, label: string): Value | undefined {
  return itemsOf(itemsOf(rows).find((row) => itemsOf(row)[0] === label))[1];
}

function rowOf(rows: Value, label: string): string {
  const value = rowValue(rows, label);
  return typeof value === 'string' ? value : '';
}

function textsOf(value: Value | undefined): string[] {
  return itemsOf(value).filter((item) => typeof item === 'string');
}
