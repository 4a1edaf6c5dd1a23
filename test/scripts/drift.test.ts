/**
 * The drift step of `npm run check`, run on copies of the repository in which something has been changed.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Finished, f2b, ROOT, run } from '../commands/f2b.js';

let copy: string;
beforeAll(async () => {
  await f2b(['--version']); // builds where that is needed
  copy = mkdtempSync(join(tmpdir(), 'f2b-drift-'));
  for (const name of PARTS) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  // Whether the repository itself has drifted is for `npm run check` to say.
  await drift('--write');
});
afterEach(() => {
  for (const restore of changes.splice(0)) restore();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const PARTS = [
  ...['package.json', 'tsconfig.json', 'biome.json', 'scripts', 'docs', 'schemas', 'src', 'dist'],
  ...['filters.d', 'action.d', 'jail.d', 'test/filters'],
];
const changes: (() => void)[] = [];

function drift(...args: string[]): Promise<Finished> {
  return run(process.execPath, [join(copy, 'scripts/drift.mjs'), ...args]);
}

function change(file: string, from: string | RegExp, to: string): void {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to change in ${file}`);
  writeFileSync(path, changed);
  changes.push(() => writeFileSync(path, text));
}

describe('drift', () => {
  test('is content with what the sources give', async () => {
    expect(await drift()).toMatchObject({ status: 0, stderr: '' });
  });

  test('names a page that was changed by hand, and a schema that no longer fits its type', async () => {
    change('docs/commands.md', '## f2b regex', '## f2b rejects');
    change('src/view/report-json.ts', 'readonly elapsedSec: number;', 'readonly elapsedMs: number;');
    const { status, stderr } = await drift();
    expect(status).toBe(1);
    expect(stderr).toContain('docs/commands.md: is not what the sources give');
    expect(stderr).toContain('schemas/regex.json: is not what the sources give');
  });

  test('with --write mends them, and is content afterwards', async () => {
    change('docs/commands.md', '## f2b regex', '## f2b rejects');
    expect(await drift('--write')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^docs\/commands.md: written\n/),
    });
    expect(await drift()).toMatchObject({ status: 0 });
    expect(readFileSync(join(copy, 'docs/commands.md'), 'utf8')).toContain('## f2b regex');
  });

  test('names the pages on what ships when its files say something else', async () => {
    change('filters.d/sshd.conf', '# OpenSSH: failed logins', '# OpenSSH: logins that failed');
    change('action.d/iptables.conf', /^chain = INPUT$/m, 'chain = OUTPUT');
    change('jail.d/recidive.conf', 'bantime = 1w', 'bantime = 2w');
    const { status, stderr } = await drift();
    expect(status).toBe(1);
    for (const page of ['filters', 'actions', 'jails']) {
      expect(stderr).toContain(`docs/${page}.md: is not what the sources give`);
    }
  });

  test('says which comment a page lacks', async () => {
    change('docs/jails.md', '<!-- end of jails -->', '');
    const { status, stderr } = await drift();
    expect(status).not.toBe(0);
    expect(stderr).toContain('docs/jails.md: expected one line "<!-- jails: written by');
  });

  test('names a schema without a command', async () => {
    const gone = join(copy, 'schemas/gone.json');
    writeFileSync(gone, '{}\n');
    changes.push(() => rmSync(gone));
    const { status, stderr } = await drift();
    expect(status).toBe(1);
    expect(stderr).toContain('schemas/gone.json');
  });

  test('refuses a command whose --json result has no type in its list', async () => {
    change('scripts/drift/json-schemas.mjs', /^ {2}regex: .*\n/m, '');
    const { status, stderr } = await drift();
    expect(status).not.toBe(0);
    expect(stderr).toContain('does not know the type of f2b regex --json');
  });
});
