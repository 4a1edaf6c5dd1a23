// Enforces who may import whom (docs/house.md) and forbids cycles. Prints each broken arrow; exit 1 when there is any.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '..');

// room → rooms it may import. A room may always import itself.
const base = ['errors', 'clock'];
const ARROWS = {
  errors: [],
  clock: [],
  'python-repr': [],
  line: [],
  detach: [],
  'null-device': [],
  'make-folder': [],
  process: [...base],
  net: [...base],
  pattern: [...base],
  time: [...base, 'detach', 'pattern'],
  // Decoded lines and conditions on their fields.
  fields: [...base, 'net', 'pattern'],
  config: [...base, 'python-repr', 'null-device', 'pattern', 'time', 'net', 'fields'],
  source: [...base, 'line', 'records', 'null-device', 'process', 'net'],
  records: ['net'],
  events: [],
  log: [...base, 'events', 'config', 'process'],
  filter: [
    ...base,
    'detach',
    'python-repr',
    'line',
    'records',
    'events',
    'process',
    'net',
    'pattern',
    'time',
    'fields',
    'config',
  ],
  action: [...base, 'records', 'events', 'process', 'python-repr', 'net', 'config'],
  store: [...base, 'make-folder', 'records', 'events', 'net'],
  jail: [
    ...base,
    'detach',
    'python-repr',
    'records',
    'events',
    'net',
    'config',
    'pattern',
    'time',
    'source',
    'filter',
    'action',
    'store',
  ],
  control: [
    ...base,
    'make-folder',
    'python-repr',
    'records',
    'events',
    'net',
    'config',
    'time',
    'source',
    'filter',
    'action',
    'store',
    'jail',
  ],
  // Runs of the jails without a daemon: from cron, and over old logs.
  scan: [
    ...base,
    'python-repr',
    'records',
    'events',
    'net',
    'config',
    'time',
    'source',
    'filter',
    'action',
    'store',
    'jail',
    'control',
  ],
  // What filters, actions and jails say of themselves.
  catalogue: [...base, 'config', 'filter'],
  tester: [...base, 'detach', 'python-repr', 'line', 'net', 'config', 'pattern', 'time', 'source', 'filter'],
  daemon: [
    ...base,
    'python-repr',
    'records',
    'events',
    'log',
    'net',
    'config',
    'time',
    'source',
    'filter',
    'action',
    'store',
    'jail',
    'control',
  ],
  index: ['*core'],
  view: ['*core'],
  commands: ['*core', 'view'],
  // The command lines of fail2ban's programs.
  fail2ban: ['*core', 'view', 'commands'],
  main: ['*core', 'view', 'commands', 'fail2ban'],
};

// package → the only places that may import it
const PACKAGES = {
  chalk: ['src/view/'],
  'cli-table3': ['src/view/'],
  'cli-progress': ['src/view/'],
  execa: ['src/core/process.ts'],
  ini: ['src/core/config/'],
  libsql: ['src/core/store/'],
  nodemailer: ['src/core/action/send-mail.ts'],
  'iconv-lite': ['src/core/source/'],
  '@oclif/core': ['src/commands/', 'src/index.ts', 'src/main.ts', 'bin/'],
};

// things core does not do, with the reason
const CORE_BANS = [
  [/\bconsole\.\w+\(/, 'core never prints'],
  [/\bprocess\.(stdout|stderr)\b/, 'core never prints'],
  [/\bprocess\.exit(Code)?\b/, 'core never exits'],
  [/\bprocess\.env\b/, 'core never reads the environment'],
  [/\bprocess\.argv\b/, 'core never reads the command line'],
];

function walk(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(path) {
  const parts = relative(join(root, 'src'), path).split('/');
  if (parts[0] !== 'core') return parts.length === 1 ? 'main' : parts[0];
  return parts[1].replace(/\.ts$/, '');
}

/** False when every import of this module is an `import type` or `export type`. */
function isValueImport(text, specifier) {
  const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const statements = text.match(new RegExp(`(?:import|export)\\b[^;]*?['"]${quoted}['"]`, 'g')) ?? [];
  return statements.some((statement) => !/^(?:import|export)\s+type\b/.test(statement));
}

const problems = [];
const graph = new Map();
for (const file of walk(join(root, 'src'))) {
  const text = readFileSync(file, 'utf8');
  const where = relative(root, file);
  const room = roomOf(file);
  if (!(room in ARROWS)) problems.push(`${where}: room '${room}' is not in scripts/layers.mjs`);
  const targets = [];
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    if (!fileName.startsWith('.')) {
      const name = fileName
        .split('/')
        .slice(0, fileName.startsWith('@') ? 2 : 1)
        .join('/');
      const allowed = PACKAGES[name];
      if (allowed && !allowed.some((place) => where.startsWith(place))) {
        problems.push(`${where}: imports ${name}, which only ${allowed.join(', ')} may`);
      }
      continue;
    }
    const target = resolve(dirname(file), fileName.replace(/\.js$/, '.ts'));
    if (!target.startsWith(join(root, 'src'))) continue;
    // A cycle of types alone does not exist at run time.
    if (isValueImport(text, fileName)) targets.push(target);
    const other = roomOf(target);
    const may = ARROWS[room] ?? [];
    const isCore = relative(join(root, 'src'), target).startsWith('core/');
    if (other !== room && !may.includes(other) && !(isCore && may.includes('*core'))) {
      problems.push(`${where}: ${room} may not import ${other} (${fileName})`);
    }
  }
  graph.set(file, targets);
  if (where.startsWith('src/core/')) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    for (const [pattern, reason] of CORE_BANS) {
      const found = pattern.exec(code);
      if (found) problems.push(`${where}: ${found[0]}: ${reason}`);
    }
  }
}

const state = new Map();
function visit(file, trail) {
  if (state.get(file) === 'done') return;
  if (state.get(file) === 'open') {
    const cycle = [...trail.slice(trail.indexOf(file)), file].map((f) => relative(root, f));
    problems.push(`cycle: ${cycle.join(' → ')}`);
    return;
  }
  state.set(file, 'open');
  for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
  state.set(file, 'done');
}
for (const file of graph.keys()) visit(file, []);

for (const problem of problems) console.error(problem);
console.log(
  problems.length ? `layers: ${problems.length} broken` : `layers: ${graph.size} files, all arrows hold`,
);
process.exit(problems.length ? 1 : 0);
