import { describe, expect, test } from '@jest/globals';
import { identify, parseAddress } from '../../src/core/net/address.js';

describe('parseAddress', () => {
  // Right column: what fail2ban 1.0.2 prints as the id of `<F-ID/>` or `<SUBNET>` on such a text.
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['[1.2.3.4]', '1.2.3.4'],
    ['1.2.3.4/24', '1.2.3.0/24'],
    ['1.2.3.4/32', '1.2.3.4'],
    ['1.2.3.4/33', '1.2.3.4'],
    ['1.2.3.4/99999', '1.2.3.4'],
    ['1.2.3.4/-1', '1.2.3.4'],
    ['1.2.3.4/0', '0.0.0.0'],
    ['1.2.3.4/255.255.255.0', '1.2.3.0/24'],
    ['1.2.3.4/0.0.0.0', '0.0.0.0'],
    ['1.2.3.4/255.255.255.255', '1.2.3.4'],
    ['1.2.3.4/ffff::', '1.2.0.0/16'],
    ['1.2.3.4/255.255.0.0/16', '1.2.0.0/16'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['[2001:DB8:0:0::1/64]', '2001:db8::/64'],
    ['2001:db8::1/129', '2001:db8::1'],
    ['2001:db8::1/127', '2001:db8::/127'],
    ['2001:db8::1/ffff:ffff::', '2001:db8::/32'],
    ['2001:db8::1/255.255.0.0', '2001::/16'],
    ['2001::/0', '::'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['::ffff:102:304/120', '::ffff:1.2.3.0/120'],
    ['::ffff:102:304/24', '::/24'],
    ['::ffff:1.2.3.4/128', '::ffff:1.2.3.4'],
    ['::ffff:1.2.3.4/-1', '1.2.3.4'],
    ['::1.2.3.4', '::1.2.3.4'],
  ])('reads %s as %s', (text, normal) => {
    expect(parseAddress(text)?.text).toBe(normal);
  });

  test.each([
    '',
    '[]',
    'joe',
    '999.999.999.999',
    '001.2.3.4',
    '1:2',
    '1.2.3',
    '[1.2.3.4',
    '[[1.2.3.4]]',
    'fe80::1%eth0',
    '1.2.3.4/',
    '1.2.3.4/a',
    '1.2.3.4/255.0.255.0',
    '[2001:DB8:0:0::1]/64',
  ])('does not read %p', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('takes a prefix from elsewhere, but prefers one in the text', () => {
    expect(parseAddress('1.2.3.4', 24)?.text).toBe('1.2.3.0/24');
    expect(parseAddress('1.2.3.4/16', 24)?.text).toBe('1.2.0.0/16');
    expect(parseAddress('1.2.3.4', 120)?.text).toBe('1.2.3.4');
  });
});

describe('identify', () => {
  test.each([
    ['joe', 'joe'],
    ['[joe]', 'joe'],
    ['joe/24', 'joe'],
    ['[joe/24]', 'joe'],
    ['[[1.2.3.4]]', '[1.2.3.4]'],
    ['[1.2.3.4/24', '[1.2.3.4'],
    ['[2001:DB8:0:0::1]/64', '[2001:DB8:0:0::1]'],
    ['999.2.3.4/24', '999.2.3.4'],
    ['/24', ''],
    ['1:2', '1:2'],
    ['[]', '[]'],
    // fail2ban 1.0.2 fails on the line for the first three and says 0.0.0.0 for the last.
    ['a/b/c', 'a/b/c'],
    ['a/', 'a/'],
    ['1.2.3.4/255.0.255.0', '1.2.3.4/255.0.255.0'],
    ['1.2.3.4/a.b', '1.2.3.4/a.b'],
  ])('keeps %p as the raw id %p', (text, id) => {
    expect(identify(text)).toBe(id);
  });
});

describe('IpAddress', () => {
  test.each([
    ['1.2.3.0/24', '1.2.3.4', true],
    ['1.2.3.0/24', '1.2.4.4', false],
    ['1.2.3.0/23', '1.2.2.0/24', true],
    ['1.2.3.0/24', '1.2.3.0/23', false],
    ['0.0.0.0/0', '9.9.9.9', true],
    ['1.2.3.4', '1.2.3.4', true],
    ['0.0.0.0', '9.9.9.9', false],
    ['::/0', '1.2.3.4', false],
    ['2001:db8::/61', '2001:db8:0:7::1', true],
    ['2001:db8::/61', '2001:db8:0:8::1', false],
  ])('%s contains %s: %p', (network, other, expected) => {
    expect(parseAddress(network)!.contains(parseAddress(other)!)).toBe(expected);
  });

  test.each([
    ['1.2.3.4', '4.3.2.1.'],
    ['1.2.3.4/24', '0/24.3.2.1.'],
    ['2001:db8::1/24', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.0.1.0.0.2.'],
  ])('the reverse labels of %s are %s', (text, labels) => {
    expect(parseAddress(text)!.reverseLabels).toBe(labels);
  });
});
