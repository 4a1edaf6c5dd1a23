/**
 * Ban times beside fail2ban's: ids with a history in its database fail once, and what its observer says of them and how
 * long it bans them is what f2b says, for formulas, factors, multipliers and limits; and durations in words.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import {
  compileGrowth,
  foundBadRecord,
  increaseBanRecord,
  isBadRecord,
  knownBadWeight,
  termOf,
} from '../../src/core/jail/ban-time.js';
import type { GrowthSettings } from '../../src/core/jail/settings.js';
import type { Reputation } from '../../src/core/records.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

if (!hasFail2banServer) console.warn('fail2ban-server is not installed: ban times are not compared with it');

const EXPONENTIAL = 'ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)';
const COUNTS = [0, 1, 2, 3, 4, 7, 12, 19, 20, 21, 50];
/** Seconds around every place where the wording of durations changes. */
const SECONDS = [
  ...[61, 90, 119, 120, 121, 599, 600, 3594, 3595, 3596, 3605, 3635, 3659, 3660, 3665, 7199, 7230, 86394],
  ...[86395, 86399, 86400, 86429, 86430, 86431, 86490, 90031, 175859, 604769, 604770, 604799, 604800, 606600],
  ...[
    606601, 858187, 2592000, 31449599, 31535999, 31536000, 31579200, 31579201, 34128000, 50461372, 629145600,
  ],
];

interface Case {
  readonly baseSec: number;
  readonly maxRetry: number;
  readonly growth: Partial<Record<'factor' | 'formula' | 'multipliers', string>> & { maxTime?: string };
  readonly counts: readonly number[];
}

const CASES: Readonly<Record<string, Case>> = {
  plain: { baseSec: 600, maxRetry: 1, growth: {}, counts: COUNTS },
  factor: { baseSec: 600, maxRetry: 1, growth: { factor: '2' }, counts: COUNTS },
  fraction: { baseSec: 100, maxRetry: 1, growth: { factor: '1.5 / 4' }, counts: COUNTS },
  multipliers: {
    baseSec: 600,
    maxRetry: 1,
    growth: { multipliers: '1 5 30 60 300 720 1440 2880' },
    counts: COUNTS,
  },
  both: { baseSec: 600, maxRetry: 1, growth: { multipliers: '1 5 30', factor: '0.5' }, counts: COUNTS },
  formula: { baseSec: 600, maxRetry: 1, growth: { formula: EXPONENTIAL }, counts: [0, 1, 2, 3, 4] },
  tuned: {
    ...{ baseSec: 600, maxRetry: 1, counts: COUNTS.slice(0, 7) },
    growth: { formula: EXPONENTIAL, factor: '2.0 / 2.885385' },
  },
  least: { baseSec: 600, maxRetry: 1, growth: { formula: '5' }, counts: [1, 2] },
  tie: { baseSec: 600, maxRetry: 1, growth: { formula: 'ban.Time * 1.0' }, counts: [1, 2] },
  most: { baseSec: 600, maxRetry: 1, growth: { maxTime: '1h' }, counts: COUNTS },
  weight3: { baseSec: 600, maxRetry: 3, growth: {}, counts: COUNTS },
  weight10: { baseSec: 600, maxRetry: 10, growth: {}, counts: COUNTS },
  words: { baseSec: 60, maxRetry: 1, growth: { formula: 'ban.Count' }, counts: SECONDS },
  floats: { baseSec: 60, maxRetry: 1, growth: { formula: 'ban.Count / 7' }, counts: SECONDS.slice(5) },
};

const settings = ({ growth }: Case): GrowthSettings => ({
  increment: true,
  factor: growth.factor,
  formula: growth.formula,
  multipliers: growth.multipliers,
  maxTimeSec: growth.maxTime === '1h' ? 3600 : undefined,
  rndTimeSec: undefined,
  overallJails: false,
});

const options = ({ baseSec, maxRetry, growth }: Case): Record<string, string | number> => ({
  ...{ maxretry: maxRetry, findtime: 600, bantime: baseSec, 'bantime.increment': 'true' },
  ...Object.fromEntries(
    Object.entries(growth).map(([name, value]) => [`bantime.${name.toLowerCase()}`, value]),
  ),
});

const idOf = (i: number) => `10.0.0.${i + 1}`;
const when = () => 'WHEN';
/** `2026-11-21 17:29:02` → WHEN: what time it was is not what is compared. */
const plain = (message: string) => message.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'WHEN');

/** What f2b would say of all ids of a case, and how long it bans. */
function ours(name: string, one: Case) {
  const rule = compileGrowth(settings(one), () => 0);
  const said: string[] = [];
  const terms: Record<string, number> = {};
  for (const [i, banCount] of one.counts.entries()) {
    const id = idOf(i);
    const reputation: Reputation = { id, family: 'inet4', jail: name, timeSec: 0, banTimeSec: 600, banCount };
    if (one.maxRetry > 1) {
      said.push(foundBadRecord(name, { id, timeSec: 0, banCount, maxRetry: one.maxRetry }, when).message);
      if (knownBadWeight(banCount, one.maxRetry).weight < one.maxRetry) continue;
    }
    const term = termOf({ baseSec: one.baseSec, rule, reputation });
    const increase = increaseBanRecord(name, { id, timeSec: 0, ...term }, when);
    said.push(isBadRecord(name, term.grown!, when).message, ...(increase ? [increase.message] : []));
    terms[id] = term.banTimeSec;
  }
  return { said: said.sort(), terms };
}

const suite = hasFail2banServer ? describe : describe.skip;

suite('ban times beside fail2ban', () => {
  let server: Fail2banServer;
  let log: readonly string[] = [];
  const terms: Record<string, Record<string, number>> = {};

  beforeAll(async () => {
    server = new Fail2banServer(
      Object.fromEntries(Object.entries(CASES).map(([name, one]) => [name, options(one)])),
    );
    await server.start();
    await server.stop();
    const database = new Database(server.database);
    const insert = database.prepare(
      'INSERT INTO bips (ip, jail, timeofban, bantime, bancount, data) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const past = Math.floor(Date.now() / 1000) - 100_000;
    for (const [name, { counts }] of Object.entries(CASES)) {
      for (const [i, count] of counts.entries()) insert.run(idOf(i), name, past, 600, count, '{}');
    }
    database.close();
    await server.start();
    for (const [name, { counts }] of Object.entries(CASES)) {
      const now = Math.floor(Date.now() / 1000);
      appendFileSync(server.logPath(name), counts.map((_, i) => `${now} fail ${idOf(i)}\n`).join(''));
    }
    const expected = Object.entries(CASES).flatMap(([name, one]) => ours(name, one).said);
    // If they never come to as many, the comparison says which.
    await server
      .until('it has said all', () => {
        log = server.log.flatMap((line) => {
          const message = /fail2ban\.observer .*?: (?:INFO|NOTICE) +(\[\w+\] .*)/.exec(line)?.[1];
          return message === undefined ? [] : [plain(message)];
        });
        return log.length >= expected.length;
      })
      .catch(() => undefined);
    for (const name of Object.keys(CASES)) {
      const text = await server.ask('get', name, 'banip', '--with-time');
      terms[name] = Object.fromEntries(
        [...text.matchAll(/^(\S+) \t\S+ \S+ \+ (-?\d+) = .*$/gm)].map(([, id, sec]) => [id, Number(sec)]),
      );
    }
  }, 60_000);

  afterAll(() => server.remove());

  test.each(Object.keys(CASES))('the same words in jail %s', (name) => {
    const theirs = log.filter((message) => message.startsWith(`[${name}] `)).sort();
    expect(ours(name, CASES[name]!).said).toEqual(theirs);
  });

  test.each(Object.keys(CASES))('the same ban times in jail %s', (name) => {
    expect(ours(name, CASES[name]!).terms).toEqual(terms[name]);
  });
});
