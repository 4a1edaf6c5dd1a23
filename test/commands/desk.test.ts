/**
 * fail2ban's commands without a server, as a user calls them.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { openForWriting } from '../../src/core/store/open.js';
import { DeskFolder } from './desk-folder.js';

let folder: DeskFolder;
beforeEach(() => {
  folder = new DeskFolder();
});
afterEach(() => folder.remove());

const ban = (...ids: string[]) => folder.f2b(['set', 'one', 'banip', ...ids]);

describe('f2b set and get', () => {
  test('ban, and the firewall has it when they return', async () => {
    expect(await ban('192.0.2.1', '2001:DB8::1')).toEqual({ status: 0, stdout: '2\n', stderr: '' });
    expect(folder.actions).toEqual(['ban 192.0.2.1', 'ban 2001:db8::1']);
    expect((await folder.f2b(['get', 'one', 'banned'])).stdout).toBe("['192.0.2.1', '2001:db8::1']\n");
    expect((await ban('192.0.2.1')).stdout).toBe('0\n');
    expect(folder.actions).toHaveLength(2);
  });

  test('unban, and report who was not banned', async () => {
    await ban('192.0.2.1', '192.0.2.2');
    const { status, stdout, stderr } = await folder.f2b([
      'set',
      'one',
      'unbanip',
      '--report-absent',
      '192.0.2.9',
      '192.0.2.1',
    ]);
    expect({ status, stdout }).toEqual({ status: 255, stdout: "not banned: ['192.0.2.9']\n" });
    expect(stderr).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} fail2ban {16}\[\d+\]: ERROR {3}NOK: \("not banned: \['192\.0\.2\.9'\]",\)\n$/,
    );
    expect(folder.actions.slice(2)).toEqual(['unban 192.0.2.1']);
    expect((await folder.f2b(['get', 'one', 'banned'])).stdout).toBe("['192.0.2.2']\n");
  });

  test('keep a changed setting until it is changed again', async () => {
    expect((await folder.f2b(['set', 'one', 'maxretry', '7'])).stdout).toBe('7\n');
    expect((await folder.f2b(['get', 'one', 'maxretry'])).stdout).toBe('7\n');
    expect((await folder.f2b(['get', 'two', 'maxretry'])).stdout).toBe('3\n');
  });

  test('count failures until they make a ban', async () => {
    for (const line of ['bad 1', 'bad 2']) await folder.f2b(['set', 'one', 'attempt', '192.0.2.5', line]);
    expect(folder.actions).toEqual([]);
    await folder.f2b(['set', 'one', 'attempt', '192.0.2.5', 'bad 3']);
    expect(folder.actions).toEqual(['ban 192.0.2.5']);
  });

  test('take any word, whatever it begins with', async () => {
    const { stdout } = await folder.f2b(['set', 'one', 'addignoreregex', '--', '--json']);
    expect(stdout).toBe('The following regular expression are defined:\n`- [0]: --json\n');
  });

  test('answer as an object', async () => {
    const { stdout } = await folder.f2b(['get', 'one', 'ignoreip', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      command: ['get', 'one', 'ignoreip'],
      result: ['198.51.100.0/24'],
      unsettled: [],
    });
  });

  test('say what to do where a server is needed', async () => {
    const { status, stdout, stderr } = await folder.f2b(['set', 'loglevel', 'DEBUG']);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toMatch(/^ERROR: set loglevel DEBUG: there is no server that could do it\nWrite it into /);
  });

  test('say why there is no such jail', async () => {
    const { status, stdout, stderr } = await folder.f2b(['get', 'off', 'maxretry']);
    expect({ status, stdout }).toEqual({ status: 255, stdout: "Sorry but the jail 'off' does not exist\n" });
    expect(stderr).toMatch(/NOK: \('off',\)\noff is in the configuration, but not enabled/);
  });
});

describe('a ban that the firewall refuses', () => {
  beforeEach(() => folder.write('refuse', '192.0.2.66\n'));

  test('is no success, and says so', async () => {
    const { status, stdout, stderr } = await folder.f2b(['set', 'two', 'banip', '192.0.2.1', '192.0.2.66']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '2\n' });
    expect(stderr).toMatch(
      /^WARNING: two: 192\.0\.2\.66 is banned, but not applied: moody: .*3.*no such chain/,
    );
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('is told by whoever looks', async () => {
    await folder.f2b(['set', 'two', 'banip', '192.0.2.66']);
    const status = await folder.f2b(['status', 'two']);
    expect(status.stdout).toMatch(/Banned IP list:\t192\.0\.2\.66\n$/);
    expect(status.stderr).toMatch(/192\.0\.2\.66 is banned, but not applied/);
    const json = JSON.parse((await folder.f2b(['status', 'two', '--json'])).stdout);
    expect(json.jails[0]).toMatchObject({
      notApplied: 1,
      bans: [{ standing: 'failed', troubles: [{ action: 'moody' }] }],
    });
    expect((await folder.f2b(['why', '192.0.2.66'])).stdout).toMatch(/but no firewall holds it/);
  });

  test('is tried again, and is no failure of other commands', async () => {
    await folder.f2b(['set', 'two', 'banip', '192.0.2.66']);
    const other = await folder.f2b(['set', 'two', 'banip', '192.0.2.1']);
    expect(other).toMatchObject({ status: 0, stderr: expect.stringContaining('2 tries') });
    folder.write('refuse', '');
    expect(await folder.f2b(['set', 'two', 'banip', '192.0.2.66'])).toMatchObject({ stdout: '0\n' });
    await folder.f2b(['set', 'two', 'banip', '192.0.2.2']);
    expect((await folder.f2b(['status', 'two'])).stderr).toBe('');
  });

  test('and an unban that it refuses is told until it is done', async () => {
    await folder.f2b(['set', 'two', 'banip', '192.0.2.7']);
    folder.write('refuse', 'un192.0.2.7\n');
    const first = await folder.f2b(['unban', '192.0.2.7']);
    expect(first).toMatchObject({
      status: 1,
      stdout: '1\n',
      stderr: expect.stringContaining('still in force'),
    });
    expect((await folder.f2b(['why', '192.0.2.7'])).stdout).toMatch(
      /^192\.0\.2\.7 is no longer banned, but not yet let in/,
    );
    folder.write('refuse', '');
    expect(await folder.f2b(['unban', '192.0.2.7'])).toEqual({ status: 0, stdout: '0\n', stderr: '' });
    expect((await folder.f2b(['status', 'two', '--json'])).stdout).toContain('"leaving": 0');
  });
});

describe('f2b set JAIL banip --from', () => {
  const LIST = '# list\n192.0.2.1\n192.0.2.128/25 ; a network\nnonsense\n198.51.100.3\n2001:db8::/32\n';

  test('bans a published list in one go, and tells which lines it refuses', async () => {
    folder.write('list.txt', LIST);
    const file = join(folder.dir, 'list.txt');
    expect(await folder.f2b(['set', 'one', 'banip', '--from', file])).toEqual({
      status: 0,
      stdout: '3\n',
      stderr: `WARNING: ${file}:4: nonsense: neither an address nor a network\nWARNING: ${file}:5: 198.51.100.3: it is ignored (ip)\n`,
    });
    expect(folder.actions).toEqual(['ban 192.0.2.1', 'ban 192.0.2.128/25', 'ban 2001:db8::/32']);
  });

  test('takes it from standard input, and answers as an object', async () => {
    const { stdout, status } = await folder.f2b(['set', 'one', 'banip', '--from', '-', '--json'], {
      input: LIST,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: ['set', 'one', 'banip'],
      result: 3,
      refused: [
        { line: 4, text: 'nonsense' },
        { line: 5, text: '198.51.100.3' },
      ],
    });
  });

  test.each([
    [['set', 'one', 'unbanip', '--from', '-'], 2, 'belongs to f2b set JAIL banip'],
    [['set', 'one', 'banip', '192.0.2.1', '--from', '-'], 2, 'stands for its addresses'],
    [['set', 'one', 'banip', '--from', '/nowhere/list'], 255, '/nowhere/list cannot be read: ENOENT'],
    [['set', 'one', 'banip', '--from'], 2, '--from needs a value'],
  ])('refuses %j', async (args, status, message) => {
    const result = await folder.f2b(args);
    expect(result.status).toBe(status);
    expect(result.stderr).toContain(message);
    expect(folder.actions).toEqual([]);
  });
});

describe('f2b unban', () => {
  test('lets in everywhere, networks with what is in them', async () => {
    await ban('192.0.2.1', '192.0.2.2', '2001:db8::1');
    await folder.f2b(['set', 'two', 'banip', '192.0.2.1']);
    expect((await folder.f2b(['unban', '192.0.2.0/30', '192.0.2.9'])).stdout).toBe('3\n');
    expect((await folder.f2b(['banned'])).stdout).toBe("[{'one': ['2001:db8::1']}, {'two': []}]\n");
    expect((await folder.f2b(['unbanip', '--all'])).stdout).toBe('1\n');
  });

  test('without anybody is a mistake', async () => {
    expect(await folder.f2b(['unban'])).toMatchObject({ status: 255, stdout: 'Invalid command\n' });
  });
});

describe('who looks and who changes', () => {
  test('looking waits for nobody, changing says who is at work', async () => {
    await ban('192.0.2.1');
    const store = await openForWriting(join(folder.dir, 'state.sqlite3'), {
      waitMs: 0,
      clock: systemClock,
      command: 'f2b scan',
    });
    try {
      for (const args of [['status'], ['banned'], ['get', 'one', 'banip'], ['why', '192.0.2.1'], ['stats']])
        expect((await folder.f2b(args)).status).toBe(0);
      const { status, stdout, stderr } = await folder.f2b([
        'set',
        'one',
        'banip',
        '192.0.2.2',
        '--wait',
        '0',
      ]);
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
      expect(stderr).toContain('f2b scan');
    } finally {
      store.close();
    }
    expect(folder.actions).toEqual(['ban 192.0.2.1']);
  });

  test('looking leaves nothing behind', async () => {
    const { status, stdout } = await folder.f2b(['status', 'one', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).jails[0]).toMatchObject({ name: 'one', banned: 0, bans: [] });
    expect(await folder.f2b(['why', '192.0.2.1'])).toMatchObject({ status: 0 });
    const { existsSync } = await import('node:fs');
    expect(existsSync(join(folder.dir, 'state.sqlite3'))).toBe(false);
  });

  test('broken and disabled jails are told', async () => {
    folder.write('jail.local', '[broken]\nenabled = true\nfilter = missing\n');
    const json = JSON.parse((await folder.f2b(['status', '--json'])).stdout);
    expect(json).toMatchObject({
      disabled: ['off'],
      skipped: [{ name: 'broken', reason: expect.stringContaining('missing') }],
    });
  });
});

describe('f2b why', () => {
  test('goes from the lines of a log to the command that helps', async () => {
    const now = Math.floor(Date.now() / 1000);
    const stamp = (sec: number) => new Date(sec * 1000).toISOString().slice(0, 19).replace('T', ' ');
    folder.write('a.log', [3, 2, 1].map((ago) => `${stamp(now - ago)} bad 192.0.2.9\n`).join(''));
    await folder.f2b(['scan']);
    const { stdout, status } = await folder.f2b(['why', '192.0.2.9', '--json']);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ asked: '192.0.2.9', commands: ['f2b unban 192.0.2.9'] });
    expect(report.subjects[0]).toMatchObject({ id: '192.0.2.9', family: 'inet4', banned: true });
    expect(report.subjects[0].bans[0]).toMatchObject({
      jail: 'one',
      failures: 3,
      relation: 'itself',
      matches: Array(3).fill({
        regex: `${folder.dir}/filter.d/f.conf:2`,
        line: expect.stringContaining('bad 192.0.2.9'),
      }),
    });
    expect(await folder.f2b(report.commands[0].split(' ').slice(1))).toMatchObject({
      status: 0,
      stdout: '2\n',
    });
    const after = JSON.parse((await folder.f2b(['why', '192.0.2.9', '--json'])).stdout);
    expect(after.subjects[0]).toMatchObject({ banned: false, bans: [] });
  });

  test.each([
    [[], 'why who?'],
    [['192.0.2.1', 'x'], 'unexpected argument: x'],
  ])('refuses %j', async (args, message) => {
    expect(await folder.f2b(['why', ...args])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(message),
    });
  });
});
