/** The unit that ships: systemd understands all of it, and the service may do little. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { buildIfStale, ROOT } from '../commands/f2b.js';

const dir = mkdtempSync(join(tmpdir(), 'f2b-unit-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const text = readFileSync(join(ROOT, 'examples/systemd/f2b.service'), 'utf8');
const run = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
const version = Number(/^systemd (\d+)/.exec(run('--version').stdout ?? '')?.[1] ?? 0);
// `security --offline` came with 250.
const why = version >= 250 ? '' : ' (needs systemd-analyze of systemd 250 or later)';
const here = why === '' ? test : test.skip;

/** The unit with the programs where they are here. */
function unit(change: (unit: string) => string = (same) => same): string {
  buildIfStale();
  const path = join(dir, 'f2b.service');
  const placed = text
    .replaceAll('/usr/bin/node', process.execPath)
    .replaceAll('/usr/bin/f2b', join(ROOT, 'bin/run.js'));
  writeFileSync(path, change(placed));
  return path;
}

describe('the unit', () => {
  here(`is right${why}`, () => {
    const { status, stdout, stderr } = run('verify', unit());
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    const wrong = unit((right) => right.replace('WatchdogSec=30s', 'WatchdogSeconds=30s'));
    expect(run('verify', wrong).stderr).toContain('WatchdogSeconds');
  });

  here(`leaves the service little to do harm with${why}`, () => {
    const threshold = ['security', '--offline=true', '--no-pager', '--threshold=30'];
    expect(run(...threshold, unit()).status).toBe(0);
    const open = unit((tight) => tight.replace(/^(?:Protect|Restrict|Private|System|Capability).*$/gm, ''));
    expect(run(...threshold, open).status).not.toBe(0);
  });

  test('says what the server needs to hear', () => {
    expect(text).toMatch(/^Type=notify$/m);
    expect(text).toMatch(/^NotifyAccess=all$/m);
    expect(text).toMatch(/^WatchdogSec=/m);
    expect(text).toMatch(/^ExecStart=.* server --foreground$/m);
    expect(text).toMatch(/^ExecReload=.* reload$/m);
    // src/commands/server-run.ts: rules stay for the server that follows.
    expect(text).toMatch(/^RestartKillSignal=SIGUSR2$/m);
  });
});
