// How soon a ban falls, and what following logs costs: f2b's server beside fail2ban's, in network namespaces of their own.
//   node bench/live.mjs [--trials N] [--lines N] [--attackers N] [--only latency|load|attackers]      (root)
// latency: from the write of the line that completes maxretry to the last packet of that address that came through (nftables),
//   idle and with 5,000 other lines a second.
// load: processor seconds and peak memory for so many lines of which 1 % match, over 10 jails.
// attackers: the same for as many addresses that fail once each.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    trials: { type: 'string', default: '100' },
    lines: { type: 'string', default: '1000000' },
    attackers: { type: 'string', default: '100000' },
    only: { type: 'string' },
    inside: { type: 'boolean', default: false },
  },
});
if (!flags.inside) {
  if (process.getuid() !== 0) throw new Error('needs root: it makes a network namespace');
  const again = ['--net', process.execPath, ...process.argv.slice(1), '--inside'];
  process.exit(spawnSync('unshare', again, { stdio: 'inherit' }).status ?? 1);
}
// Everything below 10.9.0.0/16 is this machine: any of these addresses can send.
execFileSync('sh', ['-c', 'ip link set lo up && ip addr add 10.9.0.1/16 dev lo']);
const scratch = mkdtempSync(join(tmpdir(), 'f2b-live-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const has = (tool) => spawnSync('which', [tool]).status === 0;
const PROGRAMS = [
  {
    name: 'f2b',
    // As its unit starts it (examples/systemd).
    start: (dir) =>
      spawn(process.execPath, ['--max-semi-space-size=2', join(root, 'bin/run.js'), 'server', '-c', dir], {
        stdio: 'ignore',
      }),
    actions: undefined,
  },
  ...(has('fail2ban-server')
    ? [
        {
          name: 'fail2ban',
          start: (dir) => spawn('fail2ban-server', ['-c', dir, '-f', 'start'], { stdio: 'ignore' }),
          actions: '/etc/fail2ban/action.d',
        },
      ]
    : []),
];

/** A configuration with so many jails; `action` of all of them. */
function folder({ actions }, jails, action) {
  const dir = mkdtempSync(join(scratch, 'c-'));
  mkdirSync(join(dir, 'filter.d'));
  const base = `[Definition]\nloglevel = INFO\nlogtarget = ${dir}/log\nsyslogsocket = auto\ndbfile = ${dir}/db.sqlite3\ndbpurgeage = 1d\ndbmaxmatches = 10\nsocket = ${dir}/sock\npidfile = ${dir}/pid\nallowipv6 = no\n`;
  writeFileSync(join(dir, actions ? 'fail2ban.conf' : 'f2b.conf'), base);
  // fail2ban's own sshd filter for both where it is installed, else ours.
  const stock = '/etc/fail2ban/filter.d';
  const filters = existsSync(join(stock, 'sshd.conf')) ? stock : join(root, 'filters.d');
  execFileSync('sh', ['-c', 'cp "$1"/sshd.conf "$1"/common.conf "$2"', 'sh', filters, join(dir, 'filter.d')]);
  if (actions) execFileSync('ln', ['-s', actions, join(dir, 'action.d')]);
  let text =
    '[DEFAULT]\nbackend = auto\nfilter = sshd\nmaxretry = 3\nfindtime = 1h\nbantime = 1h\nignoreself = false\n';
  for (let i = 0; i < jails; i++) {
    writeFileSync(join(dir, `${i}.log`), '');
    text += `[j${i}]\nenabled = true\nlogpath = ${dir}/${i}.log\naction = ${action}\n`;
  }
  writeFileSync(join(dir, 'jail.conf'), text);
  return dir;
}

const logOf = (dir) => (existsSync(join(dir, 'log')) ? readFileSync(join(dir, 'log'), 'utf8') : '');
const countIn = (dir, words) => logOf(dir).split(words).length - 1;

async function until(what, seconds = 600) {
  const end = performance.now() + seconds * 1000;
  while (!what()) {
    if (performance.now() > end) return false;
    await sleep(50);
  }
  return true;
}

async function running(program, jails, action, work) {
  const dir = folder(program, jails, action);
  const child = program.start(dir);
  try {
    const started = await until(() => countIn(dir, "' started") >= jails, 60);
    if (!started) throw new Error(`${program.name} does not start:\n${logOf(dir).slice(-2000)}`);
    await sleep(1000);
    return await work(dir, child);
  } finally {
    child.kill('SIGTERM');
    await Promise.race([new Promise((done) => child.on('exit', done)), sleep(20_000)]);
    child.kill('SIGKILL');
    spawnSync('nft', ['flush', 'ruleset']);
  }
}

const stamp = () => {
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  return `${now.slice(0, 10)} ${now.slice(11, 19)}`;
};
const bad = (ip) => `${stamp()} mx sshd[7]: Failed password for root from ${ip} port 40022 ssh2\n`;
const dull = (i) =>
  `${stamp()} mx sshd[${i}]: pam_unix(sshd:session): session opened for user somebody by (uid=0)\n`;

/** Milliseconds from the completing line to the last packet, for each trial. */
async function latency(program, noise) {
  return running(program, 1, 'nftables[type=allports, protocol=udp]', async (dir) => {
    const log = join(dir, '0.log');
    const server = createSocket('udp4');
    const lastMs = new Map();
    server.on('message', (_, { address }) => lastMs.set(address, performance.now()));
    await new Promise((done) => server.bind(9, '10.9.0.1', done));
    let writer;
    if (noise) {
      writer = setInterval(() => {
        let text = '';
        for (let i = 0; i < noise / 100; i++) text += dull(i);
        appendFileSync(log, text);
      }, 10);
      await sleep(2000);
    }
    const results = [];
    for (let trial = 0; trial < Number(flags.trials); trial++) {
      const ip = `10.9.${1 + (trial >> 8)}.${trial & 255}`;
      appendFileSync(log, bad(ip) + bad(ip));
      const client = createSocket('udp4');
      await new Promise((done) => client.bind(0, ip, done));
      await sleep(30 + 70 * Math.random());
      const packets = setInterval(() => client.send('x', 9, '10.9.0.1', () => {}), 1);
      await sleep(10);
      const startMs = performance.now();
      appendFileSync(log, bad(ip));
      // Silence for so long: it is banned.
      await until(() => performance.now() - Math.max(lastMs.get(ip) ?? 0, startMs) > 300, 20);
      clearInterval(packets);
      client.close();
      results.push(Math.max(0, (lastMs.get(ip) ?? startMs) - startMs));
    }
    clearInterval(writer);
    server.close();
    return results.sort((a, b) => a - b);
  });
}

/** Processor seconds and peak memory (MB) of a process, its dead children included. */
function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return { cpu: ticks / 100, peakMb: Math.round(Number(peak) / 1024) };
}

async function load(program, { lines, jails, failsEvery, address }) {
  return running(program, jails, '', async (dir, child) => {
    const before = usage(child.pid);
    const each = lines / jails;
    let failures = 0;
    for (let jail = 0; jail < jails; jail++) {
      let text = '';
      for (let i = 0; i < each; i++) {
        if (i % failsEvery === 0) text += bad(address(failures++));
        else text += dull(i);
        if (text.length > 1 << 20) {
          appendFileSync(join(dir, `${jail}.log`), text);
          text = '';
        }
      }
      appendFileSync(join(dir, `${jail}.log`), text);
    }
    const done = await until(() => countIn(dir, '] Found ') >= failures);
    const after = usage(child.pid);
    return { cpu: after.cpu - before.cpu, peakMb: after.peakMb, done };
  });
}

const at = (sorted, part) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]?.toFixed(1);
const wants = (what) => flags.only === undefined || flags.only === what;
const rows = [];
if (wants('latency')) {
  for (const noise of [0, 5000]) {
    for (const program of PROGRAMS) {
      const found = await latency(program, noise);
      rows.push({
        what: noise ? `ban, ${noise} lines a second` : 'ban, idle',
        program: program.name,
        'median ms': at(found, 0.5),
        '99th ms': at(found, 0.99),
      });
    }
  }
}
const compare = async (what, request) => {
  const results = [];
  for (const program of PROGRAMS) results.push([program.name, await load(program, request)]);
  for (const [name, { cpu, peakMb, done }] of results) {
    rows.push({
      what,
      program: name,
      'processor s': cpu.toFixed(2),
      'peak MB': peakMb,
      ...(results[1] ? { 'of fail2ban': `${((100 * cpu) / results[1][1].cpu).toFixed(0)} %` } : {}),
      ...(done ? {} : { note: 'not done in time' }),
    });
  }
};
if (wants('load')) {
  await compare(`${flags.lines} lines, 10 jails, 1 % fail`, {
    lines: Number(flags.lines),
    jails: 10,
    failsEvery: 100,
    address: (n) => `10.${n % 7}.${(n >> 3) % 200}.1`,
  });
}
if (wants('attackers')) {
  await compare(`${flags.attackers} addresses, once each`, {
    lines: Number(flags.attackers),
    jails: 1,
    failsEvery: 1,
    address: (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
  });
}
console.table(rows);
