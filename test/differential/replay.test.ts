/**
 * f2b replay beside the real fail2ban-server on the same logs: the same failures, the same bans, the same times.
 *
 * The server reads logs whose lines are minutes old (it passes over older ones), with an action that does nothing; and,
 * for expiry, one that grows while it watches. Logs are made by a seeded generator.
 */
import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ConfigFolder, loadConfig } from '../../src/core/config/index.js';
import { createResolver } from '../../src/core/net/dns.js';
import { type ReplayReport, replay } from '../../src/core/scan/replay.js';
import { findLogFiles } from '../../src/core/scan/replay-files.js';
import { localText } from '../../src/core/time/local-text.js';
import { ROOT } from '../commands/f2b.js';
import { seededRandom } from '../jail/seeded-random.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

if (!hasFail2banServer) console.warn('fail2ban-server is not installed: replays are not compared with it');
const withServer = hasFail2banServer ? describe : describe.skip;

/** The last address of each log: when the server has found it, it has read everything. */
const LAST = '203.0.113.255';
const SIMPLE = { filter: 'simple', findtime: '1h', bantime: '1d', maxmatches: 3 };

let server: Fail2banServer | undefined;
afterEach(async () => {
  await server?.remove();
  server = undefined;
});

withServer('f2b replay and fail2ban-server', () => {
  test('agree on logs that are there when the server starts', async () => {
    const nowSec = Math.floor(Date.now() / 1000);
    const jails: Record<string, Jail> = {
      plain: { log: simpleLog(1, nowSec), options: { maxretry: 5 } },
      strict: { log: simpleLog(2, nowSec), options: { maxretry: 1 } },
      lax: { log: simpleLog(3, nowSec), options: { maxretry: 12, bantime: -1 } },
      ignoring: {
        log: simpleLog(4, nowSec),
        options: { maxretry: 3, ignoreip: '192.0.2.0/30 2001:db8::/127' },
      },
      // With maxretry above 1 it depends on threads of the server when it knows of a ban.
      growing: { log: simpleLog(7, nowSec), options: { maxretry: 1, 'bantime.increment': 'true' } },
      window: { log: simpleLog(5, nowSec), options: { maxretry: 4, findtime: 560 } },
      ssh: { log: sshLog(6, nowSec), options: { filter: 'sshd[mode=aggressive]', maxretry: 4 } },
    };
    for (const [name, { bans, found }] of await tellAll(jails)) {
      const report = await replayOf(name);
      expect({ name, bans: bansOf(report) }).toEqual({ name, bans });
      expect({ name, found: failuresOf(report) }).toEqual({ name, found });
      expect(bans.length).toBeGreaterThan(2);
    }
  }, 90_000);

  test('agree on a log that grows, where bans end and begin again', async () => {
    const growing = await startServer({
      live: { log: '', options: { maxretry: 3, bantime: 4, findtime: 5 } },
    });
    // Seconds from the start at which an address fails; nothing happens close to the end of a ban.
    const failures: Record<string, readonly number[]> = {
      // Banned for four seconds, and banned again.
      '192.0.2.1': [0, 0, 1, 10, 10, 10],
      // Never three in five seconds, whether old ones are forgotten or shrink.
      '192.0.2.2': [0, 1, 18],
      // Fails on while banned: that ban becomes longer, and only when it has ended there is another.
      '192.0.2.3': [0, 0, 0, 2, 2, 2, 12, 12, 12],
    };
    const steps = Object.entries(failures).flatMap(([ip, times]) => times.map((at) => ({ ip, at })));
    steps.sort((a, b) => a.at - b.at);
    const startSec = Math.ceil(Date.now() / 1000);
    for (const { ip, at } of steps) {
      const dueMs = (startSec + at) * 1000 + 50;
      if (dueMs > Date.now()) await sleep(dueMs - Date.now());
      appendFileSync(growing.logPath('live'), simpleLine(ip, startSec + at));
    }
    await server!.until('all is read', async () => (await server!.failedTotal('live')) === steps.length);
    await server!.until('all bans have ended', () => said('Unban', 'live').length === 4);
    const report = await replayOf('live');
    expect(countsOf(report.a.course.bans.map(({ id }) => id))).toEqual(countsOf(said('Ban', 'live')));
    expect(countsOf(said('Ban', 'live'))).toEqual({ '192.0.2.1': 2, '192.0.2.3': 2 });
    const found = Array.from(report.addresses.list(), ({ id, failures }) => [id, failures]);
    expect(Object.fromEntries(found)).toEqual(countsOf(said('Found', 'live')));
  }, 90_000);
});

interface Jail {
  readonly log: string;
  readonly options: Readonly<Record<string, string | number>>;
}

interface Told {
  /** `IP since until`, sorted. */
  readonly bans: readonly string[];
  /** `IP failures first last`, sorted. */
  readonly found: readonly string[];
}

/** A server that has read what is in the logs. */
async function startServer(jails: Readonly<Record<string, Jail>>): Promise<Fail2banServer> {
  const sections = Object.entries(jails).map(([name, { options }]) => [name, { ...SIMPLE, ...options }]);
  server = new Fail2banServer(Object.fromEntries(sections));
  const filters = join(server.folder, 'conf/filter.d');
  cpSync(join(ROOT, 'filters.d'), filters, { recursive: true });
  writeFileSync(
    join(filters, 'simple.conf'),
    '[Definition]\nfailregex = ^\\s*srv app: bad login from <HOST>$\n',
  );
  for (const [name, { log }] of Object.entries(jails)) writeFileSync(server.logPath(name), log);
  await server.start();
  return server;
}

async function tellAll(jails: Readonly<Record<string, Jail>>): Promise<ReadonlyMap<string, Told>> {
  const running = await startServer(jails);
  const until = running.until.bind(running);
  for (const name of Object.keys(jails)) {
    await until(`${name} is read`, () => said('Found', name).includes(LAST));
  }
  // The actions have a thread of their own.
  let before = -1;
  await until('it is quiet', async () => {
    await sleep(2500);
    const [last, now] = [before, server!.log.length];
    before = now;
    return last === now;
  });
  const told = await Promise.all(Object.keys(jails).map(async (name) => [name, await toldOf(name)] as const));
  return new Map(told);
}

/** Of whom the server's log says so, in order. */
function said(what: 'Found' | 'Ban' | 'Unban', jail: string): string[] {
  const pattern = new RegExp(`\\[${jail}\\] ${what} (\\S+)`);
  return server!.log.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

async function toldOf(jail: string): Promise<Told> {
  const answer = await server!.ask('get', jail, 'banip', '--with-time');
  const bans = [...answer.matchAll(/^(\S+)\s+(\S+ \S+) \+ \S+ = (\S+ \S+)$/gm)].map(
    ([, ip, since, end]) => `${ip} ${since} ${end!.startsWith('9999') ? 'for ever' : end}`,
  );
  const failures = new Map<string, string[]>();
  const pattern = new RegExp(`\\[${jail}\\] Found (\\S+) - (\\S+ \\S+)`);
  for (const line of server!.log) {
    const [, ip, time] = pattern.exec(line) ?? [];
    if (ip !== undefined && time !== undefined) failures.set(ip, [...(failures.get(ip) ?? []), time]);
  }
  const found = Array.from(
    failures,
    ([ip, times]) => `${ip} ${times.length} ${times[0]} ${[...times].sort().at(-1)}`,
  );
  return { bans: bans.sort(), found: found.sort() };
}

async function replayOf(jail: string): Promise<ReplayReport> {
  const only = new Set([jail]);
  const { jails } = loadConfig({
    folder: new ConfigFolder(join(server!.folder, 'conf')),
    only,
    mode: 'start',
    mayLackLogs: true,
    logtype: 'file',
    withoutActions: true,
  });
  const nowSec = Date.now() / 1000;
  return replay({
    plan: jails[0]!,
    logs: await findLogFiles([server!.logPath(jail)], { rotated: false, nowSec }),
    resolver: createResolver({ ipv6: true }),
    localeEncoding: 'UTF-8',
  });
}

function bansOf({ a }: ReplayReport): readonly string[] {
  const endText = (sec: number) => (Number.isFinite(sec) ? localText(sec) : 'for ever');
  return a.course.bans
    .map(({ id, timeSec, untilSec }) => `${id} ${localText(timeSec)} ${endText(untilSec)}`)
    .sort();
}

function failuresOf({ addresses }: ReplayReport): readonly string[] {
  return Array.from(
    addresses.list(),
    ({ id, failures, firstSec, lastSec }) => `${id} ${failures} ${localText(firstSec)} ${localText(lastSec)}`,
  ).sort();
}

function countsOf(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

// ── logs ──

function simpleLine(ip: string, timeSec: number): string {
  return `${localText(timeSec)} srv app: bad login from ${ip}\n`;
}

/** Some hundred lines of the last nine minutes, in order of time, with noise. */
function simpleLog(seed: number, nowSec: number): string {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const ids = [
    ...Array.from({ length: 10 }, (_, i) => `192.0.2.${i + 1}`),
    ...Array.from({ length: 4 }, (_, i) => `2001:db8::${i + 1}`),
  ];
  const lines: string[] = [];
  for (let at = nowSec - 540; at < nowSec - 5; at += pick(5)) {
    // Some fail often, some hardly ever.
    const ip = ids[Math.min(pick(ids.length), pick(ids.length))]!;
    const noise = `${localText(at)} srv app: good login from ${ip}\n`;
    lines.push(random() < 0.3 ? noise : simpleLine(ip, at));
  }
  return `${lines.join('')}${simpleLine(LAST, nowSec - 4)}`;
}

/** In the shape of OpenSSH's logs: sessions of several lines, dates without a year, users that try to look like addresses. */
function sshLog(seed: number, nowSec: number): string {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const users = ['root', 'admin', 'joe from 192.0.2.77', '192.0.2.78', 'test port 22'];
  const lines: string[] = [];
  const write = (at: number, pid: number, text: string) =>
    lines.push(`${syslogDate(at)} srv sshd[${pid}]: ${text}\n`);
  let pid = 1000;
  for (let at = nowSec - 540; at < nowSec - 10; at += pick(9)) {
    const ip = `198.51.100.${1 + Math.min(pick(12), pick(12))}`;
    const port = 1024 + pick(60_000);
    const user = users[pick(users.length)]!;
    pid++;
    switch (pick(5)) {
      case 0:
        write(at, pid, `Invalid user ${user} from ${ip} port ${port}`);
        write(
          at,
          pid,
          `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip} `,
        );
        write(at + 1, pid, `Failed password for invalid user ${user} from ${ip} port ${port} ssh2`);
        write(at + 1, pid, `Connection closed by invalid user ${user} ${ip} port ${port} [preauth]`);
        break;
      case 1:
        write(at, pid, `Failed password for root from ${ip} port ${port} ssh2`);
        write(at + 1, pid, `Failed password for root from ${ip} port ${port} ssh2`);
        write(at + 1, pid, `Received disconnect from ${ip} port ${port}:11: Bye Bye [preauth]`);
        break;
      case 2:
        write(at, pid, `Accepted password for joe from ${ip} port ${port} ssh2`);
        break;
      case 3:
        write(at, pid, `Did not receive identification string from ${ip} port ${port}`);
        break;
      default:
        write(at, pid, `Connection closed by authenticating user root ${ip} port ${port} [preauth]`);
    }
  }
  write(nowSec - 4, pid + 1, `Failed password for root from ${LAST} port 22 ssh2`);
  return lines.join('');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function syslogDate(timeSec: number): string {
  const text = localText(timeSec);
  const day = String(Number(text.slice(8, 10))).padStart(2);
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${day} ${text.slice(11)}`;
}
