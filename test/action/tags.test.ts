/** Tags of a command: properties first, then the ban, and what of a value a shell gets to see. */
import { describe, expect, test } from '@jest/globals';
import { fillDynamic, type TagSources } from '../../src/core/action/dynamic-tags.js';
import { isPlain } from '../../src/core/action/shell-text.js';
import { fillStatic, type PropertyValue } from '../../src/core/action/static-tags.js';
import { banOf } from './helpers.js';

const SOURCES: TagSources = {
  jail: 'sshd',
  nowSec: () => 1795281900.25,
  banTimeSec: () => 3600,
  counts: () => ({ banned: 1, bannedTotal: 2, failing: 3, failedTotal: 4 }),
  hostName: () => ({ full: 'vm.example.org', short: 'vm' }),
  nameOf: async (address) => (address === '192.0.2.1' ? 'host.example.net' : undefined),
  merged: () => undefined,
};

function properties(values: Record<string, PropertyValue>): Map<string, PropertyValue> {
  return new Map(Object.entries(values));
}

async function fill(text: string, ban = banOf('192.0.2.1'), sources = SOURCES): Promise<string> {
  const { command, variables } = await fillDynamic(text, { ban }, sources);
  return [command, ...variables.map(([name, value]) => `${name}=${value}`)].join('|');
}

describe('properties', () => {
  const some = properties({
    name: 'sshd',
    port: 22,
    flag: true,
    v: '4',
    'v?family=inet6': '6',
    'only6?family=inet6': 'x',
    chain: 'f2b-<name>',
    block: 'REJECT --with <kind>',
    'kind?family=inet6': 'icmp6',
    kind: 'icmp',
    'type-multi': 'multi <port>',
    type: 'multi',
    matches: "a 'b'\n$c",
  });

  test.each([
    ['-A <chain> -p <port>', '', '-A f2b-sshd -p 22'],
    ['<flag>', '', 'True'],
    ['<v> <only6>', '', '4 <only6>'],
    ['<v> <only6>', 'inet4', '4 <only6>'],
    ['<v> <only6>', 'inet6', '6 x'],
    ['<block>', 'inet6', 'REJECT --with icmp6'],
    ['<type-<type>>', '', 'multi 22'],
    ['<ip> <nobody> <name>', '', '<ip> <nobody> sshd'],
    ['a < b > c <name>', '', 'a < b > c sshd'],
    ['<matches>', '', "a \\'b\\'\\n\\$c"],
  ])('%j for %j is %j', (text, family, expected) => {
    expect(fillStatic(text, some, family)).toBe(expected);
  });

  test('bantime is never one', () => {
    expect(fillStatic('<bantime>', properties({ bantime: 5 }), '')).toBe('<bantime>');
  });

  test.each([
    [{ a: '<b>', b: '<a>' }, '<a>'],
    [{ a: 'x<a>' }, '<a>'],
    [{ a: '<a><a>' }, '<a>'],
  ])('circles are refused (%j)', (values, text) => {
    expect(() => fillStatic(text, properties(values as Record<string, string>), '')).toThrow(
      /leads back to itself/,
    );
  });

  test('a value with `$&` stays what it is', () => {
    expect(fillStatic('<a>', properties({ a: "$& $' $1" }), '')).toBe("$& $' $1");
  });
});

describe('tags of a ban', () => {
  const rich = banOf('192.0.2.1', {
    data: { user: 'joe', my_x: 'y', fid: 'session', fport: '22', n: 3, list: ['a'] },
    matches: [{ text: 'first' }, { text: 'second' }],
  });

  test.each([
    ['<ip>', '192.0.2.1'],
    ['<family>', 'inet4'],
    ['<ip-rev>', '1.2.0.192.'],
    ['<ip-host>', 'host.example.net'],
    ['<fid>', '192.0.2.1'],
    ['<failures>', '3'],
    ['<time>', '1795281805.0'],
    ['<bantime>', '600'],
    ['<bancount>', '1'],
    ['<restored>', '0'],
    ['<F-USER>', 'joe'],
    ['<F-MY_X>', 'y'],
    ['<F-ID>', 'session'],
    ['<F-PORT>', '22'],
    ['<F-N>', '3'],
    ['<F-NOBODY>', ''],
    ['<f-user>', '<f-user>'],
    ['<jail.name>', 'sshd'],
    ['<jail.banned> <jail.banned_total> <jail.found> <jail.found_total>', '1 2 3 4'],
    ['<fq-hostname> <sh-hostname>', 'vm.example.org vm'],
    ['a<br>b<sp>c', 'a\nb c'],
    ['<unknown> <STDIN>', '<unknown> <STDIN>'],
    ['<matches>', '$f2bV_matches|f2bV_matches=first\nsecond'],
    ['"<matches>" \'<matches>\'', '"$f2bV_matches" \'$f2bV_matches\'|f2bV_matches=first\nsecond'],
    ['<ipfailures> <ipjailfailures>', '3 3'],
    ['<F-LIST>', "$f2bV_F_list|f2bV_F_list=['a']"],
  ])('%s', async (text, expected) => {
    expect(await fill(text, rich)).toBe(expected);
  });

  test('everything at once, as Python shows it', async () => {
    expect(await fill('<F-*>', banOf('1.2.3.4', { data: { user: "o'n" } }))).toBe(
      `$f2bV_F__|f2bV_F__={'matches': ['one line'], 'failures': 3, 'user': "o'n"}`,
    );
    expect(await fill('<raw-ticket>')).toMatch(
      /^\$f2bV_raw_ticket\|f2bV_raw_ticket=BanTicket: ip=192\.0\.2\.1 time=/,
    );
  });

  test.each([
    [{ timeKind: 'int' as const }, '1795281805'],
    [{ timeSec: 1795281805.5 }, '1795281805.5'],
    [{ timeSec: 1795281810.508372, timeKind: 'int' as const }, '1795281810.508372'],
  ])('time %j', async (more, expected) => {
    expect(await fill('<time>', banOf('1.2.3.4', more))).toBe(expected);
  });

  test('of IPv6', async () => {
    const v6 = banOf('2001:db8::1');
    expect(await fill('<ip> <family>', v6)).toBe('2001:db8::1 inet6');
    expect(await fill('<ip-rev>', v6)).toBe(`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.`);
  });

  test('of a raw id', async () => {
    expect(await fill('<ip> <family> [<ip-rev>] <ip-host> <fid>', banOf('joe'))).toBe('joe None [] None joe');
  });

  test('of an id with an address of its own', async () => {
    const session = banOf('S1', { data: { ip: '192.0.2.1', fid: 'S1' } });
    expect(await fill('<ip> <family> <fid> <ip-host>', session)).toBe('192.0.2.1 inet4 S1 host.example.net');
  });

  test('merged over bans of this jail and of all', async () => {
    const asked: unknown[] = [];
    const sources: TagSources = {
      ...SOURCES,
      merged: (id, jail) => {
        asked.push([id, jail]);
        return { lines: ['one', 'two'], failures: jail === undefined ? 9 : 5 };
      },
    };
    expect(await fill('<ipmatches><ipjailmatches><ipfailures> <ipjailfailures>', undefined, sources)).toBe(
      '$f2bV_ipmatches$f2bV_ipjailmatches9 5|f2bV_ipmatches=one\ntwo|f2bV_ipjailmatches=one\ntwo',
    );
    expect(asked).toContainEqual(['192.0.2.1', undefined]);
    expect(asked).toContainEqual(['192.0.2.1', 'j']);
  });

  test('names are looked up only where a command asks for them', async () => {
    let asked = 0;
    const sources: TagSources = { ...SOURCES, nameOf: async () => `name-${++asked}` };
    await fill('<ip>', undefined, sources);
    expect(asked).toBe(0);
    expect(await fill('<ip-host> <ip-host>', undefined, sources)).toBe('name-1 name-1');
  });

  test('values are not searched for tags', async () => {
    const ban = banOf('1.2.3.4', { data: { user: 'a', other: '<F-USER>' } });
    expect(await fill('<F-OTHER>', ban)).toBe('$f2bV_F_other|f2bV_F_other=<F-USER>');
  });

  test('two tags that would share a variable do not', async () => {
    const ban = banOf('1.2.3.4', { data: { 'a-b': '$1', a_b: '$2' } });
    expect(await fill('<F-A-B> <F-A_B>', ban)).toBe(
      '$f2bV_F_a_b $f2bV_F_a_b_2|f2bV_F_a_b=$1|f2bV_F_a_b_2=$2',
    );
  });
});

describe('tags of a command that is about no ban', () => {
  test.each([
    ['<ip>|<fid>|<F-USER>|<matches>', '|||'],
    ['<family>', 'inet6'],
    ['<time>', '1795281900.25'],
    ['<bantime>', '3600'],
    ['<failures> <bancount> <restored> <ip-host>', '0 0 0 None'],
    ['<unknown>', '<unknown>'],
  ])('%s', async (text, expected) => {
    expect((await fillDynamic(text, { family: 'inet6' }, SOURCES)).command).toBe(expected);
  });
});

describe('what may be written into a command', () => {
  test.each(['joe', '1.2.3.4', '2001:db8::1', 'a b c', 'ünï', 'a/b:c@d%e+f,g=h!', '-x', '', 'tab\there'])(
    '%j',
    (value) => {
      expect(isPlain(value)).toBe(true);
    },
  );

  test.each([...'\\#&;`|*?~<>^()[]{}$\'"\n\r\0\x1b\x07\x7f', 'x'.repeat(9000)])('but not %j', (value) => {
    expect(isPlain(`a${value}b`)).toBe(false);
  });

  test('NUL shows as a replacement character', async () => {
    expect(await fill('<F-U>', banOf('1.2.3.4', { data: { u: 'a\0b' } }))).toBe(
      '$f2bV_F_u|f2bV_F_u=a\ufffdb',
    );
  });

  test.each(['x', 'ü', '€', '😀'])(
    'a value of more than 128 KiB (%s) is cut between characters and says so',
    async (char) => {
      const ban = banOf('1.2.3.4', { matches: [{ text: `${char.repeat(200_000)};` }] });
      const { variables } = await fillDynamic('<matches>', { ban }, SOURCES);
      const value = variables[0]?.[1] ?? '';
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(131_071);
      expect(Buffer.byteLength(value)).toBeGreaterThan(130_900);
      expect(value).toMatch(/\n\[cut: \d+ bytes are more than a command can be given\]$/);
      expect(value).not.toContain('\ufffd');
    },
  );

  test('all values together stay below what a process can be given', async () => {
    const data = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`g${i}`, `${'y'.repeat(120_000)};`]),
    );
    const text = Object.keys(data)
      .map((name) => `<F-${name.toUpperCase()}>`)
      .join(' ');
    const { variables } = await fillDynamic(text, { ban: banOf('1.2.3.4', { data }) }, SOURCES);
    const total = variables.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
    expect(total).toBeLessThan(1_010_000);
  });
});
