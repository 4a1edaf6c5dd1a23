/**
 * Reloads of a running server: everything changes, or nothing; what does not change is not touched; no line is lost and none
 * counts twice, however often it is asked.
 */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const LATER_MS = 60_000;

/** The jail with other values. */
function jail(name: string, values: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({
    enabled: 'true',
    backend: 'polling',
    filter: 'lines',
    logpath: `DIR/${name}.log`,
    maxretry: '3',
    findtime: '1h',
    bantime: '1h',
    ignoreself: 'false',
    action: `folder[name=${name}]\n         mailbox`,
    ...values,
  });
  return `[${name}]\n${lines.map(([key, value]) => `${key} = ${value}`).join('\n')}\n`;
}

function rewrite(text: string): void {
  site.write('etc/jail.local', text.replaceAll('DIR', site.dir));
}

async function begin(text: string, ...logs: string[]): Promise<void> {
  site = new ServerSite({ files: { 'jail.local': text } });
  for (const log of logs) site.write(log, '');
  await site.up();
}

const reload = (...options: string[]) => site.ask('reload', '--all', options);

describe('a reload', () => {
  test(
    'leaves a jail that is the same alone, changes another, adds one and takes one away',
    async () => {
      await begin(jail('one') + jail('two') + jail('three'), 'one.log', 'two.log', 'three.log', 'four.log');
      for (const name of ['one', 'two', 'three']) site.attack(`192.0.2.1`, { log: `${name}.log` });
      site.attack('192.0.2.2', { log: 'two.log', times: 2 });
      await site.until('all are banned', () =>
        [...'123'].every((_, i) => site.rules(['one', 'two', 'three'][i]).size === 1),
      );
      await site.mailed(3);
      rewrite(
        jail('one') + jail('two', { maxretry: '4', action: 'folder[name=two, port=80]' }) + jail('four'),
      );
      expect(await reload()).toBe('OK');
      expect(site.read('fw-one.calls')).toBe('start\n');
      expect(site.read('fw-three.calls')).toBe('start\nstop\n');
      expect(existsSync(site.at('fw/three'))).toBe(false);
      // Banned anew by the action as it is now.
      await site.until('the rule of two is another', () => site.read('fw/two/192.0.2.1') === '80\n');
      expect(await site.ask('get', 'two', 'maxretry')).toBe(4);
      site.attack('192.0.2.2', { log: 'two.log', times: 1 });
      await site.settle();
      expect([...site.rules('two').keys()]).toEqual(['192.0.2.1']);
      site.attack('192.0.2.2', { log: 'two.log', times: 1 });
      site.attack('192.0.2.4', { log: 'four.log' });
      await site.until(
        'two goes on counting, four counts',
        () => site.rules('two').size + site.rules('four').size === 3,
      );
      expect(await site.mailed(4)).toHaveLength(4);
      await site.down();
    },
    LATER_MS,
  );

  test.each<[string, (now: string) => void, RegExp]>([
    [
      'an expression that does not compile',
      () => site.write('etc/filters.d/lines.conf', '[Definition]\nfailregex = (\n'),
      /lines\.conf:2: .*unterminated subpattern/s,
    ],
    ['a file that cannot be read', (now) => rewrite(`${now}[broken\n`), /jail\.local/],
    [
      'a filter that is not there',
      (now) => rewrite(now.replace('filter = lines', 'filter = nothere')),
      /Unable to read the filter 'nothere'/,
    ],
    [
      'a new jail that cannot run',
      (now) => rewrite(now + jail('new', { backend: 'magic' })),
      /Unknown backend magic/,
    ],
  ])('changes nothing where one thing is wrong: %s', async (_, spoil, why) => {
    const now = jail('one') + jail('two');
    await begin(now, 'one.log', 'two.log');
    site.attack('192.0.2.1', { times: 2 });
    await site.until('both count', async () =>
      JSON.stringify(await site.ask('status', 'one')).includes('Total failed",2'),
    );
    rewrite(jail('one', { maxretry: '9' }));
    spoil(now.replaceAll('DIR', site.dir));
    const { status, stdout } = await site.f2b('reload');
    expect(status).toBe(255);
    expect(stdout).toMatch(why);
    expect(await site.ask('get', 'one', 'maxretry')).toBe(3);
    expect(site.read('fw-two.calls')).toBe('start\n');
    site.attack('192.0.2.1', { times: 1 });
    await site.until('it is banned as before', () => site.rules().size === 1);
    await site.down();
  });

  test(
    'is not kept from the rest by a jail that was broken before, and tries that one again',
    async () => {
      const broken = jail('bad', { filter: 'nothere' });
      await begin(jail('one') + broken, 'one.log');
      rewrite(jail('one', { maxretry: '1' }) + broken);
      expect(await reload()).toBe('OK');
      expect(await site.ask('get', 'one', 'maxretry')).toBe(1);
      rewrite(jail('one') + jail('bad'));
      site.write('bad.log', '');
      expect(await reload()).toBe('OK');
      site.attack('192.0.2.1', { log: 'bad.log' });
      await site.until('it bans', () => site.rules('bad').size === 1);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'of one jail leaves the others as they are; --unban lets everybody in; --restart begins anew; --if-exists is quiet',
    async () => {
      await begin(jail('one') + jail('two'), 'one.log', 'two.log');
      site.attack('192.0.2.1');
      site.attack('192.0.2.2', { log: 'two.log' });
      await site.until('both ban', () => site.rules('one').size + site.rules('two').size === 2);
      await site.mailed(2);
      rewrite(jail('one', { maxretry: '7' }) + jail('two', { maxretry: '7' }));
      await site.ask('reload', 'one', []);
      expect([await site.ask('get', 'one', 'maxretry'), await site.ask('get', 'two', 'maxretry')]).toEqual([
        7, 3,
      ]);
      await site.ask('reload', 'two', ['--restart']);
      await site.until('its ban is back', () => site.rules('two').size === 1);
      expect(site.read('fw-two.calls')).toBe('start\nstop\nstart\n');
      expect(site.said('[two] Restore Ban 192.0.2.2')).toHaveLength(1);
      await reload('--unban');
      expect(site.rules('one').size + site.rules('two').size).toBe(0);
      await site.ask('reload', 'two', ['--restart']);
      expect(site.rules('two').size).toBe(0);
      await expect(site.ask('reload', 'nope', [])).rejects.toThrow("No section: 'nope'");
      expect(await site.ask('reload', 'nope', ['--if-exists'])).toBe('OK');
      expect(await site.mailed(2)).toHaveLength(2);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'by its own client takes what is set for the server as a whole',
    async () => {
      await begin(jail('one'), 'one.log');
      site.write(
        'etc/f2b.d/more.conf',
        '[Definition]\nloglevel = DEBUG\ndbpurgeage = 3d\ndbmaxmatches = 4\n',
      );
      expect(await site.f2b('reload')).toMatchObject({ status: 0, stdout: 'OK\n' });
      expect(await site.ask('get', 'loglevel')).toBe('DEBUG');
      expect(await site.ask('get', 'dbpurgeage')).toBe(259200);
      expect(await site.ask('get', 'dbmaxmatches')).toBe(4);
      await site.down();
    },
    LATER_MS,
  );
});

test(
  'a storm of reloads under load: no line is lost, none counts twice',
  async () => {
    const variant = (round: number) =>
      jail('one', { maxretry: '1000000', findtime: round % 2 === 0 ? '1h' : '2h' }) +
      jail('two', { maxretry: '1000000' }) +
      (round % 3 === 0 ? jail('three') : '');
    await begin(variant(0), 'one.log', 'two.log', 'three.log');
    let written = 0;
    let stop = false;
    const writer = (async () => {
      while (!stop) {
        for (const log of ['one.log', 'two.log'])
          site.attack(`192.0.2.${(written % 200) + 1}`, { times: 20, log });
        written += 20;
        await sleep(5);
      }
    })();
    const until = performance.now() + Number(process.env['F2B_STORM_MS'] ?? 12_000);
    let reloads = 0;
    while (performance.now() < until) {
      const next = performance.now() + 1000;
      rewrite(variant(++reloads));
      expect(await reload()).toBe('OK');
      await sleep(Math.max(0, next - performance.now()));
    }
    stop = true;
    await writer;
    const failed = async (name: string) => {
      const text = JSON.stringify(await site.ask('status', name));
      return Number(/Total failed",(\d+)/.exec(text)?.[1]);
    };
    await site.until(
      'all of it is read',
      async () => (await failed('one')) >= written && (await failed('two')) >= written,
    );
    await site.settle();
    expect([await failed('one'), await failed('two')]).toEqual([written, written]);
    expect(reloads).toBeGreaterThan(4);
    await site.down();
  },
  LATER_MS,
);
