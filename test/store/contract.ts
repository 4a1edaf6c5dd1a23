import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/core/store/store.js';
import { ban, entryOf, failing, mark, NOW, past, position } from './samples.js';

/** What any store does. `open` makes an empty one; `reopen` what the next process finds, where there is a next one. */
export function describeStore(
  name: string,
  { open, reopen }: { readonly open: () => Promise<Store>; readonly reopen?: () => Promise<Store> },
): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const again = async () => {
      if (!reopen) return;
      store.close();
      store = await reopen();
    };

    describe('bans', () => {
      test('come back as they went in, in order of being added', async () => {
        const bans = [
          ban('192.0.2.9'),
          ban('2001:db8::1', { timeSec: NOW + 0.123456, banTimeSec: -1, failures: 0, origin: 'manual' }),
          ban('192.0.2.1', { matches: [], data: {}, timeKind: 'int', timeSec: NOW - 100, restored: true }),
          ban('192.0.2.2', {
            marks: { nft: mark('done'), 'mail "x"': mark('failed', { reason: 'exit 1: ’' }) },
          }),
          ban('192.0.2.3', { leaving: 'expired' }),
          ban('joe', { family: undefined }),
        ];
        store.addBans(bans.slice(0, 3));
        for (const one of bans.slice(3)) store.addBan(one);
        await again();
        expect(store.bans('sshd')).toEqual(bans);
        expect(store.bans('other')).toEqual([]);
        expect(store.jails()).toEqual(['sshd']);
      });

      test.each([
        ['nothing', ''],
        ['NUL', 'a\0b'],
        ['a quote', `a'b"c`],
        ['half a surrogate pair', 'a\ud800'],
        ['what opens an escaped key', '\u0001"x"'],
        ['JSON', '["a"]'],
        ['a name of Object', '__proto__'],
        ['a line end', 'a\r\nb'],
        ['an astral character', '😀'],
        ['a space at the end', 'a '],
      ])('are found by an id with %s', async (_, id) => {
        const one = ban(id, { family: undefined, data: { user: id }, matches: [{ text: id }] });
        store.addBan(one);
        store.markBans('sshd', 'a', [[id, mark('done', { reason: id })]]);
        store.saveFailing('sshd', [failing(id)]);
        await again();
        expect(store.bans('sshd')).toEqual([{ ...one, marks: { a: mark('done', { reason: id }) } }]);
        expect(store.reputation(id, 'sshd')?.banCount).toBe(1);
        expect(store.past({ id })).toHaveLength(1);
        expect(store.failing('sshd')).toEqual([failing(id)]);
        store.endBans('sshd', [id], { atSec: NOW, by: 'expired' });
        expect(store.bans('sshd')).toEqual([]);
        store.forget('sshd', [id]);
        expect(store.past({ id })).toEqual([]);
      });

      test('of one jail are none of another', () => {
        store.addBan(ban('192.0.2.1'));
        store.addBan(ban('192.0.2.1', { jail: 'recidive', banTimeSec: -1 }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'expired' });
        expect(store.bans('sshd')).toEqual([]);
        expect(store.bans('recidive')).toHaveLength(1);
      });

      test('are updated in place, but for marks and leaving', async () => {
        store.addBans([
          ban('192.0.2.1', { marks: { nft: mark('done') }, leaving: 'expired' }),
          ban('192.0.2.2'),
        ]);
        const longer = ban('192.0.2.1', {
          timeSec: NOW + 60,
          banTimeSec: 1200,
          failures: 5,
          restored: true,
          data: {},
        });
        store.updateBan(longer);
        store.updateBan(ban('192.0.2.99'));
        await again();
        expect(store.bans('sshd')).toEqual([
          { ...longer, marks: { nft: mark('done') }, leaving: 'expired' },
          ban('192.0.2.2'),
        ]);
        expect(store.past({ id: '192.0.2.1' })).toEqual([entryOf(longer)]);
        expect(store.reputation('192.0.2.1', 'sshd')).toMatchObject({ timeSec: NOW + 60, banTimeSec: 1200 });
        expect(store.past({ id: '192.0.2.99' })).toEqual([]);
      });

      test('are marked action by action; a new mark replaces the old one whole', async () => {
        store.addBans([ban('192.0.2.1'), ban('192.0.2.2'), ban('192.0.2.3')]);
        store.markBans('sshd', 'nft', [
          ['192.0.2.1', mark('begun')],
          ['192.0.2.2', mark('begun')],
          ['192.0.2.3', mark('failed', { reason: 'exit 1' })],
          ['192.0.2.4', mark('done')],
        ]);
        store.markBans('sshd', 'mail', [['192.0.2.1', mark('skipped')]]);
        store.markBans('sshd', 'nft', [
          ['192.0.2.2', mark('done', { tries: 2 })],
          ['192.0.2.3', mark('done', { tries: 2 })],
        ]);
        store.markBans('sshd', 'mail', [['192.0.2.3', mark('done')]]);
        store.markBans('sshd', 'mail', [['192.0.2.3', undefined]]);
        store.markBans('other', 'nft', [['192.0.2.1', mark('failed')]]);
        store.markBans('sshd', 'nft', []);
        await again();
        expect(store.bans('sshd').map(({ marks }) => marks)).toEqual([
          { nft: mark('begun'), mail: mark('skipped') },
          { nft: mark('done', { tries: 2 }) },
          { nft: mark('done', { tries: 2 }) },
        ]);
      });

      test('leave, and are gone when they end', async () => {
        store.addBans([ban('192.0.2.1'), ban('192.0.2.2'), ban('192.0.2.3')]);
        store.leaveBans('sshd', ['192.0.2.1', '192.0.2.2', '192.0.2.77'], 'expired');
        expect(store.bans('sshd').map(({ leaving }) => leaving)).toEqual(['expired', 'expired', undefined]);
        expect(store.leaving('sshd')).toEqual(store.bans('sshd').slice(0, 2));
        expect(store.leaving('other')).toEqual([]);
        store.endBans('sshd', ['192.0.2.1', '192.0.2.77'], { atSec: NOW + 601, by: 'expired' });
        await again();
        expect(store.bans('sshd').map(({ id }) => id)).toEqual(['192.0.2.2', '192.0.2.3']);
        expect(store.past({ id: '192.0.2.1' })).toEqual([
          { ...past('192.0.2.1'), endedSec: NOW + 601, endedBy: 'expired' },
        ]);
      });

      test('do not hand marks of an ended ban to a later one', () => {
        store.addBan(ban('192.0.2.1', { marks: { nft: mark('done') } }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'expired' });
        store.addBan(ban('192.0.2.2'));
        expect(store.bans('sshd')).toEqual([ban('192.0.2.2')]);
      });

      test.each(['addBan', 'addBans'] as const)('end for a new one of the same id (%s)', (how) => {
        store.addBans([
          ban('192.0.2.1', { leaving: 'expired', marks: { nft: mark('failed') } }),
          ban('192.0.2.2'),
        ]);
        const later = ban('192.0.2.1', { timeSec: NOW + 700, banCount: 2 });
        if (how === 'addBan') store.addBan(later);
        else store.addBans([ban('192.0.2.3'), later, ban('192.0.2.4')]);
        expect(store.bans('sshd').filter(({ id }) => id === later.id)).toEqual([later]);
        expect(store.past({ id: later.id })).toEqual([
          entryOf(later),
          { ...past(later.id), endedSec: NOW + 700, endedBy: 'expired' },
        ]);
        expect(store.past({})).toHaveLength(how === 'addBan' ? 3 : 5);
      });

      test('are treated many at once, wherever they stand among others', async () => {
        const many = Array.from({ length: 90 }, (_, i) =>
          ban(`10.0.0.${i}`, { jail: i % 10 === 9 ? 'other' : 'sshd' }),
        );
        const mine = many.filter(({ jail }) => jail === 'sshd');
        const some = mine.filter((_, i) => i % 3 === 0);
        const ids = some.map(({ id }) => id).reverse();
        store.addBans(many);
        store.markBans(
          'sshd',
          'nft',
          ids.map((id) => [id, mark('done')]),
        );
        store.leaveBans('sshd', [...ids, '10.0.0.9'], 'manual');
        store.updateBans(some.map((one) => ({ ...one, banTimeSec: 7 })));
        await again();
        const expected = mine.map((one) =>
          some.includes(one)
            ? { ...one, banTimeSec: 7, marks: { nft: mark('done') }, leaving: 'manual' }
            : one,
        );
        expect(store.bans('sshd')).toEqual(expected);
        expect(store.bans('other')).toEqual(many.filter(({ jail }) => jail === 'other'));
        store.endBans('sshd', ids, { atSec: NOW, by: 'manual' });
        expect(store.bans('sshd')).toEqual(mine.filter((one) => !some.includes(one)));
        expect(store.past({ jail: 'sshd' }).filter(({ endedSec }) => endedSec === NOW)).toHaveLength(
          some.length,
        );
      });

      test('are found where they are after something was taken back', () => {
        const [one, two, three] = [ban('192.0.2.1'), ban('192.0.2.2'), ban('192.0.2.3')];
        store.addBans([one]);
        expect(() =>
          store.transaction(() => {
            store.addBans([two]);
            store.endBans('sshd', [one.id], { atSec: NOW, by: 'stop' });
            throw new Error('full');
          }),
        ).toThrow('full');
        store.addBans([three]);
        store.markBans('sshd', 'nft', [
          [one.id, mark('done')],
          [two.id, mark('failed')],
          [three.id, mark('begun')],
        ]);
        expect(store.bans('sshd')).toEqual([
          { ...one, marks: { nft: mark('done') } },
          { ...three, marks: { nft: mark('begun') } },
        ]);
      });

      test('come in numbers', () => {
        const many = Array.from({ length: 1000 }, (_, i) =>
          ban(`10.0.${i >> 8}.${i & 255}`, { timeSec: NOW + i }),
        );
        store.addBans(many);
        store.markBans(
          'sshd',
          'nft',
          many.map(({ id }) => [id, mark('done')]),
        );
        expect(store.bans('sshd')).toEqual(many.map((one) => ({ ...one, marks: { nft: mark('done') } })));
        store.endBans(
          'sshd',
          many.slice(1).map(({ id }) => id),
          { atSec: NOW, by: 'stop' },
        );
        expect(store.bans('sshd')).toHaveLength(1);
        expect(store.past({})).toHaveLength(1000);
      });
    });

    describe('history', () => {
      test('is newest first, of one id, of one jail, and not more than asked for', () => {
        store.addBan(ban('192.0.2.1', { timeSec: NOW }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW + 600, by: 'expired' });
        store.addBan(ban('192.0.2.2', { timeSec: NOW + 10 }));
        store.addBan(ban('192.0.2.1', { timeSec: NOW + 900, banCount: 2 }));
        store.addBan(ban('192.0.2.1', { timeSec: NOW + 800, jail: 'mail' }));
        const seen = (query: Parameters<Store['past']>[0]) =>
          store.past(query).map(({ id, jail, timeSec }) => [id, jail, timeSec - NOW]);
        expect(seen({})).toEqual([
          ['192.0.2.1', 'sshd', 900],
          ['192.0.2.1', 'mail', 800],
          ['192.0.2.2', 'sshd', 10],
          ['192.0.2.1', 'sshd', 0],
        ]);
        expect(seen({ limit: 2 })).toEqual(seen({}).slice(0, 2));
        expect(seen({ id: '192.0.2.1', jail: 'sshd' })).toEqual([seen({})[0], seen({})[3]]);
        expect(seen({ jail: 'mail' })).toEqual([seen({})[1]]);
        expect(seen({ id: '192.0.2.77' })).toEqual([]);
      });

      test('has a restored ban once, and it ends there', () => {
        store.addBan(ban('192.0.2.1', { timeSec: NOW, banTimeSec: 9000 }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW + 5, by: 'stop' });
        const entry = past('192.0.2.1', { banTimeSec: 9000 });
        expect(store.past({})).toEqual([{ ...entry, endedSec: NOW + 5, endedBy: 'stop' }]);
        store.addBan(ban('192.0.2.1', { timeSec: NOW, banTimeSec: 600, banCount: 2, restored: true }));
        expect(store.past({})).toEqual([entry]);
        expect(store.reputation('192.0.2.1', 'sshd')).toMatchObject({ banTimeSec: 9000, banCount: 1 });
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW + 600, by: 'expired' });
        expect(store.past({})).toEqual([{ ...entry, endedSec: NOW + 600, endedBy: 'expired' }]);
      });

      test('does not have a restored ban that it never knew', () => {
        store.addBan(ban('192.0.2.1', { restored: true }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'stop' });
        expect(store.past({})).toEqual([]);
      });

      test('takes entries from elsewhere', async () => {
        const old = past('192.0.2.1', {
          timeSec: NOW - 5000,
          origin: 'import',
          endedSec: NOW - 4000,
          endedBy: 'expired',
        });
        store.addPast([old, past('192.0.2.2', { banCount: 7, origin: 'import' })]);
        await again();
        expect(store.past({ id: '192.0.2.1' })).toEqual([old]);
        expect(store.reputation('192.0.2.2', 'sshd')?.banCount).toBe(7);
        expect(store.bans('sshd')).toEqual([]);
      });

      test('is forgotten, of some ids or of all; who is banned stays so', () => {
        store.addBans([ban('192.0.2.1'), ban('192.0.2.2'), ban('192.0.2.3', { jail: 'mail' })]);
        store.addPast([past('192.0.2.1', { timeSec: NOW - 9000 })]);
        store.forget('sshd', ['192.0.2.1']);
        expect(store.past({ id: '192.0.2.1' })).toEqual([]);
        expect(store.reputation('192.0.2.1', 'sshd')).toBeUndefined();
        expect(store.bans('sshd')).toHaveLength(2);
        store.updateBan(ban('192.0.2.1', { failures: 9 }));
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'manual' });
        expect(store.past({ id: '192.0.2.1' })).toEqual([]);
        store.forget('sshd');
        expect(store.past({}).map(({ id }) => id)).toEqual(['192.0.2.3']);
      });
    });

    describe('reputation', () => {
      test('is the latest ban of an id in a jail', () => {
        store.addBan(ban('192.0.2.1', { banCount: 4, banTimeSec: 4800 }));
        expect(store.reputation('192.0.2.1', 'sshd')).toEqual({
          id: '192.0.2.1',
          family: 'inet4',
          jail: 'sshd',
          timeSec: NOW,
          banTimeSec: 4800,
          banCount: 4,
        });
        store.endBans('sshd', ['192.0.2.1'], { atSec: NOW + 4801, by: 'expired' });
        store.addBan(ban('192.0.2.1', { timeSec: NOW + 5000, banCount: 5, banTimeSec: -1 }));
        expect(store.reputation('192.0.2.1', 'sshd')).toMatchObject({ banCount: 5, banTimeSec: -1 });
        expect(store.reputation('192.0.2.1', 'mail')).toBeUndefined();
        expect(store.reputation('192.0.2.2', 'sshd')).toBeUndefined();
        const counts = store.banCounts('sshd', ['192.0.2.2', '192.0.2.1', 'a\0b']);
        expect([...counts]).toEqual([['192.0.2.1', 5]]);
        store.addPast([
          past('192.0.2.1', { timeSec: NOW + 9000, banCount: 6 }),
          past('a\0b', { banCount: 2 }),
        ]);
        expect(store.banCounts('sshd', ['192.0.2.1', 'a\0b'])).toEqual(
          new Map([
            ['192.0.2.1', 6],
            ['a\0b', 2],
          ]),
        );
      });

      test('over all jails sums the counts and has the rest of the latest', () => {
        store.addBan(ban('192.0.2.1', { banCount: 4 }));
        store.addBan(ban('192.0.2.1', { jail: 'mail', banCount: 3, timeSec: NOW + 9, banTimeSec: 77 }));
        store.addPast([past('192.0.2.1', { timeSec: NOW - 9, banCount: 3 })]);
        expect(store.reputation('192.0.2.1', undefined)).toEqual({
          id: '192.0.2.1',
          family: 'inet4',
          jail: 'mail',
          timeSec: NOW + 9,
          banTimeSec: 77,
          banCount: 7,
        });
      });
    });

    describe('what can be restored', () => {
      test('is the latest ban of each id that is not over, oldest first', () => {
        store.addPast([
          past('192.0.2.1', { timeSec: NOW - 50 }),
          past('192.0.2.1', { timeSec: NOW - 500, banTimeSec: -1 }),
          past('192.0.2.2', { timeSec: NOW - 600 }),
          past('192.0.2.3', { timeSec: NOW - 599 }),
          past('192.0.2.4', { timeSec: NOW - 9e6, banTimeSec: -1 }),
          past('192.0.2.5', { timeSec: NOW - 50, endedSec: NOW - 20, endedBy: 'stop' }),
          past('192.0.2.6', { timeSec: NOW - 40, endedSec: NOW - 20, endedBy: 'expired' }),
          past('192.0.2.7', { timeSec: NOW - 50, endedSec: NOW - 20, endedBy: 'manual' }),
          past('192.0.2.8', { timeSec: NOW - 50, jail: 'mail' }),
        ]);
        store.addBan(ban('192.0.2.9'));
        const found = store.restorable('sshd', NOW).map(({ id }) => id.slice(8));
        expect(found).toEqual(['4', '3', '1', '5', '6']);
        expect(store.restorable('sshd', NOW)[0]).toEqual(
          past('192.0.2.4', { timeSec: NOW - 9e6, banTimeSec: -1 }),
        );
      });
    });

    describe('failing', () => {
      test('is read one by one too', () => {
        const many = Array.from({ length: 6000 }, (_, i) => failing(`id${i}`));
        store.saveFailing('sshd', [...many, failing('\ud800\0', { weight: 7 })]);
        store.saveFailing('mail', [failing('a', { weight: 5 })]);
        expect([...store.eachFailing('sshd')]).toEqual(store.failing('sshd'));
        expect([...store.eachFailing('none')]).toEqual([]);
        expect(store.oneFailing('sshd', 'id5999')).toEqual(failing('id5999'));
        expect(store.oneFailing('sshd', '\ud800\0')?.weight).toBe(7);
        expect(store.oneFailing('mail', 'a')?.weight).toBe(5);
        expect(store.oneFailing('mail', 'id1')).toBeUndefined();
      });

      test('changes one by one', async () => {
        store.saveFailing('sshd', [failing('a'), failing('b'), failing('c')]);
        store.saveFailing('mail', [failing('a')]);
        store.changeFailing('sshd', [failing('b', { weight: 2.5 }), failing('d')], ['a', 'nobody']);
        await again();
        expect(store.failing('sshd')).toEqual([failing('b', { weight: 2.5 }), failing('c'), failing('d')]);
        expect(store.failing('mail')).toEqual([failing('a')]);
      });

      test('is replaced for one jail', async () => {
        store.saveFailing('sshd', [
          failing('a'),
          failing('b', { matches: [], data: { n: [1, { x: null }] } }),
        ]);
        store.saveFailing('mail', [failing('c')]);
        store.saveFailing('sshd', [failing('b', { weight: 2.5 }), failing('d', { timeKind: 'int' })]);
        await again();
        expect(store.failing('sshd')).toEqual([
          failing('b', { weight: 2.5 }),
          failing('d', { timeKind: 'int' }),
        ]);
        expect(store.failing('mail')).toEqual([failing('c')]);
        expect(store.jails()).toEqual(['mail', 'sshd']);
        store.saveFailing('sshd', []);
        expect(store.failing('sshd')).toEqual([]);
        expect(store.jails()).toEqual(['mail']);
      });
    });

    describe('positions', () => {
      test('are saved by path, and dropped', async () => {
        const full = position('/var/log/auth.log', {
          device: 2 ** 52,
          inode: 12345678901,
          offsetBytes: 5e12,
          lastSec: NOW + 0.5,
          rotated: null,
        });
        store.savePosition('sshd', position('/var/log/auth.log'));
        store.savePosition('sshd', position('systemd-journal', { cursor: 's=abc;i=1' }));
        store.savePosition('sshd', full);
        store.savePosition('mail', position('/var/log/auth.log', { offsetBytes: 0 }));
        await again();
        expect(store.positions('sshd')).toEqual([full, position('systemd-journal', { cursor: 's=abc;i=1' })]);
        store.dropPosition('sshd', '/var/log/auth.log');
        store.dropPosition('sshd', '/var/log/none');
        expect(store.positions('sshd')).toHaveLength(1);
        expect(store.positions('mail')).toHaveLength(1);
      });
    });

    describe('families, totals and overrides', () => {
      test('of an action are started, and stopped', async () => {
        store.saveFamily('sshd', 'nft', 'inet4', { state: 'starting', bootId: 'boot-1' });
        store.saveFamily('sshd', 'nft', 'inet6', { state: 'started', bootId: 'boot-1' });
        store.saveFamily('sshd', 'nft', 'inet4', { state: 'started', bootId: 'boot-2' });
        store.saveFamily('sshd', 'mail', '', { state: 'started', bootId: 'boot-1' });
        await again();
        expect(store.families('sshd')).toEqual([
          { action: 'nft', family: 'inet4', state: 'started', bootId: 'boot-2' },
          { action: 'nft', family: 'inet6', state: 'started', bootId: 'boot-1' },
          { action: 'mail', family: '', state: 'started', bootId: 'boot-1' },
        ]);
        store.saveFamily('sshd', 'nft', 'inet6', undefined);
        store.saveFamily('sshd', 'nft', 'other', undefined);
        expect(store.families('sshd')).toHaveLength(2);
        expect(store.families('mail')).toEqual([]);
      });

      test('add up', async () => {
        expect(store.totals('sshd')).toEqual({ failed: 0, banned: 0 });
        store.addTotals('sshd', { failed: 5, banned: 1 });
        store.addTotals('sshd', { failed: 2, banned: 0 });
        await again();
        expect(store.totals('sshd')).toEqual({ failed: 7, banned: 1 });
      });

      test('hold until they are taken back', async () => {
        store.saveOverride('sshd', 'maxretry', 3);
        store.saveOverride('sshd', 'ignoreip', ['192.0.2.1', '::1']);
        store.saveOverride('sshd', 'bantime', null);
        store.saveOverride('sshd', 'maxretry', 5);
        await again();
        expect(store.overrides('sshd')).toEqual({
          maxretry: 5,
          ignoreip: ['192.0.2.1', '::1'],
          bantime: null,
        });
        store.saveOverride('sshd', 'ignoreip', undefined);
        expect(Object.keys(store.overrides('sshd'))).toEqual(['bantime', 'maxretry']);
        expect(store.overrides('mail')).toEqual({});
      });
    });

    describe('what was imported', () => {
      test('is known by id, up to when', async () => {
        store.noteImported('sshd', [
          ['192.0.2.1', NOW],
          ['a\0b', NOW + 5],
        ]);
        store.noteImported('sshd', [
          ['192.0.2.1', NOW - 9],
          ['a\0b', NOW + 9],
        ]);
        await again();
        expect([...store.imported('sshd')].sort()).toEqual([
          ['192.0.2.1', NOW],
          ['a\0b', NOW + 9],
        ]);
        expect(store.imported('mail').size).toBe(0);
      });
    });

    describe('purging', () => {
      const HOUR = 3600;
      const purge = () => store.purge(NOW, 24 * HOUR);

      test('takes history that is old, and leaves the latest of an id for three times its ban time more', () => {
        store.addPast([
          past('old', { timeSec: NOW - 25 * HOUR, banTimeSec: 600 }),
          past('young', { timeSec: NOW - 23 * HOUR, banTimeSec: 600 }),
          past('long', { timeSec: NOW - 25 * HOUR, banTimeSec: HOUR }),
          past('again', { timeSec: NOW - 26 * HOUR, banTimeSec: HOUR }),
          past('again', { timeSec: NOW - 25 * HOUR, banTimeSec: HOUR }),
          past('for ever', { timeSec: NOW - 999 * HOUR, banTimeSec: -1 }),
          past('for ever once', { timeSec: NOW - 999 * HOUR, banTimeSec: -1 }),
          past('for ever once', { timeSec: NOW - 99 * HOUR, banTimeSec: 600 }),
        ]);
        expect(purge()).toBe(4);
        expect(
          store
            .past({})
            .map(({ id }) => id)
            .sort(),
        ).toEqual(['again', 'for ever', 'long', 'young']);
        expect(purge()).toBe(0);
      });

      test('leaves what is banned', () => {
        store.addPast([past('192.0.2.1', { timeSec: NOW - 99 * HOUR })]);
        store.addBan(ban('192.0.2.1', { timeSec: NOW - 98 * HOUR }));
        store.addPast([past('192.0.2.2', { timeSec: NOW - 98 * HOUR })]);
        store.addBan(ban('192.0.2.2', { timeSec: NOW - 98 * HOUR, restored: true }));
        expect(purge()).toBe(1);
        expect(store.bans('sshd')).toHaveLength(2);
        expect(
          store
            .past({})
            .map(({ id }) => id)
            .sort(),
        ).toEqual(['192.0.2.1', '192.0.2.2']);
      });
    });

    describe('a transaction', () => {
      test('does everything and returns what its work returns', async () => {
        const result = store.transaction(() => {
          store.addBan(ban('192.0.2.1'));
          store.addTotals('sshd', { failed: 3, banned: 1 });
          return 'done';
        });
        await again();
        expect(result).toBe('done');
        expect(store.bans('sshd')).toHaveLength(1);
        expect(store.totals('sshd').failed).toBe(3);
      });

      test('does nothing when its work throws', async () => {
        store.addBan(ban('192.0.2.1'));
        const boom = new Error('boom');
        const work = () => {
          store.addBan(ban('192.0.2.2'));
          store.endBans('sshd', ['192.0.2.1'], { atSec: NOW, by: 'manual' });
          store.saveFailing('sshd', [failing('x')]);
          store.savePosition('sshd', position('/x'));
          store.saveFamily('sshd', 'a', '', { state: 'started', bootId: 'b' });
          store.addTotals('sshd', { failed: 1, banned: 1 });
          store.saveOverride('sshd', 'x', 1);
          throw boom;
        };
        expect(() => store.transaction(work)).toThrow(boom);
        await again();
        expect(store.bans('sshd')).toEqual([ban('192.0.2.1')]);
        expect(store.past({})).toEqual([past('192.0.2.1')]);
        expect(store.failing('sshd')).toEqual([]);
        expect(store.positions('sshd')).toEqual([]);
        expect(store.families('sshd')).toEqual([]);
        expect(store.totals('sshd')).toEqual({ failed: 0, banned: 0 });
        expect(store.overrides('sshd')).toEqual({});
      });

      test('inside another fails alone, when the outer one goes on', () => {
        store.transaction(() => {
          store.addBan(ban('192.0.2.1'));
          expect(() =>
            store.transaction(() => {
              store.addBan(ban('192.0.2.2'));
              throw new Error('inner');
            }),
          ).toThrow('inner');
          store.transaction(() => store.addBan(ban('192.0.2.3')));
        });
        expect(store.bans('sshd').map(({ id }) => id)).toEqual(['192.0.2.1', '192.0.2.3']);
      });

      test('does not wait for anything', () => {
        expect(() =>
          store.transaction(async () => {
            store.addBan(ban('192.0.2.1'));
          }),
        ).toThrow(/cannot wait/);
        expect(store.bans('sshd')).toEqual([]);
      });
    });
  });
}
