/**
 * Runs the bundled command line (command-line.cjs) from the code that V8 made of it when it was built, which is half of what
 * starting takes. Under another version of node that code is of no use: then it is compiled as usual.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vm = require('node:vm');
const { crc32 } = require('node:zlib');

const filename = join(__dirname, 'command-line.cjs');
// Bundles are ASCII.
const source = readFileSync(filename, 'latin1');
// V8 would take the code of any text of this length: its name says of which one it is.
const id = /^\/\*(\w+)\*\//.exec(source)?.[1];
if (id === undefined) {
  process.stderr.write(`f2b: ${filename} is damaged; install f2b again, or build it with npm run build\n`);
  process.exit(255);
}
const cacheFile = join(__dirname, `command-line.${id}.cache`);

const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename,
  cachedData: readCache(),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const bundle = { exports: {} };
script.runInThisContext()(bundle.exports, require, bundle, filename, __dirname);

/** `script` and `cacheFile` are for whoever makes the cache. */
module.exports = { ...bundle.exports, script, cacheFile };

/** The code, if there is any and it is whole: V8 does not look, and what is damaged would end the process without a word. */
function readCache() {
  try {
    const bytes = readFileSync(cacheFile);
    const code = bytes.subarray(0, -4);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}
