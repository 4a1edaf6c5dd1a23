/**
 * The same configuration and the same logs for a real fail2ban-server and for `f2b scan`: the same addresses are banned,
 * from and until the same second.
 *
 * Nothing happens within a minute and a half of the edge of a findtime or bantime: the two do not look at the clock at
 * the same moment.
 */
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Site, sshFailure, stampOf } from '../e2e/site.js';
import { seededRandom } from '../jail/seeded-random.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

const when = hasFail2banServer ? describe : describe.skip;
if (!hasFail2banServer)
  process.stderr.write('fail2ban-server is not installed: decisions are not compared\n');
process.env['TZ'] = 'UTC';

const HISTORY: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  usual: { maxretry: 5, findtime: 600, bantime: 600 },
  patient: { maxretry: 3, findtime: '2h', bantime: '1d' },
  strict: { maxretry: 1, findtime: '1h', bantime: '1h 30m' },
  forever: { maxretry: 4, findtime: '1h', bantime: -1 },
  brief: { maxretry: 2, findtime: '2h', bantime: '20m' },
  lenient: { maxretry: 12, findtime: '2h', bantime: '1w' },
  sparing: { maxretry: 2, findtime: '1h', bantime: '1h', ignoreip: '198.18.0.0/28 2001:db8:7::/64' },
};
/** Ages at which somebody's findtime or bantime ends. */
const EDGES_SEC = [600, 1200, 3600, 5400, 7200];
/** Jails that read what is being written: short bans that grow, in different ways. */
const GROWING: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  doubling: { 'bantime.increment': 'true' },
  capped: { 'bantime.increment': 'true', 'bantime.factor': 2, 'bantime.maxtime': 30 },
  listed: { 'bantime.increment': 'true', 'bantime.multipliers': '1 3 5' },
  formula: {
    'bantime.increment': 'true',
    'bantime.formula': 'ban.Time * math.exp(float(ban.Count + 1) * banFactor) / math.exp(1 * banFactor)',
  },
  still: {},
};
const GROWING_BASE = { maxretry: 2, findtime: 600, bantime: 12 };
const ROUNDS = Number(process.env['F2B_ROUNDS'] ?? 2);

/** Two hours of failures and logins, in order. */
function history(random: () => number, nowSec: number): string {
  const lines: { at: number; text: string }[] = [];
  const addresses = Array.from({ length: 60 }, (_, i) =>
    i % 4 === 0 ? `2001:db8:${i % 8}::${i.toString(16)}` : `198.18.0.${i}`,
  );
  for (const address of addresses) {
    const pace = 30 + random() ** 2 * 2000;
    for (let age = random() * 7900; age > 5; age -= random() * pace) {
      if (EDGES_SEC.some((edge) => Math.abs(age - edge) < 100)) continue;
      const at = Math.floor(nowSec - age);
      lines.push({ at, text: sshFailure(address, at) });
      if (random() < 0.3) lines.push({ at, text: sshFailure(address, at, 'admin') });
      if (random() < 0.2) {
        const text = `${stampOf(at)} mx sshd[77]: Accepted publickey for joe from 192.0.2.200 port 4711 ssh2\n`;
        lines.push({ at, text });
      }
    }
  }
  return lines
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text)
    .join('');
}

when('f2b scan beside fail2ban-server', () => {
  let server: Fail2banServer;
  let site: Site;
  const seed = Number(process.env['F2B_SEED'] ?? Date.now() % 100_000);
  const random = seededRandom(seed);
  let historyLog: string;

  beforeAll(async () => {
    const common = { filter: 'sshd', action: 'nothing', ignoreself: 'false' };
    const growing = Object.entries(GROWING).map(
      ([name, options]) => [name, { ...GROWING_BASE, ...options }] as const,
    );
    const jails = Object.entries({ ...HISTORY, ...Object.fromEntries(growing) });
    server = new Fail2banServer(
      Object.fromEntries(jails.map(([name, options]) => [name, { ...common, ...options }])),
    );
    historyLog = history(random, Date.now() / 1000);
    for (const name of Object.keys(HISTORY)) writeFileSync(server.logPath(name), historyLog);
    const conf = join(server.folder, 'conf');
    writeFileSync(
      join(conf, 'action.d/nothing.conf'),
      '[Definition]\nactionban = true\nactionunban = true\n',
    );
    for (const file of ['sshd.conf', 'common.conf'])
      symlinkSync(`/etc/fail2ban/filter.d/${file}`, join(conf, 'filter.d', file));
    site = new Site({
      files: {
        'fail2ban.conf': '[Definition]\ndbfile = DIR/state/f2b.sqlite3\nlogtarget = DIR/f2b.log\n',
        'jail.conf': readFileSync(join(conf, 'jail.conf'), 'utf8'),
      },
      bare: true,
    });
    for (const folder of ['filter.d', 'action.d']) symlinkSync(join(conf, folder), site.at(`etc/${folder}`));
    mkdirSync(site.at('state'));
    await server.start();
  });
  afterAll(async () => {
    site?.close();
    await server?.remove();
  });

  const theirs = async (jail: string) => (await server.ask('get', jail, 'banip', '--with-time')).trimEnd();
  const ours = async (jail: string) => (await site.f2b('get', jail, 'banip', '--with-time')).stdout.trimEnd();
  const sorted = (text: string) => text.split('\n').sort();

  async function expectSame(jail: string): Promise<number> {
    const expected = sorted(await theirs(jail));
    expect({ seed, jail, bans: sorted(await ours(jail)) }).toEqual({ seed, jail, bans: expected });
    return expected.length;
  }

  test('bans the same addresses of a history, for the same time', async () => {
    const lines = historyLog.split('\n').length;
    expect(lines).toBeGreaterThan(300);
    await server.until('it has read the history', async () => {
      const before = await server.failedTotal('lenient');
      await sleep(1000);
      return before > 0 && before === (await server.failedTotal('lenient'));
    });
    expect((await site.scan()).status).toBe(0);
    for (const jail of Object.keys(HISTORY)) {
      const bans = await expectSame(jail);
      expect([jail, bans > 3]).toEqual([jail, true]);
    }
  });

  test('and the same ones when the log goes on, those that are banned already among them', async () => {
    const nowSec = Math.floor(Date.now() / 1000);
    const more = Array.from({ length: 150 }, () => {
      const i = Math.floor(random() * 30);
      return sshFailure(i % 3 === 0 ? `2001:db8:0::${i.toString(16)}` : `198.18.0.${i}`, nowSec);
    }).join('');
    const before = await server.failedTotal('lenient');
    for (const jail of Object.keys(HISTORY)) appendFileSync(server.logPath(jail), more);
    for (const jail of Object.keys(HISTORY)) {
      const ignored = jail === 'sparing';
      if (ignored) continue;
      await server.until(`${jail} has read more`, async () => (await server.failedTotal(jail)) > 0);
    }
    await server.until(
      'it has read more',
      async () => (await server.failedTotal('lenient')) === before + 150,
    );
    await sleep(2500);
    expect((await site.scan()).status).toBe(0);
    for (const jail of Object.keys(HISTORY)) await expectSame(jail);
  });

  test('bans who comes back longer and longer, in the same way', async () => {
    const jails = Object.keys(GROWING);
    const base = `+ ${GROWING_BASE.bantime} =`;
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const nowSec = Math.floor(Date.now() / 1000);
      for (const jail of jails) {
        const failure = () => sshFailure('203.0.113.5', nowSec);
        appendFileSync(server.logPath(jail), failure() + failure() + failure());
      }
      let expected: readonly string[] = [];
      // A ban grows a moment after it was made.
      const isDone = (answer: string, i: number) =>
        answer.includes('203.0.113.5') && (round === 0 || jails[i] === 'still' || !answer.includes(base));
      await server.until('all of them have banned', async () => {
        expected = await Promise.all(jails.map(theirs));
        return expected.every(isDone);
      });
      expect((await site.scan(...jails)).status).toBe(0);
      expect(await Promise.all(jails.map(ours))).toEqual(expected);
      const lengths = expected.map((answer) => Number(/\+ (\S+) =/.exec(answer)?.[1]));
      jails.forEach((jail, i) => void seen.add(`${jail} ${lengths[i]}`));
      if (round === ROUNDS - 1) break;
      await sleep((nowSec + Math.max(...lengths) + 2) * 1000 - Date.now());
      expect((await site.scan(...jails)).status).toBe(0);
    }
    expect([...seen].filter((text) => text.startsWith('doubling'))).toHaveLength(ROUNDS);
    expect([...seen].filter((text) => text.startsWith('still'))).toHaveLength(1);
  }, 240_000);
});
