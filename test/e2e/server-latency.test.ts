/**
 * The desk answers while the matcher works: while a million lines are read, while a hostile line burns its budget, while a
 * thousand are banned at once, and to twenty clients. Bounds are wide for machines that are busy; `$F2B_SAY=1` tells
 * what was measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Value } from '../../src/core/control/index.js';
import { JAIL, ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const LATER_MS = 120_000;
/** What a user waits for without noticing is a tenth of it; this is for two cores that others use too. */
const BOUND_MS = 1000;
const LINES = Number(process.env['F2B_LINES'] ?? 1_000_000);

/** Asks for the status again and again until `isDone` of it. @returns how long each answer took, sorted */
async function watch(isDone: (status: string) => boolean): Promise<number[]> {
  const client = await site.client();
  const took: number[] = [];
  const deadline = performance.now() + 90_000;
  for (;;) {
    const since = performance.now();
    const status: Value = await client.request(['status', 'one']);
    took.push(performance.now() - since);
    if (isDone(JSON.stringify(status))) break;
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify(status)}`);
    await sleep(10);
  }
  client.close();
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))]?.toFixed(0);
  if (process.env['F2B_SAY']) {
    process.stderr.write(
      `${took.length} answers: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, all ${at(1)} ms\n`,
    );
  }
  return took;
}

const longest = (took: readonly number[]) => took.at(-1) ?? 0;

/** Busy or not, every second answer comes as soon as a user should have each. */
function expectSoon(took: readonly number[]): void {
  expect(took[took.length >> 1]).toBeLessThan(100);
  expect(longest(took)).toBeLessThan(BOUND_MS);
}

describe('status', () => {
  test(
    'answers while a million lines are read, of which one in a hundred counts',
    async () => {
      site = new ServerSite({ files: { 'jail.local': JAIL.replace('maxretry = 3', 'maxretry = 100') } });
      const now = Math.floor(Date.now() / 1000);
      const other =
        'sshd[1234]: Connection closed by authenticating user root 203.0.113.7 port 4242 [preauth]';
      const lines = Array.from({ length: LINES }, (_, i) =>
        i % 100 === 0 ? `${now} fail 198.51.${(i / 100) % 100}.7\n` : `${now} ${other}\n`,
      );
      site.write('one.log', lines.join(''));
      await site.up();
      const took = await watch((status) => status.includes(`Total failed",${LINES / 100}`));
      expectSoon(took);
      expect(took.length).toBeGreaterThan(10);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'answers while a hostile line burns its budget, and the lines behind it count',
    async () => {
      site = new ServerSite({
        files: {
          'filters.d/lines.conf':
            '[Definition]\nfailregex = ^ (a+)+\\1! <F-ID>\\S+</F-ID>$\n            ^ fail <F-ID>\\S+</F-ID>$\ndatepattern = ^EPOCH\n',
        },
      });
      const now = Math.floor(Date.now() / 1000);
      site.write('one.log', '');
      await site.up();
      for (let i = 0; i < 20; i++) site.append('one.log', `${now} ${'a'.repeat(20_000)}b! 192.0.2.9\n`);
      site.attack('192.0.2.1');
      const took = await watch((status) => status.includes('Currently banned",1'));
      expectSoon(took);
      expect(took.length).toBeGreaterThan(3);
      expect(site.said('ran out of their budget').length).toBeGreaterThan(0);
      await site.down();
    },
    LATER_MS,
  );

  test(
    'answers while five hundred are banned, one command each, and a command hangs',
    async () => {
      site = new ServerSite({
        files: {
          'action.d/mailbox.conf': '[Definition]\nactionban = sleep 3; echo <ip> >> DIR/mails\ntimeout = 2\n',
        },
      });
      site.write('one.log', '');
      await site.up();
      // All at once, so that the command that hangs does not come between them.
      const now = Math.floor(Date.now() / 1000);
      const lines = Array.from(
        { length: 500 },
        (_, i) => `${now} fail 198.51.${100 + (i >> 8)}.${i & 255}\n`,
      );
      site.append('one.log', lines.map((line) => line.repeat(3)).join(''));
      const took = await watch((status) => status.includes('Currently banned",500'));
      const more = watch(() => site.rules().size === 500);
      expectSoon([...took, ...(await more)].sort((a, b) => a - b));
    },
    LATER_MS,
  );
});

test(
  'twenty clients at once get their own answers, and each change is made once',
  async () => {
    site = new ServerSite();
    site.write('one.log', '');
    await site.up();
    const clients = await Promise.all(Array.from({ length: 20 }, () => site.client()));
    const rounds = 6;
    await Promise.all(
      clients.map(async (client, number) => {
        for (let round = 0; round < rounds; round++) {
          const id = `198.51.${number}.${round + 1}`;
          expect(await client.request(['echo', id, 'x'])).toEqual([id, 'x']);
          expect(await client.request(['set', 'one', 'banip', id])).toBe(1);
          expect(await client.request(['get', 'one', 'banned', id])).toBe(1);
          if (round % 3 === 0) expect(await client.request(['set', 'one', 'unbanip', id])).toBe(1);
          await expect(client.request(['nope', id])).rejects.toThrow('Invalid command');
        }
        client.close();
      }),
    );
    const left = 20 * (rounds - rounds / 3);
    await site.until('all is carried out', () => site.rules().size === left);
    expect([...site.rules().values()].every((times) => times === 1)).toBe(true);
    expect(await site.ask('get', 'one', 'banned')).toHaveLength(left);
    await site.down();
  },
  LATER_MS,
);
