import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { UsageError } from '../../src/core/errors.js';
import type { LogRecord } from '../../src/core/events.js';
import type { IgnoreFiles } from '../../src/core/filter/ignore-file.js';
import { IgnoreList } from '../../src/core/filter/ignore-list.js';
import { parseAddress } from '../../src/core/net/address.js';
import type { Resolver } from '../../src/core/net/dns.js';
import type { BanId } from '../../src/core/records.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'office.example': ['198.51.100.7', '2001:db8::7'],
  'home.example': ['198.51.100.8'],
};

const resolver: Resolver = {
  async resolve(name) {
    const addresses = (NAMES[name] ?? []).map((text) => parseAddress(text)!);
    return addresses.length > 0 ? { addresses } : { addresses, error: 'ENOTFOUND' };
  },
  reverse: async () => undefined,
};

/** Files in memory; undefined is one that is not there. */
class FakeFiles implements IgnoreFiles {
  readonly texts = new Map<string, string>();
  reads = 0;
  stamp(path: string): string {
    return this.#text(path);
  }
  read(path: string): string {
    this.reads++;
    return this.#text(path);
  }
  #text(path: string): string {
    const text = this.texts.get(path);
    if (text === undefined) throw new Error(`no such file ${path}`);
    return text;
  }
}

function setUp(...rules: readonly string[]) {
  const clock = new ManualClock(1000);
  const files = new FakeFiles();
  const said: LogRecord[] = [];
  const list = new IgnoreList({ jail: 'j', resolver, clock, files, log: (record) => said.push(record) });
  for (const rule of rules) list.add(rule);
  return { list, clock, files, said };
}

function idOf(text: string): BanId {
  const address = parseAddress(text);
  return { id: address?.text ?? text, family: address?.family };
}

const RULES = [
  'office.example',
  '10.0.0.0/8',
  '192.0.2.4',
  '::1',
  'joe',
  '10.1.2.3',
  '203.0.113.1/255.255.255.0',
  '203.0.114.9/32',
  '2001:db8:5::/48',
];

describe('IgnoreList', () => {
  test.each([
    ['192.0.2.4', 'ip', '192.0.2.4'],
    ['10.200.3.4', 'ip', '10.0.0.0/8'],
    ['10.1.2.3', 'ip', '10.1.2.3'],
    ['10.3.0.0/24', 'ip', '10.0.0.0/8'],
    ['203.0.113.200', 'ip', '203.0.113.0/24'],
    ['203.0.114.9', 'ip', '203.0.114.9'],
    ['::1', 'ip', '::1'],
    ['2001:db8:5:ffff::1', 'ip', '2001:db8:5::/48'],
    ['::ffff:10.1.1.1', 'ip', '10.0.0.0/8'],
    ['joe', 'ip', 'joe'],
    ['198.51.100.7', 'dns', 'office.example'],
    ['2001:db8::7', 'dns', 'office.example'],
    ['office.example', 'ip', 'office.example'],
  ])('ignores %s by %s', async (id, by, rule) => {
    expect(await setUp(...RULES).list.match(idOf(id))).toEqual({ by, rule });
  });

  test.each(['192.0.2.5', '11.0.0.1', '203.0.114.1', '2001:db8:6::1', 'Joe', 'jo', '198.51.100.8', '::2'])(
    'does not ignore %s',
    async (id) => {
      expect(await setUp(...RULES).list.match(idOf(id))).toBeUndefined();
    },
  );

  test('asks nobody when it has to be quick', () => {
    const { list } = setUp(...RULES);
    expect(list.matchQuick(idOf('198.51.100.7'))).toBeUndefined();
    expect(list.matchQuick(idOf('10.0.0.1'))).toBeDefined();
  });

  test('lists networks, names and files first, then single addresses', () => {
    const { list } = setUp(...RULES, 'file:/etc/allow', '10.0.0.0/8', '192.0.2.4');
    expect(list.list()).toEqual([
      'office.example',
      '10.0.0.0/8',
      'joe',
      '203.0.113.0/24',
      '2001:db8:5::/48',
      'file://etc/allow',
      '192.0.2.4',
      '::1',
      '10.1.2.3',
      '203.0.114.9',
    ]);
  });

  test('takes several rules at once', () => {
    expect(setUp('192.0.2.4, 10.0.0.0/8\n\tjoe').list.list()).toEqual(['10.0.0.0/8', 'joe', '192.0.2.4']);
  });

  test.each(['', ' , '])('refuses %p', (text) => {
    expect(() => setUp().list.add(text)).toThrow(UsageError);
  });

  test.each([
    ['10.0.0.0/8', '10.9.9.9'],
    ['10.77.0.0/8', '10.9.9.9'],
    ['192.0.2.4/32', '192.0.2.4'],
    ['joe', 'joe'],
    ['office.example', '198.51.100.7'],
  ])('ignores no longer what is taken away: %s', async (rule, id) => {
    const { list } = setUp(...RULES);
    expect(list.remove(rule)).toBe(true);
    expect(list.remove(rule)).toBe(false);
    expect(await list.match(idOf(id))).toBeUndefined();
    expect(list.list()).toHaveLength(RULES.length - 1);
  });

  test('knows what it does not have', () => {
    expect(setUp(...RULES).list.remove('10.0.0.0/9')).toBe(false);
    expect(setUp(...RULES).list.remove('file:/etc/allow')).toBe(false);
  });

  test('says that a name has no address, once', async () => {
    const { list, said } = setUp('gone.example');
    await list.match(idOf('192.0.2.1'));
    await list.match(idOf('192.0.2.2'));
    const message = 'Unable to find a corresponding IP address for gone.example: ENOTFOUND';
    expect(said).toEqual([{ level: 'WARNING', logger: 'ipdns', message }]);
  });

  test('stays quick with 100,000 networks', () => {
    const { list } = setUp();
    for (let i = 0; i < 100_000; i++)
      list.add(`${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/${24 + (i % 3)}`);
    const began = performance.now();
    for (let i = 0; i < 10_000; i++) list.matchQuick(idOf('198.51.100.1'));
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(list.matchQuick(idOf('1.2.3.1'))).toBeDefined();
  });
});

describe('rules in a file', () => {
  const TEXT = '# us\n10.0.0.0/8, 192.0.2.4 # the office\n  ; none\njoe 2001:db8::/32\r\na#b\nhome.example';

  test.each([
    ['10.1.1.1', true],
    ['192.0.2.4', true],
    ['2001:db8::9', true],
    ['joe', true],
    ['a#b', true],
    ['198.51.100.8', true],
    ['us', false],
    ['the', false],
    ['none', false],
    ['192.0.2.5', false],
  ])('hold for %s: %p', async (id, isIgnored) => {
    const { list, files } = setUp('file:/etc/allow');
    files.texts.set('/etc/allow', TEXT);
    const text = 'file://etc/allow';
    expect(await list.match(idOf(id))).toEqual(isIgnored ? { by: text, rule: text } : undefined);
  });

  test.each(['file:/etc/allow', 'file://etc/allow', 'file:///etc/allow'])('are found by %s', (rule) => {
    const { list, files } = setUp(rule);
    files.texts.set('/etc/allow', TEXT);
    expect(list.list()).toEqual(['file://etc/allow']);
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeDefined();
    expect(list.remove('file:/etc/allow')).toBe(true);
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeUndefined();
  });

  test('are read again when the file has changed, after a second at the latest', () => {
    const { list, files, clock } = setUp('file:/etc/allow');
    files.texts.set('/etc/allow', '10.0.0.0/8');
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeDefined();
    files.texts.set('/etc/allow', '192.0.2.4');
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeDefined();
    clock.advance(1);
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeUndefined();
    expect(list.matchQuick(idOf('192.0.2.4'))).toBeDefined();
    clock.advance(1);
    list.matchQuick(idOf('192.0.2.4'));
    expect(files.reads).toBe(2);
  });

  test('go on to hold while the file is away, and that is said once', () => {
    const { list, files, clock, said } = setUp('file:/etc/allow');
    files.texts.set('/etc/allow', '10.0.0.0/8');
    list.matchQuick(idOf('10.1.1.1'));
    files.texts.delete('/etc/allow');
    for (let i = 0; i < 3; i++) {
      clock.advance(2);
      expect(list.matchQuick(idOf('10.1.1.1'))).toBeDefined();
    }
    expect(said).toMatchObject([{ level: 'ERROR', message: expect.stringContaining('/etc/allow') }]);
  });

  test('are none while the file has never been there', () => {
    const { list, said } = setUp('file:/etc/allow', '192.0.2.4');
    expect(list.matchQuick(idOf('10.1.1.1'))).toBeUndefined();
    expect(list.matchQuick(idOf('192.0.2.4'))).toBeDefined();
    expect(said).toHaveLength(1);
  });
});
