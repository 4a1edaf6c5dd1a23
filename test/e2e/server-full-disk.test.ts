/** The disk of log and store is full: the server goes on banning, says so, and writes all of it down once there is room. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { openForReading } from '../../src/core/store/open.js';
import { ServerSite } from './server-site.js';

let site: ServerSite;
let disk: string;

const mount = (...args: string[]) => spawnSync('mount', args).status === 0;

/** May this user mount anything? */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const probe = new ServerSite();
  mkdirSync(probe.at('disk'));
  const may = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe.at('disk'));
  if (may) spawnSync('umount', [probe.at('disk')]);
  probe.close();
  return may;
}

const isAble = canMount();

afterEach(async () => {
  if (site?.server) site.server.child.kill('SIGKILL');
  await site?.server?.ended;
  spawnSync('umount', ['-l', disk]);
  await site?.end();
});

(isAble ? test : test.skip)(
  `a full disk is no reason to let anybody in${isAble ? '' : ' (needs root, and the right to mount)'}`,
  async () => {
    site = new ServerSite({
      files: {
        'f2b.conf': '[Definition]\ndbfile = DIR/disk/state/f2b.sqlite3\nlogtarget = DIR/disk/f2b.log\n',
      },
    });
    disk = site.at('disk');
    mkdirSync(disk);
    expect(mount('-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk)).toBe(true);
    site.write('one.log', '');
    site.server = site.start('server');
    await site.until('it answers', async () => (await site.try('server-status')) === 'Server ready');
    site.attack('192.0.2.1');
    await site.until('it bans', () => site.rules().size === 1);
    const fill = () => {
      for (const [name, size] of [
        ['a', 1 << 20],
        ['b', 1 << 16],
        ['c', 1 << 12],
        ['d', 256],
      ] as const) {
        try {
          for (let i = 0; i < 300; i++) writeFileSync(`${disk}/fill-${name}-${i}`, Buffer.alloc(size));
        } catch {
          // As full as it gets with pieces of this size.
        }
      }
    };
    fill();
    for (let i = 2; i < 40; i++) site.attack(`192.0.2.${i}`);
    await site.until('it bans all the same', () => site.rules().size === 39);
    await site.until('it says so', async () => {
      const outline = String(await site.ask('f2b-outline'));
      return outline.includes('No space is left');
    });
    await site.ask('set', 'one', 'unbanip', '192.0.2.5');
    expect(site.rules().size).toBe(38);
    spawnSync('sh', ['-c', `rm ${disk}/fill-*`]);
    await site.until(
      'it is well again',
      async () => !String(await site.ask('f2b-outline')).includes('No space'),
      15_000,
    );
    const stored = () => {
      const store = openForReading(`${disk}/state/f2b.sqlite3`, { clock: systemClock, command: 'test' });
      const bans = store.bans('one');
      store.close();
      return bans;
    };
    await site.until('the store has all of them', () => stored().length === 38);
    expect(stored().every(({ marks }) => marks['folder']?.state === 'done')).toBe(true);
    site.server.child.kill('SIGKILL');
    await site.server.ended;
    site.server = site.start('server');
    await site.until('it answers', async () => (await site.try('server-status')) === 'Server ready');
    await site.settle();
    expect(site.rules().size).toBe(38);
    expect([...site.rules().values()].every((times) => times === 1)).toBe(true);
    rmSync(`${disk}/fill`, { force: true });
  },
  60_000,
);
