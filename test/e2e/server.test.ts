/**
 * The server as its user knows it: started, fed with lines, stopped, started again, restarted, killed; what it says when it
 * cannot start; what its status says of what does not work.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { JAIL, ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const LATER_MS = 60_000;

describe('the life of a ban', () => {
  test(
    'it begins with the line that earns it, and ends by time, by hand, and with the jail',
    async () => {
      site = new ServerSite({ files: { 'jail.local': JAIL.replace('bantime = 1h', 'bantime = 3') } });
      site.write('one.log', '');
      await site.up();
      site.attack('192.0.2.1', { times: 2 });
      await site.settle();
      expect(site.rules()).toEqual(new Map());
      site.attack('192.0.2.1', { times: 1 });
      await site.until('it is banned', () => site.rules().size === 1);
      expect(site.rules()).toEqual(new Map([['192.0.2.1', 1]]));
      expect(await site.mailed(1)).toEqual(['192.0.2.1']);
      await site.until('its time is up', () => site.rules().size === 0);
      expect(site.said(/\[one\] (?:Found|Ban|Unban)/).map((line) => line.slice(24))).toEqual(
        [...Array(3).fill(/filter .*: INFO {4}\[one\] Found 192\.0\.2\.1 - /), / Ban /, / Unban /].map(
          (pattern) => expect.stringMatching(pattern),
        ),
      );
      expect(await site.ask('set', 'one', 'banip', '192.0.2.2', '2001:db8::1')).toBe(2);
      expect([...site.rules().keys()].sort()).toEqual(['192.0.2.2', '2001:db8::1']);
      expect(await site.ask('set', 'one', 'unbanip', '192.0.2.2')).toBe(1);
      expect([...site.rules().keys()]).toEqual(['2001:db8::1']);
      await site.ask('stop', 'one');
      expect(existsSync(site.at('fw/one'))).toBe(false);
      expect(await site.ask('status')).toEqual([
        expect.objectContaining({ items: ['Number of jail', 0] }),
        expect.objectContaining({ items: ['Jail list', ''] }),
      ]);
    },
    LATER_MS,
  );

  test(
    'stopped and started again: the firewall is empty in between, lines of the meantime count, nobody gets a second mail',
    async () => {
      site = new ServerSite();
      site.write('one.log', '');
      await site.up();
      site.attack('192.0.2.1');
      site.attack('192.0.2.2', { times: 2 });
      await site.until('it is banned', () => site.rules().size === 1);
      await site.settle();
      const { status, stderr } = await site.down();
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(existsSync(site.at('fw/one'))).toBe(false);
      expect(existsSync(site.at('pid')) || existsSync(site.socket)).toBe(false);
      site.attack('192.0.2.2', { times: 1 });
      await site.up();
      await site.until('both are banned', () => site.rules().size === 2);
      expect(site.said('Restore Ban')).toHaveLength(1);
      expect(await site.mailed(2)).toEqual(['192.0.2.1', '192.0.2.2']);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'restarted: nobody is let in at any moment, and nobody gets a second mail',
    async () => {
      site = new ServerSite();
      site.write('one.log', '');
      await site.up();
      for (const id of ['192.0.2.1', '192.0.2.2', '2001:db8::7']) site.attack(id);
      await site.until('they are banned', () => site.mails.length === 3);
      let least = 3;
      const watch = setInterval(() => {
        least = Math.min(least, site.rules().size);
      }, 2);
      const { status, stdout } = await site.f2b('restart');
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'Server ready\n' });
      site.attack('192.0.2.9');
      await site.until('the new server bans', () => site.rules().size === 4);
      clearInterval(watch);
      expect(least).toBe(3);
      expect([...site.rules().values()]).toEqual([1, 1, 1, 1]);
      expect(await site.mailed(4)).toHaveLength(4);
      expect(site.said('Restore Ban')).toEqual([]);
      expect(await site.f2b('stop')).toMatchObject({ status: 0, stdout: 'Shutdown successful\n' });
      expect(site.rules().size).toBe(0);
    },
    LATER_MS,
  );

  test(
    'a firewall that was flushed by hand is filled again',
    async () => {
      site = new ServerSite();
      site.write('one.log', '');
      await site.up();
      site.attack('192.0.2.1');
      await site.until('it is banned', () => site.rules().size === 1);
      site.flush();
      site.attack('192.0.2.2');
      await site.until('both are banned', () => site.rules().size === 2);
      expect([...site.rules().values()]).toEqual([1, 1]);
      await site.down();
    },
    LATER_MS,
  );
});

describe('start', () => {
  test(
    'in the background, answers when the server is ready; a second one is refused',
    async () => {
      site = new ServerSite();
      site.write('one.log', '');
      expect(await site.f2b('start')).toMatchObject({ status: 0, stdout: 'Server ready\n', stderr: '' });
      expect(await site.f2b('ping')).toMatchObject({ status: 0, stdout: 'Server replied: pong\n' });
      const pid = Number(site.read('pid'));
      expect(await site.f2b('start')).toMatchObject({
        status: 255,
        stdout: '',
        stderr: expect.stringContaining(`Server already running (process ${pid})`),
      });
      expect(await site.f2b('server')).toMatchObject({ status: 255 });
      expect(await site.f2b('stop')).toMatchObject({ status: 0, stdout: 'Shutdown successful\n' });
      expect(await site.f2b('ping')).toMatchObject({ status: 255, stdout: '' });
      expect(await site.f2b('stop')).toMatchObject({ status: 255, stdout: '' });
    },
    LATER_MS,
  );

  test.each<[string, (at: ServerSite) => void, RegExp]>([
    [
      'a log that cannot be written',
      (at) => at.write('etc/f2b.d/log.conf', '[Definition]\nlogtarget = /nowhere/at/all.log\n'),
      /cannot log to \/nowhere\/at\/all\.log: ENOENT/,
    ],
    ['a configuration that cannot be read', (at) => at.write('etc/jail.local', '[one\n'), /jail\.local/],
    [
      'a socket whose place is taken',
      (at) => at.write('sock', 'a file of somebody'),
      /sock is there already, and is no socket/,
    ],
    [
      'a store that is none',
      (at) => mkdirSync(at.at('state/f2b.sqlite3'), { recursive: true }),
      /f2b\.sqlite3/,
    ],
  ])('says on the terminal what is wrong: %s', async (_, spoil, why) => {
    site = new ServerSite();
    site.write('one.log', '');
    spoil(site);
    const { status, stdout, stderr } = await site.f2b('start');
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toMatch(why);
    expect(await site.f2b('ping')).toMatchObject({ status: 255 });
  });

  test('a pid file that was left over, or is of another program, is no server', async () => {
    site = new ServerSite();
    site.write('one.log', '');
    site.write('pid', `${process.pid}\n`);
    await site.up();
    expect(Number(site.read('pid'))).not.toBe(process.pid);
    await site.down();
    expect(existsSync(site.at('pid'))).toBe(false);
  });

  test(
    'waits for the store while a scan is at work',
    async () => {
      site = new ServerSite({
        files: { 'action.d/mailbox.conf': '[Definition]\nactionban = sleep 2; echo <ip> >> DIR/mails\n' },
      });
      site.attack('192.0.2.1');
      const scan = site.start('scan');
      await site.until('the scan is banning', () => site.rules().size === 1);
      const server = site.up();
      await scan.ended;
      await server;
      expect(site.rules()).toEqual(new Map([['192.0.2.1', 1]]));
      expect(site.mails).toEqual(['192.0.2.1']);
      await site.down();
    },
    LATER_MS,
  );
});

test('a scan leaves the work to a server that runs', async () => {
  site = new ServerSite();
  site.write('one.log', '');
  await site.up();
  expect(await site.f2b('scan')).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  expect(JSON.parse((await site.f2b('scan', '--json')).stdout)).toEqual({
    dryRun: false,
    jails: [],
  });
  site.attack('192.0.2.1');
  await site.until('the server bans', () => site.rules().size === 1);
  const dry = await site.f2b('scan', '--dry-run');
  expect(dry.status).toBe(0);
  await site.down();
  site.attack('192.0.2.2');
  expect((await site.f2b('scan')).status).toBe(0);
  expect([...site.rules().keys()].join()).toContain('192.0.2.2');
});

describe('status', () => {
  test(
    'has jails that could not start with their reason, and what is wrong with those that run',
    async () => {
      site = new ServerSite({
        files: {
          'jail.local': `${JAIL}\n[two]\nenabled = true\nfilter = nothere\nlogpath = DIR/one.log\n[three]\nenabled = true\nbackend = polling\nfilter = broken\nlogpath = DIR/one.log\naction =\n[four]\nenabled = true\nbackend = polling\nfilter = lines\nlogpath = DIR/missing.log\naction =\n`,
          'filters.d/broken.conf': '[Definition]\nfailregex = abc(<HOST>\n',
        },
      });
      site.write('one.log', '');
      await site.up();
      const { stdout } = await site.f2b('status');
      expect(stdout).toBe('Status\n|- Number of jail:\t2\n`- Jail list:\tfour, one\n');
      const json = JSON.parse((await site.f2b('status', '--json')).stdout) as {
        skipped: { name: string; reason: string }[];
        jails: { name: string; problems: { of: string; message: string }[] }[];
      };
      expect(json.skipped).toEqual([
        { name: 'two', reason: expect.stringContaining("Unable to read the filter 'nothere'") },
        {
          name: 'three',
          reason: expect.stringMatching(/broken\.conf:2: Unable to compile regular expression/),
        },
      ]);
      expect(json.jails.find(({ name }) => name === 'four')?.problems).toEqual([
        { of: expect.any(String), message: expect.stringContaining('missing.log') },
      ]);
      site.write('etc/filters.d/broken.conf', '[Definition]\nfailregex = ^ abc <HOST>\n');
      await site.ask('reload', '--all', []);
      expect((await site.f2b('status')).stdout).toContain('Jail list:\tfour, one, three\n');
      await site.down();
    },
    LATER_MS,
  );
});

test('a folder for the log that goes away is no reason to stop banning', async () => {
  site = new ServerSite({
    files: { 'f2b.conf': '[Definition]\ndbfile = DIR/state/f2b.sqlite3\nlogtarget = DIR/logs/f2b.log\n' },
  });
  mkdirSync(site.at('logs'));
  site.write('one.log', '');
  site.server = site.start('server');
  await site.until('it answers', async () => (await site.try('server-status')) === 'Server ready');
  await site.settle(1200);
  writeFileSync(site.at('logs/f2b.log'), '');
  await sleep(0);
  const { rmSync } = await import('node:fs');
  rmSync(site.at('logs'), { recursive: true });
  await site.settle(1200);
  site.attack('192.0.2.1');
  await site.until('it is banned', () => site.rules().size === 1);
  mkdirSync(site.at('logs'));
  await site.settle(1200);
  site.attack('192.0.2.2');
  await site.until('it is banned', () => site.rules().size === 2);
  await site.until('the log goes on', () => site.read('logs/f2b.log').includes('Ban 192.0.2.2'));
  await site.down();
});
