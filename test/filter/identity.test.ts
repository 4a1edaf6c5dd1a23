import { describe, expect, test } from '@jest/globals';
import {
  identifyGroups,
  isIdentified,
  readUseDns,
  resolveFailure,
  type UseDns,
} from '../../src/core/filter/identity.js';
import type { Identity } from '../../src/core/filter/outcome.js';
import { whoOf } from '../../src/core/filter/vital.js';
import { createResolver } from '../../src/core/net/dns.js';
import { PyTuple } from '../../src/core/python-repr.js';

function show(groups: Record<string, unknown>, usedns: UseDns = 'warn'): string {
  const found = identifyGroups(new Map(Object.entries(groups)), usedns);
  if (!found) return 'nobody';
  const ip = found.data.get('ip');
  return showIdentity(found.identity) + (ip === undefined ? '' : ` ip=${String(ip)}`);
}

function showIdentity(identity: Identity): string {
  if (identity.kind === 'dns') return `dns ${identity.name}`;
  const id = typeof identity.id === 'string' ? identity.id : JSON.stringify(identity.id);
  return `${identity.kind} ${id}`;
}

// What `fail2ban-regex -o row` of 1.0.2 prints as id, and whether its dictionary has an `ip`.
describe('identifyGroups', () => {
  test.each<[Record<string, unknown>, UseDns, string]>([
    [{ ip4: '1.2.3.4', ip6: null }, 'warn', 'ip 1.2.3.4'],
    [{ ip4: null, ip6: '2001:DB8::1', dns: null }, 'warn', 'ip 2001:db8::1'],
    [{ ip4: '1.2.3.4', cidr: '24' }, 'warn', 'ip 1.2.3.0/24'],
    [{ ip4: '1.2.3.4', cidr: '' }, 'warn', 'ip 1.2.3.4'],
    [{ ip4: '1.2.3.4', cidr: '120' }, 'warn', 'ip 1.2.3.4'],
    [{ ip4: null, ip6: '1:2' }, 'warn', 'raw 1:2'],
    [{ ip4: '999.2.3.4', cidr: '24' }, 'warn', 'raw 999.2.3.4'],
    [{ fid: 'k' }, 'warn', 'raw k'],
    [{ fid: '[1.2.3.4]' }, 'warn', 'ip 1.2.3.4'],
    [{ fid: '1.2.3.4', cidr: '8' }, 'warn', 'ip 1.2.3.4'],
    [{ fid: '' }, 'warn', 'raw '],
    [{ fid: 'k', ip4: '1.2.3.4' }, 'warn', 'raw k ip=1.2.3.4'],
    [{ fid: 'k', ip4: '1.2.3.4', cidr: '24' }, 'warn', 'raw k ip=1.2.3.0/24'],
    [{ fid: '1.2.3.4', ip4: '1.2.3.4' }, 'warn', 'ip 1.2.3.4'],
    [{ fid: '1.2.3.4', ip4: '1.2.3.4', cidr: '24' }, 'warn', 'ip 1.2.3.0/24'],
    [{ fid: '2001:db8::1', ip6: '2001:DB8::1' }, 'warn', 'ip 2001:db8::1 ip=2001:db8::1'],
    [{ fid: new PyTuple(['a', null]), ip4: '1.2.3.4' }, 'warn', 'raw ["a",null] ip=1.2.3.4'],
    [{ dns: 'a.example' }, 'warn', 'dns a.example'],
    [{ dns: 'a.example', fid: 'k' }, 'yes', 'dns a.example'],
    [{ dns: 'a.example' }, 'no', 'dns a.example'],
    [{ dns: '1.2.3.4', fid: 'k' }, 'warn', 'ip 1.2.3.4'],
    [{ dns: '1.2.3.4' }, 'no', 'ip 1.2.3.4'],
    [{ dns: '[1.2.3.4]' }, 'warn', 'dns [1.2.3.4]'],
    [{ dns: '1.2.3.4/24' }, 'warn', 'dns 1.2.3.4/24'],
    [{ dns: 'a.example' }, 'raw', 'raw a.example'],
    [{ dns: 'a.example', fid: 'k' }, 'raw', 'raw k ip=a.example'],
    [{ dns: 'a.example', fid: 'a.example' }, 'raw', 'raw a.example'],
    [{ ip4: null, ip6: null, dns: null, fid: null }, 'warn', 'nobody'],
    [{ user: 'joe' }, 'warn', 'nobody'],
  ])('%j with usedns %s is %s', (groups, usedns, expected) => {
    expect(show(groups, usedns)).toBe(expected);
  });
});

test.each<[Record<string, unknown>, boolean]>([
  [{ fid: '' }, true],
  [{ dns: 'a' }, true],
  [{ ip4: null, ip6: null }, false],
  [{ user: 'joe' }, false],
])('groups %j can be reported: %p', (groups, expected) => {
  expect(isIdentified(whoOf(new Map(Object.entries(groups))))).toBe(expected);
});

test.each([
  [undefined, 'warn'],
  ['yes', 'yes'],
  ['RAW', 'raw'],
  ['foo', 'no'],
  ['', 'no'],
])('usedns %p means %s', (value, expected) => {
  expect(readUseDns(value)).toBe(expected);
});

describe('resolveFailure', () => {
  const names: Record<string, string[]> = { 'a.example': ['192.0.2.1', '2001:db8::1'] };
  const lookup = (name: string) =>
    names[name] ? Promise.resolve(names[name]) : Promise.reject(new Error('unknown'));
  const resolver = createResolver({ lookups: { lookup, reverse: lookup } });
  const failureOf = (identity: Identity) => ({ identity, data: new Map(), matches: ['x'], stamp: undefined });

  test.each<[UseDns, string, string[], string | undefined]>([
    ['warn', 'a.example', ['ip 192.0.2.1', 'ip 2001:db8::1'], undefined],
    ['yes', '1.2.3', ['ip 1.2.0.3'], undefined],
    ['yes', 'gone.example', [], 'unknown'],
    ['no', 'a.example', [], undefined],
    ['raw', 'a.example', ['raw a.example'], undefined],
  ])('with usedns %s makes of %s: %j', async (usedns, name, expected, error) => {
    const resolved = await resolveFailure(failureOf({ kind: 'dns', name }), resolver, usedns);
    expect(resolved.failures.map((failure) => showIdentity(failure.identity))).toEqual(expected);
    expect([resolved.name, resolved.error]).toEqual([name, error]);
  });

  test('leaves a failure alone that has its address', async () => {
    const failure = failureOf({ kind: 'ip', id: '1.2.3.4', family: 'inet4' });
    expect(await resolveFailure(failure, resolver, 'no')).toEqual({ failures: [failure] });
  });
});
