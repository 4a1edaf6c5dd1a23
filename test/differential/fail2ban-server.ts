/**
 * A real fail2ban-server of its own, in a folder of its own, for tests that compare decisions with it.
 *
 * Jails in → a server that runs in the foreground, is asked by fail2ban-client, and is stopped at the end. It touches
 * nothing of the machine: its configuration, socket, log and database are in the folder, and it has no actions.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const hasFail2banServer = spawnSync('fail2ban-server', ['--version']).status === 0;

/** Lines are `EPOCH fail ID`. */
const FILTER = '[Definition]\nfailregex = ^ fail <F-ID>\\S+</F-ID>$\ndatepattern = ^EPOCH\n';

export class Fail2banServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'f2b-fail2ban-'));
  #child: ChildProcess | undefined;

  /** @param jails options by name; each jail reads `logPath(name)`, which exists and is empty */
  constructor(jails: Readonly<Record<string, Readonly<Record<string, string | number>>>>) {
    const at = (name: string) => join(this.folder, name);
    for (const sub of ['', '/filter.d', '/action.d', '/jail.d']) mkdirSync(at(`conf${sub}`));
    writeFileSync(
      at('conf/fail2ban.conf'),
      [
        ...['[Definition]', 'loglevel = INFO', `logtarget = ${at('log')}`, 'syslogsocket = auto'],
        ...[`socket = ${at('socket')}`, `pidfile = ${at('pid')}`, `dbfile = ${this.database}`],
        ...['dbpurgeage = 1000d', 'dbmaxmatches = 100', ''],
      ].join('\n'),
    );
    writeFileSync(at('conf/filter.d/any.conf'), FILTER);
    const sections = Object.entries(jails).map(([name, options]) => {
      writeFileSync(this.logPath(name), '');
      const all = { enabled: 'true', filter: 'any', logpath: this.logPath(name), ...options };
      return [`[${name}]`, ...Object.entries(all).map(([key, value]) => `${key} = ${value}`)].join('\n');
    });
    writeFileSync(
      at('conf/jail.conf'),
      `[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\n${sections.join('\n')}\n`,
    );
  }

  get database(): string {
    return join(this.folder, 'db');
  }

  logPath(jail: string): string {
    return join(this.folder, `${jail}.log`);
  }

  /** Its own log so far. */
  get log(): readonly string[] {
    return readFileSync(join(this.folder, 'log'), 'utf8').split('\n');
  }

  async start(): Promise<void> {
    this.#child = spawn('fail2ban-server', [...this.#where, '-f', 'start'], { stdio: 'ignore' });
    await this.until('it answers', async () => (await this.ask('ping')).includes('pong'));
    await this.until('it is ready', async () => (await this.ask('server-status')).includes('ready'));
  }

  /** @returns what fail2ban-client prints; empty when it fails */
  async ask(...words: string[]): Promise<string> {
    return run('fail2ban-client', [...this.#where, ...words]).then(
      ({ stdout }) => stdout,
      () => '',
    );
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 60; i++) {
      if (await holds()) return;
      await sleep(300);
    }
    throw new Error(`fail2ban-server: ${what}: not in time`);
  }

  /** How many failures a jail has seen. */
  async failedTotal(jail: string): Promise<number> {
    return Number(/Total failed:\t(\d+)/.exec(await this.ask('status', jail))?.[1] ?? 0);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #where(): string[] {
    return [
      '-c',
      join(this.folder, 'conf'),
      '-s',
      join(this.folder, 'socket'),
      '-p',
      join(this.folder, 'pid'),
    ];
  }
}
