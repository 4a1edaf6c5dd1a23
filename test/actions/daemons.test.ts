/** Actions that bans go through a daemon with: nsupdate to a name server (BIND) and a map of nginx, both real. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing } from './lab.js';

const OK = { failed: [], errors: [] };
const IP = '192.0.2.1';
const IP6 = '2001:db8::1';

/** At most ten seconds. */
async function eventually(is: () => boolean): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (is()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function whenThere(...tools: string[]): typeof describe | typeof describe.skip {
  const why = missing(...tools);
  if (why !== undefined) console.warn(`actions for a daemon are not tested: ${why}`);
  return why === undefined ? describe : describe.skip;
}

whenThere(
  'named',
  'tsig-keygen',
  'nsupdate',
  'dig',
)('nsupdate', () => {
  let lab: Lab;
  let engine: Engine | undefined;
  const file = (name: string) => join(lab.scratch, name);
  const dig = (what: string) => lab.sh(`dig +short +time=1 +tries=1 @127.0.0.1 ${what} 2>&1; true`).trim();
  beforeAll(async () => {
    lab = await Lab.open();
    lab.sh(
      `tsig-keygen -a hmac-sha256 f2b > ${file('key')}; tsig-keygen -a hmac-sha256 f2b > ${file('wrong')}`,
    );
    writeFileSync(
      file('zone'),
      '$TTL 60\n@ IN SOA ns.example.org. root.example.org. 1 60 60 60 60\n@ IN NS ns.example.org.\n',
    );
    writeFileSync(
      file('named.conf'),
      `include "${file('key')}";
      options { directory "${lab.scratch}"; pid-file none; session-keyfile none; listen-on { 127.0.0.1; };
        listen-on-v6 { none; }; recursion no; dnssec-validation no; };
      controls { };
      zone "bl.example.org" { type primary; file "zone"; allow-update { key f2b; }; };`,
    );
    await lab.serve(
      'sh',
      '-c',
      `echo up; exec named -f -c ${file('named.conf')} > ${file('named.log')} 2>&1`,
    );
    expect(await eventually(() => dig('bl.example.org SOA').includes('root.example.org'))).toBe(true);
  });
  afterEach(() => engine?.end());
  afterAll(() => lab?.close());

  const open = (more = '') => {
    const options = `domain=bl.example.org,keyfile=${file('key')},server=127.0.0.1,nsupdatecmd=nsupdate`;
    engine = lab.engine(`nsupdate[${options}${more}]`);
    return engine;
  };
  const NAMES = {
    [IP]: '1.2.0.192.bl.example.org',
    [IP6]: `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.bl.example.org`,
  } as const;

  test.each([IP, IP6] as const)('bans and lets in again (%s)', async (ip) => {
    const one = open(',rdata="out: you; $x"');
    const name = NAMES[ip];
    expect(dig(`${name} TXT`)).toBe('');
    expect(await one.ban([ip])).toEqual(OK);
    expect(dig(`${name} TXT`)).not.toBe('');
    expect(lab.sh(`dig +noall +answer @127.0.0.1 ${name} TXT`)).toMatch(/\s60\s+IN\s+TXT\s/);
    expect(await one.ban([ip])).toEqual(OK);
    expect(dig(`${name} TXT`).split('\n')).toHaveLength(1);
    expect(await one.unban([ip])).toEqual(OK);
    expect(dig(`${name} TXT`)).toBe('');
    expect(await one.unban([ip])).toEqual(OK);
  });

  test('has the text that it is told to have', async () => {
    const one = open(',rdata="go away; \\\\ ask root",ttl=5');
    expect(await one.ban([IP])).toEqual(OK);
    expect(dig(`${NAMES[IP]} TXT`)).toContain('go away');
    expect(await one.unban([IP])).toEqual(OK);
    const plain = open();
    expect(await plain.ban([IP])).toEqual(OK);
    expect(dig(`${NAMES[IP]} TXT`)).toBe('"Your IP has been banned"');
    expect(await plain.unban([IP])).toEqual(OK);
  });

  test('with the wrong key, or for another zone, bans nobody', async () => {
    expect((await open(`,keyfile=${file('wrong')}`).ban([IP])).failed).toHaveLength(1);
    engine?.end();
    const { failed } = await open(',domain=other.example.org').ban([IP]);
    expect(failed).toHaveLength(1);
  });

  test('refuses networks and what is no address', async () => {
    const ids = ['192.0.2.0/24', 'a.b.c.d', 'x.bl.example.org. 60 TXT "x"\nupdate delete bl.example.org'];
    expect((await open().ban(ids)).failed).toHaveLength(3);
  });
});

/** Ids that mean something to nginx, to a pattern or to a shell. */
const IDS = [
  '192.0.2.1',
  '2001:db8::1',
  'abc123',
  '~.*',
  '~*^a',
  'default',
  'include',
  'hostnames',
  'volatile',
  '*.example.org',
  '.example.org',
  '\\~x',
  '\\',
  'a\\',
  'a\\nb',
  '"quoted"',
  '" 1; "',
  '"; } } server { listen 81; } #',
  "it's",
  '$host',
  ['$', '{host}'].join(''),
  'a b',
  ';',
  '#x',
  '{}',
  '$(touch owned)',
  '`touch owned`',
  'caf\u00e9',
  'x'.repeat(200),
];

whenThere('nginx', 'curl')('nginx-block-map', () => {
  let lab: Lab;
  let engines: Engine[] = [];
  const file = (name: string) => join(lab.scratch, name);
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  /** The answer to somebody with that id. */
  const status = (id: string) =>
    lab.sh(`curl -s -o /dev/null -w '%{http_code}' -H ${quote(`X-Id: ${id}`)} http://127.0.0.1:8099/`);
  const map = () => readFileSync(file('black.map'), 'utf8');
  const open = (more = '') => {
    const made = lab.engine(
      `nginx-block-map[srv_cfg_path=${lab.scratch}/,blck_lst_file=${file('black.map')},srv_cmd="nginx -c ${file('nginx.conf')}"${more}]`,
    );
    engines.push(made);
    return made;
  };
  const CONF = () => `pid ${file('nginx.pid')}; error_log ${file('error.log')}; worker_processes 1; user root;
    events { }
    http { access_log off; map_hash_bucket_size 512;
      map $http_x_id $blocked { include ${file('black.map')}; default 0; }
      server { listen 127.0.0.1:8099; if ($blocked) { return 403; } location / { return 200 ok; } } }`;
  beforeAll(async () => {
    lab = await Lab.open();
    writeFileSync(file('nginx.conf'), CONF());
    await open().start();
    expect(map()).toBe('');
    const command = `nginx -c ${file('nginx.conf')} -g 'daemon off;'`;
    await lab.serve('sh', '-c', `echo up; exec ${command} > ${file('log')} 2>&1`);
    expect(await eventually(() => existsSync(file('nginx.pid')) && status('x') === '200')).toBe(true);
  });
  afterEach(() => {
    for (const engine of engines) engine.end();
    engines = [];
    expect(lab.sh(`ls ${lab.scratch}/black.map.* owned 2>/dev/null; true`)).toBe('');
  });
  afterAll(async () => {
    lab?.sh(`nginx -c ${file('nginx.conf')} -s stop 2>/dev/null; true`);
    if (lab) await eventually(() => !existsSync(file('nginx.pid')));
    lab?.close();
  });

  test('keeps out whom it is told, one by one, and lets them in again', async () => {
    const one = open();
    await one.start();
    expect(await one.ban(['abc123'])).toEqual(OK);
    expect(await eventually(() => status('abc123') === '403')).toBe(true);
    expect(status('abc1234')).toBe('200');
    expect(await one.verify(['abc123', 'abc1234'])).toEqual(['present', 'absent']);
    const once = map();
    expect(await one.reban(['abc123'])).toEqual(OK);
    expect(map()).toBe(once);
    expect(await one.unban(['abc123'])).toEqual(OK);
    expect(await eventually(() => status('abc123') === '200')).toBe(true);
    expect(map()).toBe('');
  });

  test('takes any id for text', async () => {
    const one = open();
    await one.start();
    expect(await one.ban(IDS)).toEqual(OK);
    expect(await eventually(() => status('abc123') === '403')).toBe(true);
    expect(IDS.filter((id) => status(id) !== '403')).toEqual([]);
    for (const id of ['abc', 'xyz', 'www.example.org', 'localhost', ''])
      expect([id, status(id)]).toEqual([id, '200']);
    expect(await one.unban(IDS)).toEqual(OK);
    expect(map()).toBe('');
    expect(await eventually(() => status('abc123') === '200')).toBe(true);
  });

  test('takes many at once, and empties the file at a flush and at the end', async () => {
    const one = open();
    const many = Array.from({ length: 500 }, (_, i) => `session-${i}`);
    expect(await one.ban(many)).toEqual(OK);
    expect(map().split('\n')).toHaveLength(501);
    expect(await eventually(() => status('session-499') === '403')).toBe(true);
    expect(await one.unban(many.slice(0, 400))).toEqual(OK);
    expect(map().split('\n')).toHaveLength(101);
    expect(await one.flush(many.slice(400))).toEqual(OK);
    expect(map()).toBe('');
    expect(await one.ban(['a', 'b'])).toEqual(OK);
    expect(await one.stop()).toEqual(OK);
    expect(map()).toBe('');
    expect(await eventually(() => status('a') === '200')).toBe(true);
  });

  test('leaves lines alone that somebody else wrote', async () => {
    writeFileSync(file('black.map'), '# by hand\n~^evil 1;\n"plain" 1;\n');
    const one = open();
    expect(await one.ban(['abc123'])).toEqual(OK);
    expect(await one.unban(['abc123', 'plain'])).toEqual(OK);
    expect(map()).toBe('# by hand\n~^evil 1;\n"plain" 1;\n');
    writeFileSync(file('black.map'), '');
  });

  test('is not in force where nginx refuses its configuration, and takes its line back', async () => {
    const one = open();
    await one.start();
    writeFileSync(file('nginx.conf'), CONF().replace('return 200 ok', 'retrun 200 ok'));
    const { failed } = await one.ban(['abc123']);
    writeFileSync(file('nginx.conf'), CONF());
    expect(failed[0]?.reason).toContain('retrun');
    expect(map()).toBe('');
    expect(status('abc123')).toBe('200');
  });

  test('refuses what nginx cannot hold, and a file that somebody planted', async () => {
    const one = open();
    const { failed } = await one.ban(['a\nb', 'a\x1bb']);
    expect(failed.map(({ reason }) => reason)).toEqual(
      Array(2).fill(expect.stringContaining('not an id that nginx can hold')),
    );
    lab.sh(`ln -s /etc/hostname ${file('link')}`);
    const planted = await open(`,blck_lst_file=${file('link')}`).ban(['a']);
    expect(planted.failed[0]?.reason).toContain('symbolic link');
  });
});
