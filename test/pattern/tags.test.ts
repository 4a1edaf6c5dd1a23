import { describe, expect, test } from '@jest/globals';
import { parse } from '../../src/core/pattern/parse.js';
import { expandTags, hasFailureId, requireFailureId } from '../../src/core/pattern/tags.js';

const IP4 = String.raw`(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})`;
const IP6 = '(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))';
const DNS = String.raw`(?P<dns>[\w\-.^_]*\w)`;

describe('expandTags', () => {
  test.each([
    ['<IP4>', IP4],
    ['<F-IP4/>', IP4],
    ['<IP6>', IP6],
    ['<DNS>', DNS],
    ['<ADDR>', String.raw`\[?(?:${IP4}|${IP6})\]?`],
    ['<HOST>', String.raw`(?:\[?(?:${IP4}|${IP6})\]?|${DNS})`],
    ['<CIDR>', String.raw`(?P<cidr>\d+)`],
    ['<SUBNET>', String.raw`\[?(?:${IP4}|${IP6})(?:/(?P<cidr>\d+))?\]?`],
    ['<F-ID/> <F-PORT/>', String.raw`(?P<fid>\S+) (?P<fport>\w+)`],
    ['<F-ID>a</F-ID>', '(?P<fid>a)'],
    ['<F-USER>a</F-USER>', '(?P<user>a)'],
    ['<F-A>a<F-B>b</F-A></F-B>', '(?P<a>a(?P<b>b))'],
    [
      'a<SKIPLINES>b<SKIPLINES>',
      String.raw`a\n(?P<skiplines0>(?:(?:.*\n)*?))b\n(?P<skiplines1>(?:(?:.*\n)*?))`,
    ],
    ['((?i)a|b) (?:(?ms)c)', '(?i:a|b) (?ms:c)'],
  ])('expands %s', (text, expected) => {
    expect(expandTags(text)).toBe(expected);
  });

  test.each([
    '<host>',
    '<F-user>x</F-user>',
    '</F-USER>',
    '<F-USER/>',
    '<F-HOST/>',
    '<ID>',
    '<IP4/>',
    '</HOST>',
    String.raw`\((?i)x\)`,
    '((?-i)x)',
    '(?=(?i)x)',
    '((?I)x)',
  ])('leaves %s alone', (text) => {
    expect(expandTags(text)).toBe(text);
  });

  test('takes <HOST> for an address only when usedns is no', () => {
    expect(expandTags('<HOST>', { usedns: 'no' })).toBe(expandTags('<ADDR>'));
    expect(expandTags('<HOST>', { usedns: 'raw' })).toBe(expandTags('<HOST>'));
  });
});

describe('the failure id', () => {
  const parsed = (text: string) => parse(expandTags(text));

  test.each(['<HOST>', '<ADDR>', '<IP4>', '<IP6>', '<DNS>', '<SUBNET>', '<F-ID/>', '<F-MLFID>x</F-MLFID>'])(
    'is there with %s',
    (text) => {
      expect(hasFailureId(parsed(text))).toBe(true);
    },
  );

  test.each(['x', '<F-USER>x</F-USER>', '<CIDR>', '(?P<host>x)', '<F-ALT_ID>x</F-ALT_ID>'])(
    'is not there with %s',
    (text) => {
      expect(hasFailureId(parsed(text))).toBe(false);
    },
  );

  test('may come from the prefregex', () => {
    expect(hasFailureId(parsed('x'), parsed('<ADDR>'))).toBe(true);
    expect(() => requireFailureId(parsed('x'), parsed('<ADDR>'))).not.toThrow();
  });

  test('is asked for in fail2ban words, with the expanded text', () => {
    expect(() => requireFailureId(parsed('<F-USER>x</F-USER>'))).toThrow(
      "No failure-id group in '(?P<user>x)'",
    );
  });
});
