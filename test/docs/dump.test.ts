/**
 * The rows of docs/compat.md about the configuration, in one small tree: `f2b dump` beside `fail2ban-client -d`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseTime } from '../../src/core/config/index.js';
import { f2b, run } from '../commands/f2b.js';

const installed = spawnSync('fail2ban-client', ['--version']).status === 0;
if (!installed) console.warn('fail2ban-client is not installed: dumps are not compared with it');
const compared = installed ? test : test.skip;

const TREE: Readonly<Record<string, string>> = {
  'fail2ban.conf': '[DEFAULT]\nloglevel = INFO\ndbpurgeage = 1d\n[Definition]\nlogtarget = STDOUT\n',
  'jail.conf': `[DEFAULT]
bantime = 10m
findtime = 1d12h
maxretry = 5
x = default
action = %(banaction)s[name=%(__name__)s, port="%(port)s"]
banaction = act
port = 1,2
[one]
enabled = on
filter = flt[mode=more, v="a, b]"]
ignoreself = maybe
ignoreip = 192.0.2.1  192.0.2.0/24,
   # a comment inside
   198.51.100.1 ; and one behind
x = %(default/x)s and %(two/y)s
failregex = %(known/failregex)s
            ^jail %(x)s <HOST>$
[two]
enabled = true
filter = flt
y = of two
action = act act[actname=second]
`,
  'jail.d/1.conf': '[one]\nmaxretry = 3\n',
  'jail.local': '[one]\nbantime = 1y-6mo\n',
  'jail.d/1.local': '[two]\nmaxretry = 7\nbantime = -1\n',
  'filter.d/flt.conf': `[INCLUDES]
before = part.conf
[Definition]
failregex = ^%(start)s <mdre-<mode>> <v> <HOST>$
    ^second <HOST>$
mode = normal
mdre-normal = n
mdre-more = m and more
v = definition
journalmatch = _COMM=x + _Y="a b"
[Init]
v = init
maxlines = 2
`,
  'filter.d/flt.local': '[Definition]\nmode = %(known/mode)s\nignoreregex = ^skip <HOST>\n',
  'filter.d/part.conf': '[DEFAULT]\nstart = from part\n',
  'filter.d/part.local': '[DEFAULT]\nstart = from part.local\n',
  'action.d/act.conf': `[Definition]
actionstart = start <name> <port> <chain>
actionban = <cmd> <ip> <blocktype>
[Init]
cmd = tool
chain = INPUT
blocktype = REJECT
[Init?family=inet6]
cmd = tool6
`,
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'f2b-dump-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function bothDumps(tree: Readonly<Record<string, string>>): Promise<{ ours: string; theirs: string }> {
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const [ours, theirs] = await Promise.all([
    f2b(['dump', '-c', dir]),
    run('fail2ban-client', ['-c', dir, '-d']),
  ]);
  expect(ours.status).toBe(theirs.status);
  return { ours: ours.stdout, theirs: theirs.stdout };
}

describe('f2b dump', () => {
  compared('prints what fail2ban-client -d prints', async () => {
    const { ours, theirs } = await bothDumps(TREE);
    expect(ours.split('\n')).toEqual(theirs.split('\n'));
    expect(ours.split('\n').length).toBeGreaterThan(30);
    expect(ours).toContain('^from part.local m and more a, b] <HOST>$');
  });

  compared.each([
    ['a duplicate option', 'jail.conf', '[one]\na = 1\nA = 2\n'],
    ['a reference to nothing', 'jail.conf', '[one]\nenabled = true\nfilter = %(nothing)s\n'],
    ['a known value known twice', 'filter.d/flt.d/1.conf', '[Definition]\nmode = %(known/mode)s\n'],
    ['blanks around = in brackets', 'jail.d/1.conf', '[one]\nfilter = flt[mode = more]\n'],
  ])('refuses, or leaves out, what fail2ban-client does: %s', async (_, file, text) => {
    const tree = { ...TREE, [file]: text };
    const { ours, theirs } = await bothDumps(tree);
    expect(ours.split('\n').filter((line) => line.startsWith('['))).toEqual(
      theirs.split('\n').filter((line) => line.startsWith('[')),
    );
  });
});

describe('times', () => {
  compared.each(['1d12h', '1h 2m 3s', '1y-6mo', '2*3600', '1d 1', '30m30', '1.5h', '-1d', '10m', '10mo'])(
    '%s is what fail2ban-client makes of it',
    async (text) => {
      const { stdout } = await run('fail2ban-client', [`--str2sec=${text}`]);
      expect(parseTime(text).text).toBe(stdout.trim());
    },
  );

  test.each(['', 'h', '1ms', 'abc', '1+', 'process.exit()'])('%j is none', (text) => {
    expect(() => parseTime(text)).toThrow();
  });
});
