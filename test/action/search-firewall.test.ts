/** Where a firewall knows an address: what its tools print, read. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { searchHostsDeny } from '../../src/core/action/search/hosts-deny.js';
import { searchRoutes } from '../../src/core/action/search/ip-route.js';
import { searchIpset } from '../../src/core/action/search/ipset-save.js';
import { searchIptables } from '../../src/core/action/search/iptables-save.js';
import { searchNft } from '../../src/core/action/search/nft-ruleset.js';
import { searchFirewall } from '../../src/core/action/search-firewall.js';
import { type IpAddress, parseAddress } from '../../src/core/net/address.js';
import { OK } from './helpers.js';

const DIR = mkdtempSync(join(tmpdir(), 'f2b-search-'));
afterAll(() => rmSync(DIR, { recursive: true, force: true }));

function address(text: string): IpAddress {
  return parseAddress(text) as IpAddress;
}
const V4 = address('192.0.2.7');
const V6 = address('2001:db8::7');

describe('iptables-save', () => {
  const found = (line: string, of = V4) =>
    searchIptables(`*filter\n${line}\nCOMMIT\n`, 'iptables', of).hits[0];

  test.each([
    [
      '-A f2b-x -s 192.0.2.7/32 -j REJECT --reject-with icmp-port-unreachable',
      '192.0.2.7/32',
      'REJECT',
      true,
    ],
    ['-A f2b-x -s 192.0.2.0/24 -j DROP', '192.0.2.0/24', 'DROP', true],
    ['-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.9 -j DROP', '192.0.2.1-192.0.2.9', 'DROP', true],
    [
      '-A INPUT -s 192.0.0.0/8 -m comment --comment "a -s 1.2.3.4 \\"b" -j ACCEPT',
      '192.0.0.0/8',
      'ACCEPT',
      false,
    ],
    ['-A INPUT -s 192.0.2.7/32', '192.0.2.7/32', undefined, false],
  ])('%s', (line, entry, verdict, blocks) => {
    expect(found(line)).toMatchObject({ entry, verdict, blocks });
  });

  test.each([
    '-A f2b-x -s 192.0.2.8/32 -j DROP',
    '-A INPUT ! -s 192.0.2.0/24 -j DROP',
    '-A INPUT -d 192.0.2.7/32 -j DROP',
    '-A INPUT -m comment --comment "-s 192.0.2.7/32" -j DROP',
    ':INPUT ACCEPT [192:7]',
    '-A INPUT -j f2b-x',
  ])('not %s', (line) => {
    expect(found(line)).toBeUndefined();
  });

  test('tells the table, and how to take out a rule that is about this address alone', () => {
    const text =
      '*nat\n-A PRE -s 192.0.2.7/32 -j DROP\nCOMMIT\n*filter\n-A f2b-x -s 192.0.2.0/24 -j DROP\nCOMMIT\n';
    const { hits } = searchIptables(text, 'iptables', V4);
    expect(hits.map(({ where, undo }) => [where, undo])).toEqual([
      ['chain PRE of table nat', 'iptables -t nat -D PRE -s 192.0.2.7/32 -j DROP'],
      ['chain f2b-x of table filter', undefined],
    ]);
  });
});

describe('ipset save', () => {
  const uses = [
    { set: 'f2b-x', verdict: 'REJECT' },
    { set: 'seen', verdict: 'LOG' },
  ];
  const text = `create f2b-x hash:ip family inet hashsize 1024
add f2b-x 192.0.2.7 timeout 600
add nets 192.0.2.0/24
add ports 192.0.2.7,tcp:22
add seen 192.0.2.7
add holes 192.0.2.0/24 nomatch
add f2b-x 192.0.2.8
add six 2001:db8::7
`;

  test('finds the address itself, networks, and entries with ports', () => {
    expect(searchIpset(text, V4, uses).map(({ where, entry, blocks }) => [where, entry, blocks])).toEqual([
      ['set f2b-x', '192.0.2.7', true],
      ['set nets, which no rule asks', '192.0.2.0/24', false],
      ['set ports, which no rule asks', '192.0.2.7,tcp:22', false],
      ['set seen', '192.0.2.7', false],
    ]);
    expect(searchIpset(text, V6, uses).map(({ undo }) => undo)).toEqual(['ipset del six 2001:db8::7']);
  });
});

describe('nft -j list ruleset', () => {
  const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
  const rule = (expr: readonly unknown[]) => ({
    rule: { family: 'inet', table: 't', chain: 'c', handle: 9, expr },
  });
  const match = (right: unknown, op = '==', left: unknown = saddr) => ({ match: { op, left, right } });
  const set = (elem: readonly unknown[], name = 's') => ({ set: { family: 'inet', table: 't', name, elem } });
  const search = (...items: readonly unknown[]) =>
    searchNft(JSON.stringify({ nftables: [{ metainfo: {} }, ...items] }), V4);

  test.each([
    ['a value', ['192.0.2.7'], '192.0.2.7'],
    ['with a timeout', [{ elem: { val: '192.0.2.7', timeout: 600 } }], '192.0.2.7'],
    ['a network', [{ prefix: { addr: '192.0.2.0', len: 24 } }], '192.0.2.0/24'],
    ['a range', [{ range: ['192.0.2.1', '192.0.2.9'] }], '192.0.2.1-192.0.2.9'],
    ['with a port', [{ concat: ['192.0.2.7', 22] }], '192.0.2.7'],
    ['of a map', [['192.0.2.7', { drop: null }]], '192.0.2.7'],
  ])('an element: %s', (_what, elem, entry) => {
    expect(search(set(elem), rule([match('@s'), { reject: null }]))).toEqual([
      expect.objectContaining({ where: 'set inet t s', entry, verdict: 'reject', blocks: true }),
    ]);
  });

  test('a set that no rule asks keeps nobody out', () => {
    expect(search(set(['192.0.2.7'], 'other'), rule([match('@s'), { drop: null }]))[0]).toMatchObject({
      where: 'set inet t other, which no rule asks',
      blocks: false,
      undo: 'nft delete element inet t other { 192.0.2.7 }',
    });
    expect(search(set(['192.0.2.7']), rule([match('@s', '!='), { drop: null }]))[0]?.blocks).toBe(false);
  });

  test.each([
    ['a value', '192.0.2.7', 'nft delete rule inet t c handle 9'],
    ['a network', { prefix: { addr: '192.0.2.0', len: 24 } }, undefined],
    ['a list', { set: ['192.0.2.6', '192.0.2.7'] }, undefined],
  ])('a rule: %s', (_what, right, undo) => {
    expect(search(rule([match(right), { counter: {} }, { drop: null }]))).toEqual([
      expect.objectContaining({ where: 'chain inet t c', verdict: 'drop', blocks: true, undo }),
    ]);
  });

  test.each([
    ['another address', set(['192.0.2.8'])],
    ['not this one', rule([match('192.0.2.7', '!='), { drop: null }])],
    ['a port', rule([match(22, '==', { payload: { protocol: 'tcp', field: 'dport' } }), { drop: null }])],
    ['numbers', set([1, 2])],
    ['odd things', { rule: { expr: [null, 'x', { match: null }] } }],
  ])('not %s', (_what, item) => {
    expect(search(item)).toEqual([]);
  });
});

describe('hosts.deny', () => {
  test.each([
    ['ALL: 192.0.2.7', V4],
    ['sshd : 192.0.2.7', V4],
    ['ALL: 10.0.0.1, 192.0.2.7 10.0.0.2', V4],
    ['ALL: 192.0.2.0/24', V4],
    ['ALL: 192.0.2.0/255.255.255.0', V4],
    ['ALL: 192.0.2.', V4],
    ['ALL: 192.', V4],
    ['ALL: ALL', V4],
    ['ALL: [2001:db8::7]', V6],
    ['ALL: [2001:db8::]/64', V6],
    ['ALL: 10.0.0.1 \\\n 192.0.2.7', V4],
    ['sshd: 192.0.2.7 : spawn (echo %h) &', V4],
    ['ALL: 2001:db8::7', V6],
  ])('%j refuses', (text, of) => {
    expect(searchHostsDeny(`# note\n${text}\n`, '/d', of)).toEqual([
      expect.objectContaining({ where: '/d:2', blocks: true }),
    ]);
  });

  test.each([
    '# ALL: 192.0.2.7',
    'ALL: 192.0.2.70',
    'ALL: 192.0.2.8',
    'ALL: 19',
    'ALL: ALL EXCEPT 192.0.2.7'.replace('ALL EXCEPT', '10. EXCEPT'),
    'ALL: [2001:db8::7]',
    '192.0.2.7',
    '',
  ])('%j does not', (text) => {
    expect(searchHostsDeny(text, '/d', V4)).toEqual([]);
  });
});

test('routes that lead nowhere', () => {
  const text = `unreachable 192.0.2.7 \nblackhole 192.0.2.0/24 table 7\n192.0.2.7 dev lo\nunreachable default dev lo proto kernel\n`;
  expect(searchRoutes(text, V4).map(({ entry, undo }) => [entry, undo])).toEqual([
    ['192.0.2.7', 'ip route del unreachable 192.0.2.7'],
    ['192.0.2.0/24', undefined],
  ]);
});

describe('all together', () => {
  test('what is not installed has nothing to say, what fails is told', async () => {
    const hostsDeny = join(DIR, 'deny');
    writeFileSync(hostsDeny, 'ALL: 192.0.2.7');
    const { hits, unknown } = await searchFirewall(V4, {
      hostsDeny,
      run: async (command) => {
        if (command === 'iptables-save')
          return { ...OK, ok: false, exitCode: 4, stderrTail: 'first\nPermission denied\n' };
        if (command.startsWith('nft')) return { ...OK, stdoutTail: 'no json' };
        return { ...OK, ok: false, exitCode: 127 };
      },
    });
    expect(hits.map(({ tool }) => tool)).toEqual(['hosts.deny']);
    expect(unknown).toEqual([
      'iptables-save: Permission denied',
      expect.stringContaining('nft -j list ruleset: '),
    ]);
  });

  test('a rule that iptables keeps in nf_tables is told once', async () => {
    const nftRule = {
      rule: {
        family: 'ip',
        table: 'filter',
        chain: 'f2b-x',
        handle: 3,
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '192.0.2.7' } },
          { xt: null },
        ],
      },
    };
    const answers: Record<string, string> = {
      'iptables-save': '*filter\n-A f2b-x -s 192.0.2.7/32 -j DROP\nCOMMIT\n',
      'nft -j list ruleset': JSON.stringify({ nftables: [nftRule] }),
    };
    const { hits } = await searchFirewall(V4, {
      hostsDeny: join(DIR, 'none'),
      run: async (command) => ({ ...OK, stdoutTail: answers[command] ?? '' }),
    });
    expect(hits.map(({ tool }) => tool)).toEqual(['iptables']);
  });

  const script = `nft add table inet t && nft add set inet t s '{ type ipv4_addr; flags interval; }' &&
nft add chain inet t c '{ type filter hook input priority 0; }' && nft add rule inet t c ip saddr @s drop &&
nft add element inet t s '{ 192.0.2.0/28 }' && nft -j list ruleset`;
  const real = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' });
  if (real.status !== 0)
    process.stderr.write('no nft in a network namespace of our own: its real output is not read\n');
  (real.status === 0 ? test : test.skip)('the real nft is understood', () => {
    expect(searchNft(real.stdout, V4)).toEqual([
      expect.objectContaining({
        where: 'set inet t s',
        entry: '192.0.2.0/28',
        verdict: 'drop',
        blocks: true,
      }),
    ]);
  });
});
