import { describe, expect, test } from '@jest/globals';
import { connect } from '../../src/core/store/driver.js';
import {
  APPLICATION_ID,
  latestVersion,
  MIGRATIONS,
  migrate,
  versionOf,
} from '../../src/core/store/migrations.js';
import { scratch } from './scratch.js';

const newPath = scratch();
const STEPS = [
  { version: 1, sql: 'create table a (x); insert into a values (1)' },
  { version: 2, sql: 'alter table a add column y default 5' },
  { version: 4, sql: 'update a set x = x + y' },
];

describe('migrations', () => {
  test('are in order', () => {
    const versions = MIGRATIONS.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
    expect(latestVersion()).toBe(versions.at(-1));
  });

  test('run once each, those that are missing only', () => {
    const db = connect(newPath(), { mode: 'write' });
    migrate(db, STEPS.slice(0, 1));
    expect(versionOf(db)).toEqual({ applicationId: APPLICATION_ID, version: 1 });
    migrate(db, STEPS);
    migrate(db, STEPS);
    expect(versionOf(db).version).toBe(4);
    expect(db.prepare('select x, y from a').all([])).toEqual([{ x: 6, y: 5 }]);
    db.close();
  });

  test('happen all or not at all', () => {
    const db = connect(newPath(), { mode: 'write' });
    migrate(db, STEPS.slice(0, 1));
    const broken = [...STEPS, { version: 5, sql: 'insert into nowhere values (1)' }];
    expect(() => migrate(db, broken)).toThrow(/nowhere/);
    expect(versionOf(db).version).toBe(1);
    expect(db.prepare('select * from a').all([])).toEqual([{ x: 1 }]);
    migrate(db, STEPS);
    expect(versionOf(db).version).toBe(4);
    db.close();
  });

  test('refuse what they do not know', () => {
    const db = connect(newPath(), { mode: 'write' });
    migrate(db, STEPS);
    expect(() => migrate(db, STEPS.slice(0, 2))).toThrow(expect.objectContaining({ code: 'store-newer' }));
    db.close();
  });
});
