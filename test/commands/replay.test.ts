/** `f2b replay` as a user calls it: what it prints where, how it ends, and that nothing is changed. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { folderOf } from '../config/tree.js';
import { failLine, loginLine, newFolder, START_SEC, writeLogs } from '../scan/replay-world.js';
import { f2b, ROOT } from './f2b.js';

const TZ = process.env['TZ'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
const DAY = new Date(START_SEC * 1000).toISOString().slice(0, 10);

const FILTER = '[Definition]\nfailregex = ^ fail <HOST>$\n';
const JAILS = [
  '[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\nfindtime = 10m\nbantime = 10m\nmaxretry = 3\n',
  '[off]\nfilter = simple\nlogpath = /nowhere/at.log\n',
  '[on]\nenabled = true\nfilter = simple\nlogpath = @/on.log\nmaxretry = 2\n',
  '[broken]\nfilter = nosuch\n',
  '[bad]\nfilter =\nfailregex = (<HOST>\n',
].join('\n');

/** A configuration of its own; `@` is its folder. */
function configOf(): string {
  const dir = folderOf({ 'fail2ban.conf': '[Definition]\n', 'filter.d/simple.conf': FILTER });
  mkdirSync(join(dir, 'action.d'));
  writeFileSync(join(dir, 'jail.conf'), JAILS.replaceAll('@', dir));
  return dir;
}

const fails = (id: string, ...atSec: number[]): string => atSec.map((at) => failLine(at, id)).join('');

async function replay(args: readonly string[], input?: string) {
  return f2b(['replay', ...args], { env: { TZ }, ...(input === undefined ? {} : { input }) });
}

describe('f2b replay', () => {
  test('prints bans in order of time with their lines, then the rest', async () => {
    const config = configOf();
    const [path] = writeLogs({
      'a.log': [
        fails('192.0.2.1', 0, 1, 2),
        loginLine(3, '192.0.2.1'),
        fails('192.0.2.2', 4),
        fails('2001:db8::1', 5, 6, 7),
      ].join(''),
    });
    const { stdout, stderr, status } = await replay([path!, '--jail', 'off', '-c', config]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const match = (at: number, id: string) => `    ${config}/filter.d/simple.conf:2: ${failLine(at, id)}`;
    expect(stdout).toBe(
      [
        `${DAY} 10:00:02 off: banned 192.0.2.1 until ${DAY} 10:10:02 (3 failures) ${path}:3\n`,
        ...[0, 1, 2].map((at) => match(at, '192.0.2.1')),
        `${DAY} 10:00:07 off: banned 2001:db8::1 until ${DAY} 10:10:07 (3 failures) ${path}:8\n`,
        ...[5, 6, 7].map((at) => match(at, '2001:db8::1')),
        `off: 192.0.2.1 logged in 1 time on ${DAY} 10:00:03 (for the first time after 3 failures, 1 while it would have been banned): likely a false alarm\n`,
        `off: not banned: 192.0.2.2 1 failure, ${DAY} 10:00:04\n`,
        `off: 8 lines, ${DAY} 10:00:00 to ${DAY} 10:00:07, 7 failures of 3 addresses\n`,
        'off: 2 bans of 2 addresses, banned for 0.3 hours in all, 1 of them also logged in, 1 login would have been kept out\n',
      ].join(''),
    );
  });

  test('leaves the lines out where that is asked for', async () => {
    const paths = writeLogs({ 'a.log': fails('192.0.2.1', 0, 1, 2) });
    const { stdout } = await replay([...paths, '--jail', 'off', '-c', configOf(), '--no-lines']);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stdout).not.toMatch(/^ /m);
  });

  test('compares a second setting', async () => {
    const text = fails('192.0.2.1', 0, 1, 2) + fails('192.0.2.2', 4, 5) + fails('192.0.2.3', 6, 6, 6);
    const paths = writeLogs({ 'a.log': text });
    const set = ['--set', 'maxretry=2', '--set=bantime=1h'];
    const { stdout } = await replay([...paths, '-j', 'off', '-c', configOf(), '--no-lines', ...set]);
    const [first, ...rest] = stdout.split('\n').map((line) => line.replace(/ \(.*| \S+:\d+$/, ''));
    expect(first).toBe(`${DAY} 10:00:01 off: B bans 192.0.2.1 until ${DAY} 11:00:01`);
    expect(rest).toContain(`${DAY} 10:00:02 off: A bans 192.0.2.1 until ${DAY} 10:10:02`);
    expect(stdout).toMatch(/B bans 192\.0\.2\.2 until .* \(2 failures\), A never /);
    expect(stdout).toContain('off: A (maxretry 3, findtime 10 min, bantime 10 min): 2 bans of 2 addresses');
    expect(stdout).toContain('off: B (maxretry=2 bantime=1h): 3 bans of 3 addresses, banned for 3.0 hours');
    expect(stdout).toContain(
      'only A bans: 0, only B: 1, both at other times or for longer: 2, both alike: 0\n',
    );
  });

  test('reads the logs of the jail, rotated ones too, when none is named', async () => {
    const config = configOf();
    writeLogs(
      {
        'on.log.2.gz': { text: fails('192.0.2.1', 0), writtenSec: START_SEC },
        'on.log.1': { text: fails('192.0.2.1', 300), writtenSec: START_SEC + 300 },
        'on.log': { text: fails('192.0.2.2', 400, 400), writtenSec: START_SEC + 400 },
      },
      config,
    );
    const { stdout, status } = await replay(['--jail', 'on', '-c', config, '--no-lines']);
    expect(status).toBe(0);
    expect(stdout.match(/banned (\S+)/g)).toEqual(['banned 192.0.2.1', 'banned 192.0.2.2', 'banned for']);
  });

  test('reads several jails one after the other', async () => {
    const paths = writeLogs({ 'a.log': fails('192.0.2.1', 0, 1) });
    const args = [...paths, '-j', 'on', '-j', 'off', '-c', configOf(), '--no-lines'];
    const { stdout } = await replay(args);
    expect(stdout).toMatch(
      /^\S+ \S+ on: banned 192\.0\.2\.1 .*\n.*\n.*\noff: not banned: 192\.0\.2\.1 2 failures/,
    );
  });

  test('takes a filter without a jail, and standard input', async () => {
    const args = ['-', '--filter', 'simple', '-c', configOf(), '--no-lines'];
    const { stdout, status } = await replay(args, fails('192.0.2.1', 0, 1, 2));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\S+ \S+ simple: banned 192\.0\.2\.1 .* standard input:3\n/);
    const shipped = await replay(['examples/mail.log', '--filter', 'spam[mode=aggressive]', '-c', ROOT]);
    expect(shipped.stdout).toMatch(/^\S+ \S+ spam: banned 192\.0\.2\.\d+ /);
  });

  test('shows what it means that nothing is found', async () => {
    const config = configOf();
    const run = async (text: string) => {
      const { stdout, status } = await replay([...writeLogs({ 'a.log': text }), '-j', 'off', '-c', config]);
      expect(status).toBe(0);
      return stdout;
    };
    expect(await run('')).toBe('off: There is not one complete line in the log.\n');
    expect(await run('some\nthing\n')).toBe(
      'off: The filter finds no failure in 2 lines. No line begins with a date that the filter knows, either. Is it the log of off? f2b regex tells more.\n',
    );
    expect(await run(failLine(0, 'nobody'))).toContain('finds no failure in 1 line. Is it');
    expect(await run(fails('192.0.2.1', 0))).toContain('off: nobody is banned\n');
  });

  test('changes nothing', async () => {
    const config = configOf();
    const logs = newFolder();
    const paths = writeLogs(
      { 'a.log': fails('192.0.2.1', 0, 1, 2), 'a.log.1.gz': fails('192.0.2.1', 0) },
      logs,
    );
    const home = newFolder();
    const look = () =>
      [config, logs, home].map((dir) =>
        readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => [
          name,
          statSync(join(dir, name)).mtimeMs,
        ]),
      );
    const before = look();
    const env = { TZ, HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_RUNTIME_DIR: join(home, 'run') };
    const { status } = await f2b(['replay', ...paths, '-j', 'off', '-c', config], { env, cwd: home });
    expect(status).toBe(0);
    expect(look()).toEqual(before);
  });

  test('lets nothing of a log reach the terminal but text', async () => {
    const dir = folderOf({
      'fail2ban.conf': '[Definition]\n',
      'jail.conf': '[j]\nfilter =\nmaxretry = 1\nfailregex = ^ fail <HOST> .*$\n    ^ id <F-ID>.+</F-ID>$\n',
    });
    const text = [
      failLine(0, '192.0.2.1 \x1b[2J\x1b]0;title\x07 \u202egnp'),
      failLine(1, '').replace('fail ', 'id \x1b[31mred\u2028'),
    ].join('');
    const paths = writeLogs({ 'a\x1b[1m.log': text });
    const { stdout } = await replay([...paths, '-j', 'j', '-c', dir]);
    expect(stdout.match(/: banned/g)).toHaveLength(2);
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
    expect(stdout).toContain('\\x1b[2J');
  });

  test('gives by --json what its schema promises', async () => {
    const text = fails('192.0.2.1', 0, 1, 2) + loginLine(3, '192.0.2.1') + fails('192.0.2.2', 4, 4);
    const [path] = writeLogs({ 'a.log': text });
    const args = [path!, '-j', 'off', '-j', 'on', '-c', configOf(), '--json', '--set', 'bantime=-1'];
    const { stdout, status } = await replay(args);
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/replay.json'), 'utf8'));
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    expect(ajv.validate(schema, result) ? [] : ajv.errors).toEqual([]);
    expect(result.jails.map(({ jail }: { jail: string }) => jail)).toEqual(['off', 'on']);
    const [off, on] = result.jails;
    expect(off).toMatchObject({
      lines: 6,
      failures: 5,
      from: START_SEC,
      to: START_SEC + 4,
      logs: [{ path, lines: 6 }],
      comparison: { onlyA: [], onlyB: [], otherwise: ['192.0.2.1'], alike: 0 },
    });
    expect(off.a.bans).toMatchObject([
      { id: '192.0.2.1', since: START_SEC + 2, until: START_SEC + 602, nth: 1, log: { path, line: 3 } },
    ]);
    expect(off.b.bans).toMatchObject([{ until: null }]);
    expect(off.b).toMatchObject({ permanent: 1, changes: [{ name: 'bantime', value: '-1' }] });
    expect(off.addresses[0]).toMatchObject({
      id: '192.0.2.1',
      suspicion: 'false-alarm',
      logins: { count: 1, lost: { a: 1, b: 1 } },
    });
    expect(on.a.addresses).toBe(2);
    const alone = JSON.parse((await replay([path!, '-j', 'on', '-c', configOf(), '--json'])).stdout);
    expect(alone.jails[0]).toMatchObject({ b: null, comparison: null });
    expect(ajv.validate(schema, alone)).toBe(true);
  });

  test('goes on behind a damaged file, says so and ends with 1', async () => {
    const paths = writeLogs({ 'a.log': fails('192.0.2.1', 0, 1, 2) });
    const damaged = join(newFolder(), 'b.log.gz');
    writeFileSync(damaged, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]));
    const { stdout, stderr, status } = await replay([...paths, damaged, '-j', 'off', '-c', configOf()]);
    expect(status).toBe(1);
    expect(stdout).toContain('banned 192.0.2.1');
    expect(stderr).toMatch(/^ERROR: off: .*b\.log\.gz is a damaged gzip file/);
  });

  test.each([
    ['no jail', ['@log'], 255, 'name a jail'],
    ['jail and filter', ['@log', '-j', 'off', '-f', 'simple'], 255, 'not both'],
    ['a jail that is not there', ['@log', '-j', 'nope'], 255, 'Jails are on, off'],
    ['a jail without its filter', ['@log', '-j', 'broken'], 255, "Unable to read the filter 'nosuch'"],
    ['a broken expression', ['@log', '-j', 'bad'], 255, 'Unable to compile regular expression'],
    ['a filter that is not there', ['@log', '-f', 'nope'], 255, 'there is no filter nope'],
    ['a log that is not there', ['/nowhere/a.log', '-j', 'off'], 255, 'there is no such file'],
    ['a log that is a folder', ['/tmp', '-j', 'off'], 255, 'it is a folder'],
    ['no log at all', ['-j', 'off'], 255, 'has no log file here'],
    [
      'a setting that is none',
      ['@log', '-j', 'off', '--set', 'maxretri=3'],
      255,
      'there is no setting maxretri',
    ],
    ['a value that is none', ['@log', '-j', 'off', '--set', 'maxretry=x'], 255, '--set maxretry=x'],
    ['standard input twice', ['-', '-j', 'on', '-j', 'off'], 255, 'standard input'],
    ['an option that is none', ['@log', '--nope'], 2, '--nope'],
  ])('refuses %s with one message', async (_, args, status, message) => {
    const [path] = writeLogs({ 'a.log': fails('192.0.2.1', 0) });
    const words = args.map((arg) => (arg === '@log' ? path! : arg));
    const result = await replay([...words, '-c', configOf()]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr.match(/^ERROR: /gm)).toHaveLength(1);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/\n +at |f2b has a bug/);
  });
});
