/** Mails and reports: whatever is in a log or in the answer of whois, it is text in them. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing } from './lab.js';

const why = missing();
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`mail actions are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP = '192.0.2.1';
const HOSTILE = [
  '.',
  '~!touch /tmp/f2b-owned',
  '~r /etc/shadow',
  'From: god@example.org',
  '\x1b]0;title\x07\x1b[31m',
  '\0NUL',
  '$(touch owned) `touch owned` "; touch owned; "',
  "'; touch owned; '",
  '\\n.\\n%s%n%%',
  `${'x'.repeat(5000)}`,
  'caf\xe9 \xff\xfe',
  '\r\nRCPT TO:<everybody@example.org>\r\n.\r\nQUIT',
];

when('mail actions', () => {
  let lab: Lab;
  let path: string;
  let engine: Engine | undefined;
  const file = (name: string) => join(lab.scratch, name);
  beforeAll(async () => {
    lab = await Lab.open();
    path = file('bin');
    mkdirSync(path);
    tool('sendmail', `printf '%s\\n' "$@" > ${file('args')}; cat > ${file('mail')}`);
    tool('whois', `echo "$@" > ${file('asked')}; cat ${file('whois.txt')}`);
    tool('curl', `printf '%s\\n' "$@" > ${file('args')}; cat > ${file('curl.txt')}; exit \${CURL_STATUS:-0}`);
    writeFileSync(file('whois.txt'), 'netname: EXAMPLE\n');
  });
  afterEach(() => {
    engine?.end();
    for (const name of ['args', 'mail', 'asked', 'curl.txt']) rmSync(file(name), { force: true });
  });
  afterAll(() => lab?.close());

  function tool(name: string, does: string): void {
    writeFileSync(join(path, name), `#!/bin/sh\n${does}\n`);
    chmodSync(join(path, name), 0o755);
  }
  /** The file says /usr/sbin/sendmail, and so does fail2ban's. */
  const MAILCMD = `mailcmd="sendmail -i -f '<sender>' '<dest>'"`;
  const open = (action: string) => {
    engine = lab.engine(action, { path });
    return engine;
  };
  const mail = () => readFileSync(file('mail'), 'latin1');
  const parts = () => {
    const at = mail().indexOf('\n\n');
    return { head: mail().slice(0, at).split('\n'), body: mail().slice(at + 2) };
  };
  const FIELDS = [
    'Subject',
    'Date',
    'From',
    'To',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Auto-Submitted',
  ];

  test('say who was banned, where, and how to let it in again', async () => {
    const one = open(`sendmail[${MAILCMD},dest=admin@example.org,sender=f2b@example.org]`);
    expect(await one.ban([IP])).toEqual(OK);
    const { head, body } = parts();
    expect(readFileSync(file('args'), 'utf8')).toBe('-i\n-f\nf2b@example.org\nadmin@example.org\n');
    expect(head.map((line) => line.split(':')[0])).toEqual(FIELDS);
    expect(head[0]).toBe(`Subject: [Fail2Ban] j: banned ${IP} on vm.example.org`);
    expect(head[1]).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/);
    expect(head.slice(2, 4)).toEqual(['From: Fail2Ban <f2b@example.org>', 'To: admin@example.org']);
    expect(body).toBe(
      `vm.example.org has banned ${IP} in j, after 3 failures.\n\nTo let it in again:\n  f2b unban ${IP}\n`,
    );
  });

  test('say when a jail starts and stops', async () => {
    const one = open(`sendmail[${MAILCMD}]`);
    await one.start();
    expect(parts().head[0]).toBe('Subject: [Fail2Ban] j: started on vm.example.org');
    await one.stop();
    expect(parts().head[0]).toBe('Subject: [Fail2Ban] j: stopped on vm.example.org');
  });

  test('are not sent for bans that are put back', async () => {
    const one = open(`sendmail[${MAILCMD}]`);
    expect(await one.ban([IP], { restored: true })).toEqual(OK);
    expect(existsSync(file('mail'))).toBe(false);
  });

  test('bring what whois says, and the lines of the log', async () => {
    const log = file('auth.log');
    writeFileSync(log, `a ${IP} b\nc ${IP}0 d\nno 192x0x2x1\ne ${IP}: f\n`);
    const one = open(`sendmail-whois-lines[${MAILCMD},logpath="/dev/null ${log} /no/such/file"]`);
    expect(await one.ban([IP])).toEqual(OK);
    expect(readFileSync(file('asked'), 'utf8')).toBe(`${IP}\n`);
    expect(parts().body).toContain('whois:\n\n  netname: EXAMPLE\n');
    expect(parts().body).toMatch(new RegExp(`:\\n\\n  a ${IP} b\\n  e ${IP}: f\\n$`));
  });

  test('bring what the filter took where there is no log file', async () => {
    const one = open(`sendmail-whois-lines[${MAILCMD},logpath=]`);
    expect(await one.ban([IP], { matches: [{ text: 'first' }, { text: 'second' }] })).toEqual(OK);
    expect(parts().body).toMatch(/:\n\n {2}first\n {2}second\n$/);
  });

  test.each(['sendmail', 'sendmail-whois', 'sendmail-whois-lines'])(
    '%s keeps hostile text text',
    async (action) => {
      const log = file('hostile.log');
      writeFileSync(log, HOSTILE.map((text) => `${text} ${IP}\n${text}\n`).join(''), 'latin1');
      writeFileSync(file('whois.txt'), HOSTILE.join('\n'), 'latin1');
      const options = action === 'sendmail-whois-lines' ? `,logpath=${log}` : '';
      const one = open(`${action}[${MAILCMD}${options}]`);
      const matches = HOSTILE.map((text) => ({ text: text.replaceAll('\0', '') }));
      expect(await one.ban([IP], { matches })).toEqual(OK);
      const { head, body } = parts();
      expect(head.map((line) => line.split(':')[0])).toEqual(FIELDS);
      expect(readFileSync(file('args'), 'utf8')).toBe('-i\n-f\nfail2ban\nroot\n');
      expect(body).not.toMatch(/^[.~]|^From/m);
      expect([...body].filter((c) => c < ' ' && c !== '\n' && c !== '\t')).toEqual([]);
      expect(Math.max(...body.split('\n').map(({ length }) => length))).toBeLessThan(998);
      expect(lab.sh('ls owned /tmp/f2b-owned 2>/dev/null; true')).toBe('');
      writeFileSync(file('whois.txt'), 'netname: EXAMPLE\n');
    },
  );

  test.each(HOSTILE.map((text) => text.replaceAll('\0', '')))(
    'an id like %j stays in its line',
    async (id) => {
      const one = open(`sendmail-whois[${MAILCMD}]`);
      expect(await one.ban([id])).toEqual(OK);
      const { head } = parts();
      expect(head.map((line) => line.split(':')[0])).toEqual(FIELDS);
      expect(readFileSync(file('args'), 'utf8')).toBe('-i\n-f\nfail2ban\nroot\n');
      expect(existsSync(file('asked'))).toBe(false);
    },
  );

  test('a mail program that fails is a ban that failed', async () => {
    const one = open('sendmail[mailcmd="exit 75;"]');
    expect((await one.ban([IP])).failed[0]?.reason).toContain('75');
  });

  const REPORT = 'blocklist_de[email="a@example.org",apikey="s3cret&key",service=sshd,agent="f2b \\"1\\""]';

  test('blocklist_de keeps its key out of the list of processes', async () => {
    const one = open(REPORT.replaceAll('\\"', ''));
    expect(
      await one.ban([IP], { matches: [{ text: 'one "quoted" \\ line' }, { text: 'two\ttabs' }] }),
    ).toEqual(OK);
    expect(readFileSync(file('args'), 'utf8')).not.toMatch(/s3cret|one|192/);
    expect(readFileSync(file('curl.txt'), 'utf8')).toBe(
      [
        'data-urlencode = "server=a@example.org"',
        'data-urlencode = "apikey=s3cret&key"',
        'data-urlencode = "service=sshd"',
        `data-urlencode = "ip=${IP}"`,
        'data-urlencode = "logs=one \\"quoted\\" \\\\ line\\ntwo\ttabs"',
        'data-urlencode = "format=text"',
        'user-agent = "f2b 1"',
        '',
      ].join('\n'),
    );
  });

  test('blocklist_de sends just that, with the real curl', async () => {
    const received: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        received.push(`${request.headers['user-agent']} ${body}`);
        response.end('ok');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    try {
      const one = open(REPORT.replaceAll('\\"', ''));
      const matches = HOSTILE.slice(0, 9).map((text) => ({ text: text.replaceAll('\0', '') }));
      expect(await one.ban([IP], { matches })).toEqual(OK);
      const { execFile } = await import('node:child_process');
      await new Promise<void>((done) => {
        const curl = execFile('/usr/bin/curl', ['-s', '-K', '-', `http://127.0.0.1:${port}/`], () => done());
        curl.stdin?.end(readFileSync(file('curl.txt')));
      });
      const fields = new URLSearchParams(received[0]?.replace(/^f2b 1 /, ''));
      expect([...fields.keys()]).toEqual(['server', 'apikey', 'service', 'ip', 'logs', 'format']);
      expect(fields.get('apikey')).toBe('s3cret&key');
      expect(fields.get('logs')).toBe(
        matches
          .map(({ text }) => [...text].filter((c) => c >= ' ' || c === '\n' || c === '\t').join(''))
          .join('\n'),
      );
    } finally {
      server.close();
    }
  });
});
