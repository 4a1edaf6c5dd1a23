/**
 * The log of f2b's server beside that of fail2ban's own, over the same configuration and the same lines that are written:
 * line by line, without time and process. What differs is named here, and nothing else may.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask } from '../../src/core/control/wire/index.js';
import { buildIfStale, ROOT, run } from '../commands/f2b.js';

const hasFail2ban = spawnSync('fail2ban-server', ['--version']).status === 0;

const FILES: Readonly<Record<string, string>> = {
  'fail2ban.conf':
    '[Definition]\nloglevel = INFO\nlogtarget = DIR/log\nsyslogsocket = auto\nsocket = DIR/sock\npidfile = DIR/pid\ndbfile = DIR/db\ndbpurgeage = 1d\ndbmaxmatches = 10\n',
  'filter.d/any.conf':
    '[Definition]\nfailregex = ^ fail <F-ID>\\S+</F-ID>$\n            ^ bad <HOST>$\nignoreregex = ^ fail nobody\ndatepattern = ^EPOCH\n',
  'filter.d/plain.conf':
    '[Definition]\nprefregex = ^ pre <F-CONTENT>.+</F-CONTENT>$\nfailregex = ^bad <HOST>$\n[Init]\nmaxlines = 2\n',
  'action.d/touch.conf':
    '[Definition]\nactionstart = echo start <name> >> DIR/acts\nactionstop = echo stop <name> >> DIR/acts\nactionban = echo ban <ip> >> DIR/acts\nactionunban = echo unban <ip> >> DIR/acts\n[Init]\nname = default\n',
  'action.d/broken.conf': '[Definition]\nactionban = false <ip>\n',
  'jail.conf': [
    '[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\n',
    '[one]\nenabled = true\nfilter = any\nlogpath = DIR/one.log\nmaxretry = 3\nfindtime = 10m\nbantime = 10m\nignoreip = 10.0.0.0/8\naction = touch[name=one]\n',
    '[two]\nenabled = true\nfilter = plain\nlogpath = DIR/two.log\nmaxretry = 2\nbantime = 4\nbantime.increment = true\nbantime.factor = 2\naction = touch[name=two]\nlogencoding = utf-8\n',
    '[lame]\nenabled = true\nfilter = any\nlogpath = DIR/lame.log\nmaxretry = 1\naction = broken\n',
    '[wrong]\nenabled = true\nfilter = nothere\nlogpath = DIR/two.log\n',
  ].join('\n'),
};

/** One of the two, in a folder of its own. */
class Side {
  readonly dir = mkdtempSync(join(tmpdir(), 'f2b-log-'));
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(private readonly kind: 'fail2ban' | 'f2b') {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(join(this.dir, 'conf', path, '..'), { recursive: true });
      writeFileSync(join(this.dir, 'conf', path), text.replaceAll('DIR', this.dir));
    }
    for (const log of ['one', 'two', 'lame']) writeFileSync(join(this.dir, `${log}.log`), '');
  }

  async start(): Promise<void> {
    const conf = join(this.dir, 'conf');
    const [file, ...args] =
      this.kind === 'f2b'
        ? [process.execPath, join(ROOT, 'bin/run.js'), 'server', '-c', conf]
        : ['fail2ban-server', '-c', conf, '-f', 'start'];
    const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' };
    const child = spawn(file as string, args, { env, stdio: 'ignore' });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    await this.until("Jail 'lame' started");
    await this.until("Added logfile: 'DIR/lame.log'");
    await sleep(300);
  }

  ask(...words: string[]): Promise<unknown> {
    return ask(join(this.dir, 'sock'), words).catch((error: unknown) => String(error));
  }

  /** As its user does: with the client that belongs to it. */
  async reload(): Promise<void> {
    const conf = join(this.dir, 'conf');
    if (this.kind === 'f2b') await run(process.execPath, [join(ROOT, 'bin/run.js'), 'reload', '-c', conf]);
    else await run('fail2ban-client', ['-c', conf, 'reload']);
  }

  append(log: string, line: string): void {
    appendFileSync(join(this.dir, `${log}.log`), `${line}\n`);
  }

  /** Messages of its log so far. */
  get log(): string[] {
    return readFileSync(join(this.dir, 'log'), { encoding: 'utf8', flag: 'a+' })
      .replaceAll(this.dir, 'DIR')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^\S+ \S+ (fail2ban\.\w+ *)\[\d+\]/, '$1[PID]'))
      .map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME'))
      .map((line) => SAME.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line));
  }

  async until(text: string): Promise<void> {
    for (let i = 0; i < 400; i++) {
      if (this.log.some((line) => line.includes(text))) return;
      await sleep(50);
    }
    throw new Error(`${this.kind} does not say: ${text}\n${this.log.join('\n')}`);
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#ended;
  }

  async remove(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The same day of two servers. Each step ends with what it has to bring about. */
async function live(side: Side): Promise<void> {
  const now = () => Math.floor(Date.now() / 1000);
  const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ');
  await side.start();
  side.append('one', `${now()} fail 192.0.2.1`);
  side.append('one', `${now()} fail 10.1.1.1`);
  side.append('one', `${now()} bad 192.0.2.1`);
  side.append('one', `${now()} fail nobody`);
  side.append('one', `${now()} fail 192.0.2.1`);
  await side.until('[one] Ban 192.0.2.1');
  side.append('two', `${stamp()} pre bad 192.0.2.2`);
  side.append('two', `${stamp()} pre bad 192.0.2.2`);
  await side.until('[two] Ban 192.0.2.2');
  await side.until('[two] Unban 192.0.2.2');
  side.append('two', `${stamp()} pre bad 192.0.2.2`);
  side.append('two', `${stamp()} pre bad 192.0.2.2`);
  await side.until('[two] Increase Ban 192.0.2.2');
  side.append('lame', `${now()} fail 192.0.2.3`);
  await side.until('[lame] Ban 192.0.2.3');
  await sleep(1500);
  await side.ask('set', 'one', 'banip', '192.0.2.4');
  await side.until('[one] Ban 192.0.2.4');
  await side.ask('set', 'one', 'unbanip', '192.0.2.4');
  await side.ask('set', 'one', 'attempt', '192.0.2.5', 'a', 'b');
  await side.ask('set', 'one', 'maxretry', '5');
  await side.ask('set', 'one', 'findtime', '1h');
  await side.ask('nope');
  await side.ask('status', 'nojail');
  await side.ask('set', 'one', 'addfailregex', '(');
  await side.ask('flushlogs');
  await side.until('rollover performed');
  await sleep(1000);
  await side.reload();
  await side.until('Reload finished.');
  await side.ask('stop', 'lame');
  await sleep(1200);
  await side.stop();
}

/** What is said in other words, and why. */
const SAME: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // 1.0.2 unbans when it stops; HEAD, and f2b, repeal bans.
  [/Repeal Ban/, 'Unban'],
  // Addresses of functions and threads.
  [/, 'fid': <function .*?\}\)/, '})'],
  [/(utils .*: ERROR {3})[0-9a-f]+ --/, '$1ID --'],
  // A line of ours stays one line, whatever is in it.
  [/\\nmissing \), unterminated subpattern at position 0$/, ''],
];

/** What one of them says and the other does not, or with other words; by the line as it is without time and process. */
const NAMED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/Starting Fail2ban v/, 'versions differ'],
  [/fail2ban\.observer .*Observer st/, 'f2b has no observer thread; its work is done at once'],
  [
    /fail2ban\.database .*(?:persistent database|New database created)/,
    'the store is beside the database of fail2ban',
  ],
  [/Server ready \(f2b/, 'f2b tells when it is ready'],
  [/^missing \), unterminated subpattern/, 'the second line of a message, which is one line with f2b'],
];

/** Said for each failure of an id that was banned before; the last may come when it is banned already, by chance of threads. */
const TWICE = /fail2ban\.observer .*Found/;

/** Lines that may come in another order: said by other threads there, or by another process here. */
const LOOSE =
  /Jail '\w+' stopped|Unban|Added logfile|Removed logfile|Jail '\w+' started|transmitter .*skipped|observer|actions .*\[\w+\] (?:Ban|Increase)|Invariant|exec:|returned|Failed to execute|CommandAction|utils/;

(hasFail2ban ? describe : describe.skip)(
  `the log of a server${hasFail2ban ? '' : ' (fail2ban-server is not installed)'}`,
  () => {
    const sides = hasFail2ban ? ([new Side('fail2ban'), new Side('f2b')] as const) : undefined;

    beforeAll(async () => {
      buildIfStale();
      await Promise.all((sides ?? []).map(live));
    }, 120_000);

    afterAll(async () => {
      for (const side of sides ?? []) await side.remove();
    });

    const meant = (side: Side) =>
      side.log
        .filter((line) => !NAMED.some(([pattern]) => pattern.test(line)))
        .filter((line, i, all) => !TWICE.test(line) || all.indexOf(line) === i);

    test('has the same lines', () => {
      const [theirs, ours] = (sides ?? []).map((side) => meant(side).sort());
      expect(ours).toEqual(theirs);
    });

    test.each(NAMED)('a difference that is named is one: %s (%s)', (pattern) => {
      const [theirs, ours] = (sides ?? []).map((side) => side.log.filter((line) => pattern.test(line)));
      expect(ours).not.toEqual(theirs);
    });

    test('in the same order, where one thread says them', () => {
      const [theirs, ours] = (sides ?? []).map((side) => meant(side).filter((line) => !LOOSE.test(line)));
      expect(ours).toEqual(theirs);
    });
  },
);
