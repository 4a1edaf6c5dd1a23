import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { connect } from '../../src/core/store/driver.js';
import { openForWriting } from '../../src/core/store/open.js';
import { findStore } from '../../src/core/store/store-path.js';
import { NOW } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();

function database(path: string, sql: string): string {
  const db = connect(path, { mode: 'write' });
  db.exec(sql);
  db.close();
  return path;
}

const beside = (path: string, name: string) => join(dirname(path), name);

describe('where the store is', () => {
  test.each([
    ['None', { kind: 'none' }],
    ['none', { kind: 'none' }],
    ['', { kind: 'none' }],
    [':memory:', { kind: 'memory' }],
  ])('dbfile = %j is nowhere', (dbfile, place) => {
    expect(findStore(dbfile)).toEqual(place);
  });

  test('a file that is not there yet, empty or ours', async () => {
    const path = newPath();
    expect(findStore(path)).toEqual({ kind: 'file', path });
    expect(findStore(` ${path} `)).toEqual({ kind: 'file', path });
    writeFileSync(path, '');
    expect(findStore(path)).toEqual({ kind: 'file', path });
    (await openForWriting(path, { waitMs: 0, clock: new ManualClock(NOW), command: 'x' })).close();
    expect(findStore(path)).toEqual({ kind: 'file', path });
    expect(findStore(newPath('state.f2b.sqlite3'))).toMatchObject({
      path: expect.stringMatching(/state\.f2b\.sqlite3$/),
    });
  });

  test('beside a fail2ban database, whatever that is called, which stays as it is', () => {
    const path = database(newPath('bans.db'), 'create table fail2banDb (version integer)');
    const before = readFileSync(path);
    expect(findStore(path)).toEqual({ kind: 'file', path: beside(path, 'bans.f2b.sqlite3'), besides: path });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('beside the name that fail2ban will take, before it has', () => {
    const path = newPath('fail2ban.sqlite3');
    const place = { kind: 'file', path: beside(path, 'fail2ban.f2b.sqlite3'), besides: undefined };
    expect(findStore(path)).toEqual(place);
    writeFileSync(path, 'garbage');
    expect(findStore(path)).toEqual({ ...place, besides: path });
  });

  test('where it was before, also when the fail2ban database has gone', () => {
    const path = newPath('bans.db');
    writeFileSync(beside(path, 'bans.f2b.sqlite3'), '');
    expect(findStore(path)).toMatchObject({ path: beside(path, 'bans.f2b.sqlite3') });
  });

  test('a fail2ban database that somebody has locked is still known', () => {
    const path = database(newPath('bans.db'), 'create table fail2banDb (version integer)');
    const holder = connect(path, { mode: 'write' });
    holder.exec('begin exclusive; insert into fail2banDb values (4)');
    expect(findStore(path)).toMatchObject({ besides: path });
    holder.exec('rollback');
    holder.close();
  });

  test('is not in a database of something else, nor behind a link', () => {
    const other = database(newPath('cookies.db'), 'create table cookies (a)');
    expect(() => findStore(other)).toThrow(expect.objectContaining({ code: 'store-foreign' }));
    const link = newPath('link.db');
    symlinkSync(other, link);
    expect(() => findStore(link)).toThrow(expect.objectContaining({ code: 'store-unsafe' }));
    const folder = newPath('folder.db');
    mkdirSync(folder);
    expect(() => findStore(folder)).toThrow(expect.objectContaining({ code: 'store-unsafe' }));
  });

  test('a damaged file is where it is, to be rebuilt', () => {
    const path = newPath();
    writeFileSync(path, 'x'.repeat(5000));
    expect(findStore(path)).toEqual({ kind: 'file', path });
  });
});
