/**
 * The same commands to a real fail2ban server and to our desk over jails of the same configuration: the same text.
 *
 * The server runs in a folder of its own (socket, pid file, database), its actions do nothing. Debian's 1.0.2 is not the
 * target: what newer versions answer otherwise is named below, with what we answer.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OpenDesk, openDesk } from '../../src/commands/desk.js';
import { shellSplit } from '../../src/core/config/shell-split.js';
import { locate } from '../../src/core/control/dispatch.js';
import { CommandError, dispatch } from '../../src/core/control/index.js';
import { renderReply } from '../../src/view/reply.js';
import { ROOT, run } from '../commands/f2b.js';
import { type Answer, COMMANDS, converse, OF_HEAD, OURS, TREE, withoutTimes } from './client-commands.js';
import { writeTree } from './dump-compare.js';

const INSTALLED = spawnSync('fail2ban-server', ['--version']).status === 0;
if (!INSTALLED) console.warn('fail2ban-server is not installed: the client is not compared with it');

let dir: string;
let theirs: Answer[];
let ours: Answer[];
let server: ChildProcess | undefined;
let opened: OpenDesk | undefined;

const commandsIn = (folder: string) => COMMANDS.map((line) => line.replaceAll('@DIR@', folder));

(INSTALLED ? describe : describe.skip)('answers as fail2ban’s server and client', () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'f2b-client-'));
    writeTree(dir, TREE);
    theirs = await askServer();
    ours = await askDesk();
  }, 120_000);

  afterAll(async () => {
    opened?.close();
    if (server?.exitCode === null) {
      await run('fail2ban-client', ['-c', dir, 'stop']);
      if (server.exitCode === null) server.kill('SIGTERM');
    }
    rmSync(dir, { recursive: true, force: true });
  });

  test.each(COMMANDS.map((command, i) => [command, i] as const).filter(([command]) => command !== '#wait'))(
    '%s',
    (command, i) => {
      const expected = OF_HEAD[command] ?? OURS[command];
      const [our, their] = [ours[i], theirs[i]].map(withoutTimes);
      if (expected) {
        expect(our?.text).toMatch(expected);
        expect(our).not.toEqual(their);
      } else expect(our).toEqual(their);
    },
  );
});

async function askServer(): Promise<Answer[]> {
  server = spawn('fail2ban-server', ['-c', dir, '-f', 'start'], {
    stdio: 'ignore',
    env: { ...process.env, TZ: 'UTC' },
  });
  for (let tries = 0; !existsSync(join(dir, 'server.sock')); tries++) {
    if (tries > 150) throw new Error('the server does not start');
    await sleep(100);
  }
  await sleep(1000);
  return converse(['fail2ban-client', '-c', dir], { dir, commands: COMMANDS });
}

async function askDesk(): Promise<Answer[]> {
  opened = await openDesk({ config: dir, root: ROOT, writes: true, command: 'test' });
  const { desk } = opened;
  const answers: Answer[] = [];
  for (const line of commandsIn(dir)) {
    if (line === '#wait') {
      answers.push({ text: 'None', refused: undefined });
      continue;
    }
    const words = shellSplit(line);
    try {
      const value = await dispatch(desk, words);
      answers.push({ text: renderReply(locate(words).entry, words, value), refused: undefined });
    } catch (error) {
      if (!(error instanceof CommandError)) throw new Error(`${line}: ${error}`, { cause: error });
      answers.push({ text: error.message, refused: error.argsText });
    }
    await desk.settle({ alone: true });
  }
  return answers;
}
