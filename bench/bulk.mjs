// Many bans at once, through f2b as a user calls it, with the real firewall tools in a network namespace of its own:
//   node bench/bulk.mjs [--bans N] [--reference N] [--runs N] [--actions A,B]      (root)
// For each action: a list taken in (`set J banip --from`), put back after the firewall lost it (`scan`, as after a reboot),
// and let go (`unban --all`, which also stops). Whole process time, best of the runs, counted in the firewall each time. Beside
// it fail2ban's own server with its own actions, and f2b with those of ours, for the smaller number: the ratio.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    bans: { type: 'string', default: '20000' },
    reference: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '3' },
    actions: { type: 'string' },
    inside: { type: 'boolean', default: false },
  },
});

if (!flags.inside) {
  if (process.getuid() !== 0) throw new Error('needs root: it makes a network namespace');
  const again = ['--net', process.execPath, ...process.argv.slice(1), '--inside'];
  process.exit(spawnSync('unshare', again, { stdio: 'inherit' }).status ?? 1);
}

const scratch = mkdtempSync(join(tmpdir(), 'f2b-bulk-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const shell = (script) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Action, what empties the firewall behind f2b's back, what counts its bans. */
const cases = [
  ['nftables-allports', 'nft flush ruleset', 'nft list ruleset | grep -oE "10([.][0-9]+){3}" | wc -l'],
  [
    'iptables-ipset-proto6-allports',
    'iptables -F INPUT; ipset destroy',
    'ipset list -t f2b-j | sed -n "s/Number of entries: //p"',
  ],
  ['iptables-allports', 'iptables -F; iptables -X', 'iptables -S f2b-j | grep -c -- " -s "'],
  ['hostsdeny', `: > ${scratch}/hosts.deny`, `grep -c 10[.] ${scratch}/hosts.deny`],
].filter(([action]) => !flags.actions || flags.actions.split(',').includes(action));

const count = (how) => {
  try {
    return Number(shell(how));
  } catch {
    return 0;
  }
};

/** Addresses in the order in which nobody would notice them to be neighbours. */
function addresses(bans) {
  return Array.from({ length: bans }, (_, i) => {
    const n = (i * 7919) % 16777213;
    return `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  });
}

function folder(action, actionDir) {
  const dir = mkdtempSync(join(scratch, 'c-'));
  mkdirSync(join(dir, 'filter.d'));
  const base = `[Definition]\nloglevel = ERROR\nlogtarget = ${dir}/log\nsyslogsocket = auto\ndbfile = ${dir}/db.sqlite3\ndbpurgeage = 1d\ndbmaxmatches = 10\nsocket = ${dir}/sock\npidfile = ${dir}/pid\nallowipv6 = yes\n`;
  writeFileSync(join(dir, actionDir ? 'fail2ban.conf' : 'f2b.conf'), base);
  writeFileSync(join(dir, 'filter.d/x.conf'), '[Definition]\nfailregex = ^x <HOST>$\n');
  writeFileSync(join(dir, 'x.log'), '');
  const options = action === 'hostsdeny' ? `[file=${scratch}/hosts.deny]` : '';
  const jail = `[j]\nenabled = true\nbackend = polling\nfilter = x\nlogpath = ${dir}/x.log\nbantime = 1d\naction = ${action}${options}\n`;
  writeFileSync(join(dir, 'jail.conf'), jail);
  if (actionDir) execFileSync('ln', ['-s', actionDir, join(dir, 'action.d')]);
  return dir;
}

/** Seconds on the clock, and seconds of processor time of the process and all it started. */
function time(args) {
  const command = [
    '-c',
    '"$@" >&2; code=$?; times; exit $code',
    'sh',
    process.execPath,
    join(root, 'bin/run.js'),
    ...args,
  ];
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  if (status !== 0) throw new Error(`f2b ${args.join(' ')}: ${status} ${stderr.slice(-500)}`);
  const used = [
    ...stdout
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return { wall, cpu: used.reduce((sum, [, minutes, seconds]) => sum + 60 * minutes + Number(seconds), 0) };
}

function ours([action, wipe, counts], bans) {
  const best = {};
  for (let run = 0; run < Number(flags.runs); run++) {
    writeFileSync(join(scratch, 'hosts.deny'), '');
    const dir = folder(action);
    writeFileSync(join(dir, 'list'), `${addresses(bans).join('\n')}\n`);
    const steps = [
      ['take in', ['set', 'j', 'banip', '--from', join(dir, 'list'), '-c', dir], bans],
      ['put back', ['scan', '-c', dir], bans],
      ['let go', ['unban', '--all', '-c', dir], 0],
    ];
    for (const [step, args, wanted] of steps) {
      if (step === 'put back') shell(wipe);
      const took = time(args);
      const found = count(counts);
      if (found !== wanted)
        throw new Error(`${action}, ${step}: ${found} bans in the firewall, not ${wanted}`);
      if (!(best[step]?.wall < took.wall)) best[step] = took;
    }
  }
  return best;
}

/** fail2ban's server: bans by its client, put back at its start, let go at its stop. */
async function theirs([action, wipe, counts], bans) {
  writeFileSync(join(scratch, 'hosts.deny'), '');
  const dir = folder(action, '/etc/fail2ban/action.d');
  const client = (...args) => execFileSync('fail2ban-client', ['-c', dir, ...args], { stdio: 'ignore' });
  const seconds = async (act, wanted) => {
    const start = process.hrtime.bigint();
    act();
    while (count(counts) !== wanted) {
      if (Number(process.hrtime.bigint() - start) / 1e9 > 600)
        throw new Error(`${action}: fail2ban does not get there`);
      await sleep(50);
    }
    return { wall: Number(process.hrtime.bigint() - start) / 1e9 };
  };
  client('start');
  try {
    const result = { 'take in': await seconds(() => client('set', 'j', 'banip', ...addresses(bans)), bans) };
    client('stop');
    while (existsSync(join(dir, 'pid'))) await sleep(20);
    result['put back'] = await seconds(() => client('start'), bans);
    result['let go'] = await seconds(() => client('unban', '--all'), 0);
    return result;
  } finally {
    try {
      client('stop');
    } catch {}
    try {
      shell(wipe);
    } catch {}
  }
}

const few = Number(flags.reference);
const many = Number(flags.bans);
const haveReference = spawnSync('fail2ban-client', ['--version']).status === 0;
const rows = [];
for (const one of cases) {
  const full = ours(one, many);
  const small = haveReference ? ours(one, few) : undefined;
  const reference = haveReference ? await theirs(one, few) : undefined;
  for (const step of Object.keys(full)) {
    const row = {
      action: one[0],
      step,
      [`f2b ${many} (s)`]: full[step].wall.toFixed(2),
      'of it processor': full[step].cpu.toFixed(2),
    };
    if (small) {
      row[`f2b ${few} (s)`] = small[step].wall.toFixed(2);
      row[`fail2ban ${few} (s)`] = reference[step].wall.toFixed(2);
      row.ratio = (reference[step].wall / small[step].wall).toFixed(1);
      row['ratio per ban'] = Math.round(((reference[step].wall / few) * many) / full[step].wall);
    }
    rows.push(row);
  }
}
console.table(rows);
