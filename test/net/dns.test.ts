import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { parseAddress } from '../../src/core/net/address.js';
import { createResolver, type DnsLookups } from '../../src/core/net/dns.js';

function fakeLookups(names: Record<string, string[]>): DnsLookups & { asked: string[] } {
  const asked: string[] = [];
  const answer = (key: string) => {
    asked.push(key);
    const found = names[key];
    return found
      ? Promise.resolve(found)
      : Promise.reject(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }));
  };
  return { asked, lookup: answer, reverse: answer };
}

async function resolveTexts(resolver: ReturnType<typeof createResolver>, name: string): Promise<string[]> {
  return (await resolver.resolve(name)).addresses.map((address) => address.text);
}

describe('a resolver', () => {
  test('gives each address of a name once, normalised', async () => {
    const lookups = fakeLookups({
      'a.example': ['192.0.2.1', '::ffff:192.0.2.1', '2001:DB8::1', 'fe80::1%eth0'],
    });
    expect(await resolveTexts(createResolver({ lookups }), 'a.example')).toEqual([
      '192.0.2.1',
      '2001:db8::1',
      'fe80::1',
    ]);
  });

  test.each([
    ['1.2.3', ['1.2.0.3']],
    ['1.2.3.4', ['1.2.3.4']],
    ['2001:db8::1', ['2001:db8::1']],
    ['1:2', []],
    ['a..b', []],
    ['x'.repeat(64), []],
    ['a b', []],
    ['1.2.3.4/24', []],
  ])('answers %p without a name server', async (name, expected) => {
    const lookups = fakeLookups({});
    expect(await resolveTexts(createResolver({ lookups }), name)).toEqual(expected);
    expect(lookups.asked).toEqual([]);
  });

  test('says why a name has no address', async () => {
    const resolver = createResolver({ lookups: fakeLookups({ 'empty.example': [] }) });
    expect(await resolver.resolve('gone.example')).toEqual({ addresses: [], error: 'ENOTFOUND' });
    expect(await resolver.resolve('empty.example')).toEqual({ addresses: [], error: 'no address' });
  });

  test('asks once for a name and again after five minutes, failures included', async () => {
    const clock = new ManualClock(1000);
    const lookups = fakeLookups({ 'a.example': ['192.0.2.1'] });
    const resolver = createResolver({ lookups, clock });
    for (const name of ['a.example', 'gone.example', 'a.example', 'gone.example'])
      await resolver.resolve(name);
    expect(lookups.asked).toEqual(['a.example', 'gone.example']);
    clock.advance(299);
    await resolver.resolve('a.example');
    expect(lookups.asked).toHaveLength(2);
    clock.advance(1);
    await resolver.resolve('a.example');
    expect(lookups.asked).toEqual(['a.example', 'gone.example', 'a.example']);
  });

  test('askers at the same time share one look-up', async () => {
    const lookups = fakeLookups({ 'a.example': ['192.0.2.1'] });
    const resolver = createResolver({ lookups });
    await Promise.all([resolver.resolve('a.example'), resolver.resolve('a.example')]);
    expect(lookups.asked).toEqual(['a.example']);
  });

  test('forgets the oldest answer when it is full', async () => {
    const lookups = fakeLookups({});
    const resolver = createResolver({ lookups, maxEntries: 2 });
    for (const name of ['a.x', 'b.x', 'c.x', 'b.x', 'a.x']) await resolver.resolve(name);
    expect(lookups.asked).toEqual(['a.x', 'b.x', 'c.x', 'a.x']);
  });

  test('gives up on a silent name server', async () => {
    const lookups: DnsLookups = { lookup: () => new Promise(() => {}), reverse: () => new Promise(() => {}) };
    const resolver = createResolver({ lookups, timeoutMs: 20 });
    expect(await resolver.resolve('slow.example')).toEqual({
      addresses: [],
      error: 'no answer within 20 ms',
    });
    expect(await resolver.reverse(parseAddress('192.0.2.1')!)).toBeUndefined();
  });

  test('knows the name of an address, not of a network', async () => {
    const lookups = fakeLookups({ '192.0.2.1': ['a.example', 'b.example'] });
    const resolver = createResolver({ lookups });
    expect(await resolver.reverse(parseAddress('192.0.2.1')!)).toBe('a.example');
    expect(await resolver.reverse(parseAddress('192.0.2.2')!)).toBeUndefined();
    expect(await resolver.reverse(parseAddress('192.0.2.0/24')!)).toBeUndefined();
    expect(lookups.asked).toEqual(['192.0.2.1', '192.0.2.2']);
  });
});
