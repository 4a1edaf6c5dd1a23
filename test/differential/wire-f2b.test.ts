/**
 * f2b’s own commands where a server runs, fail2ban’s or ours: they go to it, print what fail2ban-client prints, and say of
 * bans what is known of them.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildIfStale, f2b, ROOT, run } from '../commands/f2b.js';
import { TREE } from './client-commands.js';
import { writeTree } from './dump-compare.js';

const INSTALLED = spawnSync('fail2ban-server', ['--version']).status === 0;
if (!INSTALLED) console.warn('fail2ban is not installed: f2b is not tried as its client');

/** Its action is refused by whoever stands in @DIR@/refuse. */
const MOODY = {
  ...TREE,
  'action.d/nothing.conf': `[Definition]
actionban = ! grep -qxF "<ip>" @DIR@/refuse || { echo "no such chain" >&2; exit 3; }
actionunban = true
`,
  refuse: '192.0.2.66\n',
};

class Served {
  readonly dir = mkdtempSync(join(tmpdir(), 'f2b-served-'));
  #server: ChildProcess | undefined;

  constructor(private readonly program: readonly string[]) {
    writeTree(this.dir, MOODY);
  }

  async start(): Promise<void> {
    const [file = '', ...args] = this.program;
    const all = args.map((word) => word.replaceAll('@DIR@', this.dir));
    this.#server = spawn(file, all, { stdio: 'ignore', env: { ...process.env, TZ: 'UTC' } });
    for (let tries = 0; !existsSync(join(this.dir, 'server.sock')); tries++) {
      if (tries > 200) throw new Error('the server does not start');
      await sleep(100);
    }
    await sleep(1000);
  }

  f2b([command = '', ...words]: readonly string[]) {
    return f2b([command, '-c', this.dir, ...words]);
  }

  async theirs(...words: string[]): Promise<string> {
    return (await run('fail2ban-client', ['-c', this.dir, ...words])).stdout;
  }

  async remove(): Promise<void> {
    if (this.#server?.exitCode === null) {
      const ended = new Promise((resolve) => this.#server?.once('exit', resolve));
      this.#server.kill('SIGTERM');
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const SERVERS = {
  'fail2ban’s server': ['fail2ban-server', '-c', '@DIR@', '-f', 'start'],
  'our server': [process.execPath, join(ROOT, 'bin/run.js'), 'server', '-c', '@DIR@'],
};

describe.each(Object.entries(SERVERS))('where %s runs', (name, program) => {
  const isForeign = name.startsWith('fail2ban');
  const testOnly = INSTALLED ? test : test.skip;
  let site: Served;

  beforeAll(async () => {
    if (!INSTALLED) return;
    buildIfStale();
    site = new Served(program);
    await site.start();
  }, 60_000);
  afterAll(async () => site?.remove());

  testOnly('f2b says what fail2ban-client says', async () => {
    expect((await site.f2b(['set', 'zeta', 'banip', '192.0.2.1', '2001:db8::1'])).stdout).toBe('2\n');
    for (const words of [
      ['status'],
      ['status', 'zeta'],
      ['status', 'zeta', 'short'],
      ['banned'],
      ['banned', '192.0.2.1'],
      ['get', 'zeta', 'banip', '--with-time'],
      ['get', 'zeta', 'failregex'],
      ['get', 'alpha', 'ignoreip'],
      ['get', 'zeta', 'action', 'nothing', 'actionban'],
      ['get', 'dbpurgeage'],
      ['ping'],
      ['flushlogs'],
    ]) {
      const { status, stdout } = await site.f2b(words);
      expect({ words, status, stdout }).toEqual({ words, status: 0, stdout: await site.theirs(...words) });
    }
  });

  testOnly('f2b client sends any words, also such as it does not know', async () => {
    expect(await site.f2b(['client', 'echo', 'a', 'b'])).toEqual({ status: 0, stdout: 'a b\n', stderr: '' });
    const { status, stdout, stderr } = await site.f2b(['client', 'no', 'such', 'thing']);
    expect({ status, stdout }).toEqual({ status: 255, stdout: 'Invalid command\n' });
    expect(stderr).toMatch(/ ERROR {3}NOK: \('Invalid command',\)\n/);
  });

  testOnly('settings are those of the server', async () => {
    expect((await site.f2b(['set', 'zeta', 'maxretry', '9'])).stdout).toBe('9\n');
    expect(await site.theirs('get', 'zeta', 'maxretry')).toBe('9\n');
    expect((await site.f2b(['get', 'zeta', 'maxretry', '--json'])).stdout).toContain('"result": 9');
  });

  testOnly('refusals are told as fail2ban-client tells them', async () => {
    const { status, stdout, stderr } = await site.f2b(['get', 'nobody', 'maxretry']);
    expect({ status, stdout }).toEqual({
      status: 255,
      stdout: "Sorry but the jail 'nobody' does not exist\n",
    });
    expect(stderr).toMatch(/ ERROR {3}NOK: \('nobody',\)\n/);
  });

  testOnly('statistics and the status of all are there, whatever the server knows', async () => {
    expect((await site.f2b(['stats'])).stdout).toMatch(/ zeta {5}║ polling {2}║ +0 │ +0 ║ +2 │ +2$/m);
    const { stdout } = await site.f2b(['status', '--all', 'short']);
    expect(stdout).toMatch(/^Status\n\|- Number of jail:\t2\n/);
    expect(stdout).toMatch(/^ {3}`- Jail: zeta$/m);
  });

  testOnly('a program is told what is known of each ban', async () => {
    const { stdout } = await site.f2b(['status', 'zeta', '--json']);
    const [zeta] = JSON.parse(stdout).jails;
    expect(zeta).toMatchObject({ name: 'zeta', backend: 'polling', banned: 2, actions: ['nothing'] });
    expect(zeta.logPaths).toEqual([join(site.dir, 'a.log'), join(site.dir, 'b.log')]);
    expect(zeta.bans.map(({ id }: { id: string }) => id)).toEqual(['192.0.2.1', '2001:db8::1']);
    const now = Date.now() / 1000;
    for (const ban of zeta.bans) {
      expect(ban).toMatchObject({ jail: 'zeta', banTime: 600, standing: isForeign ? 'unknown' : 'applied' });
      expect(Math.abs(ban.since - now)).toBeLessThan(120);
      expect(ban.until).toBe(ban.since + 600);
    }
    expect(zeta.notApplied).toBe(isForeign ? null : 0);
  });

  testOnly('a ban that the firewall refuses is no success, where that can be known', async () => {
    const { status, stdout, stderr } = await site.f2b(['set', 'zeta', 'banip', '192.0.2.66']);
    expect({ status, stdout }).toEqual({ status: isForeign ? 0 : 1, stdout: '1\n' });
    if (isForeign) return;
    expect(stderr).toMatch(
      /^WARNING: zeta: 192\.0\.2\.66 is banned, but not applied: nothing: .*no such chain/,
    );
    expect((await site.f2b(['status', 'zeta'])).stderr).toContain('192.0.2.66 is banned, but not applied');
    expect(JSON.parse((await site.f2b(['status', '--json'])).stdout).jails[0].notApplied).toBe(1);
  });

  testOnly(
    'a block list is banned in one go, but nobody who is ignored',
    async () => {
      const list = join(site.dir, 'list');
      // Theirs runs a command for each of them.
      const size = isForeign ? 30 : 3000;
      const many = Array.from({ length: size }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
      writeFileSync(list, ['# a list', '10.1.2.3', ...many].join('\n'));
      const { stdout, stderr } = await site.f2b(['set', 'alpha', 'banip', '--from', list]);
      expect(stdout).toBe(`${size}\n`);
      expect(stderr).toMatch(/:2: 10\.1\.2\.3: it is ignored/);
      expect((await site.f2b(['unban', '198.18.0.0/15'])).stdout).toBe(`${size}\n`);
    },
    120_000,
  );

  testOnly('reload takes up what was written', async () => {
    const path = join(site.dir, 'jail.conf');
    writeFileSync(path, readFileSync(path, 'utf8').replace('maxretry = 3', 'maxretry = 4'));
    expect(await site.f2b(['reload'])).toMatchObject({ status: 0, stdout: 'OK\n' });
    expect(await site.theirs('get', 'zeta', 'maxretry')).toBe('4\n');
    const { status, stderr } = await site.f2b(['reload', 'nobody']);
    expect(status).toBe(255);
    expect(stderr).toContain("No section: 'nobody'");
  });

  const asUser = process.geteuid?.() === 0 && INSTALLED ? test : test.skip;
  asUser('somebody who may not use the socket is told so', async () => {
    chmodSync(site.dir, 0o755);
    const uid = 65_534;
    const args = [join(ROOT, 'bin/run.js'), 'status', '-c', site.dir];
    const { status, stderr } = spawnSync(process.execPath, args, {
      ...{ uid, gid: uid, encoding: 'utf8' },
      env: { PATH: process.env['PATH'] },
    });
    expect(status).toBe(255);
    expect(stderr).toBe(
      `ERROR: Permission denied to socket: ${site.dir}/server.sock, (you must be root)\nA server runs, and only its owner may talk to it: try again with sudo.\n`,
    );
  });

  testOnly('a socket that is named has to have a server', async () => {
    const { status, stderr } = await site.f2b(['status', '-s', join(site.dir, 'nothing.sock')]);
    expect(status).toBe(255);
    expect(stderr).toMatch(/^ERROR: Failed to access socket path: .*nothing\.sock\. Is fail2ban running\?/);
  });
});
