/**
 * Runs one `f2b replay`: configuration and logs → core/scan/replay → view. Loaded only when there is something to run.
 */

import type { ConfigFolder, LoadedConfig } from '../core/config/index.js';
import { findConfig, loadConfig, loadFilter } from '../core/config/index.js';
import type { JailPlan } from '../core/config/plans.js';
import { statePaths } from '../core/config/state-paths.js';
import { EXIT, F2bError, UsageError } from '../core/errors.js';
import { createResolver } from '../core/net/dns.js';
import { type ReplayReport, replay } from '../core/scan/replay.js';
import { findLogFiles, type LogFile } from '../core/scan/replay-files.js';
import { parseChange } from '../core/scan/replay-settings.js';
import { escapeControls } from '../view/escape.js';
import { createProgress } from '../view/progress.js';
import { replayAsJson } from '../view/replay-json.js';
import { renderReplayTable } from '../view/replay-table.js';
import { renderReplay } from '../view/replay-text.js';
import { Output } from './output.js';
import { colorLevel, hasIpv6, localeEncoding, stateOwner } from './settings.js';

export interface ReplayArguments {
  readonly config: string | undefined;
  readonly root: string;
  /** None: the jail's own. */
  readonly logs: readonly string[];
  readonly jails: readonly string[];
  readonly filter: string | undefined;
  /** `maxretry=3` … */
  readonly settings: readonly string[];
  readonly rotated: boolean;
  /** Undefined: as it is fit for the output. */
  readonly lines: boolean | undefined;
  readonly json: boolean;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function replayLogs(wanted: ReplayArguments): Promise<unknown> {
  const changes = wanted.settings.length > 0 ? wanted.settings.map(parseChange) : undefined;
  const { plans, purgeAgeSec } = findPlans(wanted);
  if (plans.length > 1 && wanted.logs.includes('-')) {
    throw new UsageError('usage', 'standard input can be read once, for one jail');
  }
  const works: { plan: JailPlan; logs: readonly (readonly LogFile[])[] }[] = [];
  // Whatever is missing is said before a long log is read.
  for (const plan of plans) works.push({ plan, logs: await logsOf(plan, wanted) });
  const reports: ReplayReport[] = [];
  const resolver = createResolver({ ipv6: hasIpv6() });
  for (const { plan, logs } of works) {
    const progress = progressBar();
    try {
      const report = await replay({
        ...{ plan, logs, changes, resolver, purgeAgeSec },
        localeEncoding: localeEncoding(process.env),
        onProgress: progress.update,
      });
      reports.push(report);
    } finally {
      progress.stop();
    }
  }
  if (reports.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT.mistakes;
  if (wanted.json) return replayAsJson(reports);
  await print(reports, wanted);
  return undefined;
}

async function print(reports: readonly ReplayReport[], { lines }: ReplayArguments): Promise<void> {
  const colors = colorLevel(process.stdout, process.env);
  const output = new Output(process.stdout);
  for (const report of reports) {
    if (process.stdout.isTTY && lines !== true) {
      await output.write(renderReplayTable(report, { colors, columns: process.stdout.columns || 80 }));
    } else {
      for (const text of renderReplay(report, { colors, lines: lines ?? true })) await output.write(text);
    }
  }
  await output.flush();
  for (const { jail, problems, notices } of reports) {
    for (const { of, message, hint } of problems) {
      const what = message.includes(of) ? message : `${of}: ${message}`;
      process.stderr.write(`ERROR: ${jail}: ${escapeControls(what)}\n`);
      if (hint !== undefined) process.stderr.write(`${escapeControls(hint)}\n`);
    }
    for (const notice of notices) process.stderr.write(`WARNING: ${jail}: ${escapeControls(notice)}\n`);
  }
}

interface FoundPlans {
  readonly plans: readonly JailPlan[];
  readonly purgeAgeSec: number | undefined;
}

/** @throws {F2bError} none is named, or one that is not there or cannot be used */
function findPlans({ config, root, jails, filter }: ReplayArguments): FoundPlans {
  if ((jails.length === 0) === (filter === undefined)) {
    const message = filter === undefined ? 'name a jail' : 'name a jail or a filter, not both';
    throw new UsageError('usage', message, {
      hint: 'f2b replay LOG... --jail sshd, or --filter sshd for a filter without a jail.',
    });
  }
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  if (filter !== undefined) return { plans: [filterJail(filter, { folder, root })], purgeAgeSec: undefined };
  const names = new Set(jails);
  const loaded = load(folder, names);
  for (const name of names) {
    const skipped = loaded.skipped.find((jail) => jail.name === name);
    if (skipped) {
      throw new F2bError('bad-jail', skipped.message, {
        hint: `f2b check -c ${folder.dir} ${name} tells more.`,
      });
    }
    if (loaded.jails.some((jail) => jail.name === name)) continue;
    const all = load(folder, undefined);
    const known = [...all.jails.map((jail) => jail.name), ...all.disabled];
    throw new UsageError('no-jail', `there is no jail ${name} in ${folder.dir}`, {
      hint: known.length === 0 ? undefined : `Jails are ${known.join(', ')}.`,
    });
  }
  // In the order in which they were named.
  const plans = [...names].flatMap((name) => loaded.jails.filter((jail) => jail.name === name));
  return { plans, purgeAgeSec: loaded.global?.dbpurgeage.value.seconds };
}

function load(folder: ConfigFolder, only: ReadonlySet<string> | undefined): LoadedConfig {
  const loaded = loadConfig({
    ...{ folder, only, enable: only, mode: 'start', mayLackLogs: true, withoutActions: true },
    // Old logs are files, wherever the jail reads today.
    logtype: 'file',
    state: statePaths(stateOwner(process.env)),
  });
  if (loaded.fatal) throw loaded.fatal.error;
  return loaded;
}

/** A jail that is nothing but its filter. */
function filterJail(filter: string, { folder, root }: { folder: ConfigFolder; root: string }): JailPlan {
  // A bare name is one of a filter here, never of a jail.
  const name = /[/]|\.(?:conf|local)(?:\[|$)/.test(filter) ? filter : `filter.d/${filter}`;
  const found = loadFilter(name, { folder, packageDir: root, logtype: 'file' });
  if (!found || found.plan.failregex.length === 0) {
    throw new UsageError('no-filter', `there is no filter ${filter} in ${folder.dir}`, {
      hint: 'Name a file of filter.d without its suffix, or a path.',
    });
  }
  return {
    ...NO_SETTINGS,
    name: found.name,
    filter: found.plan,
  };
}

const NO_SETTINGS = {
  origin: undefined,
  backend: { value: 'auto' },
  maxRetry: undefined,
  maxMatches: undefined,
  findTime: undefined,
  banTime: undefined,
  growth: {
    increment: undefined,
    factor: undefined,
    formula: undefined,
    multipliers: undefined,
    maxTime: undefined,
    rndTime: undefined,
    overallJails: undefined,
  },
  ignoreSelf: undefined,
  ignoreIp: [],
  ignoreCommand: undefined,
  ignoreCache: undefined,
  logPaths: [],
  actions: [],
  commands: [],
} as const;

/** @throws {F2bError} there is nothing to read, or it cannot be read */
async function logsOf(
  plan: JailPlan,
  { logs, rotated }: ReplayArguments,
): Promise<readonly (readonly LogFile[])[]> {
  const own = plan.logPaths.flatMap(({ value }) => value.files);
  const paths = logs.length > 0 ? logs : own;
  if (paths.length === 0) {
    throw new UsageError('no-log', `jail ${plan.name} has no log file here: name the logs to read`, {
      hint: `f2b replay /var/log/auth.log* --jail ${plan.name}`,
    });
  }
  const options = { nowSec: Date.now() / 1000, stdin: process.stdin };
  return findLogFiles(paths, { ...options, rotated: rotated || logs.length === 0 });
}

/** On a terminal, once it takes a while. */
function progressBar(): {
  update: (progress: { readBytes: number; sizeBytes: number | undefined; lines: number }) => void;
  stop: () => void;
} {
  let bar: ReturnType<typeof createProgress> | undefined;
  return {
    update: ({ readBytes, sizeBytes, lines }) => {
      bar ??= createProgress(process.stderr, sizeBytes);
      bar.update(readBytes, lines);
    },
    stop: () => bar?.stop(),
  };
}
