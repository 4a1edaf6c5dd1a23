#!/usr/bin/env node
// Builds dist/ and runs it: for working on f2b.
import { spawnSync } from 'node:child_process';

const here = import.meta.dirname;
const built = spawnSync(process.execPath, [`${here}/../scripts/build.mjs`], {
  stdio: ['inherit', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(built.status ?? 1);
await import('./run.js');
