/**
 * The clock of the machine is set while a server runs, forward and back: it goes on, nobody is let in earlier or later for
 * it, and failures count as before. The wall clock is injected: node's Date is ahead by what a file says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { JAIL, ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const DAY = 86_400;
const BAN_SEC = 10;

/** In the server and in its threads. */
const SHIM = `
const { readFileSync } = require('node:fs');
const own = Date.now.bind(Date);
let ahead = 0, next = 0;
function now() {
  if (own() > next) {
    next = own() + 20;
    try { ahead = Number(readFileSync('DIR/ahead', 'utf8')) || 0; } catch {}
  }
  return own() + ahead * 1000;
}
globalThis.Date = class extends Date {
  constructor(...args) { if (args.length === 0) super(now()); else super(...args); }
  static now() { return now(); }
};
`;

/** A server whose clock is set by what this returns. */
async function begin(): Promise<(ahead: number) => void> {
  site = new ServerSite({
    through: ['env', 'NODE_OPTIONS=--require DIR/etc/clock.cjs'],
    files: { 'clock.cjs': SHIM, 'jail.local': JAIL.replace('bantime = 1h', `bantime = ${BAN_SEC}`) },
  });
  const set = (ahead: number) => site.write('ahead', String(ahead));
  set(0);
  site.write('one.log', '');
  await site.up();
  return set;
}

test('a clock that jumps a day ahead and two days back ends no ban early, late or never', async () => {
  const set = await begin();
  const banned = async (id: string) => {
    await site.until(`${id} is banned`, () => site.rules().has(id));
    return performance.now();
  };
  const gone = async (id: string, since: number) => {
    await site.until(`${id} is let in`, () => !site.rules().has(id));
    const tookSec = (performance.now() - since) / 1000;
    expect(tookSec).toBeGreaterThan(BAN_SEC - 3);
    expect(tookSec).toBeLessThan(BAN_SEC + 4);
  };
  site.attack('192.0.2.1');
  const first = await banned('192.0.2.1');
  site.attack('192.0.2.2', { times: 2 });
  await site.until('its failures are known', async () => {
    return JSON.stringify(await site.try('status', 'one')).includes('"Total failed",5');
  });

  set(DAY);
  await site.until('that is noticed', () => site.said('The clock was set forward by 1d').length === 1);
  await sleep(1500);
  expect([...site.rules().keys()]).toEqual(['192.0.2.1']);
  // By the new time it is the third failure within findtime.
  site.attack('192.0.2.2', { times: 1, agoSec: -DAY });
  const second = await banned('192.0.2.2');
  await gone('192.0.2.1', first);

  set(-DAY);
  await site.until('that is noticed, too', () => site.said('The clock was set back by 2d').length === 1);
  await gone('192.0.2.2', second);
  expect(await site.ask('ping')).toBe('pong');
  expect(site.said('Unban')).toHaveLength(2);
  expect(site.said('expired bantime')).toHaveLength(0);
  await site.down();
}, 90_000);

// src/core/source/follow-files.ts times its looks by the wall clock, and so waits until that has caught up.
test('lines that are written after the clock was set back are read at once', async () => {
  const set = await begin();
  site.attack('192.0.2.1');
  await site.until('it is banned', () => site.rules().has('192.0.2.1'));
  set(-DAY);
  await site.until('that is noticed', () => site.said('The clock was set back by 1d').length === 1);
  site.attack('192.0.2.3', { agoSec: DAY });
  await site.until('it is banned', () => site.rules().has('192.0.2.3'), 5000);
  await site.down();
}, 60_000);
