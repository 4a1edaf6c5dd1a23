/**
 * Starts a server in the background: `f2b start`, `f2b server -b`. Answers once it is ready, or says why it is not.
 *
 * The server is a process of its own that tells over a channel when it is ready; until then what it says on standard error
 * is kept, and shown if it ends. Afterwards nothing ties it to whoever has started it.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { EXIT, F2bError } from '../core/errors.js';
import { Silent } from './base.js';
import type { ServerArguments } from './server-run.js';

/** It may have to wait for another f2b, and to put many bans back. */
const READY_SEC = 180;
/**
 * For node: room for what is young. Failures wait in it for their commit, and so in time make it as large as it may get;
 * the unit (examples/systemd) says the same.
 */
const SMALL = ['--max-semi-space-size=2'];
/** Of what it says. */
const KEPT_CHARS = 16_384;

/**
 * @param timeoutSec how long to wait for it
 * @throws {F2bError | Silent} it did not start, and why; code `start-late`: it goes on starting
 */
export async function startInBackground(
  { config, root, force, overrides }: ServerArguments,
  timeoutSec = READY_SEC,
): Promise<void> {
  const args = [...SMALL, join(root, 'bin/run.js'), 'server', '--foreground'];
  if (config !== undefined) args.push('--config', resolve(config));
  if (force) args.push('--force');
  for (const [name, value] of Object.entries(overrides)) {
    args.push(`--${name}=${PATHS.includes(name) ? resolve(value) : value}`);
  }
  const env = { ...process.env };
  if (env['F2B_CONFIG']) env['F2B_CONFIG'] = resolve(env['F2B_CONFIG']);
  // What it makes is for nobody else, and it keeps no folder busy.
  process.umask(0o077);
  const child = spawn(process.execPath, args, {
    ...{ cwd: '/', env, detached: true },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARS);
  });
  const outcome = await new Promise<'ready' | 'late' | Error | string>((done) => {
    child.on('message', (message) => message === 'ready' && done('ready'));
    child.on('error', done);
    child.on('close', (code, signal) => done(signal === null ? `exit code ${code}` : signal));
    setTimeout(() => done('late'), timeoutSec * 1000).unref();
  });
  child.stderr?.destroy();
  if (child.connected) child.disconnect();
  child.unref();
  if (outcome === 'ready') return;
  if (outcome === 'late') {
    throw new F2bError('start-late', `the server (process ${child.pid}) is not ready after ${timeoutSec} s`, {
      hint: 'It goes on starting; its log tells what it waits for.',
    });
  }
  if (outcome instanceof Error)
    throw new F2bError('start', `the server cannot be started: ${outcome.message}`);
  if (said.trim() === '')
    throw new F2bError('start', `the server has ended before it was ready (${outcome})`);
  process.stderr.write(said);
  throw new Silent(EXIT.failure);
}

const PATHS = ['socket', 'pidfile'];
