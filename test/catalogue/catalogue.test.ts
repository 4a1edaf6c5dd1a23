/** The catalogue over folders of all kinds: f2b's own, fail2ban's, one with mistakes. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type ActionDetails,
  Catalogue,
  type FilterDetails,
  type JailDetails,
} from '../../src/core/catalogue/index.js';
import { ConfigFolder, loadConfig } from '../../src/core/config/index.js';
import { ROOT } from '../commands/f2b.js';
import { type Files, folderOf } from '../config/tree.js';

const SHIPPED: Files = {
  'f2b.conf': '[Definition]\n',
  'jail.d/00-defaults.conf':
    '[INCLUDES]\nbefore = paths/paths-one.conf\n[DEFAULT]\nenabled = false\nmode = normal\nfilter = %(__name__)s[mode=%(mode)s]\nport = 0:65535\nbanaction = wall\naction_ = %(banaction)s[port="%(port)s"]\naction = %(action_)s\n',
  'jail.d/app.conf':
    '# App: bad logins.\n#\n# Two.\n\n[app]\nport = 80, 443\nlogpath = %(app_log)s\n    /more\nmaxretry = 2\n\n# App: worse.\n[app-worse]\nfilter = app[mode=ddos]\nlogpath = /same\n\n# not of this one\n\n[app-bare]\nfilter = app\nlogpath = %(nowhere)s\n',
  'jail.d/paths/paths-common.conf': '[DEFAULT]\napp_log = /common\n',
  'jail.d/paths/paths-one.conf': '[DEFAULT]\napp_log = /one\n',
  'jail.d/paths/paths-two.conf': '[DEFAULT]\napp_log = /two\n',
  'jail.d/paths/paths-three.conf': '[DEFAULT]\napp_log = /two\n',
  'filters.d/app.conf': `# App: bad logins, from its log.
#
# mode  normal  logins
#       ddos    connections
# who   whose (default: any)
#
# A remark.

[INCLUDES]
before = app-common.conf
[Definition]
mode = normal
mode-normal = ^%(_start)sbad <who> <HOST>$
mode-ddos = %(mode-normal)s
    ^%(_start)sgone <HOST>$
failregex = <mode-<mode>>
who = \\w+
[Init]
_hidden = 1
unsaid = 2
`,
  'filters.d/app-common.conf':
    '# The start.\n#\n# _start  what begins a line\n\n[Definition]\n_start = app:\\s\n',
  'filters.d/zoo.conf': '[Definition]\nfailregex = ^x <HOST>$\n',
  'action.d/wall.conf':
    '# Bans with a wall.\n#\n# port  the ports (default: ssh)\n\n[Definition]\nactionban = wall <port> <ip> <kind>\n[Init]\nport = ssh\nkind = a\n[Init?family=inet6]\nkind = b\n',
  'action.d/wall-all.conf':
    '# Bans with a wall, from everything.\n\n[INCLUDES]\nbefore = wall.conf\n[Init]\nport = all\n',
  'action.d/letter.conf':
    '# Writes a letter.\n#\n# to    who gets it\n# from  whom it is from (default: none)\n\n[Definition]\nactionban = <tell> "<to>" "<from>"\ntell = letter -f <logpath>\n[Init]\nfrom =\n',
};

const SAMPLES = {
  app: [
    { text: 'app: good joe 192.0.2.1' },
    { text: 'app: bad joe 192.0.2.7' },
    { text: 'app: gone 192.0.2.8', modes: ['ddos'] },
  ],
};

function catalogueOf(files: Files, packageFiles: Files = SHIPPED): Catalogue {
  const packageDir = folderOf(packageFiles);
  const folder = new ConfigFolder(folderOf(files), packageDir);
  return new Catalogue({ folder, packageDir, samples: SAMPLES });
}

const own = catalogueOf({ 'f2b.conf': '' });
const filter = (catalogue: Catalogue, name: string) =>
  catalogue.find(name).find(({ kind }) => kind === 'filter') as FilterDetails;
const action = (catalogue: Catalogue, name: string) =>
  catalogue.find(name).find(({ kind }) => kind === 'action') as ActionDetails;
const jail = (catalogue: Catalogue, name: string) =>
  catalogue.find(name).find(({ kind }) => kind === 'jail') as JailDetails;

describe('a list', () => {
  test('has filters and actions, not what they only include', () => {
    expect(own.list('filter').map(({ name, what }) => [name, what])).toEqual([
      ['app', 'App: bad logins, from its log.'],
      ['zoo', ''],
    ]);
    expect(own.list('action').map(({ name }) => name)).toEqual(['letter', 'wall', 'wall-all']);
    expect(own.names('filter')).toEqual(['app', 'zoo']);
  });

  test('has jails, with the comment above each, or what its filter says', () => {
    expect(own.list('jail').map(({ name, what, enabled }) => [name, what, enabled])).toEqual([
      ['app', 'App: bad logins.', false],
      ['app-bare', 'App: bad logins, from its log.', false],
      ['app-worse', 'App: worse.', false],
    ]);
  });

  test.each([
    [['APP'], ['app']],
    [['logins', 'LOG'], ['app']],
    [['logins', 'zoo'], []],
    [['zoo'], ['zoo']],
    [['remark'], []],
  ])('is searched for words in names and descriptions: %j', (words, names) => {
    expect(own.list('filter', words).map(({ name }) => name)).toEqual(names);
  });
});

describe('an administrator’s files', () => {
  const mine = catalogueOf({
    'f2b.conf': '',
    'jail.local':
      '[app]\nenabled = true\nport = 8080\n\n# Mine: all of it.\n[mine]\nenabled = yes\nfilter = mine\n',
    'filters.d/mine.conf': '# Mine: whatever.\n[Definition]\nfailregex = ^<HOST>$\n',
    'filters.d/app.local': '# Changed by me\n[Definition]\nwho = ann\n',
  });

  test('are listed among what ships', () => {
    expect(mine.list('filter').map(({ name, what, inForce }) => [name, what, inForce])).toEqual([
      ['app', 'App: bad logins, from its log.', true],
      ['mine', 'Mine: whatever.', true],
      ['zoo', '', true],
    ]);
    expect(mine.enabledJails()).toEqual(['app', 'mine']);
  });

  test('have the last word', () => {
    expect(filter(mine, 'app').options.find(({ name }) => name === 'who')?.default).toBe('ann');
    expect(jail(mine, 'app')).toMatchObject({ enabled: true, port: '8080' });
    expect(jail(mine, 'mine').what).toBe('Mine: all of it.');
  });
});

describe('a folder of fail2ban’s', () => {
  const stock = catalogueOf({
    'fail2ban.conf': '[Definition]\n',
    'jail.conf':
      '#\n# WARNING: heed this\n\n[INCLUDES]\nbefore = paths-x.conf\n[DEFAULT]\naction = act[port="%(port)s"]\n[app]\n# see the log\nport = ssh\nlogpath = %(app_log)s\nfilter = app\n',
    'paths-x.conf': '[DEFAULT]\napp_log = /x\n',
    'paths-y.conf': '[DEFAULT]\napp_log = /y\n',
    'filter.d/app.conf':
      '# Fail2Ban filter for app\n#\n# more\n\n[Definition]\nfailregex = <pre-<mode>>\npre-one = ^other <HOST>$\npre-two = ^app: bad \\w+ <HOST>$\nmode = two\n',
    'action.d/act.conf':
      '# Fail2Ban configuration file\n#\n# Author: x\n\n[Definition]\nactionban = act <port>\n[Init]\nport = ssh\n',
    'action.d/wall.conf': '# Fail2Ban configuration file\n\n[Definition]\nactionban = own\n',
    'action.d/smtp.py': 'x = 1\n',
    'action.d/other.py': 'x = 1\n',
  });

  test('has its own files first, and those that ship marked', () => {
    expect(stock.list('filter').map(({ name, what, inForce }) => [name, what, inForce])).toEqual([
      ['app', 'Fail2Ban filter for app', true],
      ['zoo', '', false],
    ]);
  });

  test('calls what says nothing of itself as ours by that name', () => {
    expect(stock.list('action', ['wall']).map(({ name, what, inForce }) => [name, what, inForce])).toEqual([
      ['wall', 'Bans with a wall.', true],
      ['wall-all', 'Bans with a wall, from everything.', false],
    ]);
  });

  test('has plug-ins, of which one is built in', () => {
    const plugins = stock.list('action', ['.py']).map(({ name, what }) => [name, what]);
    expect(plugins).toEqual([
      ['other.py', 'A plug-in in Python, which f2b does not run.'],
      ['smtp.py', 'Sends a mail for each ban, by SMTP; built into f2b.'],
    ]);
    expect(action(stock, 'smtp.py').example.text).toBe('action = %(action_)s\n         smtp.py\n');
  });

  test('shows of what ships how it can be used all the same', () => {
    const { paste } = filter(stock, 'zoo');
    expect(paste).toMatch(
      /^\[zoo\]\nenabled = true\nfilter = \/.*\/filters\.d\/zoo\nport = .+\nlogpath = .+\n$/,
    );
    const dir = folderOf({ 'fail2ban.conf': '[Definition]\n', 'jail.conf': paste });
    const { jails, skipped } = loadConfig({ folder: new ConfigFolder(dir), mode: 'dump' });
    expect({ skipped, regexes: jails[0]?.filter.failregex.map(({ value }) => value) }).toEqual({
      skipped: [],
      regexes: ['^x <HOST>$'],
    });
  });

  test('finds modes where nobody describes them', () => {
    const { modes, defaultMode } = filter(stock, 'app');
    expect({ names: modes.map(({ name }) => name), defaultMode }).toEqual({
      names: ['one', 'two'],
      defaultMode: 'two',
    });
  });

  test('shows of the known samples what its own filter counts', () => {
    expect(filter(stock, 'app').samples).toEqual([{ mode: undefined, lines: ['app: bad joe 192.0.2.7'] }]);
  });

  test('has jails with its own path sets, and no description of the whole file', () => {
    expect(jail(stock, 'app')).toMatchObject({
      what: 'Fail2Ban filter for app',
      port: 'ssh',
      logs: ['/x'],
      logsElsewhere: [{ sets: ['y'], logs: ['/y'] }],
    });
  });
});

describe('a filter', () => {
  const app = filter(own, 'app');

  test('has modes and options with the defaults of the file', () => {
    expect(app.modes).toEqual([
      { name: 'normal', text: 'logins' },
      { name: 'ddos', text: 'connections' },
    ]);
    expect(app.defaultMode).toBe('normal');
    expect(app.options.map(({ name, text, default: value }) => [name, text, value])).toEqual([
      ['who', 'whose', '\\w+'],
      ['_start', 'what begins a line', 'app:\\s'],
    ]);
  });

  test('shows lines that count, one for the default and one for each mode', () => {
    expect(app.samples).toEqual([
      { mode: undefined, lines: ['app: bad joe 192.0.2.7'] },
      { mode: 'ddos', lines: ['app: gone 192.0.2.8'] },
    ]);
  });

  test('names its jails, and what turns one on', () => {
    expect(app.jails).toEqual(['app', 'app-bare', 'app-worse']);
    expect(app.paste).toBe('[app]\nenabled = true\n');
  });

  test('without a jail comes with one to fill in', () => {
    expect(filter(own, 'zoo').paste).toMatch(
      /^\[zoo\]\nenabled = true\nfilter = zoo\nport = .+\nlogpath = .+\n$/,
    );
  });
});

describe('an action', () => {
  test('that bans can be the banaction', () => {
    const { options, example } = action(own, 'wall');
    expect(options).toEqual([
      { name: 'port', text: 'the ports', default: 'ssh', variants: [], values: [], optional: true },
      {
        name: 'kind',
        text: undefined,
        default: 'a',
        variants: [{ when: 'family=inet6', default: 'b' }],
        values: [],
        optional: false,
      },
    ]);
    expect(example).toEqual({ bans: true, needed: [], text: 'banaction = wall\n' });
  });

  test('says of parameters what the file it includes says', () => {
    const { options, includes } = action(own, 'wall-all');
    expect(includes).toEqual(['wall']);
    expect(options[0]).toMatchObject({ name: 'port', text: 'the ports', default: 'all' });
  });

  test('that does something besides leaves blanks for what it needs', () => {
    expect(action(own, 'letter').example).toEqual({
      bans: false,
      needed: ['to'],
      text: 'action = %(action_)s\n         letter[to="…", logpath="%(logpath)s"]\n',
    });
  });
});

describe('a jail', () => {
  test('has its ports, its logs on every system, and its other settings', () => {
    expect(jail(own, 'app')).toMatchObject({
      remarks: [{ text: 'Two.', isExample: false }],
      line: 5,
      port: '80,443',
      filter: 'app',
      filterOptions: { mode: 'normal' },
      logpath: '%(app_log)s\n/more',
      logs: ['/one', '/more'],
      logsElsewhere: [{ sets: ['three', 'two'], logs: ['/two', '/more'] }],
      settings: [{ name: 'maxretry', value: '2' }],
    });
  });

  test('is shown as it is written where it cannot be expanded', () => {
    expect(jail(own, 'app-bare').logs).toEqual(['%(nowhere)s']);
  });

  test('that logs the same everywhere has no other systems', () => {
    expect(jail(own, 'app-worse').logsElsewhere).toEqual([]);
  });
});

test('what nobody has is not found', () => {
  for (const name of ['nobody', 'INCLUDES', 'app-common', '../app', 'DEFAULT'])
    expect(own.find(name)).toEqual([]);
});

test('files with mistakes are listed all the same', () => {
  const broken = catalogueOf({
    'f2b.conf': '',
    'jail.local':
      '[a]\nenabled = true\nenabled = true\nfilter = a[\nno option here\n[b]\naction = %(nothing)s\n',
    'filters.d/a.conf': '# A: a.\nfailregex = ^(\n[Definition]\nfailregex = ^(<HOST>\n',
    'filters.d/b.conf': Buffer.from([0x23, 0x20, 0xff, 0xfe, 0x0a]),
  });
  expect(broken.list('filter').map(({ name }) => name)).toEqual(['a', 'app', 'b', 'zoo']);
  expect(filter(broken, 'a')).toMatchObject({ what: 'A: a.', samples: [] });
  expect(jail(broken, 'a')).toMatchObject({ filter: 'a[', enabled: true });
  expect(jail(broken, 'b').port).toBe('0:65535');
});

test('everything that ships can be shown', () => {
  const shipped = new Catalogue({ folder: new ConfigFolder(ROOT, ROOT), packageDir: ROOT });
  for (const kind of ['action', 'jail'] as const) {
    for (const { name, what, file } of shipped.list(kind)) {
      expect({ name, what }).toEqual({ name, what: expect.stringMatching(/\S/) });
      expect(join(file)).toContain(ROOT);
      expect(shipped.find(name).some((found) => found.kind === kind)).toBe(true);
    }
  }
});
