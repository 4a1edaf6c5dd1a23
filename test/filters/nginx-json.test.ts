/**
 * The filter nginx-json on lines that a real nginx has written of hostile requests: once with its JSON quoting, and once
 * without, as a careless log_format has it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VICTIM } from './forgeries.js';
import { feed, filterOf, planOf } from './run-filter.js';

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx) console.warn('nginx-json is not tested with a real nginx: there is none');

const FIELDS =
  '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","remote_user":"$remote_user",' +
  '"request":"$request","status":"$status","http_user_agent":"$http_user_agent"}';

(hasNginx ? describe : describe.skip)('what nginx writes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'f2b-nginx-'));
  let nginx: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    writeFileSync(join(dir, 'passwords'), 'joe:{PLAIN}secret\n');
    writeFileSync(
      join(dir, 'nginx.conf'),
      `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log; events {}
http {
  ${folders.map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')}
  log_format quoted escape=json '${FIELDS}';
  log_format careless escape=none '${FIELDS}';
  server {
    listen 127.0.0.1:${port}; root ${dir};
    access_log ${dir}/quoted.log quoted; access_log ${dir}/careless.log careless;
    auth_basic x; auth_basic_user_file ${dir}/passwords;
  }
}
`,
    );
    nginx = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf')], { stdio: 'ignore' });
    for (let left = 100; left > 0; left--) {
      if (await request('GET / HTTP/1.0\r\n\r\n').catch(() => undefined)) break;
      await sleep(50);
    }
  });
  afterAll(async () => {
    nginx?.kill();
    await new Promise((done) => nginx?.once('exit', done));
    rmSync(dir, { recursive: true });
  });

  function request(text: string | Buffer): Promise<string> {
    return new Promise((done, fail) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => (answer += data.toString('latin1')));
      socket.on('error', fail);
      socket.on('close', () => done(answer));
      socket.end(text);
    });
  }

  const login = (user: string, password: string, agent: string): Promise<string> => {
    const words = Buffer.from(`${user}:${password}`).toString('base64');
    return request(`GET / HTTP/1.0\r\nAuthorization: Basic ${words}\r\nUser-Agent: ${agent}\r\n\r\n`);
  };

  const HOSTILE = [
    'joe',
    `x","remote_addr"="${VICTIM}`,
    `x","remote_addr":"${VICTIM}`,
    `x","status":"401","remote_addr":"${VICTIM}","y":"`,
    `x"}{"remote_addr":"${VICTIM}","status":"401","remote_user":"x"}`,
    'x\\',
    '\\u0022',
    'ü\t"',
  ];

  test('counts for who has sent it, whatever it says', async () => {
    for (const text of HOSTILE) {
      await login(text.replaceAll(':', ';'), 'wrong', text);
      await login('joe', 'wrong', text);
      await login('joe', 'secret', text);
    }
    await request(
      Buffer.from(`GET / HTTP/1.0\r\nUser-Agent: \xff\xfe","remote_addr":"${VICTIM}\r\n\r\n`, 'latin1'),
    );
    const hostsOf = (name: string): (string | undefined)[] => {
      const filter = filterOf(planOf('nginx-json'));
      const lines = readFileSync(join(dir, `${name}.log`), 'utf8')
        .trimEnd()
        .split('\n');
      return lines.map((line) => feed(filter, line).host);
    };
    const quoted = hostsOf('quoted').filter((host) => host !== undefined);
    expect(quoted.length).toBeGreaterThanOrEqual(2 * HOSTILE.length);
    expect([...new Set(quoted)]).toEqual(['127.0.0.1']);
    expect(hostsOf('careless')).not.toContain(VICTIM);
  });
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
