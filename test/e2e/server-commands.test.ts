/**
 * Commands that change a running server: jails made by hand, actions and logs that come and go, rest and work; and the
 * stock client, whose reload brings a configuration of its own.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Value } from '../../src/core/control/index.js';
import { run } from '../commands/f2b.js';
import { ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const LATER_MS = 60_000;
const hasClient = spawnSync('fail2ban-client', ['--version']).status === 0;

async function begin(): Promise<void> {
  site = new ServerSite();
  site.write('one.log', '');
  site.write('two.log', '');
  await site.up();
}

const set = (jail: string, ...words: Value[]) => site.ask('set', jail, ...words);
const failed = async (jail: string) =>
  Number(/Total failed",(\d+)/.exec(JSON.stringify(await site.ask('status', jail)))?.[1]);

describe('a jail made by commands', () => {
  test(
    'reads, bans and stops like one from files',
    async () => {
      await begin();
      expect(await site.ask('add', 'two', 'polling')).toBe('two');
      await expect(site.ask('add', 'two', 'polling')).rejects.toThrow("The jail 'two' already exists");
      await expect(site.ask('add', 'three', 'magic')).rejects.toThrow('Unknown backend magic');
      await set('two', 'addfailregex', '^ fail <F-ID>\\S+</F-ID>$');
      await set('two', 'datepattern', '^EPOCH');
      await set('two', 'maxretry', '2');
      await set('two', 'addlogpath', site.at('two.log'));
      await set('two', 'addaction', 'hands');
      await expect(set('two', 'addaction', 'hands')).rejects.toThrow('Action hands already exists');
      await set(
        'two',
        'action',
        'hands',
        'actionban',
        `mkdir -p ${site.at('fw/two')}; echo x >> ${site.at('fw/two')}/<ip>`,
      );
      await set('two', 'action', 'hands', 'actionunban', `rm ${site.at('fw/two')}/<ip>`);
      await expect(set('two', 'addfailregex', '(')).rejects.toThrow('Unable to compile regular expression');
      site.attack('192.0.2.1', { log: 'two.log' });
      await site.settle();
      expect(site.rules('two').size).toBe(0);
      expect(JSON.stringify(await site.ask('status'))).toContain('one, two');
      await site.ask('start', 'two');
      await site.until('it bans', () => site.rules('two').size === 1);
      expect(await site.ask('get', 'two', 'actions')).toEqual(['hands']);
      await site.ask('stop', 'two');
      expect(site.rules('two').size).toBe(0);
      await expect(site.ask('status', 'two')).rejects.toThrow("Sorry but the jail 'two' does not exist");
      await site.down();
    },
    LATER_MS,
  );

  test('what is told to it before it starts is its own behind', async () => {
    await begin();
    await site.ask('add', 'two', 'auto');
    await set('two', 'maxretry', '2');
    await set('two', 'ignoreself', 'false');
    expect(await set('two', 'banip', '192.0.2.1')).toBe(1);
    expect(await set('two', 'attempt', '192.0.2.2', 'a', 'b')).toBe(1);
    await site.ask('start', 'two');
    await site.until('both are banned', async () => {
      return JSON.stringify(await site.ask('get', 'two', 'banned')) === '["192.0.2.1","192.0.2.2"]';
    });
    await site.down();
  });
});

describe('a running jail', () => {
  test(
    'gets an action and gives one up; bans that stand are none of the new one’s business',
    async () => {
      await begin();
      site.attack('192.0.2.1');
      await site.until('it is banned', () => site.rules().size === 1);
      await set('one', 'addaction', 'more');
      await set('one', 'action', 'more', 'actionban', `echo <ip> >> ${site.at('more')}`);
      site.attack('192.0.2.2');
      await site.until('the new action bans', () => site.read('more') === '192.0.2.2\n');
      expect(await set('one', 'delaction', 'folder')).toBeNull();
      await site.until('the old one is taken down', () => site.read('fw-one.calls') === 'start\nstop\n');
      expect(await site.ask('get', 'one', 'actions')).toEqual(['mailbox', 'more']);
      expect(await site.ask('get', 'one', 'banned')).toEqual(['192.0.2.1', '192.0.2.2']);
      await expect(set('one', 'delaction', 'folder')).rejects.toThrow('Invalid Action name: folder');
      await site.down();
      expect(await site.mailed(2)).toHaveLength(2);
    },
    LATER_MS,
  );

  test(
    'follows a log that is added, and no longer one that is taken away',
    async () => {
      await begin();
      site.attack('192.0.2.1', { log: 'two.log', times: 2 });
      expect(await set('one', 'addlogpath', site.at('two.log'), 'tail')).toEqual([
        site.at('one.log'),
        site.at('two.log'),
      ]);
      await site.until('it is followed', () =>
        site.said('Added logfile').some((line) => line.includes('two.log')),
      );
      site.attack('192.0.2.2', { log: 'two.log' });
      await site.until('it is banned', () => site.rules().size === 1);
      expect(await failed('one')).toBe(3);
      await set('one', 'dellogpath', site.at('one.log'));
      await site.settle();
      site.attack('192.0.2.3');
      site.attack('192.0.2.4', { log: 'two.log' });
      await site.until('it is banned', () => site.rules().size === 2);
      expect([...site.rules().keys()].sort()).toEqual(['192.0.2.2', '192.0.2.4']);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'goes by another expression and another maxretry at once, and loses nothing of what it has counted',
    async () => {
      await begin();
      site.attack('192.0.2.1', { times: 2 });
      await site.until('they count', async () => (await failed('one')) === 2);
      await set('one', 'addfailregex', '^ oops <F-ID>\\S+</F-ID>$');
      site.append('one.log', `${Math.floor(Date.now() / 1000)} oops 192.0.2.1\n`);
      await site.until('it is banned', () => site.rules().size === 1);
      await set('one', 'maxretry', '1');
      site.attack('192.0.2.2', { times: 1 });
      await site.until('one is enough', () => site.rules().size === 2);
      expect(await failed('one')).toBe(4);
      await site.down();
    },
    LATER_MS,
  );

  test('rests at once, and takes in what it has missed when it wakes up', async () => {
    await begin();
    expect(await set('one', 'idle', 'on')).toBe(true);
    site.attack('192.0.2.1');
    await site.settle(800);
    expect(site.rules().size).toBe(0);
    expect(await failed('one')).toBe(0);
    expect(await set('one', 'idle', 'off')).toBe(false);
    await site.until('it is banned', () => site.rules().size === 1);
    expect(await failed('one')).toBe(3);
    await site.down();
  });

  test('lets bans follow the bantime', async () => {
    await begin();
    site.attack('192.0.2.1');
    await site.until('it is banned', () => site.rules().size === 1);
    await set('one', 'bantime', '1');
    await site.until('its time is up', () => site.rules().size === 0);
    await site.down();
  });
});

describe('the server', () => {
  test('changes its log while it runs', async () => {
    await begin();
    const other = site.at('other.log');
    expect(await site.ask('set', 'logtarget', other)).toBe(other);
    expect(await site.ask('get', 'logtarget')).toBe(other);
    await site.ask('set', 'loglevel', 'DEBUG');
    await expect(site.ask('set', 'loglevel', 'LOUD')).rejects.toThrow("Invalid log level 'LOUD'");
    await expect(site.ask('set', 'logtarget', '/nowhere/at/all')).rejects.toThrow(
      'Failed to change log target',
    );
    expect(await site.ask('get', 'logtarget')).toBe(other);
    expect(site.read('other.log')).toContain(`Changed logging target to ${other} for Fail2ban v`);
    expect(await site.ask('flushlogs')).toBe('rolled over');
    expect(await site.ask('set', 'syslogsocket', 'auto')).toBe('auto');
    expect(await site.ask('set', 'dbfile', site.at('state/f2b.sqlite3'))).toBe(site.at('state/f2b.sqlite3'));
    await expect(site.ask('set', 'dbfile', site.at('else'))).rejects.toThrow('Cannot change database');
    expect(await site.ask('get', 'thread')).toEqual(new Map([['stacksize', 0]]));
    expect(await site.ask('echo', 'a', 'b')).toEqual(['a', 'b']);
    const since = performance.now();
    await Promise.all([site.ask('sleep', '0.5'), site.ask('ping')]);
    expect(performance.now() - since).toBeGreaterThan(450);
    await site.ask('stop');
    await site.server?.ended;
  });

  test(
    'takes a stream of commands up to the first that is refused',
    async () => {
      await begin();
      const stream: Value[] = [
        ['set', 'loglevel', 'DEBUG'],
        ['add', 'two', 'polling'],
        ['multi-set', 'two', 'addfailregex', ['^a <HOST>$', '^b <HOST>$']],
        ['set', 'two', 'addaction', 'x'],
        [
          'multi-set',
          'two',
          'action',
          'x',
          [
            ['actionban', 'true'],
            ['actionunban', null],
            ['name', 'two'],
          ],
        ],
        ['config-error', "Jail 'three' skipped, because of wrong configuration: it is broken"],
        ['set', 'two', 'addfailregex', '('],
        ['start', 'two'],
      ];
      await expect(site.ask('server-stream', stream)).rejects.toThrow('Unable to compile regular expression');
      expect(await site.ask('get', 'two', 'failregex')).toHaveLength(2);
      expect(await site.ask('get', 'two', 'action', 'x', 'actionban')).toBe('true');
      expect(site.said("ERROR   Jail 'three' skipped")).toHaveLength(1);
      await site.down();
    },
    LATER_MS,
  );

  (hasClient ? test : test.skip)(
    'takes the configuration that the stock client reads and sends',
    async () => {
      site = new ServerSite({
        stock: true,
        files: {
          'jail.local': [
            '[one]',
            'enabled = true',
            'backend = polling',
            'filter =',
            'failregex = ^ fail <F-ID>\\S+</F-ID>$',
            'datepattern = ^EPOCH',
            'logpath = DIR/one.log',
            'maxretry = 3',
            'action = dummy[target=DIR/dummy, name=one]',
          ].join('\n'),
        },
      });
      site.write('one.log', '');
      await site.up();
      const client = (...words: string[]) =>
        run('fail2ban-client', ['-c', site.at('etc'), '-s', site.socket, ...words]);
      site.write(
        'etc/jail.d/two.conf',
        `[two]\nenabled = true\nbackend = polling\nfilter =\nfailregex = ^ fail <F-ID>\\S+</F-ID>$\ndatepattern = ^EPOCH\nlogpath = ${site.at('one.log')}\nmaxretry = 1\naction = dummy[target=${site.at('dummy')}, name=two]\n`,
      );
      expect(await client('reload')).toMatchObject({ status: 0, stdout: 'OK\n' });
      expect((await client('status')).stdout).toContain('one, two');
      site.attack('192.0.2.1', { times: 1 });
      await site.until(
        'two bans',
        async () => (await client('get', 'two', 'banip')).stdout === '192.0.2.1\n',
      );
      expect(await client('reload', '--unban', 'two')).toMatchObject({ status: 0, stdout: 'OK\n' });
      expect(await site.ask('get', 'two', 'banned')).toEqual([]);
      site.write('etc/jail.d/two.conf', '[two]\nenabled = false\n');
      expect(await client('reload')).toMatchObject({ status: 0, stdout: 'OK\n' });
      expect((await client('status')).stdout).toContain('Jail list:\tone\n');
      await sleep(50);
      expect(await client('stop')).toMatchObject({ status: 0, stdout: 'Shutdown successful\n' });
      await site.server?.ended;
    },
    LATER_MS,
  );
});
