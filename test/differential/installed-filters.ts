/**
 * The patterns of the filters that the installed fail2ban has, as `fail2ban-client -d` dumps them for made-up jails:
 * one jail for each filter and mode. Nothing of them is stored here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CONFIG = '/etc/fail2ban';
const MODES = ['', 'normal', 'more', 'ddos', 'extra', 'aggressive', 'auth', 'rbl', 'smart', 'less', 'crit'];

export interface InstalledFilter {
  readonly filter: string;
  readonly mode: string;
  readonly prefregex: string | undefined;
  readonly failregex: readonly string[];
  readonly ignoreregex: readonly string[];
  readonly multiline: boolean;
}

const READER = `
import ast, json, sys
jails = {}
for line in sys.stdin:
    try:
        command = ast.literal_eval(line.strip())
    except (SyntaxError, ValueError):
        continue
    if len(command) < 4 or command[0] not in ('set', 'multi-set'):
        continue
    jail = jails.setdefault(command[1], {'failregex': [], 'ignoreregex': [], 'multiline': False})
    key, values = command[2], command[3]
    values = values if isinstance(values, list) else [values]
    if key == 'addfailregex': jail['failregex'] += values
    elif key == 'addignoreregex': jail['ignoreregex'] += values
    elif key == 'prefregex': jail['prefregex'] = values[0]
    elif key == 'maxlines': jail['multiline'] = int(values[0]) > 1
print(json.dumps(jails))
`;

/** Empty when fail2ban is not installed. Filters that come out the same in several modes are given once. */
export function installedFilters(): InstalledFilter[] {
  if (spawnSync('fail2ban-client', ['--version']).status !== 0) return [];
  const dir = mkdtempSync(join(tmpdir(), 'f2b-filters-'));
  try {
    for (const name of ['filter.d', 'action.d', 'fail2ban.conf'])
      symlinkSync(join(CONFIG, name), join(dir, name));
    const filters = readdirSync(join(CONFIG, 'filter.d'))
      .filter((name) => name.endsWith('.conf') && !name.endsWith('common.conf'))
      .map((name) => name.slice(0, -5));
    const jails = filters.flatMap((filter) =>
      MODES.map((mode) => {
        const option = mode ? `[mode=${mode}]` : '';
        return `[${filter}__${mode}]\nenabled = true\nfilter = ${filter}${option}\nbackend = polling\nlogpath = /dev/null\n`;
      }),
    );
    writeFileSync(join(dir, 'jail.conf'), jails.join('\n'));
    const dump = spawnSync('fail2ban-client', ['-c', dir, '-d'], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const read = spawnSync('python3', ['-c', READER], {
      input: dump.stdout,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const found = JSON.parse(read.stdout) as Record<string, Omit<InstalledFilter, 'filter' | 'mode'>>;
    const distinct = new Map<string, InstalledFilter>();
    for (const [jail, plan] of Object.entries(found)) {
      const [filter = '', mode = ''] = jail.split('__');
      const key = `${filter} ${JSON.stringify(plan)}`;
      const prefregex = plan.prefregex || undefined;
      if (!distinct.has(key) && plan.failregex.length > 0)
        distinct.set(key, { ...plan, filter, mode, prefregex });
    }
    return [...distinct.values()];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
