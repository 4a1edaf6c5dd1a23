/**
 * Runs the bundled command line (command-line.cjs) from the code that V8 made of it when it was built, which is half of what
 * starting takes. Under another version of node that code is of no use: then it is compiled as usual.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vm = require('node:vm');

const filename = join(__dirname, 'command-line.cjs');
// Bundles are ASCII.
const source = readFileSync(filename, 'latin1');
// V8 would take the code of any text of this length: its name says of which one it is.
const id = /^\/\*(\w+)\*\//.exec(source)[1];
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

function readCache() {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}
