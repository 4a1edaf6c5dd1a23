import { describe, expect, test } from '@jest/globals';
import { BanBook } from '../../src/core/jail/ban-book.js';
import { parseAddress } from '../../src/core/net/address.js';
import { type Ban, type BanId, endOf, type HeldBan } from '../../src/core/records.js';
import { seededRandom } from './seeded-random.js';

const NOW = 1_795_000_000;

function idOf(id: string): BanId {
  return { id, family: parseAddress(id)?.family };
}

function ban(id: string, atSec = 0, banTimeSec = 600, more: Partial<Ban> = {}): Ban {
  return {
    ...idOf(id),
    ...{ jail: 'j', timeSec: NOW + atSec, timeKind: 'float', banTimeSec, banCount: 1, failures: 3 },
    ...{ matches: [], data: {}, restored: false, origin: 'log' },
    ...more,
  };
}

function bookOf(...bans: readonly Ban[]): BanBook {
  const book = new BanBook();
  for (const one of bans) book.add(one, NOW);
  return book;
}

const ids = (bans: readonly HeldBan[]) => bans.map(({ id }) => id);

describe('a ban that is entered', () => {
  test('is new where the id is not banned', () => {
    const book = new BanBook();
    expect(book.add(ban('192.0.2.1'), NOW)).toEqual({
      kind: 'new',
      ban: { ...ban('192.0.2.1'), marks: {} },
      replaced: undefined,
    });
    expect([book.size, book.bannedTotal, book.has('192.0.2.1')]).toEqual([1, 1, true]);
  });

  test.each([
    [-601, 'expired'],
    [-600, 'new'],
    [-599, 'new'],
  ])('from %i s ago for 600 s is %s', (atSec, kind) => {
    expect(new BanBook().add(ban('192.0.2.1', atSec), NOW).kind).toBe(kind);
  });

  test.each<[number, number, string, number, boolean]>([
    // later by, for, level, ban time then, prolonged
    [0, 600, 'DEBUG', 600, false],
    [2.9, 600, 'DEBUG', 602, true],
    [3, 600, 'NOTICE', 603, true],
    [59, 600, 'NOTICE', 659, true],
    [60, 600, 'WARNING', 660, true],
    [60, 540, 'WARNING', 600, false],
    [60, 541, 'WARNING', 601, true],
    [60, -1, 'WARNING', -1, true],
    [-30, 600, 'DEBUG', 600, false],
  ])('%d s later for %i s is an old acquaintance', (lateSec, forSec, level, banTimeSec, prolonged) => {
    const book = bookOf(ban('192.0.2.1'));
    const again = book.add(ban('192.0.2.1', lateSec, forSec), NOW);
    expect(again).toMatchObject({ kind: 'already', level, prolonged, suspicious: lateSec > 3 });
    expect(book.get('192.0.2.1')).toMatchObject({ timeSec: NOW, banTimeSec });
    expect([book.size, book.bannedTotal]).toEqual([1, 1]);
  });

  test('does not shorten a permanent one', () => {
    const book = bookOf(ban('192.0.2.1', 0, -1));
    expect(book.add(ban('192.0.2.1', 5, 600), NOW)).toMatchObject({ prolonged: false });
    expect(book.get('192.0.2.1')?.banTimeSec).toBe(-1);
  });

  test('keeps what the first one rested on', () => {
    const book = bookOf(ban('192.0.2.1', 0, 600, { matches: [{ text: 'first' }] }));
    book.add(ban('192.0.2.1', 9, 600, { matches: [{ text: 'second' }] }), NOW);
    expect(book.get('192.0.2.1')?.matches).toEqual([{ text: 'first' }]);
  });

  test('replaces one that is leaving, and says so', () => {
    const book = bookOf(ban('192.0.2.1'));
    book.mark('fw', [['192.0.2.1', { state: 'done', step: 'ban', atSec: NOW, tries: 1 }]]);
    book.expire(NOW + 601);
    const again = book.add(ban('192.0.2.1', 602), NOW + 602);
    expect(again).toMatchObject({
      kind: 'new',
      ban: { marks: {} },
      replaced: { leaving: 'expired', marks: { fw: { state: 'done' } } },
    });
    expect(book.leaving()).toEqual([]);
    expect(book.bannedTotal).toBe(2);
  });
});

describe('a ban that ends', () => {
  test('ends when now is later, not when it is equal', () => {
    const book = bookOf(ban('192.0.2.1'));
    expect(book.nextEndSec).toBe(NOW + 600);
    expect(book.expire(NOW + 600)).toEqual([]);
    expect(book.expire(NOW + 600.001)).toMatchObject([{ id: '192.0.2.1', leaving: 'expired' }]);
    expect(book.expire(NOW + 9999)).toEqual([]);
    expect(book.nextEndSec).toBeUndefined();
  });

  test('counts no more, but is not forgotten until it is said to have ended', () => {
    const book = bookOf(ban('192.0.2.1'));
    book.expire(NOW + 601);
    expect([book.size, book.has('192.0.2.1'), ids(book.leaving())]).toEqual([0, false, ['192.0.2.1']]);
    expect(book.find('192.0.2.1')?.leaving).toBe('expired');
    book.end(['192.0.2.1']);
    expect([book.leaving(), book.find('192.0.2.1')]).toEqual([[], undefined]);
    expect(book.bannedTotal).toBe(1);
  });

  test('follows its ban time, longer or shorter', () => {
    const book = bookOf(ban('a', 0, 100), ban('b', 0, 100), ban('c', 0, 100));
    book.setBanTime('a', 200);
    book.setBanTime('b', 50);
    book.setBanTime('c', -1);
    expect(book.setBanTime('nobody', 1)).toBeUndefined();
    expect(ids(book.expire(NOW + 51))).toEqual(['b']);
    expect(ids(book.expire(NOW + 101))).toEqual([]);
    expect(ids(book.expire(NOW + 201))).toEqual(['a']);
    expect(ids(book.expire(NOW + 1e9))).toEqual([]);
  });

  test('follows a bantime that changes, unless it has its own', () => {
    const book = bookOf(ban('plain'), ban('longer', 0, 700), ban('forever', 0, -1));
    expect(ids(book.followBanTime(600, 60))).toEqual(['plain']);
    expect(ids(book.expire(NOW + 61))).toEqual(['plain']);
    expect(ids(book.list())).toEqual(['longer', 'forever']);
  });

  test('comes in order of its end, at most so many at once', () => {
    const book = bookOf(ban('c', 0, 30), ban('a', 0, 10), ban('b', 0, 20));
    expect(ids(book.expire(NOW + 100, 2))).toEqual(['a', 'b']);
    expect(ids(book.expire(NOW + 100, 2))).toEqual(['c']);
  });
});

describe('order', () => {
  const book = bookOf(ban('c', 0, -1), ban('a', 5, 600), ban('b', 0, 600), ban('d', 0, 605));

  test('is that of banning in a list', () => {
    expect(ids(book.list())).toEqual(['c', 'a', 'b', 'd']);
  });

  test('is that of the end where it is asked for, at the same end that of banning', () => {
    expect(ids(book.byEnd())).toEqual(['b', 'a', 'd', 'c']);
  });

  test('does not change when a ban is prolonged or marked', () => {
    const same = bookOf(ban('a'), ban('b'));
    same.add(ban('a', 10), NOW);
    same.mark('fw', [['a', { state: 'done', step: 'ban', atSec: NOW, tries: 1 }]]);
    expect(ids(same.list())).toEqual(['a', 'b']);
  });

  test('has an id last that was banned again', () => {
    const again = bookOf(ban('a'), ban('b'));
    again.unban([idOf('a')]);
    again.add(ban('a', 10), NOW);
    expect(ids(again.list())).toEqual(['b', 'a']);
  });
});

describe('unbanning', () => {
  const BANNED = ['10.1.2.3', '10.1.2.0/24', '10.2.0.1', '2001:db8::1', '2001:db8:1::/48', 'joe'];
  const banned = () => bookOf(...BANNED.map((id) => ban(id)));

  test.each<[string[], string[]]>([
    [['10.1.2.3'], ['10.1.2.3']],
    [['10.1.2.4'], []],
    [['10.1.2.0/24'], ['10.1.2.3', '10.1.2.0/24']],
    [['10.1.2.0/25'], ['10.1.2.3', '10.1.2.0/24']],
    [['10.1.2.128/25'], []],
    [['10.0.0.0/8'], ['10.1.2.3', '10.1.2.0/24', '10.2.0.1']],
    [['2001:db8::/32'], ['2001:db8::1', '2001:db8:1::/48']],
    [['joe'], ['joe']],
    [['jo'], []],
    [
      ['joe', '10.2.0.1', 'nobody', '10.2.0.0/16'],
      ['10.2.0.1', 'joe'],
    ],
    [[], []],
  ])('%p takes %p', (asked, taken) => {
    const book = banned();
    expect(ids(book.match(asked.map(idOf)))).toEqual(taken);
    expect(book.size).toBe(BANNED.length);
    expect(ids(book.unban(asked.map(idOf)))).toEqual(taken);
    expect(ids(book.list())).toEqual(BANNED.filter((id) => !taken.includes(id)));
    expect(book.leaving().every(({ leaving }) => leaving === 'manual')).toBe(true);
  });

  test('can take everybody', () => {
    const book = banned();
    expect(ids(book.leaveAll('stop'))).toEqual(BANNED);
    expect(book.leaving().map(({ leaving }) => leaving)).toEqual(BANNED.map(() => 'stop'));
    expect(book.size).toBe(0);
  });
});

describe('marks', () => {
  const done = { state: 'done', step: 'ban', atSec: NOW, tries: 1 } as const;

  test('are kept for each action, of standing and leaving bans', () => {
    const book = bookOf(ban('a'), ban('b'));
    book.unban([idOf('b')]);
    book.mark('fw', [
      ['a', done],
      ['b', done],
      ['nobody', done],
    ]);
    book.mark('mail', [['a', { ...done, state: 'failed', reason: 'no' }]]);
    expect(book.get('a')?.marks).toEqual({ fw: done, mail: { ...done, state: 'failed', reason: 'no' } });
    expect(book.find('b')?.marks).toEqual({ fw: done });
    book.mark('fw', [['a', undefined]]);
    expect(Object.keys(book.get('a')!.marks)).toEqual(['mail']);
  });

  test('stay when a ban is prolonged or leaves', () => {
    const book = bookOf(ban('a'));
    book.mark('fw', [['a', done]]);
    book.add(ban('a', 10), NOW);
    expect(book.get('a')?.marks).toEqual({ fw: done });
    expect(book.expire(NOW + 9999)[0]?.marks).toEqual({ fw: done });
  });
});

describe('a book that is loaded', () => {
  test('stands where the other one stood', () => {
    const first = bookOf(ban('a'), ban('b', 0, 60), ban('c'));
    first.unban([idOf('c')]);
    const kept = JSON.parse(JSON.stringify([...first.leaving(), ...first.list()])) as HeldBan[];
    const second = new BanBook();
    second.load(kept, 17);
    expect([second.list(), second.leaving(), second.bannedTotal]).toEqual([
      kept.slice(1),
      kept.slice(0, 1),
      17,
    ]);
    expect(ids(second.expire(NOW + 61))).toEqual(['b']);
  });
});

test('a book with 100,000 bans expires, marks and finds without looking at all of them', () => {
  const random = seededRandom(1);
  const book = new BanBook();
  const began = performance.now();
  for (let i = 0; i < 100_000; i++) {
    const id = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    book.add({ ...ban(id, 0, 1 + Math.floor(random() * 100_000)), family: 'inet4' }, NOW);
  }
  for (let i = 0; i < 20_000; i++) {
    book.mark('fw', [
      [`10.0.${(i >> 8) & 255}.${i & 255}`, { state: 'done', step: 'ban', atSec: NOW, tries: 1 }],
    ]);
  }
  let expired = 0;
  for (let sec = 0; sec < 50_000; sec++) {
    const gone = book.expire(NOW + sec);
    expect(gone.every((one) => endOf(one) < NOW + sec)).toBe(true);
    expired += gone.length;
    book.end(ids(gone));
  }
  expect(book.list().every((one) => endOf(one) >= NOW + 49_999)).toBe(true);
  expect(book.size + expired).toBe(100_000);
  expect(performance.now() - began).toBeLessThan(20_000);
});
