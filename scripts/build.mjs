// Builds dist/: the command line and the library, bundled with what they import, split so that a command loads only its
// own parts. Then writes oclif.manifest.json, from which help and command lookup are answered without loading commands.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { sampleBook } from './samples.mjs';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const packageJson = require('../package.json');
const dist = resolve(root, 'dist');

// Parts of oclif that a bundled, plug-in free command line never gets to: loading TypeScript commands, searching folders
// for commands, spinners, debug output.
const NEVER_USED = {
  typescript: 'module.exports = {};',
  'cli-spinners': 'module.exports = {};',
  tinyglobby: 'module.exports = {};',
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

const entryPoints = {
  main: 'src/main.ts',
  commands: 'src/index.ts',
  core: 'src/core/index.ts',
  // Threads of their own.
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
      const late = source.replace(
        /^const (\w+_1) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm,
        'const $1 = __lazy(() => $2);',
      );
      return {
        contents: late === source ? source : late.replace(/^"use strict";/, `"use strict";\n${LAZY}`),
        loader: 'js',
      };
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(
    Object.entries(entryPoints).filter(([, file]) => existsSync(resolve(root, file))),
  ),
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Brings a binary of its own, which cannot be bundled.
  external: ['libsql'],
  define: { __F2B_VERSION__: JSON.stringify(packageJson.version) },
  // Bundled CommonJS asks for node's own modules by require.
  banner: {
    js: "import { createRequire as __f2bRequire } from 'node:module'; const require = __f2bRequire(import.meta.url);",
  },
  plugins: [leaveOut, loadLate],
  logLevel: 'warning',
});

// Lines of the tests for `f2b show`.
const book = Buffer.from(`${JSON.stringify(sampleBook(root))}\n`);
outputFiles.push({ path: resolve(dist, 'samples.json'), contents: book });

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
