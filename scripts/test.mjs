// `npm test [-- JEST ARGUMENTS]`: runs jest on ES modules and closes with one plain line, `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'f2b-test-'));
const summary = join(scratch, 'summary.json');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    // Many suites wait for a program or a clock: two at a time also where there are two cores.
    `--maxWorkers=${Math.max(2, availableParallelism() - 1)}`,
    '--json',
    `--outputFile=${summary}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] },
);
try {
  const result = JSON.parse(readFileSync(summary, 'utf8'));
  // A suite that does not even load has no tests of its own to fail: count it as one.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  console.log(`\n${result.numPassedTests} passed, ${failed} failed, ${result.numPendingTests} skipped`);
} catch {
  console.log('\n0 passed, 1 failed');
}
rmSync(scratch, { recursive: true, force: true });
process.exit(status ?? 1);
