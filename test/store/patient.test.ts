/** A store that waits for room: what cannot be written now is written later, in order, each transaction whole. */
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/core/store/memory.js';
import { patient } from '../../src/core/store/patient.js';
import type { Store } from '../../src/core/store/store.js';
import { StoreError } from '../../src/core/store/store-error.js';
import { describeStore } from './contract.js';
import { ban, failing, mark, position } from './samples.js';

describeStore('a patient store with room', {
  open: async () => patient(new MemoryStore(), { onTrouble: () => {} }).store,
});

/** A store whose disk is full when told. */
function crowded() {
  const memory = new MemoryStore();
  let full = false;
  let after = 0;
  const inner = new Proxy(memory, {
    get(target, name: keyof Store) {
      const value: unknown = target[name];
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const writes = /^(?:add|update|mark|leave|end|save|change|drop|forget|note)/.test(name);
        if (full && writes && after-- <= 0) throw new StoreError('store-full', 'No space is left');
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  }) as Store;
  const said: (string | undefined)[] = [];
  const made = patient(inner, { onTrouble: (message) => said.push(message) });
  return {
    ...{ memory, said, made, store: made.store },
    fill: (writesLeft = 0) => {
      full = true;
      after = writesLeft;
    },
    free: () => {
      full = false;
      // The next try is due.
      const { now } = performance;
      performance.now = () => now.call(performance) + 10_000;
      made.retry();
      performance.now = now;
    },
  };
}

describe('on a full disk', () => {
  test('nothing is refused, and all of it is there in order once there is room', () => {
    const { store, memory, made, said, fill, free } = crowded();
    store.addBan(ban('192.0.2.1'));
    fill();
    store.transaction(() => {
      store.addBans([ban('192.0.2.2'), ban('192.0.2.3')]);
      store.savePosition('sshd', position('/a', { offsetBytes: 10 }));
    });
    store.markBans('sshd', 'nft', [['192.0.2.2', mark('done')]]);
    store.endBans('sshd', ['192.0.2.1'], { atSec: 5, by: 'expired' });
    store.addTotals('sshd', { failed: 2, banned: 1 });
    store.addTotals('sshd', { failed: 3, banned: 1 });
    store.saveFailing('sshd', [failing('192.0.2.8')]);
    expect(made.trouble).toBe('No space is left');
    expect(memory.bans('sshd').map(({ id }) => id)).toEqual(['192.0.2.1']);
    free();
    expect(made.trouble).toBeUndefined();
    expect(memory.bans('sshd').map(({ id, marks }) => [id, Object.keys(marks)])).toEqual([
      ['192.0.2.2', ['nft']],
      ['192.0.2.3', []],
    ]);
    expect(memory.totals('sshd')).toEqual({ failed: 5, banned: 2 });
    expect(memory.failing('sshd')).toHaveLength(1);
    expect(said).toEqual(['No space is left', undefined]);
    store.addBan(ban('192.0.2.9'));
    expect(memory.bans('sshd')).toHaveLength(3);
  });

  test('a transaction that breaks in its midst is written later, whole', () => {
    const { store, memory, fill, free } = crowded();
    fill(1);
    const answer = store.transaction(() => {
      store.addBan(ban('192.0.2.1'));
      store.savePosition('sshd', position('/a', { offsetBytes: 10 }));
      return 'done';
    });
    expect(answer).toBe('done');
    expect(memory.bans('sshd')).toEqual([]);
    free();
    expect(memory.bans('sshd')).toHaveLength(1);
    expect(memory.positions('sshd')).toHaveLength(1);
  });

  test('what the work itself refuses has not happened, now or later', () => {
    const { store, memory, fill, free } = crowded();
    fill();
    store.addBan(ban('192.0.2.1'));
    expect(() =>
      store.transaction(() => {
        store.addBan(ban('192.0.2.2'));
        throw new Error('no');
      }),
    ).toThrow('no');
    free();
    expect(memory.bans('sshd').map(({ id }) => id)).toEqual(['192.0.2.1']);
  });

  test('of who is failing only the last that is known waits', () => {
    const { store, memory, fill, free } = crowded();
    store.changeFailing('sshd', [failing('a'), failing('b')], []);
    fill();
    expect(store.isBehind).toBe(false);
    for (let weight = 1; weight <= 1000; weight++)
      store.changeFailing('sshd', [failing('c', { weight })], ['a']);
    store.changeFailing('sshd', [failing('a', { weight: 4 })], ['b']);
    store.changeFailing('mail', [failing('x')], []);
    store.saveFailing('mail', []);
    expect(store.isBehind).toBe(true);
    free();
    expect(store.isBehind).toBe(false);
    const weights = memory.failing('sshd').map(({ id, weight }) => [id, weight]);
    expect(weights.sort()).toEqual([
      ['a', 4],
      ['c', 1000],
    ]);
    expect(memory.failing('mail')).toEqual([]);
  });

  test('how far logs were read is known all the same', () => {
    const { store, fill } = crowded();
    store.savePosition('sshd', position('/a', { offsetBytes: 1 }));
    store.savePosition('sshd', position('/b', { offsetBytes: 1 }));
    fill();
    store.savePosition('sshd', position('/a', { offsetBytes: 7 }));
    store.savePosition('sshd', position('/a', { offsetBytes: 9 }));
    store.dropPosition('sshd', '/b');
    store.savePosition('sshd', position('/c', { offsetBytes: 3 }));
    expect(store.positions('sshd').map(({ path, offsetBytes }) => [path, offsetBytes])).toEqual([
      ['/a', 9],
      ['/c', 3],
    ]);
  });

  test('any other trouble is a trouble', () => {
    const { store } = crowded();
    const broken = patient(
      new Proxy(store, {
        get: (target, name: keyof Store) =>
          name === 'addBan'
            ? () => {
                throw new StoreError('store-damaged', 'torn');
              }
            : target[name],
      }),
      { onTrouble: () => {} },
    );
    expect(() => broken.store.addBan(ban('192.0.2.1'))).toThrow('torn');
    expect(broken.trouble).toBeUndefined();
  });

  test('a disk that refuses to flush is a trouble, and who asked goes on', async () => {
    const memory = new MemoryStore();
    const said: (string | undefined)[] = [];
    memory.durable = () => Promise.reject(new StoreError('store-failed', 'i/o error'));
    const made = patient(memory, { onTrouble: (message) => said.push(message) });
    await made.store.durable();
    await made.store.durable();
    expect(said).toEqual(['i/o error']);
    memory.durable = () => Promise.reject(new TypeError('a bug'));
    await expect(made.store.durable()).rejects.toThrow('a bug');
  });
});
