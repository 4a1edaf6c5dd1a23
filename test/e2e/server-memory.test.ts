/** Attackers without number: what a server remembers of them has a bound, and what it forgets it counts and says. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { f2b } from '../commands/f2b.js';
import { JAIL, ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const LATER_MS = 90_000;

interface Status {
  readonly jails: readonly {
    readonly failing: number;
    readonly failedTotal: number;
    readonly evicted: number;
  }[];
}

async function statusOf(): Promise<Status['jails'][number]> {
  const { stdout } = await f2b(['status', 'one', '-c', site.at('etc'), '--json']);
  return (JSON.parse(stdout) as Status).jails[0] as Status['jails'][number];
}

/** So many fail once each. */
function crowd(net: string, count: number): void {
  const now = Math.floor(Date.now() / 1000);
  const lines = Array.from({ length: count }, (_, i) => `${now} fail ${net}.${i >> 8}.${i & 255}\n`);
  site.append('one.log', lines.join(''));
}

function seen(failures: number): Promise<void> {
  return site.until(`${failures} failures are seen`, async () => {
    return JSON.stringify(await site.try('status', 'one')).includes(`"Total failed",${failures}`);
  });
}

describe('maxfailing', () => {
  test(
    'bounds who is remembered; who was forgotten is counted, and said once',
    async () => {
      site = new ServerSite({ files: { 'jail.local': `[DEFAULT]\nmaxfailing = 50\n\n${JAIL}` } });
      site.write('one.log', '');
      await site.up();
      expect(await site.ask('get', 'one', 'maxfailing')).toBe(50);
      crowd('10.1', 50);
      await seen(50);
      expect(await statusOf()).toMatchObject({ failing: 50, evicted: 0 });
      const quiet = await f2b(['status', 'one', '-c', site.at('etc')]);
      expect(quiet.stderr).toBe('');
      crowd('10.2', 60);
      crowd('10.3', 90);
      await seen(200);
      expect(await statusOf()).toMatchObject({ failing: 50, failedTotal: 200, evicted: 150 });
      const crowded = await f2b(['status', 'one', '-c', site.at('etc')]);
      expect(crowded.stdout).toBe(quiet.stdout.replace('Total failed:\t50', 'Total failed:\t200'));
      expect(crowded.stderr).toContain('WARNING: one: 150 made room for others before their time');
      expect(site.said('More than 50 are failing at once')).toHaveLength(1);
      // Whoever goes on is banned all the same.
      site.attack('10.3.0.89', { times: 2 });
      await site.until('it is banned', () => site.rules().has('10.3.0.89'));
      await site.down();
    },
    LATER_MS,
  );

  test(
    'can be changed while it runs, and a crowd that is gone is said to be',
    async () => {
      site = new ServerSite();
      site.write('one.log', '');
      await site.up();
      expect(await site.ask('get', 'one', 'maxfailing')).toBe(100_000);
      crowd('10.1', 300);
      await seen(300);
      expect(await site.ask('set', 'one', 'maxfailing', '100')).toBe(100);
      expect(await statusOf()).toMatchObject({ failing: 100, evicted: 200 });
      await expect(site.ask('set', 'one', 'maxfailing', '0')).rejects.toThrow('greater than zero');
      await site.ask('set', 'one', 'maxfailing', '1000');
      await site.until('that is over', () => site.said('200 were forgotten (maxfailing)').length === 1);
      await site.ask('set', 'one', 'maxfailing', '10');
      await site.until('and begins again', () => site.said('More than 10 are failing').length === 1);
      await site.down();
    },
    LATER_MS,
  );

  test('is nothing that fail2ban would be told', async () => {
    site = new ServerSite({ files: { 'jail.local': JAIL } });
    site.write('one.log', '');
    const before = await f2b(['dump', '-c', site.at('etc')]);
    expect(before.stdout).toContain("'maxretry'");
    site.write('etc/jail.local', `[DEFAULT]\nmaxfailing = 50\n\n${JAIL.replaceAll('DIR', site.dir)}`);
    expect(await f2b(['dump', '-c', site.at('etc')])).toEqual(before);
    expect((await f2b(['check', '-c', site.at('etc')])).status).toBe(0);
    site.append('etc/jail.local', '\nmaxfailing = 0\n');
    expect((await f2b(['check', '-c', site.at('etc')])).stdout).toContain('maxfailing');
  });
});

test(
  'fifty thousand attackers cost a few megabytes; their lines are there when one of them is banned, also after a kill',
  async () => {
    site = new ServerSite({
      files: {
        'action.d/mailbox.conf': '[Definition]\nactionban = printf "%%s\\n" "<matches>" >> DIR/mails\n',
      },
    });
    site.write('one.log', '');
    const { child } = await site.up();
    const megabytes = () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
    };
    const before = megabytes();
    const now = Math.floor(Date.now() / 1000);
    for (let part = 0; part < 50; part++) {
      const lines = Array.from({ length: 1000 }, (_, i) => `${now} fail 10.${part}.${i >> 8}.${i & 255}\n`);
      site.append('one.log', lines.join(''));
    }
    await seen(50_000);
    // Kept as records they took two hundred.
    expect(megabytes() - before).toBeLessThan(120);
    child.kill('SIGKILL');
    await site.server?.ended;
    await site.up();
    expect(await statusOf()).toMatchObject({ failing: 50_000 });
    site.attack('10.49.3.7', { times: 2 });
    await site.until('it is banned', () => site.rules().has('10.49.3.7'));
    await site.until('its mail is there', () => site.read('mails').split('\n').length > 3);
    expect(
      site
        .read('mails')
        .split('\n')
        .filter((line) => line.endsWith('fail 10.49.3.7')),
    ).toHaveLength(3);
    await site.down();
  },
  LATER_MS,
);
