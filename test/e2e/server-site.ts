/**
 * A place with a server of f2b in it: asked over its socket, with a firewall that is a folder (one file a ban, one line in
 * it each time it was banned) and a mailbox that is a file. Nothing of the machine's own is touched.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Value } from '../../src/core/control/index.js';
import { ask, WireClient } from '../../src/core/control/wire/index.js';
import type { Finished } from '../commands/f2b.js';
import { type Running, Site, type SiteOptions } from './site.js';

const SERVER = '[Definition]\nsocket = DIR/sock\npidfile = DIR/pid\n';

/** Lines are `EPOCH fail ID`. */
const FILTER = '[Definition]\nfailregex = ^ fail <F-ID>\\S+</F-ID>$\ndatepattern = ^EPOCH\n';

const FIREWALL = [
  '[Definition]',
  'actionstart = mkdir -p DIR/fw/<name> && echo start >> DIR/fw-<name>.calls',
  'actionstop = rmdir DIR/fw/<name> && echo stop >> DIR/fw-<name>.calls',
  'actioncheck = test -d DIR/fw/<name>',
  'actionban = echo <port> >> DIR/fw/<name>/<ip>',
  'actionunban = rm DIR/fw/<name>/<ip>',
  'actionverify = test -e DIR/fw/<name>/<ip>',
  'actionlist = ls DIR/fw/<name>',
  '[Init]',
  'name = default',
  'port = 22',
].join('\n');

const MAIL = '[Definition]\nactionban = echo <ip> >> DIR/mails\nnorestored = true\n';

/** A jail named `one` that reads `one.log`. */
export const JAIL = [
  '[one]',
  'enabled = true',
  'backend = polling',
  'filter = lines',
  'logpath = DIR/one.log',
  'maxretry = 3',
  'findtime = 1h',
  'bantime = 1h',
  'ignoreself = false',
  'action = folder[name=one]',
  '         mailbox',
].join('\n');

export class ServerSite extends Site {
  server: Running | undefined;

  constructor(options: Partial<SiteOptions> = {}) {
    super({
      ...options,
      files: {
        [options.stock ? 'fail2ban.local' : 'f2b.local']: SERVER,
        ...(options.stock ? {} : { 'filters.d/lines.conf': FILTER }),
        ...(options.stock ? {} : { 'action.d/folder.conf': FIREWALL, 'action.d/mailbox.conf': MAIL }),
        'jail.local': JAIL,
        ...options.files,
      },
    });
  }

  get socket(): string {
    return this.at('sock');
  }

  /** A server in the foreground; done when it is ready. */
  async up(...args: string[]): Promise<Running> {
    const before = this.said('Server ready').length;
    const server = this.start('server', ...args);
    this.server = server;
    let ended: Finished | undefined;
    void server.ended.then((finished) => {
      ended = finished;
    });
    await this.until('the server is ready', async () => {
      if (ended) throw new Error(`the server has ended: ${ended.stderr}`);
      return this.said('Server ready').length > before && (await this.try('ping')) === 'pong';
    });
    return server;
  }

  /** Ends it as systemd does. */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    const { server } = this;
    if (!server) throw new Error('there is no server');
    this.server = undefined;
    server.child.kill(signal);
    return server.ended;
  }

  /** Ends whatever runs here, and takes everything away. */
  async end(): Promise<void> {
    const pid = Number(this.read('pid'));
    if (this.server) {
      this.server.child.kill('SIGKILL');
      await this.server.ended;
    } else if (pid > 0 && pid !== process.pid) {
      // One in the background.
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('run.js')) process.kill(pid, 'SIGKILL');
      await sleep(100);
    }
    this.close();
  }

  /** Its answer. @throws what it refuses */
  ask(...words: Value[]): Promise<Value> {
    return ask(this.socket, words, { timeoutMs: 20_000 });
  }

  /** Its answer, or undefined where it does not answer, or refuses. */
  try(...words: Value[]): Promise<Value | undefined> {
    return this.ask(...words).catch(() => undefined);
  }

  client(): Promise<WireClient> {
    return WireClient.open(this.socket);
  }

  /** `1700000000 fail 192.0.2.1`, so many times. */
  attack(id: string, { times = 3, agoSec = 0, log = 'one.log' } = {}): void {
    const line = `${Math.floor(Date.now() / 1000) - agoSec} fail ${id}\n`;
    this.append(log, line.repeat(times));
  }

  /** Who is in the firewall, and how often. */
  rules(name = 'one'): Map<string, number> {
    const folder = this.at(`fw/${name}`);
    const rules = new Map<string, number>();
    for (const id of unlessGone(() => readdirSync(folder)) ?? []) {
      const text = unlessGone(() => readFileSync(`${folder}/${id}`, 'utf8'));
      if (text !== undefined) rules.set(id, text.trim().split('\n').length);
    }
    return rules;
  }

  /** Somebody flushes the firewall. */
  flush(name = 'one'): void {
    rmSync(this.at(`fw/${name}`), { recursive: true, force: true });
  }

  get mails(): readonly string[] {
    return this.read('mails')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Lines of its log that hold this. */
  said(text: string | RegExp): readonly string[] {
    const holds = (line: string) => (typeof text === 'string' ? line.includes(text) : text.test(line));
    return this.read('f2b.log').split('\n').filter(holds);
  }

  async until(what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
    const deadline = performance.now() + ms;
    while (!(await holds())) {
      if (performance.now() > deadline) {
        throw new Error(`not in time: ${what}\n${this.read('f2b.log').slice(-2000)}`);
      }
      await sleep(20);
    }
  }

  /** A few looks of everybody. */
  async settle(ms = 400): Promise<void> {
    await sleep(ms);
  }

  /** So many mails have been sent, and no more come. */
  async mailed(count: number): Promise<readonly string[]> {
    await this.until(`${count} mails`, () => this.mails.length >= count);
    await this.settle(100);
    return this.mails;
  }
}

/** What is looked at may go meanwhile. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
