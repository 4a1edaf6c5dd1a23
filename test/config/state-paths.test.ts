import { describe, expect, test } from '@jest/globals';
import { ConfigFolder, loadConfig, statePaths } from '../../src/core/config/index.js';
import { folderOf } from './tree.js';

const HOME = '/home/ann';

describe('the places of the state', () => {
  test.each([
    [
      'root',
      { uid: 0, home: '/root', stateHome: '/s', runtimeDir: '/r' },
      ['/var/lib/f2b/f2b.sqlite3', '/run/f2b/f2b.sock', '/run/f2b/f2b.pid', '/var/log/f2b.log'],
    ],
    [
      'a user',
      { uid: 1000, home: HOME, stateHome: '/s', runtimeDir: '/run/user/1000' },
      ['/s/f2b/f2b.sqlite3', '/run/user/1000/f2b/f2b.sock', '/run/user/1000/f2b/f2b.pid', '/s/f2b/f2b.log'],
    ],
    [
      'a user in a cron job',
      { uid: 1000, home: HOME },
      [
        '/home/ann/.local/state/f2b/f2b.sqlite3',
        '/home/ann/.local/state/f2b/f2b.sock',
        '/home/ann/.local/state/f2b/f2b.pid',
        '/home/ann/.local/state/f2b/f2b.log',
      ],
    ],
    [
      'a user with relative and empty variables',
      { uid: undefined, home: HOME, stateHome: 'state', runtimeDir: '' },
      [
        '/home/ann/.local/state/f2b/f2b.sqlite3',
        '/home/ann/.local/state/f2b/f2b.sock',
        '/home/ann/.local/state/f2b/f2b.pid',
        '/home/ann/.local/state/f2b/f2b.log',
      ],
    ],
  ])('of %s', (_, owner, [dbfile, socket, pidfile, logtarget]) => {
    expect(statePaths(owner)).toEqual({ dbfile, socket, pidfile, logtarget });
  });
});

describe('a configuration', () => {
  const state = statePaths({ uid: 0, home: '/root' });
  const own = { 'jail.local': '[j]\n' };
  const theirs = { 'fail2ban.conf': '[Definition]\n', 'jail.conf': '[j]\n' };
  const globals = (files: Readonly<Record<string, string>>, mode: 'dump' | 'start', given = true) => {
    const folder = new ConfigFolder(folderOf(files));
    const { global, problems } = loadConfig({ folder, mode, ...(given ? { state } : {}) });
    const notes = problems.filter(
      ({ code, jail }) => code === 'default-used' && jail === undefined && folder.ours,
    );
    return { dbfile: global?.dbfile, logtarget: global?.logtarget.value, notes };
  };

  test("of f2b's own keeps state in f2b's places", () => {
    const expected = {
      dbfile: { value: '/var/lib/f2b/f2b.sqlite3' },
      logtarget: '/var/log/f2b.log',
      notes: [],
    };
    expect(globals(own, 'start')).toEqual(expected);
    expect(globals(own, 'dump')).toEqual(expected);
    expect(globals({ ...own, 'f2b.conf': '[Definition]\nloglevel = INFO\n' }, 'start')).toEqual(expected);
  });

  test("of fail2ban's is dumped with fail2ban's places, and run with f2b's but for the log", () => {
    const fail2ban = { value: '/var/lib/fail2ban/fail2ban.sqlite3' };
    expect(globals(theirs, 'dump').dbfile).toEqual(fail2ban);
    expect(globals(theirs, 'start', false).dbfile).toEqual(fail2ban);
    expect(globals(theirs, 'start')).toMatchObject({
      dbfile: { value: '/var/lib/f2b/f2b.sqlite3' },
      logtarget: '/var/log/fail2ban.log',
    });
  });

  test.each([
    ['fail2ban.conf', { ...theirs, 'fail2ban.conf': '[Definition]\ndbfile = /x\n' }],
    ['f2b.conf', { ...own, 'f2b.conf': '[Definition]\ndbfile = /x\n' }],
    ['f2b.local', { ...own, 'f2b.local': '[Definition]\ndbfile = /x\n' }],
  ])('overrides them in its %s, and says where', (file, files) => {
    const { dbfile } = globals(files, 'start');
    expect(dbfile).toMatchObject({
      value: '/x',
      origin: { file: expect.stringMatching(`/${file}$`), line: 2 },
    });
  });
});
