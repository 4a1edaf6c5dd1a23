/**
 * The pages: links lead somewhere, tests and files that they name exist, and the example of the library runs.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { f2b, ROOT, run } from '../commands/f2b.js';

const PAGES = ['README.md', 'CHANGELOG.md', 'docs', 'src', 'test'].flatMap((place) =>
  place.endsWith('.md')
    ? [place]
    : readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => `${place}/${name}`),
);

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

describe.each(PAGES)('%s', (page) => {
  test('has no link into nothing', () => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((found) => found[1]!);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });
});

test('docs/compat.md names only tests that exist, and one in every row', () => {
  const rows = read('docs/compat.md')
    .split('\n')
    .filter((line) => /^\| (?!Behaviour|---)/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  const named = rows.map((row) => [...row.matchAll(/`([\w/-]+\.test\.ts)`/g)].map((found) => found[1]!));
  expect(rows.filter((_, i) => named[i]!.length === 0)).toEqual([]);
  expect(named.flat().filter((file) => !existsSync(join(ROOT, 'test', file)))).toEqual([]);
});

test('src/core/README.md names only files that exist', () => {
  const named = [
    ...read('src/core/README.md').matchAll(/`((?:[\w-]+\/)*[\w-]+\.ts|[\w-]+(?:\/[\w-]+)*\/)`/g),
  ];
  const files = named.map((found) => found[1]!).filter((file) => !file.startsWith('src/'));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !existsSync(join(ROOT, 'src/core', file)))).toEqual([]);
});

test('the example of src/core/README.md prints what is said', async () => {
  const code = /^```ts\n(.*?)^```$/ms.exec(read('src/core/README.md'))![1]!;
  const dir = mkdtempSync(join(ROOT, 'node_modules/.f2b-example-'));
  try {
    writeFileSync(join(dir, 'example.ts'), code);
    await build({
      entryPoints: [join(dir, 'example.ts')],
      outfile: join(dir, 'example.mjs'),
      alias: { f2b: join(ROOT, 'src/core/index.ts') },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'bundle',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'silent',
    });
    const { stdout, stderr } = await run(process.execPath, [join(dir, 'example.mjs')], { cwd: ROOT });
    expect({ stdout, stderr }).toEqual({
      stdout: 'failure 192.0.2.7\nnofail -\nfailure 2001:db8::9\n',
      stderr: '',
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the first command of README.md bans whom the example log holds, whatever is installed', async () => {
  const command = /^npm ci && bin\/run\.js (.*)$/m.exec(read('README.md'))?.[1] ?? '';
  const state = join(ROOT, 'examples/try/state');
  rmSync(state, { recursive: true, force: true });
  try {
    const { stdout, stderr, status } = await f2b(command.split(' '), { cwd: ROOT });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toContain('postfix: banned 192.0.2.14 for ever (2 failures)\n');
    expect(stdout.match(/ banned /g)).toHaveLength(9);
    const asked = await f2b(['why', '-c', 'examples/try', '192.0.2.14'], { cwd: ROOT });
    expect(asked.stdout).toMatch(/^192\.0\.2\.14 is banned in postfix, spam$/m);
    expect(asked.stdout).toContain('dummy has it');
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});
