import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigFolder, findConfig, loadConfig } from '../../src/core/config/index.js';
import { folderOf, load, valueIn } from './tree.js';

const JAIL = '[j]\nenabled = yes\n';

describe('the files of a name', () => {
  test('are read in order: .conf, .d/*.conf, .local, .d/*.local; hidden and other files are not', () => {
    const say = (word: string) => `[j]\nusedns = %(known/usedns)s ${word}\n`;
    const order = (files: Readonly<Record<string, string>>) =>
      valueIn(load({ 'jail.conf': `${JAIL}usedns = conf\n`, ...files }).lines, 'usedns');
    expect(order({ 'jail.d/b.conf': say('b') })).toBe("'conf b'");
    expect(order({ 'jail.d/b.conf': '[j]\nusedns = b\n', 'jail.d/a.conf': '[j]\nusedns = a\n' })).toBe("'b'");
    expect(order({ 'jail.d/z.conf': '[j]\nusedns = z\n', 'jail.local': say('local') })).toBe("'z local'");
    expect(order({ 'jail.local': '[j]\nusedns = l\n', 'jail.d/a.local': say('a') })).toBe("'l a'");
    expect(order({ 'jail.d/.x.conf': say('hidden'), 'jail.d/x.txt': say('text') })).toBe("'conf'");
  });

  test('bring their includes: before, itself, after, each with its .local', () => {
    const { files } = readOrder({
      'jail.conf': `[INCLUDES]\nbefore = a.conf\n  none.conf\nafter = sub/b.conf\n${JAIL}`,
      'a.conf': '[INCLUDES]\nafter = a.conf\n',
      'a.local': '[DEFAULT]\n',
      'sub/b.conf': '[INCLUDES]\nbefore = c.conf\n',
      'sub/c.conf': '[DEFAULT]\n',
      'jail.local': '[DEFAULT]\n',
    });
    expect(files).toEqual(['a.conf', 'a.local', 'jail.conf', 'sub/c.conf', 'sub/b.conf', 'jail.local']);
  });
});

/** The files in the order they are read, seen by the jails they bring: one for each. */
function readOrder(tree: Readonly<Record<string, string>>): { files: string[] } {
  const names = Object.keys(tree);
  const marked = names.map((name, i) => [name, `${tree[name]}[order${i}]\nenabled = yes\n`] as const);
  const { stream } = load(Object.fromEntries(marked));
  const jails = stream
    .map((line) => line.map((word) => ('value' in word ? word.value : '')))
    .filter(([first]) => first === 'add');
  return {
    files: jails.flatMap(([, name]) =>
      String(name).startsWith('order') ? [names[Number(String(name).slice(5))] as string] : [],
    ),
  };
}

describe('every word of a command', () => {
  const { stream, dir } = load({
    'jail.conf':
      '[INCLUDES]\nbefore = paths.conf\n[DEFAULT]\nmaxretry = 5\n[j]\nenabled = yes\nfilter = f[v=\n  br]\naction = a[x=1]\n  b\nlogpath = %(log)s\n',
    'paths.conf': '[DEFAULT]\n\nlog = /dev/null\n',
    'jail.local': '[j]\n# a comment\nbantime = 1h\nignoreip = 1.2.3.4\n  5.6.7.8\n',
    'filter.d/f.conf': '[Definition]\nfailregex = one <v>\n# c\n  two\n  <more>\nmore = three\n  four\n',
    'action.d/a.conf': '[Definition]\nactionban = ban <x>\n[Init]\ny = 2\n',
    'action.d/b.conf': '[Definition]\n',
  });
  const words = stream.flat(4) as { value: unknown; origin?: { file: string; line: number } }[];
  const placeOf = (value: unknown) => {
    const found = words.find((word) => word.value === value);
    return found?.origin && `${found.origin.file.slice(dir.length + 1)}:${found.origin.line}`;
  };

  test.each([
    [5, 'jail.conf:4'],
    ['1h', 'jail.local:3'],
    ['5.6.7.8', 'jail.local:4'],
    ['one br', 'filter.d/f.conf:2'],
    ['two', 'filter.d/f.conf:4'],
    ['three', 'filter.d/f.conf:6'],
    ['four', 'filter.d/f.conf:7'],
    ['/dev/null', 'paths.conf:3'],
    ['ban 1', 'action.d/a.conf:2'],
    ['2', 'action.d/a.conf:4'],
    ['1', 'jail.conf:9'],
    ['b', 'jail.conf:10'],
    ['addaction', undefined],
    ['auto', undefined],
  ])('knows where it was written: %j at %s', (value, place) => {
    expect(placeOf(value)).toBe(place);
  });
});

describe('jails', () => {
  test('one that is broken leaves the others alone', () => {
    const { lines, usable, problems } = load({
      'jail.conf': `${JAIL}[k]\nenabled = yes\nfilter = nope\n[l]\nenabled = yes\naction = a[\n[m]\nenabled = yes\naction = nope\n`,
    });
    expect(lines.filter((line) => line.startsWith("['config-error'"))).toHaveLength(3);
    expect(lines.at(-1)).toBe("['start', 'j']");
    expect(usable).toBe(true);
    const errors = problems.filter(({ level }) => level === 'error');
    expect(errors.map(({ code, origin }) => [code, origin?.line])).toEqual([
      ['missing-filter', 5],
      ['bracket-syntax', 8],
      ['missing-action', 11],
    ]);
  });

  test('all broken make the configuration useless, none enabled do not', () => {
    expect(load({ 'jail.conf': '[j]\nenabled = yes\nfilter = nope\n' }).usable).toBe(false);
    expect(load({ 'jail.conf': '[j]\n' }).usable).toBe(true);
  });

  test.each([
    ['skip_if_nologs = true', "Jail 'j' skipped, because of missing log files."],
    ['', "Jail 'j' skipped, because of Have not found any log file for 'j' jail."],
  ])('without log files are left out of a start, but shown in a dump (%j)', (option, message) => {
    const files = { 'jail.conf': `${JAIL}logpath = /nowhere/*\n${option}\n[k]\nenabled = yes\n` };
    expect(load(files).jails.map(({ name }) => name)).toEqual(['j', 'k']);
    const start = load(files, { mode: 'start' });
    expect(start.jails.map(({ name }) => name)).toEqual(['k']);
    expect(start.skipped).toEqual([{ name: 'j', message }]);
  });

  test.each([
    ['journalmatch = _COMM=x', 'systemd'],
    ['journalmatch = _COMM=x\nsystemd_if_nologs = no', 'auto'],
    ['journalmatch = _COMM=x\nbackend = polling', 'polling'],
    ['filter = f', 'auto'],
  ])('that find no file and have %j use the backend %s', (options, backend) => {
    const { jails } = load({
      'jail.conf': `${JAIL}logpath = /nowhere/*\n${options}\n`,
      'filter.d/f.conf': '[Definition]\njournalmatch = _COMM=x\n',
    });
    expect(jails[0]?.backend.value).toBe(backend);
  });

  test('can be asked for one by one', () => {
    const files = { 'jail.conf': `${JAIL}[k]\nenabled = yes\nusedns = %(none)s\n[l]\n` };
    expect(load(files, { only: new Set(['j']) }).jails.map(({ name }) => name)).toEqual(['j']);
    expect(load(files, { only: new Set(['l']), enable: new Set(['l']) }).jails).toHaveLength(1);
  });
});

describe('what a jail sets', () => {
  const FILTER = {
    'filter.d/f.conf': '[Definition]\nfailregex = x <v> %(v2)s\nv = def\nv2 = d2\n[Init]\nv = init\n',
  };

  test.each([
    ['filter = f\nv = jail\nv2 = jail2', 'x init d2'],
    ['filter = f[v=br, v2=br2]', 'x br br2'],
    ['filter = f[v=]', 'x  d2'],
  ])('%j makes of the filter %j', (options, expected) => {
    const { lines } = load({ 'jail.conf': `${JAIL}${options}\n`, ...FILTER });
    expect(valueIn(lines, 'addfailregex')).toBe(`'${expected}'`);
  });

  test('takes the place of what the filter says, and can add to it by known/…', () => {
    const { lines } = load({
      'jail.conf': `${JAIL}filter = f\nfailregex = own\n  %(known/failregex)s\n`,
      ...FILTER,
    });
    expect(lines).toContain("['multi-set', 'j', 'addfailregex', ['own', 'x init d2']]");
  });

  test.each([
    ['ignoreself = maybe', "['set', 'j', 'ignoreself', False]", 0],
    ['maxretry = abc', "['set', 'j', 'maxretry', None]", 1],
  ])('%j silently or with a warning becomes %s', (option, line, warnings) => {
    const { lines, problems } = load({ 'jail.conf': `${JAIL}${option}\n` });
    expect(lines).toContain(line);
    expect(problems.filter(({ code }) => code === 'wrong-int')).toHaveLength(warnings);
  });
});

describe('log files', () => {
  const { dir, lines, problems } = (() => {
    const root = folderOf({
      'fail2ban.conf': '[Definition]\n',
      'log/b.log': '',
      'log/a.log': '',
      'log/.c.log': '',
      'log/sub/d.log': '',
      'log/e f.log': '',
    });
    symlinkSync('gone', join(root, 'log/dangling.log'));
    const globs = [
      '*.log',
      'a.log tail',
      'e f.log',
      'e f.log head',
      '[!a].log',
      '**/d.log',
      'none',
      'dangling.log',
    ];
    const sections = globs
      .map((glob, i) => `[g${i}]\nenabled = yes\nlogpath = ${root}/log/${glob}\n`)
      .join('');
    const loaded = loadConfig({
      folder: findConfig({ dir: folderOf({ 'fail2ban.conf': '[Definition]\n', 'jail.conf': sections }) }),
    });
    return { dir: root, lines: loaded.jails.map(({ logPaths }) => logPaths), problems: loaded.problems };
  })();
  const found = (i: number) =>
    (lines[i] ?? [])
      .flatMap(({ value }) => value.files.map((file) => `${file.slice(dir.length + 5)} ${value.mode}`))
      .sort();

  test.each([
    [0, ['a.log head', 'b.log head', 'e f.log head']],
    [1, ['a.log tail']],
    [2, []],
    [3, ['e f.log head']],
    [4, ['b.log head']],
    [5, ['sub/d.log head']],
    [6, []],
    [7, []],
  ])('pattern %i stands for %j', (i, expected) => {
    expect(found(i)).toEqual(expected);
  });

  test('that are dangling links are said', () => {
    const [problem] = problems.filter(({ code, jail }) => code === 'dangling-link' && jail === 'g7');
    expect(problem).toMatchObject({ level: 'warning', origin: { line: expect.any(Number) } });
  });
});

describe('a folder', () => {
  test.each([
    ['that is not there', '/nowhere/f2b', 'no-folder', 'does not exist'],
    ['that is a file', '/dev/null', 'no-folder', 'is a file'],
  ])('%s is refused', (_, dir, code, text) => {
    const { fatal } = loadConfig({ folder: findConfig({ dir }) });
    expect(fatal?.error).toMatchObject({ code, exitCode: 255 });
    expect(fatal?.error.message).toContain(text);
  });

  test.each([
    ['not UTF-8', Buffer.from('[j]\nusedns = \xe9\n', 'latin1'), 2],
    ['not UTF-8 but UTF-16', Buffer.from('\ufeff[j]\n', 'utf16le'), 1],
  ])('with a file that is %s is refused, with its line', (_, bytes, line) => {
    const { fatal, problems, dir } = load({ 'jail.conf': JAIL, 'jail.local': bytes });
    expect(fatal?.error.code).toBe('no-jails');
    const place = { file: `${dir}/jail.local`, line };
    expect(problems).toContainEqual(expect.objectContaining({ code: 'not-utf8', origin: place }));
  });

  test('with a folder, or nothing readable, in the place of a file is refused', () => {
    const dir = folderOf({ 'fail2ban.conf': '[Definition]\n' });
    mkdirSync(join(dir, 'jail.conf'));
    expect(loadConfig({ folder: findConfig({ dir }) }).fatal?.error.code).toBe('no-jails');
  });

  test('with a link that leads nowhere, or to /dev/null, is read without it', () => {
    const dir = folderOf({ 'fail2ban.conf': '[Definition]\n', 'jail.conf': JAIL });
    symlinkSync('gone', join(dir, 'jail.local'));
    mkdirSync(join(dir, 'jail.d'));
    symlinkSync('/dev/null', join(dir, 'jail.d/masked.conf'));
    symlinkSync('loop.conf', join(dir, 'jail.d/loop.conf'));
    expect(loadConfig({ folder: findConfig({ dir }) }).jails).toHaveLength(1);
  });

  (process.getuid?.() === 0 ? test.skip : test)(
    'whose drop-ins may not be read is read without them, with a warning',
    () => {
      const dir = folderOf({
        'fail2ban.conf': '[Definition]\n',
        'jail.conf': JAIL,
        'jail.d/x.conf': '[j]\nmaxretry = 9\n',
      });
      chmodSync(join(dir, 'jail.d'), 0o311);
      const { problems, jails } = loadConfig({ folder: findConfig({ dir }) });
      expect(problems).toContainEqual(expect.objectContaining({ code: 'hidden-folder' }));
      expect(jails[0]?.maxRetry).toBeUndefined();
    },
  );

  test("in f2b's own layout needs no base file, and fills gaps from the package", () => {
    const packageDir = folderOf({
      'filters.d/p.conf': '[Definition]\nfailregex = shipped\n',
      'action.d/a.conf': '[Definition]\n',
    });
    const dir = folderOf({
      'filters.d/own.conf': '[Definition]\nfailregex = own\n',
      'jail.conf': `${JAIL}filter = p\naction = a\n`,
    });
    const { jails, problems } = loadConfig({ folder: new ConfigFolder(dir, packageDir) });
    expect(jails[0]?.filter.failregex.map(({ value }) => value)).toEqual(['shipped']);
    expect(problems.filter(({ jail }) => jail === undefined)).toEqual([]);
  });

  test('may call its base file f2b.conf', () => {
    const dir = folderOf({ 'f2b.conf': '[Definition]\nloglevel = DEBUG\n' });
    expect(loadConfig({ folder: findConfig({ dir }) }).global?.loglevel.value).toBe('DEBUG');
  });

  test('of fail2ban is not mixed with the package', () => {
    const packageDir = folderOf({ 'filters.d/p.conf': '[Definition]\nfailregex = shipped\n' });
    const dir = folderOf({ 'fail2ban.conf': '[Definition]\n', 'jail.conf': `${JAIL}filter = p\n` });
    expect(loadConfig({ folder: new ConfigFolder(dir, packageDir) }).skipped).toHaveLength(1);
  });
});

describe('which folder is meant', () => {
  const dir = folderOf({ 'f2b.conf': '' });
  test.each([
    [{ dir: '/a', envDir: '/b', packageDir: '/p', systemDirs: [dir] }, '/a'],
    [{ envDir: '/b', packageDir: '/p', systemDirs: [dir] }, '/b'],
    [{ envDir: '', packageDir: '/p', systemDirs: ['/nowhere/f2b', dir] }, dir],
    [{ packageDir: '/p', systemDirs: ['/nowhere/f2b'] }, '/p'],
  ])('%j: %s', (options, expected) => {
    expect(findConfig(options).dir).toBe(expected);
  });
});
