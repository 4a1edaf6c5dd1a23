/** A mail that takes its time holds up other mails, not the firewall. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

test('who comes while mails are under way is banned before they are through, and each mail is sent once', async () => {
  site = new ServerSite({
    files: { 'action.d/mailbox.conf': '[Definition]\nactionban = sleep 1; echo <ip> >> DIR/mails\n' },
  });
  site.write('one.log', '');
  await site.up();
  const first = Array.from({ length: 8 }, (_, i) => `192.0.2.${i + 1}`);
  const now = Math.floor(Date.now() / 1000);
  site.append('one.log', first.map((id) => `${now} fail ${id}\n`.repeat(3)).join(''));
  await site.until('they are in the firewall', () => site.rules().size === first.length);
  await sleep(300);
  site.attack('198.51.100.1');
  await site.until('the next one is, too', () => site.rules().has('198.51.100.1'), 4000);
  expect(site.mails.length).toBeLessThan(5);
  // The answer tells that all is done; the firewall is first.
  const answer = site.ask('set', 'one', 'unbanip', '192.0.2.3');
  await site.until('one is let go', () => !site.rules().has('192.0.2.3'), 4000);
  expect(site.mails.length).toBeLessThan(7);
  expect(await answer).toBe(1);
  const mailed = [...first, '198.51.100.1'].filter((id) => id !== '192.0.2.3');
  await site.until('all mails are sent', () => mailed.every((id) => site.mails.includes(id)), 30_000);
  await sleep(1500);
  expect(new Set(site.mails).size).toBe(site.mails.length);
  expect([...site.rules().values()].every((times) => times === 1)).toBe(true);
  const outline = String(await site.ask('f2b-outline'));
  expect(outline).not.toContain('"pending"');
  await site.down();
}, 60_000);
