/**
 * The window and the ban book beside fail2ban's: the same random failures, and who is banned when, after how many
 * failures, on which lines, and until when once bans are prolonged.
 *
 * Times are close to now and written at once: a running fail2ban takes dates within a minute of now as they are.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { BanBook } from '../../src/core/jail/ban-book.js';
import { FailWindow } from '../../src/core/jail/window.js';
import { seededRandom } from '../jail/seeded-random.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

if (!hasFail2banServer) console.warn('fail2ban-server is not installed: decisions are not compared with it');

interface Jail {
  readonly maxRetry: number;
  readonly findTimeSec: number;
  readonly maxMatches: number;
}

const JAILS: Readonly<Record<string, Jail>> = {
  one: { maxRetry: 3, findTimeSec: 5, maxMatches: 5 },
  two: { maxRetry: 5, findTimeSec: 10, maxMatches: 2 },
  three: { maxRetry: 4, findTimeSec: 7, maxMatches: 50 },
  four: { maxRetry: 2, findTimeSec: 20, maxMatches: 1 },
  five: { maxRetry: 6, findTimeSec: 3, maxMatches: 5 },
  six: { maxRetry: 6, findTimeSec: 33, maxMatches: 10 },
};
const BAN_TIME_SEC = 5_000;
const IDS = 25;

interface Line {
  readonly id: string;
  readonly timeSec: number;
  readonly text: string;
}

/** Bursts and pauses of some ids over 50 s, most of them in order, some with fractions. */
function randomLines(
  jail: Jail,
  { random, nowSec, round }: { random: () => number; nowSec: number; round: number },
): Line[] {
  const lines: Line[] = [];
  for (let i = 1; i <= IDS; i++) {
    const wholeOnly = random() < 0.5;
    let at = nowSec - 50 + random() * 10;
    while (at < nowSec - 3 && lines.length < IDS * 20) {
      const timeSec = wholeOnly ? Math.floor(at) : Math.floor(at * 1000) / 1000;
      const id = `10.${round}.0.${i}`;
      lines.push({ id, timeSec, text: `${wholeOnly ? timeSec : timeSec.toFixed(3)} fail ${id}` });
      at += random() < 0.4 ? 0 : random() ** 2 * jail.findTimeSec * (0.5 + (i % 4));
    }
  }
  const keys = new Map(lines.map((line) => [line, line.timeSec + (random() < 0.1 ? random() * 8 : 0)]));
  return lines.sort((a, b) => keys.get(a)! - keys.get(b)!);
}

interface Decision {
  readonly id: string;
  readonly time: number;
  readonly failures: number;
  readonly matches: readonly string[];
}

interface Decisions {
  readonly bans: readonly Decision[];
  /** When and for how long, by id. */
  readonly until: Readonly<Record<string, string>>;
}

/**
 * What f2b does with them. Now and then fail2ban drops who has not failed for findtime, after a ban and otherwise; when,
 * only it knows. @param dropAt before which line that happens; undefined: not in the midst of them
 */
function decide(jail: Jail, lines: readonly Line[], nowSec: number, dropAt?: number): Decisions {
  const window = new FailWindow(jail);
  const book = new BanBook();
  const bans: Decision[] = [];
  for (const [i, { id, timeSec, text }] of lines.entries()) {
    if (i === dropAt) window.prune(nowSec + 1);
    const matches = [{ text }];
    const family = 'inet4';
    const { due } = window.add({ id, family, timeSec, timeKind: 'float', matches, data: {} });
    if (!due) continue;
    const admission = book.add(
      {
        ...{ id, family, jail: 'j', timeSec: due.timeSec, timeKind: 'float', banTimeSec: BAN_TIME_SEC },
        ...{ banCount: 1, failures: due.failures, matches: due.matches, data: {} },
        ...{ restored: false, origin: 'log' },
      },
      nowSec,
    );
    if (admission.kind !== 'new') continue;
    bans.push({
      id,
      time: Math.round(due.timeSec),
      failures: due.failures,
      matches: due.matches.map((match) => match.text),
    });
  }
  const until = Object.fromEntries(
    book.list().map(({ id, timeSec, banTimeSec }) => [id, `${clock(timeSec)} + ${banTimeSec}`]),
  );
  return { bans, until };
}

function clock(sec: number): string {
  const date = new Date(sec * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  );
}

/** A match is a text, or the text in three parts. */
type StoredMatch = string | readonly string[];

const suite = hasFail2banServer ? describe : describe.skip;

/** What became of one batch of lines. */
interface Round {
  readonly ours: Decisions;
  readonly theirs: Decisions;
}

suite('decisions beside fail2ban', () => {
  const rounds = new Map<string, Round>();
  let server: Fail2banServer;

  /** What the server and its database say of the ids of this round. */
  async function theirs(name: string, round: number): Promise<Decisions> {
    const text = await server.ask('get', name, 'banip', '--with-time');
    const entries = [...text.matchAll(/^(\S+) \t(.*) = .*$/gm)].map(
      ([, id, until]) => [id!, until!] as const,
    );
    const database = new Database(server.database, { readonly: true });
    const rows = database
      .prepare('SELECT ip, timeofban, CAST(data AS TEXT) AS data FROM bans WHERE jail = ? ORDER BY rowid')
      .all(name) as { ip: string; timeofban: number; data: string }[];
    database.close();
    const isOfRound = (id: string) => id.startsWith(`10.${round}.`);
    return {
      until: Object.fromEntries(entries.filter(([id]) => isOfRound(id))),
      bans: rows
        .filter(({ ip }) => isOfRound(ip))
        .map(({ ip, timeofban, data }) => {
          const { matches, failures } = JSON.parse(data) as { matches: StoredMatch[]; failures: number };
          const texts = matches.map((match) => (typeof match === 'string' ? match : match.join('')));
          return { id: ip, time: timeofban, failures, matches: texts };
        }),
    };
  }

  beforeAll(async () => {
    const options = Object.entries(JAILS).map(([name, { maxRetry, findTimeSec, maxMatches }]) => [
      name,
      { maxretry: maxRetry, findtime: findTimeSec, maxmatches: maxMatches, bantime: BAN_TIME_SEC },
    ]);
    server = new Fail2banServer(Object.fromEntries(options));
    await server.start();
    const written: Record<string, number> = {};
    const write = (name: string, lines: readonly string[]) => {
      appendFileSync(server.logPath(name), lines.map((line) => `${line}\n`).join(''));
      written[name] = (written[name] ?? 0) + lines.length;
    };
    const counted = async (names: readonly string[]) => {
      for (const name of names) {
        await server.until(`${name} counts`, async () => (await server.failedTotal(name)) >= written[name]!);
      }
    };
    // Only a jail that has come to the end of its log takes dates as they are.
    for (const name of Object.keys(JAILS)) write(name, [`${Math.floor(Date.now() / 1000)} fail 192.0.2.1`]);
    await counted(Object.keys(JAILS));

    const random = seededRandom(2026);
    // fail2ban may also drop in the midst of a batch for other reasons: then the batch is void, and another one is tried.
    for (let round = 0; round < 4; round++) {
      const open = Object.keys(JAILS).filter((name) => !isSame(rounds.get(name)));
      const nowSec = Date.now() / 1000;
      const batches = open.map(
        (name) => [name, randomLines(JAILS[name]!, { random, nowSec, round })] as const,
      );
      for (const [name, lines] of batches)
        write(
          name,
          lines.map(({ text }) => text),
        );
      await counted(open);
      for (const [name, lines] of batches) {
        const decisions = [undefined, ...lines.keys()].map((at) => decide(JAILS[name]!, lines, nowSec, at));
        const least = Math.min(...decisions.map(({ bans }) => bans.length));
        let found = await theirs(name, round);
        for (let tries = 0; tries < 10 && found.bans.length < least; tries++) {
          await sleep(300);
          found = await theirs(name, round);
        }
        const same = () => decisions.find((decision) => isDeepStrictEqual(decision, found));
        for (let tries = 0; tries < 3 && !same(); tries++) {
          await sleep(300);
          found = await theirs(name, round);
        }
        rounds.set(name, { ours: same() ?? decisions[0]!, theirs: found });
      }
    }
  }, 60_000);

  afterAll(() => server.remove());

  test.each(Object.keys(JAILS))('the same ids, times, failures and lines in jail %s', (name) => {
    const { ours, theirs } = rounds.get(name)!;
    expect(theirs.bans.length).toBeGreaterThan(IDS / 4);
    expect(ours.bans).toEqual(theirs.bans);
  });

  test.each(Object.keys(JAILS))('the same ends, also of prolonged bans, in jail %s', (name) => {
    const { ours, theirs } = rounds.get(name)!;
    expect(ours.until).toEqual(theirs.until);
  });
});

function isSame(round: Round | undefined): boolean {
  return round !== undefined && isDeepStrictEqual(round.ours, round.theirs);
}
