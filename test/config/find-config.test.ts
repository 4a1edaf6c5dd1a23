import { chmodSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigFolder, findConfig, loadConfig, showCommand } from '../../src/core/config/index.js';
import { type Files, folderOf, valueIn } from './tree.js';

/** What a package could hold. */
const SHIPPED: Files = {
  'jail.d/00-defaults.conf':
    '[INCLUDES]\nbefore = paths/paths-one.conf\n[DEFAULT]\nmaxretry = 5\nfilter = j\naction = a\nusedns = %(where)s\n',
  'jail.d/j.conf': '[j]\nfindtime = 1h\n',
  'jail.d/paths/paths-one.conf': '[DEFAULT]\nwhere = one\n',
  'jail.d/paths/paths-two.conf': '[INCLUDES]\nafter = paths-overrides.local\n[DEFAULT]\nwhere = two\n',
  'filters.d/common.conf': '[INCLUDES]\nafter = common.local\n[DEFAULT]\nstart = shipped\n',
  'filters.d/j.conf':
    '[INCLUDES]\nbefore = common.conf\n[Definition]\nfailregex = %(start)s <end>\nend = shipped\n',
  'action.d/a.conf': '[Definition]\nactionban = ban <how>\nactionunban = unban\n[Init]\nhow = shipped\n',
};
const ON = '[j]\nenabled = yes\n';

/** A folder over a package, read. */
function over(files: Files, shipped: Files = SHIPPED) {
  const packageDir = folderOf(shipped);
  const folder = new ConfigFolder(folderOf(files), packageDir);
  const loaded = loadConfig({ folder });
  const lines = loaded.stream().map(showCommand);
  return {
    ...loaded,
    lines,
    regex: valueIn(lines, 'addfailregex'),
    ban: /'actionban', '(.*?)'/.exec(lines.join('\n'))?.[1],
    maxretry: valueIn(lines, 'maxretry'),
    usedns: valueIn(lines, 'usedns'),
    names: loaded.jails.map(({ name }) => name),
    jailFiles: folder.jailFiles().map((file) => {
      return file.startsWith(packageDir)
        ? `shipped ${relative(packageDir, file)}`
        : relative(folder.dir, file);
    }),
  };
}

describe('a folder', () => {
  const packageDir = folderOf(SHIPPED);
  test.each<[boolean, string, Files]>([
    [true, 'a jail.local alone', { 'jail.local': '' }],
    [true, 'a jail.d alone', { 'jail.d/x.conf': '' }],
    [true, 'a jail.local and filters in filter.d', { 'jail.local': '', 'filter.d/x.conf': '' }],
    [true, 'an f2b.conf', { 'f2b.conf': '' }],
    [true, 'an f2b.local', { 'f2b.local': '' }],
    [
      true,
      "an f2b.conf in the midst of fail2ban's files",
      { 'f2b.conf': '', 'fail2ban.conf': '', 'jail.conf': '' },
    ],
    [true, 'a filters.d', { 'filters.d/x.conf': '' }],
    [false, 'a fail2ban.conf', { 'fail2ban.conf': '', 'jail.local': '' }],
    [false, 'a fail2ban.local', { 'fail2ban.local': '', 'jail.local': '' }],
    [false, 'a jail.conf', { 'jail.conf': '', 'jail.local': '' }],
    [false, 'a filter.d alone', { 'filter.d/x.conf': '' }],
    [
      false,
      'both a filter.d and a filters.d, and no jails',
      { 'filter.d/x.conf': '', 'filters.d/x.conf': '' },
    ],
    [false, 'a jail.d without files of jails', { 'jail.d/x.txt': '' }],
    [false, 'nothing', {}],
  ])("is f2b's own: %s, with %s", (expected, _, files) => {
    expect(new ConfigFolder(folderOf(files), packageDir).ours).toBe(expected);
  });

  test("is f2b's own when it is the package", () => {
    expect(new ConfigFolder(packageDir, packageDir).ours).toBe(true);
    expect(loadConfig({ folder: new ConfigFolder(packageDir, packageDir) }).disabled).toEqual(['j']);
  });
});

describe("over what ships, a folder of f2b's own", () => {
  test('turns a shipped jail on with a jail.local', () => {
    const { names, maxretry, regex, ban, problems, usedns } = over({ 'jail.local': ON });
    expect({ names, maxretry, regex, ban, usedns }).toEqual({
      names: ['j'],
      maxretry: '5',
      regex: "'shipped shipped'",
      ban: 'ban shipped',
      usedns: "'one'",
    });
    expect(problems.filter(({ level }) => level !== 'notice')).toEqual([]);
  });

  test('leaves all jails off without one', () => {
    expect(over({ 'f2b.conf': '[Definition]\n' })).toMatchObject({
      names: [],
      disabled: ['j'],
      usable: true,
    });
  });

  test('comes after the shipped jails, in the usual order', () => {
    const files = { 'jail.local': ON, 'jail.d/a.conf': '', 'jail.d/z.local': '' };
    expect(over(files).jailFiles).toEqual([
      'shipped jail.d/00-defaults.conf',
      'shipped jail.d/j.conf',
      'jail.d/a.conf',
      'jail.local',
      'jail.d/z.local',
    ]);
    expect(over({ 'jail.local': `[DEFAULT]\nmaxretry = 7\n${ON}` }).maxretry).toBe('7');
    expect(over({ 'jail.d/00-a.conf': `${ON}maxretry = 8\n` }).maxretry).toBe('8');
  });

  test('has its own jails alone with a jail.conf', () => {
    const files = { 'f2b.conf': '', 'jail.conf': '[k]\nenabled = yes\nfilter = j\naction = a\n' };
    expect(over(files)).toMatchObject({ names: ['k'], disabled: [], ban: 'ban shipped' });
  });

  test('chooses a set of paths by its name', () => {
    const include = '[INCLUDES]\nbefore = paths-two.conf\n';
    expect(over({ 'jail.local': `${include}${ON}` }).usedns).toBe("'two'");
    expect(over({ 'jail.d/p.local': `${include}${ON}` }).usedns).toBe("'two'");
    const files = { 'jail.local': `${include}${ON}`, 'paths-overrides.local': '[DEFAULT]\nwhere = over\n' };
    expect(over(files).usedns).toBe("'over'");
    expect(over({ ...files, 'paths-two.local': '[DEFAULT]\nwhere = %(default/x)s\nx = y\n' }).usedns).toBe(
      "'y'",
    );
  });

  test.each<[string, Files, string]>([
    [
      'a .local changes part of a filter',
      { 'filters.d/j.local': '[Definition]\nend = own\n' },
      'shipped own',
    ],
    ['also in filter.d', { 'filter.d/j.local': '[Definition]\nend = own\n' }, 'shipped own'],
    ['also a folder of parts', { 'filter.d/j.d/x.conf': '[Definition]\nend = own\n' }, 'shipped own'],
    ['a .conf takes the place of a filter', { 'filter.d/j.conf': '[Definition]\nfailregex = own\n' }, 'own'],
    [
      'and may include what ships',
      { 'filter.d/j.conf': '[INCLUDES]\nbefore = common.conf\n[Definition]\nfailregex = %(start)s own\n' },
      'shipped own',
    ],
    [
      'a .local of an include counts for what ships',
      { 'filter.d/common.local': '[DEFAULT]\nstart = own\n' },
      'own shipped',
    ],
    [
      'an include takes the place of the one that ships',
      { 'filters.d/common.conf': '[DEFAULT]\nstart = own\n' },
      'own shipped',
    ],
  ])('%s', (_, files, regex) => {
    expect(over({ 'jail.local': ON, ...files }).regex).toBe(`'${regex}'`);
  });

  test('sets parameters of a shipped action with a .local', () => {
    expect(over({ 'jail.local': ON, 'action.d/a.local': '[Init]\nhow = own\n' }).ban).toBe('ban own');
  });

  test('does not reach for files of other kinds, or of other folders', () => {
    const filter = (before: string) =>
      `[INCLUDES]\nbefore = ${before}\n[Definition]\nstart = none\nfailregex = %(start)s\n`;
    const regex = (before: string) => over({ 'jail.local': ON, 'filter.d/j.conf': filter(before) }).regex;
    expect(regex('a.conf')).toBe("'none'");
    expect(regex('sub/common.conf')).toBe("'none'");
  });
});

describe("a folder of fail2ban's", () => {
  test('gets nothing of what ships', () => {
    const files = { 'fail2ban.conf': '[Definition]\n', 'jail.local': `${ON}filter = j\naction = a\n` };
    const { jailFiles, skipped, disabled } = over({ ...files, 'jail.conf': '[k]\n' });
    expect(jailFiles).toEqual(['jail.conf', 'jail.local']);
    expect(disabled).toEqual(['k']);
    expect(skipped).toEqual([
      {
        name: 'j',
        message: "Jail 'j' skipped, because of wrong configuration: Unable to read the filter 'j'",
      },
    ]);
    expect(
      over({
        ...files,
        'filter.d/j.conf': '[INCLUDES]\nbefore = common.conf\n[Definition]\nfailregex = %(start)s\n',
      }).fatal?.error.message,
    ).toContain('start');
  });

  test('lets an f2b.conf have the last word on where things are', () => {
    const { global } = over({
      'fail2ban.conf': '[Definition]\ndbfile = /a\nsocket = /b\n',
      'jail.conf': '',
      'f2b.conf': '[Definition]\ndbfile = /c\n',
    });
    expect([global?.dbfile.value, global?.socket.value]).toEqual(['/c', '/b']);
  });
});

describe('a jail without a log file', () => {
  const jail = `${ON}logpath = /nowhere/x.log\n`;
  const filter = { 'filter.d/j.conf': '[Definition]\njournalmatch = _COMM=x\n' };

  test.each([
    ['the filter has a journalmatch', '', filter, 'systemd'],
    ['it must not', 'systemd_if_nologs = no\n', filter, 'auto'],
    ['it wants no journal', 'backend = polling\n', filter, 'polling'],
    ['nothing is known to ask for', '', {}, 'auto'],
  ])("reads the journal in a folder of f2b's own: %s", (_, options, files, backend) => {
    const { jails } = over({ 'jail.local': jail + options, ...files });
    expect(jails[0]?.backend.value).toBe(backend);
  });
});

describe('what the command line, the environment and the system name', () => {
  const dir = folderOf({ 'f2b.conf': '' });
  const empty = folderOf({});

  test.each([
    [[empty, dir], dir],
    [['/nowhere', empty], '/package'],
  ])('is passed over where it is empty: %#', (systemDirs, expected) => {
    expect(findConfig({ systemDirs, packageDir: '/package' }).dir).toBe(expected);
  });

  test('is not passed over where this user may not look into it', () => {
    if (process.getuid?.() === 0) return;
    const hidden = folderOf({ 'jail.local': '' });
    chmodSync(hidden, 0);
    expect(findConfig({ systemDirs: [hidden] }).dir).toBe(hidden);
    chmodSync(hidden, 0o700);
  });

  test('is used as it is with -c, also when it is empty', () => {
    mkdirSync(join(empty, 'etc'));
    expect(loadConfig({ folder: findConfig({ dir: join(empty, 'etc') }) }).fatal?.error).toMatchObject({
      code: 'no-base',
      hint: expect.stringContaining('jail.local'),
    });
  });
});
