/**
 * The command lines of fail2ban’s programs, given to them and to f2b under their names: the same standard output, the same
 * errors, the same exit codes. From configuration tests to a server’s whole life.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { buildIfStale, ROOT, run } from '../commands/f2b.js';
import { TREE } from './client-commands.js';
import { writeTree } from './dump-compare.js';

const INSTALLED = spawnSync('fail2ban-server', ['--version']).status === 0;
if (!INSTALLED) console.warn('fail2ban is not installed: command lines are not compared with it');

const PROGRAMS = ['fail2ban-client', 'fail2ban-server', 'fail2ban-regex'];

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  /** Messages of lines of level ERROR, without what is said about single jails on the way. */
  readonly errors: readonly string[];
}

/** One of the two, in a folder of its own with the same content. */
class Side {
  readonly dir = mkdtempSync(join(tmpdir(), 'f2b-line-'));
  readonly bin = mkdtempSync(join(tmpdir(), 'f2b-bin-'));

  constructor(private readonly isOurs: boolean) {
    for (const name of PROGRAMS) symlinkSync(join(ROOT, 'bin/run.js'), join(this.bin, name));
    this.reset();
  }

  reset(): void {
    rmSync(this.dir, { recursive: true, force: true });
    writeTree(this.dir, TREE);
  }

  path(program: string): string {
    return this.isOurs ? join(this.bin, program) : program;
  }

  async say(program: string, line: string, input?: string): Promise<Said> {
    const args = line.split(' ').filter((word) => word !== '');
    const words = args.map((word) => word.replaceAll('@DIR@', this.dir));
    const { status, stdout, stderr } = await run(
      this.path(program),
      words,
      input === undefined ? {} : { input },
    );
    const errors = [...stderr.matchAll(/^\S+ \S+ fail2ban +\[\d+\]: ERROR {3}(.*)$/gm)].map(
      ([, text]) => text ?? '',
    );
    // Totals of theirs begin anew with each start, ours go on.
    const clean = (text: string) => text.replaceAll(this.dir, 'DIR').replaceAll(/(Total \w+:\t)\d+/g, '$1N');
    return { status, stdout: clean(stdout), errors: errors.map(clean) };
  }

  async remove(): Promise<void> {
    await run(this.path('fail2ban-client'), ['-c', this.dir, 'stop']);
    for (const folder of [this.dir, this.bin]) rmSync(folder, { recursive: true, force: true });
  }
}

(INSTALLED ? describe : describe.skip)('the command lines of fail2ban', () => {
  const theirs = new Side(false);
  const ours = new Side(true);

  beforeAll(() => buildIfStale());
  beforeEach(() => {
    theirs.reset();
    ours.reset();
  });
  afterAll(async () => {
    await theirs.remove();
    await ours.remove();
  });

  const same = async (program: string, line: string, input?: string) => {
    const [their, our] = await Promise.all([
      theirs.say(program, line, input),
      ours.say(program, line, input),
    ]);
    expect({ line, ...our }).toEqual({ line, ...their });
    return our;
  };

  describe.each(['fail2ban-client', 'fail2ban-server'])('%s without a server', (program) => {
    test.each([
      '--str2sec 1d',
      '--str2sec 1y-6mo',
      '--str2sec nope',
      '--timeout nope ping',
      '-c /nowhere/at/all ping',
      '-c @DIR@ --loglevel nope ping',
      '-c @DIR@ -t',
      '-c @DIR@ --test',
      '-c @DIR@ -d',
      '-c @DIR@ --dp',
      '-c @DIR@ -d ping',
      '-c @DIR@ ping',
      '-c @DIR@ ping 1',
      '-c @DIR@ ping nope',
      '-c @DIR@ ping --help',
      '-c @DIR@ status',
      '-c @DIR@ -q status',
      '-c @DIR@ -t status',
      '-c @DIR@ -xf status',
      '-c @DIR@ stop',
      '-c @DIR@ reload',
      '-c @DIR@ reload zeta',
      '-c @DIR@ reload a b',
      '-c @DIR@ restart zeta',
      '-c @DIR@ -s /nowhere/x.sock set zeta banip 192.0.2.1',
    ])('%s', async (line) => {
      await same(program, line);
    });

    test('a mistake in the configuration', async () => {
      for (const { dir } of [theirs, ours])
        appendFileSync(join(dir, 'jail.conf'), '[bad]\nenabled = true\nfilter = nope\n');
      expect(await same(program, '-c @DIR@ -t')).toMatchObject({ status: 255 });
      await same(program, '-c @DIR@ -t ping');
    });

    test('a file that breaks the grammar', async () => {
      for (const { dir } of [theirs, ours]) appendFileSync(join(dir, 'jail.conf'), '[x\n');
      for (const line of ['-c @DIR@ -t', '-c @DIR@ -d', '-c @DIR@ start']) {
        const [their, our] = [await theirs.say(program, line), await ours.say(program, line)];
        expect({ line, status: our.status, stdout: our.stdout }).toEqual({
          line,
          status: their.status,
          stdout: their.stdout,
        });
        expect(our.errors[0]).toMatch(/^Failed during configuration: /);
      }
    });

    test('nonsense shows the usage', async () => {
      for (const line of ['--nope', '-y', '-c', ...(program === 'fail2ban-client' ? ['', '-c @DIR@'] : [])]) {
        const [their, our] = [await theirs.say(program, line), await ours.say(program, line)];
        expect({ line, status: our.status }).toEqual({ line, status: their.status });
        expect(our.stdout).toMatch(new RegExp(`^Usage: ${program} \\[OPTIONS\\] <COMMAND>\n`));
        expect(their.stdout).toMatch(/^Usage: /);
      }
    });

    test('versions have the same form', async () => {
      for (const [line, form] of [
        ['-V', /^[\d.]+\n$/],
        ['--version', /^Fail2Ban v[\w.]+\n$/],
      ] as const) {
        expect((await theirs.say(program, line)).stdout).toMatch(form);
        expect((await ours.say(program, line)).stdout).toMatch(form);
      }
    });
  });

  test('help knows every option of theirs, and every command of the vocabulary', async () => {
    const [their, our] = [await theirs.say('fail2ban-client', '-h'), await ours.say('fail2ban-client', '-h')];
    expect(our.status).toBe(0);
    const options = (text: string) => new Set(text.match(/(?<=^ {4}|^ {4}-\w, )--?[a-z][\w-]*/gim));
    expect([...options(their.stdout)].filter((option) => !options(our.stdout).has(option))).toEqual([]);
    for (const line of our.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(our.stdout).toMatch(/^ {4}set <JAIL> banip <IP> \.\.\. <IP> {7,}bans addresses/m);
  });

  test('a session on standard input', async () => {
    const input = 'ping\n\nstatus "x\nexit now\nfoo\nexit\n';
    const [their, our] = [
      await theirs.say('fail2ban-client', '-c @DIR@ -i', input),
      await ours.say('fail2ban-client', '-c @DIR@ -i', input),
    ];
    const answers = ({ stdout }: Said) => stdout.split('fail2ban> ').slice(1);
    expect(answers(our)).toEqual(answers(their));
    expect({ status: our.status, errors: our.errors }).toEqual({
      status: their.status,
      errors: their.errors,
    });
  });

  describe('a server’s life', () => {
    test('start, twice, talk, restart, reload, stop', async () => {
      const client = (line: string) => same('fail2ban-client', `-c @DIR@ ${line}`);
      expect(await client('start')).toMatchObject({ status: 0, stdout: 'Server ready\n' });
      expect(await client('start')).toMatchObject({ status: 255, errors: ['Server already running'] });
      await client('ping');
      await client('status');
      await client('set zeta banip 192.0.2.1');
      expect(await client('restart')).toMatchObject({ stdout: 'Shutdown successful\nServer ready\n' });
      await sleep(500);
      await client('get zeta banip');
      await client('reload');
      await client('reload zeta');
      await client('restart --unban zeta');
      await client('get zeta banip');
      await client('reload nobody');
      await client('reload --if-exists nobody');
      await same('fail2ban-server', '-c @DIR@ status zeta');
      await client('stop zeta');
      await client('status');
      expect(await client('stop')).toMatchObject({ stdout: 'Shutdown successful\n' });
      await sleep(500);
      await client('ping');
    }, 90_000);

    test('a socket that a killed server left is in the way, unless -x is given', async () => {
      for (const { dir } of [theirs, ours]) await leaveSocket(join(dir, 'server.sock'));
      expect(await same('fail2ban-client', '-c @DIR@ start')).toMatchObject({
        status: 255,
        errors: ['Fail2ban seems to be in unexpected state (not running but the socket exists)'],
      });
      expect(await same('fail2ban-client', '-c @DIR@ -x start')).toMatchObject({ status: 0 });
      await same('fail2ban-client', '-c @DIR@ stop');
      await sleep(500);
    }, 60_000);

    test('in the foreground, as unit files start it', async () => {
      const outputs = await Promise.all(
        [theirs, ours].map(async (side) => {
          const child = spawn(side.path('fail2ban-server'), ['-c', side.dir, '-xf', 'start'], {
            stdio: ['ignore', 'pipe', 'ignore'],
          });
          let stdout = '';
          child.stdout.setEncoding('utf8').on('data', (text: string) => {
            stdout += text;
          });
          const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
          for (let i = 0; i < 100 && !stdout.includes('ready'); i++) await sleep(100);
          const ping = await side.say('fail2ban-client', '-c @DIR@ ping');
          child.kill('SIGTERM');
          return { stdout, ping, status: await ended };
        }),
      );
      expect(outputs[1]).toEqual(outputs[0]);
      expect(outputs[1]).toMatchObject({ stdout: 'Server ready\n', status: 0 });
    }, 60_000);

    test('values of the command line win', async () => {
      const line =
        '-c @DIR@ -s @DIR@/s -p @DIR@/p --loglevel DEBUG --logtarget @DIR@/l --syslogsocket @DIR@/y';
      await same('fail2ban-client', `${line} start`);
      for (const name of ['loglevel', 'logtarget', 'syslogsocket']) {
        await same('fail2ban-client', `-c @DIR@ -s @DIR@/s get ${name}`);
      }
      await same('fail2ban-client', '-c @DIR@ -s @DIR@/s stop');
      await sleep(500);
    }, 60_000);

    test('who does not wait for the server is told, and it goes on starting', async () => {
      for (const side of [theirs, ours]) {
        const { status, stdout, errors } = await side.say(
          'fail2ban-client',
          '-c @DIR@ --timeout 0.001 start',
        );
        expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
        expect(errors).toEqual([expect.stringMatching(/^Could not start server/)]);
        const isThere = async () => (await side.say('fail2ban-client', '-c @DIR@ server-status')).stdout;
        for (let i = 0; i < 50 && !(await isThere()).includes('ready'); i++) await sleep(200);
        expect(await isThere()).toBe('Server ready\n');
        expect(await side.say('fail2ban-client', '-c @DIR@ stop')).toMatchObject({ status: 0 });
      }
      await sleep(500);
    }, 60_000);

    test('nothing but broken jails is no start', async () => {
      for (const { dir } of [theirs, ours]) {
        writeFileSync(join(dir, 'jail.conf'), '[bad]\nenabled = true\nfilter = nope\n');
      }
      expect(await same('fail2ban-client', '-c @DIR@ start')).toMatchObject({ status: 255, stdout: '' });
    }, 60_000);
  });
});

/** A socket whose server has died. */
async function leaveSocket(path: string): Promise<void> {
  const script = `import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind(${JSON.stringify(path)})`;
  spawnSync('python3', ['-c', script]);
}
