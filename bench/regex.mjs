// Speed of `f2b regex` beside fail2ban-regex, on the same files in the same run, with the results checked for equality.
//   node bench/regex.mjs [--lines N] [--samples DIR] [--only PART-OF-A-CASE]
// Prints a table: lines a second of both, the ratio, and how far `rg -c` of the same words still is. Two programs, whole
// process time, best of the runs. Without the samples folder it repeats the shipped example.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '3000000' },
    samples: { type: 'string', default: resolve(root, '../shared/samples') },
    config: { type: 'string', default: '/etc/fail2ban' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const wanted = Number(flags.lines);
const f2b = [process.execPath, join(root, 'bin/run.js'), 'regex'];
const reference = ['fail2ban-regex'];
const haveReference = spawnSync('fail2ban-regex', ['--version']).status === 0;
const haveRg = spawnSync('rg', ['--version']).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'f2b-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

// name, sample, filter, words a grep would look for, what the run is an example of
const cases = existsSync(join(flags.samples, 'openssh.log'))
  ? [
      [
        'sshd log, sshd filter',
        'openssh.log',
        'sshd',
        ['Failed', 'invalid', 'Invalid', 'closed', 'not allowed'],
        'every line',
      ],
      [
        'syslog, sshd filter',
        'linux-syslog.log',
        'sshd',
        ['Failed', 'invalid', 'Invalid', 'closed', 'not allowed'],
        'mixed',
      ],
      [
        'syslog, postfix filter',
        'linux-syslog.log',
        'postfix',
        ['reject', 'authentication failed'],
        'few lines',
      ],
      [
        'syslog, dovecot filter',
        'linux-syslog.log',
        'dovecot',
        ['auth failed', 'Aborted login'],
        'few lines',
      ],
      ['apache log, sshd filter', 'apache-error.log', 'sshd', ['Failed', 'invalid', 'closed'], 'few lines'],
      ['apache log, apache-auth', 'apache-error.log', 'apache-auth', ['AH0', 'user'], 'mixed'],
    ].map(([name, file, ...rest]) => [name, join(flags.samples, file), ...rest])
  : [['mail log, postfix filter', join(root, 'examples/mail.log'), 'postfix', ['reject'], 'shipped example']];

if (haveFilter('nginx-botsearch'))
  cases.push(
    ['access log, nginx-botsearch', accessLog(), 'nginx-botsearch', [' 404 '], 'few lines'],
    ['access log, apache-badbots', accessLog(), 'apache-badbots', ['EmailSiphon'], 'few lines'],
  );

function haveFilter(name) {
  return existsSync(join(flags.config, 'filter.d', `${name}.conf`));
}

/** Some thousand requests as a web server logs them, one in five hundred for what is not there. Always the same ones. */
function accessLog() {
  const path = join(scratch, 'access.log');
  if (existsSync(path)) return path;
  let state = 1;
  const below = (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    'curl/8.0',
    'Mozilla/5.0 (compatible; Googlebot/2.1)',
  ];
  const pages = ['/', '/index.html', '/wp-login.php', '/static/app.js', '/api/v1/items', '/images/a.png'];
  const two = (n) => String(n).padStart(2, '0');
  const lines = Array.from({ length: 5000 }, (_, i) => {
    const who = [below(220) + 1, below(256), below(256), below(254) + 1].join('.');
    const date = `22/Nov/2026:${two(Math.floor(i / 3600))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)} +0000`;
    const missing = below(500) === 0;
    const page = missing ? '/phpmyadmin/scripts/setup.php' : pages[below(pages.length)];
    const answer = `${missing ? 404 : 200} ${below(90000)}`;
    return `${who} - - [${date}] "GET ${page} HTTP/1.1" ${answer} "-" "${agents[below(agents.length)]}"`;
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Repeats a sample to the wanted number of lines (whole repetitions) and returns the file and its line count. */
function lengthen(sample) {
  const text = readFileSync(sample, 'utf8').replace(/\r/g, '').replace(/\n?$/, '\n');
  const count = text.split('\n').length - 1;
  const times = Math.max(1, Math.round(wanted / count));
  const path = join(scratch, `${sample.split('/').pop()}.long`);
  if (!existsSync(path)) writeFileSync(path, text.repeat(times));
  return { path, count: count * times };
}

function time(command, runs) {
  let best = Infinity;
  let output = '';
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    const done = spawnSync(command[0], command.slice(1), { maxBuffer: 1 << 30, encoding: 'utf8' });
    // 1 is rg's word for "no line has it".
    if (done.status !== 0 && done.status !== 1) throw new Error(`${command.join(' ')}: ${done.stderr}`);
    output = done.stdout;
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return { best, output };
}

/** What must be equal: the report without its processing time and the wordings in which HEAD differs from 1.0.2. */
function comparable(report) {
  return (
    report
      .replace(/\[processed in .*\]/, '')
      .replace(/^Use .*(filter file|filter options|jail|Jail).*$/gm, 'Use filter')
      // HEAD's pattern of an IPv6 address, where the expanded prefregex shows it.
      .replaceAll('[0-9a-fA-F]{1,4}::?|::)', '[0-9a-fA-F]{1,4}::?|:)')
      .replace(/^\| {2}\[\d+\] \{?.*ExYearExMonthExDay.*$/gm, (row) => row.slice(0, 12))
  );
}

const rows = [];
for (const [name, sample, filter, words, kind] of cases) {
  if (!name.includes(flags.only)) continue;
  const { path, count } = lengthen(sample);
  const args = [
    '-c',
    flags.config,
    path,
    existsSync(join(flags.config, 'filter.d')) ? join(flags.config, 'filter.d', `${filter}.conf`) : filter,
  ];
  const ours = time([...f2b, ...args], Number(flags.runs));
  const theirs = haveReference ? time([...reference, ...args], 1) : undefined;
  const grep = haveRg
    ? time(['rg', '-c', words.join('|'), path, '--include-zero'], Number(flags.runs))
    : undefined;
  const equal = theirs ? comparable(ours.output) === comparable(theirs.output) : undefined;
  if (equal === false) {
    writeFileSync(join(tmpdir(), 'f2b-bench-ours.txt'), comparable(ours.output));
    writeFileSync(join(tmpdir(), 'f2b-bench-theirs.txt'), comparable(theirs.output));
  }
  rows.push({
    case: name,
    kind,
    lines: count,
    MB: Math.round(statSync(path).size / 1e6),
    'f2b lines/s': Math.round(count / ours.best),
    'fail2ban lines/s': theirs ? Math.round(count / theirs.best) : 'not installed',
    ratio: theirs ? Number((theirs.best / ours.best).toFixed(1)) : '',
    'rg is faster by': grep ? Number((ours.best / grep.best).toFixed(1)) : '',
    results: equal === undefined ? '' : equal ? 'equal' : 'DIFFERENT',
  });
  console.error(JSON.stringify(rows.at(-1)));
}
console.table(rows);
process.exitCode = rows.some((row) => row.results === 'DIFFERENT') ? 1 : 0;
