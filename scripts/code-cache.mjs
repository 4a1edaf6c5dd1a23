// node scripts/code-cache.mjs DIST: writes the code that V8 has made of the command line after it has done what it does most
// often, for dist/load.cjs. Part of the build.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import v8 from 'node:v8';
import { crc32 } from 'node:zlib';

const dist = process.argv[2];
// Code is good for the flags it was made with.
v8.setFlagsFromString = () => {};

const { main, script, cacheFile } = createRequire(import.meta.url)(resolve(dist, 'load.cjs'));
const root = resolve(dist, '..');
const folder = ['-c', root];
await main(root, ['regex', ...folder, resolve(root, 'examples/mail.log'), 'postfix']);
await main(root, ['dump', ...folder, '--json']);
await main(root, ['list', ...folder, 'filters']);
await main(root, ['regex', '--help']);
// f2b may be running meanwhile.
const code = script.createCachedData();
const sum = Buffer.alloc(4);
sum.writeUInt32LE(crc32(code));
writeFileSync(`${cacheFile}.tmp`, Buffer.concat([code, sum]));
renameSync(`${cacheFile}.tmp`, cacheFile);
process.exit(0);
