import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Connection, connect } from '../../src/core/store/driver.js';
import { type ImportingJail, importFail2ban, maybeInForce } from '../../src/core/store/import-fail2ban.js';
import { MemoryStore } from '../../src/core/store/memory.js';
import { readFail2ban } from '../../src/core/store/read-fail2ban.js';
import { ban, NOW, position } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();

/** Tables as the versions of fail2ban have them. */
const LAYOUT = {
  4: `create table bans (jail text, ip text, timeofban integer, bantime integer, bancount integer default 1, data json);
      create table bips (ip text, jail text, timeofban integer, bantime integer, bancount integer default 1, data json,
                         primary key (ip, jail));`,
  2: 'create table bans (jail text, ip text, timeofban integer, bantime integer, data json);',
  1: 'create table bans (jail text, ip text, timeofban integer, data json);',
} as const;

interface Row {
  readonly jail?: string;
  readonly ip: string;
  readonly time: number;
  readonly bantime?: number;
  readonly bancount?: number;
  /** JSON text. */
  readonly data?: string;
}

function database(
  version: keyof typeof LAYOUT,
  rows: readonly Row[],
  more?: (db: Connection) => void,
): string {
  const path = newPath('fail2ban.sqlite3');
  const db = connect(path, { mode: 'write' });
  db.exec(`create table fail2banDb (version integer); insert into fail2banDb values (${version});
    create table jails (name text unique, enabled integer default 1); insert into jails values ('sshd', 1);
    create table logs (jail text, path text, firstlinemd5 text, lastfilepos integer default 0); ${LAYOUT[version]}`);
  db.exec('begin');
  for (const { jail = 'sshd', ip, time, bantime = 600, bancount = 1, data = '{}' } of rows) {
    const values: Record<string, string | number> = { jail, ip, timeofban: time };
    if (version > 1) values['bantime'] = bantime;
    if (version > 3) values['bancount'] = bancount;
    const names = [...Object.keys(values), 'data'].join(', ');
    const places = [...Object.keys(values).map(() => '?'), 'cast(? as blob)'].join(', ');
    const params = [...Object.values(values), data];
    db.prepare(`insert into bans (${names}) values (${places})`).run(params);
    if (version > 3) db.prepare(`insert or replace into bips (${names}) values (${places})`).run(params);
  }
  db.exec('commit');
  more?.(db);
  db.close();
  return path;
}

const SSHD: ImportingJail = {
  banTimeSec: (stored) => (stored < -1 ? 900 : stored),
  maxMatches: 2,
  isIgnored: ({ id }) => id === '198.51.100.66',
};
const options = { nowSec: NOW, jail: (name: string) => (name === 'sshd' ? SSHD : 'there is no such jail') };

function imported(path: string, store = new MemoryStore(), more: object = {}) {
  return { store, report: importFail2ban(store, readFail2ban(path), { ...options, ...more }) };
}

describe('an import from fail2ban', () => {
  test('takes bans in force as such, with history, counts and matches, and nothing else is banned', () => {
    const data = JSON.stringify({
      matches: ['plain line', ['before ', 'Nov 21 08:55:02', ' after'], 'third'],
      failures: 4,
      user: 'joe',
      ip4: '192.0.2.1',
      port: 22,
      set: ['a', 'b'],
    });
    const path = database(4, [
      { ip: '192.0.2.1', time: NOW - 5000, bancount: 1 },
      { ip: '192.0.2.1', time: NOW - 100, bantime: 1200, bancount: 2, data },
      { ip: '2001:db8::1', time: NOW - 100, bantime: -1 },
      { ip: '192.0.2.3', time: NOW - 700 },
      { ip: 'joe doe', time: NOW - 10 },
    ]);
    const { store, report } = imported(path);
    expect(report).toMatchObject({ version: 4, path, jails: [{ jail: 'sshd', history: 5, skipped: [] }] });
    expect(store.bans('sshd')).toEqual([
      ban('192.0.2.1', {
        timeSec: NOW - 100,
        timeKind: 'int',
        banTimeSec: 1200,
        banCount: 2,
        failures: 4,
        matches: [{ text: 'before Nov 21 08:55:02 after' }, { text: 'third' }],
        data: { user: 'joe', port: 22, set: ['a', 'b'] },
        restored: true,
        origin: 'import',
      }),
      expect.objectContaining({ id: '2001:db8::1', family: 'inet6', banTimeSec: -1, marks: {} }),
      expect.objectContaining({ id: 'joe doe', family: undefined }),
    ]);
    expect(report.jails[0]?.bans).toEqual(store.bans('sshd'));
    expect(
      store.past({ id: '192.0.2.1' }).map(({ endedSec, endedBy, banCount }) => [banCount, endedBy, endedSec]),
    ).toEqual([
      [2, undefined, undefined],
      [1, 'expired', NOW - 4400],
    ]);
    expect(store.past({ id: '192.0.2.1' })[0]?.matches).toHaveLength(3);
    expect(store.reputation('192.0.2.3', 'sshd')).toMatchObject({ banCount: 1, timeSec: NOW - 700 });
    expect(store.past({ id: '192.0.2.3' })[0]).toMatchObject({ endedSec: NOW - 100, endedBy: 'expired' });
    expect(store.totals('sshd')).toEqual({ failed: 0, banned: 3 });
  });

  test.each([1, 2] as const)('takes what version %i has', (version) => {
    const path = database(version, [
      { ip: '192.0.2.1', time: NOW - 3000, data: '{"matches": [], "failures": 3}' },
      { ip: '192.0.2.1', time: NOW - 700 },
      { ip: '192.0.2.2', time: NOW - 1000 },
    ]);
    const { store } = imported(path);
    // Version 1 knows no ban times: the jail's own holds.
    expect(store.bans('sshd').map(({ id, banTimeSec }) => [id, banTimeSec])).toEqual(
      version === 1 ? [['192.0.2.1', 900]] : [],
    );
    expect(store.past({})).toHaveLength(3);
    expect(store.past({}).every(({ banTimeSec }) => banTimeSec > 0)).toBe(true);
  });

  test('knows unknown ban times (-2) and latest bans that are older than the history', () => {
    const path = database(
      4,
      [
        { ip: '192.0.2.1', time: NOW - 800, bantime: -2 },
        { ip: '192.0.2.2', time: NOW - 1000, bantime: -2 },
        { ip: '192.0.2.3', time: NOW - 1e7, bantime: -1, bancount: 9 },
      ],
      (db) => db.exec("delete from bans where ip = '192.0.2.3'"),
    );
    const { store } = imported(path);
    expect(store.bans('sshd').map(({ id, banTimeSec, banCount }) => [id, banTimeSec, banCount])).toEqual([
      ['192.0.2.1', 900, 1],
      ['192.0.2.3', -1, 9],
    ]);
    expect(store.past({})).toHaveLength(3);
  });

  test('leaves out, with the reason, what is not to be banned (any more)', () => {
    const path = database(4, [
      { ip: '192.0.2.1', time: NOW - 100 },
      { ip: '192.0.2.2', time: NOW - 100 },
      { ip: '192.0.2.3', time: NOW - 100 },
      { ip: '198.51.100.66', time: NOW - 100 },
      { ip: '192.0.2.9', time: NOW - 100, jail: 'gone' },
    ]);
    const store = new MemoryStore();
    store.addBan(ban('192.0.2.1', { timeSec: NOW - 20 }));
    store.addBan(ban('192.0.2.2', { timeSec: NOW - 20 }));
    store.addBan(ban('192.0.2.3', { timeSec: NOW - 100.3 }));
    store.endBans('sshd', ['192.0.2.2', '192.0.2.3'], { atSec: NOW - 10, by: 'manual' });
    const { report } = imported(path, store);
    expect(
      report.jails.map(({ jail, skipped }) => [jail, skipped.map(({ name, reason }) => [name, reason])]),
    ).toEqual([
      ['gone', [['192.0.2.9', 'there is no such jail']]],
      [
        'sshd',
        [
          ['192.0.2.1', 'f2b bans it already'],
          ['192.0.2.2', 'f2b has banned it later, and taken it back'],
          ['192.0.2.3', 'f2b has banned it too, and taken it back'],
          ['198.51.100.66', 'the jail ignores it by now'],
        ],
      ],
    ]);
    expect(store.bans('sshd').map(({ id }) => id)).toEqual(['192.0.2.1']);
    expect(store.bans('gone')).toEqual([]);
    // Its history is taken all the same, and it can be restored when its jail comes back.
    expect(store.restorable('gone', NOW).map(({ id }) => id)).toEqual(['192.0.2.9']);
  });

  test('done twice does nothing twice, and brings nobody back who was let in', () => {
    const rows = [
      { ip: '192.0.2.1', time: NOW - 100, bancount: 3 },
      { ip: '192.0.2.2', time: NOW - 100 },
    ];
    const { store } = imported(
      database(4, rows, (db) => db.exec("insert into logs values ('sshd', '/l', '', 0)")),
    );
    store.leaveBans('sshd', ['192.0.2.1'], 'manual');
    store.forget('sshd', ['192.0.2.1']);
    store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'manual' });
    const before = [store.bans('sshd'), store.past({}), store.totals('sshd')];
    const { report } = imported(database(4, rows), store);
    expect([store.bans('sshd'), store.past({}), store.totals('sshd')]).toEqual(before);
    expect(report.jails).toEqual([
      { jail: 'sshd', bans: [], history: 0, positions: [], known: { history: 2, positions: 0 }, skipped: [] },
    ]);
    // What fail2ban has banned since is new.
    const later = imported(
      database(4, [...rows, { ip: '192.0.2.1', time: NOW - 50, bancount: 4 }]),
      store,
    ).report;
    expect(later.jails[0]).toMatchObject({ bans: [{ id: '192.0.2.1', banCount: 4 }], history: 1 });
  });

  test('takes a ban later when its jail has been enabled meanwhile', () => {
    const path = database(4, [{ ip: '192.0.2.1', time: NOW - 100 }]);
    const { store } = imported(path, new MemoryStore(), { jail: () => 'the jail is not enabled' });
    expect(store.bans('sshd')).toEqual([]);
    imported(path, store);
    expect(store.bans('sshd')).toHaveLength(1);
    expect(store.past({})).toEqual([expect.not.objectContaining({ endedBy: expect.anything() })]);
  });

  test('changes nothing when it is only tried', () => {
    const path = database(4, [{ ip: '192.0.2.1', time: NOW - 100 }]);
    const { store, report } = imported(path, new MemoryStore(), { dryRun: true });
    expect(report.jails[0]?.bans).toHaveLength(1);
    expect([store.bans('sshd'), store.past({}), [...store.imported('sshd')]]).toEqual([[], [], []]);
  });

  test('takes log positions, where there is none yet', () => {
    const log = newPath('old.log');
    writeFileSync(log, 'first line\nsecond line\n');
    const other = newPath('other.log');
    writeFileSync(other, 'another line\n');
    const hash = (name: string) => createHash(name).update('first line\n').digest('hex');
    const path = database(4, [], (db) => {
      const add = db.prepare('insert into logs values (?, ?, ?, ?)');
      add.run(['sshd', '/var/log/auth.log', hash('sha1'), 788]);
      add.run(['sshd', '/var/log/known.log', hash('sha1'), 99]);
      add.run(['sshd', '/var/log/empty.log', '', 0]);
      add.run(['sshd', log, hash('md5'), 11]);
      add.run(['sshd', other, hash('md5'), 11]);
      add.run(['sshd', 'systemd-journal', '2026-11-21T08:55:02', 1795251302.25]);
      add.run(['gone', '/var/log/x.log', hash('sha1'), 5]);
    });
    const store = new MemoryStore();
    store.savePosition('sshd', position('/var/log/known.log'));
    const { report } = imported(path, store);
    const sha1 = hash('sha1');
    expect(store.positions('sshd')).toEqual([
      position('/var/log/known.log'),
      { path: '/var/log/auth.log', offsetBytes: 788, firstLineHash: sha1, tailHash: '' },
      { path: log, offsetBytes: 11, firstLineHash: sha1, tailHash: '' },
      { path: 'systemd-journal', offsetBytes: 0, firstLineHash: '', tailHash: '', lastSec: 1795251302.25 },
    ]);
    expect(
      report.jails.map(({ skipped, known }) => [skipped.map(({ name }) => name), known.positions]),
    ).toEqual([
      [['/var/log/x.log'], 0],
      [[other], 1],
    ]);
    expect(imported(path, store).report.jails[1]).toMatchObject({ positions: [], known: { positions: 4 } });
  });

  test('makes the best of rows that mean little', () => {
    const path = database(
      4,
      [
        { ip: '192.0.2.1', time: NOW - 100, data: '\u0080(lp0' },
        { ip: '192.0.2.2', time: NOW - 100, data: '[1]' },
        {
          ip: '192.0.2.3',
          time: NOW - 99.6,
          data: '{"matches": [1, ["a", null], "b\\u0000\\ud800"], "failures": "x"}',
        },
        { ip: '::ffff:192.0.2.4', time: NOW - 100, data: 'null' },
      ],
      (db) =>
        db.exec(`insert into bans values ('sshd', null, 5, 5, 5, null), ('sshd', 'x', 'soon', 5, 5, null);
          insert into bans values ('sshd', '192.0.2.7', ${NOW - 100}, 600, null, '{"matches": ["as text"]}');
          update bips set data = null where ip = '::ffff:192.0.2.4'; update bans set data = null where ip = '::ffff:192.0.2.4'`),
    );
    const { store, report } = imported(path);
    const taken = store
      .bans('sshd')
      .map(({ id, matches, failures }) => [id, matches.map(({ text }) => text), failures]);
    expect(taken).toEqual([
      ['192.0.2.1', [], 0],
      ['192.0.2.2', [], 0],
      ['192.0.2.3', ['b\0\ud800'], 0],
      ['192.0.2.4', [], 0],
    ]);
    expect(store.past({ id: '192.0.2.7' })[0]).toMatchObject({ matches: [{ text: 'as text' }], banCount: 1 });
    expect(report.jails[0]?.skipped.map(({ name, reason }) => `${name}: ${reason}`).sort()).toEqual([
      '192.0.2.1: its matches cannot be read; it is taken without them',
      '192.0.2.1: its matches cannot be read; it is taken without them',
      '192.0.2.2: its matches cannot be read; it is taken without them',
      '192.0.2.2: its matches cannot be read; it is taken without them',
      'a row: it has no id or no time',
      'x: it has no id or no time',
    ]);
  });

  test('is quick with many', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, time: NOW - 1 }));
    const data = readFail2ban(database(4, rows));
    expect(maybeInForce(data, NOW)).toHaveLength(5000);
    expect(maybeInForce(data, NOW + 600)).toHaveLength(0);
    const before = performance.now();
    const store = new MemoryStore();
    expect(importFail2ban(store, data, options).jails[0]?.bans).toHaveLength(5000);
    expect(store.past({})).toHaveLength(5000);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

describe('the database of fail2ban', () => {
  const rows = [{ ip: '192.0.2.1', time: NOW - 100 }];

  test('is not written to, nor is anything beside it', () => {
    const path = database(4, rows);
    const before = readFileSync(path);
    readFail2ban(path);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['fail2ban.sqlite3']);
  });

  test('may be in use: what is half written there is not seen', () => {
    const path = database(4, rows);
    const server = connect(path, { mode: 'write' });
    server.exec(
      "pragma journal_mode = memory; begin immediate; delete from bans; insert into jails values ('new', 1)",
    );
    expect(readFail2ban(path)).toMatchObject({ bans: [{ id: '192.0.2.1' }], jails: ['sshd'] });
    server.exec('commit');
    expect(readFail2ban(path)).toMatchObject({ bans: [], jails: ['sshd', 'new'] });
    server.close();
  });

  test('is read with what its log still holds, from a copy', () => {
    const path = database(4, rows);
    const server = connect(path, { mode: 'write' });
    server.exec("pragma journal_mode = wal; insert into jails values ('new', 1)");
    expect(existsSync(`${path}-wal`)).toBe(true);
    const before = readFileSync(path);
    expect(readFail2ban(path).jails).toEqual(['sshd', 'new']);
    expect(readFileSync(path).equals(before)).toBe(true);
    server.close();
  });

  test.each([
    ['is not there', () => newPath('none'), 'store-missing'],
    [
      'is a folder',
      () => {
        const path = newPath('folder');
        mkdirSync(path);
        return path;
      },
      'store-foreign',
    ],
    [
      'is some other file',
      () => {
        const path = newPath('text');
        writeFileSync(path, 'hello');
        return path;
      },
      'store-foreign',
    ],
    [
      'is some other database',
      () => {
        const path = newPath('other.db');
        const db = connect(path, { mode: 'write' });
        db.exec('create table cookies (a)');
        db.close();
        return path;
      },
      'store-foreign',
    ],
    [
      'is damaged',
      () => {
        const path = database(4, rows);
        const bytes = readFileSync(path);
        bytes.fill(0xa5, 100, 4096);
        writeFileSync(path, bytes);
        return path;
      },
      'store-damaged',
    ],
  ])('is refused when it %s', (_, make, code) => {
    const path = make();
    expect(() => readFail2ban(path)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(path) }),
    );
  });
});
