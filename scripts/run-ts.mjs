// Bundles one TypeScript file in memory and runs it: `node scripts/run-ts.mjs FILE [ARG...]` (for benches and tries).
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [file, ...rest] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run-ts.mjs FILE [ARG...]');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
const dir = mkdtempSync(join(root, 'node_modules/.run-ts-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const outfile = join(dir, 'main.mjs');
await build({
  entryPoints: [resolve(file)],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  nodePaths: [join(root, 'node_modules')],
  sourcemap: 'inline',
  outfile,
});
process.argv = [process.argv[0], resolve(file), ...rest];
await import(pathToFileURL(outfile).href);
