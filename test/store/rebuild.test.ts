import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import type { LogRecord } from '../../src/core/events.js';
import { connect } from '../../src/core/store/driver.js';
import { openForReading, openForWriting } from '../../src/core/store/open.js';
import { rebuild } from '../../src/core/store/rebuild.js';
import { ban, failing, mark, NOW, past, position } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();
const PAGE = 4096;
const HISTORY = 3000;

/** A store of some hundred pages, closed. */
async function filled(): Promise<string> {
  const path = newPath();
  const store = await open(path);
  store.addBans([ban('192.0.2.1', { marks: { nft: mark('done') } }), ban('192.0.2.2')]);
  store.addPast(Array.from({ length: HISTORY }, (_, i) => past(`id ${i}`, { timeSec: NOW + i })));
  store.saveFailing('sshd', [failing('192.0.2.3')]);
  store.savePosition('sshd', position('/var/log/auth.log'));
  store.addTotals('sshd', { failed: 9, banned: 3 });
  store.saveOverride('sshd', 'maxretry', 4);
  store.saveFamily('sshd', 'nft', 'inet4', { state: 'started', bootId: 'b' });
  store.close();
  return path;
}

function open(path: string, records: LogRecord[] = []) {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 8, 55, 2) / 1000);
  return openForWriting(path, {
    waitMs: 0,
    clock,
    command: 'f2b test',
    log: (record) => records.push(record),
  });
}

function scribble(path: string, fromPage: number, pages = 1): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(pages * PAGE, 0xa5), 0, pages * PAGE, fromPage * PAGE);
  closeSync(file);
}

const copies = (path: string) => readdirSync(dirname(path)).filter((name) => name.includes('.damaged'));

describe('a damaged store', () => {
  test('whose beginning is lost is kept aside, started anew and reported once', async () => {
    const path = await filled();
    scribble(path, 0);
    const damaged = readFileSync(path);
    const records: LogRecord[] = [];
    const store = await open(path, records);
    store.addBan(ban('192.0.2.9'));
    expect(store.bans('sshd')).toEqual([ban('192.0.2.9')]);
    store.close();
    const copy = `${path}.damaged-20261121-085502`;
    expect(records).toEqual([
      {
        level: 'ERROR',
        logger: 'database',
        message: expect.stringMatching(
          new RegExp(
            `^The store ${path} was damaged. It has been rebuilt .*\\(bans 0, .* the damaged file is kept as ${copy}$`,
          ),
        ),
      },
    ]);
    expect(readFileSync(copy).equals(damaged)).toBe(true);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    (await open(path, records)).close();
    expect(records).toHaveLength(1);
    expect(copies(path)).toEqual([basename(copy)]);
  });

  test.each([1, 60, 120, 180, 260])('loses of its rows only those on the lost page %i', async (page) => {
    const path = await filled();
    const pages = statSync(path).size / PAGE;
    expect(pages).toBeGreaterThan(260);
    scribble(path, page);
    const what = rebuild(path, NOW);
    expect(what).toMatch(/was damaged/);
    const store = await open(path);
    const rows = store.past({ jail: 'sshd' }).length + store.bans('sshd').length;
    // A page holds about a dozen rows; the page of a table's root holds the way to all of them.
    if (page > 40) expect(rows).toBeGreaterThan(HISTORY - 40);
    for (const one of store.past({ limit: 5 })) expect(one.matches).toHaveLength(1);
    store.close();
  });

  test('that was cut off keeps what is left', async () => {
    const path = await filled();
    truncateSync(path, Math.floor(statSync(path).size / 2 / PAGE) * PAGE);
    rebuild(path, NOW);
    const store = await open(path);
    expect(store.past({}).length).toBeGreaterThan(200);
    expect(store.bans('sshd')).toEqual([
      ban('192.0.2.1', { marks: { nft: mark('done') } }),
      ban('192.0.2.2'),
    ]);
    store.close();
  });

  test('that is sound after all loses nothing', async () => {
    const path = await filled();
    const contents = async () => {
      const store = await open(path);
      const all = [
        store.bans('sshd'),
        store.past({}),
        store.failing('sshd'),
        store.positions('sshd'),
        store.totals('sshd'),
        store.overrides('sshd'),
        store.families('sshd'),
      ];
      store.close();
      return all;
    };
    const before = await contents();
    rebuild(path, NOW);
    expect(await contents()).toEqual(before);
  });

  test('that is found so while it is in use is rebuilt by the next writer', async () => {
    const path = await filled();
    scribble(path, 3, 300);
    const records: LogRecord[] = [];
    const first = await open(path, records);
    expect(() => first.past({})).toThrow(expect.objectContaining({ code: 'store-damaged' }));
    first.close();
    expect(records).toEqual([]);
    const second = await open(path, records);
    expect(records).toHaveLength(1);
    second.past({});
    second.addBan(ban('192.0.2.77'));
    second.close();
    (await open(path, records)).close();
    expect(records).toHaveLength(1);
  });

  test('is no reason for a reader to touch it', async () => {
    const path = await filled();
    scribble(path, 0);
    const before = readFileSync(path);
    const clock = new ManualClock(NOW);
    expect(() => openForReading(path, { clock, command: 'f2b status' })).toThrow(
      expect.objectContaining({ code: 'store-damaged', hint: expect.stringContaining('rebuilds it') }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('goes on being rebuilt when the first try was killed', async () => {
    // Killed while rows were copied: what it had is thrown away.
    const path = await filled();
    writeFileSync(`${path}.rebuilt-partial`, 'half');
    rebuild(path, NOW);
    const store = await open(path);
    expect(store.bans('sshd')).toHaveLength(2);
    store.close();
    // Killed just before the new file took the old one's place.
    const other = await filled();
    const db = connect(other, { mode: 'write' });
    db.exec(`vacuum into '${other}.rebuilt'`);
    db.close();
    scribble(other, 0);
    rebuild(other, NOW);
    expect(existsSync(`${other}.rebuilt`)).toBe(false);
    const again = await open(other);
    expect(again.bans('sshd')).toHaveLength(2);
    again.close();
  });
});
