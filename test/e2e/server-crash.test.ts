/** A server that is killed at random while it bans, and what has to hold once it runs again. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { randomFrom } from './crash-bench.js';
import { ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

describe('killed', () => {
  test('again and again while it bans: every ban is back, once, and nobody is forgotten', async () => {
    const seed = Number(process.env['F2B_SEED'] ?? Date.now() % 100_000);
    const random = randomFrom(seed);
    site = new ServerSite();
    site.write('one.log', '');
    const attacked: string[] = [];
    const rounds = Number(process.env['F2B_KILLS'] ?? 24);
    const deadline = performance.now() + 40_000;
    for (let round = 0; round < rounds && performance.now() < deadline; round++) {
      const server = await site.up();
      const delayMs = random() * 150;
      const killed = sleep(delayMs).then(() => server.child.kill('SIGKILL'));
      for (let i = 0; i < 6; i++) {
        const id = `198.51.${round}.${i + 1}`;
        attacked.push(id);
        site.attack(id);
        if (random() < 0.5) await sleep(random() * 20);
      }
      await killed;
      await server.ended;
    }
    await site.up();
    await site.until(
      `all ${attacked.length} are banned (seed ${seed})`,
      () => site.rules().size >= attacked.length,
    );
    await site.settle();
    expect(site.rules()).toEqual(new Map(attacked.map((id) => [id, 1])));
    const bans = (await site.ask('get', 'one', 'banip')) as unknown[];
    expect(bans.map(String).sort()).toEqual([...attacked].sort());
    // A mail may be lost with the f2b that was to send it, but none is sent twice.
    expect(new Set(site.mails).size).toBe(site.mails.length);
    await site.down();
  }, 120_000);
});

test('while its jail is taken out of the configuration: the next one lets everybody go and takes the rules down', async () => {
  site = new ServerSite();
  site.write('one.log', '');
  const server = await site.up();
  site.attack('192.0.2.1');
  await site.until('it is banned', () => site.rules().size === 1);
  await site.mailed(1);
  server.child.kill('SIGKILL');
  await server.ended;
  site.write('etc/jail.local', '');
  await site.up();
  expect(site.rules().size).toBe(0);
  expect(site.read('fw-one.calls')).toBe('start\nstop\n');
  expect(site.said('[one] Unban 192.0.2.1')).toHaveLength(1);
  await site.down();
}, 60_000);
