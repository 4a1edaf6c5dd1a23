/**
 * One wire: fail2ban's client and ours, to fail2ban's server and to ours, all four ways: the same answers.
 *
 * Each server runs in a folder of its own, its actions do nothing. Debian's 1.0.2 is not the target: what newer versions
 * answer otherwise is named, with what we answer.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildIfStale, ROOT, run } from '../commands/f2b.js';
import { type Answer, COMMANDS, converse, OF_HEAD, OURS, TREE, withoutTimes } from './client-commands.js';
import { writeTree } from './dump-compare.js';

const INSTALLED = spawnSync('fail2ban-server', ['--version']).status === 0;
if (!INSTALLED) console.warn('fail2ban is not installed: the wire is not tested against it');

/** Commands that only a server has; after those that do without. */
const SERVER_COMMANDS: readonly string[] = `
ping
ping 5
ping x
server-status
version
sleep 0
sleep x
sleep
config-error
config-error something
set loglevel DEBUG
get loglevel
set loglevel 15
set loglevel nope
set loglevel
set loglevel info
set logtarget @DIR@/other.log
get logtarget
set logtarget @DIR@/nowhere/x.log
set logtarget
set logtarget @DIR@/fail2ban.log
flushlogs
set syslogsocket @DIR@/log.sock
get syslogsocket
set syslogsocket auto
get dbfile
status zeta basic
add
add --all
add zeta
add fresh nobackend
add fresh polling
status
get fresh failregex
get fresh maxretry
get fresh findtime
get fresh bantime
get fresh usedns
get fresh actions
get fresh logpath
get fresh ignoreip
get fresh datepattern
get fresh ignorecommand
set fresh addfailregex '^bad <F-ID>x</F-ID>$'
set fresh addlogpath @DIR@/b.log tail
set fresh addaction calm
set fresh addaction calm
set fresh action calm actionban true
get fresh action calm actionban
get fresh actionproperties calm
set fresh delaction nope
start fresh
start nope
status fresh
set fresh banip 192.0.2.44
status fresh
set fresh delaction calm
get fresh actions
stop fresh
status
stop nope
set zeta addaction another
get zeta actions
set zeta delaction another
get zeta actions
set zeta action nothing ban {}
set zeta banip 192.0.2.60 2001:db8::60
reload zeta
get zeta banned
get zeta maxretry
reload nope
reload one two
reload --restart zeta
#wait
get zeta banned
reload --unban zeta
get zeta banned
reload
reload --all
reload --if-exists alpha
status
restart zeta
help me
`
  .split('\n')
  .filter((line) => line !== '');

const ALL = [...COMMANDS, ...SERVER_COMMANDS];

/** Of the server: what ours answers where 1.0.2 does not say the same. */
const SERVERS: Readonly<Record<string, RegExp>> = {
  ...OF_HEAD,
  ...OURS,
  version: /^1\.1\.2\.dev1$/,
  // A database of fail2ban's is not written to.
  'get dbfile': /^Current database file is:\n`- DIR\/fail2ban\.f2b\.sqlite3$/,
  // 1.0.2 has a mistake there.
  'add zeta': /^The jail 'zeta' already exists$/,
  // 1.0.2 still has gamin.
  'add fresh nobackend':
    /^Unknown backend nobackend. Must be among \['pyinotify', 'polling', 'systemd'\] or 'auto'$/,
  // There a method of a Python object is called.
  'set zeta action nothing ban {}': /^set zeta action nothing ban: an action does its work for bans only$/,
};

/** A client of 1.0.2 prints what it does not know as it comes. */
const UNKNOWN_TO_CLIENT: Readonly<Record<string, RegExp>> = {
  stats: /^\{'zeta': \['polling', \(\d, \d+\), \(\d, \d+\)\], 'alpha': \[/,
  'status --all short': /\[\('Number of jail', 2\), .*\{'alpha': \[\('Filter', /,
};

type Who = 'stock' | 'f2b';

class Site {
  readonly dir = mkdtempSync(join(tmpdir(), 'f2b-wire-'));
  answers: Answer[] = [];
  #server: ChildProcess | undefined;

  constructor(
    private readonly client: Who,
    private readonly server: Who,
  ) {
    writeTree(this.dir, TREE);
    for (const name of ['fail2ban-client', 'fail2ban-server']) {
      symlinkSync(join(ROOT, 'bin/run.js'), join(this.dir, name));
    }
  }

  async ask(): Promise<void> {
    this.#server = spawn(this.#program('fail2ban-server', this.server), ['-c', this.dir, '-f', 'start'], {
      stdio: 'ignore',
      env: { ...process.env, TZ: 'UTC' },
    });
    for (let tries = 0; !existsSync(join(this.dir, 'server.sock')); tries++) {
      if (tries > 200) throw new Error(`the ${this.server} server does not start`);
      await sleep(100);
    }
    await sleep(1500);
    const client = [this.#program('fail2ban-client', this.client), '-c', this.dir];
    const answers = await converse(client, { dir: this.dir, commands: ALL });
    this.answers = answers.map((answer) => this.#placeless(answer));
  }

  async remove(): Promise<void> {
    if (this.#server?.exitCode === null) {
      await run(this.#program('fail2ban-client', this.client), ['-c', this.dir, 'stop']);
      await sleep(200);
      if (this.#server.exitCode === null) this.#server.kill('SIGKILL');
    }
    rmSync(this.dir, { recursive: true, force: true });
  }

  #program(name: string, whose: Who): string {
    return whose === 'stock' ? name : join(this.dir, name);
  }

  #placeless(answer: Answer): Answer {
    const { text, refused } = withoutTimes(answer) as Answer;
    const clean = (words: string) => words.replaceAll(this.dir, 'DIR');
    // What fail2ban's client says of its progress.
    return {
      text: clean(text.replace(/^(?: {2}## .* \n)+/, '')),
      refused: refused === undefined ? undefined : clean(refused),
    };
  }
}

(INSTALLED ? describe : describe.skip)('the same commands', () => {
  const sites = {
    reference: new Site('stock', 'stock'),
    'fail2ban’s client to our server': new Site('stock', 'f2b'),
    'our client to fail2ban’s server': new Site('f2b', 'stock'),
    'our client to our server': new Site('f2b', 'f2b'),
  };

  beforeAll(async () => {
    buildIfStale();
    // Two at a time: each of them waits for most of the time.
    const [one, two, three, four] = Object.values(sites) as [Site, Site, Site, Site];
    await Promise.all([one.ask(), two.ask()]);
    await Promise.all([three.ask(), four.ask()]);
  }, 300_000);

  afterAll(async () => {
    for (const site of Object.values(sites)) await site.remove();
  });

  const cases = ALL.map((command, i) => [command, i] as const).filter(([command]) => command !== '#wait');
  const { reference, ...others } = sites;

  describe.each(Object.entries(others))('%s', (name, site) => {
    test.each(cases)('%s', (command, i) => {
      const expected = name.endsWith('our server')
        ? ((name.startsWith('our') ? undefined : UNKNOWN_TO_CLIENT[command]) ?? SERVERS[command])
        : undefined;
      if (expected) expect(site.answers[i]?.text).toMatch(expected);
      else expect(site.answers[i]).toEqual(reference.answers[i]);
    });
  });
});
