import { describe, expect, test } from '@jest/globals';
import { type IpAddress, parseAddress } from '../../src/core/net/address.js';
import { NetworkMap } from '../../src/core/net/network-map.js';
import { seededRandom } from '../jail/seeded-random.js';

const at = (text: string): IpAddress => parseAddress(text)!;

function mapOf(...networks: string[]): NetworkMap<string> {
  const map = new NetworkMap<string>();
  for (const network of networks) map.set(at(network), network);
  return map;
}

const NETWORKS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3',
  '128.0.0.0/1',
  '2001:db8::/32',
  '2001:db8::/127',
  'fe80::1',
];

describe('NetworkMap', () => {
  test.each([
    ['10.1.2.3', ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']],
    ['10.2.2.3', ['0.0.0.0/0', '10.0.0.0/8']],
    ['203.0.113.1', ['0.0.0.0/0', '128.0.0.0/1']],
    ['2001:db8::1', ['2001:db8::/32', '2001:db8::/127']],
    ['2001:db8::2', ['2001:db8::/32']],
    ['fe80::1', ['fe80::1']],
    ['fe80::2', []],
    ['10.1.0.0/24', ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16']],
    ['10.0.0.0/7', ['0.0.0.0/0', '10.0.0.0/8']],
  ])('finds what %s is in, widest first: %p', (address, networks) => {
    expect([...mapOf(...NETWORKS).covering(at(address))]).toEqual(networks);
    expect(mapOf(...NETWORKS).covers(at(address))).toBe(networks.length > 0);
  });

  test('forgets what is taken away, and only that', () => {
    const map = mapOf('10.0.0.0/8', '11.0.0.0/8', '10.1.0.0/16');
    expect(map.delete(at('10.0.0.0/8'))).toBe(true);
    expect(map.delete(at('10.0.0.0/8'))).toBe(false);
    expect(map.delete(at('10.0.0.0/9'))).toBe(false);
    expect([...map.covering(at('10.1.0.1'))]).toEqual(['10.1.0.0/16']);
    expect(map.covers(at('11.0.0.1'))).toBe(true);
    expect(map.get(at('11.0.0.0/8'))).toBe('11.0.0.0/8');
    expect(map.size).toBe(2);
  });

  test('holds one value for a network, the last', () => {
    const map = mapOf('10.0.0.0/8');
    map.set(at('10.9.9.9/8'), 'again');
    expect([map.size, ...map.covering(at('10.0.0.1'))]).toEqual([1, 'again']);
  });

  test('agrees with asking each network in turn', () => {
    const random = seededRandom(3);
    const any = (bytes: number, few: number) =>
      Array.from({ length: bytes }, () => Math.floor(random() * few) * (256 / few)).map(Math.floor);
    for (const [bytes, separator] of [
      [4, '.'],
      [8, ':'],
    ] as const) {
      const word = () => any(bytes, 3).map((n) => n.toString(bytes === 4 ? 10 : 16));
      const networks = Array.from({ length: 300 }, () =>
        at(`${word().join(separator)}/${Math.floor(random() * (bytes === 4 ? 33 : 129))}`),
      );
      const map = new NetworkMap<string>();
      for (const network of networks) map.set(network, `${network.text}/${network.prefix}`);
      for (let i = 0; i < 300; i++) {
        const address = at(word().join(separator));
        const slow = new Set(
          networks.filter((network) => network.contains(address)).map((n) => `${n.text}/${n.prefix}`),
        );
        expect(new Set(map.covering(address))).toEqual(slow);
      }
    }
  });

  test('answers as quickly for 100,000 networks', () => {
    const map = new NetworkMap<number>();
    for (let i = 0; i < 100_000; i++)
      map.set(at(`${i >> 16}.${(i >> 8) & 255}.${i & 255}.0/${17 + (i % 8)}`), i);
    const address = at('192.0.2.1');
    const began = performance.now();
    for (let i = 0; i < 10_000; i++) map.covers(address);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
