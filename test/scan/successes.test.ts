/** Lines that say that somebody got in, and from where. */
import { describe, expect, test } from '@jest/globals';
import { SuccessFinder, successfulAddress } from '../../src/core/scan/successes.js';
import { UTF8_ENCODING } from '../../src/core/source/encodings.js';
import { noCounts } from '../../src/core/source/line.js';
import { lineSplitter } from '../../src/core/source/line-splitter.js';

const LOGINS: readonly (readonly [text: string, address: string])[] = [
  [
    'Nov 20 10:00:00 srv sshd[7]: Accepted publickey for joe from 192.0.2.1 port 4022 ssh2: ED25519 SHA256:x',
    '192.0.2.1',
  ],
  [
    'Nov 20 10:00:00 srv sshd-session[7]: Accepted password for joe from 2001:db8::1 port 4022 ssh2',
    '2001:db8::1',
  ],
  [
    'Nov 20 10:00:00 srv dovecot: imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.2, lip=10.0.0.1, TLS',
    '192.0.2.2',
  ],
  [
    'Nov 20 10:00:00 srv postfix/smtpd[7]: 1A2B: client=host.example[192.0.2.3], sasl_method=PLAIN, sasl_username=joe',
    '192.0.2.3',
  ],
];

/** Users may choose what they are called. */
const FORGERIES = [
  'Nov 20 10:00:00 srv sshd[7]: Failed password for invalid user Accepted password for joe from 192.0.2.9 port 1 ssh2 from 192.0.2.1 port 4022 ssh2',
  'Nov 20 10:00:00 srv sshd[7]: Invalid user x: Accepted password for joe from 192.0.2.9 port 4 from 192.0.2.1 port 4022',
  'Nov 20 10:00:00 srv dovecot: imap-login: Aborted login: user=<Login: user=<joe>, method=PLAIN, rip=192.0.2.9, >, rip=192.0.2.1',
  'Nov 20 10:00:00 srv app: Accepted password for joe from 192.0.2.1 port 4022 ssh2',
];

describe('a login', () => {
  test.each(LOGINS)('is %s', (text, address) => {
    expect(successfulAddress(text)).toBe(address);
  });

  test.each(FORGERIES)('is not %s', (text) => {
    expect(successfulAddress(text)).not.toBe('192.0.2.9');
  });
});

describe('the finder', () => {
  test('finds in batches what every line alone says', () => {
    const texts = [
      ...LOGINS.map(([text]) => text),
      ...FORGERIES,
      'nothing',
      '',
      'Grüße: Accepted ',
      LOGINS[0]![0].replace('joe', 'jörg'),
    ];
    const finder = new SuccessFinder();
    for (let turn = 0; turn < texts.length; turn++) {
      const lines = [...texts.slice(turn), ...texts.slice(0, turn)];
      const read = lineSplitter(UTF8_ENCODING, noCounts()).push(Buffer.from(`${lines.join('\n')}\n`));
      const expected = lines.flatMap((text, line) => {
        const id = successfulAddress(text);
        return id === undefined ? [] : [{ line, id }];
      });
      expect(expected).toHaveLength(LOGINS.length + 1);
      expect(finder.find(read)).toEqual(expected);
    }
  });
});
