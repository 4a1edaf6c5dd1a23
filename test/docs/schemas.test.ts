/**
 * What `--json` prints is what schemas/ promises, on runs that fill every field.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { DeskFolder } from '../commands/desk-folder.js';
import { f2b, ROOT } from '../commands/f2b.js';

/** Complaints of the schema about a value; none means that it fits. */
function complaints(name: string, value: unknown): unknown[] {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas', `${name}.json`), 'utf8'));
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  return ajv.validate(schema, value) ? [] : (ajv.errors ?? []);
}

const LINE = '2026-11-20 03:04:05 srv app[9]: bad login of joe from 192.0.2.4';

describe('f2b regex --json', () => {
  test.each([
    ['a shipped filter on the shipped log', ['examples/mail.log', 'postfix[mode=aggressive]']],
    ['a session whose address is not known', ['Nov 20 03:04:05 srv sshd[9]: error: PAM: x', 'sshd']],
    ['a line and an expression', [LINE, 'from <HOST>$', 'nobody']],
    ['several lines', [`${LINE}\nnoise\n${LINE}`, '-L', '2', 'from <HOST>$']],
    ['a date pattern of its own', ['-d', 'EPOCH', '1795143845 192.0.2.4', '<ADDR>']],
  ])('fits its schema: %s', async (_, args) => {
    const { stdout, status } = await f2b(['regex', '-c', ROOT, '--json', ...args], { cwd: ROOT });
    expect(status).toBe(0);
    expect(complaints('regex', JSON.parse(stdout))).toEqual([]);
  });

  test('the schema does not fit something else', () => {
    expect(complaints('regex', { lines: { total: '4' } })).not.toEqual([]);
  });
});

describe('of what there is', () => {
  test.each([
    ['list', ['list']],
    ['list', ['list', 'jails', 'openssh']],
    ['show', ['show', 'sshd', 'nftables', 'recidive', 'pass2allow-ftp', 'blocklist_de']],
  ])('f2b %s --json fits its schema: %j', async (name, args) => {
    const { stdout } = await f2b([...args, '-c', ROOT, '--json'], { cwd: ROOT });
    const result = JSON.parse(stdout);
    expect(result).not.toHaveProperty('error');
    expect(complaints(name, result)).toEqual([]);
  });

  test('the schema does not fit something else', () => {
    expect(complaints('list', { filters: [{ name: 'x' }] })).not.toEqual([]);
    expect(complaints('show', { found: [{ kind: 'filter', name: 'x' }] })).not.toEqual([]);
  });
});

describe('of a configuration', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'f2b-schemas-'));
    for (const name of ['filter.d', 'action.d']) mkdirSync(join(dir, name));
    writeFileSync(join(dir, 'fail2ban.conf'), '[Definition]\nloglevel = INFO\n');
    writeFileSync(join(dir, 'jail.conf'), JAILS);
    writeFileSync(
      join(dir, 'filter.d/good.conf'),
      '[Definition]\nfailregex = ^bad <HOST>$\n    ^worse <HOST>$\n',
    );
    writeFileSync(join(dir, 'filter.d/bad.conf'), '[Definition]\nfailregex = ^(bad <HOST>$\n');
    writeFileSync(join(dir, 'action.d/do.conf'), '[Definition]\nactionban = do <ip>\n[Init]\nx = 1\n');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const JAILS = `[good]
enabled = true
filter = good
maxretry = three
action = do[y=2]
[bad]
enabled = true
filter = bad
[none]
enabled = true
filter = missing
`;

  test('f2b dump --json fits its schema', async () => {
    const { stdout } = await f2b(['dump', '-c', dir, '--json']);
    const dump = JSON.parse(stdout);
    expect(complaints('dump', dump)).toEqual([]);
    expect(dump.commands.length).toBeGreaterThan(10);
    expect(dump.skipped).toHaveLength(1);
  });

  test('f2b check --json fits its schema', async () => {
    const { stdout, status } = await f2b(['check', '-c', dir, '--json']);
    expect(status).toBe(1);
    const check = JSON.parse(stdout);
    expect(complaints('check', check)).toEqual([]);
    expect(check.problems.length).toBeGreaterThan(2);
  });
});

describe('of a control desk', () => {
  const folder = new DeskFolder({ refuse: '192.0.2.66\n' });
  afterAll(() => folder.remove());
  beforeAll(async () => {
    await folder.f2b(['set', 'one', 'banip', '192.0.2.1', '192.0.2.0/28', 'joe']);
    await folder.f2b(['set', 'two', 'bantime', '-1']);
    await folder.f2b(['set', 'two', 'banip', '192.0.2.66']);
    await folder.f2b(['set', 'two', 'attempt', '192.0.2.1', 'a line']);
    await folder.f2b(['set', 'one', 'banip', '192.0.2.77']);
    await folder.f2b(['set', 'one', 'unbanip', '192.0.2.77']);
  });

  test.each([
    [['status']],
    [['status', 'one']],
    [['status', '--all']],
    [['stats']],
    [['banned']],
    [['banned', '192.0.2.1', 'nobody']],
    [['get', 'one', 'banip', '--with-time']],
    [['get', 'one', 'datepattern']],
    [['get', 'thread']],
    [['set', 'one', 'banip', '192.0.2.9']],
    [['set', 'one', 'banip', '--from', '-']],
    [['set', 'two', 'banip', '192.0.2.66']],
    [['unban', '192.0.2.9']],
    [['why', '192.0.2.1']],
    [['why', '192.0.2.0/24']],
    [['why', '192.0.2.66']],
    [['why', '192.0.2.77']],
    [['why', 'joe']],
  ])('fits its schema: %j', async (args) => {
    const { stdout } = await folder.f2b([...args, '--json'], { input: '192.0.2.30\nnonsense\n' });
    const result = JSON.parse(stdout);
    expect(result).not.toHaveProperty('error');
    expect(complaints(args[0] as string, result)).toEqual([]);
  });

  test('the schema does not fit something else', () => {
    expect(complaints('why', { asked: 1 })).not.toEqual([]);
    expect(complaints('status', { jails: [{ name: 'one' }] })).not.toEqual([]);
  });
});
