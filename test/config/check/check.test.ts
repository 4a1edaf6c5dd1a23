import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../../src/core/config/check/index.js';
import { ConfigFolder } from '../../../src/core/config/index.js';
import { ROOT } from '../../commands/f2b.js';
import { check, checkDir, type Files, makeTree, removeTrees, SOUND } from './tree.js';

afterAll(removeTrees);

/** The same as jail.local of the sound configuration. */
const jail = (text: string): Files => ({ 'jail.local': text });
const filter = (text: string): Files => ({ 'filter.d/app.conf': text });
const action = (text: string): Files => ({ 'action.d/block.conf': text });

describe('a mistake is reported with its place and what was meant', () => {
  // [what, files, code, place, suggestion]
  test.each<[string, Files, string, string, RegExp | undefined]>([
    [
      'an option of a jail',
      jail('[app]\nmaxretyr = 3\n'),
      'unknown-option',
      'jail.local:2:1',
      /^Did you mean maxretry\?$/,
    ],
    ['- in an option', jail('[app]\nmax-retry = 3\n'), 'unknown-option', 'jail.local:2:1', /mean maxretry\?/],
    ['_ in an option', jail('[app]\nban_time = 3\n'), 'unknown-option', 'jail.local:2:1', /mean bantime\?/],
    [
      'an option by another name',
      jail('[app]\nlogfile = /x\n'),
      'unknown-option',
      'jail.local:2:1',
      /mean logpath\?/,
    ],
    [
      'an option of the defaults',
      jail('[DEFAULT]\nfindtim = 3\n'),
      'unknown-option',
      'jail.local:2:1',
      /mean findtime\?/,
    ],
    ['a variable', jail('[DEFAULT]\nbanacton = x\n'), 'unknown-option', 'jail.local:2:1', /mean banaction\?/],
    [
      'a variable nobody uses',
      jail('[app]\ncolour = red\n'),
      'unknown-option',
      'jail.local:2:1',
      /Remove it/,
    ],
    [
      'an option of a filter',
      { 'filter.d/app.local': '[Definition]\nfailregx = x\n' },
      'unknown-option',
      'filter.d/app.local:2:1',
      /mean failregex\?/,
    ],
    [
      'an option of an action',
      { 'action.d/block.local': '[Definition]\nactionbann = x\n' },
      'unknown-option',
      'action.d/block.local:2:1',
      /mean actionban\?/,
    ],
    [
      'an option of the server',
      { 'fail2ban.local': '[Definition]\ndbpurgage = 1d\n' },
      'unknown-option',
      'fail2ban.local:2:1',
      /mean dbpurgeage\?/,
    ],
    [
      'an option of an include',
      jail('[INCLUDES]\nbefor = x.local\n'),
      'unknown-option',
      'jail.local:2:1',
      /mean before\?/,
    ],
    [
      'an option in the wrong file',
      { 'filter.d/app.local': '[Definition]\nmaxretry = 3\n' },
      'misplaced-option',
      'filter.d/app.local:2:1',
      /in the jail/,
    ],
    [
      'a section of the jails',
      jail('[Default]\n'),
      'unknown-section',
      'jail.local:1:1',
      /mean \[DEFAULT\]\?/,
    ],
    [
      'a section of a filter',
      { 'filter.d/app.local': '[Defintion]\n' },
      'unknown-section',
      'filter.d/app.local:1:1',
      /mean \[Definition\]\?/,
    ],
    [
      'a section of the server',
      { 'fail2ban.local': '[Definitions]\n' },
      'unknown-section',
      'fail2ban.local:1:1',
      /mean \[Definition\]\?/,
    ],
    [
      'a condition',
      { 'action.d/block.local': '[Init?family=ipv6]\nport = 1\n' },
      'unknown-condition',
      'action.d/block.local:1:6',
      undefined,
    ],
    ['a jail', jail('[otherr]\nmaxretry = 3\n'), 'stray-jail', 'jail.local:1:1', /mean \[other\]\?/],

    ['no number', jail('[app]\nmaxretry = five\n'), 'bad-number', 'jail.local:2:12', /mean 5\?/],
    ['no time', jail('[app]\nbantime = 10x\n'), 'bad-time', 'jail.local:2:11', undefined],
    ['a misspelt unit', jail('[app]\nbantime = 10mins\n'), 'bad-time', 'jail.local:2:11', /mean 10min\?/],
    ['no period', jail('[app]\nfindtime = 0\n'), 'bad-time', 'jail.local:2:12', undefined],
    ['for ever in words', jail('[app]\nbantime = permanent\n'), 'bad-time', 'jail.local:2:11', /-1/],
    ['neither yes nor no', jail('[app]\nenabled = yess\n'), 'bad-boolean', 'jail.local:2:11', /mean yes\?/],
    [
      'a boolean of a jail that is off',
      jail('[other]\nenabled = ture\n'),
      'bad-boolean',
      'jail.local:2:11',
      /mean true\?/,
    ],
    [
      'an unknown backend',
      jail('[app]\nbackend = systmd\n'),
      'bad-backend',
      'jail.local:2:11',
      /mean systemd\?/,
    ],
    ['an unknown usedns', jail('[app]\nusedns = wran\n'), 'bad-usedns', 'jail.local:2:10', /mean warn\?/],
    ['no address', jail('[app]\nignoreip = ::1 1.2.3.444\n'), 'bad-address', 'jail.local:2:16', undefined],
    [
      'a long prefix',
      jail('[app]\nignoreip = ::1\n  10.0.0.0/33\n'),
      'bad-address',
      'jail.local:3:3',
      undefined,
    ],
    [
      'an unknown zone',
      jail('[app]\nlogtimezone = Europe/Berlin\n'),
      'bad-timezone',
      'jail.local:2:15',
      /offset/,
    ],
    [
      'an unknown encoding',
      jail('[app]\nlogencoding = utf-9\n'),
      'bad-encoding',
      'jail.local:2:15',
      undefined,
    ],
    [
      'multipliers with commas',
      jail('[app]\nbantime.multipliers = 1,2,4\n'),
      'bad-multipliers',
      'jail.local:2:23',
      /mean 1 2 4\?/,
    ],
    [
      'an unknown cache',
      jail('[app]\nignorecache = kye="<ip>"\n'),
      'bad-cache',
      'jail.local:2:15',
      /mean key\?/,
    ],
    [
      'no journal match',
      jail('[app]\njournalmatch = sshd.service\n'),
      'bad-journalmatch',
      'jail.local:2:16',
      undefined,
    ],
    [
      'an unknown level',
      { 'fail2ban.local': '[Definition]\nloglevel = WARN\n' },
      'bad-loglevel',
      'fail2ban.local:2:12',
      /mean WARNING\?/,
    ],
    [
      'an unknown target',
      { 'fail2ban.local': '[Definition]\nlogtarget = SYLOG\n' },
      'bad-logtarget',
      'fail2ban.local:2:13',
      /mean SYSLOG\?/,
    ],
    [
      'a boolean of an action',
      { 'action.d/block.local': '[Definition]\nnorestored = jes\n' },
      'bad-boolean',
      'action.d/block.local:2:14',
      /mean yes\?/,
    ],

    [
      'a comment that is none',
      jail('[app]\nbantime = 600 # ten minutes\n'),
      'inline-comment',
      'jail.local:2:15',
      /own/,
    ],
    [
      'an indented option',
      jail('[app]\nbantime = 5m\n  findtime = 10m\n'),
      'swallowed-line',
      'jail.local:3:3',
      /before findtime/,
    ],
    [
      'an indented header',
      jail('[app]\nbantime = 5m\n  [other]\n'),
      'swallowed-line',
      'jail.local:3:3',
      /before \[other\]/,
    ],
    [
      'a line without =',
      jail('[app]\nbantime 5m\n'),
      'not-an-option',
      'jail.local:2:1',
      /mean bantime = 5m\?/,
    ],
    ['an open header', jail('[app\nbantime = 5m\n'), 'no-section', 'jail.local:1:1', /Write \[app\]/],
    [
      'an open header further down',
      jail('[other]\n[app\n'),
      'not-an-option',
      'jail.local:2:1',
      /Write \[app\]/,
    ],
    ['text before a section', jail('bantime = 5m\n[app]\n'), 'no-section', 'jail.local:1:1', /header/],
    ['a byte order mark', jail('\ufeff[app]\n'), 'no-section', 'jail.local:1:2', /byte order mark/],
    [
      'an option twice',
      jail('[app]\nbantime = 5m\nBanTime = 6m\n'),
      'duplicate-option',
      'jail.local:3:1',
      /one of the two/,
    ],
    ['a section twice', jail('[app]\n[other]\n[app]\n'), 'duplicate-section', 'jail.local:3:1', /Merge/],
    [
      'a command cut by ;',
      { 'action.d/block.local': '[Definition]\nactionban = a <ip> ; b\n' },
      'cut-value',
      'action.d/block.local:2:20',
      /own/,
    ],
    ['not UTF-8', { 'fail2ban.local': '[Definition]\n' }, 'none', '', undefined],

    [
      'brackets with blanks',
      jail('[app]\nfilter = app[mode = x]\n'),
      'bracket-syntax',
      'jail.local:2:14',
      /without blanks/,
    ],
    ['open brackets', jail('[app]\naction = block[name=x\n'), 'bracket-syntax', 'jail.local:2:22', undefined],
    ['a filter', jail('[app]\nfilter = ap\n'), 'missing-filter', 'jail.local:2:10', /mean app\?/],
    [
      'a filter with suffix',
      jail('[app]\nfilter = app.conf\n'),
      'missing-filter',
      'jail.local:2:10',
      /Write app\./,
    ],
    [
      'a filter named by its jail',
      jail('[appp]\nenabled = true\nlogpath = LOG/app.log\n'),
      'missing-filter',
      'jail.local:1:1',
      /mean app\?/,
    ],
    [
      'an action',
      jail('[app]\naction = blok[name=x]\n'),
      'missing-action',
      'jail.local:2:10',
      /mean block\?/,
    ],
    [
      'a parameter',
      jail('[app]\nfilter = app[moed=normal]\n'),
      'unknown-parameter',
      'jail.local:2:14',
      /mean mode\?/,
    ],
    [
      'a parameter in another case',
      jail('[app]\nfilter = app[Mode=normal]\n'),
      'unknown-parameter',
      'jail.local:2:14',
      /mean mode\?/,
    ],
    [
      'a mode',
      jail('[app]\nfilter = app[mode=agressive]\n'),
      'unknown-mode',
      'jail.local:2:19',
      /mean aggressive\?/,
    ],
    [
      'a mode in a variable',
      jail('[app]\nmode = agressive\n'),
      'unknown-mode',
      'jail.local:2:8',
      /mean aggressive\?/,
    ],
    [
      'an expression cut by ;',
      jail('[app]\nfailregex = ^a ; b <HOST>$\n'),
      'cut-value',
      'jail.local:2:16',
      /\[ \];/,
    ],
    [
      'an action twice',
      jail('[app]\naction = block\n   block\n'),
      'duplicate-action',
      'jail.local:3:4',
      /another name/,
    ],
    [
      'a name',
      jail('[app]\naction = %(banactoin)s\n'),
      'unknown-name',
      'jail.local:2:10',
      /mean %\(banaction\)s\?/,
    ],
    [
      'a name in the defaults',
      jail('[DEFAULT]\naction = block[port="%(prot)s"]\n'),
      'unknown-name',
      'jail.local:2:22',
      /mean %\(port\)s\?/,
    ],
    [
      'a name in a filter',
      filter('[Definition]\n_daemon = x\nfailregex = ^%(_deamon)s <HOST>$\n'),
      'unknown-name',
      'filter.d/app.conf:3:14',
      /mean %\(_daemon\)s\?/,
    ],
    ['a percent sign', jail('[app]\ndatepattern = %Y-%m-%d\n'), 'percent-sign', 'jail.local:2:15', /%%/],
    [
      'an include',
      jail('[INCLUDES]\nbefore = jial.conf\n'),
      'missing-include',
      'jail.local:2:10',
      /mean jail.conf\?/,
    ],
    [
      'a circle of includes',
      jail('[INCLUDES]\nafter = jail.local\n'),
      'include-loop',
      'jail.local:2:9',
      undefined,
    ],

    [
      'a regex',
      jail('[app]\nfailregex = ^(bad <HOST>$\n'),
      'bad-regex',
      'jail.local:2:14',
      /Close the group/,
    ],
    [
      'the third regex',
      filter('[Definition]\nfailregex = ^a <HOST>$\n  ^b <HOST>$\n  ^c{2}{3 <HOST>*+*$\n'),
      'bad-regex',
      'filter.d/app.conf:4:19',
      undefined,
    ],
    [
      'a regex of another mode',
      { 'filter.d/app.local': '[Definition]\nmdre-odd = ^odd (<HOST>$\n' },
      'bad-regex',
      'filter.d/app.local:2:17',
      /Close the group/,
    ],
    ['an ignoreregex', jail('[app]\nignoreregex = [a-\n'), 'bad-regex', 'jail.local:2:15', /Close the set/],
    [
      'a regex of an idle filter',
      { 'filter.d/idle.conf': '[Definition]\nfailregex = a) <HOST>\n' },
      'bad-regex',
      'filter.d/idle.conf:2:14',
      /Remove the \)/,
    ],
    ['no host', jail('[app]\nfailregex = ^bad$\n'), 'no-host', 'jail.local:2:13', /<HOST>/],
    ['an open tag', jail('[app]\nfailregex = ^bad <HOST$\n'), 'no-host', 'jail.local:2:13', /Close the tag/],
    [
      'a tag of a regex',
      jail('[app]\nfailregex = ^bad <HSOT>$\n'),
      'unknown-tag',
      'jail.local:2:18',
      /mean <HOST>\?/,
    ],
    [
      'a tag in small letters',
      jail('[app]\nfailregex = ^bad <host>$\n'),
      'unknown-tag',
      'jail.local:2:18',
      /mean <HOST>\?/,
    ],
    [
      'a tag of a command',
      action('[Definition]\nactionban = a\n   b <pi>\n'),
      'unknown-tag',
      'action.d/block.conf:3:6',
      undefined,
    ],
    [
      'a tag of ignorecommand',
      jail('[app]\nignorecommand = x <ipp>\n'),
      'unknown-tag',
      'jail.local:2:19',
      /mean <ip>\?/,
    ],
    ['a date', jail('[app]\ndatepattern = %%Y-%%Q\n'), 'bad-datepattern', 'jail.local:2', undefined],
    [
      'a date that is none',
      jail('[app]\ndatepattern = ISO8601\n'),
      'date-without-fields',
      'jail.local:2:15',
      undefined,
    ],

    ['no log', jail('[app]\nlogpath = LOG/ap.log\n'), 'no-log', 'jail.local:2:11', /mean .*app.log\?/],
    [
      'a folder of logs',
      jail('[app]\nlogpath = LOG/ngnix/error.log\n'),
      'no-log',
      'jail.local:2:11',
      /mean .*nginx.error.log\?/,
    ],
    ['braces', jail('[app]\nlogpath = LOG/{a,b}.log\n'), 'no-log', 'jail.local:2:11', /Braces/],
    [
      'a word behind a log',
      jail('[app]\nlogpath = LOG/app.log tial\n'),
      'bad-logpath',
      'jail.local:2:11',
      /mean tail\?/,
    ],
    [
      'two logs in a line',
      jail('[app]\nlogpath = LOG/app.log LOG/nginx/error.log\n'),
      'bad-logpath',
      'jail.local:2:11',
      /one path a line/,
    ],
    ['no logpath', jail('[new]\nenabled = true\nfilter = app\n'), 'no-logpath', 'jail.local:1:2', /logpath/],
    ['no filter', jail('[app]\nfilter =\n'), 'no-filter', 'jail.local:2', undefined],
    [
      'no failregex',
      filter('[Definition]\nignoreregex =\n[Init]\nmode = x\n'),
      'no-failregex',
      'jail.conf:7',
      /failregex/,
    ],
    ['no action', jail('[app]\naction =\n'), 'no-action', 'jail.conf:11:2', /action/],
  ])('%s', async (_, files, code, at, suggestion) => {
    const { found } = await check(files);
    if (code === 'none') {
      expect(found).toEqual([]);
      return;
    }
    const match = suggestion === undefined ? {} : { suggestion: expect.stringMatching(suggestion) };
    expect(found).toContainEqual(expect.objectContaining({ code, at, ...match }));
  });
});

describe('what is meant is no mistake', () => {
  test.each<[string, Files]>([
    ['the sound configuration', {}],
    [
      'a variable that something uses',
      jail('[DEFAULT]\ncolour = red\n[app]\naction = block[name=%(colour)s]\n'),
    ],
    ['a variable of the defaults that nothing uses yet', jail('[DEFAULT]\ncolour = red\n')],
    ['a variant of an option', jail('[DEFAULT]\naction_mail = block\n')],
    ['a parameter in [Init]', { 'action.d/block.local': '[Init]\nwhatever = 1\n' }],
    ['an option that a tag makes up', { 'filter.d/app.local': '[Definition]\nmdre-extra = ^x <HOST>$\n' }],
    [
      'a section that a tag makes up',
      filter(
        '[Definition]\nfailregex = <lt_<kind>/re>\n[lt_a]\nre = ^x <HOST>$\n[Init]\nkind = a\nmode = x\n',
      ),
    ],
    [
      'every time',
      jail('[app]\nbantime = 1d12h\nfindtime = 2*3600\nbantime.maxtime = 1y-6mo\nbantime.rndtime =\n'),
    ],
    ['a permanent ban', jail('[app]\nbantime = -1\n')],
    ['every boolean', jail('[app]\nignoreself = ON\nbantime.increment = No\n[other]\nenabled = 0\n')],
    [
      'every kind of address',
      jail(
        '[app]\nignoreip = 127.0.0.1/8 ::1, 10.0.0.0/255.0.0.0\n  my-host.example.com joe file:/etc/hosts 2001:db8::/32\n',
      ),
    ],
    [
      'backends with options',
      jail('[app]\nbackend = systemd[journalflags=1, namespace=x]\n[other]\nbackend = AUTO\n'),
    ],
    ['a commented value', jail('[app]\nbantime = 600 ; ten minutes\n# maxretyr = 1\n')],
    [
      'a comment inside a value',
      jail('[app]\nlogpath = LOG/app.log\n# maxretry = 1\n  LOG/nginx/error.log\n'),
    ],
    ['# in an expression', jail('[app]\nfailregex = ^bad #\\d from <HOST>$\n')],
    [
      'an expression that looks like an option',
      jail('[app]\nfailregex = ^bad <HOST>$\n   action=login from <HOST>$\n'),
    ],
    ['a ; without blank', { 'action.d/block.local': '[Definition]\nactionban = a; b <ip>\n' }],
    ['options of an action in lines of their own', jail('[app]\naction = block[name=x,\n   port=5]\n')],
    [
      'a shell assignment in a command',
      action('[Definition]\nactionban = x=1\n   name=<name>\n   if [ "$x" ]; then y; fi\n'),
    ],
    ['the same option in two sections', jail('[app]\nbantime = 5m\n[other]\nbantime = 5m\n')],
    ['the same option in two files', jail('[app]\nenabled = true\n')],
    ['CRLF', jail('[app]\r\nbantime = 5m\r\n')],
    ['an include that may be there', jail('[INCLUDES]\nafter = mine.local\n')],
    [
      'one include from two files',
      {
        'jail.local': '[INCLUDES]\nbefore = a.inc\n',
        'jail.d/x.conf': '[INCLUDES]\nbefore = ../a.inc\n',
        'a.inc': '[DEFAULT]\nx = 1\n',
      },
    ],
    ['a jail that is off and has no log', jail('[third]\nfilter = app\nlogpath = /nowhere\n')],
    ['a jail that is off with a filter that is not there', jail('[third]\nfilter = nowhere\n')],
    [
      'an expression with everything',
      jail(
        '[app]\nfailregex = ^(?P<x>a)(?P=x)(?<=b)(?<!c)<F-USER>.*</F-USER> <[^>]+> <F-ID/> <NOSRV> <ADDR>$\n',
      ),
    ],
    [
      'the host in the prefix',
      jail('[app]\nprefregex = ^x <HOST> <F-CONTENT>.*</F-CONTENT>$\nfailregex = ^bad$\n'),
    ],
    ['a session instead of a host', jail('[app]\nfailregex = ^<F-MLFID>\\d+</F-MLFID> bad$\n')],
    [
      'tags of the ban',
      action(
        '[Definition]\nactionban = a <ip> <F-USER> <ip-rev> <jail.banned> <br> <sp> <time> <F-*> <matches> < file >out\n',
      ),
    ],
    [
      'a tag that comes out of a tag',
      action('[Definition]\nactionban = From: <<sender>>\n[Init]\nsender = fail2ban\n'),
    ],
    [
      'a tag by family',
      action('[Definition]\nactionban = a <ip> <x>\n[Init]\nx = 1\n[Init?family=inet6]\nx = 2\n'),
    ],
    ['dates', jail('[app]\ndatepattern = ^%%Y-%%m-%%d\n   Epoch\n')],
    ['a log in the journal', jail('[app]\nbackend = systemd\nlogpath = /nowhere\n')],
    ['a log with blanks', jail('[app]\nlogpath = LOG/app.log head\n')],
    [
      'a jail of expressions',
      jail('[mine]\nenabled = true\nfilter =\nfailregex = ^x <HOST>$\nlogpath = LOG/app.log\n'),
    ],
    ['the same action twice by name', jail('[app]\naction = block\n   block[actname=again]\n')],
    ['a condition by family', { 'action.d/block.local': '[Init?family=inet6]\nport = 1\n' }],
  ])('%s', async (_, files) => {
    expect((await check(files)).found).toEqual([]);
  });

  test('one log of several that is not there is worth a warning', async () => {
    const { found } = await check(jail('[app]\nlogpath = LOG/app.log\n  LOG/app.log.1\n'));
    expect(found).toMatchObject([{ level: 'warning', code: 'no-log', at: 'jail.local:3:3' }]);
  });

  test('so is a log that an included file names', async () => {
    const { found, report } = await check({
      'jail.local': '[INCLUDES]\nbefore = paths.conf\n[app]\nlogpath = %(app_log)s\n',
      'paths.conf': '[DEFAULT]\napp_log = /nowhere/app.log\n',
    });
    expect(found).toMatchObject([{ level: 'warning', code: 'no-log', at: 'paths.conf:2:11' }]);
    expect(report).toMatchObject({ errors: 0, warnings: 1 });
  });
});

describe('several mistakes', () => {
  test('hide nothing of each other', async () => {
    const { found } = await check({
      'jail.local': `[app]
filter = app[mode = x]
action = nowhere
logpath = /nowhere
failregex = (
bantime = 1x
[next]
enabled = true
filter = nowhere
logpath = LOG/app.log
action = block
[last]
enabled = true
filter = app
logpath = LOG/app.log
action = %(nothing)s
`,
      'fail2ban.local': 'x\n',
    });
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'no-section fail2ban.local:1:1',
      'bracket-syntax jail.local:2:14',
      'missing-action jail.local:3:10',
      'no-log jail.local:4:11',
      'bad-regex jail.local:5:13',
      'bad-time jail.local:6:11',
      'missing-filter jail.local:9:10',
      'unknown-name jail.local:16:10',
    ]);
  });

  test('of one place are one, with the jails that share it', async () => {
    const { report } = await check({
      ...filter('[Definition]\nfailregex = ^(a <HOST>$\n[Init]\nmode = normal\n'),
      ...jail('[other]\nenabled = true\nlogpath = LOG/app.log\n'),
    });
    expect(report.findings).toMatchObject([{ code: 'bad-regex', jail: 'app', jails: ['app', 'other'] }]);
  });

  test('come with what was got and expected', async () => {
    const { report } = await check(jail('[app]\nusedns = wran\n'));
    expect(report.findings).toMatchObject([
      { level: 'error', got: 'wran', expected: 'yes, warn, no, raw', jail: 'app' },
    ]);
  });

  test('of expressions come with the expanded expression', async () => {
    const { report } = await check(jail('[app]\nfailregex = <ADDR> (x\n'));
    const [finding] = report.findings;
    expect(finding?.expanded?.text).toMatch(/\(\?P<ip4>.* \(x$/);
    expect(finding?.expanded?.text.slice(finding.expanded.index)).toBe('(x');
    expect(finding?.column).toBe(20);
  });
});

describe('jails that are named', () => {
  const files = jail('[other]\nbantime = 1x\nlogpath = /nowhere\n[app]\nfindtime = 1x\n');

  test('are checked as if they were enabled', async () => {
    const { found, report } = await check(files, ['other']);
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'bad-time jail.local:2:11',
      'no-log jail.local:3:11',
    ]);
    expect(report.jails).toEqual(['other']);
  });

  test('must exist', async () => {
    const { found } = await check({}, ['otehr']);
    expect(found).toMatchObject([
      { level: 'error', code: 'unknown-jail', suggestion: 'Did you mean other?' },
    ]);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['no folder', '/nowhere/at/all', 'no-folder'],
    ['an empty folder', undefined, 'no-config'],
  ])('%s ends the check', async (_, dir, code) => {
    const folder = new ConfigFolder(dir ?? join(makeTree({}), 'LOG'));
    await expect(checkConfig({ folder, year: 2026 })).rejects.toMatchObject({ code, exitCode: 2 });
  });

  test('a file in another encoding is one mistake among others', async () => {
    const dir = makeTree({ ...SOUND, 'jail.d/a.conf': '[app]\nbantime = 1x\n' });
    writeFileSync(join(dir, 'jail.local'), Buffer.from('[app]\n# caf\xe9\n', 'latin1'));
    const { found } = await checkDir(dir);
    expect(found).toMatchObject([
      { code: 'bad-time', at: 'jail.d/a.conf:2:11' },
      { code: 'not-utf8', at: 'jail.local:2' },
    ]);
  });
});

describe('what ships', () => {
  test('with f2b has no mistake', async () => {
    expect((await checkDir(ROOT)).found).toEqual([]);
  });

  const STOCK = '/etc/fail2ban';
  const installed = existsSync(join(STOCK, 'jail.conf'));
  if (!installed) process.stderr.write(`${STOCK} is not there: its checks are skipped\n`);
  const stockTest = installed ? test : test.skip;

  const copy = (write: (dir: string) => void): string => {
    const dir = mkdtempSync(join(tmpdir(), 'f2b-stock-'));
    cpSync(STOCK, dir, { recursive: true });
    write(dir);
    return dir;
  };

  stockTest('with fail2ban has none but logs that are not there', async () => {
    const dir = copy(() => {});
    const { report, found } = await checkDir(dir);
    rmSync(dir, { recursive: true });
    expect(found.filter(({ code }) => code !== 'no-log')).toEqual([]);
    expect(report.errors).toBe(0);
  });

  stockTest('with fail2ban has none with every jail enabled, and with mail', async () => {
    const jails =
      readFileSync(join(STOCK, 'jail.conf'), 'utf8').match(/^\[(?!DEFAULT|INCLUDES).+?\]/gm) ?? [];
    const dir = copy((to) => {
      const sections = jails.map((header) => `${header}\nlogpath = ${to}/jail.conf\n`);
      const text = `[DEFAULT]\nenabled = true\naction = %(action_mwl)s\n\n${sections.join('')}`;
      writeFileSync(join(to, 'jail.local'), text);
    });
    const { report, found } = await checkDir(dir);
    rmSync(dir, { recursive: true });
    expect(found).toEqual([]);
    expect(report.jails.length).toBeGreaterThan(80);
    expect(readdirSync(join(STOCK, 'filter.d')).length).toBeLessThan(report.files);
  });
});
