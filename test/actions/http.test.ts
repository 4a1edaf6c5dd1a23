/** Actions that talk to a service by HTTP, with the real curl, against services on loopback. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing, type Request, type Services } from './lab.js';

const why = missing('curl');
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`actions that talk to web services are not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP = '192.0.2.1';
const IP6 = '2001:db8::1';
const HOSTILE = [
  '", "chat_id": "victim", "x": "',
  '\\", \\"chat_id\\": \\"victim',
  '\\',
  '\\u0022',
  '}]} {"a": [',
  '\x1b]0;title\x07\x7f',
  '$(touch owned) `touch owned` "; touch owned; "',
  "'; touch owned; '",
  '%s%n%{http_code} $HOME <ip> <message> $message $f2bV_matches @file',
  'caf\u00e9 \u{1f600} \u2028',
  'tab\there\r\nnext: line',
];
/** What arrives of a text: everything but control characters. */
const arriving = (text: string) => text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, '');

when('actions that talk to a web service', () => {
  let lab: Lab;
  let services: Services;
  let path: string;
  let engines: Engine[] = [];
  beforeAll(async () => {
    lab = await Lab.open();
    services = await lab.services();
    // The list of processes, as others on the machine see it
    path = lab.tools({ curl: `echo "$@" >> ${join(lab.scratch, 'argv')}; exec /usr/bin/curl "$@"` });
  });
  beforeEach(() => {
    services.requests();
    writeFileSync(join(lab.scratch, 'argv'), '');
  });
  afterEach(() => {
    for (const engine of engines) engine.end();
    engines = [];
    const argv = lab.sh(`cat ${join(lab.scratch, 'argv')}`);
    expect(argv).not.toMatch(/s3cret|czNjcmV0|192\.0\.2|victim/);
    expect(lab.sh('ls owned 2>/dev/null; true')).toBe('');
  });
  afterAll(() => lab?.close());

  const open = (action: string) => {
    const engine = lab.engine(action.replaceAll('URL', services.url), { path });
    engines.push(engine);
    return engine;
  };
  const only = (): Request => {
    const requests = services.requests();
    expect(requests).toHaveLength(1);
    return requests[0] as Request;
  };
  const matches = HOSTILE.map((text) => ({ text }));

  test('abuseipdb reports address, categories and a comment', async () => {
    const one = open('abuseipdb[url=URL/report,abuseipdb_apikey=s3cret,abuseipdb_category="18,22"]');
    expect(await one.ban([IP], { matches })).toEqual(OK);
    const { method, headers, body } = only();
    expect([method, headers['key'], headers['accept']]).toEqual(['POST', 's3cret', 'application/json']);
    const fields = new URLSearchParams(body);
    expect([...fields.keys()]).toEqual(['ip', 'categories', 'comment']);
    expect([fields.get('ip'), fields.get('categories')]).toEqual([IP, '18,22']);
    const said = HOSTILE.map(arriving)
      .join(' ')
      .replaceAll(/[\n\t]/g, ' ');
    expect(fields.get('comment')).toBe(`j: 3 failures. ${said}`);
    await one.ban([IP6], { matches: [{ text: `${'x'.repeat(999)}\u{1f600}` }] });
    expect(new URLSearchParams(only().body).get('comment')).toMatch(/^j: 3 failures\. x{900,}$/);
  });

  test('abuseipdb takes an address that was just reported for reported', async () => {
    const one = open('abuseipdb[url=URL/abuseipdb/twice,abuseipdb_apikey=s3cret]');
    expect(await one.ban([IP])).toEqual(OK);
  });

  test('ipthreat reports as JSON', async () => {
    const one = open('ipthreat[url=URL/report,ipthreat_apikey=s3cret,ipthreat_system=SSH]');
    expect(await one.ban([IP6], { matches })).toEqual(OK);
    const { method, headers, body } = only();
    expect([method, headers['x-api-key'], headers['content-type']]).toEqual([
      'POST',
      's3cret',
      'application/json',
    ]);
    const notes = HOSTILE.map(arriving).join('\n');
    expect(JSON.parse(body)).toEqual({ ip: IP6, flags: '8', system: 'SSH', notes });
  });

  test('mynetwatchman reports as a form', async () => {
    const one = open(
      'mynetwatchman[mnwurl=URL/report,mnwlogin=a@example.org,mnwpass=s3cret,port=22,myip=198.51.100.1]',
    );
    expect(await one.ban([IP])).toEqual(OK);
    const fields = new URL(only().url, 'http://x').searchParams;
    expect(Object.fromEntries(fields)).toEqual({
      AT: '2',
      AV: '0',
      AgentEmail: 'a@example.org',
      AgentPassword: 's3cret',
      AttackerIP: IP,
      SrcPort: '0',
      ProtocolID: '6',
      DestPort: '22',
      AttackCount: '3',
      VictimIP: '198.51.100.1',
      AttackDateTime: '2026-11-21 17:23:25',
    });
  });

  test('blocklist_de reports as a form', async () => {
    const one = open('blocklist_de[url=URL/report,email=a@example.org,apikey=s3cret,service=sshd,agent=f2b]');
    expect(await one.ban([IP], { matches })).toEqual(OK);
    const { headers, body } = only();
    expect(headers['user-agent']).toBe('f2b');
    const fields = new URLSearchParams(body);
    expect([...fields.keys()]).toEqual(['server', 'apikey', 'service', 'ip', 'logs', 'format']);
    expect(fields.get('logs')).toBe(HOSTILE.map(arriving).join('\n'));
  });

  const CLOUDS: readonly [string, string, string][] = [
    ['cloudflare', 'cloudflare[url=URL/cf,cfuser=a@example.org,cftoken=s3cret]', 'user'],
    ['cloudflare-token', 'cloudflare-token[url=URL/cf,cfzone=z1,cftoken=s3cret]', 'zones/z1'],
  ];
  test.each(CLOUDS)('%s bans and lets in again', async (_name, action, where) => {
    const one = open(action);
    const rules = `/cf/${where}/firewall/access_rules/rules`;
    for (const [id, target] of [
      [IP, 'ip'],
      [IP6, 'ip6'],
      ['198.51.100.0/24', 'ip_range'],
    ] as const) {
      expect(await one.ban([id])).toEqual(OK);
      const { method, url, body } = only();
      expect([method, url]).toEqual(['POST', rules]);
      const configuration = { target, value: id };
      expect(JSON.parse(body)).toEqual({ mode: 'block', configuration, notes: 'Fail2Ban j' });
    }
    expect(await one.verify([IP, IP6, '192.0.2.2'])).toEqual(['present', 'present', 'absent']);
    expect(await one.reban([IP])).toEqual(OK);
    services.requests();
    expect(await one.unban([IP])).toEqual(OK);
    expect(services.requests().map(({ method }) => method)).toEqual(['GET', 'DELETE']);
    expect(await one.verify([IP, IP6])).toEqual(['absent', 'present']);
    expect(await one.unban([IP])).toEqual(OK);
  });

  test('cloudflare leaves the rules of others alone', async () => {
    const theirs = open('cloudflare-token[url=URL/cf,cfzone=z2,cftoken=s3cret,notes="by hand"]');
    expect(await theirs.ban([IP])).toEqual(OK);
    const ours = open('cloudflare-token[url=URL/cf,cfzone=z2,cftoken=s3cret]');
    expect(await ours.ban([IP])).toEqual(OK);
    expect(await ours.unban([IP])).toEqual(OK);
    expect(await ours.verify([IP])).toEqual(['present']);
  });

  test('cloudflare without the right token bans nobody, and says so', async () => {
    const { failed } = await open('cloudflare[url=URL/cf,cftoken=wrong]').ban([IP]);
    expect(failed[0]?.reason).toMatch(/403.*Invalid access token/);
  });

  test('netscaler bans and lets in again', async () => {
    const one = open('netscaler[ns_url=URL/nitro/v1/config,ns_auth=czNjcmV0,ns_dataset=black]');
    expect((await one.start()).errors).toEqual([]);
    expect(await one.ban([IP])).toEqual(OK);
    expect(await one.ban([IP6])).toEqual(OK);
    expect(await one.reban([IP])).toEqual(OK);
    expect(await one.verify([IP, IP6, '192.0.2.2'])).toEqual(['present', 'present', 'absent']);
    services.requests();
    expect(await one.unban([IP])).toEqual(OK);
    expect(services.requests().map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/nitro/v1/config/policydataset_value_binding/black'],
      ['DELETE', `/nitro/v1/config/policydataset_value_binding/black?args=value:${IP}`],
    ]);
    expect(await one.unban([IP])).toEqual(OK);
    expect(await one.verify([IP, IP6])).toEqual(['absent', 'present']);
  });

  test('netscaler without its data set does not start', async () => {
    const one = open('netscaler[ns_url=URL/nitro/v1/config,ns_auth=czNjcmV0,ns_dataset=other]');
    await one.start();
    const { failed } = await one.ban([IP]);
    expect(failed[0]?.reason).toMatch(/404.*No such resource/);
  });

  describe('webhook', () => {
    test('sends JSON', async () => {
      const one = open('webhook[url=URL/hook,token=s3cret,headers="X-One: 1<br>X-Two: two words"]');
      expect(await one.ban([IP])).toEqual(OK);
      const { method, url, headers, body } = only();
      expect([method, url, headers['content-type'], headers['authorization']]).toEqual([
        'POST',
        '/hook',
        'application/json',
        'Bearer s3cret',
      ]);
      expect([headers['x-one'], headers['x-two']]).toEqual(['1', 'two words']);
      const text = `vm.example.org has banned ${IP} in j, after 3 failures`;
      expect(JSON.parse(body)).toEqual({ text });
    });

    test.each([
      ['in quotes', '{"ip": "<ip>", "lines": "<matches>", "user": "is <F-USER>", "n": <failures>}'],
      ['without quotes', '{"ip": "<ip>", "lines": <matches>, "user": "is <F-USER>", "n": <failures>}'],
      [
        'on several lines',
        '{\n  "ip": "<ip>",\n  "lines": "<matches>",\n  "user": "is <F-USER>",\n  "n": 3\n  }',
      ],
    ])('keeps hostile text text, %s', async (_where, body) => {
      const one = open(`webhook[url=URL/hook,body='${body}']`);
      const data = { user: HOSTILE.join('|') };
      expect(await one.ban([IP], { matches, data })).toEqual(OK);
      expect(JSON.parse(only().body)).toEqual({
        ip: IP,
        lines: HOSTILE.map(arriving).join('\n'),
        user: `is ${HOSTILE.map(arriving).join('|')}`,
        n: 3,
      });
    });

    test.each(HOSTILE)('keeps an id like %j text', async (id) => {
      const one = open("webhook[url=URL/hook,text='<fid> <sp> it is <matches>']");
      expect(await one.ban([id], { matches: [{ text: id }] })).toEqual(OK);
      expect(JSON.parse(only().body)).toEqual({ text: `${arriving(id)}   it is ${arriving(id)}` });
    });

    test('cuts what is long, not within a character', async () => {
      const one = open('webhook[url=URL/hook,text="<matches>",maxtext=10]');
      expect(await one.ban([IP], { matches: [{ text: '12345678*\u{1f600} and more' }] })).toEqual(OK);
      expect(JSON.parse(only().body)).toEqual({ text: '12345678* ...' });
      const long = open('webhook[url=URL/hook,text="<matches>"]');
      expect(await long.ban([IP], { matches: [{ text: '"'.repeat(120_000) }] })).toEqual(OK);
      expect(JSON.parse(only().body).text).toHaveLength(1504);
    });

    test('tells what it is asked to', async () => {
      const one = open('webhook[url=URL/hook,events="ban, unban start stop"]');
      await one.start();
      await one.ban([IP]);
      await one.unban([IP]);
      await one.stop();
      expect(services.requests().map(({ body }) => JSON.parse(body).text)).toEqual([
        'vm.example.org now watches the logs of j',
        `vm.example.org has banned ${IP} in j, after 3 failures`,
        `vm.example.org lets ${IP} in again (j)`,
        'vm.example.org no longer watches the logs of j',
      ]);
      const silent = open('webhook[url=URL/hook]');
      await silent.start();
      await silent.ban([IP]);
      await silent.unban([IP]);
      await silent.stop();
      expect(services.requests()).toHaveLength(1);
    });

    test('is not told of bans that are put back', async () => {
      expect(await open('webhook[url=URL/hook]').ban([IP], { restored: true })).toEqual(OK);
      expect(services.requests()).toEqual([]);
    });

    test.each([
      'URL/status/401',
      'URL/status/302',
      'URL/status/500',
      'http://127.0.0.1:9',
      'file:///etc/hostname',
    ])('that fails (%s) is a ban that failed', async (url) => {
      const { failed } = await open(`webhook[url=${url}]`).ban([IP]);
      expect(failed).toHaveLength(1);
      if (url.startsWith('URL')) expect(failed[0]?.reason).toMatch(/HTTP \d+: .*as you wish/);
    });
  });

  const TEXT = `vm.example.org has banned ${IP} in j, after 3 failures`;
  const PRESETS: readonly [string, string, Partial<Request>, unknown][] = [
    [
      'telegram',
      'telegram[server=URL,token="1:s3cret",chat=-100]',
      { method: 'POST', url: '/bot1:s3cret/sendMessage' },
      { chat_id: '-100', text: TEXT, disable_web_page_preview: true },
    ],
    [
      'slack',
      'slack[url=URL/services/T/B/s3cret]',
      { method: 'POST', url: '/services/T/B/s3cret' },
      { blocks: [{ type: 'section', text: { type: 'plain_text', text: TEXT, emoji: false } }] },
    ],
    [
      'ntfy',
      'ntfy[server=URL,topic=s3cret]',
      { method: 'POST', url: '/' },
      { topic: 's3cret', title: 'j', message: TEXT, priority: 3, tags: ['no_entry'] },
    ],
    [
      'gotify',
      'gotify[server=URL,token=s3cret]',
      { method: 'POST', url: '/message' },
      {
        title: 'j',
        message: TEXT,
        priority: 5,
        extras: { 'client::display': { contentType: 'text/plain' } },
      },
    ],
  ];
  test.each(PRESETS)('%s', async (_name, action, request, body) => {
    const one = open(action);
    expect(await one.ban([IP])).toEqual(OK);
    const sent = only();
    expect(sent).toMatchObject(request);
    expect(JSON.parse(sent.body)).toEqual(body);
    expect(await one.ban([IP6], { matches, data: { user: HOSTILE.join() } })).toEqual(OK);
    expect(() => JSON.parse(only().body)).not.toThrow();
  });

  test('matrix sends a message that failed under the same number', async () => {
    const one = open('matrix[server=URL,room="!abc:example.org",token=s3cret]');
    expect(await one.ban([IP])).toEqual(OK);
    const { method, url, headers, body } = only();
    expect(method).toBe('PUT');
    expect(headers['authorization']).toBe('Bearer s3cret');
    expect(url).toMatch(
      /^\/_matrix\/client\/v3\/rooms\/!abc:example\.org\/send\/m\.room\.message\/f2b-\d+-\d+$/,
    );
    expect(JSON.parse(body)).toEqual({ msgtype: 'm.notice', body: TEXT });
    await one.ban([IP]);
    expect(only().url).toBe(url);
    await one.ban([IP6]);
    expect(only().url).not.toBe(url);
  });

  test.each(['telegram', 'gotify'])('%s that refuses is a ban that failed', async (name) => {
    const { failed } = await open(`${name}[server=URL/status/403,token=s3cret]`).ban([IP]);
    expect(failed[0]?.reason).toContain('HTTP 403');
    expect(failed[0]?.reason).not.toContain('s3cret');
  });

  test.each([
    'abuseipdb[url=URL]',
    'ipthreat[url=URL]',
    'cloudflare[url=URL/cf]',
    'mynetwatchman[mnwurl=URL]',
  ])('%s does not report what is no address', async (action) => {
    const { failed } = await open(action).ban(['evil.example', 'a.b.c.d', '1.2.3']);
    expect(failed).toHaveLength(3);
    expect(services.requests()).toEqual([]);
  });
});
