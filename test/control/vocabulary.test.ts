import { describe, expect, test } from '@jest/globals';
import {
  type CommandError,
  dispatch,
  NoServerError,
  syntaxOf,
  VOCABULARY,
} from '../../src/core/control/index.js';
import { makeDesk } from './make-desk.js';

const FILES = {
  'filter.d/f.conf':
    '[Definition]\nfailregex = ^bad <HOST>$\n  ^worse <F-USER>\\S+</F-USER> <HOST>$\nignoreregex = ^bad 10\\.\n',
  'action.d/a.conf': '[Definition]\nactionban = ban <ip>\n[Init]\nport = 22\n',
  'a.log': '',
  'b.log': '',
  'jail.conf': `[DEFAULT]
backend = polling
filter = f
logpath = %(fail2ban_confpath)s/a.log
  %(fail2ban_confpath)s/b.log
[one]
enabled = true
maxretry = 4
findtime = 1.5h
action = a
[two]
enabled = true
logpath = %(fail2ban_confpath)s/a.log
[off]
enabled = false
[bad]
enabled = true
filter = missing
`,
};

/** What the client prints, line by line. */
async function answers(commands: readonly string[]): Promise<string[]> {
  const { ask } = makeDesk(FILES);
  const texts: string[] = [];
  for (const command of commands) texts.push(await ask(...command.split(' ')));
  return texts;
}

describe('what the client prints', () => {
  test.each<[string[], string]>([
    [['version'], '1.1.2.dev1'],
    [['echo a b'], 'a b'],
    [['status'], 'Status\n|- Number of jail:\t2\n`- Jail list:\tone, two'],
    [['banned'], "[{'one': []}, {'two': []}]"],
    [['set one banip 192.0.2.1 2001:DB8::1 10.0.0.0/24 joe'], '4'],
    [['set one banip 192.0.2.1', 'set one banip 192.0.2.1 192.0.2.2'], '1'],
    [['set one banip'], '0'],
    [
      ['set two banip ::1', 'set one banip 192.0.2.1', 'banned'],
      "[{'one': ['192.0.2.1']}, {'two': ['::1']}]",
    ],
    [['set one banip 192.0.2.1', 'banned 192.0.2.1 192.0.2.2'], "[['one'], []]"],
    [['set one banip 192.0.2.1', 'get one banned 192.0.2.1'], '1'],
    [['set one banip 192.0.2.1', 'get one banned 192.0.2.1 192.0.2.2'], '[1, 0]'],
    [['set one banip 192.0.2.1 10.0.0.0/24', 'get one banip |'], '192.0.2.1|10.0.0.0/24'],
    [
      ['set one banip 192.0.2.1', 'get one banip --with-time'],
      '192.0.2.1 \t2026-11-21 08:54:23 + 600 = 2026-11-21 09:04:23',
    ],
    [
      ['set one bantime -1', 'set one banip 192.0.2.1', 'get one banip --with-time'],
      '192.0.2.1 \t2026-11-21 08:54:23 + -1 = 9999-12-31 23:59:59',
    ],
    [
      ['set one banip 192.0.2.1', 'set one bantime 60', 'set one banip 192.0.2.2', 'get one banip'],
      '192.0.2.2 192.0.2.1',
    ],
    [['set one banip 192.0.2.1 192.0.2.2', 'set one unbanip 192.0.2.0/24'], '2'],
    [['set one banip 192.0.2.7', 'set one unbanip host.example'], '1'],
    [['set one banip 192.0.2.1', 'set two banip 192.0.2.1', 'unban 192.0.2.1 192.0.2.9'], '2'],
    [['set one banip 192.0.2.1', 'set two banip 192.0.2.1', 'unban --all'], '2'],
    [['set one attempt 192.0.2.1 x y'], '1'],
    [['set one addignoreip 192.0.2.0/24', 'set one attempt 192.0.2.1'], '0'],
    [['get one ignoreip'], 'No IP address/network is ignored'],
    [
      ['set one addignoreip 192.0.2.1 10.0.0.0/8', 'get one ignoreip'],
      'These IP addresses/networks are ignored:\n|- 10.0.0.0/8\n`- 192.0.2.1',
    ],
    [['set one addignoreip 192.0.2.1', 'set one delignoreip 192.0.2.1'], 'No IP address/network is ignored'],
    [['get one maxretry'], '4'],
    [['get one findtime'], '5400.0'],
    [['get two findtime'], '600'],
    [['set one findtime 20m'], '1200'],
    [['set one bantime 1.5h'], '5400'],
    [['get one ignoreself'], 'True'],
    [['set one ignoreself maybe'], 'False'],
    [['get one ignorecommand'], 'False'],
    [['set one ignorecommand '], ''],
    [['get one ignorecache'], 'None'],
    [['set one ignorecache key="<ip>",max-count=10,max-time=5m'], "['<ip>', 10, 300]"],
    [['get one logencoding'], 'Current log encoding is set to:\nUTF-8'],
    [['get one datepattern'], 'Current date pattern set to: Default Detectors'],
    [['set one datepattern %Y-%m-%d'], 'Current date pattern set to: %Y-%m-%d (Year-Month-Day)'],
    [['set one datepattern EPOCH'], 'Current date pattern set to: Epoch'],
    [['get one journalmatch'], 'No journal match filter set'],
    [['get one usedns'], 'warn'],
    [['set one usedns foo'], 'no'],
    [['get one logtimezone'], 'None'],
    [['set one logtimezone UTC+0300'], 'UTC+0300'],
    [['get one bantime.increment'], 'None'],
    [['set one bantime.maxtime 1d'], '86400'],
    [['set one bantime.maxtime '], 'None'],
    [['set one idle on'], 'True'],
    [['get one ignoreregex'], 'The following regular expression are defined:\n`- [0]: ^bad 10\\.'],
    [['set one delignoreregex 0'], 'No regular expression is defined'],
    [
      ['set one delfailregex 7', 'set one delfailregex -1', 'set one prefregex ^x', 'get one prefregex'],
      '^x',
    ],
    [['get one actions'], 'The jail one has the following actions:\na'],
    [['get two actions'], 'No actions for jail two'],
    [['get one action a port'], '22'],
    [['get one action a actionban'], 'ban <ip>'],
    [['get one action a timeout'], '60'],
    [['set one action a timeout 2m'], '120'],
    [['set one action a port 23', 'get one action a port'], '23'],
    [['get thread'], "{'stacksize': 0}"],
    [['get dbpurgeage'], 'Current database purge age is:\n`- 86400seconds'],
    [['set dbmaxmatches 3'], '3'],
    [['get loglevel'], "Current logging level is 'INFO'"],
    [['stats'], STATISTICS()],
  ])('%j: %j', async (commands, text) => {
    expect((await answers(commands)).at(-1)).toBe(text);
  });

  test('lists the status of a jail as a tree', async () => {
    const { ask, dir } = makeDesk(FILES);
    await ask('set', 'one', 'banip', '192.0.2.1', '192.0.2.2');
    const filter = `|- Filter\n|  |- Currently failed:\t0\n|  |- Total failed:\t0\n|  \`- File list:\t${dir}/a.log ${dir}/b.log\n`;
    const actions =
      '`- Actions\n   |- Currently banned:\t2\n   |- Total banned:\t2\n   `- Banned IP list:\t192.0.2.1 192.0.2.2';
    expect(await ask('status', 'one')).toBe(`Status for the jail: one\n${filter}${actions}`);
    expect(await ask('status', 'one', 'short')).toMatch(/\n {3}`- Total banned:\t2$/);
    expect(await ask('status', 'one', 'cymru')).toMatch(/\n {3}`- Banned RIR list:\terror$/);
    expect((await ask('status', '--all')).split('\n').slice(0, 8)).toEqual([
      'Status',
      '|- Number of jail:\t2',
      '|- Jail list:\tone, two',
      '`- Status for the jails:',
      '   |- Jail: one',
      '   |  |- Filter',
      '   |  |  |- Currently failed:\t0',
      '   |  |  |- Total failed:\t0',
    ]);
  });
});

function STATISTICS(): string {
  return [
    '          ║          ║ Filter    ║ Actions  ',
    ' Jail     ║ Backend  ╟───────────╫───────────',
    '          ║          ║ cur │ tot ║ cur │ tot',
    '══════════╬══════════╬═══════════╬═══════════',
    ' one      ║ polling  ║   0 │   0 ║   0 │   0',
    ' two      ║ polling  ║   0 │   0 ║   0 │   0',
    '══════════╩══════════╩═══════════╩═══════════',
  ].join('\n');
}

describe('what is refused', () => {
  test.each<[string, string, string]>([
    ['foo', 'Invalid command', "('Invalid command',)"],
    ['unban', 'Invalid command', "('Invalid command',)"],
    ['set', 'Sorry but the command is invalid', "('list index out of range',)"],
    ['get one', 'Sorry but the command is invalid', "('list index out of range',)"],
    ['set one maxretry', 'Sorry but the command is invalid', "('list index out of range',)"],
    ['set one unbanip', 'Sorry but the command is invalid', "('list index out of range',)"],
    ['status none', "Sorry but the jail 'none' does not exist", "('none',)"],
    ['get none maxretry', "Sorry but the jail 'none' does not exist", "('none',)"],
    [
      'get none nope',
      'Invalid command (no get action or not yet implemented)',
      "('Invalid command (no get action or not yet implemented)',)",
    ],
    [
      'set one nope 1',
      "Invalid command 'nope' (no set action or not yet implemented)",
      '("Invalid command \'nope\' (no set action or not yet implemented)",)',
    ],
    ['status a b c', 'Invalid command (no status)', "('Invalid command (no status)',)"],
    [
      'set one maxretry x',
      "invalid literal for int() with base 10: 'x'",
      '("invalid literal for int() with base 10: \'x\'",)',
    ],
    [
      'set one maxlines 0',
      'maxlines must be integer greater than zero',
      "('maxlines must be integer greater than zero',)",
    ],
    [
      'set one bantime.multipliers 1,2',
      "invalid literal for int() with base 10: '1,2'",
      '("invalid literal for int() with base 10: \'1,2\'",)',
    ],
    ['set one findtime abc', "name 'abc' is not defined", '("name \'abc\' is not defined",)'],
    ['set one logencoding foo', 'unknown encoding: foo', "('unknown encoding: foo',)"],
    [
      'set one idle maybe',
      "Invalid idle option, must be 'on' or 'off'",
      "(\"Invalid idle option, must be 'on' or 'off'\",)",
    ],
    ['set one delignoreip 192.0.2.1', 'list.remove(x): x not in list', "('list.remove(x): x not in list',)"],
    [
      'set one addlogpath /nowhere/x',
      "[Errno 2] No such file or directory: '/nowhere/x'",
      "(2, 'No such file or directory')",
    ],
    [
      'set one addfailregex abc(',
      "Unable to compile regular expression 'abc(':\nmissing ), unterminated subpattern at position 3",
      '("Unable to compile regular expression \'abc(\':\\nmissing ), unterminated subpattern at position 3",)',
    ],
    ['set one addfailregex abc', "No failure-id group in 'abc'", '("No failure-id group in \'abc\'",)'],
    [
      'set one ignorecache foo',
      'expected option, wrong syntax at 0: foo',
      "('expected option, wrong syntax at 0: foo',)",
    ],
    ['set one ignorecache foo=1', "'key'", "('key',)"],
    ['get one action nope port', "'Invalid Action name: nope'", "('Invalid Action name: nope',)"],
    [
      'get one action a nope',
      "'CommandAction' object has no attribute 'nope'",
      "(\"'CommandAction' object has no attribute 'nope'\",)",
    ],
    [
      'set dbfile /x',
      'Cannot change database when there are jails present',
      "('Cannot change database when there are jails present',)",
    ],
  ])('%s', async (command, message, args) => {
    const { desk } = makeDesk(FILES);
    const error = await dispatch(desk, command.split(' ')).catch((reason: CommandError) => reason);
    expect(error).toMatchObject({ message, argsText: args });
  });

  test('one slip among several addresses, and nobody is banned', async () => {
    const { ask, jails } = makeDesk(FILES);
    await expect(ask('set', 'one', 'banip', '192.0.2.1', '192.0.2.2/x')).rejects.toThrow(
      "invalid literal for int() with base 10: 'x'",
    );
    expect(jails.get('one')?.bans()).toEqual([]);
  });

  test('those who were not banned are reported, the others unbanned all the same', async () => {
    const { ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'banip', '192.0.2.1');
    await expect(
      ask('set', 'one', 'unbanip', '--report-absent', '192.0.2.8', '192.0.2.1', '192.0.2.9'),
    ).rejects.toThrow("not banned: ['192.0.2.8', '192.0.2.9']");
    expect(jails.get('one')?.bans()).toEqual([]);
  });

  test('a jail that is off or broken says why', async () => {
    const { desk } = makeDesk(FILES);
    await expect(dispatch(desk, ['status', 'off'])).rejects.toMatchObject({
      hint: expect.stringContaining('enabled = true'),
    });
    await expect(dispatch(desk, ['status', 'bad'])).rejects.toMatchObject({
      hint: expect.stringContaining('Unable to read'),
    });
  });

  test.each(['ping', 'flushlogs', 'set loglevel INFO', 'add three', 'set one addaction b'])(
    'what only a server can do says so: %s',
    async (command) => {
      const { desk } = makeDesk(FILES);
      const error = await dispatch(desk, command.split(' ')).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NoServerError);
      expect(error).toMatchObject({ hint: expect.stringMatching(/\w/) });
    },
  );
});

describe('a setting changed without a server', () => {
  const CHANGES: readonly [change: string, ask: string, then: string][] = [
    ['set one maxretry 9', 'get one maxretry', '9'],
    ['set one findtime 1.5h', 'get one findtime', '5400.0'],
    ['set one bantime.increment true', 'get one bantime.increment', 'True'],
    ['set one usedns no', 'get one usedns', 'no'],
    [
      'set one addignoreip 192.0.2.1',
      'get one ignoreip',
      'These IP addresses/networks are ignored:\n`- 192.0.2.1',
    ],
    ['set one delignoreregex 0', 'get one ignoreregex', 'No regular expression is defined'],
    ['set one action a port 23', 'get one action a port', '23'],
    ['set one ignorecommand true', 'get one ignorecommand', 'true'],
  ];

  test.each(CHANGES)('holds for who opens the jail next: %s', async (change, ask, then) => {
    const first = makeDesk(FILES);
    await first.ask(...change.split(' '));
    const second = makeDesk(FILES, first.store);
    expect(await second.ask(...ask.split(' '))).toBe(then);
  });

  test('leaves nothing behind when it is taken back', async () => {
    const { ask, store } = makeDesk(FILES);
    await ask('set', 'one', 'addignoreip', '192.0.2.1');
    await ask('set', 'one', 'delignoreip', '192.0.2.1');
    await ask('set', 'one', 'idle', 'on');
    await ask('set', 'one', 'idle', 'off');
    expect(store.overrides('one')).toEqual({});
  });

  test('is not kept when it is refused', async () => {
    const { ask, store, jails } = makeDesk(FILES);
    await expect(ask('set', 'one', 'maxretry', 'x')).rejects.toThrow();
    await expect(ask('set', 'one', 'addfailregex', '(')).rejects.toThrow();
    expect(store.overrides('one')).toEqual({});
    expect(jails.get('one')?.settings.maxRetry).toBe(4);
  });

  test.each(['bantime.formula *', 'bantime.formula require(1)', 'bantime.factor x', 'bantime.factor 1/0'])(
    'is refused where no ban could be reckoned with it: %s',
    async (words) => {
      const { ask, store } = makeDesk(FILES);
      await expect(ask('set', 'one', ...words.split(' '))).rejects.toMatchObject({ exitCode: 255 });
      expect(store.overrides('one')).toEqual({});
    },
  );

  test('is in force in the open jail at once', async () => {
    const { ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'maxretry', '2');
    await ask('set', 'one', 'bantime', '1h');
    expect(jails.get('one')?.settings).toMatchObject({ maxRetry: 2, banTimeSec: 3600 });
  });
});

describe('the table', () => {
  test('names every command once', () => {
    const names = VOCABULARY.map(syntaxOf);
    expect(new Set(names).size).toBe(names.length);
  });

  test('says of each what it does', () => {
    for (const { help } of VOCABULARY) expect(help).toMatch(/^[a-z].+[^.]$/);
  });

  test('lets nothing change behind a command that only reads', () => {
    const writing = VOCABULARY.filter(({ scope, writes }) => writes && scope.startsWith('get'));
    expect(writing).toEqual([]);
  });
});

describe('reload without a server', () => {
  test('drops what was changed by hand, in one jail or in all', async () => {
    const { ask, store } = makeDesk(FILES);
    await ask('set', 'one', 'maxretry', '9');
    await ask('set', 'two', 'addignoreip', '192.0.2.1');
    await ask('set', 'dbmaxmatches', '3');
    expect(await ask('reload', 'one')).toBe('OK');
    expect([store.overrides('one'), Object.keys(store.overrides('two'))]).toEqual([{}, ['ignoreip']]);
    expect(await ask('reload')).toBe('OK');
    expect([store.overrides('two'), store.overrides('')]).toEqual([{}, {}]);
  });

  test('keeps bans, unless it is told to let everybody in', async () => {
    const { ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'banip', '192.0.2.1');
    await ask('reload', '--restart', 'one');
    expect(jails.get('one')?.bans()).toHaveLength(1);
    await ask('reload', '--unban');
    expect(jails.get('one')?.bans()).toEqual([]);
  });

  test.each([
    [['reload', 'none'], "Failed during configuration: No section: 'none'"],
    [['reload', 'a', 'b'], "Unexpected argument(s) for reload: ['a', 'b']"],
  ])('%j: %s', async (words, message) => {
    const { desk } = makeDesk(FILES);
    await expect(dispatch(desk, words)).rejects.toThrow(message);
  });
});
