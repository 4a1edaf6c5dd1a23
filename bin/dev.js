#!/usr/bin/env node
// Builds dist/ and runs it: for working on f2b.
const { spawnSync } = require('node:child_process');

const built = spawnSync(process.execPath, [`${__dirname}/../scripts/build.mjs`], {
  stdio: ['inherit', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(built.status ?? 1);
require('./run.js');
