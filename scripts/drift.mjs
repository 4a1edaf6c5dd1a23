// What is generated and committed must be what the sources give: docs/commands.md from the commands, schemas/*.json from
// the types of their --json results, parts of docs/filters.md, docs/actions.md and docs/jails.md from the files that ship,
// the WebAssembly of the line passer from its AssemblyScript.
// `node scripts/drift.mjs` names each file that differs (exit 1); with --write it writes them. Reads dist/, so build first.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { actionsPage } from './drift/actions-page.mjs';
import { commandsPage } from './drift/commands-page.mjs';
import { filtersPage } from './drift/filters-page.mjs';
import { withGenerated } from './drift/generated-part.mjs';
import { jailsPage } from './drift/jails-page.mjs';
import { jsonSchemas } from './drift/json-schemas.mjs';
import { machineCode } from './drift/machine-code.mjs';
import { sampleBook } from './samples.mjs';

const root = resolve(import.meta.dirname, '..');
const write = process.argv.includes('--write');

const { COMMANDS } = createRequire(import.meta.url)(resolve(root, 'dist/load.cjs'));
const core = await import(resolve(root, 'dist/core.js'));
const generated = new Map([['docs/commands.md', await commandsPage(root)], await machineCode(root)]);
for (const [page, parts] of cataloguePages()) generated.set(page, withGenerated(root, page, parts));
for (const [name, text] of jsonSchemas(root, COMMANDS)) generated.set(`schemas/${name}.json`, text);

const drifted = [...generated].filter(([file, text]) => read(file) !== text).map(([file]) => file);
const stray = readdirSync(resolve(root, 'schemas')).filter((name) => !generated.has(`schemas/${name}`));
for (const name of stray) console.error(`schemas/${name}: no command has this result any more; remove it`);

if (write) {
  for (const file of drifted) {
    const path = resolve(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, generated.get(file));
    console.log(`${file}: written`);
  }
} else {
  for (const file of drifted) {
    console.error(`${file}: is not what the sources give; run node scripts/drift.mjs --write`);
  }
}
const wrong = stray.length + (write ? 0 : drifted.length);
if (wrong === 0) console.log(`drift: ${generated.size} generated files, none differs`);
process.exit(wrong === 0 ? 0 : 1);

/** Pages on what ships: the catalogue of the package itself. */
function cataloguePages() {
  const folder = new core.ConfigFolder(root, root);
  const catalogue = new core.Catalogue({ folder, packageDir: root, samples: sampleBook(root) });
  return [...filtersPage(root, core, catalogue), ...actionsPage(catalogue), ...jailsPage(catalogue)];
}

function read(file) {
  const path = resolve(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
