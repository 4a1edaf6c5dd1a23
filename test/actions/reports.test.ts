/** The other mails and reports: with the program mail, many bans in one, to whoever is in charge of a network. */
import { existsSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing } from './lab.js';

const why = missing();
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`reports by mail are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP = '192.0.2.1';
const IP6 = '2001:db8::1';
const HOSTILE = [
  '.',
  '~!touch /tmp/f2b-owned',
  '~r /etc/shadow',
  'From: god@example.org',
  '--f2b-part-1',
  '---',
  'Source: 198.51.100.1',
  '\x1b]0;title\x07\x1b[31m',
  '$(touch owned) `touch owned` "; touch owned; "',
  "'; touch owned; '",
  '\\n.\\n%s%n%%',
  `${'x'.repeat(5000)}`,
  'caf\u00e9',
  '\r\nRCPT TO:<everybody@example.org>\r\n.\r\nQUIT',
];

interface Mail {
  readonly args: string[];
  readonly text: string;
}

when('reports by mail', () => {
  let lab: Lab;
  let path: string;
  let engines: Engine[] = [];
  const file = (name: string) => join(lab.scratch, name);
  beforeAll(async () => {
    lab = await Lab.open();
    // Each mail a file: its arguments one a line, an empty line, the text
    const mailer = `n=$(ls ${lab.scratch}/mail.* 2>/dev/null | wc -l); [ ! -e ${file('down')} ] || { echo "no mail today" >&2; exit 75; }
      { printf '%s\\n' "$@" ''; cat; } > ${lab.scratch}/mail.$n`;
    path = lab.tools({
      mail: mailer,
      sendmail: mailer,
      whois: `echo "$@" >> ${file('asked')}; cat ${file('whois.txt')}`,
      dig: `echo "$@" >> ${file('asked')}; cat ${file('dns.txt')}; [ ! -e ${file('down')} ] || exit 9`,
      geoiplookup: 'echo "GeoIP Country Edition: XX, Nowhere ($1)"',
      geoiplookup6: 'echo "GeoIP Country V6 Edition: YY, Elsewhere ($1)"',
    });
    writeFileSync(file('whois.txt'), 'netname: EXAMPLE\n');
    writeFileSync(file('dns.txt'), '"abuse@example.net"\n');
  });
  afterEach(() => {
    for (const engine of engines) engine.end();
    engines = [];
    mails();
    for (const name of ['asked', 'down', 'buffer']) rmSync(file(name), { force: true });
    expect(lab.sh('ls owned /tmp/f2b-owned 2>/dev/null; true')).toBe('');
  });
  afterAll(() => lab?.close());

  const open = (action: string) => {
    const engine = lab.engine(action, { path });
    engines.push(engine);
    return engine;
  };
  /** Since the last time, but for the first one, with which an action starts. */
  const mails = () => everyMail().filter(({ text }) => !text.includes('now watches the logs'));
  function everyMail(): Mail[] {
    const found: Mail[] = [];
    for (let n = 0; existsSync(file(`mail.${n}`)); n++) {
      const text = readFileSync(file(`mail.${n}`), 'utf8');
      const at = text.indexOf('\n\n');
      found.push({ args: text.slice(0, at).split('\n'), text: text.slice(at + 2) });
    }
    lab.sh(`rm -f ${lab.scratch}/mail.*`);
    return found;
  }
  const only = (): Mail => {
    const all = mails();
    expect(all).toHaveLength(1);
    return all[0] as Mail;
  };
  const asked = () =>
    existsSync(file('asked')) ? readFileSync(file('asked'), 'utf8').trim().split('\n') : [];
  const SENDMAIL = `mailcmd="sendmail -i -f '<sender>' '<dest>'"`;
  const hostile = HOSTILE.map((text) => ({ text }));
  function harmless(text: string): void {
    expect(text).not.toMatch(/^[.~]|^From |^QUIT|^RCPT/m);
    expect([...text].filter((c) => c < ' ' && c !== '\n' && c !== '\t')).toEqual([]);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(998);
  }

  describe('with the program mail', () => {
    test('say who was banned, and when a jail starts and stops', async () => {
      const one = open('mail[dest=admin@example.org]');
      await one.start();
      expect(await one.ban([IP])).toEqual(OK);
      expect(await one.ban([IP6], { restored: true })).toEqual(OK);
      expect(await one.stop()).toEqual(OK);
      const all = everyMail();
      expect(all.map(({ args }) => args)).toEqual(
        ['started on vm.example.org', `banned ${IP} on vm.example.org`, 'stopped on vm.example.org'].map(
          (what) => ['-s', `[Fail2Ban] j: ${what}`, 'admin@example.org'],
        ),
      );
      expect(all[1]?.text).toBe(
        `vm.example.org has banned ${IP} in j, after 3 failures.\n\nTo let it in again:\n  f2b unban ${IP}\n`,
      );
    });

    test('bring what whois says, and the lines of the log', async () => {
      writeFileSync(file('auth.log'), `a ${IP} b\nc ${IP}0 d\n`);
      expect(await open(`mail-whois-lines[logpath=${file('auth.log')}]`).ban([IP])).toEqual(OK);
      const { text } = only();
      expect(text).toContain('whois:\n\n  netname: EXAMPLE\n');
      expect(text).toMatch(new RegExp(`:\\n\\n  a ${IP} b\\n$`));
      expect(await open('mail-whois').ban([IP])).toEqual(OK);
      expect(only().text).toMatch(/ {2}netname: EXAMPLE\n$/);
    });

    test.each(['mail', 'mail-whois', 'mail-whois-lines[logpath=]'])(
      '%s keeps hostile text text',
      async (name) => {
        writeFileSync(file('whois.txt'), HOSTILE.join('\n'));
        const one = open(name);
        expect(await one.ban([IP], { matches: hostile })).toEqual(OK);
        for (const id of HOSTILE) expect(await one.ban([id])).toEqual(OK);
        for (const { args, text } of mails()) {
          harmless(text);
          expect(args).toHaveLength(3);
          expect([args[0], args[2]]).toEqual(['-s', 'root']);
        }
        writeFileSync(file('whois.txt'), 'netname: EXAMPLE\n');
      },
    );

    test('that fails is a ban that failed', async () => {
      writeFileSync(file('down'), '');
      for (const name of ['mail', 'mail-whois', 'mail-whois-lines']) {
        const { failed } = await open(name).ban([IP]);
        expect(failed[0]?.reason).toContain('no mail today');
      }
    });
  });

  describe.each([
    ['sendmail-whois-matches', 'Lines that led to the ban'],
    ['sendmail-whois-ipmatches', 'Lines of all its bans'],
    ['sendmail-whois-ipjailmatches', 'Lines of all its bans in j'],
    ['sendmail-geoip-lines', 'Lines of the log (at most 1000)'],
  ])('%s', (name, title) => {
    test('brings the lines, and what else is known', async () => {
      const matches = [{ text: 'first' }, { text: 'second' }];
      const one = open(`${name}[${SENDMAIL},logpath=]`);
      expect(await one.ban([IP], { matches })).toEqual(OK);
      const { args, text } = only();
      expect(args).toEqual(['-i', '-f', 'fail2ban', 'root']);
      expect(text.endsWith(`\n${title}:\n\n  first\n  second\n`)).toBe(true);
      if (name === 'sendmail-geoip-lines') {
        expect(text).toContain(
          `Where it is:\n\n  GeoIP Country Edition: XX, Nowhere (${IP})\n  Name: None\n`,
        );
        expect(await one.ban([IP6])).toEqual(OK);
        expect(only().text).toContain(`YY, Elsewhere (${IP6})`);
        expect(await one.ban(['$(touch owned)'])).toEqual(OK);
        expect(only().text).toContain('\n  not an address\n');
      } else expect(text).toContain('whois:\n\n  netname: EXAMPLE\n');
    });

    test('keeps hostile text text', async () => {
      const one = open(`${name}[${SENDMAIL},logpath=]`);
      expect(await one.ban([IP], { matches: hostile })).toEqual(OK);
      const { args, text } = only();
      expect(args).toEqual(['-i', '-f', 'fail2ban', 'root']);
      const [head = '', ...body] = text.split('\n\n');
      expect(head.split('\n')).toHaveLength(8);
      harmless(body.join('\n\n'));
    });
  });

  describe.each([
    ['mail-buffered', 'mailcmd="mail -s"'],
    ['sendmail-buffered', SENDMAIL],
  ])('%s', (name, how) => {
    const action = () => `${name}[${how},lines=3,tmpfile=${file('buffer')}]`;

    test('sends a mail when there are enough bans, and the rest at the end', async () => {
      const one = open(action());
      await one.start();
      mails();
      for (const id of [IP, IP6]) expect(await one.ban([id])).toEqual(OK);
      expect(mails()).toEqual([]);
      expect(statSync(file('buffer')).mode & 0o777).toBe(0o600);
      expect(await one.ban(['192.0.2.3'])).toEqual(OK);
      const lines = only()
        .text.split('\n')
        .filter((line) => line.startsWith('  '));
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d j: 192\.0\.2\.1 \(3 failures\)$/);
      expect(existsSync(file('buffer'))).toBe(false);
      expect(await one.ban(['192.0.2.4'])).toEqual(OK);
      expect(await one.stop()).toEqual(OK);
      const [rest, stopped] = mails();
      expect(rest?.text).toContain('192.0.2.4');
      expect(rest?.text).not.toContain('192.0.2.3');
      expect(stopped).toBeDefined();
      expect(existsSync(file('buffer'))).toBe(false);
    });

    test('loses nothing and doubles nothing when a mail fails', async () => {
      const one = open(action());
      for (const id of [IP, IP6]) expect(await one.ban([id])).toEqual(OK);
      writeFileSync(file('down'), '');
      expect((await one.ban(['192.0.2.3'])).failed[0]?.reason).toContain('no mail today');
      rmSync(file('down'));
      expect(await one.ban(['192.0.2.3'])).toEqual(OK);
      expect(
        only()
          .text.split('\n')
          .filter((line) => line.startsWith('  ')),
      ).toHaveLength(3);
    });

    test('refuses a file that somebody planted', async () => {
      writeFileSync(file('victim'), 'theirs\n');
      symlinkSync(file('victim'), file('buffer'));
      const { failed } = await open(action()).ban([IP]);
      expect(failed[0]?.reason).toContain('symbolic link');
      expect(lstatSync(file('buffer')).isSymbolicLink()).toBe(true);
      expect(readFileSync(file('victim'), 'utf8')).toBe('theirs\n');
    });

    test('keeps hostile text text', async () => {
      const one = open(action());
      for (const id of HOSTILE) expect(await one.ban([id])).toEqual(OK);
      for (const { text } of mails()) harmless(text);
    });
  });

  describe('complain', () => {
    test('writes to whom the DNS names, and nobody else', async () => {
      writeFileSync(file('dns.txt'), '"abuse@example.net,noc@example.org"\n');
      const one = open('complain[logpath=,mailargs="-c archive@example.com"]');
      expect(await one.ban([IP], { matches: [{ text: 'a line' }] })).toEqual(OK);
      expect(asked()).toEqual(['+short +time=5 +tries=2 -t TXT 1.2.0.192.abuse-contacts.abusix.zone']);
      const { args, text } = only();
      expect(args).toEqual([
        '-s',
        `Abuse from ${IP}`,
        '-c',
        'archive@example.com',
        'abuse@example.net',
        'noc@example.org',
      ]);
      expect(text).toMatch(new RegExp(`the address ${IP} in your network`));
      expect(text).toMatch(/ {2}a line\n$/);
    });

    test.each([
      '-oQ/tmp@example.org',
      '"$(touch owned)@example.org"',
      '"|touch owned"',
      '";touch owned;@x.org"',
      '"a@b"',
      '"a b"',
      ';; communications error',
      '',
    ])('takes nothing from an answer like %j that is no address', async (answer) => {
      writeFileSync(file('dns.txt'), `${answer}\n`);
      expect(await open('complain[logpath=]').ban([IP])).toEqual(OK);
      expect(mails()).toEqual([]);
    });

    test('keeps hostile text text', async () => {
      writeFileSync(file('dns.txt'), '"abuse@example.net"\n');
      const one = open('complain[logpath=]');
      expect(await one.ban([IP6], { matches: hostile })).toEqual(OK);
      harmless(only().text);
      expect((await one.ban(HOSTILE)).failed).toHaveLength(HOSTILE.length);
      expect(asked()).toHaveLength(1);
    });

    test('sends nothing while it is tried out', async () => {
      expect(await open('complain[debug=1,logpath=]').ban([IP])).toEqual(OK);
      expect(mails()).toEqual([]);
    });

    test('that cannot ask, or cannot write, is a ban that failed', async () => {
      writeFileSync(file('down'), '');
      expect((await open('complain').ban([IP])).failed[0]?.reason).toContain('cannot be found out');
    });
  });

  describe('xarf-login-attack', () => {
    const XARF = `xarf-login-attack[mailcmd=sendmail,logpath=,service=ssh,port=22,sender=f2b@example.org]`;
    /** Head, and the parts: head and body of each. */
    function parts(text: string): { head: string; parts: [string, string][] } {
      const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? '?';
      const [head = '', ...rest] = text.split(`--${boundary}`);
      expect(rest.pop()).toBe('--\n');
      return {
        head,
        parts: rest.map((part) => {
          const at = part.indexOf('\n\n');
          return [part.slice(1, at), part.slice(at + 2)];
        }),
      };
    }

    test('reports in three parts', async () => {
      expect(await open(XARF).ban([IP], { matches: [{ text: 'a line' }] })).toEqual(OK);
      const { args, text } = only();
      expect(args).toEqual(['abuse@example.net']);
      const mail = parts(text);
      const date = '\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}';
      expect(mail.head).toMatch(
        new RegExp(
          `^Subject: abuse report about ${IP} - ${date}\nFrom: f2b@example\\.org\nTo: abuse@example\\.net\nDate: ${date}\n` +
            'MIME-Version: 1\\.0\nContent-Type: multipart/mixed; .*\nAuto-Submitted: auto-generated\nX-XARF: PLAIN\n\n$',
        ),
      );
      expect(mail.parts).toHaveLength(3);
      const report = Object.fromEntries(
        (mail.parts[1]?.[1] ?? '').split('\n').flatMap((line) => {
          const match = /^([\w-]+): (.*)$/.exec(line);
          return match ? [[match[1], match[2]]] : [];
        }),
      );
      expect(report).toMatchObject({
        'Reported-From': 'f2b@example.org',
        Category: 'abuse',
        'Report-Type': 'login-attack',
        Service: 'ssh',
        Port: '22',
        Version: '0.2',
        'Source-Type': 'ipv4',
        Source: IP,
        Attachment: 'text/plain',
      });
      expect(mail.parts[2]?.[1]).toBe('  a line\n\n');
    });

    test('keeps hostile text text', async () => {
      const one = open(XARF);
      expect(await one.ban([IP6], { matches: hostile })).toEqual(OK);
      const { text } = only();
      harmless(text);
      expect(parts(text).parts).toHaveLength(3);
      expect(text.match(/^Source: .*/gm)).toEqual([`Source: ${IP6}`]);
      expect((await one.ban(HOSTILE)).failed).toHaveLength(HOSTILE.length);
    });
  });

  describe('dshield', () => {
    const action = (more: string) =>
      `dshield[tmpfile=${file('ds')},userid=42,port=22,myip=198.51.100.1,mailcmd="mail -s",${more}]`;
    afterEach(() => {
      lab.sh(`rm -f ${file('ds')}.*`);
    });

    test('sends a report when there are enough bans', async () => {
      const one = open(action('lines=2'));
      await one.start();
      expect(await one.ban([IP])).toEqual(OK);
      expect(mails()).toEqual([]);
      expect(await one.ban([IP6])).toEqual(OK);
      const { args, text } = only();
      expect(args[1]).toMatch(/^FORMAT DSHIELD USERID 42 TZ [+-]\d\d:\d\d f2b$/);
      expect(args[2]).toBe('reports@dshield.org');
      const rows = text.split('\n').map((line) => line.split('\t'));
      expect(rows.slice(0, 2).map((row) => row.slice(1))).toEqual(
        [IP, IP6].map((ip) => ['42', '3', ip, '???', '198.51.100.1', '22', 'tcp', '']),
      );
      expect(rows[0]?.[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
    });

    test('waits for an hour after a report, and no longer than six', async () => {
      const one = open(action('lines=1'));
      expect(await one.ban([IP])).toEqual(OK);
      expect(mails()).toHaveLength(1);
      expect(await one.ban([IP6])).toEqual(OK);
      expect(await one.stop()).toEqual(OK);
      expect(mails()).toEqual([]);
      writeFileSync(`${file('ds')}.first`, `${Math.floor(Date.now() / 1000) - 21_601}\n`);
      expect(await open(action('lines=9')).ban(['192.0.2.3'])).toEqual(OK);
      expect(only().text.split('\n')).toHaveLength(3);
    });

    test('sends what is left when the jail stops', async () => {
      const one = open(action('lines=9'));
      await one.start();
      expect(await one.ban([IP])).toEqual(OK);
      expect(await one.stop()).toEqual(OK);
      expect(only().text).toContain(IP);
      expect(existsSync(`${file('ds')}.buffer`)).toBe(false);
    });

    test('refuses what is no address', async () => {
      const { failed } = await open(action('lines=1')).ban([...HOSTILE, 'a.b.c.d\t6']);
      expect(failed).toHaveLength(HOSTILE.length + 1);
      expect(mails()).toEqual([]);
    });
  });
});
