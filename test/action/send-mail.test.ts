import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendMail } from '../../src/core/action/send-mail.js';

/** A mail server that takes everything, or refuses a recipient. */
const received: string[] = [];
let refuses = false;
const server = createServer((socket: Socket) => {
  let inData = false;
  let text = '';
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (;;) {
      const end = inData ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n');
      if (end < 0) return;
      const part = text.slice(0, end);
      text = text.slice(end + (inData ? 5 : 2));
      if (inData) {
        received.push(part);
        inData = false;
        socket.write('250 taken\r\n');
      } else if (/^DATA/i.test(part)) {
        inData = true;
        socket.write('354 go on\r\n');
      } else if (/^QUIT/i.test(part)) socket.end('221 bye\r\n');
      else if (refuses && /^RCPT/i.test(part)) socket.write('550 nobody here\r\n');
      else socket.write('250 fine\r\n');
    }
  });
  socket.on('error', () => {});
});
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => {
  server.close();
});

const mail = {
  from: { name: 'Fail2Ban', address: 'fail2ban@example.org' },
  to: ['root@example.org'],
  subject: '[Fail2Ban] sshd: banned 192.0.2.1',
  text: 'lines:\nuser=a\r\n.\r\nBcc: victim@example.org\nü',
  atSec: 1_795_251_298,
};
const local = () => ({ host: '127.0.0.1', port, secure: false, login: undefined, timeoutMs: 5000 });

test('a message arrives with its headers, and what a log says stays its text', async () => {
  await sendMail(mail, local());
  const message = received.at(-1) ?? '';
  const [head = '', body = ''] = message.split(/\r\n\r\n/, 2);
  expect(head).toMatch(/^From: "?Fail2Ban"? <fail2ban@example\.org>$/im);
  expect(head).toMatch(/^To: root@example\.org$/im);
  expect(head).toContain('Subject: [Fail2Ban] sshd: banned 192.0.2.1');
  expect(head).not.toMatch(/Bcc/i);
  expect(body).not.toBe('');
});

test('a line end in a subject begins no header', async () => {
  await sendMail({ ...mail, subject: 'x\r\nBcc: victim@example.org' }, local());
  const [head = ''] = (received.at(-1) ?? '').split(/\r\n\r\n/, 1);
  expect(head).not.toMatch(/^Bcc:/im);
});

test('a server that refuses the message is a failure', async () => {
  refuses = true;
  await expect(sendMail(mail, local())).rejects.toThrow(/550|recipients/i);
  refuses = false;
});

test('a server that is not there is a failure', async () => {
  await expect(sendMail(mail, { ...local(), port: 1 })).rejects.toThrow(/ECONNREFUSED|connect/);
});
