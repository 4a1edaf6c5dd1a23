import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { f2b } from './f2b.js';

const dir = mkdtempSync(join(tmpdir(), 'f2b-fields-'));
afterAll(() => rmSync(dir, { recursive: true }));

const log = join(dir, 'app.log');
const files: Readonly<Record<string, string>> = {
  'etc/f2b.conf': `[Definition]
dbfile = ${dir}/db.sqlite3
logtarget = ${dir}/f2b.log
socket = ${dir}/f2b.sock
pidfile = ${dir}/f2b.pid
`,
  'etc/jail.local': `[app]
enabled = true
backend = polling
logpath = ${log}
maxretry = 2
findtime = 1d
bantime = -1
action = nothing
`,
  'etc/action.d/nothing.conf': '[Definition]\nactionban = true\nactionunban = true\n',
  'etc/filters.d/app.conf': `[Definition]
format = json
address = request.ip
time = ts
condition = status = 401
field-user = user
`,
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
}

const nowSec = Math.floor(Date.now() / 1000);
const line = (ageSec: number, ip: string, status: number): string =>
  JSON.stringify({
    ts: nowSec - ageSec,
    agent: '","request":{"ip":"203.0.113.66"},"status":401,"x":"',
    request: { ip },
    status,
    user: 'joe',
  });
writeFileSync(
  log,
  `${[
    line(60, '192.0.2.7', 401),
    line(50, '192.0.2.7', 401),
    line(40, '192.0.2.8', 401),
    line(30, '192.0.2.9', 200),
    line(20, '192.0.2.9', 200),
    'no JSON at all: 203.0.113.66',
  ].join('\n')}\n`,
);

const etc = join(dir, 'etc');

test('the tester counts its conditions', async () => {
  const { stdout } = await f2b(['regex', '-c', etc, log, 'app']);
  expect(stdout).toContain('1) [3] status = 401');
  expect(stdout).toContain('Lines: 6 lines, 0 ignored, 3 matched, 3 missed');
});

test('a replay, a scan and the question why come to the same', async () => {
  const replay = await f2b(['replay', log, '--jail', 'app', '-c', etc]);
  expect(replay.stdout).toContain('app: banned 192.0.2.7');
  expect(replay.stdout).toContain('not banned: 192.0.2.8 1 failure');
  expect(replay.stdout).not.toContain('banned 203.0.113.66');
  const scan = await f2b(['scan', '-c', etc]);
  expect(scan.stdout).toContain('app: banned 192.0.2.7');
  const status = await f2b(['status', '-c', etc, 'app']);
  expect(status.stdout).toMatch(/Currently banned:\s1\n/);
  const why = await f2b(['why', '-c', etc, '192.0.2.7']);
  expect(why.stdout).toContain(`matched by ${etc}/filters.d/app.conf:5`);
  expect(why.stdout).toContain(line(60, '192.0.2.7', 401));
  const other = await f2b(['why', '-c', etc, '203.0.113.66']);
  expect(other.stdout).not.toContain('app.conf');
});

test('an expression added by hand is a condition, and refused where it is none', async () => {
  const refused = await f2b(['set', '-c', etc, 'app', 'addfailregex', '^bad login from <HOST>$']);
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain('condition cannot be used');
  await f2b(['set', '-c', etc, 'app', 'addfailregex', 'status = 403']);
  const { stdout } = await f2b(['get', '-c', etc, 'app', 'failregex']);
  expect(stdout).toContain('[0]: status = 401');
  expect(stdout).toContain('[1]: status = 403');
});

test('the options are none of the commands that fail2ban knows', async () => {
  const { stdout } = await f2b(['dump', '-c', etc]);
  expect(stdout).toContain("['add', 'app', 'polling']");
  expect(stdout).not.toMatch(/'format'|request\.ip|status = 401/);
});
