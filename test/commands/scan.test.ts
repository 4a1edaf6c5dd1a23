import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DeskFolder } from './desk-folder.js';

const folders: DeskFolder[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function makeFolder(more: Readonly<Record<string, string>> = {}): DeskFolder {
  const folder = new DeskFolder(more);
  folders.push(folder);
  return folder;
}

const stamp = (agoSec = 0) => {
  const at = new Date(Date.now() - agoSec * 1000).toISOString();
  return `${at.slice(0, 10)} ${at.slice(11, 19)}`;
};

/** Failures of an address, so long ago. */
function fail(folder: DeskFolder, ip: string, times: number, agoSec = 0): void {
  appendFileSync(join(folder.dir, 'a.log'), `${stamp(agoSec)} bad ${ip}\n`.repeat(times));
}

describe('f2b scan', () => {
  test('bans who has failed too often, and says so once', async () => {
    const folder = makeFolder();
    fail(folder, '192.0.2.1', 3);
    fail(folder, '192.0.2.2', 2);
    const first = await folder.f2b(['scan', 'one']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^one: banned 192\.0\.2\.1 until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(3 failures\)\n$/,
    );
    expect(await folder.f2b(['scan', 'one'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(folder.actions).toEqual(['ban 192.0.2.1']);
  });

  test('three failures in three runs make a ban', async () => {
    const folder = makeFolder();
    for (const run of [1, 2, 3]) {
      fail(folder, '192.0.2.1', 1);
      const { stdout } = await folder.f2b(['scan', 'one']);
      expect(stdout.includes('banned 192.0.2.1')).toBe(run === 3);
    }
  });

  test('a ban that is over is taken back', async () => {
    const folder = makeFolder();
    fail(folder, '192.0.2.1', 3, 5);
    await folder.f2b(['scan', 'one']);
    // A ban is never longer than what the jail says now.
    folder.write('jail.local', '[DEFAULT]\nbantime = 1\n');
    expect((await folder.f2b(['scan', 'one'])).stdout).toBe('one: unbanned 192.0.2.1\n');
    expect(folder.actions).toEqual(['ban 192.0.2.1', 'unban 192.0.2.1']);
  });

  test('who is ignored is not banned', async () => {
    const folder = makeFolder();
    fail(folder, '198.51.100.7', 9);
    const { stdout } = await folder.f2b(['scan', 'one', '--json']);
    const report = JSON.parse(stdout) as { jails: { ignored: unknown; banned: unknown }[] };
    expect(report.jails[0]).toMatchObject({ banned: [], ignored: [{ id: '198.51.100.7', failures: 9 }] });
  });

  test('a dry run says the same and changes nothing', async () => {
    const folder = makeFolder();
    fail(folder, '192.0.2.1', 3);
    const dry = await folder.f2b(['scan', 'one', '--dry-run']);
    expect(dry.stdout).toMatch(/^one: would be banned 192\.0\.2\.1 until /);
    expect(folder.actions).toEqual([]);
    expect(existsSync(join(folder.dir, 'state.sqlite3'))).toBe(false);
    expect((await folder.f2b(['scan', 'one'])).stdout).toMatch(/^one: banned 192\.0\.2\.1/);
  });

  test('--since looks at lines that were read before', async () => {
    const folder = makeFolder({ 'jail.local': '[DEFAULT]\nbantime = 1d\n' });
    fail(folder, '192.0.2.1', 3, 7200);
    expect((await folder.f2b(['scan', 'one'])).stdout).toBe('');
    expect((await folder.f2b(['scan', 'one', '--since', '1h'])).stdout).toBe('');
    expect((await folder.f2b(['scan', 'one', '--since', '3h'])).stdout).toMatch(/^one: banned 192\.0\.2\.1/);
  });

  test('a jail that is disabled lets go of whom it holds', async () => {
    const folder = makeFolder();
    fail(folder, '192.0.2.1', 3);
    await folder.f2b(['scan']);
    folder.write('jail.local', '[one]\nenabled = false\n');
    const { stdout } = await folder.f2b(['scan']);
    expect(stdout).toContain('one: unbanned 192.0.2.1 (the jail is no longer enabled)\n');
    expect(folder.actions).toEqual(['ban 192.0.2.1', 'unban 192.0.2.1']);
  });
});

describe('f2b scan ends with 1 and says why', () => {
  test('when a ban is not in force, and tries it again', async () => {
    const folder = makeFolder({ refuse: '192.0.2.1\n' });
    fail(folder, '192.0.2.1', 3);
    const refused = await folder.f2b(['scan', 'two']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^two: NOT APPLIED 192\.0\.2\.1 by moody: .*no such chain/);
    folder.write('refuse', '');
    expect(await folder.f2b(['scan', 'two'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('when a ban cannot be taken back', async () => {
    const folder = makeFolder({ refuse: 'un192.0.2.1\n' });
    fail(folder, '192.0.2.1', 3, 5);
    await folder.f2b(['scan', 'two']);
    folder.write('jail.local', '[DEFAULT]\nbantime = 1\n');
    const stuck = await folder.f2b(['scan', 'two']);
    expect(stuck.status).toBe(1);
    expect(stuck.stderr).toContain('two: NOT LIFTED 192.0.2.1 by moody');
    folder.write('refuse', '');
    expect(await folder.f2b(['scan', 'two'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('when a log is missing, and the other jails go on', async () => {
    const folder = makeFolder({ 'jail.local': '[two]\nlogpath = @DIR@/none.log\n' });
    fail(folder, '192.0.2.1', 3);
    const { status, stdout, stderr } = await folder.f2b(['scan']);
    expect({ status, stdout }).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('one: banned 192.0.2.1'),
    });
    expect(stderr).toMatch(/^two: problem .*none\.log/m);
  });

  test('when a jail is broken, and the other jails go on', async () => {
    const folder = makeFolder({ 'jail.local': '[two]\nfailregex = bad (<HOST>\n' });
    fail(folder, '192.0.2.1', 3);
    const { status, stdout, stderr } = await folder.f2b(['scan']);
    expect(status).toBe(1);
    expect(stdout).toContain('one: banned 192.0.2.1');
    expect(stderr).toMatch(/^two: problem /m);
  });
});

describe('f2b scan refuses', () => {
  test.each([
    ['a jail that there is not', ['nope'], 255, /there is no jail nope .*\nEnabled are: one, two/],
    ['a jail that is disabled', ['off'], 255, /there is no jail off .*\n.*enabled = true/],
    ['a moment that is none', ['--since', 'yesterday'], 255, /yesterday is no moment/],
    ['a span that is none', ['--wait', 'long'], 255, /--wait long is no span of time/],
  ])('%s', async (_, args, status, message) => {
    const result = await makeFolder().f2b(['scan', ...args]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  test('to ban without a store, with exit code 2', async () => {
    const folder = makeFolder({ 'fail2ban.conf': '[Definition]\ndbfile = None\n' });
    const result = await folder.f2b(['scan']);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(/dbfile = None: bans would be forgotten/);
  });

  test('a configuration that is none, with exit code 2', async () => {
    const folder = makeFolder({ 'jail.conf': 'no section\n' });
    expect(await folder.f2b(['scan'])).toMatchObject({ status: 2, stdout: '' });
  });
});
