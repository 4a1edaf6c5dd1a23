import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { connect } from '../../src/core/store/driver.js';
import { f2b, ROOT } from './f2b.js';

const NOW = Math.floor(Date.now() / 1000);

describe('f2b import', () => {
  let dir: string;
  const at = (name: string) => join(dir, name);
  const run = (...args: string[]) => f2b([args[0]!, '-c', at('conf'), ...args.slice(1)]);

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'f2b-import-test-'));
    for (const name of ['conf', 'conf/filter.d', 'conf/action.d']) mkdirSync(at(name));
    writeFileSync(
      at('conf/fail2ban.conf'),
      `[Definition]\ndbfile = ${at('fail2ban.sqlite3')}\nlogtarget = ${at('own.log')}\n`,
    );
    writeFileSync(at('conf/filter.d/any.conf'), '[Definition]\nfailregex = ^bad <HOST>$\n');
    const action = (file: string, more = '') =>
      `[Definition]\nactionban = echo +<ip> <bantime> <restored> >> ${at(file)}\nactionunban = echo -<ip> >> ${at(file)}\n${more}`;
    writeFileSync(at('conf/action.d/wall.conf'), action('wall'));
    writeFileSync(at('conf/action.d/mail.conf'), action('mail', 'norestored = 1\n'));
    writeFileSync(
      at('conf/jail.conf'),
      `[DEFAULT]\nbackend = polling\nbantime = 1d\nfilter = any\nlogpath = ${at('log')}\n
[one]\nenabled = true\naction = wall\n mail\nignoreip = 192.0.2.3\nignoreself = false\n[off]\n`,
    );
    writeFileSync(at('log'), '');
    const db = connect(at('fail2ban.sqlite3'), { mode: 'write' });
    const columns = 'timeofban integer, bantime integer, bancount integer, data json';
    db.exec(`create table fail2banDb (version integer); insert into fail2banDb values (4);
      create table bans (jail text, ip text, ${columns}); create table bips (jail text, ip text, ${columns});
      create table logs (jail text, path text, firstlinemd5 text, lastfilepos integer)`);
    for (const [jail, ip, bantime] of [
      ['one', '192.0.2.1', 600],
      ['one', '192.0.2.2', 999_999],
      ['one', '192.0.2.3', 600],
      ['one', '2001:db8::1', -1],
      ['off', '192.0.2.1', 600],
      ['odd\u001b[31m', 'x\u0007', 600],
    ] as const) {
      for (const table of ['bans', 'bips']) {
        db.prepare(`insert into ${table} values (?, ?, ?, ?, ?, ?)`).run([
          jail,
          ip,
          NOW - 60,
          bantime,
          2,
          '{"failures": 5}',
        ]);
      }
    }
    db.close();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const SAID = `  odd\\x1b[31m: 1 of history
    left out 1 ban (x\\x07): there is no such jail
  off: 1 of history
    left out 1 ban (192.0.2.1): the jail is not enabled
  one: 3 bans in force, 4 of history
    left out 1 ban (192.0.2.3): the jail ignores it by now
`;

  test('tells what it would take, and takes nothing', async () => {
    const { stdout, stderr, status } = await run('import', '--dry-run');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toBe(`Would import from ${at('fail2ban.sqlite3')} (fail2ban, version 4):\n${SAID}`);
    expect(existsSync(at('fail2ban.f2b.sqlite3'))).toBe(false);
  });

  test('takes over the database that dbfile names, without touching it', async () => {
    const before = readFileSync(at('fail2ban.sqlite3'));
    const { stdout, stderr, status } = await run('import');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toBe(
      `Imported from ${at('fail2ban.sqlite3')} (fail2ban, version 4):\n${SAID}The next f2b scan carries these bans out.\n`,
    );
    expect(readFileSync(at('fail2ban.sqlite3')).equals(before)).toBe(true);
    expect((await run('get', 'one', 'banip')).stdout).toBe('192.0.2.1 192.0.2.2 2001:db8::1\n');
  });

  test('says what is known already the second time, also to programs', async () => {
    const { stdout, status } = await run('import', at('fail2ban.sqlite3'), '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ file: at('fail2ban.sqlite3'), version: 4, dryRun: false });
    expect(result.jails.at(-1)).toMatchObject({ jail: 'one', bans: [], history: 0, known: { history: 4 } });
    const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/import.json'), 'utf8'));
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    expect(ajv.validate(schema, result) ? [] : ajv.errors).toEqual([]);
    expect(ajv.validate(schema, { ...result, version: '4' })).toBe(false);
  });

  test('leaves bans for the next scan to carry out: rules are made, no mail is sent, long bans are cut', async () => {
    expect((await run('scan')).status).toBe(0);
    // Without increments a restored ban is never longer than the jail's own time.
    expect(readFileSync(at('wall'), 'utf8').trim().split('\n').sort()).toEqual([
      '+192.0.2.1 600 1',
      '+192.0.2.2 86400 1',
      '+2001:db8::1 86400 1',
    ]);
    expect(existsSync(at('mail'))).toBe(false);
    await run('unban', '192.0.2.1');
    await run('import');
    await run('scan');
    expect(readFileSync(at('wall'), 'utf8').trim().split('\n').slice(3)).toEqual(['-192.0.2.1']);
  });

  test.each([
    ['a file that is not there', () => at('none'), /There is no file .*none/],
    ['some other file', () => at('conf/jail.conf'), /is not a fail2ban database/],
  ])('refuses %s with exit code 2', async (_, file, message) => {
    const { stdout, stderr, status } = await run('import', file());
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(message);
    const json = await run('import', file(), '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { exitCode: 2 } });
  });

  test('wants a file where dbfile names none', async () => {
    writeFileSync(at('conf/fail2ban.local'), `[Definition]\ndbfile = ${at('own.sqlite3')}\n`);
    const { stderr, status } = await run('import');
    rmSync(at('conf/fail2ban.local'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/import which file\?/);
  });
});
