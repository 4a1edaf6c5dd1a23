// Start-up beside bare node and fail2ban-regex: `node bench/start.mjs [RUNS]`. Median of whole-process times, interleaved.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const runs = Number(process.argv[2] ?? 15);
const run = join(root, 'bin/run.js');
const line = 'Nov 21 03:04:05 srv sshd[9]: Failed password for root from 192.0.2.1 port 22 ssh2';
const commands = {
  'node -e 0': [process.execPath, '-e', '0'],
  'f2b --help': [process.execPath, run, '--help'],
  'f2b regex LINE REGEX': [process.execPath, run, 'regex', line, 'from <HOST>'],
  'f2b regex LINE sshd': [process.execPath, run, 'regex', line, 'sshd'],
  'fail2ban-regex LINE REGEX': ['fail2ban-regex', line, 'from <HOST>'],
  'fail2ban-regex LINE sshd': ['fail2ban-regex', line, 'sshd'],
};
const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (let i = 0; i < runs; i++) {
  for (const [name, [command, ...args]] of Object.entries(commands)) {
    const start = process.hrtime.bigint();
    const { error } = spawnSync(command, args, { stdio: 'ignore' });
    if (!error) times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const bare = median(times['node -e 0']);
console.table(
  Object.entries(times).map(([name, list]) => ({
    command: name,
    'median ms': list.length ? Math.round(median(list)) : 'not installed',
    'times bare node': list.length ? Number((median(list) / bare).toFixed(2)) : '',
  })),
);
