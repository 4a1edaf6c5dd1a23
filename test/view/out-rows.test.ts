import { describe, expect, test } from '@jest/globals';
import type { NamedFailure } from '../../src/core/tester/failures.js';
import { compileOut, type OutContext } from '../../src/view/out-rows.js';

const context: OutContext = {
  hostname: 'srv.example.org',
  nowSec: () => 1795261709.25,
  reverse: async (address) => (address === '1.2.3.4' ? 'host.example' : undefined),
  reverseLabels: (address) => address.split('.').reverse().join('.').concat('.'),
};

const failure: NamedFailure = {
  id: '1.2.3.4',
  family: 'inet4',
  failure: {
    identity: { kind: 'ip', id: '1.2.3.4', family: 'inet4' },
    data: new Map<string, unknown>([
      ['user', "o'brien"],
      ['ip4', '1.2.3.4'],
      ['ip6', null],
      ['users', new Set(["o'brien"])],
    ]),
    matches: ['first line', 'second\0 line'],
    stamp: { epochSec: 1795143845, kind: 'float' },
  },
};
const show = (wish: string, what: NamedFailure = failure) => compileOut(wish, context)(what);

describe('a word', () => {
  test.each([
    ['id', '1.2.3.4\n'],
    ['fid', '1.2.3.4\n'],
    ['ip', '1.2.3.4\n'],
    ['msg', 'first line\nsecond\0 line\n'],
    ['user', "o'brien\n"],
    ['ip6', 'None\n'],
    ['nothing', 'None\n'],
    [
      'row',
      `['1.2.3.4',\t1795143845.0,\t{'user': "o'brien", 'ip4': '1.2.3.4', 'ip6': None, 'users': {"o'brien"}}],\n`,
    ],
  ])('%s prints %j', (wish, expected) => {
    expect(show(wish)).toBe(expected);
  });

  test('ip prefers the address to another id', () => {
    const session: NamedFailure = {
      ...failure,
      id: 'abc',
      failure: { ...failure.failure, data: new Map([['ip', '9.9.9.9']]) },
    };
    expect(show('ip', session)).toBe('9.9.9.9\n');
    expect(show('id', session)).toBe('abc\n');
  });

  test('an id of several groups is a tuple', () => {
    expect(show('id', { ...failure, id: ['a', 'b'] })).toBe("('a', 'b')\n");
  });

  test.each([
    [{ epochSec: 1795143845, kind: 'int' }, '1795143845'],
    [{ epochSec: 1795143845.123, kind: 'float' }, '1795143845.123'],
    [undefined, 'None'],
  ] as const)('row shows the time %j as %s', (stamp, expected) => {
    expect(show('row', { ...failure, failure: { ...failure.failure, stamp } })).toContain(`\t${expected},\t`);
  });
});

describe('a template', () => {
  test.each([
    ['<F-USER> <ip> <family> <time> <failures>', "o'brien 1.2.3.4 inet4 1795143845.0 0\n"],
    ['<F-NOPE>|<F-IP6>|<nope>|<F-user>|<host>', '||<nope>|<F-user>|<host>\n'],
    ['<ip-rev><br><sp><fq-hostname> <sh-hostname>', '4.3.2.1.\n srv.example.org srv\n'],
    ['<<ip>>', '<1.2.3.4>\n'],
    ['<matches>', 'first line\nsecond\\x00 line\n'],
    ['<msg>!', 'first line!\nsecond\\x00 line!\n'],
    ['no tag < at > all <ip>', 'no tag < at > all 1.2.3.4\n'],
  ])('%j prints %j', (wish, expected) => {
    expect(show(wish)).toBe(expected);
  });

  test('values go in raw: nothing of them is taken for a tag', () => {
    const sly = { ...failure, failure: { ...failure.failure, data: new Map([['user', '<ip> $(reboot)']]) } };
    expect(show('<F-USER>', sly)).toBe('<ip> $(reboot)\n');
  });

  test('looks the name of an address up only when it is asked for', async () => {
    expect(show('<ip>')).toBe('1.2.3.4\n');
    expect(await show('<ip-host>')).toBe('host.example\n');
    expect(await show('<ip-host>', { ...failure, id: '4.4.4.4' })).toBe('None\n');
  });

  test('without a time shows the present one', () => {
    expect(show('<time>', { ...failure, failure: { ...failure.failure, stamp: undefined } })).toBe(
      '1795261709.25\n',
    );
  });

  test.each(['<bantime>', '<ipmatches>', '<jail.banned>'])('%s needs a jail and is refused', (wish) => {
    expect(() => compileOut(wish, context)).toThrow(
      expect.objectContaining({ name: 'UsageError', exitCode: 255 }),
    );
  });
});
