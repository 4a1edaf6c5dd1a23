/** Mail about bans, as smtp.py sends it, to a server that is not there. */
import { describe, expect, test } from '@jest/globals';
import type { Mail, MailServer } from '../../src/core/action/smtp-action.js';
import { banOf, open, planOf } from './helpers.js';

function openSmtp(properties: Record<string, string> = {}, fails?: string, memory = NOTHING_KNOWN) {
  const sent: { mail: Mail; server: MailServer }[] = [];
  const opened = open([planOf({ name: 'smtp', plugin: '/etc/fail2ban/action.d/smtp.py', properties })], {
    memory: () => memory,
    sendMail: async (mail, server) => {
      if (fails) throw new Error(fails);
      sent.push({ mail, server });
    },
  });
  return { ...opened, sent, subjects: () => sent.map(({ mail }) => mail.subject) };
}
const NOTHING_KNOWN = { families: [] as { family: string; state: 'started' }[], holding: [], held: [] };
const BAN = banOf('192.0.2.1', { matches: [{ text: 'first' }, { text: 'second' }] });

describe('the smtp action', () => {
  test('writes when the jail starts, for each ban, and when it stops', async () => {
    const { actions, subjects, journal } = openSmtp();
    await actions.start();
    await actions.start();
    await actions.ban([BAN, banOf('2001:db8::1')]);
    await actions.unban([BAN], 'expired');
    await actions.stop('idle');
    await actions.stop();
    await actions.stop();
    expect(subjects()).toEqual([
      '[Fail2Ban] j: started on vm.example.org',
      '[Fail2Ban] j: banned 192.0.2.1 from vm.example.org',
      '[Fail2Ban] j: banned 2001:db8::1 from vm.example.org',
      '[Fail2Ban] j: stopped on vm.example.org',
    ]);
    expect(journal.entries).toEqual([
      'family smtp - started',
      'begin smtp ban 192.0.2.1',
      'end smtp ban 192.0.2.1=ok',
      'begin smtp ban 2001:db8::1',
      'end smtp ban 2001:db8::1=ok',
      'end smtp unban 192.0.2.1=skipped',
      'family smtp - stopped',
    ]);
  });

  test('does not write twice: neither for what may have been sent, nor for restored bans, nor at every run', async () => {
    const known = { ...NOTHING_KNOWN, families: [{ family: '', state: 'started' as const }] };
    const { actions, sent, journal } = openSmtp({}, undefined, known);
    await actions.start();
    await actions.redo([BAN]);
    await actions.ban([{ ...BAN, restored: true }]);
    await actions.reban([BAN]);
    expect(sent).toEqual([]);
    expect(journal.entries).toEqual([
      'end smtp ban 192.0.2.1=ok',
      'end smtp ban 192.0.2.1=skipped',
      'end smtp reban 192.0.2.1=skipped',
    ]);
  });

  test('knows who writes to whom', async () => {
    const { actions, sent } = openSmtp({ sender: 'f2b@example.org', sendername: 'Guard', dest: 'a@x, b@y,' });
    await actions.ban([BAN]);
    expect(sent[0]?.mail).toMatchObject({
      from: { name: 'Guard', address: 'f2b@example.org' },
      to: ['a@x', 'b@y'],
      atSec: 1795281900.25,
    });
  });

  test.each([
    [{}, { host: 'localhost', port: 25, secure: false, login: undefined }],
    [{ host: 'mail.example.org:587' }, { host: 'mail.example.org', port: 587 }],
    [{ host: '[2001:db8::1]:26' }, { host: '2001:db8::1', port: 26 }],
    [
      { host: 'mail.example.org', ssl: 'yes' },
      { port: 465, secure: true },
    ],
    [{ user: 'joe', password: 's3cret' }, { login: { user: 'joe', password: 's3cret' } }],
  ])('reaches the server of %j', async (properties, expected) => {
    const { actions, sent } = openSmtp(properties as Record<string, string>);
    await actions.ban([BAN]);
    expect(sent[0]?.server).toMatchObject(expected);
  });

  test.each([
    ['', false],
    ['matches', true],
    ['ipmatches', true],
    ['ipjailmatches', true],
    ['nothing', false],
  ])('shows lines when asked for %j: %s', async (matches, shown) => {
    const { actions, sent } = openSmtp({ matches });
    await actions.ban([BAN]);
    expect(sent[0]?.mail.text.includes('first\nsecond')).toBe(shown);
  });

  test('lets no text of a log into a header, and no control character into a text', async () => {
    const { actions, sent } = openSmtp({ matches: 'matches', dest: 'a@x\nBcc: evil@x' });
    await actions.ban([
      banOf('x\r\nBcc: evil@x\r\n', { matches: [{ text: '\x1b[31m~!id\0\r\n.\r\nMAIL' }] }),
    ]);
    const mail = sent[0]?.mail;
    expect(mail?.subject).toBe('[Fail2Ban] j: banned x Bcc: evil@x  from vm.example.org');
    expect(mail?.to).toEqual(['a@x Bcc: evil@x']);
    expect(mail?.text).toContain('\ufffd[31m~!id\ufffd\n.\nMAIL');
  });

  test('tells why it could not', async () => {
    const { actions, journal, log } = openSmtp({}, 'connect ECONNREFUSED 127.0.0.1:25');
    expect(await actions.start()).toEqual([
      { action: 'smtp', family: '', state: 'broken', reason: 'mail: connect ECONNREFUSED 127.0.0.1:25' },
    ]);
    await actions.ban([BAN]);
    expect(journal.outcomes).toEqual([
      { id: '192.0.2.1', ok: false, reason: 'mail: connect ECONNREFUSED 127.0.0.1:25' },
    ]);
    expect(log.filter(({ level }) => level === 'ERROR')).toHaveLength(2);
  });

  test('has properties that can be changed', async () => {
    const { actions, sent } = openSmtp();
    actions.action('smtp')?.set('dest', 'other@x');
    await actions.ban([BAN]);
    expect(sent[0]?.mail.to).toEqual(['other@x']);
    expect(actions.action('smtp')?.properties.get('host')).toBe('localhost');
  });
});

test('without a way to send mail it is refused like any plug-in', async () => {
  const { actions, journal } = open([planOf({ name: 'smtp', plugin: '/etc/fail2ban/action.d/smtp.py' })]);
  await actions.ban([BAN]);
  expect(journal.outcomes[0]).toMatchObject({ ok: false });
});
