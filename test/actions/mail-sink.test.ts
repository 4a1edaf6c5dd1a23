/** Mail actions with the programs that send mail, down to a mail server: what is in a log stays text all the way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, type Mail, missing } from './lab.js';

const why = missing('msmtp', 'bsd-mailx');
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`mail actions are not tested with a mail server: ${why}`);

const OK = { failed: [], errors: [] };
const IP = '192.0.2.1';
const HOSTILE = [
  '.',
  '..',
  '~!touch owned',
  '~r /etc/passwd',
  '~t everybody@example.org',
  '\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<everybody@example.org>\r\nDATA\r\n',
  'Bcc: everybody@example.org',
  'From somebody Sat Nov 21 10:00:00 2026',
  '$(touch owned) `touch owned`',
  'caf\xe9 \xff',
];

when('mail through a mail server', () => {
  let lab: Lab;
  let port: string;
  let mails: () => readonly Mail[];
  let engine: Engine | undefined;
  beforeAll(async () => {
    lab = await Lab.open();
    ({ port, mails } = await lab.mailServer());
    // Where bsd-mailx's /usr/sbin/sendmail, msmtp, looks.
    writeFileSync(
      join(lab.scratch, '.msmtprc'),
      `account default\nhost 127.0.0.1\nport ${port}\nfrom f2b@example.org\n`,
    );
  });
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  const sendmail = () =>
    `mailcmd="msmtp --file=/dev/null --host=127.0.0.1 --port=${port} -i -f '<sender>' '<dest>'"`;
  const ACTIONS: [string, () => string][] = [
    ['sendmail', () => `${sendmail()},sender=f2b@example.org`],
    ['sendmail-whois-matches', () => `${sendmail()},sender=f2b@example.org,_whois_command=true`],
    ['mail', () => `mailcmd="HOME=${lab.scratch} bsd-mailx -s"`],
    [
      'mail-whois-lines',
      () => `mailcmd="HOME=${lab.scratch} bsd-mailx -s",logpath=${join(lab.scratch, 'x.log')}`,
    ],
  ];

  test.each(ACTIONS)('%s: one mail for a ban, to the one who is to get it', async (action, options) => {
    writeFileSync(join(lab.scratch, 'x.log'), HOSTILE.map((text) => `${text} ${IP}\n`).join(''), 'latin1');
    const one = lab.engine(`${action}[${options()},dest=admin@example.org]`);
    engine = one;
    await one.start();
    const before = mails().length;
    const matches = HOSTILE.map((text) => ({ text }));
    expect(await one.ban([IP], { matches })).toEqual(OK);
    const [mail, ...more] = mails().slice(before);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ from: 'f2b@example.org', to: ['admin@example.org'] });
    const [head = '', ...body] = (mail?.text ?? '').split('\n\n');
    expect(head).toMatch(/^Subject: \[Fail2Ban\] j: banned 192\.0\.2\.1/m);
    expect(head).not.toMatch(/^Bcc|everybody/im);
    expect(body.join('\n')).toContain(IP);
    expect(lab.sh('ls owned 2>/dev/null; true')).toBe('');
  });

  test('a mail server that is not there is a ban that failed, and nothing is claimed', async () => {
    const gone = sendmail().replace(`--port=${port}`, '--port=1');
    engine = lab.engine(`sendmail[${gone},dest=admin@example.org]`);
    const { failed } = await engine.ban([IP]);
    expect(failed).toHaveLength(1);
  });
});
