/** What the matcher tells the control desk arrives as it was told. */
import { expect, test } from '@jest/globals';
import { type FromMatcher, packed, unpacked } from '../../src/core/daemon/matcher/messages.js';

const batch: FromMatcher = {
  kind: 'found',
  batch: {
    ...{
      jail: 'sshd',
      run: 3,
      path: '/var/log/auth.log',
      lines: 20_000,
      live: true,
      lastSec: 1.5e9 + 0.123456,
    },
    position: undefined,
    failures: [
      {
        ...{ id: '2001:db8::1', family: 'inet6', timeSec: 1795301229.000001, timeKind: 'float', line: 7 },
        matches: [
          { text: 'half a character \ud800, a NUL \0, \u2028, "\\" and \x1b[31m', regex: 'f.conf:3' },
        ],
        data: { user: 'root', ['__proto__']: 'x', failures: 3, list: [null, true] },
      },
    ],
  },
};

test('a batch of failures', () => {
  const there = packed(batch);
  expect(typeof there).toBe('string');
  expect(unpacked(structuredClone(there))).toEqual(batch);
});

test('anything else', () => {
  const message: FromMatcher = { kind: 'problem', jail: 'sshd', of: '/a', message: undefined };
  expect(unpacked(structuredClone(packed(message)))).toStrictEqual(message);
});
