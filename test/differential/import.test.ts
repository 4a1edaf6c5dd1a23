import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { f2b } from '../commands/f2b.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

const JAILS = {
  plain: { bantime: 3600, maxretry: 2, findtime: 3600 },
  forever: { bantime: -1, maxretry: 1 },
  growing: { bantime: 4, maxretry: 1, 'bantime.increment': 'true', 'bantime.maxtime': '2h' },
  quiet: { bantime: 3600, maxretry: 5, findtime: 3600 },
};
/** `1.2.3.4 \t2026-11-21 18:20:14 + 3600 = …` */
const BAN = /^(\S+) \t(.{19}) \+ (-?\d+) = (.{19})$/;

/**
 * The same bans, from and until the same second. Manual ones have a fraction, which fail2ban cuts off when it shows them
 * and rounds when it writes them down.
 */
function expectAlike(ours: readonly string[], theirs: readonly string[] = []): void {
  expect(ours).toHaveLength(theirs.length);
  for (const [i, line] of theirs.entries()) {
    const [, id, since = '', banTime, until] = BAN.exec(line) ?? [];
    const [, ourId, ourSince = '', ...ourEnd] = BAN.exec(ours[i] ?? '') ?? [];
    const isManual = id?.startsWith('198.51.100.');
    expect([ourId, ourEnd[0]]).toEqual([id, banTime]);
    if (isManual) expect([0, 1000]).toContain(Date.parse(ourSince) - Date.parse(since));
    else expect([ourSince, ourEnd[1]]).toEqual([since, until]);
  }
}

const SCHEMA = { bans: expect.any(Array), skipped: [] };

(hasFail2banServer ? describe : describe.skip)(
  'an import from a real fail2ban (needs fail2ban-server)',
  () => {
    const server = new Fail2banServer(JAILS);
    const conf = join(server.folder, 'conf');
    const fails = (jail: string, ids: readonly string[], agoSec = 5) => {
      const sec = Math.floor(Date.now() / 1000) - agoSec;
      appendFileSync(server.logPath(jail), ids.map((id) => `${sec} fail ${id}\n`).join(''));
    };
    const lines = (text: string) => text.split('\n').filter(Boolean).sort();
    const theirs = async (jail: string) => lines(await server.ask('get', jail, 'banip', '--with-time'));
    const ours = async (jail: string) => {
      const { stdout, stderr } = await f2b(['get', '-c', conf, jail, 'banip', '--with-time'], {
        env: LOCAL_TIME,
      });
      expect(stderr).toBe('');
      return lines(stdout);
    };
    // Both in the same time zone.
    const LOCAL_TIME = { TZ: process.env['TZ'] ?? '' };
    const runImport = async (...args: string[]) => {
      const { stdout, stderr, status } = await f2b(['import', '-c', conf, '--json', ...args]);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      return JSON.parse(stdout) as {
        version: number;
        jails: { jail: string; bans: unknown[]; history: number }[];
      };
    };
    const counted = async (...args: string[]) =>
      Object.fromEntries(
        (await runImport(...args)).jails.map(({ jail, bans, history }) => [jail, [bans.length, history]]),
      );

    let asked: Record<string, string[]> = {};
    beforeAll(async () => {
      await server.start();
      // From now on f2b does not find that server, which it would ask otherwise.
      const away = join(server.folder, 'nobody.sock');
      writeFileSync(join(conf, 'fail2ban.local'), `[Definition]\nsocket = ${away}\n`);
      fails('plain', ['192.0.2.1', '192.0.2.1', '2001:db8::1', '192.0.2.2', '2001:db8::1', '192.0.2.3']);
      fails('forever', ['192.0.2.1', 'joe', '192.0.2.7']);
      fails('growing', ['192.0.2.1'], 0);
      fails('quiet', ['192.0.2.1']);
      await server.ask('set', 'plain', 'banip', '198.51.100.7', '198.51.100.0/24');
      const hasAll = async () => {
        const [plain = [], forever = []] = await Promise.all(['plain', 'forever'].map(theirs));
        return plain.length === 4 && forever.length === 3;
      };
      await server.until('all are banned', hasAll);
      // Twice, so that it grows; and one is let in, which fail2ban forgets.
      const says = (words: string) => server.log.some((line) => line.includes(words));
      await server.until('its ban is over', () => says('[growing] Unban 192.0.2.1'));
      await server.ask('set', 'growing', 'bantime', '3600');
      fails('growing', ['192.0.2.1'], 0);
      await server.until('it is banned again', async () => (await theirs('growing')).length === 1);
      await server.ask('set', 'forever', 'unbanip', '192.0.2.7');
      await server.until('it is written down', async () => /\+ 7200 /.test(String(await theirs('growing'))));
      asked = Object.fromEntries(
        await Promise.all(Object.keys(JAILS).map(async (jail) => [jail, await theirs(jail)])),
      );
    }, 120_000);
    afterAll(() => server.remove());

    test('takes, while fail2ban runs, what fail2ban says is banned, each until the same second', async () => {
      expect(await counted('--dry-run')).toMatchObject({ plain: [4, 4], forever: [2, 2], growing: [1, 2] });
      expect(await ours('plain')).toEqual([]);
      const report = await runImport();
      expect(report.version).toBe(4);
      expect(report.jails.map(({ jail }) => jail)).toEqual(
        expect.arrayContaining(['plain', 'forever', 'growing']),
      );
      for (const jail of report.jails) expect(jail).toMatchObject(SCHEMA);
      for (const jail of Object.keys(JAILS)) expectAlike(await ours(jail), asked[jail]);
      expect(asked['plain']).toHaveLength(4);
      expect(asked['growing']?.[0]).toMatch(/ \+ 7200 = /);
    }, 60_000);

    test('takes nothing twice', async () => {
      expect(await counted()).toMatchObject({ plain: [0, 0], forever: [0, 0], growing: [0, 0] });
      for (const jail of Object.keys(JAILS)) expectAlike(await ours(jail), asked[jail]);
    }, 60_000);

    test('goes on where fail2ban stopped reading, leaves its database as it is, and does not ban again', async () => {
      await server.stop();
      const hash = () => createHash('sha1').update(readFileSync(server.database)).digest('hex');
      const before = hash();
      const { jails } = await runImport();
      expect(jails.find(({ jail }) => jail === 'plain')).toMatchObject({
        positions: [
          { path: server.logPath('plain'), offsetBytes: readFileSync(server.logPath('plain')).length },
        ],
      });
      expect(hash()).toBe(before);
      fails('plain', ['192.0.2.9', '192.0.2.9'], 0);
      const { stdout, stderr } = await f2b(['scan', '-c', conf, '--json']);
      expect(stderr).toBe('');
      const scan = JSON.parse(stdout) as {
        jails: { jail: string; banned: { id: string }[]; logs: { lines: number }[] }[];
      };
      expect(scan.jails.map(({ jail, banned }) => [jail, banned.map(({ id }) => id)])).toEqual([
        ['plain', ['192.0.2.9']],
        ['forever', []],
        ['growing', []],
        ['quiet', []],
      ]);
      expect(scan.jails.map(({ logs }) => logs.map((log) => log.lines))).toEqual([[2], [0], [0], [0]]);
    }, 60_000);
  },
);
