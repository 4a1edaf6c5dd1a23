import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { MemoryStore } from '../../src/core/store/memory.js';
import { openForReading, openForWriting } from '../../src/core/store/open.js';
import type { Store } from '../../src/core/store/store.js';
import { describeStore } from './contract.js';
import { ban, failing, mark, NOW, past } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();
const options = { waitMs: 0, clock: new ManualClock(NOW), command: 'f2b test' };

let path = '';
describeStore('the store in SQLite', {
  open: () => openForWriting((path = newPath()), options),
  reopen: () => openForWriting(path, options),
});

describe('the store in SQLite', () => {
  test('does what the one in memory does, whatever comes', async () => {
    // A fixed sequence: the same calls every time.
    let seed = 20261121;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % below;
    };
    const sqlite = await openForWriting(newPath(), options);
    const memory = new MemoryStore();
    const id = () => `10.0.0.${random(12)}`;
    const ids = () => Array.from({ length: 1 + random(4) }, id);
    const jail = () => ['sshd', 'mail'][random(2)]!;
    const ends = ['expired', 'manual', 'stop', 'removed'] as const;
    let now = NOW;
    const moves: (() => (store: Store) => unknown)[] = [
      () => {
        const one = ban(id(), {
          jail: jail(),
          timeSec: now,
          banTimeSec: [-1, 60, 600, 6000][random(4)]!,
          banCount: 1 + random(5),
          restored: random(4) === 0,
        });
        return (store) => store.addBan(one);
      },
      () => {
        const where = jail();
        const some = [...new Set(ids())].map((one, i) => ban(one, { jail: where, timeSec: now + i / 8 }));
        return (store) => store.addBans(some);
      },
      () => {
        const one = ban(id(), { jail: jail(), timeSec: now, banTimeSec: 1200, restored: random(2) === 0 });
        return (store) => store.updateBan(one);
      },
      () => {
        const [where, some, state] = [
          jail(),
          ids(),
          (['begun', 'done', 'failed', undefined] as const)[random(4)],
        ];
        const action = ['nft', 'mail'][random(2)]!;
        return (store) =>
          store.markBans(
            where,
            action,
            some.map((one) => [one, state && mark(state)]),
          );
      },
      () => {
        const [where, some, by] = [jail(), ids(), ends[random(4)]!];
        return (store) => store.leaveBans(where, some, by);
      },
      () => {
        const [where, some, end] = [jail(), ids(), { atSec: now, by: ends[random(4)]! }];
        return (store) => store.endBans(where, some, end);
      },
      () => {
        const [where, some] = [jail(), random(9) === 0 ? undefined : ids()];
        return (store) => store.forget(where, some);
      },
      () => {
        const [where, some] = [jail(), [...new Set(ids())].map((one) => failing(one, { weight: random(3) }))];
        return (store) => store.saveFailing(where, some);
      },
      () => {
        const atSec = now;
        return (store) => store.purge(atSec, 3000);
      },
    ];
    const stateOf = (store: Store) => [
      ...['sshd', 'mail'].map((where) => ({
        bans: store.bans(where),
        failing: [...store.failing(where)].sort((a, b) => (a.id < b.id ? -1 : 1)),
        restorable: store.restorable(where, now),
      })),
      store.jails(),
      store.past({}),
      Array.from({ length: 12 }, (_, i) => [
        store.reputation(`10.0.0.${i}`, 'sshd'),
        store.reputation(`10.0.0.${i}`, undefined),
        store.past({ id: `10.0.0.${i}`, limit: 2 }),
      ]),
    ];
    for (let step = 0; step < 600; step++) {
      now += 1 + random(100);
      const move = moves[random(moves.length)]!();
      const fails = random(10) === 0;
      for (const store of [sqlite, memory]) {
        try {
          store.transaction(() => {
            move(store);
            if (fails) throw new Error('taken back');
          });
        } catch (error) {
          if ((error as Error).message !== 'taken back') throw error;
        }
      }
      if (step % 6 !== 0) continue;
      const [one, other] = [stateOf(sqlite), stateOf(memory)];
      if (!isDeepStrictEqual(one, other)) expect({ step, state: one }).toEqual({ step, state: other });
    }
    sqlite.close();
  });

  test('is read while it is written to, and readers see whole transactions', async () => {
    const where = newPath();
    const writer = await openForWriting(where, options);
    writer.addBan(ban('192.0.2.1'));
    const reader = openForReading(where, options);
    writer.transaction(() => {
      writer.addBan(ban('192.0.2.2'));
      expect(reader.bans('sshd')).toHaveLength(1);
      writer.addBan(ban('192.0.2.3'));
    });
    expect(reader.bans('sshd')).toHaveLength(3);
    expect(() => reader.addBan(ban('192.0.2.4'))).toThrow(
      expect.objectContaining({ code: 'store-readonly' }),
    );
    reader.close();
    reader.close();
    writer.close();
    writer.close();
  });

  test('says how large it is, and gives space back after a purge', async () => {
    const store = await openForWriting(newPath(), options);
    const small = store.sizeBytes();
    store.addPast(Array.from({ length: 5000 }, (_, i) => past(`id ${i}`, { timeSec: NOW - 1e6 })));
    store.close();
    const full = await openForWriting(store.path!, options);
    expect(full.sizeBytes()).toBeGreaterThan(small + 500_000);
    expect(full.purge(NOW, 86_400)).toBe(5000);
    full.close();
    const purged = await openForWriting(store.path!, options);
    expect(purged.sizeBytes()).toBeLessThan(small + 100_000);
    purged.close();
  });

  test('is fast: 20,000 bans are added, marked and loaded in a moment', async () => {
    const store = await openForWriting(newPath(), options);
    const bans = Array.from({ length: 20_000 }, (_, i) => ban(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
    const timeMs = (work: () => void) => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    const addMs = timeMs(() => store.transaction(() => store.addBans(bans)));
    const markMs = timeMs(() =>
      store.markBans(
        'sshd',
        'nft',
        bans.map(({ id }) => [id, mark('begun')]),
      ),
    );
    const loadMs = timeMs(() => expect(store.bans('sshd').length).toBe(20_000));
    // About 210, 70 and 150 ms of processor time on a machine that is busy with other things.
    expect(addMs).toBeLessThan(1000);
    expect(markMs).toBeLessThan(500);
    expect(loadMs).toBeLessThan(1000);
    store.close();
  });
});
