// `npm run check`: everything that must hold before a change lands, in the order that fails fastest.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const steps = [
  ['format and lint', ['npx', 'biome', 'ci', '--error-on-warnings', '.']],
  ['types', ['npx', 'tsc', '-p', '.']],
  ['layers and cycles', ['node', 'scripts/layers.mjs']],
  ['build', ['npm', 'run', '--silent', 'build']],
  ['drift', ['node', 'scripts/drift.mjs']],
  ['tests', ['npm', '--silent', 'test']],
];
for (const [name, [command, ...args]] of steps) {
  console.log(`\n── ${name}: ${[command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\ncheck failed at: ${name}`);
    process.exit(status ?? 1);
  }
}
