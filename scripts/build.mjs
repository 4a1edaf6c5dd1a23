// Builds dist/: the command line and the library, bundled with what they import. Then writes oclif.manifest.json, from which help and command lookup are answered without loading commands.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { sampleBook } from './samples.mjs';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const packageJson = require('../package.json');
const dist = resolve(root, 'dist');

// Parts of oclif that a bundled, plug-in free command line never gets to: loading TypeScript commands, searching folders
// for commands, spinners, debug output, Windows.
const NEVER_USED = {
  typescript: 'module.exports = {};',
  'cli-spinners': 'module.exports = {};',
  tinyglobby: 'module.exports = {};',
  'wsl-utils': 'module.exports = { isWsl: false };',
  debug:
    'const off = () => { const log = () => {}; log.enabled = false; log.extend = () => log; return log; }; module.exports = off;',
};
const leaveOut = {
  name: 'leave-out',
  setup(builder) {
    const filter = new RegExp(`^(?:${Object.keys(NEVER_USED).join('|')})$`);
    builder.onResolve({ filter }, ({ path }) => ({ path, namespace: 'never-used' }));
    builder.onLoad({ filter: /.*/, namespace: 'never-used' }, ({ path }) => ({
      contents: NEVER_USED[path],
      loader: 'js',
    }));
  },
};

// The command line is one file: main and all commands, each part run when it is first needed. load.cjs runs it from the
// code that V8 has made of it before (code-cache.mjs).
const commandLine = { 'command-line': 'src/command-line.ts' };
// The library, and threads of their own.
const modules = {
  core: 'src/core/index.ts',
  matcher: 'src/core/daemon/matcher/worker.ts',
  'segment-worker': 'src/core/tester/segment-worker.ts',
};
// oclif loads all of itself at once; here its modules (and node's) are loaded when they are first used, which is most of
// what starting costs. `const x_1 = require("y")` becomes a stand-in that requires on first access.
const LAZY =
  'const __lazy = (load) => { let m; return new Proxy({}, { get: (_, key) => (m ??= load())[key] }); };';
const loadLate = {
  name: 'load-late',
  setup(builder) {
    builder.onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const late = source
        .replace(
          /^const (\w+_1) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm,
          'const $1 = __lazy(() => $2);',
        )
        // Ids are plain ASCII; the first comparison of a language takes 9 ms.
        .replace(/(\w+)\.id\.localeCompare\((\w+)\.id\)/g, '($1.id < $2.id ? -1 : $1.id > $2.id ? 1 : 0)');
      return {
        contents: late === source ? source : late.replace(/^"use strict";/, `"use strict";\n${LAZY}`),
        loader: 'js',
      };
    });
  },
};

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Brings a binary of its own, which cannot be bundled.
  external: ['libsql'],
  plugins: [leaveOut, loadLate],
  logLevel: 'warning',
};
const [line, library] = await Promise.all([
  build({
    ...common,
    entryPoints: commandLine,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    define: {
      __F2B_VERSION__: JSON.stringify(packageJson.version),
      // What is not bundled is looked for from here.
      'import.meta.url': '__filename',
    },
  }),
  build({
    ...common,
    entryPoints: modules,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    define: { __F2B_VERSION__: JSON.stringify(packageJson.version) },
    // Bundled CommonJS asks for node's own modules by require.
    banner: {
      js: "import { createRequire as __f2bRequire } from 'node:module'; const require = __f2bRequire(import.meta.url);",
    },
  }),
]);
const outputFiles = [...line.outputFiles.map(signed), ...library.outputFiles];

/** With its own hash in front, by which load.cjs knows what was made of this very bundle. */
function signed({ path, contents }) {
  const id = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  return { path, contents: Buffer.concat([Buffer.from(`/*${id}*/`), contents]) };
}

// Lines of the tests for `f2b show`.
const book = Buffer.from(`${JSON.stringify(sampleBook(root))}\n`);
outputFiles.push({ path: resolve(dist, 'samples.json'), contents: book });

// What starts the command line, as it is; and the code V8 makes of it, which comes last.
outputFiles.push({ path: resolve(dist, 'load.cjs'), contents: readFileSync(resolve(root, 'src/load.cjs')) });

// Each file appears whole, and old ones go last: f2b may be running while it is built.
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, contents);
  renameSync(`${path}.tmp`, path);
}
const current = new Set(outputFiles.map(({ path }) => relative(dist, path)));
for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = resolve(file.parentPath, file.name);
  if (file.isFile() && !current.has(relative(dist, path))) rmSync(path);
}

// oclif's own cache of commands, as `oclif manifest` writes it.
const { Plugin } = require('@oclif/core');
const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(resolve(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 2)}\n`);

// Made by a process of its own that has done what is done most often.
const { status } = spawnSync(process.execPath, [resolve(root, 'scripts/code-cache.mjs'), dist], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (status !== 0) throw new Error('the code cache cannot be made');
